"""What a server needs to take part in mutual TLS, as files and a command: pure functions.

Each takes a ``Wiring`` and gives a ``Configuration``. The same ones start the peers here and go
into the folder that a device is handed.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..errors import InvalidInput
from .parties import TlsVersion

CERTIFICATE = "certificate.pem"
"""The device's own certificate, then the issuing ones that it sends along."""
ISSUING = "issuing.pem"
"""The issuing certificates alone, for tools that want them apart."""
KEY = "key.pem"
ROOTS = "roots.pem"
"""The trusted roots: whoever presents a certificate that ends in one of them is let in."""
CRLS = "crls.pem"
"""The CRL of every CA in the path: with one missing, good certificates are refused too."""
ROOTS_AND_CRLS = "roots-and-crls.pem"
"""Both in one file, for openssl's own tools, whose option for CRLs reads one alone."""
CLIENT_CERTIFICATE = "client-certificate.pem"
CLIENT_KEY = "client-key.pem"
"""The other half of a split pair: what the device presents when it calls."""

_DEPTH = 9


@dataclass(frozen=True, slots=True)
class Wiring:
    """Where a server listens, where its files lie, and whom it talks to.

    ``folder`` is the folder of the files on the device; empty means that paths are relative to
    it. ``host`` is the device's own name. ``peers`` are the hosts it may call or relay to.
    ``upstream`` is a ``host:port`` in clear that a tunnel leads to. Raises ``InvalidInput`` for a
    value that does not belong into a configuration file.
    """

    host: str = "localhost"
    address: str = "127.0.0.1"
    port: int = 5061
    clear_port: int | None = None
    """A port for SIP in clear over TCP, beside the secured one."""
    folder: str = ""
    version: TlsVersion | None = None
    has_chain: bool = True
    has_crls: bool = False
    split: bool = False
    """Whether it presents another certificate when it calls."""
    peers: tuple[str, ...] = ()
    upstream: str = "127.0.0.1:5060"
    srtp: bool = False
    """Whether the media is secured as well (a Secured dial plan)."""

    def __post_init__(self) -> None:
        for value in (self.host, self.address, self.upstream, *self.peers):
            if not _HOST.fullmatch(value):
                raise InvalidInput("not a host name or address", where=repr(value[:80]))
        if not _FOLDER.fullmatch(self.folder):
            raise InvalidInput(
                "this folder's name cannot be written into a configuration file",
                where=repr(self.folder[:80]),
                expected="letters, digits, spaces and . / : _ - + @ ~ ( )",
            )
        for port in (self.port, self.clear_port):
            if port is not None and not 0 < port < 65536:
                raise InvalidInput("not a port", where=repr(port), expected="1 to 65535")

    def path(self, file: str) -> str:
        return f"{self.folder}/{file}" if self.folder else file

    @property
    def calling_files(self) -> tuple[str, str]:
        """The certificate and key it presents when it calls."""
        return (CLIENT_CERTIFICATE, CLIENT_KEY) if self.split else (CERTIFICATE, KEY)


_HOST = re.compile(r"(?!-)[A-Za-z0-9\[\]._:-]{1,255}")  # with a hyphen it would be an option
_FOLDER = re.compile(r"[\w./:\\+@~() -]{0,1024}")


@dataclass(frozen=True, slots=True)
class Configuration:
    """The files of a configuration by name, the command that starts it there, and what to know."""

    files: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    note: str = ""


def kamailio(wiring: Wiring) -> Configuration:
    """Kamailio as a SIP gateway: it answers OPTIONS, and relays to its peers as a client."""
    return Configuration(
        {"kamailio.cfg": kamailio_cfg(wiring), "tls.cfg": kamailio_tls_cfg(wiring)},
        ("kamailio", "-DD", "-E", "-f", wiring.path("kamailio.cfg"), "-m", "16", "-M", "4"),
        "Kamailio compares no names, neither of those who call nor of those it calls.",
    )


def kamailio_cfg(wiring: Wiring) -> str:
    """``kamailio.cfg``: where to listen, and what to do with a request."""
    clear = f"listen = tcp:{wiring.address}:{wiring.clear_port}\n" if wiring.clear_port else ""
    allowed = " || ".join(f'$rd == "{peer}"' for peer in wiring.peers)
    relay = f"""    if ({allowed}) {{
        t_relay();
        exit;
    }}
""" if allowed else ""  # fmt: skip
    return f"""#!KAMAILIO
debug = 2
log_stderror = yes
children = 1
tcp_children = 1
auto_aliases = no
dns = no
rev_dns = no
enable_tls = yes
alias = "{wiring.host}"
listen = tls:{wiring.address}:{wiring.port}
{clear}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "tls.so"
modparam("tls", "config", "{wiring.path("tls.cfg")}")
modparam("tm", "fr_timer", 5000)

request_route {{
    if (method == "OPTIONS" && uri == myself) {{
        sl_send_reply("200", "OK");
        exit;
    }}
{relay}    sl_send_reply("404", "Not Found");
}}
"""


