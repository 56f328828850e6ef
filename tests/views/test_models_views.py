"""The views behind the benches: what a change did, who does a step, what a store is good for."""

from __future__ import annotations

import pytest

from certlab.deployment import (
    CreateAuthority,
    GenerateSelfSigned,
    ImportAnchor,
    ImportInto,
    InternalPKI,
    RemoveAnchor,
    RequestCertificate,
    Revoke,
    Role,
    SelectCertificate,
    SelfSigned,
    Store,
    ThirdPartyCA,
    begin,
    deploy,
    moment,
    select_certificate,
    trust_matrix,
)
from certlab.views import Seals, selection_view
from certlab.views.bench import as_code, trouble_card
from certlab.views.comparing import CHOICES, code, counts_card, difference_card
from certlab.views.console import (
    headline,
    issued_card,
    log_card,
    requests_card,
    revocation_card,
    waiting,
)
from certlab.views.effects import changes, difference_table, effect
from certlab.views.holdings import (
    fingerprint_note,
    offers,
    owner_in_words,
    stores_card,
    what_it_does,
)
from certlab.views.text import Markup
from certlab.views.walking import step_card, walk_list, who_and_where

from .estates import AT, estate, lab_of, named, parsed, texts

OFFICE = estate(1, 2, 1)
PKI = InternalPKI()


# --- effects ------------------------------------------------------------------------------------


def test_an_import_is_told_as_the_direction_it_opens():
    before = lab_of(OFFICE, phases=1)
    after = before.run(ImportAnchor("gw1", certificate_of="um1"))
    assert effect(trust_matrix(before), trust_matrix(after)) == "Now accepted: gw1 accepts um1."
    (change,) = changes(trust_matrix(before), trust_matrix(after))
    assert (change.verifier, change.subject, change.gained, change.lost) == (
        "gw1", "um1", True, False
    )  # fmt: skip


def test_a_removal_is_told_with_the_reason():
    before = lab_of(OFFICE)
    after = before.run(RemoveAnchor("um1", "gw2"))
    assert effect(trust_matrix(before), trust_matrix(after)) == (
        "Now refused: um1 refuses gw2 (not imported)."
    )


def test_a_change_without_effect_is_told_too():
    matrix = trust_matrix(lab_of(OFFICE))
    assert effect(matrix, matrix) == "Who accepts whom stays as it was."
    assert changes(matrix, matrix) == ()


def test_the_table_strikes_out_what_was_and_marks_what_is():
    before = lab_of(OFFICE)
    after = before.run(RemoveAnchor("um1", "gw2"))
    table = parsed(difference_table(trust_matrix(before), trust_matrix(after)))
    struck = ["".join(node.itertext()) for node in table.iter("s")]
    assert struck == ["trusted"]
    marked = [td for td in table.iter("td") if "cl-changed" in td.get("class", "")]
    assert "not imported" in "".join(marked[0].itertext())


def test_many_devices_have_their_changes_in_a_table_of_their_own():
    before = lab_of(estate(2, 9, 0))
    after = before.run(RemoveAnchor("um1", "gw2"))
    assert "What changed" in difference_table(trust_matrix(before), trust_matrix(after))


# --- the walk -----------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [SelfSigned(), PKI, ThirdPartyCA(), ThirdPartyCA(split=True)])
def test_every_step_of_every_model_says_who_where_and_what_to_type(model):
    lab = deploy(OFFICE, model, at=AT, seed="views")
    for step in model.procedure(OFFICE):
        who, where = who_and_where(step, lab)
        assert who.startswith("the ")
        assert "{" not in where
        shown = texts(step_card(step, lab, done=True))
        assert step.tell() in " ".join(shown.split())
        assert who in shown


def test_a_certificate_is_issued_at_the_authority_and_installed_at_the_device():
    lab = begin(OFFICE, at=AT)
    procedure = PKI.procedure(OFFICE)
    issue, install = procedure.phases[2].steps[0], procedure.phases[3].steps[1]
    assert who_and_where(issue, lab) == ("the registration authority and the CA", "at Lab PKI")
    assert who_and_where(install, lab) == ("the IP gateway’s administrator", "at gw1")


def test_the_list_unfolds_the_phase_of_the_selected_step_and_marks_what_is_done():
    procedure = PKI.procedure(OFFICE)
    done = [number < 3 for number in range(len(procedure))]
    shown = walk_list(procedure, done, 3)
    assert "3 of 17 steps done" in " ".join(texts(shown).split())
    current = [n for n in parsed(shown).iter() if n.get("aria-current") == "step"]
    assert [node.get("data-id") for node in current] == ["step:3"]
    assert "gw1 requests a certificate" in texts(shown)
    assert "gw1 installs its certificate" not in texts(shown)


