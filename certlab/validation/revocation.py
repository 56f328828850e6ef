"""Whether a certificate was revoked, and how well that is known (RFC 5280 6.3, RFC 6960)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cryptography import x509
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from ..errors import InvalidInput
from ..pki import Certificate
from .evidence import (
    ALL_REASONS,
    RevocationList,
    StatusResponse,
    distribution_points,
    is_current,
    revoked_words,
)
from .findings import Check, FindingKind, Rule
from .paths import PathBuilder
from .policy import Attitude, Purpose
from .signatures import refused_algorithm
from .words import text_of

REVOCATION = Rule("not revoked", "RFC 5280 6.1.3 (a)(3)", "“{who}” is not revoked: {seen}.")

Path = tuple[Certificate, ...]


class Accepts(Protocol):
    """Judges a path to someone who signs CRLs or OCSP responses."""

    def __call__(self, path: Path, purpose: Purpose | None, asked: frozenset[Certificate]) -> bool:
        """Whether every check passes; ``asked`` are those whose status is being found out."""


@dataclass(slots=True)
class _Findings:
    """What was found out about one certificate so far."""

    revoked: str | None = None
    good: str | None = None
    delta: bool = False
    problems: list[tuple[FindingKind, str]] = field(default_factory=list)

    def problem(self, kind: FindingKind, words: str) -> None:
        self.problems.append((kind, words))


@dataclass(slots=True)
class Revocation:
    """The CRLs and OCSP responses handed in, and what this verifier makes of them."""

    lists: tuple[RevocationList, ...]
    responses: tuple[StatusResponse, ...]
    attitude: Attitude
    builder: PathBuilder
    accepts: Accepts

    @property
    def _at(self) -> datetime:
        return self.builder.at

    def check(self, certificate: Certificate, above: Path, asked: frozenset[Certificate]) -> Check:
        """What is known about one certificate; ``above`` are its issuer and those over it.

        A signer's own status, asked along the way, may stay open: RFC 6960 section 4.2.2.2.1
        leaves it to the verifier.
        """
        why = self._not_asked(certificate, above, signer=bool(asked))
        if why is not None:
            return REVOCATION.skipped(certificate, why)
        found = _Findings()
        asked |= {certificate}
        self._ask_responders(certificate, above, asked, found)
        self._ask_lists(certificate, above, asked, found)
        if found.delta:
            # It may take back what the full CRL says, in either direction.
            found.problem(FindingKind.OUT_OF_SCOPE, "a delta CRL (RFC 5280 5.2.4)")
        elif found.revoked is not None:
            kind = FindingKind.REVOKED
            return REVOCATION.failed(certificate, kind, found.revoked)
        elif found.good is not None:
            return REVOCATION.passed(certificate, found.good)
        if not found.problems:
            words = "no CRL or OCSP response that was handed in speaks of it"
            found.problem(FindingKind.REVOCATION_MISSING, words)
        kind, words = min(found.problems, key=lambda problem: problem[0].rank)
        required = self.attitude is not Attitude.BEST_EFFORT and len(asked) == 1
        fails = required or kind is not FindingKind.REVOCATION_MISSING
        return REVOCATION.failed(certificate, kind, words, self._at, fatal=fails)

    def _not_asked(self, certificate: Certificate, above: Path, *, signer: bool) -> str | None:
        if self.attitude is Attitude.OFF:
            return "this verifier does not ask"
        if signer and ExtensionOID.OCSP_NO_CHECK in certificate.extensions:
            return "its issuer wants no status of it (RFC 6960 4.2.2.2.1)"
        if not above:
            return "nobody is known who could revoke it"
        if not (self.lists or self.responses) and self.attitude is not Attitude.REQUIRED:
            return "no CRL and no OCSP response was handed in"
        return None

    # OCSP

    def _ask_responders(
        self, certificate: Certificate, above: Path, asked: frozenset[Certificate], found: _Findings
    ) -> None:
        """What OCSP responses say, if the right one signed them (RFC 6960 section 3.2)."""
        for response in self.responses:
            answer = response.answer_for(certificate, above[0])
            if answer is None:
                continue
            if response.fault is not None:
                found.problem(FindingKind.REVOCATION_UNREADABLE, response.fault)
                continue
            wrong = self._wrong_responder(response, above, asked)
            if wrong is not None:
                found.problem(FindingKind.REVOCATION_BADLY_SIGNED, wrong)
                continue
            status, begins = answer.certificate_status, answer.this_update_utc
            if status is ocsp.OCSPCertStatus.REVOKED:
                found.revoked = revoked_words(
                    "the OCSP responder of",
                    above[0].subject_name,
                    answer.revocation_time_utc,
                    answer.revocation_reason,
                )
            elif status is not ocsp.OCSPCertStatus.GOOD:
                words = "the OCSP responder does not know it"
                found.problem(FindingKind.REVOCATION_UNKNOWN, words)
            elif not is_current(self._at, begins, answer.next_update_utc):
                words = _stale_words("OCSP response", begins, answer.next_update_utc)
                found.problem(FindingKind.REVOCATION_STALE, words)
            else:
                found.good = f"the OCSP response of {begins:%Y-%m-%d %H:%M} UTC says so"

    def _wrong_responder(
        self, response: StatusResponse, above: Path, asked: frozenset[Certificate]
    ) -> str | None:
        """Why the response is not to be believed: only the issuer or its delegate may sign it."""
        if (weak := refused_algorithm(response.x509)) is not None:
            return f"the OCSP response is signed by a weak algorithm: {text_of(weak)}"
        issuer = above[0]
        if self.builder.signatures.made_by(response, issuer):
            return None
        for signer in response.signers:
            if signer.malformed or signer in asked:
                continue
            if not self.builder.signatures.made_by(response, signer):
                continue
            if ExtendedKeyUsageOID.OCSP_SIGNING not in (signer.extended_key_usage or ()):
                return "the OCSP response is signed by a certificate that may not sign such"
            if signer.comparable_issuer != issuer.comparable_subject or not (
                self.builder.signatures.made_by(signer, issuer)
            ):
                return "the OCSP response is signed by someone whom the issuer did not appoint"
            if self.accepts((signer, *above), Purpose.OCSP_SIGNING, asked):
                return None
            return "the certificate of the OCSP responder is itself refused"
        return "the OCSP response is not signed by the issuer or a responder it appointed"

    # CRLs

    def _ask_lists(
        self, certificate: Certificate, above: Path, asked: frozenset[Certificate], found: _Findings
    ) -> None:
        """What CRLs say, all reasons taken together (RFC 5280 section 6.3.3)."""
        lists = [crl for crl in self.lists if crl.issuer == certificate.comparable_issuer]
        found.delta = any(crl.fault is None and crl.is_delta for crl in lists)
        covered: frozenset[x509.ReasonFlags] = frozenset()
        newest: RevocationList | None = None
        for crl in lists:
            if crl.fault is not None:
                found.problem(FindingKind.REVOCATION_UNREADABLE, crl.fault)
                continue
            if crl.is_delta:
                continue
            if crl.scope is not None and crl.scope.indirect_crl:
                found.problem(FindingKind.OUT_OF_SCOPE, "an indirect CRL (RFC 5280 5.2.5)")
                continue
            reasons = crl.covers(certificate)
            if not reasons:
                continue
            wrong = self._wrong_signer(crl, above, asked)
            if wrong is not None:
                found.problem(FindingKind.REVOCATION_BADLY_SIGNED, wrong)
                continue
            try:
                listed = crl.listed(certificate.serial)
            except InvalidInput as error:
                found.problem(FindingKind.REVOCATION_UNREADABLE, str(error))
                continue
            if listed is not None:
                # What a responder said of it stands: a CRL without it is no pardon.
                found.revoked = listed
                return
            if not is_current(self._at, crl.this_update, crl.next_update):
                words = _stale_words("CRL", crl.this_update, crl.next_update)
                found.problem(FindingKind.REVOCATION_STALE, words)
                continue
            covered |= reasons
            newest = crl
        if covered == ALL_REASONS and newest is not None:
            found.good = newest.unlisted
        elif covered:
            words = "the CRLs handed in answer for some reasons of revocation only"
            found.problem(FindingKind.REVOCATION_MISSING, words)
        if any(point.crl_issuer for point in distribution_points(certificate)):
            words = "an indirect CRL, which its distribution point names (RFC 5280 4.2.1.13)"
            found.problem(FindingKind.OUT_OF_SCOPE, words)

    def _wrong_signer(
        self, crl: RevocationList, above: Path, asked: frozenset[Certificate]
    ) -> str | None:
        """Why a CRL is not to be believed: the issuer signs it (RFC 5280 6.3.3 (f), (g))."""
        if (weak := refused_algorithm(crl.x509)) is not None:
            return f"the CRL is signed by a weak algorithm: {text_of(weak)}"
        words = "the CRL is not signed by a key of the issuer"
        for signer, path in self._signers(crl, above, asked):
            if not self.builder.signatures.made_by(crl, signer):
                continue
            if signer.key_usage is not None and "cRLSign" not in signer.key_usage:
                words = "the CRL is signed by a key whose certificate may not sign CRLs"
            elif path is None or self.accepts(path, None, asked):
                return None
            else:
                words = "the certificate of the CRL's signer is itself refused"
        return words

    def _signers(
        self, crl: RevocationList, above: Path, asked: frozenset[Certificate]
    ) -> Iterator[tuple[Certificate, Path | None]]:
        """Those named as the CRL's issuer: in the path, then others under the same anchor."""
        issuer = crl.issuer or ()
        for signer in above:
            if signer.comparable_subject == issuer and not signer.malformed:
                yield signer, None
        builder = self.builder
        for signer in (*builder.intermediates.named(issuer), *builder.anchors.named(issuer)):
            if signer in above or signer in asked or signer.malformed:
                continue
            if not builder.signatures.made_by(crl, signer):
                continue
            for candidate in builder.paths(signer):
                if candidate.anchored and candidate.path[-1] == above[-1]:
                    yield signer, candidate.path


def _stale_words(what: str, begins: datetime, ends: datetime | None) -> str:
    until = (
        f"{ends:%Y-%m-%d %H:%M} UTC" if ends is not None else "the next day, no end being stated"
    )
    return f"the {what} counts from {begins:%Y-%m-%d %H:%M} UTC until {until}"
