"""Whether a certificate was revoked: CRLs, OCSP responses, and three attitudes towards them."""

import time
from datetime import UTC

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from certlab.errors import InvalidInput
from certlab.validation import (
    IGNORES_REVOCATION,
    OPENSSL_DEFAULT,
    FindingKind,
    Outcome,
    RevocationList,
    SignatureCache,
    StatusResponse,
)
from tests.validation.making import (
    AT,
    DAY,
    SERVER,
    UM,
    UNKNOWN,
    Made,
    answer,
    chain,
    judge,
    key,
    make,
    named,
    usage,
)

GOOD, REVOKED, UNKNOWN_TO_CA = (
    ocsp.OCSPCertStatus.GOOD,
    ocsp.OCSPCertStatus.REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN,
)
MISSING = FindingKind.REVOCATION_MISSING
BADLY_SIGNED = FindingKind.REVOCATION_BADLY_SIGNED


@pytest.fixture
def pki():
    return chain()


def ask(pki, *, crls=(), responses=(), **choices):
    """The kind of the reason, with revocation required unless said otherwise."""
    leaf, issuing, root = pki
    choices.setdefault("require_revocation", True)
    verdict = judge(leaf, root, sent=[issuing], crls=crls, ocsp=responses, **choices)
    return verdict.reason and verdict.reason.kind


def test_current_lists_of_both_cas_are_enough(pki):
    _, issuing, root = pki
    assert ask(pki, crls=[issuing.crl(), root.crl()]) is None


def test_a_revoked_leaf_is_refused_with_the_date_and_the_reason(pki):
    leaf, issuing, root = pki
    verdict = judge(leaf, root, sent=[issuing], crls=[issuing.crl(leaf), root.crl()])
    assert verdict.reason.kind is FindingKind.REVOKED
    assert verdict.reason.certificate == leaf.certificate
    for part in ("CN=Issuing CA", "2026-11-21", "keyCompromise"):
        assert part in verdict.reason.words


def test_a_revoked_issuing_ca_is_refused_by_its_own_name(pki):
    leaf, issuing, root = pki
    verdict = judge(leaf, root, sent=[issuing], crls=[issuing.crl(), root.crl(issuing)])
    assert verdict.reason.kind is FindingKind.REVOKED
    assert verdict.reason.certificate == issuing.certificate


def test_required_asks_for_every_ca_below_the_anchor(pki):
    _, issuing, root = pki
    assert ask(pki) is MISSING
    assert ask(pki, crls=[issuing.crl()]) is MISSING
    assert ask(pki, crls=[root.crl()]) is MISSING


def test_best_effort_notes_what_is_missing_and_says_nothing_when_nothing_was_handed_in(pki):
    leaf, issuing, root = pki
    verdict = judge(leaf, root, sent=[issuing], crls=[issuing.crl()])
    assert verdict.accepted
    assert [found.kind for found in verdict.findings] == [MISSING]
    assert verdict.findings[0].outcome is Outcome.NOTED
    assert judge(leaf, root, sent=[issuing]).findings == ()


def test_who_never_asks_does_not_mind_a_revoked_leaf_even_if_required(pki):
    leaf, issuing, root = pki
    crls = [issuing.crl(leaf), root.crl()]
    assert ask(pki, crls=crls, policy=IGNORES_REVOCATION) is None


def test_openssl_asks_for_every_list_once_one_is_given(pki):
    _, issuing, root = pki
    by_openssl = {"policy": OPENSSL_DEFAULT, "require_revocation": False}
    assert ask(pki, **by_openssl) is None
    assert ask(pki, crls=[issuing.crl()], **by_openssl) is MISSING
    assert ask(pki, crls=[issuing.crl(), root.crl()], **by_openssl) is None


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize(("begins", "ends"), [(AT - 9 * DAY, AT - DAY), (AT + DAY, AT + 2 * DAY)])
def test_a_list_that_is_not_current_settles_nothing(pki, begins, ends, required):
    _, issuing, root = pki
    stale = issuing.crl(begins=begins, ends=ends)
    kind = ask(pki, crls=[stale, root.crl()], require_revocation=required)
    assert kind is FindingKind.REVOCATION_STALE
    assert ask(pki, crls=[stale, issuing.crl(), root.crl()]) is None


