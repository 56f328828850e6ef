"""The benches as Python sees them: a press becomes a Step, and the code does the same."""

from __future__ import annotations

import json
import re

import pytest

from certlab.deployment import (
    ImportInto,
    InternalPKI,
    RequestCertificate,
    SelfSigned,
    Store,
    ThirdPartyCA,
    begin,
    deploy,
    migrate,
    trust_matrix,
)
from certlab.errors import UnknownName
from certlab.pki import ReasonFlags
from certlab.views import Seals
from certlab.views.cards import trayed
from certlab.widgets import authority_console, compare_models, stores, walk
from tests.views.estates import estate, parsed, seals_in

AT = "2026-11-24"
OFFICE = estate(1, 2, 1)
MODELS = {
    "self-signed": SelfSigned(),
    "two tiers": InternalPKI(),
    "one tier": InternalPKI(tiers=1),
    "third party": ThirdPartyCA(),
    "split pair": ThirdPartyCA(split=True),
}


def fresh(at: str = AT):
    return begin(OFFICE, at=at, seed="benches")


def run_code(source: str, lab):
    names = {"lab": lab}
    exec(source, names)
    return names["lab"]


# --- the walk -----------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_step_by_step_every_model_comes_to_full_trust(model):
    desk = walk(fresh(), model.procedure(OFFICE))
    for _ in range(len(desk.procedure)):
        desk.press("do:step")
    assert trust_matrix(desk.deployment).all_accepted
    assert len(desk.deployment.journal) == len(desk.procedure)
    assert f"{len(desk.procedure)} of {len(desk.procedure)} steps done" in desk.parts["steps"]
    assert run_code(desk.code, fresh()) == desk.deployment


def test_a_phase_at_once_and_then_all_that_is_left():
    desk = walk(fresh(), InternalPKI().procedure(OFFICE))
    desk.press("do:phase")
    desk.press("do:phase")
    assert [len(entry.steps) for entry in desk.deployment.journal] == [1, 4]
    desk.press("do:rest")
    assert trust_matrix(desk.deployment).all_accepted
    assert len(desk.deployment.journal) == 3


def test_undo_goes_back_and_shows_the_step_again():
    desk = walk(fresh(), SelfSigned().procedure(OFFICE))
    desk.press("do:step")
    desk.press("do:step")
    desk.press("do:undo")
    assert len(desk.deployment.journal) == 1
    assert desk._selected == 1
    desk.press("do:undo")
    desk.press("do:undo")
    assert desk.deployment == fresh()
    assert desk.code == ""


def test_a_step_out_of_turn_is_refused_in_sight_and_changes_nothing():
    desk = walk(fresh(), InternalPKI().procedure(OFFICE))
    desk.press("step:5")
    desk.press("do:step")
    assert desk.deployment == fresh()
    assert "RequestCertificate" in desk.parts["trouble"] or "authority" in desk.parts["trouble"]
    desk.press("step:0")
    assert desk.parts["trouble"] == ""


def test_what_a_step_did_to_the_links_is_said():
    desk = walk(fresh(), SelfSigned().procedure(OFFICE))
    desk.press("do:phase")
    desk.press("do:step")
    assert "Now accepted: gw1 accepts um1" in desk.parts["matrix"]


def test_a_migration_can_be_walked_too():
    lab = deploy(OFFICE, SelfSigned(), at=AT, seed="benches")
    way = migrate(lab, to=InternalPKI())
    desk = walk(lab, way.procedure)
    desk.press("do:rest")
    assert trust_matrix(desk.deployment).all_accepted


def test_a_procedure_without_steps_says_so():
    desk = walk(begin(estate(0, 2, 0), at=AT), SelfSigned().procedure(estate(0, 2, 0)))
    assert "nothing to do" in desk.parts["now"]
    desk.press("do:step")


def test_a_long_run_shows_how_far_it_is(monkeypatch):
    monkeypatch.setattr("certlab.widgets.bench.PATIENCE", 0.0)
    desk = walk(fresh(), SelfSigned().procedure(OFFICE))
    said = []
    desk.observe(lambda change: said.append("<progress" in change.new["now"]), "parts")
    desk.press("do:rest")
    assert said[0] is True
    assert said[-1] is False


# --- the console --------------------------------------------------------------------------------


def asked():
    lab = fresh().run(InternalPKI().procedure(OFFICE).phases[0])
    return lab.run(
        RequestCertificate("um1", "Lab PKI"),
        RequestCertificate("gw1", "Lab PKI", names=("um1.office.example",)),
    )


def test_the_console_issues_a_good_request_and_refuses_a_bad_one():
    lab = asked()
    desk = authority_console(lab)
    assert desk.authority == "Lab PKI"
    desk.press("approve:um1")
    desk.press("approve:gw1")
    assert "um1’s name, not gw1’s" in desk.parts["trouble"]
    desk.press("refuse:gw1")
    authority = desk.deployment.authority("Lab PKI")
    assert [(line.device, line.approved) for line in authority.log] == [
        ("um1", True), ("gw1", False)
    ]  # fmt: skip
    assert list(authority.issued.values()) == ["um1"]
    assert run_code(desk.code, lab) == desk.deployment


