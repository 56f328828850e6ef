"""Reading file formats: what real devices hand over is told apart by what is in it.

PEM (RFC 7468), DER (X.690), PKCS#7 (RFC 2315, certificates only) and PKCS#12 (RFC 7292), requests
(RFC 2986) and CRLs (RFC 5280 section 5). Writing them is in ``formats``.
"""

from __future__ import annotations

import binascii
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from ..errors import InvalidInput, Problem
from .certificate import Certificate, odd_values_allowed
from .issuing import CertificateRequest
from .keys import KeyPair, PrivateKey
from .unlocking import SECONDS, LockedError, unlock

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Contents:
    """What was found in some bytes, and what in them could not be read.

    ``private_keys`` counts the keys that were noticed. ``keys`` holds them only when they were
    asked for. ``foreign`` bytes are in none of the formats, so they are something else and no
    problem.
    """

    certificates: tuple[Certificate, ...] = ()
    requests: tuple[CertificateRequest, ...] = ()
    crls: tuple[x509.CertificateRevocationList, ...] = field(default=(), repr=False)
    private_keys: int = 0
    keys: tuple[KeyPair, ...] = ()
    problems: tuple[Problem, ...] = ()
    foreign: bool = False


def read_contents(
    data: bytes, passphrase: str | None = None, *, with_keys: bool = False
) -> Contents:
    """Find every certificate, request, CRL and private key in some bytes, whatever their format.

    Bad bytes are no error: what cannot be read is in ``problems``, with the row where it begins
    in a text. A private key is noticed, and read only ``with_keys``. ``passphrase`` opens PKCS#12
    files and encrypted keys; a file that would take long to open is given up.
    """
    reading = _Reading(passphrase, with_keys)
    reading.read(data)
    return Contents(
        tuple(reading.certificates),
        tuple(reading.requests),
        tuple(reading.crls),
        reading.private_keys,
        tuple(reading.keys),
        tuple(reading.problems),
        reading.foreign,
    )


_MARK = re.compile(rb"-----(BEGIN|END) ([^\r\n-]{1,60})-----")
_MANY = 100
"""After so many problems a file is given up: it is something else."""

_LONG_SEQUENCE = tuple(bytes((0x30, 0x80 + size)) for size in range(9))
"""How every certificate begins in DER or BER: it is longer than the 127 bytes of one digit."""
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_OTHERS = {
    b"\xfe\xed\xfe\xed": (
        "a Java key store of the old kind (JKS)",
        "keytool -importkeystore -srckeystore FILE -destkeystore FILE.p12 -deststoretype PKCS12",
    ),
    b"\0\0\0\0CERT": ("a Microsoft serialized store", "Export it from certmgr as PKCS #7."),
    b"PK\3\4": ("a ZIP archive", "Unpack it first."),
    b"SQLite format 3": (
        "a database, perhaps that of NSS",
        "certutil -L -d sql:FOLDER -n NAME -a writes a certificate of it as PEM.",
    ),
}
_COPY_AGAIN = "Copy it again, in binary mode."