def test_who_was_revoked_on_an_old_list_stays_revoked(pki):
    leaf, issuing, root = pki
    stale = issuing.crl(leaf, begins=AT - 9 * DAY, ends=AT - DAY)
    assert ask(pki, crls=[stale, root.crl()]) is FindingKind.REVOKED


def test_of_two_current_lists_the_one_that_lists_the_leaf_counts(pki):
    leaf, issuing, root = pki
    for crls in ([issuing.crl(), issuing.crl(leaf)], [issuing.crl(leaf), issuing.crl()]):
        assert ask(pki, crls=[*crls, root.crl()]) is FindingKind.REVOKED


def test_a_list_that_another_key_signed_settles_nothing_nor_does_it_revoke(pki):
    leaf, issuing, root = pki
    thief = Made(issuing.certificate, key("thief"))
    for forged in (thief.crl(), thief.crl(leaf)):
        assert ask(pki, crls=[forged, root.crl()]) is BADLY_SIGNED
        assert ask(pki, crls=[forged, root.crl()], require_revocation=False) is BADLY_SIGNED
        assert ask(pki, crls=[forged, issuing.crl(), root.crl()]) is None


def test_a_ca_that_may_not_sign_lists_signs_none():
    root = make("Root")
    issuing = root.sign("Issuing CA", ca=True, key_usage=usage("key_cert_sign"))
    pki = issuing.sign(UM), issuing, root
    assert ask(pki, crls=[issuing.crl(), root.crl()]) is BADLY_SIGNED


def test_the_list_of_another_ca_says_nothing(pki):
    leaf, _, root = pki
    stranger = make("Stranger")
    assert ask(pki, crls=[stranger.crl(leaf), root.crl()]) is MISSING


def test_a_list_with_an_unknown_critical_extension_is_not_used(pki):
    _, issuing, root = pki
    odd = issuing.crl(extensions=[(UNKNOWN, True)])
    assert ask(pki, crls=[odd, root.crl()]) is FindingKind.REVOCATION_UNREADABLE
    harmless = issuing.crl(extensions=[(UNKNOWN, False)])
    assert ask(pki, crls=[harmless, root.crl()]) is None


def test_a_list_with_an_entry_that_is_not_understood_is_not_used_for_anybody(pki):
    _, issuing, root = pki
    entry = (
        x509.RevokedCertificateBuilder()
        .serial_number(4711)
        .revocation_date(AT - DAY)
        .add_extension(UNKNOWN, critical=True)
        .build()
    )
    odd = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuing.certificate.subject_name)
        .last_update(AT - DAY)
        .next_update(AT + DAY)
        .add_revoked_certificate(entry)
        .sign(issuing.key, hashes.SHA256())
    )
    assert ask(pki, crls=[odd, root.crl()]) is FindingKind.REVOCATION_UNREADABLE


def scope(**choices):
    every = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return [(x509.IssuingDistributionPoint(**{**every, **choices}), True)]


def test_a_list_answers_only_for_what_its_issuing_distribution_point_covers(pki):
    _, issuing, root = pki
    users = scope(only_contains_user_certs=True)
    authorities = scope(only_contains_ca_certs=True)
    attributes = scope(only_contains_attribute_certs=True)
    for_leaf, for_ca = issuing.crl(extensions=users), root.crl(extensions=authorities)
    assert ask(pki, crls=[for_leaf, for_ca]) is None
    assert ask(pki, crls=[for_leaf, root.crl(extensions=users)]) is MISSING
    assert ask(pki, crls=[issuing.crl(extensions=authorities), for_ca]) is MISSING
    assert ask(pki, crls=[issuing.crl(extensions=attributes), for_ca]) is MISSING


HERE = [x509.UniformResourceIdentifier("http://pki.example/1.crl")]
ELSEWHERE = [x509.UniformResourceIdentifier("http://pki.example/2.crl")]


def with_point(**point):
    every = {"full_name": None, "relative_name": None, "reasons": None, "crl_issuer": None}
    points = x509.CRLDistributionPoints([x509.DistributionPoint(**{**every, **point})])
    return chain(extensions=[(points, False)])