def test_a_good_request_is_refused_only_with_a_reason():
    desk = authority_console(asked())
    desk.press("refuse:um1")
    assert "Give a reason" in desk.parts["trouble"]
    desk.fill("reason", "the server moves next week")
    desk.press("refuse:um1")
    assert desk.deployment.authority("Lab PKI").log[-1].reasons == ("the server moves next week",)
    assert desk.values["reason"] == ""


def test_revoking_is_known_to_others_when_a_list_is_published():
    lab = deploy(OFFICE, InternalPKI(), at=AT, seed="benches").moved_to("2026-11-26")
    desk = authority_console(lab, "Lab PKI")
    fingerprint = lab.certificate_of("gw1").fingerprint
    desk.press(f"revoke:gw1:{fingerprint}")
    assert trust_matrix(desk.deployment).all_accepted
    desk.press("do:publish")
    matrix = trust_matrix(desk.deployment)
    assert matrix.cell("um1", "gw1").short == "revoked"
    assert "um1 refuses gw1 (revoked)" in desk.parts["matrix"]
    desk.press("do:undo")
    assert trust_matrix(desk.deployment).all_accepted


def test_the_reason_for_revoking_is_chosen_and_told():
    lab = deploy(OFFICE, InternalPKI(), at=AT, seed="benches")
    desk = authority_console(lab, "Lab PKI")
    desk.fill("why", "keyCompromise")
    desk.press(f"revoke:gw1:{lab.certificate_of('gw1').fingerprint}")
    (revocation,) = (r for _, r in desk.deployment.authority("Lab PKI").revoked.items())
    assert revocation.reason is ReasonFlags.key_compromise
    assert "key compromise" in desk.parts["issued"]
    assert run_code(desk.code, lab) == desk.deployment
    assert desk.values["why"] == "unspecified"


def test_another_authority_can_be_chosen():
    desk = authority_console(asked())
    desk.fill("authority", "Lab PKI root")
    assert "Lab PKI root: 0 requests wait, 1 issued" in desk.parts["head"]
    desk.fill("authority", "no such")
    assert desk.authority == "Lab PKI root"


def test_without_an_authority_there_is_no_console():
    with pytest.raises(UnknownName, match="no authority"):
        authority_console(fresh())
    with pytest.raises(UnknownName, match="no authority is called"):
        authority_console(asked(), "nobody")


# --- stores -------------------------------------------------------------------------------------


def test_a_reason_that_was_typed_stays_until_somebody_is_refused_for_it():
    desk = authority_console(asked())
    desk.fill("reason", "the gateway is sold")
    desk.fill("why", ReasonFlags.superseded.value)
    desk.press("approve:um1")
    assert desk.values["reason"] == "the gateway is sold"
    assert desk.values["why"] == ReasonFlags.superseded.value
    desk.press("refuse:gw1")
    assert desk.values["reason"] == ""


def test_a_fingerprint_that_was_typed_stays_while_another_certificate_is_removed():
    lab = deploy(OFFICE, SelfSigned(), at=AT, seed="benches")
    desk = stores(lab, "um1")
    desk.fill("read", "12ab")
    desk.press(f"remove:root:{lab.certificate_of('gw1').fingerprint}")
    assert desk.deployment != lab
    assert desk.values["read"] == "12ab"


@pytest.mark.parametrize("owner", ["Lab PKI", "gw1"])
def test_a_trusted_certificate_has_the_same_seal_in_the_store_as_in_the_tray(owner):
    lab = deploy(OFFICE, InternalPKI(), at=AT, seed="benches")
    lab = lab.run(ImportInto("um1", owner, Store.ROOT))
    desk = stores(lab, "um1")
    roots, _, personal = re.findall(r"(?s)<section aria-label.*?</section>", desk.parts["stores"])
    tray, missing = trayed("um1", trust_matrix(lab), Seals.of(lab))
    assert not missing
    assert sorted(seals_in(parsed(roots))) == sorted(seal.monogram for seal in tray)
    assert seals_in(parsed(personal)) == ["LP"]  # who signed it, as on its card in the map


def test_without_a_device_there_are_no_stores():
    with pytest.raises(UnknownName, match="no device here has stores"):
        stores(begin(estate(0, 0, 0), at=AT))


def test_a_certificate_goes_into_the_store_that_was_chosen_and_out_again():
    lab = deploy(OFFICE, SelfSigned(), at=AT, seed="benches")
    desk = stores(lab, "gw1")
    desk.fill("of", "gw2")
    desk.fill("store", "intermediate")
    desk.press("do:import")
    fingerprint = lab.certificate_of("gw2").fingerprint
    assert fingerprint in desk.deployment.store_of("gw1").intermediate
    assert "ImportInto(" in desk.code
    desk.press(f"remove:intermediate:{fingerprint}")
    assert desk.deployment.store_of("gw1") == lab.store_of("gw1")
    assert run_code(desk.code, lab) == desk.deployment


