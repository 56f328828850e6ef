"""Finding a path: what is sent in any order, with surplus, cross-signed, renewed or missing."""

import time
from itertools import permutations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from certlab.pki import Certificate
from certlab.validation import (
    OPENSSL_DEFAULT,
    RFC5280,
    FindingKind,
    Outcome,
    Pool,
    SignatureCache,
    validate,
)
from tests.validation.making import (
    AT,
    CLIENT,
    DAY,
    ECDSA_WITH_SHA256,
    SERVER,
    UM,
    UNKNOWN,
    Made,
    chain,
    element,
    excluding,
    judge,
    key,
    make,
    permitting,
    usage,
)

OID_OF_KEY_ID, OID_OF_KEY_USAGE = b"\x06\x03\x55\x1d\x0e", b"\x06\x03\x55\x1d\x0f"


def kinds(verdict):
    return [finding.kind for finding in verdict.findings]


def labels(verdict):
    return [certificate.label for certificate in verdict.path]


def test_leaf_issuing_ca_and_root_make_a_path():
    leaf, issuing, root = chain()
    verdict = judge(leaf, root, sent=[issuing], name=UM)
    assert verdict.accepted
    assert labels(verdict) == [UM, "Issuing CA", "Root"]
    assert verdict.findings == ()


def test_the_order_in_which_certificates_are_sent_does_not_matter():
    root = make("Root")
    first = root.sign("First", ca=True)
    second = first.sign("Second", ca=True)
    leaf = second.sign(UM)
    stranger = make("Stranger")
    for sent in permutations([first, second, stranger, root]):
        assert labels(judge(leaf, root, sent=sent)) == [UM, "Second", "First", "Root"]


def test_the_leaf_itself_and_copies_among_what_is_sent_do_no_harm():
    leaf, issuing, root = chain()
    assert judge(leaf, root, sent=[leaf, issuing, issuing, leaf]).accepted


def test_an_issuing_ca_that_was_not_sent_is_missed_by_name():
    leaf, _, root = chain()
    verdict = judge(leaf, root)
    assert verdict.reason.kind is FindingKind.ISSUER_MISSING
    assert verdict.reason.certificate == leaf.certificate
    assert "CN=Issuing CA" in verdict.reason.words


@pytest.mark.parametrize("root_is_sent", [False, True])
def test_a_root_that_is_not_imported_is_named(root_is_sent):
    leaf, issuing, root = chain()
    verdict = judge(leaf, make("Another root"), sent=[issuing, *([root] if root_is_sent else [])])
    assert verdict.reason.kind is FindingKind.UNTRUSTED_ROOT
    assert "CN=Root" in verdict.reason.words


def test_a_root_of_the_same_name_with_another_key_is_told_by_the_key():
    leaf, issuing, _ = chain()
    impostor = make("Root", key_label="impostor")
    verdict = judge(leaf, impostor, sent=[issuing])
    assert verdict.reason.kind is FindingKind.SAME_NAME_OTHER_KEY
    assert verdict.reason.certificate == issuing.certificate


def test_a_leaf_signed_by_another_key_under_the_issuer_s_name_has_a_bad_signature():
    _, issuing, root = chain()
    thief = Made(issuing.certificate, key("thief"))
    verdict = judge(thief.sign(UM), root, sent=[issuing])
    assert verdict.reason.kind is FindingKind.BAD_SIGNATURE


def test_an_altered_leaf_is_not_told_as_a_question_of_names():
    root = make("Root")
    leaf = Certificate.from_der(root.sign(UM).certificate.der.replace(b"um01", b"um02"))
    assert judge(leaf, root).reason.kind is FindingKind.BAD_SIGNATURE


def test_a_signature_of_another_kind_than_it_says_is_none():
    rsa_root = make(
        "Root", public_key=(private := rsa.generate_private_key(65537, 2048)).public_key()
    )
    leaf = make("Root", key_label="other").sign(UM, aki=rsa_root.certificate.subject_key_id)
    signed = leaf.certificate.x509.tbs_certificate_bytes
    signature = private.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    der = element(0x30, signed + ECDSA_WITH_SHA256 + element(0x03, b"\x00" + signature))
    verdict = judge(Certificate.from_der(der), rsa_root)
    assert verdict.reason.kind is FindingKind.BAD_SIGNATURE


def test_of_two_cas_of_one_name_the_one_whose_key_signed_is_found_whatever_the_key_ids_say():
    root = make("Root")
    right = root.sign("Issuing CA", ca=True, key_label="right", ski=b"same")
    wrong = root.sign("Issuing CA", ca=True, key_label="wrong", ski=b"same")
    misled = root.sign("Issuing CA", ca=True, key_label="misled", ski=b"other")
    leaf = right.sign(UM, aki=b"other")
    for sent in permutations([right, wrong, misled]):
        verdict = judge(leaf, root, sent=sent)
        assert verdict.accepted
        assert verdict.path[1] == right.certificate


