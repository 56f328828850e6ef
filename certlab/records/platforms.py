"""What an administrator types on each platform to install the files of a device folder."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..deployment.steps import file_name
from ..live.configurations import (
    CERTIFICATE,
    CLIENT_KEY,
    CONFIGURATIONS,
    CRLS,
    ISSUING,
    KEY,
    Configuration,
    Wiring,
)


class Platform(StrEnum):
    """Where the files of a device go."""

    EXCHANGE = "exchange"
    CERTUTIL = "certutil"
    GROUP_POLICY = "group-policy"
    OPENSSL = "openssl"
    KEYTOOL = "keytool"
    ASTERISK = "asterisk"
    KAMAILIO = "kamailio"
    NGINX = "nginx"
    STUNNEL = "stunnel"


@dataclass(frozen=True, slots=True)
class Kit:
    """The names of the files in a device folder, and what the device needs.

    ``roots``, ``issuing`` and ``crls`` are single files in DER. ``identities`` are PKCS#12 files;
    there is none in a folder without a key. ``serial`` is the certificate's, in hexadecimal.
    """

    wiring: Wiring
    certificates: tuple[str, ...]
    identities: tuple[str, ...]
    issuing: tuple[str, ...]
    roots: tuple[str, ...]
    crls: tuple[str, ...]
    serial: str


@dataclass(frozen=True, slots=True)
class Guide:
    """How the files are installed on one platform.

    ``folder`` is where they lie on the device. ``tried`` says that certlab's tests ran it.
    """

    title: str
    language: str
    commands: Callable[[Kit], Iterable[str]]
    folder: str = ""
    tried: bool = False


def configuration_for(platform: Platform, wiring: Wiring) -> Configuration:
    """The configuration files that a server on this platform is started with, if it has any."""
    write = CONFIGURATIONS.get(platform)
    return Configuration() if write is None or platform is Platform.OPENSSL else write(wiring)


def _exchange(kit: Kit) -> Iterable[str]:
    for file in kit.identities:
        yield "# Exchange 2007:"
        yield (
            f"Import-ExchangeCertificate -Path {file} -Password (Read-Host -AsSecureString) | "
            "Enable-ExchangeCertificate -Services UM"
        )
        yield "# Exchange 2010 and later:"
        yield (
            f"Import-ExchangeCertificate -FileData ([IO.File]::ReadAllBytes("
            f"(Resolve-Path {file}))) -Password (Read-Host -AsSecureString) | "
            "Enable-ExchangeCertificate -Services UM"
        )
    if not kit.identities:
        yield "# For a certificate whose key is on this server:"
        enable = "Enable-ExchangeCertificate -Services UM"
        yield from (f"Import-ExchangeCertificate -Path {f} | {enable}" for f in kit.certificates)
    yield from _stores(kit)
    yield "Restart-Service MSExchangeUM"


def _certutil(kit: Kit) -> Iterable[str]:
    yield from (f"certutil -importpfx {file}" for file in kit.identities)
    if not kit.identities and kit.certificates:
        yield from (f"certutil -addstore My {file}" for file in kit.certificates)
        yield f"certutil -repairstore My {kit.serial}"
    yield from _stores(kit)
    if kit.certificates:
        yield f"certutil -verifystore My {kit.serial}"


def _stores(kit: Kit) -> Iterable[str]:
    yield from (f"certutil -addstore Root {_windows(file)}" for file in kit.roots)
    yield from (f"certutil -addstore CA {_windows(file)}" for file in (*kit.issuing, *kit.crls))


def _group_policy(kit: Kit) -> Iterable[str]:
    yield "Open the policy in the Group Policy Management Editor (gpmc.msc), then go to"
    yield "  Computer Configuration, Windows Settings, Security Settings, Public Key Policies,"
    yield "  Trusted Root Certification Authorities, and import:"
    yield from (f"    {_windows(file)}" for file in kit.roots)
    if kit.issuing:
        yield "  Intermediate Certification Authorities, and import:"
        yield from (f"    {_windows(file)}" for file in kit.issuing)
    yield "On the servers: gpupdate /force"
    yield "It reaches domain-joined machines only, and brings no private key."


def _openssl(kit: Kit) -> Iterable[str]:
    if not kit.certificates:
        return
    yield f"openssl x509 -in {CERTIFICATE} -noout -subject -ext subjectAltName -dates -serial"
    yield f"openssl x509 -in {CERTIFICATE} -noout -fingerprint -sha256"
    if kit.wiring.has_chain:
        yield f"openssl x509 -in {ISSUING} -noout -subject -issuer"
    if kit.crls:
        yield f"openssl crl -in {CRLS} -noout -issuer -nextupdate"
    yield "# A server that lets in only whom the device trusts, until Ctrl-C:"
    yield shlex.join(CONFIGURATIONS["openssl"](kit.wiring).command)


def _keytool(kit: Kit) -> Iterable[str]:
    for file in kit.identities:
        yield (
            f"keytool -importkeystore -srckeystore {file} -srcstoretype PKCS12 "
            "-destkeystore keystore.p12 -deststoretype PKCS12"
        )
    for file in kit.roots:
        alias = file.rpartition("/")[2].removesuffix(".cer")
        yield (
            f"keytool -importcert -noprompt -alias {alias} -file {file} "
            "-keystore truststore.p12 -storetype PKCS12"
        )


def _server(platform: Platform) -> Callable[[Kit], Iterable[str]]:
    def commands(kit: Kit) -> Iterable[str]:
        yield f"# Copy this folder’s files to {kit.wiring.folder}, then give the server its key:"
        yield "umask 077"
        for key in (KEY, CLIENT_KEY) if kit.wiring.split else (KEY,):
            place = shlex.quote(kit.wiring.path(key))
            yield f"openssl pkey -in {key if kit.identities else 'YOUR-KEY'} -out {place}"
        yield "# Start it, in the foreground:"
        yield shlex.join(configuration_for(platform, kit.wiring).command)

    return commands


GUIDES: Mapping[Platform, Guide] = {
    Platform.EXCHANGE: Guide("Exchange Management Shell", "powershell", _exchange),
    Platform.CERTUTIL: Guide("Windows, with certutil", "powershell", _certutil),
    Platform.GROUP_POLICY: Guide("Group Policy", "text", _group_policy),
    Platform.OPENSSL: Guide("OpenSSL", "sh", _openssl, tried=True),
    Platform.KEYTOOL: Guide("Java, with keytool", "sh", _keytool),
    Platform.ASTERISK: Guide("Asterisk", "sh", _server(Platform.ASTERISK), "/etc/asterisk/tls"),
    Platform.KAMAILIO: Guide(
        "Kamailio", "sh", _server(Platform.KAMAILIO), "/etc/kamailio/tls", tried=True
    ),
    Platform.NGINX: Guide("nginx", "sh", _server(Platform.NGINX), "/etc/nginx/tls", tried=True),
    Platform.STUNNEL: Guide(
        "stunnel", "sh", _server(Platform.STUNNEL), "/etc/stunnel/tls", tried=True
    ),
}
"""Every platform’s guide."""


def safe_name(name: str) -> str:
    """A name that is a harmless file name on every system, whatever it was."""
    safe = file_name(name).rstrip("._") or "device"
    return f"_{safe}" if safe.partition(".")[0].lower() in _RESERVED else safe


_RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
}
"""What Windows takes for a device, with whatever ending."""


def _windows(file: str) -> str:
    return file.replace("/", "\\")