def test_a_fingerprint_that_is_not_the_files_stops_the_import():
    lab = deploy(OFFICE, SelfSigned(), at=AT, seed="benches")
    desk = stores(lab, "gw1")
    desk.fill("of", "gw2")
    desk.fill("read", "00" * 32)
    assert "do not import it" in desk.notes["read"]
    desk.press("do:import")
    assert desk.deployment == lab
    assert "Do not import it" in desk.parts["trouble"]
    desk.fill("read", lab.certificate_of("gw2").fingerprint.upper())
    desk.press("do:import")
    assert lab.certificate_of("gw2") in desk.deployment.anchors_of("gw1")


def test_removing_an_anchor_shows_whom_the_device_now_refuses():
    lab = deploy(OFFICE, InternalPKI(), at=AT, seed="benches")
    desk = stores(lab, "gw1")
    root = lab.authority("Lab PKI root").certificate
    desk.press(f"remove:root:{root.fingerprint}")
    assert "gw1 refuses um1 (root not trusted)" in desk.parts["matrix"]


def test_the_browser_of_stores_follows_the_device_chosen():
    lab = deploy(OFFICE, InternalPKI(), at=AT).run(ImportInto("pbx1", "gw1", Store.ROOT))
    desk = stores(lab)
    assert desk.device == "um1"
    desk.fill("device", "pbx1")
    assert "pbx1 trusts 2 keys" in desk.parts["stores"]


# --- two models ---------------------------------------------------------------------------------


def test_two_models_are_values_for_the_next_cell_and_undo_goes_back():
    desk = compare_models(OFFICE, at=AT, seed="benches")
    assert desk.before == deploy(OFFICE, SelfSigned(), at=AT, seed="benches")
    desk.fill("before", "nothing")
    desk.fill("after", "split")
    assert desk.after == deploy(OFFICE, ThirdPartyCA(split=True), at=AT, seed="benches")
    assert "6 directions gained" in desk.parts["matrix"]
    for side in ("before", "after"):
        assert desk.parts[side].count(', changed"') == 6
        assert "there the other model decides otherwise" in desk.parts[side]
    desk.press("do:swap")
    assert desk.values == {"before": "split", "after": "nothing"}
    for _ in range(4):
        desk.press("do:undo")
    assert desk.values == {"before": "self-signed", "after": "two-tier"}


def test_the_way_from_one_model_to_the_other_is_planned_on_demand():
    desk = compare_models(OFFICE, at=AT, seed="benches")
    assert "Plan the way" in desk.parts["way"]
    desk.press("do:way")
    assert "no link that works stops working" in desk.parts["way"]


# --- all of them --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        None, "press", {"kind": "press"}, {"kind": "press", "id": ""},
        {"kind": "press", "id": "::"},
        {"kind": "press", "id": "pair:um1:nobody"}, {"kind": "press", "id": "pair:um1"},
        {"kind": "press", "id": "device:nobody"}, {"kind": "press", "id": "device:"},
        {"kind": "press", "id": "step:99999"}, {"kind": "press", "id": "step:-1"},
        {"kind": "press", "id": "approve:nobody"}, {"kind": "press", "id": "revoke:gw1:00"},
        {"kind": "press", "id": "remove:root:00"}, {"kind": "press", "id": "plan:nowhere"},
        {"kind": "field", "id": "store", "value": "cellar"},
        {"kind": "field", "id": "before", "value": "no such model"},
    ],
)  # fmt: skip
def test_a_strange_message_changes_no_deployment(message):
    lab = asked()
    for desk in (walk(lab, SelfSigned().procedure(OFFICE)), authority_console(lab), stores(lab)):
        desk._heard(desk, message, [])
        assert desk.deployment == lab
    compared = compare_models(OFFICE, at=AT, seed="benches")
    compared._heard(compared, message, [])
    assert compared.values == {"before": "self-signed", "after": "two-tier"}


def test_a_link_selected_says_why():
    desk = walk(fresh(), SelfSigned().procedure(OFFICE))
    desk.press("do:phase")
    desk.press("pair:gw1:um1")
    assert "gw1 refuses um1: not imported" in desk.status
    assert "cl-said" in desk.parts["map"]


def test_what_travels_to_the_page_holds_no_key():
    lab = deploy(OFFICE, InternalPKI(), at=AT)
    benches = (
        walk(lab, InternalPKI().procedure(OFFICE)), authority_console(lab), stores(lab),
        compare_models(OFFICE, at=AT),
    )  # fmt: skip
    secrets = [f"{lab.keys.get(f).private_key.private_numbers().private_value:x}" for f in lab.keys]
    for desk in benches:
        state = json.dumps(desk.get_state(), default=repr)
        assert "PRIVATE" not in state
        assert not any(secret in state for secret in secrets)
