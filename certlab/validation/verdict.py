"""The verdict on one certificate: accepted or not, the path, and every check that was made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NoReturn

from cryptography import x509
from cryptography.x509 import ocsp as x509_ocsp

from ..errors import InvalidInput, TrustFailure
from ..pki import Certificate
from .evidence import RevocationList, StatusResponse
from .findings import Check, Finding, Outcome
from .judge import Judge, Question
from .names import reference
from .paths import PathBuilder, Pool
from .policy import RFC5280, Attitude, Purpose, VerificationPolicy
from .signatures import Budget, SignatureCache, Signatures
from .words import name_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verifier says of one certificate, and why.

    ``path`` is leaf first and anchor last; of a refused certificate it is the candidate that tells
    most. ``findings`` are ranked, failures before notes. ``anchors`` are those the verifier holds;
    None where only those that matter here were looked at. It has no truth value: ask ``accepted``.
    """

    certificate: Certificate
    at: datetime
    purpose: Purpose
    name: str | None
    policy: VerificationPolicy
    path: tuple[Certificate, ...]
    trace: tuple[Check, ...]
    findings: tuple[Finding, ...]
    anchors: Pool | tuple[Certificate, ...] | None = field(default=None, compare=False)

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
            where = name_of(self.certificate)
            raise TrustFailure(reason.words, where=where, remedy=reason.remedy.advice)

    def __bool__(self) -> NoReturn:
        raise TypeError("a Verdict has no truth value: ask .accepted, or call .raise_for_failure()")

    def __repr__(self) -> str:
        said = f"refused: {self.reason.short}" if self.reason else "accepted"
        who = name_of(self.certificate)
        return f"Verdict({who!r}, {said}, as {self.purpose}, {self.policy.title})"


def validate(
    certificate: Certificate,
    *,
    intermediates: Pool | Iterable[Certificate] = (),
    anchors: Pool | Iterable[Certificate],
    at: datetime,
    purpose: Purpose | str,
    name: str | None = None,
    crls: Iterable[RevocationList | x509.CertificateRevocationList | bytes] = (),
    ocsp: Iterable[StatusResponse | x509_ocsp.OCSPResponse | bytes] = (),
    policy: VerificationPolicy = RFC5280,
    require_revocation: bool = False,
    max_path_length: int | None = None,
    signatures: SignatureCache | None = None,
) -> Verdict:
    """Judge a certificate as a verifier would at this time (RFC 5280 section 6).

    ``at`` is an aware datetime. ``name`` is whom the verifier meant to reach, as typed: a DNS name,
    an IP address, a ``sip:`` URI or an e-mail address; None leaves names unchecked. Order and
    surplus of ``intermediates``, ``crls`` (DER or parsed) and ``ocsp`` do not matter.
    ``require_revocation`` asks for a good answer about every certificate below the anchor, unless
    the policy never asks. ``max_path_length`` limits the CA certificates between anchor and leaf,
    self-issued ones not counted. ``signatures`` remembers signatures from one validation to the
    next. Raises ``InvalidInput`` for a time without a zone, an unknown purpose, what is no name,
    and bytes that are no CRL or OCSP response.
    """
    if at.tzinfo is None:
        raise InvalidInput(
            "the time has no time zone",
            where=f"at={at!r}",
            expected="an aware datetime",
            remedy="Write datetime(2027, 3, 15, tzinfo=UTC).",
        )
    if not isinstance(purpose, Purpose):
        purpose = _purpose(purpose)
    if name is not None:
        reference(name)
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    attitude = policy.revocation
    if require_revocation and attitude is not Attitude.OFF:
        attitude = Attitude.REQUIRED
    held = anchors if isinstance(anchors, Pool) else tuple(anchors)
    budget = Budget()
    builder = PathBuilder(
        Pool.of(held), Pool.of(intermediates), at, policy, budget, Signatures(budget, signatures)
    )
    judge = Judge(
        builder,
        tuple(map(RevocationList.of, crls)),
        tuple(map(StatusResponse.of, ocsp)),
        attitude,
        max_path_length,
    )
    path, trace, findings = judge.best(certificate, Question(purpose, name))
    return Verdict(certificate, at, purpose, name, policy, path, trace, findings, held)


def _purpose(text: str) -> Purpose:
    try:
        return Purpose(text)
    except ValueError:
        expected = "one of " + ", ".join(Purpose)
        raise InvalidInput(f"no purpose is called {text!r}", expected=expected) from None
