"""Calls between devices for real: the answer arrives exactly where the verdicts say so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from certlab.deployment import (
    Deployment,
    ImportAnchor,
    ImportInto,
    InternalPKI,
    Inventory,
    PublishCRL,
    RemoveAnchor,
    Renew,
    Revoke,
    SecurityMode,
    SelfSigned,
    SendChain,
    Store,
    ThirdPartyCA,
    TrustModel,
    begin,
    deploy,
    read_inventory,
    trust_matrix,
    why,
)
from certlab.errors import InvalidInput
from certlab.live import TlsVersion, call, call_all, clock, moved_to_today
from certlab.pki import Draft, KeyPair, profile, self_signed
from certlab.validation import IGNORES_REVOCATION, OPENSSL_STRICT, FindingKind

DATA = Path(__file__).parents[2] / "notebooks" / "data"
OFFICE = read_inventory(DATA / "small-office.csv")
REGION = read_inventory(DATA / "region.csv")
MODELS = {
    "self-signed": SelfSigned(),
    "two tiers": InternalPKI(),
    "one tier": InternalPKI(tiers=1),
    "third party": ThirdPartyCA(),
    "split pair": ThirdPartyCA(split=True),
}
each_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


@pytest.fixture(scope="module")
def lab() -> Deployment:
    return deploy(OFFICE, SelfSigned(), at=clock())


@pytest.fixture(scope="module")
def pki() -> Deployment:
    return deploy(OFFICE, InternalPKI(), at=clock() - timedelta(hours=1)).moved_to(clock())


@pytest.mark.parametrize("inventory", [OFFICE, REGION], ids=["small office", "region"])
@each_model
def test_every_call_of_every_model_goes_as_predicted_and_as_the_matrix_says(
    model: TrustModel, inventory: Inventory
) -> None:
    lab = deploy(inventory, model, at=clock())
    matrix, calls = trust_matrix(lab), call_all(lab)
    assert len(calls) == 2 * len(inventory.links)
    for made in calls:
        pair = made.caller.name, made.called.name
        both = [matrix.cell(*pair), matrix.cell(*reversed(pair))]
        assert made.agrees, made
        assert made.answered is all(cell.state == "accepted" for cell in both), made
    assert calls.disagreements == ()


@each_model
def test_before_the_last_step_of_a_model_some_calls_fail_and_all_go_as_predicted(
    model: TrustModel,
) -> None:
    steps = model.procedure(OFFICE).steps
    calls = call_all(begin(OFFICE, at=clock()).run(steps[:-1]))
    assert all(made.agrees for made in calls)
    assert not all(made.answered for made in calls)


@pytest.mark.parametrize("version", TlsVersion)
def test_an_answer_over_real_sockets_tells_version_cipher_and_what_was_sent(
    lab: Deployment, version: TlsVersion
) -> None:
    made = call(lab, "um1", "gw1", version=version)
    assert made.answered
    assert made.agrees
    assert made.exchange.version == version
    assert made.exchange.cipher
    assert made.exchange.sent == {
        "um1": (lab.certificate_of("um1"),),
        "gw1": (lab.certificate_of("gw1"),),
    }
    assert (made.dates, made.explanations) == ("", ())


def test_a_refused_caller_hears_of_it_late_under_tls_1_3(lab: Deployment) -> None:
    one_way = lab.run(RemoveAnchor("gw1", certificate_of="um1"))
    made = call(one_way, "um1", "gw1", version="TLSv1.3")
    assert (made.answered, made.predicted_refusal, made.exchange.refused_by) == (
        False, "gw1", "gw1",
    )  # fmt: skip
    assert made.finding is not None
    assert made.finding.kind is FindingKind.NOT_IMPORTED
    assert made.exchange.alert == "unknown ca"
    done, asked, refuses, told = made.exchange.events
    assert (done.party, done.what) == ("um1", "has finished its handshake")
    assert (asked.party, asked.what) == ("um1", "sends its request")
    assert (refuses.party, refuses.what) == ("gw1", "refuses: self-signed certificate")
    assert (told.party, told.what) == ("um1", "is told: unknown ca")
    assert done.at <= asked.at <= refuses.at <= told.at


def test_the_issuing_certificate_goes_along_and_the_root_does_not(pki: Deployment) -> None:
    made = call(pki, "gw1", "um1")
    assert made.answered
    assert made.exchange.sent["um1"] == (
        pki.certificate_of("um1"),
        pki.authorities["Lab PKI"].certificate,
    )


def test_a_server_that_forgets_the_issuing_certificate_is_refused_unless_the_caller_holds_it(
    pki: Deployment,
) -> None:
    alone = pki.run(SendChain("um1", send=False))
    made = call(alone, "gw1", "um1")
    assert not made.answered
    assert made.agrees
    assert made.finding is not None
    assert made.finding.kind is FindingKind.ISSUER_MISSING
    knows = alone.run(ImportInto("gw1", "Lab PKI", Store.INTERMEDIATE))
    made = call(knows, "gw1", "um1")
    assert made.answered
    assert made.agrees


def test_openssl_sends_the_issuing_certificate_by_itself_where_its_own_root_store_holds_it(
    pki: Deployment,
) -> None:
    helped = pki.run(SendChain("um1", send=False), ImportAnchor("um1", certificate_of="Lab PKI"))
    made = call(helped, "gw1", "um1")
    assert made.answered
    assert made.agrees
    assert pki.authorities["Lab PKI"].certificate in made.exchange.sent["um1"]
    assert "um1" in made.explanations[0]


def test_a_revoked_device_is_refused_by_the_stack_once_the_list_is_published(
    pki: Deployment,
) -> None:
    revoked = pki.run(Revoke("Lab PKI", "gw1"), PublishCRL("Lab PKI"))
    made = call(revoked, "gw1", "um1")
    assert (made.answered, made.exchange.refused_by) == (False, "um1")
    assert made.words == "certificate revoked"
    assert made.agrees
    assert call(revoked, "gw2", "um1").answered


def test_self_signed_devices_are_called_on_while_a_pki_with_crls_is_being_set_up() -> None:
    lab = deploy(OFFICE, SelfSigned(), at=clock()).run(InternalPKI().procedure(OFFICE).steps[:8])
    assert lab.crls
    assert all(made.agrees and made.answered for made in call_all(lab))


def test_a_call_in_clear_can_be_read_on_the_wire() -> None:
    plan = next(iter(OFFICE.dial_plans))
    open_office = OFFICE.with_security(plan, SecurityMode.UNSECURED)
    made = call(begin(open_office, at="2020-01-01"), "um1", "gw1")
    assert made.answered
    assert made.agrees
    assert (made.exchange.version, made.dates) == (None, "")
    assert made.exchange.wire.startswith(b"OPTIONS sip:gw1")


def test_a_lab_of_another_date_says_so_and_moves_to_today() -> None:
    lab = deploy(OFFICE, InternalPKI(), at="2021-01-01", seed="a lesson").moved_to("2021-11-01")
    lab = lab.run(Renew("um1", "Lab PKI"))
    lab = lab.run(RemoveAnchor("gw2", certificate_of="Lab PKI root")).moved_to("2021-12-01")
    made = call(lab, "um1", "gw1")
    assert not made.answered
    assert made.agrees
    assert made.finding is not None
    assert made.finding.kind is FindingKind.EXPIRED
    assert "2021-12-01" in made.dates
    assert "moved_to_today" in made.dates
    today = moved_to_today(lab)
    assert abs(today.at - clock()) < timedelta(minutes=1)
    assert call(today, "um1", "gw1").answered
    assert not call(today, "um1", "gw2").answered
    assert [entry.tell() for entry in today.journal] == [entry.tell() for entry in lab.journal]
    for device in ("gw1", "um1"):
        old, new = lab.certificate_of(device), today.certificate_of(device)
        assert old is not None
        assert new is not None
        assert old.key_fingerprint == new.key_fingerprint
        assert lab.at - old.not_before == today.at - new.not_before


def test_a_step_that_names_a_fingerprint_means_the_certificate_made_in_its_place() -> None:
    lab = begin(OFFICE, at="2021-06-01").run(SelfSigned().procedure(OFFICE).phases[0])
    um, gateway = lab.certificate_of("um1"), lab.certificate_of("gw1")
    assert um is not None
    assert gateway is not None
    lab = lab.run(
        ImportAnchor("gw1", certificate_of="um1", fingerprint=um.fingerprint),
        ImportAnchor("um1", certificate_of="gw1", fingerprint=gateway.fingerprint),
    )
    assert call(moved_to_today(lab), "gw1", "um1").answered


def with_wrong_name(lab: Deployment) -> Deployment:
    """Gw1 presents a certificate for another host, and um1 holds it."""
    key = KeyPair.generate()
    draft = Draft(("other.office.example",), profile("mutual-tls"), clock() - timedelta(hours=1))
    certificate = self_signed(draft, key)
    return (
        lab.with_key("gw1", key)
        .with_credential("gw1", certificate)
        .with_imported("um1", Store.ROOT, certificate)
    )


def test_a_wrong_name_is_refused_by_who_calls_it_and_overlooked_by_who_is_called(
    lab: Deployment,
) -> None:
    wrong = with_wrong_name(lab)
    called = call(wrong, "um1", "gw1")
    assert (called.exchange.refused_by, called.agrees) == ("um1", True)
    assert "gw1.office.example" in called.words
    calling = call(wrong, "gw1", "um1")
    assert (calling.answered, calling.agrees) == (True, True)
    assert not why(wrong, "um1", trusts="gw1").accepted
    (explained,) = calling.explanations
    assert "um1 refuses gw1" in explained
    assert "other.office.example" in explained


def test_a_pinned_issuing_ca_does_for_the_standard_and_not_for_openssl(pki: Deployment) -> None:
    pinned = pki.run(
        RemoveAnchor("gw1", certificate_of="Lab PKI root"),
        ImportAnchor("gw1", certificate_of="Lab PKI"),
    )
    made = call(pinned, "gw1", "um1")
    assert (made.exchange.refused_by, made.agrees) == ("gw1", True)
    assert "accepts um1" in made.explanations[0]
    like_the_standard = call(pinned, "gw1", "um1", policy=IGNORES_REVOCATION)
    assert like_the_standard.answered
    assert like_the_standard.explanations == ()


def test_a_strict_stack_is_predicted_by_the_strict_policy(lab: Deployment) -> None:
    calls = call_all(lab, policy=OPENSSL_STRICT)
    assert all(made.agrees and made.answered for made in calls)


def test_all_calls_of_a_sample_are_shown_as_a_table_with_progress(lab: Deployment) -> None:
    told: list[tuple[int, int]] = []
    broken = lab.run(RemoveAnchor("um1", certificate_of="gw1"))
    calls = call_all(broken, sample=4, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert list(calls.frame["agrees"]) == [True] * 4
    assert call_all(broken, sample=4).frame.equals(calls.frame)
    whole = call_all(broken, "all")
    assert len(whole) == 12
    assert whole.headline == "4 of 12 calls were answered, 12 went as predicted"


def test_calls_that_are_cut_short_give_what_was_made(lab: Deployment) -> None:
    answers = iter((False, False, True))
    calls = call_all(lab, cancelled=lambda: next(answers))
    assert (len(calls), calls.complete) == (2, False)
    assert "not tried" in calls.headline


def test_a_device_does_not_call_itself(lab: Deployment) -> None:
    with pytest.raises(InvalidInput, match="itself"):
        call(lab, "gw1", "gw1")


def test_no_private_key_shows_in_a_call(lab: Deployment) -> None:
    made = call(lab, "gw1", "um1")
    key = made.caller.key
    assert key is not None
    secret = f"{key.private_key.private_numbers().private_value:x}"  # type: ignore[union-attr]  # an EC key
    assert secret not in repr(made) + repr(made.caller) + repr(vars(made))