def test_a_procedure_of_hundreds_of_steps_shows_those_around_the_selected_one():
    procedure = SelfSigned().procedure(estate(2, 200, 0))
    shown = walk_list(procedure, [False] * len(procedure), 100)
    assert shown.count("<li") < 30
    assert "gw99 generates" in texts(shown)
    assert "before these" in texts(shown)
    assert "after these" in texts(shown)


# --- the console --------------------------------------------------------------------------------


def enrolling():
    lab = begin(OFFICE, at=AT, seed="views").run(PKI.procedure(OFFICE).phases[0])
    return lab.run(
        RequestCertificate("um1", "Lab PKI"),
        RequestCertificate("gw1", "Lab PKI", names=("um1.office.example",)),
    )


def test_a_request_that_waits_is_shown_with_what_the_registration_authority_finds():
    lab = enrolling()
    assert waiting(lab, "Lab PKI") == ("um1", "gw1")
    assert headline(lab, "Lab PKI") == "Lab PKI: 2 requests wait, 0 issued, 0 revoked"
    card = requests_card(lab, "Lab PKI", Markup(""))
    assert "um1.office.example is um1’s name, not gw1’s." in texts(card)
    buttons = {n.get("aria-label"): n for n in parsed(card).iter("button")}
    assert buttons["Approve gw1"].get("aria-disabled") == "true"
    assert buttons["Approve um1"].get("aria-disabled") is None
    assert buttons["Refuse gw1"].get("aria-disabled") is None


def test_what_was_issued_is_in_force_or_not_installed_or_revoked():
    procedure = PKI.procedure(OFFICE)
    lab = begin(OFFICE, at=AT, seed="views").run(*procedure.phases[:3])
    assert "not installed yet" in texts(issued_card(lab, "Lab PKI"))
    lab = lab.run(procedure)
    assert "in force" in texts(issued_card(lab, "Lab PKI"))
    lab = lab.run(Revoke("Lab PKI", "gw1"))
    assert "revoked 2026-11-24" in texts(issued_card(lab, "Lab PKI"))
    assert "approved gw1" in texts(log_card(lab, "Lab PKI"))


def test_the_list_says_whether_it_names_what_was_revoked_and_when_it_is_stale():
    lab = deploy(OFFICE, PKI, at=AT, seed="views").moved_to("2026-11-26")
    assert "it is current and names all" in texts(revocation_card(lab, "Lab PKI"))
    lab = lab.run(Revoke("Lab PKI", "gw1"))
    assert "does not name 1 revoked certificate yet" in texts(revocation_card(lab, "Lab PKI"))
    root = lab.moved_to("2028-01-01")
    assert "it is stale" in texts(revocation_card(root, "Lab PKI root"))


# --- stores -------------------------------------------------------------------------------------


def test_a_certificate_in_the_wrong_store_is_told_what_it_does_there():
    lab = deploy(OFFICE, PKI, at=AT, seed="views").run(
        ImportInto("um1", "Lab PKI root", Store.INTERMEDIATE),
        ImportInto("um1", "gw1", Store.ROOT),
        ImportInto("um1", "gw1", Store.INTERMEDIATE),
    )
    root, issuing = (lab.authority(n).certificate for n in ("Lab PKI root", "Lab PKI"))
    leaf, own = lab.certificate_of("gw1"), lab.certificate_of("um1")

    def does(store, certificate):
        return what_it_does(lab, "um1", store, certificate)[1]

    assert does(Store.ROOT, root).startswith("an anchor")
    assert does(Store.INTERMEDIATE, root).startswith("does nothing here: a root")
    assert does(Store.INTERMEDIATE, issuing) == "helps to build chains"
    assert does(Store.INTERMEDIATE, leaf).startswith("does nothing here: it can sign nobody")
    assert does(Store.ROOT, leaf).startswith("pins this one")
    assert does(Store.PERSONAL, own) == "presented"
    assert does(Store.PERSONAL, leaf).startswith("without its private key")
    old = lab.moved_to("2099-01-01")
    assert what_it_does(old, "um1", Store.ROOT, root)[1].startswith("expired")


def test_an_expired_certificate_in_a_store_is_grey_and_says_its_day_once():
    lab = lab_of(OFFICE)
    card, old = (stores_card(at, "um1", Seals.of(at)) for at in (lab, lab.moved_to("2028-01-01")))
    assert "cl-stale" not in card
    assert texts(old).count("2027-11-24") == len(lab.anchors_of("um1")) + 1
    assert old.count("cl-stale") == old.count("cl-seal-there")


def test_every_certificate_held_can_be_named_for_its_removal():
    lab = deploy(OFFICE, PKI, at=AT, seed="views")
    assert owner_in_words(lab, lab.authority("Lab PKI root").certificate) == "Lab PKI root"
    assert owner_in_words(lab, lab.certificate_of("gw1")) == "gw1"
    assert set(offers(lab)) >= {"Lab PKI", "Lab PKI root", "um1", "gw1"}


