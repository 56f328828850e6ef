"""The verdict on one certificate: accepted or not, the path, and every check that was made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from cryptography import x509
from cryptography.x509 import ocsp as x509_ocsp

from ..errors import InvalidInput, TrustFailure
from ..pki import Certificate
from . import checks
from .findings import Check, Finding, FindingKind, Outcome, Rule, name_of, ranked
from .names import reference
from .paths import Budget, BudgetError, Candidate, PathBuilder, Pool, SignatureCache
from .policy import RFC5280, Purpose, VerificationPolicy


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verifier says of one certificate, and why.

    ``path`` is leaf first and anchor last; of a refused certificate it is the candidate that tells
    most. ``findings`` are ranked, failures before notes. It has no truth value: ask ``accepted``.
    """

    certificate: Certificate
    at: datetime
    purpose: Purpose
    name: str | None
    policy: VerificationPolicy
    path: tuple[Certificate, ...]
    trace: tuple[Check, ...]
    findings: tuple[Finding, ...]

    @property
    def accepted(self) -> bool:
        return self.reason is None

    @property
    def reason(self) -> Finding | None:
        """The failure that explains most, or None when the certificate is accepted."""
        first = self.findings[0] if self.findings else None
        return first if first is not None and first.outcome is Outcome.FAIL else None

    def raise_for_failure(self) -> None:
        """Raise ``TrustFailure`` with the reason if the certificate was refused."""
        if (reason := self.reason) is not None:
            raise TrustFailure(
                reason.words, where=name_of(self.certificate), remedy=reason.remedy.advice
            )

    def __bool__(self) -> NoReturn:
        raise TypeError("a Verdict has no truth value: ask .accepted, or call .raise_for_failure()")

    def __repr__(self) -> str:
        said = f"refused: {self.reason.short}" if self.reason else "accepted"
        return f"Verdict({name_of(self.certificate)!r}, {said}, as {self.purpose}, {self.policy.title})"


_BUDGET = Rule("work within bounds", "RFC 4158 3.5", "The path was found within bounds.")


def validate(
    certificate: Certificate,
    *,
    intermediates: Pool | Iterable[Certificate] = (),
    anchors: Pool | Iterable[Certificate],
    at: datetime,
    purpose: Purpose | str,
    name: str | None = None,
    crls: Iterable[x509.CertificateRevocationList | bytes] = (),
    ocsp: Iterable[x509_ocsp.OCSPResponse | bytes] = (),
    policy: VerificationPolicy = RFC5280,
    require_revocation: bool = False,
    max_path_length: int | None = None,
    signatures: SignatureCache | None = None,
) -> Verdict:
    """Judge a certificate as a verifier would at this time (RFC 5280 section 6).

    ``at`` is an aware datetime. ``name`` is whom the verifier meant to reach, as typed: a DNS name,
    an IP address, a ``sip:`` URI or an e-mail address; None leaves names unchecked. Order and
    surplus of ``intermediates`` do not matter. ``max_path_length`` limits the CA certificates
    between anchor and leaf, self-issued ones not counted. ``signatures`` remembers signature
    checks from one validation to the next. Raises ``InvalidInput`` for a time without a zone, an
    unknown purpose, or a name that is none.
    """
    if at.tzinfo is None:
        raise InvalidInput(
            "the time has no time zone",
            where=f"at={at!r}",
            expected="an aware datetime",
            remedy="Write datetime(2027, 3, 15, tzinfo=UTC).",
        )
    try:
        purpose = Purpose(purpose)
    except ValueError:
        raise InvalidInput(
            f"no purpose is called {purpose!r}", expected="one of " + ", ".join(Purpose)
        ) from None
    if name is not None:
        reference(name)
    at = at.astimezone(UTC)
    budget = Budget()
    builder = PathBuilder(
        Pool.of(anchors), Pool.of(intermediates), at, policy, budget, signatures, {}
    )
    judge = _Judge(builder, purpose, name, max_path_length)
    path, trace, findings = judge.best(certificate)
    return Verdict(certificate, at, purpose, name, policy, path, trace, findings)


_Judged = tuple[tuple[Certificate, ...], tuple[Check, ...], tuple[Finding, ...]]


@dataclass(slots=True)
class _Judge:
    """Walks the candidate paths, asks every check of each, and keeps the best."""

    builder: PathBuilder
    purpose: Purpose
    name: str | None
    max_path_length: int | None

    def best(self, leaf: Certificate) -> _Judged:
        """The first path that passes, or else the one whose failure tells most."""
        best: _Judged | None = None
        best_score: tuple[int, ...] = ()
        try:
            for candidate in self.builder.paths(leaf):
                trace = tuple(self.trace(candidate))
                findings = ranked(trace)
                failures = [finding for finding in findings if finding.outcome is Outcome.FAIL]
                if not failures:
                    return candidate.path, trace, findings
                score = (not candidate.anchored, len(failures), failures[0].kind.rank)
                if best is None or score < best_score:
                    best, best_score = (candidate.path, trace, findings), score
        except BudgetError:
            pass
        path, trace, findings = best or ((leaf,), (checks.check_form(leaf),), ())
        if (exceeded := self.builder.budget.exceeded) is not None:
            trace = (
                *trace,
                Finding(_BUDGET, leaf, Outcome.FAIL, exceeded, None, FindingKind.BUDGET_EXHAUSTED),
            )
        return path, trace, ranked(trace)

    def trace(self, candidate: Candidate) -> list[Check]:
        """Every check of one path, from its end down to the leaf, as RFC 5280 section 6.1 goes."""
        path, policy, at = candidate.path, self.builder.policy, self.builder.at
        trace: list[Check] = []
        add = trace.append
        below = sum(not c.malformed and not c.is_self_issued for c in path[1:])
        for index in range(len(path) - 1, -1, -1):
            certificate = path[index]
            leaf, top = index == 0, index == len(path) - 1
            anchor = top and candidate.anchored
            add(form := checks.check_form(certificate))
            if form.outcome is Outcome.FAIL:
                continue
            if anchor:
                add(checks.check_anchor(certificate, policy, leaf))
                add(checks.check_anchor_use(certificate))
            elif top:
                add(
                    checks.check_end(
                        certificate, candidate.wrong_keys, tuple(self.builder.anchors), path
                    )
                )
            else:
                add(Check(checks.SIGNATURE, certificate, Outcome.PASS, path[index + 1]))
                add(Check(checks.CHAINING, certificate, Outcome.PASS, certificate.issuer_name))
            add(checks.check_validity(certificate, at))
            if not anchor:
                add(checks.check_signature_algorithm(certificate, policy))
            add(checks.check_key(certificate, policy))
            add(checks.check_policies(certificate))
            if not leaf:
                below -= not certificate.is_self_issued
                add(checks.check_ca(certificate, anchor))
                add(checks.check_path_length(certificate, below))
                add(checks.check_cert_sign(certificate))
            else:
                add(checks.check_key_usage(certificate, self.purpose))
            add(checks.check_extended_key_usage(certificate, self.purpose, policy, leaf))
            add(checks.check_critical_extensions(certificate, leaf))
            add(checks.check_conformance(certificate, policy, top, leaf))
            if leaf:
                add(checks.check_name(certificate, self.name, policy))
        return trace
