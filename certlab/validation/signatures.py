"""Signatures: whose key made them, which algorithms are good enough, and how many are checked."""

from __future__ import annotations

from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ObjectIdentifier, SignatureAlgorithmOID

from ..errors import InvalidInput
from ..pki import Certificate
from .facts import Fact, fact
from .findings import Check, FindingKind, Rule
from .policy import VerificationPolicy

MAX_SIGNATURES = 100
MAX_PATHS = 400
MAX_DEPTH = 16
MAX_COMPARISONS = 250_000

SIGNATURE_ALGORITHM = Rule(
    "signature algorithm", "RFC 5280 4.1.1.2", "“{who}” is signed with {seen}."
)
KEY = Rule("key type and size", "RFC 5280 4.1.2.7", "“{who}” has a key of type {seen}.")

_OID = SignatureAlgorithmOID
_RSA, _EC, _DSA = rsa.RSAPublicKey, ec.EllipticCurvePublicKey, dsa.DSAPublicKey
_MAKERS: dict[ObjectIdentifier, type] = {
    **dict.fromkeys((_OID.RSA_WITH_MD5, _OID.RSA_WITH_SHA1, _OID.RSA_WITH_SHA256), _RSA),
    **dict.fromkeys((_OID.RSA_WITH_SHA384, _OID.RSA_WITH_SHA512, _OID.RSASSA_PSS), _RSA),
    **dict.fromkeys((_OID.ECDSA_WITH_SHA1, _OID.ECDSA_WITH_SHA256), _EC),
    **dict.fromkeys((_OID.ECDSA_WITH_SHA384, _OID.ECDSA_WITH_SHA512), _EC),
    **dict.fromkeys((_OID.DSA_WITH_SHA1, _OID.DSA_WITH_SHA256), _DSA),
    _OID.ED25519: ed25519.Ed25519PublicKey,
    _OID.ED448: ed448.Ed448PublicKey,
}
"""By signature algorithm: the kind of key that makes such signatures."""
_OLD_HASHES = {"md5": "md5-end", "sha1": "sha1-end"}


class BudgetError(Exception):
    """The work that one validation may cause is used up."""


class Budget:
    """How much work is left: signature checks, paths, comparisons with name constraints.

    A signature known from an earlier validation counts like one that is checked, so no verdict
    depends on what was asked before.
    """

    def __init__(self) -> None:
        self._signatures, self._paths = MAX_SIGNATURES, MAX_PATHS
        self._comparisons = MAX_COMPARISONS
        self.exceeded: str | None = None

    def signature(self) -> None:
        self._signatures -= 1
        if self._signatures < 0:
            self._give_up(f"{MAX_SIGNATURES} signature checks")

    def path(self) -> None:
        self._paths -= 1
        if self._paths < 0:
            self._give_up(f"{MAX_PATHS} candidate paths")

    def compare(self, count: int) -> None:
        self._comparisons -= count
        if self._comparisons < 0:
            self._give_up(f"{MAX_COMPARISONS} comparisons with name constraints")

    def too_deep(self) -> None:
        """Take note of a path that is not followed further. Other paths still are."""
        self.exceeded = f"{MAX_DEPTH} certificates in one path"

    def _give_up(self, what: str) -> None:
        self.exceeded = what
        raise BudgetError(what)


class Signed(Protocol):
    """Something signed: a certificate, a CRL or an OCSP response."""

    @property
    def fingerprint(self) -> str: ...
    @property
    def x509(
        self,
    ) -> x509.Certificate | x509.CertificateRevocationList | x509.ocsp.OCSPResponse: ...


class SignatureCache:
    """Which key made which signature, kept between validations: at most ``size`` answers.

    It keeps the results of pure arithmetic, so it makes a verdict faster and never another one.
    """

    def __init__(self, size: int = 10_000) -> None:
        self._size = size
        self._known: dict[tuple[str, str], bool] = {}

    def signed_by(self, signed: Signed, signer: Certificate) -> bool:
        """Whether the signer's key made this signature."""
        question = (signed.fingerprint, signer.key_fingerprint)
        known = self._known.get(question)
        if known is None:
            known = signed_by(signed, signer)
            if len(self._known) >= self._size:
                del self._known[next(iter(self._known))]
            self._known[question] = known
        return known

    def __len__(self) -> int:
        return len(self._known)


