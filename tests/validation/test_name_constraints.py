"""Name constraints: each form of name, permitted and excluded, and every odd spelling of it."""

import time
from ipaddress import ip_address, ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from certlab.pki import Certificate
from certlab.validation import OPENSSL_DEFAULT, FindingKind
from tests.validation.making import UM, excluding, judge, make, named, permitting

OK, VIOLATED = None, FindingKind.NAME_CONSTRAINT


def raw(form, value):
    """A name as it may stand in a certificate, well formed or not."""
    return form._init_without_validation(value)


def dns(value):
    return raw(x509.DNSName, value)


def mail(value):
    return raw(x509.RFC822Name, value)


def uri(value):
    return raw(x509.UniformResourceIdentifier, value)


def ip(value):
    return x509.IPAddress(ip_network(value) if "/" in value else ip_address(value))


def directory(value):
    return x509.DirectoryName(named(value))


def holding(constraints, name, **choices):
    """The reason why a leaf of that name is refused below a CA of those constraints, or None."""
    root = make("Root")
    ca = root.sign("Issuing CA", ca=True, extensions=[(constraints, True)])
    leaf = ca.sign("", names=(), extensions=[(x509.SubjectAlternativeName([name]), True)])
    verdict = judge(leaf, root, sent=[ca], **choices)
    assert verdict.accepted is (verdict.reason is None)
    return verdict.reason and verdict.reason.kind


WITHIN = [  # constraint, name, permitted ends with, excluded ends with
    (dns("example.com"), dns("example.com"), OK, VIOLATED),
    (dns("example.com"), dns("a.b.example.com"), OK, VIOLATED),
    (dns("example.com"), dns("notexample.com"), VIOLATED, OK),
    (dns("example.com"), dns("example.com.evil.test"), VIOLATED, OK),
    (dns("example.com"), dns("com"), VIOLATED, OK),
    (dns("EXAMPLE.com"), dns("Um01.eXample.COM"), OK, VIOLATED),
    (dns(""), dns("any.test"), OK, VIOLATED),
    (dns("xn--bcher-kva.example"), dns("um.XN--BCHER-KVA.example"), OK, VIOLATED),
    (dns("example.com"), dns("*.example.com"), OK, VIOLATED),
    (dns("um.example.com"), dns("*.example.com"), VIOLATED, VIOLATED),
    (dns("a.um.example.com"), dns("*.example.com"), VIOLATED, OK),
    (dns("example.com"), dns("*.com"), VIOLATED, VIOLATED),
    (dns("other.test"), dns("*.example.com"), VIOLATED, OK),
    (dns("example.com"), dns("example.com."), VIOLATED, VIOLATED),
    (dns("example.com"), dns(".example.com"), VIOLATED, VIOLATED),
    (dns("example.com"), dns("a..example.com"), VIOLATED, VIOLATED),
    (dns("example.com"), dns(""), VIOLATED, VIOLATED),
    (dns("example.com"), dns("*"), VIOLATED, VIOLATED),
    (dns("example.com"), dns("a.*.example.com"), VIOLATED, VIOLATED),
    (dns("example.com"), dns("192.0.2.1"), VIOLATED, VIOLATED),
    (ip("192.0.2.0/24"), ip("192.0.2.255"), OK, VIOLATED),
    (ip("192.0.2.0/24"), ip("192.0.3.0"), VIOLATED, OK),
    (ip("192.0.2.7/32"), ip("192.0.2.7"), OK, VIOLATED),
    (ip("0.0.0.0/0"), ip("198.51.100.1"), OK, VIOLATED),
    (ip("2001:db8::/32"), ip("2001:db8::1"), OK, VIOLATED),
    (ip("2001:db8::/32"), ip("2001:db9::1"), VIOLATED, OK),
    (ip("0.0.0.0/0"), ip("2001:db8::1"), VIOLATED, OK),
    (ip("::/0"), ip("192.0.2.1"), VIOLATED, OK),
    (ip("192.0.2.0/24"), ip("192.0.2.0/28"), VIOLATED, VIOLATED),
    (mail("um@example.com"), mail("um@example.com"), OK, VIOLATED),
    (mail("um@example.com"), mail("um@EXAMPLE.com"), OK, VIOLATED),
    (mail("um@example.com"), mail("Um@example.com"), VIOLATED, OK),
    (mail("um@example.com"), mail("gw@example.com"), VIOLATED, OK),
    (mail("example.com"), mail("um@example.com"), OK, VIOLATED),
    (mail("example.com"), mail("um@mail.example.com"), VIOLATED, OK),
    (mail(".example.com"), mail("um@mail.example.com"), OK, VIOLATED),
    (mail(".example.com"), mail("um@example.com"), VIOLATED, OK),
    (mail(""), mail("um@example.com"), OK, VIOLATED),
    (mail("example.com"), mail("um@evil@example.com"), VIOLATED, VIOLATED),
    (mail("example.com"), mail("example.com"), VIOLATED, VIOLATED),
    (uri("example.com"), uri("https://example.com/path"), OK, VIOLATED),
    (uri("example.com"), uri("https://user@Example.COM:8443?q"), OK, VIOLATED),
    (uri("example.com"), uri("https://www.example.com/"), VIOLATED, OK),
    (uri(".example.com"), uri("https://www.example.com/"), OK, VIOLATED),
    (uri(".example.com"), uri("https://example.com/"), VIOLATED, OK),
    (uri("example.com"), uri("https://example.com@evil.test/"), VIOLATED, OK),
    (uri("example.com"), uri("https://evil.test/@example.com"), VIOLATED, OK),
    (uri("example.com"), uri("https://192.0.2.1/"), VIOLATED, VIOLATED),
    (uri("example.com"), uri("https://[2001:db8::1]/"), VIOLATED, VIOLATED),
    (uri("example.com"), uri("urn:example.com"), VIOLATED, VIOLATED),
    (uri("example.com"), uri("sip:um01.example.com"), VIOLATED, VIOLATED),
    (directory("O=Example"), directory("CN=um01,O=Example"), OK, VIOLATED),
    (directory("O=Example"), directory("O=Example"), OK, VIOLATED),
    (directory("O=Exam ple"), directory("CN=um01,O=EXAM  PLE"), OK, VIOLATED),
    (directory("O=Example"), directory("O=Other"), VIOLATED, OK),
    (directory("OU=UM,O=Example"), directory("O=Example"), VIOLATED, OK),
    (directory("OU=UM,O=Example"), directory("CN=um01,OU=PBX,O=Example"), VIOLATED, OK),
    (x509.DirectoryName(x509.Name([])), directory("O=Anyone"), OK, VIOLATED),
]