def test_a_list_for_a_distribution_point_answers_for_certificates_that_name_it():
    pki = with_point(full_name=HERE)
    _, issuing, root = pki
    assert ask(pki, crls=[issuing.crl(extensions=scope(full_name=HERE)), root.crl()]) is None
    elsewhere = issuing.crl(extensions=scope(full_name=ELSEWHERE))
    assert ask(pki, crls=[elsewhere, root.crl()]) is MISSING
    assert ask(chain(), crls=[issuing.crl(extensions=scope(full_name=HERE)), root.crl()]) is MISSING


def test_a_relative_distribution_point_stands_below_the_issuer_s_name():
    relative = x509.RelativeDistinguishedName(named("CN=List 1"))
    pki = with_point(relative_name=relative)
    _, issuing, root = pki
    full = x509.DirectoryName(x509.Name([*issuing.certificate.subject_name.rdns, relative]))
    for extensions in (scope(relative_name=relative), scope(full_name=[full])):
        assert ask(pki, crls=[issuing.crl(extensions=extensions), root.crl()]) is None


def test_lists_for_some_reasons_count_when_together_they_cover_all(pki):
    leaf, issuing, root = pki
    every = set(x509.ReasonFlags) - {
        x509.ReasonFlags.unspecified,
        x509.ReasonFlags.remove_from_crl,
    }
    compromise = {x509.ReasonFlags.key_compromise, x509.ReasonFlags.ca_compromise}
    some = issuing.crl(extensions=scope(only_some_reasons=frozenset(compromise)))
    rest = issuing.crl(extensions=scope(only_some_reasons=frozenset(every - compromise)))
    assert ask(pki, crls=[some, root.crl()]) is MISSING
    assert ask(pki, crls=[some, rest, root.crl()]) is None
    listed = issuing.crl(leaf, extensions=scope(only_some_reasons=frozenset(compromise)))
    assert ask(pki, crls=[listed, rest, root.crl()]) is FindingKind.REVOKED


def test_indirect_and_delta_lists_are_refused_by_name(pki):
    leaf, issuing, root = pki
    indirect = issuing.crl(extensions=scope(indirect_crl=True))
    delta = issuing.crl(leaf, extensions=[(x509.DeltaCRLIndicator(1), True)])
    for crls, name in (
        ([indirect], "indirect CRL"),
        ([delta], "delta CRL"),
        ([delta, issuing.crl()], "delta CRL"),
    ):
        verdict = judge(leaf, root, sent=[issuing], crls=crls)
        assert verdict.reason.kind is FindingKind.OUT_OF_SCOPE
        assert name in verdict.reason.words
    pointing = with_point(full_name=HERE, crl_issuer=[x509.DirectoryName(named("CN=Elsewhere"))])
    kind = ask(pointing, crls=[pointing[2].crl()])
    assert kind is FindingKind.OUT_OF_SCOPE


def test_a_ca_may_sign_its_lists_with_another_key_that_the_same_anchor_vouches_for(pki):
    leaf, issuing, root = pki
    signer = root.sign("Issuing CA", ca=True, key_label="lists", key_usage=usage("crl_sign"))
    separate = signer.crl()
    sent = [issuing, signer]
    choices = {"sent": sent, "require_revocation": True}
    assert judge(leaf, root, crls=[separate, root.crl()], **choices).accepted
    assert judge(leaf, root, crls=[signer.crl(leaf), root.crl()], **choices).reason.kind is (
        FindingKind.REVOKED
    )
    taken_back = judge(leaf, root, crls=[separate, root.crl(signer)], **choices)
    assert taken_back.reason.kind is BADLY_SIGNED
    foreign = make("Issuing CA", key_label="foreign")
    stranger = judge(
        leaf, root, crls=[foreign.crl(), root.crl()], sent=[issuing, foreign],
        require_revocation=True,
    )  # fmt: skip
    assert stranger.reason.kind is BADLY_SIGNED


def test_an_anchor_is_removed_and_not_revoked():
    leaf = make(UM, ca=False)
    assert judge(leaf, leaf, require_revocation=True).accepted


# OCSP


