"""What is asked of each certificate of a path, and what the verdict says of it."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from certlab.errors import InvalidInput, TrustFailure
from certlab.validation import (
    OPENSSL_DEFAULT,
    OPENSSL_STRICT,
    POLICIES,
    RFC5280,
    WEB_CLIENT,
    Check,
    Finding,
    FindingKind,
    Outcome,
    Purpose,
    Remedy,
    validate,
)
from certlab.validation.words import ADVICE, SENTENCES
from tests.validation.making import (
    AT,
    CLIENT,
    DAY,
    ECDSA_WITH_SHA384,
    SERVER,
    UM,
    UNKNOWN,
    chain,
    element,
    elements,
    judge,
    make,
    rebuilt,
    usage,
)

SECOND = timedelta(seconds=1)
ANY = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE


def reason(*arguments, **choices):
    found = judge(*arguments, **choices).reason
    return found and found.kind


# Dates


@pytest.mark.parametrize(
    ("begins", "ends", "kind"),
    [
        (AT, AT + DAY, None),
        (AT - DAY, AT, None),
        (AT + SECOND, AT + DAY, FindingKind.NOT_YET_VALID),
        (AT - DAY, AT - SECOND, FindingKind.EXPIRED),
    ],
)
def test_both_bounds_of_the_validity_count_on_every_certificate(begins, ends, kind):
    dates = {"begins": begins, "ends": ends}
    root, dated_root = make("Root"), make("Root", **dates)
    ca, dated_ca = root.sign("CA", ca=True), root.sign("CA", ca=True, **dates)
    assert reason(ca.sign(UM, **dates), root, sent=[ca]) is kind
    assert reason(dated_ca.sign(UM), root, sent=[dated_ca]) is kind
    assert reason(dated_root.sign(UM), dated_root) is kind


def test_the_time_is_understood_in_its_zone():
    leaf = make(UM, ca=False, begins=AT - DAY, ends=AT)
    east = timezone(timedelta(hours=3))
    assert judge(leaf, leaf, at=AT.astimezone(east)).accepted
    assert not judge(leaf, leaf, at=AT.replace(tzinfo=timezone(timedelta(hours=-3)))).accepted


def test_a_time_without_a_zone_is_no_question():
    leaf = make(UM, ca=False)
    with pytest.raises(InvalidInput, match="time zone"):
        judge(leaf, leaf, at=datetime(2026, 11, 23))  # noqa: DTZ001


# CAs


def test_an_issuer_says_that_it_is_a_ca():
    root = make("Root")
    for shape in ({"ca": False, "names": ()}, {"ca": True, "without": (x509.BasicConstraints,)}):
        issuer = root.sign("CA", **shape, key_usage=usage("key_cert_sign"))
        verdict = judge(issuer.sign(UM), root, sent=[issuer])
        assert verdict.reason.kind is FindingKind.NOT_A_CA
        assert verdict.reason.certificate == issuer.certificate


@pytest.mark.parametrize(("allowed", "accepted"), [(0, False), (1, True), (None, True)])
def test_a_path_length_counts_the_cas_below(allowed, accepted):
    root = make("Root")
    first = root.sign("First", ca=True, path_length=allowed)
    second = first.sign("Second", ca=True, path_length=0)
    verdict = judge(second.sign(UM), root, sent=[first, second])
    assert verdict.accepted is accepted
    if not accepted:
        assert (verdict.reason.seen, verdict.reason.expected) == (1, 0)


def test_the_path_length_of_the_anchor_counts_too():
    root = make("Root", path_length=0)
    ca = root.sign("CA", ca=True)
    assert reason(ca.sign(UM), root, sent=[ca]) is FindingKind.PATH_TOO_LONG
    assert judge(root.sign(UM), root).accepted


def test_a_leaf_that_is_a_ca_does_not_count_for_the_path_length():
    root = make("Root")
    ca = root.sign("CA", ca=True, path_length=0)
    below = ca.sign(UM, ca=True, names=[UM], key_usage=usage("digital_signature", "key_cert_sign"))
    assert judge(below, root, sent=[ca]).accepted
    assert reason(below, root, sent=[ca], policy=WEB_CLIENT)


def test_a_verifier_may_limit_the_path_itself():
    leaf, issuing, root = chain()
    assert judge(leaf, root, sent=[issuing], max_path_length=1).accepted
    assert reason(leaf, root, sent=[issuing], max_path_length=0) is FindingKind.PATH_TOO_LONG


def test_a_ca_that_may_not_sign_certificates_signs_none():
    root = make("Root")
    ca = root.sign("CA", ca=True, key_usage=usage("crl_sign"))
    assert reason(ca.sign(UM), root, sent=[ca]) is FindingKind.KEY_USAGE
    silent = root.sign("CA", ca=True, without=(x509.KeyUsage,))
    assert judge(silent.sign(UM), root, sent=[silent]).accepted


def version_1(made, by):
    """The same certificate without version and extensions."""
    return rebuilt(made, by, lambda fields: fields[1:-1])


def test_a_version_1_root_counts_as_a_ca_because_it_was_imported():
    root = make("Root")
    root = version_1(root, root)
    verdict = judge(root.sign(UM, aki=None), root)
    assert verdict.accepted
    assert FindingKind.VERSION_1_ANCHOR in [found.kind for found in verdict.findings]


def test_a_version_1_certificate_between_is_no_ca():
    root = make("Root")
    ca = version_1(root.sign("CA", ca=True), root)
    assert reason(ca.sign(UM, aki=None), root, sent=[ca]) is FindingKind.NOT_A_CA


# Uses


@pytest.mark.parametrize(
    ("uses", "serves"),
    [
        ((SERVER,), {Purpose.SERVER}),
        ((CLIENT,), {Purpose.CLIENT}),
        ((SERVER, CLIENT), {Purpose.SERVER, Purpose.CLIENT, Purpose.MUTUAL}),
        ((ANY,), set(Purpose)),
        ((ExtendedKeyUsageOID.EMAIL_PROTECTION,), {Purpose.EMAIL}),
        ((ExtendedKeyUsageOID.CODE_SIGNING,), {Purpose.CODE_SIGNING}),
        ((ExtendedKeyUsageOID.IPSEC_IKE,), {Purpose.IPSEC}),
        ((x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.4"),), {Purpose.FILE_ENCRYPTION}),
        ((ExtendedKeyUsageOID.OCSP_SIGNING,), {Purpose.OCSP_SIGNING}),
    ],
)
def test_a_stated_use_serves_no_other(uses, serves):
    every = usage("digital_signature", "key_encipherment")
    leaf = make(UM, ca=False, uses=uses, key_usage=every)
    accepted = {each for each in Purpose if judge(leaf, leaf, purpose=each.value).accepted}
    assert accepted == serves


def test_what_is_missing_for_a_use_is_said_in_the_words_of_a_table():
    for_servers = make(UM, ca=False, uses=[SERVER])
    for_clients = make(UM, ca=False, uses=[CLIENT])
    assert judge(for_servers, for_servers, purpose="client").reason.short == "not for clients"
    assert judge(for_clients, for_clients, purpose="server").reason.short == "not for servers"
    assert judge(for_servers, for_servers, purpose="mutual").reason.short == "not for clients"


def test_without_a_stated_use_none_is_excluded_and_browsers_want_it_stated():
    leaf = make(UM, ca=False, uses=())
    verdict = judge(leaf, leaf)
    assert verdict.accepted
    assert [found.kind for found in verdict.findings] == [FindingKind.NO_STATED_PURPOSE]
    assert reason(leaf, leaf, policy=WEB_CLIENT) is FindingKind.NO_STATED_PURPOSE


def test_the_stated_uses_of_a_ca_bind_what_stands_below():
    root = make("Root")
    ca = root.sign("CA", ca=True, uses=[CLIENT])
    leaf = ca.sign(UM)
    verdict = judge(leaf, root, sent=[ca])
    assert verdict.reason.kind is FindingKind.PURPOSE
    assert verdict.reason.certificate == ca.certificate
    assert judge(leaf, root, sent=[ca], purpose="client").accepted


def test_any_use_is_enough_for_rfc_5280_and_not_for_openssl():
    leaf = make(UM, ca=False, uses=[ANY])
    assert judge(leaf, leaf).accepted
    assert reason(leaf, leaf, policy=OPENSSL_DEFAULT) is FindingKind.PURPOSE


def test_a_leaf_s_key_usage_must_fit():
    leaf = make(UM, ca=False, key_usage=usage("crl_sign"))
    assert reason(leaf, leaf) is FindingKind.KEY_USAGE
    encipher = make(UM, ca=False, key_usage=usage("key_encipherment"))
    assert judge(encipher, encipher, purpose="server").accepted
    assert reason(encipher, encipher, purpose="client") is FindingKind.KEY_USAGE


def test_an_unknown_purpose_is_no_question():
    leaf = make(UM, ca=False)
    with pytest.raises(InvalidInput, match="server, client, mutual"):
        judge(leaf, leaf, purpose="gateway")


# Extensions and form


def test_an_unknown_critical_extension_refuses_wherever_it_stands():
    root = make("Root")
    kind = FindingKind.UNKNOWN_CRITICAL_EXTENSION
    for critical in (True, False):
        extra = {"extensions": [(UNKNOWN, critical)]}
        expected = kind if critical else None
        ca, odd_root = root.sign("CA", ca=True, **extra), make("Root", **extra)
        assert reason(root.sign(UM, **extra), root) is expected
        assert reason(ca.sign(UM), root, sent=[ca]) is expected
        assert reason(odd_root.sign(UM), odd_root) is expected


@pytest.mark.parametrize(
    "extension",
    [
        x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None),
        x509.InhibitAnyPolicy(0),
        x509.UnrecognizedExtension(ExtensionOID.POLICY_MAPPINGS, b"\x30\x00"),
    ],
)
def test_what_needs_a_policy_tree_is_refused_by_name(extension):
    root = make("Root")
    ca = root.sign("CA", ca=True, extensions=[(extension, True)])
    verdict = judge(ca.sign(UM), root, sent=[ca])
    assert verdict.reason.kind is FindingKind.OUT_OF_SCOPE
    assert "policy tree" in verdict.reason.words


def test_certificate_policies_alone_demand_nothing():
    policies = x509.CertificatePolicies(
        [x509.PolicyInformation(x509.ObjectIdentifier("1.3.6.1.4.1.99999.9"), None)]
    )
    leaf = make(UM, ca=False, extensions=[(policies, True)])
    assert judge(leaf, leaf).accepted


def test_form_is_noted_by_rfc_5280_and_refused_by_strict_verifiers():
    root = make("Root")
    for shape in ({"ski": None}, {"without": (x509.KeyUsage,)}):
        ca = root.sign("CA", ca=True, **shape)
        leaf = ca.sign(UM)
        verdict = judge(leaf, root, sent=[ca])
        assert verdict.accepted
        assert [found.kind for found in verdict.findings] == [FindingKind.STRICT_WOULD_REFUSE]
        for policy in (OPENSSL_STRICT, WEB_CLIENT):
            assert reason(leaf, root, sent=[ca], policy=policy) is FindingKind.STRICT_WOULD_REFUSE
        assert judge(leaf, root, sent=[ca], policy=OPENSSL_DEFAULT).accepted


def test_a_leaf_without_authority_key_identifier_is_noted_and_refused_by_strict_verifiers():
    root = make("Root")
    leaf = root.sign(UM, aki=None)
    assert [found.kind for found in judge(leaf, root).findings] == [FindingKind.NO_AKI]
    assert reason(leaf, root, policy=OPENSSL_STRICT) is FindingKind.NO_AKI
    alone = make(UM, ca=False, aki=None)
    assert [found.kind for found in judge(alone, alone).findings] == [FindingKind.NO_AKI]
    assert judge(alone, alone, policy=OPENSSL_STRICT).accepted
    assert reason(alone, alone, policy=WEB_CLIENT) is FindingKind.NO_AKI


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"\x00", "serial number is not positive"),
        (b"\x81", "serial number is not positive"),
        (b"\x80" + bytes(19), "serial number is not positive"),
        (b"\x7f" + bytes(20), "longer than 20 octets"),
    ],
)
def test_an_odd_serial_number_is_noted_and_refused_by_strict_verifiers(octets, words):
    root = make("Root")
    leaf = rebuilt(
        root.sign(UM), root, lambda fields: [fields[0], element(0x02, octets), *fields[2:]]
    )
    verdict = judge(leaf, root)
    assert verdict.accepted
    assert words in verdict.findings[0].words
    assert reason(leaf, root, policy=OPENSSL_STRICT) is FindingKind.STRICT_WOULD_REFUSE


def test_two_signature_algorithms_in_one_certificate_are_refused():
    root = make("Root")
    leaf = rebuilt(
        root.sign(UM), root, lambda fields: [*fields[:2], ECDSA_WITH_SHA384, *fields[3:]]
    )
    verdict = judge(leaf, root)
    assert not verdict.accepted
    assert "two different signature algorithms" in verdict.reason.words


@pytest.mark.parametrize(
    "validity",
    [
        element(0x17, b"261023120000+0100"),
        element(0x17, b"2610231200Z"),
        element(0x18, b"20261023120000.5Z"),
        element(0x18, b"20261023120000"),
        element(0x17, b"not a time..Z"),
    ],
)
def test_a_time_in_a_spelling_that_rfc_5280_forbids_is_not_read(validity):
    root = make("Root")
    until = element(0x17, b"271023120000Z")
    with pytest.raises(InvalidInput):
        rebuilt(
            root.sign(UM),
            root,
            lambda fields: [*fields[:4], element(0x30, validity + until), *fields[5:]],
        )


def test_a_year_before_2050_written_as_generalized_time_is_understood():
    root = make("Root")
    times = element(0x18, b"20261023120000Z") + element(0x18, b"20261101120000Z")
    leaf = rebuilt(
        root.sign(UM), root, lambda fields: [*fields[:4], element(0x30, times), *fields[5:]]
    )
    verdict = judge(leaf, root)
    assert verdict.reason.kind is FindingKind.EXPIRED
    assert "2026-11-01" in verdict.reason.words


def test_a_ca_without_a_name_is_refused():
    root = make("")
    assert not judge(root.sign(UM), root).accepted


def test_an_extension_given_twice_is_malformed():
    root = make("Root")

    def doubled(fields):
        (listed,) = elements(fields[-1])
        return [*fields[:-1], element(0xA3, element(0x30, b"".join(elements(listed)) * 2))]

    leaf = rebuilt(root.sign(UM), root, doubled)
    for anchor in (root, leaf):
        verdict = judge(leaf, anchor)
        assert verdict.reason.kind is FindingKind.MALFORMED
        assert "uplicate" in verdict.reason.words


# Algorithms


@pytest.mark.parametrize(
    ("public_key", "accepted_by"),
    [
        (lambda: ec.generate_private_key(ec.SECP384R1()).public_key(), set(POLICIES)),
        (lambda: ec.generate_private_key(ec.SECP521R1()).public_key(), set(POLICIES)),
        (lambda: rsa.generate_private_key(65537, 2048).public_key(), set(POLICIES)),
        (lambda: rsa.generate_private_key(65537, 1024).public_key(), set()),
        (lambda: ec.generate_private_key(ec.SECP192R1()).public_key(), set()),
        (
            lambda: ec.generate_private_key(ec.SECP256K1()).public_key(),
            {"openssl", "openssl-strict", "sip-ignores-names"},
        ),
        (
            lambda: ed25519.Ed25519PrivateKey.generate().public_key(),
            set(POLICIES) - {"web-client"},
        ),
    ],
)
def test_a_key_is_of_a_type_and_size_that_can_be_relied_on(public_key, accepted_by):
    root = make("Root")
    leaf = root.sign(UM, public_key=public_key())
    refused = {
        key: found
        for key, policy in POLICIES.items()
        if (found := judge(leaf, root, policy=policy).reason) is not None
    }
    assert set(POLICIES) - set(refused) == accepted_by
    assert {found.kind for found in refused.values()} <= {FindingKind.WEAK_KEY}


# The verdict itself


def test_every_kind_of_finding_has_its_words_and_every_remedy_its_advice():
    assert set(SENTENCES) == {kind.value for kind in FindingKind}
    assert set(ADVICE) == {remedy.value for remedy in Remedy}
    for sentence in SENTENCES.values():
        assert Remedy(sentence.remedy).advice.endswith(".")
        assert len(sentence.short.split()) <= 4
        assert set(re.findall(r"{(\w+)}", sentence.sentence)) <= {"who", "seen", "expected"}


def test_a_verdict_has_no_truth_value():
    leaf = make(UM, ca=False)
    with pytest.raises(TypeError, match="accepted"):
        bool(judge(leaf, leaf))


def test_a_refusal_can_be_raised_and_an_acceptance_is_silent():
    leaf = make(UM, ca=False)
    judge(leaf, leaf).raise_for_failure()
    with pytest.raises(TrustFailure, match=r"self-signed.*fingerprint"):
        judge(leaf).raise_for_failure()


def test_every_check_says_what_was_asked_where_it_stands_and_what_was_seen():
    leaf, issuing, root = chain(uses=(), ends=AT - DAY)
    verdict = judge(leaf, root, sent=[issuing], name="gw1.example.com")
    assert len(verdict.trace) > 30
    for check in verdict.trace:
        assert isinstance(check, Check)
        assert check.title
        assert check.section.startswith("RFC ")
        assert check.words.endswith((".", "…"))
        assert "{" not in check.words
        assert (check.kind is None) is not isinstance(check, Finding)
        assert (check.outcome in {Outcome.FAIL, Outcome.NOTED}) is isinstance(check, Finding)


def test_failures_stand_before_notes_and_the_most_specific_first():
    leaf, issuing, _ = chain(uses=(), ends=AT - DAY)
    verdict = judge(leaf, make("Another"), sent=[issuing], name="gw1.example.com")
    assert [finding.kind for finding in verdict.findings] == [
        FindingKind.EXPIRED,
        FindingKind.NAME_MISMATCH,
        FindingKind.UNTRUSTED_ROOT,
        FindingKind.NO_STATED_PURPOSE,
    ]
    assert verdict.reason is verdict.findings[0]


def test_of_two_alike_the_one_nearer_to_the_leaf_stands_first():
    root = make("Root", ends=AT - DAY)
    leaf = root.sign(UM, ends=AT - DAY)
    assert [found.certificate for found in judge(leaf, root).findings] == [
        leaf.certificate,
        root.certificate,
    ]


def test_the_rfc_s_own_sections_stand_in_the_trace_of_an_accepted_path():
    leaf, issuing, root = chain()
    sections = {check.section for check in judge(leaf, root, sent=[issuing], name=UM).trace}
    for part in ("6.1.3 (a)(1)", "6.1.3 (a)(2)", "6.1.3 (a)(3)", "6.1.3 (a)(4)", "6.1.3 (b)",
                 "6.1.4 (k)", "6.1.4 (l)", "6.1.4 (n)", "6.1.4 (o)", "6.1.5 (f)"):  # fmt: skip
        assert any(part in section for section in sections), part


def test_each_preset_has_a_name_and_a_sentence():
    for key, policy in POLICIES.items():
        assert policy.key == key
        assert policy.title
        assert policy.explanation.endswith(".")
    assert len({hash(policy) for policy in POLICIES.values()}) == len(POLICIES)
    assert POLICIES["rfc5280"] is RFC5280


def test_the_same_question_at_another_time_needs_no_clock():
    leaf = make(UM, ca=False)
    later = datetime(2041, 7, 1, tzinfo=UTC)
    verdict = validate(leaf.certificate, anchors=[leaf.certificate], at=later, purpose="server")
    assert verdict.reason.kind is FindingKind.EXPIRED
    assert "2041-07-01" in verdict.reason.words
