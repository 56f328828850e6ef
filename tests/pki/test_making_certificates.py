"""Making certificates: profiles, names, key types, and what a lesson repeats to the byte."""

from __future__ import annotations

import pickle
import stat
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from certlab.errors import InvalidInput, KeyUnavailable, UnknownName
from certlab.pki import (
    PROFILES,
    Certificate,
    CertificateAuthority,
    CertificateRequest,
    Draft,
    FreshKeys,
    KeyPair,
    KeyStore,
    KeyType,
    LessonKeys,
    RegistrationAuthority,
    general_name,
    profile,
    read_pem,
    request_certificate,
    self_signed,
)
from certlab.training import tampered

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
UM1 = Draft(("um1.office.example",), profile("mutual-tls"), NOW)


def authority(source: FreshKeys | LessonKeys | None = None) -> CertificateAuthority:
    source = source or FreshKeys()
    root = CertificateAuthority.create_root(
        "Lab root", keys=KeyStore(), source=source, not_before=NOW
    )
    return root.create_issuing("Lab issuing CA", source=source, not_before=NOW)


@pytest.mark.parametrize("key_type", KeyType)
def test_a_self_signed_certificate_of_every_key_type_verifies_with_its_own_key(
    key_type: KeyType,
) -> None:
    certificate = self_signed(UM1, KeyPair.generate(key_type))
    assert certificate.key_type == key_type
    assert certificate.is_self_signed
    certificate.x509.verify_directly_issued_by(certificate.x509)


@pytest.mark.parametrize("use", PROFILES.values(), ids=PROFILES)
def test_every_profile_writes_its_use_and_its_basic_constraints(use: object) -> None:
    wanted = profile(use)  # type: ignore[arg-type]  # parametrize hands over plain objects
    certificate = self_signed(Draft(("a.office.example",), wanted, NOW), KeyPair.generate())
    assert certificate.extended_key_usage == wanted.extended_key_usage
    assert certificate.is_ca is wanted.ca
    assert certificate.path_length == wanted.path_length
    assert certificate.key_usage is not None
    assert ("keyCertSign" in certificate.key_usage) is wanted.ca
    assert certificate.not_after - certificate.not_before == wanted.lifetime


def test_only_an_rsa_key_is_said_to_encipher() -> None:
    ec, rsa = (
        self_signed(UM1, KeyPair.generate(kind)).key_usage
        for kind in (KeyType.EC_P256, KeyType.RSA_2048)
    )
    assert ec == {"digitalSignature"}
    assert rsa == {"digitalSignature", "keyEncipherment"}


def test_names_of_four_kinds_are_told_apart() -> None:
    names = (
        "um1.office.example",
        "192.0.2.1",
        "2001:db8::1",
        "sip:um1@office.example",
        "um@office.example",
    )
    certificate = self_signed(Draft(names, profile("mutual-tls"), NOW), KeyPair.generate())
    kinds = [type(name).__name__ for name in certificate.alternative_names]
    assert kinds == ["DNSName", "IPAddress", "IPAddress", "UniformResourceIdentifier", "RFC822Name"]
    assert certificate.dns_names == ("um1.office.example",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b",
        "-x.example",
        "x..example",
        "999.1.1.1",
        "a" * 64 + ".example",
        "x" * 300,
        "<script>.example",
        "a\u202eb@",
        "sip:ü@x",
    ],
)
def test_what_is_no_name_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(InvalidInput):
        general_name(text)


def test_an_internationalized_name_is_kept_as_a_labels() -> None:
    assert general_name("gateway.bücher.example") == x509.DNSName("gateway.xn--bcher-kva.example")


def test_the_authority_key_identifier_is_the_subject_key_identifier_of_the_issuer() -> None:
    issuing = authority()
    leaf = issuing.sign(UM1, KeyPair.generate().public_key)
    assert leaf.authority_key_id == issuing.certificate.subject_key_id
    assert issuing.certificate.authority_key_id == issuing.root.subject_key_id
    assert leaf.is_signed_by(issuing.certificate)
    assert issuing.chain == (issuing.certificate,)


