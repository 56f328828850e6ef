"""Second opinions: what other engines say to the same certificates, in their own words."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import cryptography
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import verification

from ..errors import InvalidInput
from ..pki import Certificate, KeyPair, general_name
from ..validation import Purpose
from .parties import load_chain

if TYPE_CHECKING:
    import ssl

PYCA, PYTHON_SSL = "pyca/cryptography", "Python ssl"
OPENSSL, OPENSSL_STRICT = "openssl verify", "openssl verify -x509_strict"

Crl = x509.CertificateRevocationList


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one engine says. ``accepted`` is None when it was not asked; ``words`` tells why."""

    engine: str
    version: str
    accepted: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class Question:
    """The arguments of ``validate`` as an engine needs them; see ``ask``."""

    certificate: Certificate
    intermediates: tuple[Certificate, ...]
    anchors: tuple[Certificate, ...]
    at: datetime
    purpose: Purpose
    name: x509.GeneralName | None = None
    crls: tuple[Crl, ...] = ()
    require_revocation: bool = False
    key: KeyPair | None = None


class NotAsked(Exception):
    """An engine cannot be asked this question; the message tells why."""


Engine = Callable[[Question], tuple[bool, str]]


def opinions(
    certificate: Certificate,
    *,
    intermediates: Iterable[Certificate] = (),
    anchors: Iterable[Certificate],
    at: datetime,
    purpose: Purpose | str,
    name: str | None = None,
    crls: Iterable[Crl | bytes] = (),
    require_revocation: bool = False,
    key: KeyPair | None = None,
) -> tuple[Opinion, ...]:
    """Ask every other engine here about a certificate.

    The arguments are those of ``validate``. ``key`` is the certificate's private key: Python's
    ssl only judges in a handshake, and a handshake needs it. Raises ``InvalidInput`` for a name
    or a CRL that cannot be read.
    """
    question = Question(
        certificate,
        tuple(intermediates),
        tuple(anchors),
        at,
        Purpose(purpose),
        general_name(name) if name is not None else None,
        tuple(_crl(found) for found in crls),
        require_revocation,
        key,
    )
    return (
        ask(PYCA, cryptography.__version__, pyca_says, question),
        ask(PYTHON_SSL, _ssl_version(), handshake_says, question),
        ask(OPENSSL, openssl_version(), openssl_says, question),
        ask(
            OPENSSL_STRICT,
            openssl_version(),
            lambda asked: openssl_says(asked, "-x509_strict"),
            question,
        ),
    )


def ask(engine: str, version: str, says: Engine, question: Question) -> Opinion:
    """Ask one engine; a certificate that is to serve both sides is judged as each of them."""
    sides = (
        (Purpose.SERVER, Purpose.CLIENT)
        if question.purpose is Purpose.MUTUAL
        else (question.purpose,)
    )
    try:
        answers = [says(replace(question, purpose=side)) for side in sides]
    except NotAsked as reason:
        return Opinion(engine, version, None, str(reason))
    refused = [answer for answer in answers if not answer[0]]
    words = dict.fromkeys(text for _, text in refused or answers)
    return Opinion(engine, version, not refused, "; ".join(words))


# --- pyca/cryptography: a web-PKI profile, no revocation ----------------------------------------


def pyca_says(question: Question, *, relaxed: bool = False) -> tuple[bool, str]:
    """Ask the verifier of pyca/cryptography; ``relaxed`` lets key identifiers be absent.

    It always checks a server's name: where none is asked for, the certificate's own first name
    stands in. It never checks a client's name, nor revocation.
    """
    if question.purpose not in (Purpose.SERVER, Purpose.CLIENT):
        raise NotAsked("it judges TLS servers and clients only")
    if not question.anchors:
        return False, "it cannot start without an anchor"
    ca_policy = verification.ExtensionPolicy.webpki_defaults_ca()
    ee_policy = verification.ExtensionPolicy.webpki_defaults_ee()
    if relaxed:
        optional = verification.Criticality.AGNOSTIC
        for extension in (x509.AuthorityKeyIdentifier, x509.SubjectKeyIdentifier):
            ca_policy = ca_policy.may_be_present(extension, optional, None)
            ee_policy = ee_policy.may_be_present(extension, optional, None)
    try:
        builder = (
            verification.PolicyBuilder()
            .store(verification.Store([anchor.x509 for anchor in question.anchors]))
            .time(question.at.astimezone(UTC).replace(tzinfo=None))
            .extension_policies(ca_policy=ca_policy, ee_policy=ee_policy)
        )
        pool = [found.x509 for found in question.intermediates]
        if question.purpose is Purpose.CLIENT:
            builder.build_client_verifier().verify(question.certificate.x509, pool)
        else:
            builder.build_server_verifier(_server_name(question)).verify(
                question.certificate.x509, pool
            )
    except (verification.VerificationError, ValueError, UnsupportedAlgorithm) as error:
        return False, str(error)
    return True, "a path was found"


