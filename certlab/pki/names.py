"""Subject alternative names: what people type, as the general names of RFC 5280 section 4.2.1.6."""

from __future__ import annotations

import ipaddress
import re

import idna
from cryptography import x509

from ..errors import InvalidInput

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)
_USUAL = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_URI = re.compile(r"(sips?|https?|ldap|tel|urn):\S+", re.IGNORECASE)
_IP_LIKE = re.compile(r"[0-9.]+|\[?[0-9a-f]*:[0-9a-f.:]*:[0-9a-f.:]*\]?", re.IGNORECASE)


def general_name(text: str) -> x509.GeneralName:
    """Read one name: an IP address, a ``sip:`` or other URI, an e-mail address, or a DNS name.

    A DNS name may begin with a ``*.`` label and may be internationalized; it is kept as A-labels.
    Raises ``InvalidInput`` for anything else.
    """
    name = text.strip()
    if len(name) <= 253 and _USUAL.fullmatch(name):
        return x509.DNSName(name)
    if _IP_LIKE.fullmatch(name):
        try:
            return x509.IPAddress(ipaddress.ip_address(name.strip("[]")))
        except ValueError:
            raise InvalidInput("not an IP address", where=repr(text[:60])) from None
    if _URI.fullmatch(name):
        if name.isascii():
            return x509.UniformResourceIdentifier(name)
        raise InvalidInput("a URI name is not ASCII", where=repr(text), remedy="Percent-encode it.")
    if "@" in name:
        local, _, domain = name.rpartition("@")
        if local and local.isascii() and not re.search(r"\s", local):
            return x509.RFC822Name(f"{local}@{dns_name(domain)}")
        raise InvalidInput(
            "not an e-mail address", where=repr(text), expected="name@domain in ASCII"
        )
    return x509.DNSName(dns_name(name))


def dns_name(text: str) -> str:
    """A DNS name as A-labels in lower case, the wildcard label kept. Raises ``InvalidInput``."""
    name = text.strip()
    if not name or len(name) > 253 or _IP_LIKE.fullmatch(name):
        raise InvalidInput(
            "not a DNS name", where=repr(text[:60]), expected="a name such as gw1.office.example"
        )
    wildcard, rest = ("*.", name[2:]) if name.startswith("*.") else ("", name)
    if not rest.isascii():
        try:
            rest = idna.encode(rest, uts46=True).decode()
        except idna.IDNAError as error:
            raise InvalidInput(
                f"not a valid internationalized name: {error}", where=repr(text[:60])
            ) from None
    if len(rest) > 253 or not all(_LABEL.fullmatch(label) for label in rest.split(".")):
        raise InvalidInput(
            "not a DNS name",
            where=repr(text[:60]),
            expected="labels of at most 63 letters, digits and hyphens, joined by dots",
        )
    return wildcard + rest.lower()


def fully_qualified(text: str) -> str:
    """A DNS name with at least two labels and no wildcard. Raises ``InvalidInput``."""
    name = dns_name(text)
    if "." not in name or name.startswith("*"):
        raise InvalidInput(
            "not a fully qualified name",
            where=repr(text[:60]),
            expected="host and domain, such as gw1.office.example",
        )
    return name
