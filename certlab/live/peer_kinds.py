"""The kinds of peer: their programs, how each is configured, judges, and is talked with."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ..validation import OPENSSL_DEFAULT, RFC5280, SIP_IGNORES_NAMES, VerificationPolicy
from . import configurations as to
from . import sip
from .ends import Talk
from .programs import find_tool

GNUTLS = replace(
    RFC5280,
    key="gnutls",
    title="GnuTLS",
    explanation="Any certificate of the store may end a path, and CRLs count where there are any.",
    common_name_counts=True,
)


@dataclass(frozen=True, slots=True)
class PeerKind:
    """A kind of peer: its program, how it is configured, and how one talks with it.

    ``policy`` is the preset it judges by. ``said`` finds in its log the words in which it refuses.
    """

    key: str
    title: str
    tool: str
    package: str
    policy: VerificationPolicy
    said: re.Pattern[str]
    serve: Callable[[to.Wiring], to.Configuration]
    talk: Callable[[bytes], Talk] = Talk
    call: Callable[[to.Wiring, str | None], to.Configuration] | None = None
    """How its client side is started for one call, where that is a program of its own."""
    relays: bool = False
    """Whether it calls as a client when it is asked to pass a request on."""
    tunnels: bool = False
    """Whether a server in clear stands behind it and answers."""
    fenced: bool = False
    """Whether it can listen on every address only, and so needs a network of its own."""
    waits: bool = False
    """Whether it lets one in without a certificate at first, and waits for what is asked."""

    @property
    def name(self) -> str:
        """Its title without what it is: “Kamailio”."""
        return self.title.partition(",")[0]

    @property
    def path(self) -> str | None:
        """Where its program is, or None when it is not installed."""
        return find_tool(self.tool)

    @property
    def can_call(self) -> bool:
        """Whether it also acts as a client."""
        return self.relays or self.call is not None

    @property
    def install(self) -> str:
        """How to install it."""
        return f"Debian, Ubuntu: apt install {self.package}"


def _http(request: bytes) -> Talk:
    asked = b"GET / HTTP/1.0\r\n\r\n"
    return Talk(asked, sip.is_whole, lambda answer: answer.startswith(b"HTTP/1.1 200"))


def _backwards(request: bytes) -> Talk:
    expected = request.partition(b"\r")[0][::-1]
    return Talk(request, lambda said: b"\n" in said, lambda said: said.startswith(expected))


def _echo(request: bytes) -> Talk:
    expected = request.partition(b"\r")[0]
    return Talk(request, lambda said: b"\n" in said, lambda said: said.startswith(expected))


PEERS: Mapping[str, PeerKind] = {
    kind.key: kind
    for kind in (
        PeerKind(
            "kamailio", "Kamailio, a SIP proxy", "kamailio", "kamailio kamailio-tls-modules",
            SIP_IGNORES_NAMES, re.compile(r"TLS \w+:error:\w+:[\w ]*::(.*?) \("),
            to.kamailio, relays=True,
        ),
        PeerKind(
            "nginx", "nginx, a web server", "nginx", "nginx",
            OPENSSL_DEFAULT, re.compile(r"verify error: \(\d+:(.*?)\)|client (sent no .*?) while"),
            to.nginx, _http, waits=True,
        ),
        PeerKind(
            "stunnel", "stunnel, a TLS tunnel", "stunnel", "stunnel4",
            OPENSSL_DEFAULT, re.compile(r"CERT: (?:Pre-v|V)erification error: (.*)"
                                        r"|routines::(?!unexpected eof)(.*)"),
            to.stunnel, tunnels=True,
        ),
        PeerKind(
            "openssl", "openssl s_server and s_client", "openssl", "openssl",
            OPENSSL_DEFAULT, re.compile(r"verify error:num=\d+:(.*)"
                                        r"|routines:\w*:(?!unexpected eof)(.*?):"),
            to.openssl_server, _backwards, to.openssl_client,
        ),
        PeerKind(
            "gnutls", "gnutls-serv and gnutls-cli", "gnutls-serv", "gnutls-bin",
            GNUTLS, re.compile(r"Status: (The certificate is NOT trusted.*)"
                               r"|Error (?:in handshake|setting the x509 CRL file): (.*)"),
            to.gnutls_server, _echo, to.gnutls_client, fenced=True,
        ),
    )
}  # fmt: skip
"""Every kind of peer by its key."""