def test_a_fingerprint_read_out_is_compared_as_people_write_it():
    certificate = lab_of(OFFICE).certificate_of("um1")
    fingerprint = certificate.fingerprint
    spaced = " ".join(fingerprint[n : n + 2].upper() for n in range(0, 64, 2))
    assert "the same as the file in hand" in texts(fingerprint_note(certificate, spaced))
    assert "6 digits of 64 so far" in texts(fingerprint_note(certificate, fingerprint[:6]))
    other = ("0" if fingerprint[0] != "0" else "1") + fingerprint[1:]
    assert "do not import it" in texts(fingerprint_note(certificate, other))
    assert "not compared" in texts(fingerprint_note(certificate, ""))


# --- the rule of selection ----------------------------------------------------------------------


def test_the_rule_shows_each_candidate_why_it_was_dropped_and_who_wins():
    lab = deploy(OFFICE, PKI, at=AT, seed="views").run(GenerateSelfSigned("um1"))
    shown = selection_view(select_certificate(lab, "um1"))
    rows = {
        row[1]: row
        for tr in parsed(shown).iter("tr")
        if len(row := ["".join(cell.itertext()) for cell in tr]) == 5
    }
    assert rows["PKI or commercial"][4] == "taken"
    assert rows["self-signed"][4] == "kept, but another comes first"
    late = selection_view(select_certificate(lab.moved_to("2030-01-01"), "um1"))
    assert "finds none that serves" in texts(late)
    assert texts(late).count("expired") == 2


def test_with_an_empty_store_the_third_step_of_the_rule_happens():
    lab = begin(OFFICE, at=AT)
    shown = texts(selection_view(select_certificate(lab, "um1")))
    assert "made at once: this is what happens" in shown
    made = lab.run(SelectCertificate("um1"))
    assert "um1 takes" in texts(selection_view(select_certificate(made, "um1")))


# --- two models ---------------------------------------------------------------------------------


def test_the_counts_are_those_of_the_procedures():
    rows = {
        row[0].split("  ")[0].strip(): row[1:]
        for tr in parsed(counts_card(OFFICE, ("nothing", "nothing"))).iter("tr")
        if (row := ["".join(cell.itertext()) for cell in tr])
    }
    for choice in CHOICES.values():
        if choice.model is not None:
            procedure = choice.model.procedure(OFFICE)
            assert rows[choice.title][:2] == [str(len(procedure)), str(procedure.touches)]


@pytest.mark.parametrize("pair", [("nothing", "self-signed"), ("one-tier", "split")])
def test_the_code_makes_the_same_two_deployments(pair):
    at = moment(AT)
    names = {"inventory": OFFICE, "seed": "views"}
    exec(code(pair, at, seeded=True), names)
    for name, key in zip(("before", "after"), pair, strict=True):
        start, model = begin(OFFICE, at=at, seed="views"), CHOICES[key].model
        expected = start.run(model.procedure(OFFICE)) if model else start
        assert names[name] == expected


def test_after_the_end_of_client_certificates_the_difference_says_so():
    at = moment("2027-06-01")
    before, after = (trust_matrix(deploy(OFFICE, m, at=at)) for m in (SelfSigned(), ThirdPartyCA()))
    shown = texts(difference_card(before, after, ("self-signed", "third-party"), at))
    assert "0 directions gained" in shown
    assert "6 directions lost" in shown
    assert "does not call" in shown


# --- all of them --------------------------------------------------------------------------------


def test_no_name_runs_anything_in_any_card():
    bad = '<img src=x onerror=alert(1)>"\u202e'
    lab = lab_of(named("um1", bad, "gw2"), phases=3)
    other = lab.run(RemoveAnchor("um1", bad))
    matrices = trust_matrix(lab), trust_matrix(other)
    steps = SelfSigned().procedure(lab.inventory)
    ca = f"{bad} CA"
    issued = deploy(lab.inventory, InternalPKI(ca, name_constraints=False), at=AT)
    asks = begin(lab.inventory, at=AT).run(CreateAuthority(ca, ca), RequestCertificate(bad, ca))
    markups = [
        difference_table(*matrices),
        walk_list(steps, [False] * len(steps), 1),
        step_card(steps.steps[1], lab, done=False),
        issued_card(issued, ca),
        requests_card(asks, ca, Markup("")),
        log_card(issued, ca),
        revocation_card(issued, ca),
        trouble_card(bad),
        as_code(bad),
        selection_view(select_certificate(lab, "um1")),
    ]  # fmt: skip
    for markup in markups:
        root = parsed(markup)
        assert not {node.tag for node in root.iter()} & {"img", "script"}
        assert "\u202e" not in markup


def test_a_role_without_um_server_has_no_links_and_nothing_to_do():
    lonely = estate(0, 2, 0)
    assert len(PKI.procedure(lonely)) == 0
    assert walk_list(PKI.procedure(lonely), [], 0)
    assert {device.role for device in lonely} == {Role.GATEWAY}
