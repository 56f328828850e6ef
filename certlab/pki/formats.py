"""Writing file formats as real devices take them: PEM, PKCS#7 and PKCS#12.

RFC 7468, RFC 2315 (certificates only), RFC 7292. Reading them is in ``contents``.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from enum import Enum

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

from ..errors import InvalidInput, KeyUnavailable
from .certificate import Certificate
from .keys import KeyPair

OLD_ENCRYPTION = (
    "The .pfx file is encrypted in the old way (three-key triple DES, SHA-1), which somebody who "
    "copies it opens far sooner than today’s (AES-256, SHA-256). Take it only where the new one "
    "cannot be read, carry it by hand, use a long passphrase, and delete it when it is imported."
)


class NoPassphrase(Enum):
    """Said instead of a passphrase. The first refusal only asks again; the second one counts."""

    REFUSED = "refused"
    REFUSED_TWICE = "refused twice"


Passphrase = str | NoPassphrase | None
"""What protects a private key in a file; None where nobody has said yet."""


def as_pem(certificates: Iterable[Certificate]) -> bytes:
    """These certificates as one PEM text, in their order."""
    return "".join(certificate.pem for certificate in certificates).encode()


def as_pkcs7(certificates: Iterable[Certificate], *, pem: bool = True) -> bytes:
    """These certificates as PKCS#7 without a signer (``.p7b``). It keeps no order."""
    encoding = serialization.Encoding.PEM if pem else serialization.Encoding.DER
    return pkcs7.serialize_certificates([one.x509 for one in certificates], encoding)


def as_pkcs12(
    key: KeyPair,
    certificate: Certificate,
    chain: Iterable[Certificate] = (),
    *,
    passphrase: Passphrase,
    name: str,
    old: bool = False,
) -> bytes:
    """A certificate with its private key and the issuing certificates, as PKCS#12 (``.pfx``).

    ``name`` is what a store shows for it. ``old`` encrypts with triple DES and SHA-1 for devices
    that cannot read AES, and warns. Raises ``KeyUnavailable`` for a lesson's key and without a
    passphrase (see ``NoPassphrase``), ``InvalidInput`` when the key is not the certificate's.
    """
    if key.fingerprint != certificate.key_fingerprint:
        raise InvalidInput(
            "the private key is not the one this certificate is about", where=certificate.label
        )
    secret, words = key.to_leave(), _passphrase(passphrase)
    encryption: serialization.KeySerializationEncryption
    if words is None:
        encryption = serialization.NoEncryption()
    elif old:
        warnings.warn(OLD_ENCRYPTION, stacklevel=2)
        encryption = (
            serialization.PrivateFormat.PKCS12.encryption_builder()
            .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
            .hmac_hash(hashes.SHA1())  # noqa: S303 - what such devices read; the caller is warned
            .build(words)
        )
    else:
        encryption = serialization.BestAvailableEncryption(words)
    others = [one.x509 for one in chain]
    return pkcs12.serialize_key_and_certificates(
        name.encode(), secret, certificate.x509, others, encryption
    )


def key_as_pem(key: KeyPair, passphrase: Passphrase) -> bytes:
    """A private key as PKCS#8, encrypted.

    Raises ``KeyUnavailable`` for a lesson's key and without a passphrase (see ``NoPassphrase``).
    """
    secret, words = key.to_leave(), _passphrase(passphrase)
    return secret.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()
        if words is None
        else serialization.BestAvailableEncryption(words),
    )


def _passphrase(given: Passphrase) -> bytes | None:
    if given is NoPassphrase.REFUSED_TWICE:
        return None
    if given is NoPassphrase.REFUSED:
        raise KeyUnavailable(
            "without a passphrase, whoever gets the file is the device",
            remedy="Give one. If the device can take no other file, say "
            "NoPassphrase.REFUSED_TWICE, carry it by hand and delete it afterwards.",
        )
    if not given:
        raise KeyUnavailable(
            "a private key is not written without a passphrase",
            remedy="Give one, or say NoPassphrase.REFUSED to read what that means.",
        )
    return given.encode()