@pytest.mark.parametrize("aki", [None, b"wrong"])
def test_an_absent_or_wrong_key_identifier_stops_no_path(aki):
    leaf, issuing, root = chain(aki=aki)
    assert judge(leaf, root, sent=[issuing]).accepted


SPOILT = {
    "expired": {"ends": AT - DAY},
    "not yet valid": {"begins": AT + DAY},
    "no CA": {"ca": False},
    "for clients only": {"uses": [CLIENT]},
    "may not sign certificates": {"key_usage": usage("crl_sign")},
    "constrained to other names": {
        "extensions": [(permitting(x509.DNSName("other.example")), True)]
    },
    "has an unknown critical extension": {"extensions": [(UNKNOWN, True)]},
    "has a name its own root excludes": {},
}


def crossed(**spoilt):
    """One issuing CA with two certificates, each under a root of its own; the second is spoilt."""
    good_root = make("Good root")
    other_root = make("Other root", extensions=[(excluding(x509.DNSName("bad.example")), True)])
    good = good_root.sign("Issuing CA", ca=True, key_label="crossed")
    bad = other_root.sign("Issuing CA", **{"ca": True, "key_label": "crossed", **spoilt})
    return good.sign(UM), good, bad, good_root, other_root


@pytest.mark.parametrize("fault", SPOILT)
def test_a_first_path_that_fails_late_is_left_for_a_good_one(fault):
    spoilt = SPOILT[fault] or {"names": ["ca.bad.example"]}
    leaf, good, bad, good_root, other_root = crossed(**spoilt)
    for sent in ([good, bad], [bad, good]):
        for anchors in ([good_root, other_root], [other_root, good_root]):
            verdict = judge(leaf, *anchors, sent=sent)
            assert verdict.accepted, verdict.findings
            assert verdict.path[-1] == good_root.certificate
    assert not judge(leaf, other_root, sent=[bad]).accepted


def test_the_path_that_tells_most_is_the_one_that_reaches_an_anchor():
    leaf, good, bad, _, other_root = crossed(ends=AT - DAY)
    verdict = judge(leaf, other_root, sent=[good, bad])
    assert kinds(verdict) == [FindingKind.EXPIRED]
    assert verdict.reason.certificate == bad.certificate


def test_a_path_to_an_anchor_tells_more_than_a_dead_end_with_fewer_faults():
    leaf, good, bad, _, other_root = crossed(ends=AT - DAY, extensions=[(UNKNOWN, True)])
    assert kinds(judge(leaf, other_root, sent=[good])) == [FindingKind.UNTRUSTED_ROOT]
    verdict = judge(leaf, other_root, sent=[good, bad])
    assert kinds(verdict) == [FindingKind.EXPIRED, FindingKind.UNKNOWN_CRITICAL_EXTENSION]


def test_a_fault_of_the_leaf_explains_before_a_fault_of_one_path():
    leaf, good, bad, good_root, other_root = crossed(ends=AT - DAY)
    verdict = judge(leaf, good_root, other_root, sent=[bad, good], name="pbx1.example.com")
    assert kinds(verdict) == [FindingKind.NAME_MISMATCH]


def test_an_expired_root_that_was_cross_signed_anew_is_passed_by():
    old = make("Root", key_label="root", ends=AT - DAY)
    anchor = make("Newer root")
    cross = anchor.sign("Root", ca=True, key_label="root")
    leaf = Made(old.certificate, old.key).sign(UM)
    assert judge(leaf, old, anchor, sent=[cross]).accepted
    assert judge(leaf, old).reason.kind is FindingKind.EXPIRED


def test_cas_that_sign_for_each_other_are_walked_once():
    root = make("Root")
    ours, theirs = (
        root.sign("Ours", ca=True, key_label="ours"),
        make("Theirs", key_label="theirs"),
    )
    there = theirs.sign("Ours", ca=True, key_label="ours")
    back = Made(there.certificate, there.key).sign("Theirs", ca=True, key_label="theirs")
    leaf = ours.sign(UM)
    assert judge(leaf, root, sent=[there, back, ours]).accepted
    verdict = judge(leaf, make("Unrelated"), sent=[there, back])
    assert not verdict.accepted
    assert FindingKind.BUDGET_EXHAUSTED not in kinds(verdict)


def test_a_self_issued_certificate_carries_a_ca_over_to_its_new_key():
    root = make("Root")
    old = root.sign("CA", ca=True, key_label="old", path_length=0)
    new = old.sign("CA", ca=True, key_label="new", path_length=0)
    leaf = new.sign(UM)
    verdict = judge(leaf, root, sent=[new, old])
    assert verdict.accepted, "a self-issued certificate does not count for the path length"
    assert len(verdict.path) == 4