def kamailio_tls_cfg(wiring: Wiring) -> str:
    """``tls.cfg``: one section for those who call it, one for those it calls."""
    # Kamailio 5.6 has no word for TLS 1.3 alone.
    method = "TLSv1.2" if wiring.version is TlsVersion.TLS_1_2 else "TLSv1.2+"
    crl = f"crl = {wiring.path(CRLS)}\n" if wiring.has_crls else ""

    def section(name: str, certificate: str, key: str) -> str:
        return f"""[{name}]
method = {method}
verify_certificate = yes
require_certificate = yes
certificate = {wiring.path(certificate)}
private_key = {wiring.path(key)}
ca_list = {wiring.path(ROOTS)}
{crl}"""

    return "\n".join(
        (
            section("server:default", CERTIFICATE, KEY),
            section("client:default", *wiring.calling_files),
        )
    )


def nginx(wiring: Wiring) -> Configuration:
    """Nginx as a web server that lets in only those with a certificate."""
    crl = f'        ssl_crl "{wiring.path(CRLS)}";\n' if wiring.has_crls else ""
    protocols = wiring.version or "TLSv1.2 TLSv1.3"
    temporary = "\n".join(
        f'    {kind}_temp_path "{wiring.path("temporary")}";'
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = f"""worker_processes 1;
master_process off;
pid "{wiring.path("nginx.pid")}";
error_log stderr info;
events {{
    worker_connections 64;
}}
http {{
    access_log off;
{temporary}
    server {{
        listen {_socket(wiring)} ssl;
        server_name "{wiring.host}";
        ssl_protocols {protocols};
        ssl_certificate "{wiring.path(CERTIFICATE)}";
        ssl_certificate_key "{wiring.path(KEY)}";
        ssl_client_certificate "{wiring.path(ROOTS)}";
        ssl_verify_client on;
        ssl_verify_depth {_DEPTH};
{crl}        default_type text/plain;
        return 200 "Let in: $ssl_client_s_dn\\n";
    }}
}}
"""
    return Configuration(
        {"nginx.conf": text},
        (
            "nginx",
            "-e",
            "stderr",
            "-p",
            wiring.folder or ".",
            "-c",
            "nginx.conf",
            "-g",
            "daemon off;",
        ),
        "nginx finishes the handshake with anybody and refuses afterwards, with HTTP status 400.",
    )


def stunnel(wiring: Wiring) -> Configuration:
    """A stunnel in front of a server that knows no TLS: it checks, and passes on in clear."""
    return Configuration(
        {
            "stunnel.conf": f"""foreground = yes
pid =
syslog = no
debug = info

[sip]
accept = {_socket(wiring)}
connect = {wiring.upstream}
{_stunnel_tls(wiring, CERTIFICATE, KEY)}requireCert = yes
"""
        },
        ("stunnel", wiring.path("stunnel.conf")),
        "stunnel checks the chain and no name.",
    )


def _stunnel_tls(wiring: Wiring, certificate: str, key: str) -> str:
    crl = f"CRLfile = {wiring.path(CRLS)}\n" if wiring.has_crls else ""
    lowest, highest = wiring.version or TlsVersion.TLS_1_2, wiring.version or TlsVersion.TLS_1_3
    return f"""cert = {wiring.path(certificate)}
key = {wiring.path(key)}
CAfile = {wiring.path(ROOTS)}
{crl}verifyChain = yes
sslVersionMin = {lowest}
sslVersionMax = {highest}
"""


def asterisk(wiring: Wiring) -> Configuration:
    """Asterisk's ``pjsip.conf``. Documented and checked by hand, not run here."""
    method = {None: "tlsv1_2", TlsVersion.TLS_1_2: "tlsv1_2", TlsVersion.TLS_1_3: "tlsv1_3"}
    media = "media_encryption=sdes\n" if wiring.srtp else ""
    peers = "".join(
        f"""
[{peer}]
type=aor
contact=sip:{peer}:5061\\;transport=tls
qualify_frequency=60

[{peer}]
type=endpoint
transport=transport-tls
context=from-peers
disallow=all
allow=ulaw,alaw
aors={peer}
{media}
[{peer}]
type=identify
endpoint={peer}
match={peer}
"""
        for peer in wiring.peers
    )
    text = f"""[transport-tls]
type=transport
protocol=tls
bind={_socket(wiring)}
method={method[wiring.version]}
cert_file={wiring.path(CERTIFICATE)}
priv_key_file={wiring.path(KEY)}
ca_list_file={wiring.path(ROOTS)}
verify_client=yes
require_client_cert=yes
verify_server=yes
{peers}"""
    return Configuration(
        {"pjsip.conf": text},
        ("asterisk", "-f"),
        "Documented, checked by hand. Asterisk has one certificate for both roles and no setting "
        "for CRLs. Load res_resolver_unbound for names that stand in the hosts file alone.",
    )


def openssl_server(wiring: Wiring) -> Configuration:
    """``openssl s_server``: it answers every line with the same line backwards."""
    return Configuration(
        command=(
            *("openssl", "s_server", "-accept", _socket(wiring), "-rev"),
            *_openssl_tls(wiring, CERTIFICATE, KEY),
            *("-Verify", str(_DEPTH)),
        ),
        note="s_server compares no name unless told to.",
    )


def openssl_client(wiring: Wiring, host: str | None = None) -> Configuration:
    """``openssl s_client``: it calls ``wiring``'s address, expecting this host's certificate."""
    names: tuple[str, ...] = ()
    if host is not None:
        option = "-verify_ip" if _is_address(host) else "-verify_hostname"
        names = (option, host, *(() if _is_address(host) else ("-servername", host)))
    return Configuration(
        command=(
            *("openssl", "s_client", "-connect", _socket(wiring), "-quiet", "-ign_eof"),
            *_openssl_tls(wiring, *wiring.calling_files),
            *("-verify", str(_DEPTH)),
            *names,
        ),
        note="s_client goes on after a failed check unless told to stop, as it is here.",
    )


def _openssl_tls(wiring: Wiring, certificate: str, key: str) -> tuple[str, ...]:
    version = {None: (), TlsVersion.TLS_1_2: ("-tls1_2",), TlsVersion.TLS_1_3: ("-tls1_3",)}
    return (
        *("-cert", wiring.path(certificate), "-key", wiring.path(key)),
        *(("-cert_chain", wiring.path(ISSUING)) if wiring.has_chain and not wiring.split else ()),
        *("-CAfile", wiring.path(ROOTS_AND_CRLS if wiring.has_crls else ROOTS)),
        *("-no-CApath", "-no-CAstore", "-verify_return_error"),
        *(("-crl_check_all",) if wiring.has_crls else ()),
        *version[wiring.version],
    )


def gnutls_server(wiring: Wiring) -> Configuration:
    """``gnutls-serv``: it sends back what it is sent. It listens on every address it has."""
    return Configuration(
        command=(
            *("gnutls-serv", "--echo", "--port", str(wiring.port)),
            *_gnutls_tls(wiring, CERTIFICATE, KEY),
            *("--require-client-cert", "--verify-client-cert"),
        ),
        note="gnutls-serv cannot be told to listen on one address alone.",
    )


def gnutls_client(wiring: Wiring, host: str | None = None) -> Configuration:
    """``gnutls-cli``: it calls ``wiring``'s address, expecting this host's certificate."""
    names = ("--verify-hostname", host) if host is not None else ()
    return Configuration(
        command=(
            *("gnutls-cli", "--port", str(wiring.port), "--disable-sni"),
            *_gnutls_tls(wiring, *wiring.calling_files),
            *names,
            wiring.address,
        ),
        note="GnuTLS accepts any certificate of the store as the end of a path.",
    )


def _gnutls_tls(wiring: Wiring, certificate: str, key: str) -> tuple[str, ...]:
    version = wiring.version
    return (
        *("--x509certfile", wiring.path(certificate), "--x509keyfile", wiring.path(key)),
        *("--x509cafile", wiring.path(ROOTS)),
        *(("--x509crlfile", wiring.path(CRLS)) if wiring.has_crls else ()),
        *(("--priority", f"NORMAL:-VERS-ALL:+VERS-{version.replace('v', '')}") if version else ()),
    )


CONFIGURATIONS: Mapping[str, Callable[[Wiring], Configuration]] = {
    "kamailio": kamailio,
    "asterisk": asterisk,
    "nginx": nginx,
    "stunnel": stunnel,
    "openssl": openssl_server,
    "gnutls": gnutls_server,
}
"""The servers a configuration can be written for, by key."""


def _socket(wiring: Wiring) -> str:
    address = f"[{wiring.address}]" if ":" in wiring.address else wiring.address
    return f"{address}:{wiring.port}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