def test_serial_numbers_are_random_and_at_most_159_bits() -> None:
    key = KeyPair.generate()
    serials = {self_signed(UM1, key).serial for _ in range(50)}
    assert len(serials) == 50
    assert max(serial.bit_length() for serial in serials) in range(140, 160)


def test_a_lesson_repeats_to_the_byte_and_another_seed_does_not() -> None:
    def chain(seed: str) -> bytes:
        source = LessonKeys(seed)
        issuing = authority(source)
        key = source.key_pair(KeyType.EC_P256, "um1")
        leaf = issuing.sign(UM1, key.public_key, source.serial_number("um1"))
        return leaf.der + issuing.certificate.der + issuing.root.der

    assert chain("monday") == chain("monday")
    assert chain("monday") != chain("tuesday")


@pytest.mark.parametrize("key_type", [KeyType.EC_P384, KeyType.ED25519])
def test_lesson_keys_of_other_types_repeat_too(key_type: KeyType) -> None:
    one, two, other = (LessonKeys(seed).key_pair(key_type, "um1") for seed in ("a", "a", "b"))
    assert self_signed(UM1, one, 1) == self_signed(UM1, two, 1)
    assert one.fingerprint != other.fingerprint


def test_a_lesson_key_is_never_rsa() -> None:
    with pytest.raises(InvalidInput, match="EC P-256"):
        LessonKeys("a").key_pair(KeyType.RSA_2048, "um1")


def test_outside_lessons_the_same_draft_gives_another_key_each_time() -> None:
    assert (
        FreshKeys().key_pair(KeyType.EC_P256, "x").fingerprint
        != FreshKeys().key_pair(KeyType.EC_P256, "x").fingerprint
    )


def test_pem_and_der_go_out_and_come_back() -> None:
    issuing = authority()
    leaf = issuing.sign(UM1, KeyPair.generate().public_key)
    assert Certificate.from_der(leaf.der) == leaf == Certificate.from_pem(leaf.pem)
    assert read_pem(leaf.pem + issuing.certificate.pem) == [leaf, issuing.certificate]