def test_names_are_compared_without_case_and_surplus_space():
    root = make("CN=Example  Root,O=EXAMPLE")
    leaf = root.sign(UM, issuer="CN=example root,O=Example")
    assert judge(leaf, root).accepted


def test_a_self_signed_leaf_that_is_imported_is_accepted():
    leaf = make(UM, ca=False)
    assert judge(leaf, leaf, name=UM).accepted


def test_a_gateway_refuses_an_um_server_it_has_not_imported():
    leaf = make(UM, ca=False)
    verdict = judge(leaf, make("gw1.example.com", ca=False))
    assert verdict.reason.kind is FindingKind.NOT_IMPORTED
    assert verdict.reason.short == "not imported"


def test_a_self_signed_leaf_of_the_same_name_is_told_by_its_key():
    held, shown = make(UM, ca=False), make(UM, ca=False, key_label="other")
    assert judge(shown, held).reason.kind is FindingKind.SAME_NAME_OTHER_KEY


def test_a_renewed_self_signed_leaf_of_the_same_key_is_not_the_imported_one():
    held, shown = make(UM, ca=False), make(UM, ca=False, ends=AT + 400 * DAY)
    assert judge(shown, held).reason.kind is FindingKind.NOT_IMPORTED


@pytest.mark.parametrize(
    ("pinned", "kind"), [(0, FindingKind.PINNED_LEAF), (1, FindingKind.PARTIAL_CHAIN)]
)
def test_an_anchor_that_is_no_root_is_accepted_with_a_note_and_refused_by_openssl(pinned, kind):
    made = chain()
    verdict = judge(made[0], made[pinned])
    assert verdict.accepted
    assert kinds(verdict) == [kind]
    refused = judge(made[0], made[pinned], policy=OPENSSL_DEFAULT)
    assert refused.reason.kind is kind


def test_openssl_goes_on_from_an_imported_intermediate_to_its_root():
    leaf, issuing, root = chain()
    verdict = judge(leaf, issuing, root, policy=OPENSSL_DEFAULT)
    assert labels(verdict) == [UM, "Issuing CA", "Root"]
    assert verdict.accepted


def test_an_imported_certificate_s_own_dates_still_count():
    leaf = make(UM, ca=False, ends=AT - DAY)
    assert judge(leaf, leaf).reason.kind is FindingKind.EXPIRED


def test_a_device_s_certificate_imported_as_a_root_mints_names_and_this_is_noted():
    device = make("gw1.example.com", ca=True, names=["gw1.example.com"], uses=[SERVER, CLIENT])
    verdict = judge(device.sign(UM), device)
    assert verdict.accepted
    assert kinds(verdict) == [FindingKind.CA_PINNED_AS_ROOT]


def test_a_self_signed_leaf_that_is_no_ca_mints_nothing():
    device = make("gw1.example.com", ca=False, names=["gw1.example.com"])
    assert judge(device.sign(UM), device).reason.kind is FindingKind.NOT_A_CA


def maze(width, depth):
    """Every CA of a layer is signed by every one of the layer above, and none by an anchor."""
    above = [make(f"0/{column}", key_label=f"maze {column}") for column in range(width)]
    sent = []
    for row in range(1, depth):
        layer = []
        for column in range(width):
            for signer in above:
                made = signer.sign(f"{row}/{column}", ca=True, key_label=f"maze {column}")
                sent.append(made)
            layer.append(made)
        above = layer
    return above[0].sign(UM), sent


def test_a_maze_of_cas_exhausts_the_budget_and_not_the_verifier():
    leaf, sent = maze(4, 6)
    begin = time.process_time()
    verdict = judge(leaf, make("Unrelated"), sent=sent)
    assert time.process_time() - begin < 2
    assert not verdict.accepted
    assert FindingKind.BUDGET_EXHAUSTED in kinds(verdict)
    assert "signature checks" in verdict.reason.words


def test_a_hundred_cas_of_one_name_exhaust_the_budget():
    root = make("Root")
    wrong = [make("Issuing CA", key_label=f"wrong {number}") for number in range(120)]
    leaf = root.sign("Issuing CA", ca=True, key_label="right").sign(UM, aki=None)
    verdict = judge(leaf, root, sent=wrong)
    assert verdict.reason.kind is FindingKind.BUDGET_EXHAUSTED
    assert "100 signature checks" in verdict.reason.words


def test_the_key_identifier_finds_the_one_of_a_hundred_and_fifty():
    root = make("Root")
    sent = [make("Issuing CA", key_label=f"wrong {number}") for number in range(150)]
    right = root.sign("Issuing CA", ca=True, key_label="right")
    assert judge(right.sign(UM), root, sent=[*sent, right]).accepted


