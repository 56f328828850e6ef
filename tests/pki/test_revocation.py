"""Revocation lists and OCSP answers: what they say, and that other engines read them so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import run

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPCertStatus

from certlab.pki import (
    Certificate,
    CertificateAuthority,
    Draft,
    KeyPair,
    KeyType,
    LessonKeys,
    Revocation,
    ocsp_response,
    profile,
    revocation_list,
)
from certlab.validation import Attitude, FindingKind, validate
from certlab.validation.policy import RFC5280

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=7)


@pytest.fixture
def issuing() -> CertificateAuthority:
    source = LessonKeys("revocation")
    root = CertificateAuthority.create_root("Lab root", source=source, not_before=NOW)
    return root.create_issuing("Lab issuing", source=source, not_before=NOW)


@pytest.fixture
def leaf(issuing: CertificateAuthority) -> Certificate:
    draft = Draft(("um1.office.example",), profile("mutual-tls"), NOW)
    return issuing.sign(draft, KeyPair.generate().public_key)


def test_a_list_is_signed_numbered_dated_and_names_what_was_revoked_by_then(
    issuing: CertificateAuthority, leaf: Certificate
) -> None:
    revoked = [
        Revocation(leaf.serial, NOW, x509.ReasonFlags.key_compromise),
        Revocation(77, NOW),
        Revocation(78, NOW + timedelta(seconds=1)),
    ]
    crl = revocation_list(issuing, revoked, at=NOW, next_update=LATER, number=5)
    assert crl.is_signature_valid(issuing.certificate.public_key)  # type: ignore[arg-type]  # EC
    assert (crl.last_update_utc, crl.next_update_utc) == (NOW, LATER)
    assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 5
    assert {entry.serial_number for entry in crl} == {leaf.serial, 77}
    entry = crl.get_revoked_certificate_by_serial_number(leaf.serial)
    assert entry is not None
    reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.key_compromise
    unstated = crl.get_revoked_certificate_by_serial_number(77)
    assert unstated is not None
    assert not list(unstated.extensions)


@pytest.mark.parametrize("key_type", [KeyType.RSA_2048, KeyType.EC_P384, KeyType.ED25519])
def test_every_kind_of_key_signs_lists_and_answers(key_type: KeyType) -> None:
    root = CertificateAuthority.create_root("Lab root", not_before=NOW, key_type=key_type)
    leaf = root.sign(
        Draft(("a.example",), profile("mutual-tls"), NOW), KeyPair.generate().public_key
    )
    entry = Revocation(leaf.serial, NOW)
    crl = revocation_list(root, [entry], at=NOW, next_update=LATER)
    answer = ocsp_response(root, leaf, at=NOW, next_update=LATER, revocation=entry)
    for evidence in ({"crls": [crl]}, {"ocsp": [answer]}):
        verdict = validate(
            leaf,
            anchors=[root.certificate],
            at=NOW,
            purpose="server",
            **evidence,  # type: ignore[arg-type]  # one of two keyword arguments
        )
        assert verdict.reason is not None
        assert verdict.reason.kind is FindingKind.REVOKED


def test_an_answer_is_good_revoked_unknown_or_not_yet_revoked(
    issuing: CertificateAuthority, leaf: Certificate
) -> None:
    def status(revocation: Revocation | None = None, known: bool = True) -> OCSPCertStatus:
        return ocsp_response(
            issuing, leaf, at=NOW, next_update=LATER, revocation=revocation, known=known
        ).certificate_status

    assert status() is OCSPCertStatus.GOOD
    assert status(Revocation(leaf.serial, NOW)) is OCSPCertStatus.REVOKED
    assert status(Revocation(leaf.serial, LATER)) is OCSPCertStatus.GOOD
    assert status(known=False) is OCSPCertStatus.UNKNOWN


def test_a_delegated_responder_signs_for_the_authority(
    issuing: CertificateAuthority, leaf: Certificate
) -> None:
    key = KeyPair.generate()
    responder = issuing.sign(
        Draft((), profile("ocsp-responder"), NOW, common_name="Lab responder"),
        key.public_key,
        extensions=[(x509.OCSPNoCheck(), False)],
    )
    strict = replace(RFC5280, revocation=Attitude.REQUIRED)
    root_list = revocation_list(
        CertificateAuthority(issuing.root, issuing.keys), [], at=NOW, next_update=LATER
    )
    answer = ocsp_response(issuing, leaf, at=NOW, next_update=LATER, responder=(responder, key))
    assert answer.certificates == [responder.x509]
    assert validate(
        leaf,
        intermediates=issuing.chain,
        anchors=[issuing.root],
        at=NOW,
        purpose="server",
        crls=[root_list],
        ocsp=[answer],
        policy=strict,
    ).accepted


def test_openssl_reads_the_list_as_we_do(
    issuing: CertificateAuthority,
    leaf: Certificate,
    tmp_path: Path,
    require_tool: Callable[[str], str],
) -> None:
    openssl = require_tool("openssl")
    root = CertificateAuthority(issuing.root, issuing.keys)
    (tmp_path / "root.pem").write_text(issuing.root.pem)
    (tmp_path / "issuing.pem").write_text(issuing.certificate.pem)
    (tmp_path / "leaf.pem").write_text(leaf.pem)
    for revoked, expected in (([], "OK"), ([Revocation(leaf.serial, NOW)], "certificate revoked")):
        lists = b"".join(
            revocation_list(ca, entries, at=NOW, next_update=LATER).public_bytes(Encoding.PEM)
            for ca, entries in ((root, []), (issuing, revoked))
        )
        (tmp_path / "crls.pem").write_bytes(lists)
        done = run(
            [openssl, "verify", "-crl_check_all", "-CRLfile", "crls.pem", "-CAfile", "root.pem",
             "-untrusted", "issuing.pem", "-attime", str(int(NOW.timestamp()) + 60), "leaf.pem"],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert expected in done.stdout + done.stderr
