"""Finding paths from a certificate to a trust anchor (RFC 4158), within a budget of work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa

from ..errors import InvalidInput
from ..pki import Certificate
from .policy import VerificationPolicy

MAX_SIGNATURES = 100
MAX_PATHS = 100
MAX_DEPTH = 16
MAX_COMPARISONS = 250_000


class BudgetError(Exception):
    """The work one validation may cause is used up."""


class Budget:
    """How much work is left: signature checks, paths, and comparisons with name constraints.

    A signature that is known from before counts as one that is checked, so that a verdict does not
    depend on what was asked earlier.
    """

    def __init__(self) -> None:
        self.signatures, self.paths, self.comparisons = MAX_SIGNATURES, MAX_PATHS, MAX_COMPARISONS
        self.exceeded: str | None = None

    def signature(self) -> None:
        self.signatures -= 1
        if self.signatures < 0:
            self._give_up(f"{MAX_SIGNATURES} signature checks")

    def path(self) -> None:
        self.paths -= 1
        if self.paths < 0:
            self._give_up(f"{MAX_PATHS} candidate paths")

    def compare(self, count: int) -> None:
        self.comparisons -= count
        if self.comparisons < 0:
            self._give_up(f"{MAX_COMPARISONS} comparisons with name constraints")

    def too_deep(self) -> None:
        self.exceeded = f"{MAX_DEPTH} certificates in one path"

    def _give_up(self, what: str) -> None:
        self.exceeded = what
        raise BudgetError(what)


class SignatureCache:
    """Which key made which signature, kept between validations and never more than ``size`` answers.

    It holds results of pure arithmetic, so it makes a verdict faster and never another one.
    """

    def __init__(self, size: int = 10_000) -> None:
        self._size = size
        self._known: dict[tuple[str, str], bool] = {}

    def verify(self, certificate: Certificate, issuer: Certificate) -> bool:
        """Whether the issuer's key made the signature on this certificate."""
        question = (certificate.fingerprint, issuer.key_fingerprint)
        known = self._known.get(question)
        if known is None:
            known = signed_by(certificate, issuer)
            if len(self._known) >= self._size:
                del self._known[next(iter(self._known))]
            self._known[question] = known
        return known

    def __len__(self) -> int:
        return len(self._known)


