"""The review tells what will bite, and keeps quiet about what will not."""

import ipaddress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from certlab.errors import UnknownName
from certlab.pki import (
    Certificate,
    CertificateAuthority,
    Draft,
    FreshKeys,
    KeyPair,
    KeyStore,
    profile,
    self_signed,
)
from certlab.validation.facts import fact
from certlab.validation.review import CA, RemarkKind, review

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ROOT = CertificateAuthority.create_root(
    "Root", keys=KeyStore(), source=FreshKeys(), not_before=NOW - timedelta(days=900)
)
POINTER = (
    x509.CRLDistributionPoints(
        [
            x509.DistributionPoint(
                [x509.UniformResourceIdentifier("http://pki.example.com/ca.crl")], None, None, None
            )
        ]
    ),
    False,
)
PUBLIC = (
    x509.CertificatePolicies(
        [x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)]
    ),
    False,
)


def issued(*names, use="mutual-tls", key=None, extensions=(), pointer=True, **draft):
    key = key or KeyPair.generate()
    whole = Draft(tuple(names), profile(use), draft.pop("not_before", NOW), **draft)
    given = [POINTER, *extensions] if pointer else list(extensions)
    return ROOT.sign(whole, key.public_key, extensions=given)


def built(*extensions, subject="um01.example.com", serial=5):
    """A certificate from the root with these extensions and no other."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)])
    builder = x509.CertificateBuilder(
        ROOT.certificate.subject_name,
        name,
        ec.generate_private_key(ec.SECP256R1()).public_key(),
        serial,
        NOW.replace(tzinfo=None),
        (NOW + timedelta(days=90)).replace(tzinfo=None),
    )
    for value in extensions:
        builder = builder.add_extension(value, critical=False)
    key = ROOT.keys.get(ROOT.certificate.key_fingerprint).private_key
    return Certificate(builder.sign(key, hashes.SHA256()))


def kinds(certificate, role="mutual", **options):
    return [remark.kind for remark in review(certificate, role, **options)]


def test_a_good_certificate_gets_no_remark():
    assert kinds(issued("um01.example.com")) == []


def test_a_good_ca_gets_no_remark():
    assert kinds(ROOT.certificate, CA) == []
    assert (
        kinds(
            ROOT.create_issuing(
                "Issuing", source=FreshKeys(), not_before=NOW, extensions=[POINTER]
            ).certificate,
            CA,
        )
        == []
    )


def test_a_name_only_in_the_common_name_is_told_with_the_rule_that_ended_it():
    [remark] = review(issued(common_name="um01.example.com"), "server")
    assert remark.kind is RemarkKind.CN_ONLY
    assert remark.fact is fact("no-cn-matching")
    assert "um01.example.com" in remark.words


def test_a_server_without_any_name_cannot_be_reached_by_one():
    assert kinds(issued(common_name="UM server 1"), "server") == [RemarkKind.NO_NAME]
    assert kinds(issued(common_name="a person"), "client") == []


def test_a_common_name_that_differs_from_the_alternative_names_shows_two_faces():
    found = issued("um01.example.com", common_name="um02.example.com")
    assert kinds(found) == [RemarkKind.CN_ELSEWHERE]


def test_a_wildcard_is_nothing_for_sip():
    assert RemarkKind.WILDCARD in kinds(issued("*.example.com"))


def test_a_server_only_certificate_will_not_do_for_mutual_tls():
    found = issued("um01.example.com", use="tls-server")
    [remark] = review(found, "mutual")
    assert remark.kind is RemarkKind.WRONG_USE
    assert "client" in remark.words
    assert kinds(found, "server") == []


def test_no_stated_use_is_told():
    assert kinds(issued("um01.example.com", use="any-use")) == [RemarkKind.NO_USE]


def test_a_key_that_may_only_encipher_cannot_answer_a_client():
    found = issued(
        "a.example.com",
        use="file-encryption",
        key=KeyPair(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    )
    assert kinds(found, "client") == [RemarkKind.WRONG_USE, RemarkKind.NO_SIGNING]


def test_ca_true_on_a_device_is_a_danger():
    assert RemarkKind.LEAF_IS_CA in kinds(issued("um01.example.com", ca=True))


def test_a_device_certificate_cannot_play_the_ca():
    assert RemarkKind.NOT_A_CA in kinds(issued("um01.example.com"), CA)


@pytest.mark.parametrize(
    "name", ["um01", "um01.corp", "um01.office.local", "10.1.2.3", "fd00::1", "192.168.4.4"]
)
def test_a_public_ca_may_not_certify_what_only_the_house_knows(name):
    found = issued(name, extensions=[PUBLIC], lifetime=timedelta(days=90))
    assert RemarkKind.INTERNAL_NAME in kinds(found)
    assert RemarkKind.INTERNAL_NAME not in kinds(found, public=False)


def test_a_public_name_and_address_are_no_internal_ones():
    found = issued("um01.example.com", "8.8.8.8", lifetime=timedelta(days=90))
    assert ipaddress.ip_address("8.8.8.8").is_global
    assert kinds(found, "server", public=True) == []


@pytest.mark.parametrize(
    ("start", "days", "over"),
    [
        (datetime(2026, 3, 14, tzinfo=UTC), 397, False),
        (
            datetime(2026, 3, 14, tzinfo=UTC),
            398,
            True,
        ),  # both ends count: a second more than 398 days
        (datetime(2026, 3, 15, tzinfo=UTC), 199, False),
        (datetime(2026, 3, 15, tzinfo=UTC), 201, True),
        (datetime(2029, 3, 15, tzinfo=UTC), 46, False),
        (datetime(2029, 3, 15, tzinfo=UTC), 48, True),
    ],
)
def test_a_public_lifetime_is_held_to_the_cap_of_the_day_it_was_issued(start, days, over):
    found = issued("um01.example.com", not_before=start, lifetime=timedelta(days=days))
    assert (RemarkKind.LIFETIME in kinds(found, "server", public=True)) is over
    assert RemarkKind.LIFETIME not in kinds(found, "server")


def test_public_client_authentication_has_an_end():
    found = issued("um01.example.com", extensions=[PUBLIC], lifetime=timedelta(days=90))
    [remark] = review(found, "mutual")
    assert remark.kind is RemarkKind.PUBLIC_CLIENT
    assert "2027-03-15" in remark.words
    assert kinds(found, "server") == []


def test_what_ends_within_a_month_is_told_when_the_moment_is_known():
    found = issued("um01.example.com", lifetime=timedelta(days=20))
    assert kinds(found) == []
    assert kinds(found, at=NOW) == [RemarkKind.ENDING]
    [remark] = review(found, "mutual", at=NOW + timedelta(days=21))
    assert "ended" in remark.words


@pytest.mark.parametrize(
    "private",
    [
        lambda: rsa.generate_private_key(public_exponent=65537, key_size=1024),
        lambda: ec.generate_private_key(ec.SECP192R1()),
        lambda: ec.generate_private_key(ec.SECP256K1()),
    ],
    ids=["RSA 1024", "P-192", "secp256k1"],
)
def test_a_weak_key_is_told(private):
    assert kinds(issued("um01.example.com", key=KeyPair(private()))) == [RemarkKind.WEAK_KEY]


def test_a_missing_authority_key_identifier_is_told_with_the_python_that_minds():
    found = built(
        x509.SubjectAlternativeName([x509.DNSName("um01.example.com")]),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
        POINTER[0],
    )
    [remark] = review(found, "server")
    assert remark.kind is RemarkKind.NO_AKI
    assert remark.fact is fact("strict-aki")


def test_a_certificate_that_points_to_no_list_cannot_be_looked_up():
    assert kinds(issued("um01.example.com", pointer=False)) == [RemarkKind.NO_REVOCATION]
    responder = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                AuthorityInformationAccessOID.OCSP,
                x509.UniformResourceIdentifier("http://o.example.com"),
            )
        ]
    )
    assert kinds(issued("um01.example.com", pointer=False, extensions=[(responder, False)])) == []


def test_a_self_signed_certificate_has_nobody_to_ask_about_revocation():
    found = self_signed(
        Draft(("um01.example.com",), profile("mutual-tls"), NOW), KeyPair.generate()
    )
    assert kinds(found) == []


def test_a_serial_number_has_to_be_positive():
    good = built(serial=2**159 - 1)
    octets = good.serial.to_bytes(20)
    assert RemarkKind.SERIAL not in kinds(good)
    # No library writes a negative serial number: turn the top bit on by hand.
    negative = Certificate.from_der(good.der.replace(octets, b"\x81" + octets[1:]))
    assert negative.serial < 0
    assert RemarkKind.SERIAL in kinds(negative)


def test_what_cannot_be_read_gets_one_remark():
    found = built(x509.SubjectAlternativeName([x509.DNSName("um01.example.com")]))
    # The OID of the alternative names becomes that of the basic constraints: the value is no such.
    broken = Certificate.from_der(
        found.der.replace(bytes.fromhex("0603551d11"), bytes.fromhex("0603551d13"))
    )
    assert kinds(broken) == [RemarkKind.MALFORMED]


def test_an_unknown_role_is_refused_with_the_roles_there_are():
    with pytest.raises(UnknownName, match="mutual"):
        review(ROOT.certificate, "gateway")


def test_each_remark_is_a_sentence_with_its_rule():
    everything = issued(
        "um01",
        "*.corp",
        use="tls-server",
        ca=True,
        pointer=False,
        common_name="um02.example.com",
        key=KeyPair(rsa.generate_private_key(public_exponent=65537, key_size=1024)),
    )
    remarks = review(everything, "mutual", at=NOW + timedelta(days=500), public=True)
    assert len(remarks) >= 9
    for remark in remarks:
        assert remark.words[0].isupper() or remark.words[0] == "“"
        assert remark.words.endswith(".")
        assert remark.section
        assert replace(remark) == remark
