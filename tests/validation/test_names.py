"""Whom the certificate names: RFC 9525 for hosts, RFC 5922 for SIP domains."""

import pytest
from cryptography import x509

from certlab.errors import InvalidInput
from certlab.validation import OPENSSL_DEFAULT, SIP_IGNORES_NAMES, FindingKind, Outcome
from tests.validation.making import UM, judge, make

WRONG = FindingKind.NAME_MISMATCH


def reached(name, *presented, subject="A device", **choices):
    """Why a leaf with these alternative names is refused when reached by a name, or None."""
    root = make("Root")
    names = [
        x509.DNSName._init_without_validation(each[4:]) for each in presented if each[:4] == "raw:"
    ]
    others = [each for each in presented if each[:4] != "raw:"]
    extensions = [(x509.SubjectAlternativeName(names), False)] if names else []
    leaf = root.sign(subject, names=others, extensions=extensions)
    reason = judge(leaf, root, name=name, **choices).reason
    return reason and reason.kind


@pytest.mark.parametrize(
    ("name", "presented", "reason"),
    [
        (UM, [UM], None),
        ("UM01.Example.COM", [UM], None),
        (UM, ["raw:UM01.EXAMPLE.com"], None),
        ("um01.example.com.", [UM], None),
        (UM, ["raw:um01.example.com."], WRONG),
        (UM, ["gw1.example.com", UM], None),
        (UM, ["gw1.example.com"], WRONG),
        ("example.com", [UM], WRONG),
        ("a.um01.example.com", [UM], WRONG),
        (UM, [], WRONG),
        (UM, ["*.example.com"], None),
        ("example.com", ["*.example.com"], WRONG),
        ("a.b.example.com", ["*.example.com"], WRONG),
        ("example.com", ["raw:*.com"], WRONG),
        ("um01", ["raw:*"], WRONG),
        (UM, ["raw:um*.example.com"], WRONG),
        (UM, ["raw:*01.example.com"], WRONG),
        (UM, ["raw:um01.*.com"], WRONG),
        (UM, ["raw:*.*.com"], WRONG),
        ("xn--um-x.example.com", ["raw:xn--*.example.com"], WRONG),
        ("bücher.example.com", ["xn--bcher-kva.example.com"], None),
        ("BÜCHER.example.com", ["bücher.example.com"], None),
        ("bücher.example.com", ["*.example.com"], None),
        ("um_1.example.com", ["um_1.example.com"], None),
        ("192.0.2.1", ["192.0.2.1"], None),
        ("192.0.2.1", ["192.0.2.2"], WRONG),
        ("192.0.2.1", ["raw:192.0.2.1"], WRONG),
        ("2001:db8::1", ["2001:DB8:0::1"], None),
        ("[2001:db8::1]", ["2001:db8::1"], None),
        (UM, ["192.0.2.1"], WRONG),
        ("um@example.com", ["um@example.com"], None),
        ("um@EXAMPLE.com", ["um@example.com"], None),
        ("UM@example.com", ["um@example.com"], WRONG),
        ("example.com", ["um@example.com"], WRONG),
        ("sip:example.com", ["sip:example.com"], None),
        ("SIP:Example.com", ["sip:example.com"], None),
        ("sip:example.com:5061;transport=tls", ["sip:example.com"], None),
        ("sips:example.com", ["sip:example.com"], None),
        ("sip:example.com", ["sip:um@example.com"], WRONG),
        ("sip:example.com", ["sip:um@example.com", "example.com"], None),
        ("sip:example.com", ["example.com"], None),
        ("sip:example.com", ["sip:other.example", "example.com"], WRONG),
        ("sip:um01.example.com", ["*.example.com"], WRONG),
        ("sip:192.0.2.1", ["192.0.2.1"], None),
        ("sip:[2001:db8::1]", ["2001:db8:0::1"], None),
        ("example.com", ["sip:example.com"], WRONG),
        ("https://example.com/a", ["https://example.com/a"], None),
        ("https://example.com/b", ["https://example.com/a"], WRONG),
    ],
)
def test_a_name_is_reached_or_not(name, presented, reason):
    assert reached(name, *presented) is reason


@pytest.mark.parametrize("name", [UM, "192.0.2.1"])
def test_a_name_in_the_common_name_alone_is_told_as_that(name):
    root = make("Root")
    verdict = judge(root.sign(name, names=["gw1.example.com"]), root, name=name)
    assert verdict.reason.kind is FindingKind.NAME_ONLY_IN_CN
    assert "common name" in verdict.reason.words


def test_openssl_reads_the_common_name_where_there_is_no_dns_name():
    assert reached(UM, subject=UM, policy=OPENSSL_DEFAULT) is None
    assert reached(UM, "192.0.2.1", subject=UM, policy=OPENSSL_DEFAULT) is None
    assert reached(UM, subject="*.example.com", policy=OPENSSL_DEFAULT) is None
    in_cn_only = FindingKind.NAME_ONLY_IN_CN
    assert reached(UM, "gw1.example.com", subject=UM, policy=OPENSSL_DEFAULT) is in_cn_only
    assert reached("192.0.2.1", subject="192.0.2.1", policy=OPENSSL_DEFAULT) is in_cn_only


def test_a_verifier_that_ignores_names_says_that_it_did_not_ask():
    root = make("Root")
    verdict = judge(root.sign(UM), root, name="gw9.example.com", policy=SIP_IGNORES_NAMES)
    assert verdict.accepted
    (check,) = (check for check in verdict.trace if check.section == "RFC 9525 6")
    assert check.outcome is Outcome.NOT_APPLICABLE
    assert "ignores names" in check.words


@pytest.mark.parametrize("name", ["", "*.example.com", "not a name", "a..b", "999.1.1.1", "@"])
def test_what_is_no_name_is_no_question(name):
    with pytest.raises(InvalidInput):
        reached(name, UM)