class Signatures:
    """The signature checks of one validation: each asked once, each counted."""

    def __init__(self, budget: Budget, cache: SignatureCache | None) -> None:
        self._budget = budget
        self._ask = signed_by if cache is None else cache.signed_by
        self._known: dict[tuple[int, int], bool] = {}

    def made_by(self, signed: Signed, signer: Certificate) -> bool:
        """Whether the signer's key made this signature. Raises ``BudgetError``."""
        question = (id(signed), id(signer))
        known = self._known.get(question)
        if known is None:
            self._budget.signature()
            known = self._known[question] = self._ask(signed, signer)
        return known


def signed_by(signed: Signed, signer: Certificate) -> bool:
    """Whether the signer's key made this signature; names are not looked at."""
    try:
        return _verify(signed.x509, signer.public_key)
    except (InvalidSignature, InvalidInput, UnsupportedAlgorithm, ValueError, TypeError):
        return False


_Parsed = x509.Certificate | x509.CertificateRevocationList | x509.ocsp.OCSPResponse


def _verify(signed: _Parsed, key: CertificatePublicKeyTypes) -> bool:
    if not isinstance(key, _MAKERS.get(signed.signature_algorithm_oid, ())):
        return False
    if isinstance(signed, x509.Certificate):
        content = signed.tbs_certificate_bytes
    elif isinstance(signed, x509.CertificateRevocationList):
        content = signed.tbs_certlist_bytes
    else:
        content = signed.tbs_response_bytes
    algorithm = signed.signature_hash_algorithm
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        key.verify(signed.signature, content)
    elif algorithm is None:
        return False
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signed.signature, content, ec.ECDSA(algorithm))
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(signed.signature, content, _padding(signed), algorithm)
    elif isinstance(key, dsa.DSAPublicKey):
        key.verify(signed.signature, content, algorithm)
    return True


def _padding(signed: _Parsed) -> padding.PKCS1v15 | padding.PSS:
    if signed.signature_algorithm_oid != _OID.RSASSA_PSS:
        return padding.PKCS1v15()
    if isinstance(signed, x509.ocsp.OCSPResponse):
        raise UnsupportedAlgorithm("RSA-PSS parameters of an OCSP response are not read")
    parameters = signed.signature_algorithm_parameters
    if not isinstance(parameters, padding.PSS):
        raise UnsupportedAlgorithm("not the parameters of RSA-PSS")
    return parameters


def refused_algorithm(signed: _Parsed) -> Fact | str | None:
    """Why the algorithm of a signature is not accepted; None if it is."""
    maker = _MAKERS.get(signed.signature_algorithm_oid)
    try:
        algorithm = signed.signature_hash_algorithm
    except UnsupportedAlgorithm:
        maker = None
    if maker is None:
        return "it is none that this verifier knows"
    if maker is _DSA:
        return fact("dsa-end")
    old = None if algorithm is None else _OLD_HASHES.get(algorithm.name)
    return None if old is None else fact(old)


def check_signature_algorithm(certificate: Certificate) -> Check:
    """The signature is made by an algorithm that can be relied on (RFC 5280 4.1.1.2)."""
    reason = refused_algorithm(certificate.x509)
    seen = certificate.signature_algorithm
    if reason is None:
        return SIGNATURE_ALGORITHM.passed(certificate, seen)
    kind = FindingKind.WEAK_ALGORITHM
    return SIGNATURE_ALGORITHM.failed(certificate, kind, seen, reason)


def check_key(certificate: Certificate, policy: VerificationPolicy) -> Check:
    """The public key is of a type and size that can be relied on (RFC 5280 section 4.1.2.7)."""
    seen = certificate.key_type
    reason = _refused_key(certificate.public_key, policy)
    if reason is None:
        return KEY.passed(certificate, seen)
    return KEY.failed(certificate, FindingKind.WEAK_KEY, seen, reason)


def _refused_key(key: CertificatePublicKeyTypes, policy: VerificationPolicy) -> Fact | str | None:
    if isinstance(key, ec.EllipticCurvePublicKey):
        return None if key.curve.name in policy.curves else fact("curves")
    if isinstance(key, rsa.RSAPublicKey):
        return None if key.key_size >= policy.minimum_rsa_bits else fact("rsa-minimum")
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey) and policy.edwards_keys:
        return None
    return fact("dsa-end") if isinstance(key, dsa.DSAPublicKey) else "it accepts RSA and ECDSA only"
