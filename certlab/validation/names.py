"""Does the certificate carry the name that was to be reached? RFC 9525, and RFC 5922 for SIP."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache

from cryptography import x509

from ..errors import InvalidInput
from ..pki import general_name

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)
_SIP = re.compile(
    r"sips?:(?P<user>[^@/?#]*@)?(?P<host>\[[0-9a-f:.]+\]|[^:;?/@\[\]]+)(:\d+)?([;?].*)?",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def reference(name: str) -> x509.GeneralName:
    """Whom a verifier means: a DNS name, an IP address, a ``sip:`` URI or an e-mail address.

    A trailing dot, which only says that a DNS name is complete, is dropped; so are the port and
    parameters of a SIP URI. Raises ``InvalidInput`` for a wildcard or what is no name at all.
    """
    text = name.strip()
    if text.startswith("*"):
        raise InvalidInput("a verifier reaches one host, not a wildcard", where=repr(name[:60]))
    if not text.startswith(("sip:", "sips:")) and "@" not in text:
        text = text.removesuffix(".")
    return general_name(text)


def matches(expected: x509.GeneralName, presented: Iterable[x509.GeneralName]) -> bool:
    """Whether a presented name is the expected one (RFC 9525 section 6, RFC 5922 section 7)."""
    presented = tuple(presented)
    if isinstance(expected, x509.DNSName):
        return any(
            isinstance(name, x509.DNSName) and dns_matches(expected.value, name.value)
            for name in presented
        )
    if isinstance(expected, x509.IPAddress):
        return any(
            isinstance(name, x509.IPAddress) and name.value == expected.value for name in presented
        )
    if isinstance(expected, x509.RFC822Name):
        return any(
            isinstance(name, x509.RFC822Name) and same_mailbox(expected.value, name.value)
            for name in presented
        )
    if isinstance(expected, x509.UniformResourceIdentifier):
        if (host := sip_host(expected.value)) is not None:
            return _sip_matches(host, presented)
        return any(
            isinstance(name, x509.UniformResourceIdentifier) and name.value == expected.value
            for name in presented
        )
    return False


def dns_matches(expected: str, presented: str) -> bool:
    """Whether a presented DNS name or wildcard covers this host (RFC 9525 section 6.3).

    A wildcard is the whole left-most label, stands for exactly one label, and leaves at least two.
    """
    expected, presented = expected.lower(), presented.lower()
    if not presented.startswith("*."):
        return expected == presented and is_dns_name(presented)
    parent = presented[2:]
    return "." in parent and is_dns_name(parent) and expected.partition(".")[2] == parent


def is_dns_name(name: str) -> bool:
    """Whether this is a DNS name in A-labels: no wildcard, no dot at either end, no empty label."""
    return (
        len(name) <= 253
        and all(map(_LABEL.fullmatch, name.split(".")))
        and not (name[-1].isdigit() and _is_ip(name))
    )


def same_mailbox(expected: str, presented: str) -> bool:
    """Whether two mailboxes are one: the host in any case, the rest exactly (RFC 5280 7.5)."""
    local, _, host = expected.rpartition("@")
    other_local, _, other_host = presented.rpartition("@")
    return local == other_local and host.lower() == other_host.lower()


def sip_host(uri: str) -> str | None:
    """The host of a SIP URI that names a domain and no user (RFC 5922 section 7.1), or None."""
    found = _SIP.fullmatch(uri)
    return None if found is None or found["user"] else found["host"].lower().removesuffix(".")


def _sip_matches(host: str, presented: tuple[x509.GeneralName, ...]) -> bool:
    """RFC 5922 section 7.1: SIP URIs where there are any, else DNS names; no wildcard in either."""
    uris = [
        found
        for name in presented
        if isinstance(name, x509.UniformResourceIdentifier)
        and name.value.lower().startswith("sip:")
        and (found := sip_host(name.value)) is not None
    ]
    if uris:
        return host in uris
    if _is_ip(host):
        return any(
            isinstance(name, x509.IPAddress) and str(name.value) == host.strip("[]")
            for name in presented
        )
    return any(isinstance(name, x509.DNSName) and name.value.lower() == host for name in presented)


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True