class _Reading:
    """One reading: collects what is found, and a Problem for everything else."""

    def __init__(self, passphrase: str | None, with_keys: bool) -> None:
        self.passphrase, self.with_keys = passphrase, with_keys
        self.until = time.monotonic() + SECONDS
        self.certificates: list[Certificate] = []
        self.requests: list[CertificateRequest] = []
        self.crls: list[x509.CertificateRevocationList] = []
        self.private_keys = 0
        self.keys: list[KeyPair] = []
        self.problems: list[Problem] = []
        self.foreign = False

    def read(self, data: bytes) -> None:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):  # PowerShell writes text as UTF-16
            data = data.decode("utf-16", errors="replace").encode()
        other = next((words for start, words in _OTHERS.items() if data.startswith(start)), None)
        if other:
            self._problem(f"this is {other[0]}", other[1])
        elif b"-----BEGIN " in data:
            self._text(data)
        elif data.startswith(_LONG_SEQUENCE):
            self._binary(data)
        else:
            self.foreign = True

    # --- PEM ------------------------------------------------------------------------------------

    def _text(self, data: bytes) -> None:
        opened: re.Match[bytes] | None = None
        row, counted = 1, 0
        for mark in _MARK.finditer(data):
            if len(self.problems) >= _MANY:
                return self._problem("and more that cannot be read")
            if mark[1] == b"BEGIN":
                if opened:
                    self._problem("this block has no end", _COPY_AGAIN, row)
                opened = mark
                row, counted = row + data.count(b"\n", counted, mark.start()), mark.start()
            elif opened is None or mark[2] != opened[2]:
                self._problem("a block ends here that has not begun", _COPY_AGAIN, row)
            else:
                self._block(
                    mark[2].decode(errors="replace"), data[opened.start() : mark.end()], row
                )
                opened = None
        if opened:
            self._problem("this block has no end: the file is cut off", _COPY_AGAIN, row)
        return None

    def _block(self, label: str, block: bytes, row: int) -> None:
        if label.endswith("PRIVATE KEY"):
            return self._key(block, row)
        body = b"".join(block.split(b"-----")[2].split())
        try:
            data = binascii.a2b_base64(body, strict_mode=True)
        except binascii.Error:
            return self._problem(f"the block {label!r} is not base64", _COPY_AGAIN, row)
        if label.endswith(("PUBLIC KEY", "PARAMETERS")):
            return self._problem(f"a block {label!r} is nothing that is read here", "", row)
        # OpenSSL’s TRUSTED CERTIFICATE has its own remarks behind the certificate.
        self._binary(data, row, only_first=label == "TRUSTED CERTIFICATE")
        return None

    # --- DER ------------------------------------------------------------------------------------

    def _binary(self, data: bytes, row: int | None = None, *, only_first: bool = False) -> None:
        at, size = 0, len(data.rstrip(b"\r\n\t \0"))
        while at < size and len(self.problems) < _MANY:
            try:
                start, end = _extent(data, at)
            except (ValueError, IndexError):
                return self._problem("this is no DER", _COPY_AGAIN, row)
            if end > len(data):
                return self._problem(
                    f"it is cut off: {len(data) - at} of {end - at} bytes are there",
                    _COPY_AGAIN,
                    row,
                )
            self._element(data[at:end], data[start:end], row)
            at = size if only_first else end
        return None

    def _element(self, der: bytes, inside: bytes, row: int | None) -> None:
        if inside.startswith(b"\2\1\3"):  # PFX version 3 (RFC 7292 section 4)
            self._unlock(der, row, pkcs12=True)
        elif inside.startswith(_SIGNED_DATA):
            self._pkcs7(der, row)
        elif inside[:1] == b"\6":
            self._problem("this PKCS#7 file is no bundle of certificates", "", row)
        elif inside[:3] in (b"\2\1\0", b"\2\1\1") or _second_tag(inside) == 4:
            # PKCS#1, SEC 1, PKCS#8, or PKCS#8 encrypted
            self._key(der, row)
        else:
            self._signed(der, row)

    def _signed(self, der: bytes, row: int | None) -> None:
        if certificate := _parsed(Certificate.from_der, der):
            self.certificates.append(certificate)
        elif (crl := _parsed(_crl, der)) is not None:  # an empty one is false
            self.crls.append(crl)
        elif request := _parsed(_request, der):
            self.requests.append(request)
        else:
            self._problem("neither certificate, request nor CRL can be read from it", "", row)

    def _pkcs7(self, der: bytes, row: int | None) -> None:
        found = _parsed(pkcs7.load_der_pkcs7_certificates, der)
        if not found:
            return self._problem("no certificate in this PKCS#7 file can be read", "", row)
        self.certificates += map(Certificate, found)
        return None

    # --- what may be locked ---------------------------------------------------------------------

    def _key(self, data: bytes, row: int | None) -> None:
        if self.with_keys:
            self._unlock(data, row, pkcs12=False)
        else:
            self.private_keys += 1

    def _unlock(self, data: bytes, row: int | None, *, pkcs12: bool) -> None:
        try:
            found = unlock(
                data,
                self.passphrase,
                pkcs12=pkcs12,
                with_key=self.with_keys,
                seconds=self.until - time.monotonic(),
            )
        except LockedError as error:
            return self._problem(str(error), error.remedy, row)
        certificates = [Certificate.from_der(der) for der in found.certificates]
        self.certificates += certificates
        if found.public_key is None:
            return None
        self.private_keys += 1
        if certificates and not any(_is_about(one, found.public_key) for one in certificates):
            self._problem(
                "the private key belongs to none of the certificates beside it",
                "Export it again with the certificate that was made for this key.",
                row,
            )
        if found.private_key is not None:
            key = serialization.load_der_private_key(found.private_key, None)
            if not isinstance(key, PrivateKey):
                return self._problem("a private key of a kind that is not used here", "", row)
            self.keys.append(KeyPair(key))
        return None

    def _problem(self, what: str, remedy: str = "", row: int | None = None) -> None:
        self.problems.append(Problem(what, remedy, row))


def _crl(der: bytes) -> x509.CertificateRevocationList:
    crl = x509.load_der_x509_crl(der)
    _ = crl.issuer, crl.last_update_utc, crl.next_update_utc  # read only when asked for
    return crl


def _request(der: bytes) -> CertificateRequest:
    request = CertificateRequest.from_der(der)
    _ = request.subject, request.public_key
    return request


def _is_about(certificate: Certificate, public_key: bytes) -> bool:
    try:
        found = certificate.public_key
    except InvalidInput:
        return False
    return public_key == found.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _extent(der: bytes, at: int = 0) -> tuple[int, int]:
    """Where the content of the sequence at this place begins, and where the sequence ends.

    One of indefinite length (BER) is taken to go on to the end.
    """
    if der[at] != 0x30:
        raise ValueError
    first, start = der[at + 1], at + 2
    if first == 0x80:
        return start, len(der)
    if first < 0x80:
        return start, start + first
    size = first & 0x7F
    if size > 8:
        raise ValueError
    return start + size, start + size + int.from_bytes(der[start : start + size])


def _second_tag(inside: bytes) -> int | None:
    """The tag of the second element in a sequence, or None."""
    try:
        _, end = _extent(inside)
    except (ValueError, IndexError):
        return None
    return inside[end] if end < len(inside) else None


def _parsed(read: Callable[[bytes], _T], data: bytes) -> _T | None:
    try:
        with odd_values_allowed():  # BER among them, which some devices write
            return read(data)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, InvalidInput):
        return None