def signed_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Whether the issuer's key made this signature; names are not looked at (RFC 5280 6.1.3 (a)(1))."""
    parsed = certificate.x509
    try:
        key = issuer.public_key
        signature, signed = parsed.signature, parsed.tbs_certificate_bytes
        parameters = parsed.signature_algorithm_parameters
        if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(parameters, ec.ECDSA):
            key.verify(signature, signed, parameters)
        elif isinstance(key, rsa.RSAPublicKey) and isinstance(
            parameters, padding.PKCS1v15 | padding.PSS
        ):
            algorithm = parsed.signature_hash_algorithm
            if algorithm is None:
                return False
            key.verify(signature, signed, parameters, algorithm)
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            parsed.verify_directly_issued_by(issuer.x509)
        elif isinstance(key, dsa.DSAPublicKey) and (algorithm := parsed.signature_hash_algorithm):
            key.verify(signature, signed, algorithm)
        else:
            return False
    except (InvalidSignature, InvalidInput, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


class Pool:
    """Certificates by subject name, each once. Hand one in to spare indexing it again."""

    def __init__(self, certificates: Iterable[Certificate] = ()) -> None:
        self._by_name: dict[tuple[str, ...], list[Certificate]] = {}
        for certificate in certificates:
            try:
                named = self._by_name.setdefault(certificate.comparable_subject, [])
            except InvalidInput:
                continue  # It cannot be anybody's issuer: its name cannot be read.
            if certificate not in named:
                named.append(certificate)

    @classmethod
    def of(cls, certificates: Pool | Iterable[Certificate]) -> Pool:
        return certificates if isinstance(certificates, Pool) else cls(certificates)

    def named(self, name: tuple[str, ...]) -> list[Certificate]:
        """Those with this subject, as ``comparable_name`` gives it."""
        return self._by_name.get(name, [])

    def __contains__(self, certificate: Certificate) -> bool:
        return certificate in self._by_name.get(certificate.comparable_subject, ())

    def __iter__(self) -> Iterator[Certificate]:
        for named in self._by_name.values():
            yield from named

    def __len__(self) -> int:
        return sum(map(len, self._by_name.values()))


@dataclass(frozen=True, slots=True)
class Candidate:
    """One path that was found, leaf first: it reaches an anchor, or nothing stands above its end.

    ``wrong_keys`` are certificates with the issuer's name whose key did not sign the last one.
    """

    path: tuple[Certificate, ...]
    anchored: bool
    wrong_keys: tuple[Certificate, ...] = ()


@dataclass(slots=True)
class PathBuilder:
    """Everything that can stand in a path, and the work that may still be done to find one."""

    anchors: Pool
    intermediates: Pool
    at: datetime
    policy: VerificationPolicy
    budget: Budget
    cache: SignatureCache | None
    checked: dict[tuple[int, int], bool]

    def paths(self, leaf: Certificate) -> Iterator[Candidate]:
        """Every candidate path, the likelier ones first. Raises ``BudgetError``."""
        if leaf.malformed:
            yield Candidate((leaf,), anchored=False)
        else:
            yield from self._extend((leaf,))

    def _extend(self, path: tuple[Certificate, ...]) -> Iterator[Candidate]:
        last = path[-1]
        anchored = last in self.anchors
        if anchored:
            self.budget.path()
            yield Candidate(path, anchored=True)
            if self.policy.partial_chain or looks_self_signed(last):
                return
        if last.malformed:
            self.budget.path()
            yield Candidate(path, anchored=False)
            return
        wrong: list[Certificate] = []
        extended = False
        for issuer in self._issuers(path):
            if not self.signed(last, issuer):
                wrong.append(issuer)
                continue
            extended = True
            if len(path) >= MAX_DEPTH:
                self.budget.too_deep()
                continue
            yield from self._extend((*path, issuer))
        if not extended and not anchored:
            self.budget.path()
            yield Candidate(path, anchored=False, wrong_keys=tuple(wrong))

    def signed(self, certificate: Certificate, issuer: Certificate) -> bool:
        """Whether the issuer's key made the signature, checked once in a validation."""
        question = (id(certificate), id(issuer))
        known = self.checked.get(question)
        if known is None:
            self.budget.signature()
            known = (
                self.cache.verify(certificate, issuer)
                if self.cache is not None
                else signed_by(certificate, issuer)
            )
            self.checked[question] = known
        return known

    def _issuers(self, path: tuple[Certificate, ...]) -> list[Certificate]:
        last = path[-1]
        trusted = self.anchors.named(last.comparable_issuer)
        found = [
            *trusted,
            *(c for c in self.intermediates.named(last.comparable_issuer) if c not in trusted),
        ]
        found = [issuer for issuer in found if not _stands_in(path, issuer)]
        if len(found) > 1:
            found.sort(key=lambda issuer: self._unlikeliness(last, issuer, issuer in trusted))
        return found

    def _unlikeliness(
        self, certificate: Certificate, issuer: Certificate, trusted: bool
    ) -> tuple[bool, ...]:
        """What makes an issuer a worse guess; the key identifiers are a hint and nothing more."""
        if issuer.malformed:
            return (True,)
        return (
            False,
            key_ids(certificate, issuer) is False,
            not trusted,
            not issuer.not_before <= self.at <= issuer.not_after,
            not issuer.is_ca,
        )


def key_ids(certificate: Certificate, issuer: Certificate) -> bool | None:
    """Whether the key identifiers point to this issuer; None when either is absent."""
    named, own = certificate.authority_key_id, issuer.subject_key_id
    return None if named is None or own is None else named == own


def looks_self_signed(certificate: Certificate) -> bool:
    """Whether name and key identifiers say it is a root. The signature is not checked."""
    return certificate.is_self_issued and key_ids(certificate, certificate) is not False


def _stands_in(path: tuple[Certificate, ...], issuer: Certificate) -> bool:
    """Whether the path holds the same name and key already (RFC 4158 section 2.4.2)."""
    for certificate in path:
        if certificate is issuer or certificate == issuer:
            return True
        if (
            certificate.comparable_subject == issuer.comparable_subject
            and not issuer.malformed
            and certificate.public_key == issuer.public_key
        ):
            return True
    return False
