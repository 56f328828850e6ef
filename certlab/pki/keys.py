"""Key pairs and the store that keeps them: private keys stay on the Python side, out of sight."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import NoReturn, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..errors import InvalidInput, KeyUnavailable

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


class KeyType(StrEnum):
    """The key types the lab makes. The value is how it is shown."""

    EC_P256 = "EC P-256"
    EC_P384 = "EC P-384"
    RSA_2048 = "RSA 2048"
    RSA_3072 = "RSA 3072"
    RSA_4096 = "RSA 4096"
    ED25519 = "Ed25519"


_CURVES: dict[KeyType, type[ec.EllipticCurve]] = {
    KeyType.EC_P256: ec.SECP256R1,
    KeyType.EC_P384: ec.SECP384R1,
}
_RSA_BITS = {KeyType.RSA_2048: 2048, KeyType.RSA_3072: 3072, KeyType.RSA_4096: 4096}


class KeyPair:
    """A private key and its public half. It shows its fingerprint and never its secret.

    ``lesson`` is true of a key derived from a lab seed: anyone with the seed has the key, so it
    never leaves the lab.
    """

    def __init__(self, private_key: PrivateKey, *, lesson: bool = False) -> None:
        self.private_key = private_key
        self.public_key: CertificatePublicKeyTypes = private_key.public_key()
        self.lesson = lesson

    @classmethod
    def generate(cls, key_type: KeyType = KeyType.EC_P256) -> KeyPair:
        """A new random key pair of this type."""
        return cls(_random_private_key(key_type))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the SubjectPublicKeyInfo, in hexadecimal."""
        return key_fingerprint(self.public_key)

    @cached_property
    def key_type(self) -> str:
        return describe_key(self.public_key)[0]

    @property
    def signature_hash(self) -> hashes.SHA256 | hashes.SHA384 | None:
        """The hash to sign with: none for Ed25519, SHA-384 for P-384, else SHA-256."""
        key = self.private_key
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return hashes.SHA384() if key.key_size > 256 else hashes.SHA256()
        return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()

    @property
    def deterministic_signature(self) -> bool | None:
        """Whether to sign by RFC 6979: only a lesson's ECDSA key does, so that bytes repeat."""
        return (
            True
            if self.lesson and isinstance(self.private_key, ec.EllipticCurvePrivateKey)
            else None
        )

    def to_leave(self) -> PrivateKey:
        """The private key, to be written for a real device.

        Raises ``KeyUnavailable`` for a lesson's key.
        """
        if self.lesson:
            raise KeyUnavailable(
                "this key was derived from a lesson's seed, so anyone with the seed has it",
                remedy="Deploy again without a seed to get random keys that may be exported.",
            )
        return self.private_key

    def __repr__(self) -> str:
        return f"KeyPair({self.key_type}, fingerprint {self.fingerprint[:16]}…)"

    def __reduce__(self) -> NoReturn:
        raise KeyUnavailable("a private key is not pickled", remedy="Hand on the fingerprint.")


class KeySource(Protocol):
    """Where new keys and serial numbers come from. ``label`` names what they are for."""

    def key_pair(self, key_type: KeyType, label: str) -> KeyPair: ...

    def serial_number(self, label: str) -> int: ...


class FreshKeys:
    """Random keys and 159-bit random serial numbers (RFC 5280 section 4.1.2.2)."""

    def key_pair(self, key_type: KeyType, label: str) -> KeyPair:
        return KeyPair.generate(key_type)

    def serial_number(self, label: str) -> int:
        return x509.random_serial_number()

    def __repr__(self) -> str:
        return "FreshKeys()"