def test_the_issuer_itself_may_answer(pki):
    leaf, issuing, root = pki
    lists = [root.crl()]
    for status, kind in (
        (GOOD, None),
        (REVOKED, FindingKind.REVOKED),
        (UNKNOWN_TO_CA, FindingKind.REVOCATION_UNKNOWN),
    ):
        assert ask(pki, crls=lists, responses=[answer(leaf, issuing, status)]) is kind


@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256(), hashes.SHA512()])
def test_the_certificate_is_found_by_whatever_hash_the_responder_uses(pki, algorithm):
    leaf, issuing, root = pki
    response = answer(leaf, issuing, REVOKED, algorithm=algorithm)
    assert ask(pki, crls=[root.crl()], responses=[response]) is FindingKind.REVOKED


def test_an_answer_about_another_certificate_says_nothing(pki):
    _, issuing, root = pki
    other = issuing.sign("gw1.example.com")
    namesake = make("Issuing CA", key_label="namesake")
    for response in (answer(other, issuing), answer(pki[0], namesake, by=issuing)):
        assert ask(pki, crls=[root.crl()], responses=[response]) is MISSING


def test_an_answer_that_is_not_current_settles_nothing(pki):
    leaf, issuing, root = pki
    stale = answer(leaf, issuing, begins=AT - 3 * DAY, ends=AT - DAY)
    early = answer(leaf, issuing, begins=AT + DAY, ends=AT + 2 * DAY)
    for response in (stale, early):
        kind = ask(pki, crls=[root.crl()], responses=[response])
        assert kind is FindingKind.REVOCATION_STALE


def test_an_answer_that_states_no_end_counts_for_a_day(pki):
    leaf, issuing, root = pki
    fresh = answer(leaf, issuing, begins=AT - DAY / 2, ends=None)
    old = answer(leaf, issuing, begins=AT - 2 * DAY, ends=None)
    assert ask(pki, crls=[root.crl()], responses=[fresh]) is None
    assert ask(pki, crls=[root.crl()], responses=[old]) is FindingKind.REVOCATION_STALE


OCSP_SIGNING = ExtendedKeyUsageOID.OCSP_SIGNING
ANY = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE


def responder(issuer, **choices):
    choices = {"uses": [OCSP_SIGNING], "names": (), "extensions": [(x509.OCSPNoCheck(), False)],
               **choices}  # fmt: skip
    return issuer.sign("Responder", **choices)


def test_a_responder_appointed_by_the_issuer_may_answer(pki):
    leaf, issuing, root = pki
    for extensions in ([(x509.OCSPNoCheck(), False)], []):
        appointed = responder(issuing, extensions=extensions)
        assert ask(pki, crls=[root.crl()], responses=[answer(leaf, issuing, by=appointed)]) is None


def test_a_ca_that_states_its_uses_may_appoint_a_responder_without_stating_that():
    root = make("Root")
    issuing = root.sign("Issuing CA", ca=True, uses=[SERVER])
    leaf = issuing.sign(UM, uses=[SERVER])
    response = answer(leaf, issuing, by=responder(issuing))
    assert ask((leaf, issuing, root), crls=[root.crl()], responses=[response]) is None


