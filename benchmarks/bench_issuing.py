"""Issuing for a new P-256 key: beside a bare builder, trustme and the openssl command.

All write the same: names, uses, key identifiers, basic constraints. They take turns, so that a busy
machine slows all alike. The openssl command makes key and request, then signs: two processes.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certlab.pki import CertificateAuthority, Draft, KeyPair, profile

NAME = "um1.office.example"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
ROUNDS, EACH, PROCESSES = 9, 150, 4


def rows() -> list[dict[str, Any]]:
    authority = CertificateAuthority.create_root("Bench root", not_before=NOW)
    theirs = trustme.CA()

    def ours() -> None:
        draft = Draft((NAME,), profile("mutual-tls"), NOW, timedelta(days=365))
        authority.sign(draft, KeyPair.generate().public_key)

    ours_and = {"bare builder": bare_loop(authority), "trustme": lambda: theirs.issue_cert(NAME)}
    found = [entry(name, *rates(ours, work, EACH)) for name, work in ours_and.items()]
    if shutil.which("openssl"):
        with tempfile.TemporaryDirectory() as folder:
            command = openssl_command(authority, Path(folder))
            found.append(entry("openssl command", *rates(ours, command, PROCESSES)))
    return found


def rates(
    ours: Callable[[], object], theirs: Callable[[], object], times: int
) -> tuple[float, float]:
    """Certificates a second of two, who take turns; the rate of ours, and how it is to theirs.

    Neighbouring turns are compared: the machine may be slower in one round than in another. What
    this process does counts in seconds of one core; that of other processes by the wall.
    """
    clock = time.perf_counter if times == PROCESSES else time.process_time
    taken: list[list[float]] = [[], []]
    for _ in range(ROUNDS):
        for work, times_taken in zip((ours, theirs), taken, strict=True):
            began = clock()
            for _ in range(times):
                work()
            times_taken.append(clock() - began)
    rate = times / statistics.median(taken[0])
    return rate, statistics.median(b / a for a, b in zip(*taken, strict=True))


NEEDED = {"bare builder": 0.85, "trustme": 1.2, "openssl command": 30.0}


def entry(name: str, rate: float, ratio: float) -> dict[str, Any]:
    return {
        "name": f"issuing with a new P-256 key, by {name}", "ours": rate, "unit": "1/s",
        "peers": {name: rate / ratio}, "target": f"at least {NEEDED[name]:g} × its rate",
        "ok": ratio >= NEEDED[name], "memory_mb": None,
    }  # fmt: skip


def bare_loop(authority: CertificateAuthority) -> Callable[[], object]:
    """The same certificate by the library's builder, written out with nothing around it."""
    issuer = authority.certificate.x509
    signer = authority.keys.get(authority.certificate.key_fingerprint).private_key
    key_id = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    constraints = x509.BasicConstraints(ca=False, path_length=None)
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])

    def one() -> x509.Certificate:
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)]))
            .issuer_name(issuer.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW)
            .not_valid_after(NOW + timedelta(days=365))
            .add_extension(constraints, critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier(key_id, None, None), critical=False)
            .add_extension(uses, critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
            .sign(signer, hashes.SHA256())
        )

    return one


def openssl_command(authority: CertificateAuthority, folder: Path) -> Callable[[], object]:
    """Key, request and certificate by the command, as scripts do it."""
    key = authority.keys.get(authority.certificate.key_fingerprint).private_key
    (folder / "ca.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "ca.pem").write_text(authority.certificate.pem, "ascii")
    (folder / "ext").write_text(
        f"basicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:{NAME}\n"
        "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n",
        "ascii",
    )
    request = (
        "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
        f"-keyout k -out r -subj /CN={NAME}"
    )
    sign = "openssl x509 -req -in r -CA ca.pem -CAkey ca.key -CAcreateserial -out c -extfile ext"

    def one() -> None:
        for command in (request, sign):
            subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)

    return one