def test_thousands_of_copies_and_namesakes_cost_no_more_than_the_budget():
    root = make("Root")
    one = make("Issuing CA", key_label="wrong").certificate
    der = [one.der[:-1] + bytes([last % 256]) for last in range(256)]
    crowd = [Certificate.from_der(each) for each in der for _ in range(20)]
    leaf = root.sign("Issuing CA", ca=True, key_label="right").sign(UM)
    begin = time.process_time()
    verdict = validate(
        leaf.certificate,
        anchors=[root.certificate],
        intermediates=crowd,
        at=AT,
        purpose="server",
    )
    assert time.process_time() - begin < 2
    assert verdict.reason.kind is FindingKind.BUDGET_EXHAUSTED


def test_a_namesake_that_cannot_be_read_and_did_not_sign_is_passed_by():
    leaf, issuing, root = chain()
    namesake = make("Issuing CA", key_label="wrong").certificate
    broken = Certificate.from_der(namesake.der.replace(OID_OF_KEY_ID, OID_OF_KEY_USAGE))
    assert broken.malformed
    assert judge(leaf, root, sent=[Made(broken, root.key), issuing]).accepted
    verdict = judge(leaf, root, sent=[Made(broken, root.key)])
    assert verdict.reason.kind is FindingKind.BAD_SIGNATURE


@pytest.mark.parametrize("policy", [RFC5280, OPENSSL_DEFAULT])
def test_an_anchor_that_cannot_be_read_is_refused_for_that(policy):
    leaf, _, root = chain()
    broken = Certificate.from_der(root.certificate.der.replace(OID_OF_KEY_ID, OID_OF_KEY_USAGE))
    assert broken.malformed
    verdict = judge(leaf, Made(broken, root.key), sent=[chain()[1]], policy=policy)
    assert verdict.reason.kind is FindingKind.MALFORMED


def test_a_path_deeper_than_the_limit_is_refused_for_its_depth():
    root = above = make("Root")
    sent = []
    for level in range(20):
        above = above.sign(f"Level {level}", ca=True)
        sent.append(above)
    verdict = judge(above.sign(UM), root, sent=sent)
    assert verdict.reason.kind is FindingKind.BUDGET_EXHAUSTED
    assert "certificates in one path" in verdict.reason.words


def test_fourteen_cas_in_a_row_are_not_too_many():
    root = above = make("Root")
    sent = []
    for level in range(14):
        above = above.sign(f"Level {level}", ca=True)
        sent.append(above)
    assert judge(above.sign(UM), root, sent=sent).accepted


def test_known_signatures_change_no_verdict_not_even_at_the_edge_of_the_budget():
    leaf, sent = maze(4, 6)
    cache = SignatureCache()
    anchor = make("Unrelated")
    without = judge(leaf, anchor, sent=sent)
    for _ in range(3):
        again = judge(leaf, anchor, sent=sent, signatures=cache)
        assert again.findings == without.findings
        assert again.trace == without.trace


def test_the_cache_of_signatures_keeps_no_more_than_its_size():
    cache = SignatureCache(size=2)
    root = make("Root")
    for number in range(5):
        assert judge(root.sign(f"um{number}"), root, signatures=cache).accepted
        assert len(cache) <= 2


def test_an_altered_copy_is_not_taken_for_the_one_whose_signature_is_known():
    leaf, issuing, root = chain()
    cache = SignatureCache()
    assert judge(leaf, root, sent=[issuing], signatures=cache).accepted
    altered = Certificate.from_der(leaf.certificate.der.replace(b"um01", b"um02"))
    verdict = judge(altered, root, sent=[issuing], signatures=cache)
    assert verdict.reason.kind is FindingKind.BAD_SIGNATURE


def test_a_pool_can_be_handed_in_again_and_again():
    leaf, issuing, root = chain()
    anchors, sent = Pool([root.certificate]), Pool([issuing.certificate, issuing.certificate])
    assert len(sent) == 1
    for _ in range(2):
        verdict = validate(
            leaf.certificate, anchors=anchors, intermediates=sent, at=AT, purpose="server"
        )
        assert verdict.accepted


def test_a_malformed_ca_is_refused_for_what_cannot_be_read():
    leaf, issuing, root = chain()
    broken = Certificate.from_der(issuing.certificate.der.replace(OID_OF_KEY_ID, OID_OF_KEY_USAGE))
    assert broken.malformed
    verdict = validate(
        leaf.certificate,
        anchors=[root.certificate],
        intermediates=[broken],
        at=AT,
        purpose="server",
    )
    assert verdict.reason.kind is FindingKind.MALFORMED
    assert verdict.reason.certificate == broken
    assert all(
        check.outcome is not Outcome.PASS or check.certificate != broken for check in verdict.trace
    )
