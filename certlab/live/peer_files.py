"""What a server reads from files to play a party: certificate, key, roots and CRLs."""

from __future__ import annotations

from cryptography.hazmat.primitives import serialization

from ..errors import InvalidInput
from ..pki import Certificate
from . import configurations as to
from .parties import Party, crls_pem


def server_files(party: Party, client: Party | None) -> dict[str, bytes]:
    """The files by name; with ``client`` what it presents when it calls is among them.

    The key is not encrypted: it may lie only where its owner alone can read, and not for long.
    Raises ``InvalidInput`` for a party that lacks certificate, key or roots.
    """
    if not party.anchors:
        raise InvalidInput(
            "a server that trusts nobody does not start",
            where=party.name,
            remedy="Import somebody's certificate, or a root, into its store first.",
        )
    files = {to.CERTIFICATE: _pem(party), to.KEY: _key(party)}
    files[to.ROOTS] = _joined(party.anchors)
    if party.chain:
        files[to.ISSUING] = _joined(party.chain)
    if party.crls:
        files[to.CRLS] = crls_pem(party.crls)
        files[to.ROOTS_AND_CRLS] = files[to.ROOTS] + files[to.CRLS]
    if client is not None:
        files |= {to.CLIENT_CERTIFICATE: _pem(client), to.CLIENT_KEY: _key(client)}
    return files


def _pem(party: Party) -> bytes:
    if party.certificate is None:
        raise InvalidInput(f"{party.name} has no certificate to present", where=party.name)
    return _joined((party.certificate, *party.chain))


def _key(party: Party) -> bytes:
    if party.key is None or party.certificate is None:
        raise InvalidInput(f"{party.name} has no private key here", where=party.name)
    if party.key.fingerprint != party.certificate.key_fingerprint:
        raise InvalidInput(f"the private key of {party.name} is not its certificate's")
    return party.key.private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _joined(certificates: tuple[Certificate, ...]) -> bytes:
    return "".join(found.pem for found in certificates).encode()