def test_no_changed_copy_of_a_certificate_verifies_whatever_byte_is_changed() -> None:
    key = KeyPair.generate()
    for _ in range(6):  # a signature that ends in a zero bit is the one to watch
        original = self_signed(UM1, key)
        copies = list(tampered(original))
        assert len(copies) > 100
        assert not [copy for copy in copies if copy.is_signed_by(original)]


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"\x30\x82", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"],
)
def test_what_is_no_certificate_is_an_invalid_input(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        Certificate.from_der(data)
    with pytest.raises(InvalidInput):
        read_pem(data)


def test_a_request_proves_that_the_asker_holds_the_key() -> None:
    request = request_certificate(UM1, KeyPair.generate())
    again = CertificateRequest.from_pem(request.pem)
    assert again.proves_possession
    assert again.alternative_names == (x509.DNSName("um1.office.example"),)
    flipped = bytearray(request.der)
    flipped[-1] ^= 1
    forged = CertificateRequest.from_der(bytes(flipped))
    assert not forged.proves_possession
    with pytest.raises(InvalidInput, match="not signed by the key"):
        authority().issue(forged, UM1)


def test_a_ca_signs_what_the_draft_says_for_the_key_of_the_request() -> None:
    key = KeyPair.generate()
    certificate = authority().issue(request_certificate(UM1, key), UM1)
    assert certificate.key_fingerprint == key.fingerprint
    assert certificate.extended_key_usage == (
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
    )


def test_the_registration_authority_gives_every_reason_for_a_refusal() -> None:
    desk = RegistrationAuthority({"um1.office.example"})
    assert desk.vet(request_certificate(UM1, KeyPair.generate())).approved
    stranger = Draft(("bank.example", "192.0.2.1"), profile("mutual-tls"), NOW)
    reasons = desk.vet(request_certificate(stranger, KeyPair.generate())).reasons
    assert len(reasons) == 2
    assert "bank.example" in reasons[0]
    nameless = Draft((), profile("mutual-tls"), NOW, common_name="um1.office.example")
    assert (
        "no subject alternative name"
        in desk.vet(request_certificate(nameless, KeyPair.generate())).reasons[0]
    )


def test_a_draft_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not after its start"):
        self_signed(
            Draft(("a.example.com",), profile("mutual-tls"), NOW, timedelta(days=-1)),
            KeyPair.generate(),
        )


def test_a_draft_without_a_time_zone_or_a_name_is_refused() -> None:
    with pytest.raises(InvalidInput, match="time zone"):
        self_signed(
            Draft(("a.example.com",), profile("mutual-tls"), NOW.replace(tzinfo=None)),
            KeyPair.generate(),
        )
    with pytest.raises(InvalidInput, match="names nobody"):
        self_signed(Draft((), profile("mutual-tls"), NOW), KeyPair.generate())


def test_ca_true_against_the_profile_lets_the_key_sign_others() -> None:
    certificate = self_signed(
        Draft(("gw1.office.example",), profile("mutual-tls"), NOW, ca=True), KeyPair.generate()
    )
    assert certificate.is_ca
    assert certificate.key_usage is not None
    assert "keyCertSign" in certificate.key_usage


def test_an_unknown_profile_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownName, match="mutual-tls"):
        profile("mutual")


class TestPrivateKeysStayInside:
    def test_no_repr_shows_more_than_a_fingerprint(self) -> None:
        key, store = KeyPair.generate(), KeyStore()
        store.add(key)
        secret = f"{key.private_key.private_numbers().private_value:x}"  # type: ignore[union-attr]  # an EC key
        shown = repr(key) + repr(store) + repr(LessonKeys("a secret seed")) + str(key)
        assert secret not in shown
        assert "secret seed" not in shown
        assert key.fingerprint[:16] in shown

    def test_keys_and_stores_are_not_pickled(self) -> None:
        store = KeyStore()
        store.add(KeyPair.generate())
        for thing in (store, KeyPair.generate()):
            with pytest.raises(KeyUnavailable):
                pickle.dumps(thing)

    def test_a_saved_key_is_encrypted_and_readable_by_its_owner_alone(
        self, tmp_path: object
    ) -> None:
        store, path = KeyStore(), tmp_path / "um1.key"  # type: ignore[operator]  # a Path
        fingerprint = store.add(KeyPair.generate())
        store.save(fingerprint, path, "correct horse")
        assert b"ENCRYPTED" in path.read_bytes()
        assert load_pem_private_key(path.read_bytes(), b"correct horse")
        if sys.platform != "win32":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_nothing_is_saved_over_without_a_passphrase_or_from_a_lesson(
        self, tmp_path: object
    ) -> None:
        store, path = KeyStore(), tmp_path / "um1.key"  # type: ignore[operator]  # a Path
        fresh = store.add(KeyPair.generate())
        lesson = store.add(LessonKeys("a").key_pair(KeyType.EC_P256, "um1"))
        with pytest.raises(KeyUnavailable, match="passphrase"):
            store.save(fresh, path, "")
        with pytest.raises(KeyUnavailable, match="lesson"):
            store.save(lesson, path, "pass")
        path.write_text("mine")
        with pytest.raises(KeyUnavailable, match="already there"):
            store.save(fresh, path, "pass")
        assert path.read_text() == "mine"

    def test_a_key_that_is_not_held_is_said_to_be_elsewhere(self) -> None:
        with pytest.raises(KeyUnavailable, match="no private key"):
            KeyStore().get("00" * 32)
