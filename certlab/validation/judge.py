"""The walk over the candidate paths: every check of each, until one passes or the best is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, cast

from ..pki import Certificate
from . import checks
from .constraints import check_constraints, check_names, constraints_of
from .evidence import RevocationList, StatusResponse
from .findings import Check, Finding, FindingKind, Outcome, Rule, ranked
from .form import check_form, check_key_id, check_leaf_kind, check_readable
from .paths import Candidate, PathBuilder
from .policy import Attitude, Purpose
from .revocation import REVOCATION, Revocation
from .signatures import BudgetError, check_key, check_signature_algorithm

BUDGET = Rule("work within bounds", "RFC 4158 3.5", "The path was found within bounds.")

Judged = tuple[tuple[Certificate, ...], tuple[Check, ...], tuple[Finding, ...]]


class Question(NamedTuple):
    """What the leaf is to serve as and whom it is to name; a signer of CRLs has no purpose."""

    purpose: Purpose | None
    name: str | None = None


class _Place(NamedTuple):
    """Where in a path a certificate stands: what is asked of it depends on that."""

    leaf: bool
    last: bool
    anchor: bool


@dataclass(slots=True)
class Judge:
    """Asks every check of a candidate path, in the order of RFC 5280 section 6.1."""

    builder: PathBuilder
    lists: tuple[RevocationList, ...]
    responses: tuple[StatusResponse, ...]
    attitude: Attitude
    max_path_length: int | None

    def best(self, leaf: Certificate, question: Question) -> Judged:
        """The first path that passes, or else the one whose failure tells most.

        That is one that reaches an anchor, with the fewest failures.
        """
        best: Judged | None = None
        best_score: tuple[int, ...] = ()
        try:
            for candidate in self.builder.paths(leaf):
                trace = self.trace(candidate, question, frozenset())
                findings = ranked(trace)
                failures = sum(finding.outcome is Outcome.FAIL for finding in findings)
                if not failures:
                    return candidate.path, tuple(trace), findings
                score = (not candidate.anchored, failures, findings[0].kind.rank)
                if best is None or score < best_score:
                    best, best_score = (candidate.path, tuple(trace), findings), score
        except BudgetError:
            pass
        path, trace_, findings = best or ((leaf,), (check_readable(leaf),), ())
        exceeded = self.builder.budget.exceeded
        if exceeded is None:
            return path, trace_, findings
        kind = FindingKind.BUDGET_EXHAUSTED
        trace_ += (BUDGET.failed(leaf, kind, exceeded),)
        return path, trace_, ranked(trace_)

    def accepts(
        self, path: tuple[Certificate, ...], purpose: Purpose | None, asked: frozenset[Certificate]
    ) -> bool:
        """Whether a path to a signer of CRLs or OCSP responses passes. Raises ``BudgetError``."""
        self.builder.budget.path()
        trace = self.trace(Candidate(path, anchored=True), Question(purpose), asked)
        return all(check.outcome is not Outcome.FAIL for check in trace)

    def trace(
        self, candidate: Candidate, question: Question, asked: frozenset[Certificate]
    ) -> list[Check]:
        """Every check of one path, from its end down to the leaf."""
        path, builder = candidate.path, self.builder
        # Not kept: it would hold the judge that holds it, and both would wait for the collector.
        revocation = Revocation(self.lists, self.responses, self.attitude, builder, self.accepts)
        trace: list[Check] = []
        add = trace.append
        constraining: list[Certificate] = []
        below = sum(not c.malformed and not c.is_self_issued for c in path[1:])
        end = len(path) - 1
        for index in range(end, -1, -1):
            certificate = path[index]
            place = _Place(index == 0, index == end, index == end and candidate.anchored)
            if certificate.malformed is not None:
                add(check_readable(certificate))
                continue
            if place.last and not candidate.anchored:
                add(checks.check_end(candidate, builder.anchors))
            elif not place.last:
                issuer = path[index + 1]
                add(checks.SIGNATURE.passed(certificate, issuer))
                named = certificate.issuer_name
                add(checks.CHAINING.passed(certificate, named, named))
            add(checks.check_validity(certificate, builder.at))
            if place.anchor:
                why = "a trust anchor is not revoked but removed"
                add(REVOCATION.skipped(certificate, why))
            else:
                add(revocation.check(certificate, path[index + 1 :], asked))
            add(
                check_names(
                    certificate,
                    constraining,
                    leaf=place.leaf,
                    policy=builder.policy,
                    budget=builder.budget,
                )
            )
            if not place.leaf:
                below -= not certificate.is_self_issued
                limit = self.max_path_length if place.anchor else None
                add(checks.check_path_length(certificate, below, limit))
                if constraints_of(certificate) is not None:
                    constraining.append(certificate)
            trace += self._own(certificate, place, question.purpose)
            if place.leaf:
                add(checks.check_name(certificate, question.name, builder.policy))
        return trace

    def _own(
        self, certificate: Certificate, place: _Place, purpose: Purpose | None
    ) -> tuple[Check, ...]:
        """The checks that ask nothing but the certificate itself, made once for each place."""
        policy = self.builder.policy
        key = (id(policy), place, purpose)
        # The policy is kept along, so that its id stays its own.
        if key not in certificate.memo:
            made = tuple(self._own_checks(certificate, place, purpose))
            certificate.memo[key] = (policy, made)
        _, known = certificate.memo[key]
        return cast("tuple[Check, ...]", known)

    def _own_checks(
        self, certificate: Certificate, place: _Place, purpose: Purpose | None
    ) -> Iterator[Check]:
        policy = self.builder.policy
        yield check_readable(certificate)
        if place.anchor:
            yield checks.check_anchor(certificate, policy, leaf=place.leaf)
            yield checks.check_anchor_kind(certificate)
        else:
            # Nobody relies on the signature of an anchor.
            yield check_signature_algorithm(certificate)
        yield check_key(certificate, policy)
        yield checks.check_policies(certificate, policy)
        if not place.leaf:
            yield checks.check_ca(certificate, anchor=place.anchor)
            yield checks.check_cert_sign(certificate)
            yield check_constraints(certificate, policy)
        elif purpose is not None:
            yield check_leaf_kind(certificate, policy)
            yield checks.check_key_usage(certificate, purpose)
        # A CA that states its uses need not state that it appoints responders (RFC 6960 4.2.2.2).
        if purpose is not None and (place.leaf or purpose is not Purpose.OCSP_SIGNING):
            yield checks.check_extended_key_usage(certificate, purpose, policy, leaf=place.leaf)
        yield checks.check_critical_extensions(certificate, leaf=place.leaf)
        yield check_form(certificate, policy)
        yield check_key_id(certificate, policy, leaf=place.leaf, last=place.last)
