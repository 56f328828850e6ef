"""Small experiments that show a claim on real certificates."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import InvalidInput
from ..pki import Certificate


def tampered(certificate: Certificate) -> Iterator[Certificate]:
    """Copies of a certificate with one byte changed, for each byte that leaves it readable.

    A change that breaks the encoding itself leaves nothing to verify, so it gives no copy.
    """
    for place in range(len(certificate.der)):
        copy = bytearray(certificate.der)
        copy[place] ^= 0x01
        try:
            changed = Certificate.from_der(bytes(copy))
        except InvalidInput:
            continue
        if not changed.malformed:
            yield changed