class LessonKeys:
    """Keys and serial numbers derived from a seed: the same seed and label give the same bytes.

    For teaching only. EC and Ed25519; an RSA key cannot be derived this way and raises
    ``InvalidInput``. The seed is as secret as the keys, so the repr leaves it out.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()

    def key_pair(self, key_type: KeyType, label: str) -> KeyPair:
        if key_type in _RSA_BITS:
            raise InvalidInput(
                f"a lesson key cannot be {key_type}",
                expected="EC P-256, EC P-384 or Ed25519",
                remedy="Choose one of these, or leave the seed out to use random keys.",
            )
        if key_type is KeyType.ED25519:
            secret = self._derive(f"{key_type}/{label}", 32)
            return KeyPair(ed25519.Ed25519PrivateKey.from_private_bytes(secret), lesson=True)
        curve = _CURVES[key_type]()
        # 64 bits more than the curve has make the bias of the modulo negligible (FIPS 186-5 A.2.1).
        secret = self._derive(f"{key_type}/{label}", curve.key_size // 8 + 8)
        scalar = int.from_bytes(secret) % (curve.group_order - 1) + 1
        return KeyPair(ec.derive_private_key(scalar, curve), lesson=True)

    def serial_number(self, label: str) -> int:
        return int.from_bytes(self._derive(f"serial/{label}", 20)) >> 1 | 1 << 151

    def _derive(self, info: str, length: int) -> bytes:
        return HKDF(hashes.SHA256(), length, salt=b"certlab lesson", info=info.encode()).derive(
            self._seed
        )

    def __repr__(self) -> str:
        return "LessonKeys(…)"


class KeyStore:
    """Private keys by fingerprint. It only grows, so Deployments may share one.

    It shows how many keys it holds and nothing else; it refuses to be pickled.
    """

    def __init__(self) -> None:
        self._keys: dict[str, KeyPair] = {}

    def add(self, key: KeyPair) -> str:
        """Keep this key and return its fingerprint."""
        self._keys[key.fingerprint] = key
        return key.fingerprint

    def get(self, fingerprint: str) -> KeyPair:
        """The key pair with this fingerprint. Raises ``KeyUnavailable`` if it is not held here."""
        try:
            return self._keys[fingerprint]
        except KeyError:
            raise KeyUnavailable(
                f"no private key with fingerprint {fingerprint[:16]}… is held here",
                remedy="Sign where the key is, or make a new key and certificate.",
            ) from None

    def save(self, fingerprint: str, path: Path, passphrase: str) -> None:
        """Write one key as encrypted PKCS#8, readable by its owner alone.

        Raises ``KeyUnavailable`` for a lesson's key, for an empty passphrase, and for a file that
        is already there.
        """
        private_key = self.get(fingerprint).to_leave()
        if not passphrase:
            raise KeyUnavailable(
                "a private key is not written without a passphrase", where=str(path)
            )
        data = private_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase.encode()),
        )
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise KeyUnavailable(
                "a file of that name is already there",
                where=str(path),
                remedy="Choose another name; nothing is overwritten.",
            ) from None
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)

    def __contains__(self, fingerprint: object) -> bool:
        return fingerprint in self._keys

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"KeyStore({len(self)} keys)"

    def __reduce__(self) -> NoReturn:
        raise KeyUnavailable("a key store is not pickled", remedy="Hand on certificates instead.")


def key_fingerprint(public_key: CertificatePublicKeyTypes) -> str:
    """SHA-256 over the SubjectPublicKeyInfo, in hexadecimal."""
    spki = public_key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(spki).hexdigest()


def describe_key(public_key: CertificatePublicKeyTypes) -> tuple[str, int]:
    """How a public key is shown, and its size in bits: ``("EC P-256", 256)``."""
    if isinstance(public_key, rsa.RSAPublicKey):
        return f"RSA {public_key.key_size}", public_key.key_size
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        names = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
        curve = public_key.curve
        return f"EC {names.get(curve.name, curve.name)}", curve.key_size
    if isinstance(public_key, ed25519.Ed25519PublicKey):
        return "Ed25519", 256
    return type(public_key).__name__.removesuffix("PublicKey"), getattr(public_key, "key_size", 0)


def _random_private_key(key_type: KeyType) -> PrivateKey:
    if key_type in _RSA_BITS:
        return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS[key_type])
    if key_type is KeyType.ED25519:
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(_CURVES[key_type]())