@pytest.mark.parametrize(("base", "name", "permitted", "excluded"), WITHIN)
def test_a_name_is_held_against_a_constraint_of_its_form(base, name, permitted, excluded):
    assert holding(permitting(base), name) is permitted
    assert holding(excluding(base), name) is excluded


FORMS = [dns("example.com"), ip("192.0.2.0/24"), mail("example.com"), uri("example.com")]
NAMES = [dns("um.test"), ip("198.51.100.1"), mail("um@mail.test"), uri("https://um.test")]


@pytest.mark.parametrize("base", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_a_constraint_says_nothing_of_names_of_another_form(base, name):
    if type(base) is not type(name):
        assert holding(permitting(base), name) is OK
        assert holding(excluding(base), name) is OK


@pytest.mark.parametrize(
    "base",
    [dns("*.example.com"), dns("example.com."), dns("a..b"), dns("exa mple.com"), dns("."),
     dns("192.0.2.1"), ip("192.0.2.1"), ip("::1"), mail("a@b@example.com"), mail("@example.com"),
     mail("*.example.com"), uri("https://example.com"), uri("example.com:443"), uri("a b")],
)  # fmt: skip
def test_a_constraint_that_cannot_be_applied_is_malformed_whoever_stands_below(base):
    for constraints in (permitting(base), excluding(base)):
        assert holding(constraints, directory("CN=anyone")) is FindingKind.MALFORMED


def test_a_leading_dot_in_a_dns_constraint_is_unknown_to_rfc_5280_and_known_to_openssl():
    constraints = permitting(dns(".example.com"))
    assert holding(constraints, dns("um.example.com")) is FindingKind.MALFORMED
    for name, ends in ((dns("um.example.com"), OK), (dns("example.com"), VIOLATED)):
        assert holding(constraints, name, policy=OPENSSL_DEFAULT) is ends


def test_excluded_wins_over_permitted():
    both = x509.NameConstraints([dns("example.com")], [dns("bad.example.com")])
    assert holding(both, dns("um.example.com")) is OK
    assert holding(both, dns("um.bad.example.com")) is VIOLATED


def test_one_bad_name_among_good_ones_is_enough():
    root = make("Root", extensions=[(permitting(dns("example.com")), True)])
    assert judge(root.sign(UM, names=[UM, "um.example.net"]), root).reason.kind is VIOLATED


def test_the_constraints_of_the_anchor_itself_count():
    root = make("Root", extensions=[(excluding(dns("example.com")), True)])
    verdict = judge(root.sign(UM), root)
    assert verdict.reason.kind is VIOLATED
    assert "“Root” excludes “example.com”" in verdict.reason.words


def test_each_ca_can_only_narrow_what_is_permitted():
    root = make("Root", extensions=[(permitting(dns("example.com")), True)])
    wider = [(permitting(dns("example.com"), dns("example.net")), True)]
    narrower = [(permitting(dns("um.example.com")), True)]
    for extensions, name, ends in (
        (wider, "um.example.net", VIOLATED),
        (wider, "um.example.com", OK),
        (narrower, "gw.example.com", VIOLATED),
        (narrower, "a.um.example.com", OK),
    ):
        ca = root.sign("CA", ca=True, extensions=extensions)
        reason = judge(ca.sign("leaf", names=[name]), root, sent=[ca]).reason
        assert (reason and reason.kind) is ends


def test_an_intermediate_s_own_names_are_held_against_the_constraints_above():
    root = make("Root", extensions=[(permitting(dns("example.com")), True)])
    ca = root.sign("CA", ca=True, names=["ca.example.net"])
    verdict = judge(ca.sign(UM), root, sent=[ca])
    assert verdict.reason.kind is VIOLATED
    assert verdict.reason.certificate == ca.certificate


def test_a_self_issued_ca_is_exempt_and_a_self_issued_leaf_is_not():
    root = make("CN=Root", extensions=[(permitting(directory("O=Example")), True)])
    new = root.sign("CN=Root", ca=True, key_label="new")
    inside = new.sign("CN=um01,O=Example")
    assert judge(inside, root, sent=[new]).accepted
    assert judge(root.sign("CN=Root"), root).reason.kind is VIOLATED


def test_the_subject_counts_as_a_directory_name_and_so_does_e_mail_in_it():
    root = make("Root", extensions=[(permitting(directory("O=Example")), True)])
    assert judge(root.sign("CN=um01,O=Example"), root).accepted
    assert judge(root.sign("CN=um01,O=Elsewhere"), root).reason.kind is VIOLATED
    address = x509.NameAttribute(NameOID.EMAIL_ADDRESS, "um@example.net")
    subject = f"{NameOID.EMAIL_ADDRESS.dotted_string}={address.value}"
    mailing = make("Root", extensions=[(permitting(mail("example.com")), True)])
    assert judge(mailing.sign(subject), mailing).reason.kind is VIOLATED


def test_a_common_name_is_no_dns_name_except_to_who_reads_it_as_one():
    root = make("Root", extensions=[(permitting(dns("example.com")), True)])
    leaf = root.sign("um01.example.net", names=["192.0.2.1"])
    assert judge(leaf, root).accepted
    assert judge(leaf, root, policy=OPENSSL_DEFAULT).reason.kind is VIOLATED
    plain = root.sign("A gateway with a sentence for a name", names=["192.0.2.1"])
    assert judge(plain, root, policy=OPENSSL_DEFAULT).accepted


OTHER = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.99999.2"), b"\x05\x00")


def test_a_form_that_is_not_compared_refuses_only_where_such_a_name_occurs():
    for constraints in (permitting(OTHER), excluding(OTHER)):
        assert holding(constraints, dns(UM)) is OK
        assert holding(constraints, OTHER) is FindingKind.OUT_OF_SCOPE
    another = x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.99999.3"), b"\x05\x00")
    assert holding(excluding(OTHER), another) is OK


def test_constraints_that_are_not_critical_are_applied_all_the_same():
    root = make("Root", extensions=[(permitting(dns("example.net")), False)])
    assert judge(root.sign(UM), root).reason.kind is VIOLATED


def test_constraints_belong_on_a_ca():
    root = make("Root")
    leaf = root.sign(UM, extensions=[(permitting(dns("example.com")), True)])
    verdict = judge(leaf, root)
    assert not verdict.accepted
    assert "name constraints and is no CA" in verdict.reason.words


def test_empty_constraints_are_malformed():
    root = make("Root", extensions=[(permitting(dns("example.com")), True)])
    value = root.certificate.x509.extensions.get_extension_for_class(x509.NameConstraints).value
    der = value.public_bytes()
    broken = root.certificate.x509.public_bytes(Encoding.DER)
    # The outer sequence becomes a sequence of another kind of element than the two it may hold.
    broken = broken.replace(der, der[:2] + b"\xa2" + der[3:])
    ca = Certificate.from_der(broken)
    assert ca.malformed
    assert judge(root.sign(UM), type(root)(ca, root.key)).reason.kind is FindingKind.MALFORMED


def test_ten_thousand_names_under_a_thousand_constraints_end_within_the_budget():
    bases = [dns(f"d{number}.example") for number in range(1000)]
    root = make("Root", extensions=[(permitting(*bases), True)])
    names = x509.SubjectAlternativeName([dns("x.d999.example") for _ in range(10_000)])
    leaf = root.sign("", names=(), extensions=[(names, True)])
    begin = time.process_time()
    verdict = judge(leaf, root)
    assert time.process_time() - begin < 2
    assert verdict.reason.kind is FindingKind.BUDGET_EXHAUSTED
    assert "name constraints" in verdict.reason.words