SPOILT = {
    "not for OCSP": lambda issuing, root: responder(issuing, uses=[SERVER]),
    "for any use": lambda issuing, root: responder(issuing, uses=[ANY]),
    "expired": lambda issuing, root: responder(issuing, ends=AT - DAY),
    "appointed by the root": lambda issuing, root: responder(root),
    "self-made": lambda issuing, root: make("Responder", ca=False, uses=[OCSP_SIGNING], names=()),
    "forged": lambda issuing, root: responder(Made(issuing.certificate, key("thief"))),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_nobody_else_may_answer(pki, spoilt):
    leaf, issuing, root = pki
    response = answer(leaf, issuing, by=SPOILT[spoilt](issuing, root))
    assert ask(pki, crls=[root.crl()], responses=[response]) is BADLY_SIGNED


def test_a_responder_that_was_itself_revoked_is_not_believed(pki):
    leaf, issuing, root = pki
    points = x509.CRLDistributionPoints([x509.DistributionPoint(HERE, None, None, None)])
    fallen = responder(issuing, extensions=[(points, False)])
    for_responders = issuing.crl(fallen, extensions=scope(full_name=HERE))
    response = answer(leaf, issuing, by=fallen)
    assert ask(pki, crls=[root.crl()], responses=[response]) is None
    assert ask(pki, crls=[root.crl(), for_responders], responses=[response]) is BADLY_SIGNED


def test_an_altered_answer_is_not_believed(pki):
    leaf, issuing, root = pki
    der = answer(leaf, issuing, by=responder(issuing)).public_bytes(Encoding.DER)
    altered = der.replace(b"20261123000000Z", b"20261123000001Z")
    assert altered != der
    assert ask(pki, crls=[root.crl()], responses=[altered]) is BADLY_SIGNED


def test_a_responder_that_gives_no_answer_is_as_good_as_none(pki):
    refusal = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    assert ask(pki, crls=[pki[2].crl()], responses=[refusal]) is MISSING


def test_a_good_answer_settles_what_a_stale_list_left_open_and_a_revocation_wins(pki):
    leaf, issuing, root = pki
    stale = issuing.crl(begins=AT - 9 * DAY, ends=AT - DAY)
    assert ask(pki, crls=[stale, root.crl()], responses=[answer(leaf, issuing)]) is None
    for lists, response in (
        ([issuing.crl(leaf)], answer(leaf, issuing)),
        ([issuing.crl()], answer(leaf, issuing, REVOKED)),
    ):
        kind = ask(pki, crls=[*lists, root.crl()], responses=[response])
        assert kind is FindingKind.REVOKED


# Ways to hand it in


def test_lists_and_answers_may_be_bytes_parsed_or_kept_from_before(pki):
    leaf, issuing, root = pki
    parsed, response = [issuing.crl(leaf), root.crl()], answer(leaf, issuing)
    kept = [RevocationList.of(one) for one in parsed]
    der = [one.public_bytes(Encoding.DER) for one in parsed]
    cache = SignatureCache()
    for crls in (parsed, kept, der, kept):
        for answers in (response, StatusResponse.of(response), response.public_bytes(Encoding.DER)):
            kind = ask(pki, crls=crls, responses=[answers], signatures=cache)
            assert kind is FindingKind.REVOKED


def test_bytes_that_are_no_list_and_no_answer_are_misuse(pki):
    with pytest.raises(InvalidInput, match="CRL"):
        ask(pki, crls=[b"no list"])
    with pytest.raises(InvalidInput, match="OCSP"):
        ask(pki, responses=[b"no answer"])


def test_the_verdict_says_which_list_it_relied_on(pki):
    leaf, issuing, root = pki
    verdict = judge(leaf, root, sent=[issuing], crls=[issuing.crl(), root.crl()])
    said = [check.words for check in verdict.trace if check.title == "not revoked"]
    date = f"{(AT - DAY).astimezone(UTC):%Y-%m-%d}"
    assert sum(f"the CRL of {date}" in words for words in said) == 2


def test_responders_that_are_asked_about_responders_end_within_the_budget():
    root = above = make("Root")
    sent, responses = [], []
    for level in range(13):
        ca = above.sign(f"CA {level}", ca=True)
        appointed = responder(above, key_label=f"responder {level}", extensions=[])
        responses += [answer(ca, above, by=appointed), answer(appointed, above, by=appointed)]
        sent.append(ca)
        above = ca
    leaf = above.sign(UM)
    responses.append(answer(leaf, above))
    begin = time.process_time()
    judge(leaf, root, sent=sent, ocsp=responses, require_revocation=True)
    assert time.process_time() - begin < 2


def test_a_list_signed_with_sha_1_is_not_relied_on():
    private = rsa.generate_private_key(65537, 2048)
    root = Made(make("Root", public_key=private.public_key()).certificate, private)
    leaf = root.sign(UM)
    current = root.crl()
    assert judge(leaf, root, crls=[current], require_revocation=True).accepted
    der = current.public_bytes(Encoding.DER)
    weak = der.replace(WITH_SHA256, WITH_SHA1)
    verdict = judge(leaf, root, crls=[weak], require_revocation=True)
    assert verdict.reason.kind is BADLY_SIGNED
    assert "SHA-1" in verdict.reason.words


WITH_SHA256, WITH_SHA1 = (bytes.fromhex(f"2a864886f70d0101{last}") for last in ("0b", "05"))