def _server_name(question: Question) -> verification.Subject:
    wanted = question.name
    if wanted is None:
        try:
            names = question.certificate.alternative_names
        except InvalidInput as error:
            raise NotAsked(f"it needs a name to check, and {error}") from None
        wanted = next((n for n in names if isinstance(n, x509.DNSName | x509.IPAddress)), None)
        if isinstance(wanted, x509.DNSName):
            wanted = x509.DNSName(wanted.value.replace("*", "host", 1))
    if isinstance(wanted, x509.DNSName):
        return x509.DNSName(wanted.value.removesuffix("."))
    if isinstance(wanted, x509.IPAddress):
        return wanted
    raise NotAsked("it needs a DNS name or an IP address to check")


# --- Python's ssl: a real handshake in memory ---------------------------------------------------


def handshake_says(question: Question, *, now: datetime | None = None) -> tuple[bool, str]:
    """Let Python's ssl judge: a TLS handshake over memory BIOs, with its default flags.

    It judges by this computer's clock, so it is asked only when nothing in the question begins
    or ends between ``at`` and now.
    """
    import ssl

    if question.purpose not in (Purpose.SERVER, Purpose.CLIENT):
        raise NotAsked("a handshake judges TLS servers and clients only")
    if question.key is None:
        raise NotAsked("a handshake needs the certificate's private key, which is not at hand")
    _same_by_both_clocks(question, now or datetime.now(UTC))
    judge = _judging_context(question)
    try:
        presenter = _presenting_context(question)
    except ssl.SSLError as error:
        return False, f"the certificate cannot be presented: {error.reason or error}"
    try:
        if question.purpose is Purpose.SERVER:
            checked = question.name if judge.check_hostname else None
            _shake_hands(judge, presenter, _host(checked) if checked is not None else None)
        else:
            _shake_hands(presenter, judge, None)
    except ssl.SSLCertVerificationError as error:
        return False, error.verify_message
    except (ssl.SSLError, ssl.CertificateError, ValueError) as error:
        return False, str(getattr(error, "reason", None) or error)
    return True, "the handshake succeeded"


def _same_by_both_clocks(question: Question, now: datetime) -> None:
    certificates = (question.certificate, *question.intermediates, *question.anchors)
    moments = [m for c in certificates for m in (c.not_before, c.not_after)]
    for crl in question.crls:
        moments += [m for m in (crl.last_update_utc, crl.next_update_utc) if m is not None]
    if any((moment <= question.at) != (moment <= now) for moment in moments):
        raise NotAsked(
            f"it judges by this computer's clock ({now:%Y-%m-%d}), and something begins or ends "
            f"between that and {question.at:%Y-%m-%d}"
        )


@cache
def _default_flags() -> ssl.VerifyFlags:
    import ssl

    return ssl.create_default_context().verify_flags


def _judging_context(question: Question) -> ssl.SSLContext:
    import ssl

    as_client = question.purpose is Purpose.SERVER
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT if as_client else ssl.PROTOCOL_TLS_SERVER)
    context.verify_flags = _default_flags()
    # A sip: URI or an e-mail address is no name that Python's ssl knows how to check.
    context.check_hostname = as_client and isinstance(question.name, x509.DNSName | x509.IPAddress)
    context.verify_mode = ssl.CERT_REQUIRED
    if question.anchors:
        context.load_verify_locations(cadata=b"".join(a.der for a in question.anchors))
    if question.crls or question.require_revocation:
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    if question.crls:
        with tempfile.TemporaryDirectory(prefix="certlab-") as folder:
            path = Path(folder) / "crls.pem"
            path.write_bytes(_pem(question.crls))
            context.load_verify_locations(cafile=path)
    if not as_client:
        _load_chain(context, question)
    return context


def _presenting_context(question: Question) -> ssl.SSLContext:
    import ssl

    as_server = question.purpose is Purpose.SERVER
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if as_server else ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # The one who presents may hold a weak key: whether that will do is for the other to judge.
    context.set_ciphers("ALL:@SECLEVEL=0")
    _load_chain(context, question)
    return context


