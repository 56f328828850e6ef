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

    contenders: dict[str, tuple[Callable[[], object], int]] = {
        "ours": (ours, EACH),
        "bare builder": (bare_loop(authority), EACH),
        "trustme": (lambda: theirs.issue_cert(NAME), EACH),
    }
    needed = {"bare builder": 0.85, "trustme": 1.2, "openssl command": 30.0}
    with tempfile.TemporaryDirectory() as folder:
        if shutil.which("openssl"):
            contenders["openssl command"] = (openssl_command(authority, Path(folder)), PROCESSES)
        rates: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(ROUNDS):
            for name, (work, times) in contenders.items():
                # Our own work in seconds of one core; that of other processes by the wall.
                clock = time.perf_counter if times == PROCESSES else time.process_time
                began = clock()
                for _ in range(times):
                    work()
                rates[name].append(times / (clock() - began))
    rate = statistics.median(rates["ours"])
    found = []
    for name in list(contenders)[1:]:
        # Neighbouring runs are compared: the machine may be slower in one round than in another.
        ratio = statistics.median(a / b for a, b in zip(rates["ours"], rates[name], strict=True))
        found.append(
            {
                "name": f"issuing with a new P-256 key, by {name}", "ours": rate, "unit": "1/s",
                "peers": {name: rate / ratio}, "target": f"at least {needed[name]:g} × its rate",
                "ok": ratio >= needed[name], "memory_mb": None,
            }
        )  # fmt: skip
    return found


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
    (folder / "ca.pem").write_text(authority.certificate.pem)
    (folder / "ext").write_text(
        f"basicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:{NAME}\n"
        "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n"
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