def _load_chain(context: ssl.SSLContext, question: Question) -> None:
    if question.key is not None:
        load_chain(context, question.key, (question.certificate, *question.intermediates))


def _shake_hands(client: ssl.SSLContext, server: ssl.SSLContext, hostname: str | None) -> None:
    """Shake hands in memory until both sides have judged; raises what a judging side raises."""
    import ssl

    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client.wrap_bio(to_client, to_server, server_hostname=hostname),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(20):
        waiting = []
        for side in sides:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                waiting.append(side)
        if not waiting:
            return
    raise ssl.SSLError("the handshake does not end")


def _host(name: x509.GeneralName) -> str:
    return str(name.value)


def _ssl_version() -> str:
    import ssl

    return ssl.OPENSSL_VERSION


# --- openssl verify -----------------------------------------------------------------------------

_OPENSSL_PURPOSES = {
    Purpose.SERVER: "sslserver",
    Purpose.CLIENT: "sslclient",
    Purpose.EMAIL: "smimesign",
    Purpose.OCSP_SIGNING: "ocsphelper",
}
_OPENSSL_NAMES: dict[type[x509.GeneralName], str] = {
    x509.DNSName: "-verify_hostname",
    x509.IPAddress: "-verify_ip",
    x509.RFC822Name: "-verify_email",
}
_OPENSSL_ERROR = re.compile(r"error \d+ at \d+ depth lookup: *(.*)")


def openssl_says(question: Question, *options: str) -> tuple[bool, str]:
    """Ask ``openssl verify`` at TLS's usual security level 2, with further options of yours."""
    import subprocess

    version = openssl_version()
    if not version.startswith("OpenSSL"):
        raise NotAsked(version or "openssl is not installed here")
    if question.purpose not in _OPENSSL_PURPOSES:
        raise NotAsked("it knows no such purpose")
    with tempfile.TemporaryDirectory(prefix="certlab-") as folder:
        arguments = [
            "openssl",
            "verify",
            "-no-CAfile",
            "-no-CApath",
            "-no-CAstore",
            "-auth_level",
            "2",
            "-purpose",
            _OPENSSL_PURPOSES[question.purpose],
            "-attime",
            str(int(question.at.timestamp())),
            *options,
        ]
        if question.name is not None and type(question.name) in _OPENSSL_NAMES:
            arguments += [_OPENSSL_NAMES[type(question.name)], _host(question.name)]
        if question.crls or question.require_revocation:
            arguments.append("-crl_check_all")
        for option, data in (
            ("-trusted", _pem(question.anchors)),
            ("-untrusted", _pem(question.intermediates)),
            ("-CRLfile", _pem(question.crls)),
        ):
            if data:
                path = Path(folder) / f"{option[1:]}.pem"
                path.write_bytes(data)
                arguments += [option, str(path)]
        leaf = Path(folder) / "leaf.pem"
        leaf.write_bytes(question.certificate.pem.encode())
        done = subprocess.run(
            [*arguments, str(leaf)],
            capture_output=True,
            text=True,
            timeout=30,
            stdin=subprocess.DEVNULL,
            check=False,
            errors="replace",
        )
    if done.returncode == 0:
        return True, "OK"
    reasons = dict.fromkeys(_OPENSSL_ERROR.findall(done.stdout + done.stderr))
    first_line = (done.stderr.strip().splitlines() or ["no reason given"])[0]
    return False, "; ".join(reasons) or first_line.replace(folder, "…")


@cache
def openssl_version() -> str:
    """Return the version of the ``openssl`` found here, empty when there is none."""
    import shutil
    import subprocess

    if shutil.which("openssl") is None:
        return ""
    done = subprocess.run(
        ["openssl", "version"],
        capture_output=True,
        text=True,
        timeout=30,
        stdin=subprocess.DEVNULL,
        check=False,
        errors="replace",
    )
    return done.stdout.split("  ")[0].strip()


# ------------------------------------------------------------------------------------------------


def _pem(found: Iterable[Certificate | Crl]) -> bytes:
    return b"".join(
        one.pem.encode()
        if isinstance(one, Certificate)
        else one.public_bytes(serialization.Encoding.PEM)
        for one in found
    )


def _crl(found: Crl | bytes) -> Crl:
    if isinstance(found, x509.CertificateRevocationList):
        return found
    try:
        return x509.load_der_x509_crl(found)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidInput(f"not a CRL in DER: {error}") from None
