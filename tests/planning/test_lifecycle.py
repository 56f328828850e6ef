"""The life cycle: what comes due, what a change breaks and for whom, and who learns of it when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certlab.deployment import (
    Deployment,
    InternalPKI,
    Inventory,
    OpenAccount,
    PublishCRL,
    RemoveAnchor,
    RenewAuthority,
    Revoke,
    SelfSigned,
    ThirdPartyCA,
    TrustModel,
    deploy,
    read_inventory,
    trust_matrix,
)
from certlab.errors import InvalidInput, StepRefused, UnknownName
from certlab.planning import RENEWALS, compromise, due, outages, renewal, rotate_root, withdraw
from certlab.views import due_view

DATA = Path(__file__).parents[2] / "notebooks" / "data"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
PKI, ROOT = "Lab PKI", "Lab PKI root"
MODELS: list[TrustModel] = [
    SelfSigned(),
    InternalPKI(),
    InternalPKI(tiers=1),
    ThirdPartyCA(split=True),
]
each_model = pytest.mark.parametrize(
    "model", MODELS, ids=["self-signed", "two tiers", "one tier", "split pair"]
)


@pytest.fixture(scope="module")
def office() -> Inventory:
    return read_inventory(DATA / "small-office.csv")


def set_up(office: Inventory, model: TrustModel) -> Deployment:
    return deploy(office, model, at=NOW, seed="life").moved_to(NOW + timedelta(days=30))


# --- what comes due ------------------------------------------------------------------------------


def test_certificates_and_the_list_of_an_offline_root_come_due_on_their_last_day(
    office: Inventory,
) -> None:
    lab = set_up(office, InternalPKI())
    assert len(due(lab, within_days=300)) == 0
    items = due(lab, within_days=340)
    assert [(item.whose, item.what) for item in items] == [
        ("Lab PKI root", "revocation list"),
        *((device, "certificate") for device in ("gw1", "gw2", "pbx1", "um1")),
    ]
    assert {item.at for item in items} == {NOW + timedelta(days=365)}
    assert [item.directions for item in items] == [6, 1, 1, 1, 3]


def test_the_directions_of_a_due_item_are_those_that_validation_refuses_the_day_after(
    office: Inventory,
) -> None:
    for model in MODELS[:3]:  # public certificates end again before the others do
        lab = set_up(office, model)
        items = due(lab, within_days=340)
        for item in (item for item in items if item.whose in office.devices):
            others = [other.steps for other in items if other is not item]
            rest = lab.moved_to(NOW + timedelta(days=60)).run(*others)
            refused = trust_matrix(rest.moved_to(item.at + timedelta(seconds=1))).refused
            assert len(refused) == item.directions
            assert {subject for _, subject in refused} == {item.whose}


@each_model
def test_what_comes_due_is_renewed_ahead_of_time_and_no_link_stops_at_any_step(
    office: Inventory, model: TrustModel
) -> None:
    later = set_up(office, model).moved_to(NOW + timedelta(days=90))
    items, begun = due(later, within_days=340), later
    assert items.steps
    for step in items.procedure:
        # Control of a domain is shown again only when the showing before counts no longer.
        assert step.is_done(begun) is step.is_done(later) is isinstance(step, OpenAccount)
        later = later.run(step)
        assert trust_matrix(later).all_accepted
    assert {item.directions for item in due(later, within_days=100)} <= {0}
    assert len(items.procedure.remaining(later)) == 0


def test_the_showing_of_domains_to_a_public_ca_comes_due_too(office: Inventory) -> None:
    (item,) = (
        i for i in due(set_up(office, ThirdPartyCA()), 365) if i.whose == "Example Public CA"
    )
    assert "domains" in item.what
    assert item.at == datetime(2027, 3, 15, tzinfo=UTC), "the rule of that day shortens it"


def test_what_nobody_here_issued_comes_due_and_is_left_to_its_issuer(office: Inventory) -> None:
    lab = set_up(office, InternalPKI())
    away = replace(lab, authorities=type(lab.authorities)())
    items = due(away, within_days=340)
    assert {item.whose for item in items} == set(office.devices)
    assert items.steps == ()
    assert items.procedure.touches == 0
    assert "who is not in this lab" in due_view(items)
    with pytest.raises(InvalidInput, match="nobody here can renew"):
        renewal(away, "um1", "new key")


def test_days_ahead_are_not_negative(office: Inventory) -> None:
    with pytest.raises(InvalidInput, match="negative"):
        due(set_up(office, SelfSigned()), -1)


# --- renewal -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", RENEWALS)
def test_a_self_signed_renewal_asks_every_peer_to_import_whatever_is_kept(
    office: Inventory, kind: str
) -> None:
    lab = set_up(office, SelfSigned())
    impact = renewal(lab, "um1", kind)
    peers = office.peers["um1"]
    assert impact.down == tuple((peer, "um1") for peer in peers)
    assert sorted(impact.stores) == sorted(peers)
    assert impact.smooth is not None
    assert trust_matrix(lab.run(impact.switch)).refused == impact.down
    assert trust_matrix(lab.run(impact.procedure)).all_accepted


@pytest.mark.parametrize(("kind", "stores"), [("same key", 0), ("new key", 0), ("new issuer", 3)])
def test_under_a_pki_only_a_new_issuer_asks_the_peers_for_anything(
    office: Inventory, kind: str, stores: int
) -> None:
    lab = set_up(office, InternalPKI())
    impact = renewal(lab, "um1", kind)
    assert len(impact.stores) == len(impact.down) == stores
    before, after = lab.certificate_of("um1"), lab.run(impact.procedure).certificate_of("um1")
    assert before is not None
    assert after is not None
    assert (before.key_fingerprint == after.key_fingerprint) is (kind == "same key")
    assert before != after


@each_model
@pytest.mark.parametrize("kind", RENEWALS)
def test_in_the_smooth_order_no_link_stops_at_any_step(
    office: Inventory, model: TrustModel, kind: str
) -> None:
    lab = set_up(office, model)
    smooth = renewal(lab, "gw1", kind).smooth
    assert smooth is not None
    for step in smooth:
        lab = lab.run(step)
        assert trust_matrix(lab).all_accepted


def test_once_client_authentication_has_left_a_renewal_breaks_what_no_step_repairs(
    office: Inventory,
) -> None:
    lab = set_up(office, ThirdPartyCA()).moved_to("2027-05-01")
    impact = renewal(lab, "um1", "new key")
    assert len(impact.down) == 3
    assert impact.smooth is None
    assert "no single step" in impact.notes[0]
    assert "client" in impact.because


def test_a_renewal_of_nothing_or_of_an_unknown_kind_is_refused(office: Inventory) -> None:
    lab = set_up(office, SelfSigned())
    with pytest.raises(InvalidInput, match="same key, new key, new issuer"):
        renewal(lab, "um1", "new name")
    with pytest.raises(UnknownName):
        renewal(lab, "um9", "new key")
    with pytest.raises(UnknownName):
        renewal(lab, "um1", "new issuer", issuer="nobody")


@each_model
def test_before_anything_is_done_all_of_a_change_is_left_to_do(
    office: Inventory, model: TrustModel
) -> None:
    lab = set_up(office, model)
    changes = [renewal(lab, "um1", kind) for kind in RENEWALS] + [withdraw(lab, "um1")]
    changes += [compromise(lab, name) for name in lab.authorities if "Public" not in name]
    if isinstance(model, InternalPKI):
        changes += [rotate_root(lab, PKI, days) for days in (0, 90)]
    for impact in changes:
        for procedure in filter(None, (impact.procedure, impact.smooth)):
            assert procedure.remaining(lab).steps == procedure.steps, impact.title
            assert len(procedure.remaining(lab.run(procedure))) == 0


# --- roots and CAs -------------------------------------------------------------------------------


@pytest.mark.parametrize("tiers", [1, 2])
def test_with_an_overlap_a_root_is_replaced_and_no_link_stops(
    office: Inventory, tiers: int
) -> None:
    lab = set_up(office, InternalPKI(tiers=tiers))
    old = lab.authority(PKI).ca.root
    impact = rotate_root(lab, PKI, overlap_days=90)
    assert impact.smooth is not None
    assert impact.down == ()
    after = lab.run(impact.procedure)
    assert trust_matrix(after).all_accepted
    assert all(old not in after.anchors_of(device) for device in office.devices)


def test_without_an_overlap_those_who_changed_and_those_who_did_not_refuse_each_other(
    office: Inventory,
) -> None:
    impact = rotate_root(set_up(office, InternalPKI()), PKI, overlap_days=0)
    assert impact.down
    changed = {"um1", "gw1"}
    assert all((one in changed) is not (other in changed) for one, other in impact.down)


def test_only_a_root_of_the_house_is_replaced(office: Inventory) -> None:
    with pytest.raises(InvalidInput, match="not one of your own authorities"):
        rotate_root(set_up(office, ThirdPartyCA()), "Example Public CA")
    with pytest.raises(InvalidInput, match="negative"):
        rotate_root(set_up(office, InternalPKI()), PKI, -1)
    with pytest.raises(UnknownName):
        rotate_root(set_up(office, InternalPKI()), "nobody")


def test_a_stolen_key_of_an_issuing_ca_touches_no_store_and_all_certificates(
    office: Inventory,
) -> None:
    lab = set_up(office, InternalPKI())
    impact = compromise(lab, PKI)
    assert [type(step) for step in impact.switch] == [Revoke, PublishCRL]
    assert len(impact.down) == 2 * len(office.links)
    assert impact.stores == ()
    assert isinstance(impact.repairs[0], RenewAuthority)
    assert trust_matrix(lab.run(impact.procedure)).all_accepted
    said = {words.split()[-1]: at for words, at in impact.known}
    assert said["ends"] == NOW + timedelta(days=365), "an old list of the root counts for a year"


@pytest.mark.parametrize("tiers", [1, 2])
def test_a_stolen_key_of_a_root_is_removed_from_every_store(office: Inventory, tiers: int) -> None:
    lab = set_up(office, InternalPKI(tiers=tiers))
    impact = compromise(lab, PKI if tiers == 1 else ROOT)
    assert all(isinstance(step, RemoveAnchor) for step in impact.switch)
    assert len(impact.switch) == len(office)
    assert trust_matrix(lab.run(impact.procedure)).all_accepted


def test_with_a_ca_one_revocation_reaches_everybody_with_its_next_list(office: Inventory) -> None:
    lab = set_up(office, InternalPKI(crl_days=7))
    impact = withdraw(lab, "um1")
    assert impact.touches == 1
    assert len(impact.down) == 3
    known = dict(impact.known)
    published = next(at for words, at in known.items() if "publishes" in words)
    after = lab.run(impact.switch)
    last = published - timedelta(seconds=1)
    assert trust_matrix(after.moved_to(last)).all_accepted, "nobody knows before"
    assert set(trust_matrix(after.moved_to(published)).refused) == set(impact.down)
    assert next(at for words, at in known.items() if "OCSP" in words) == lab.at + timedelta(
        hours=12
    )
    (event,) = (e for e in outages(after, published + timedelta(days=1)).events)
    assert event.at == published
    assert event.title.startswith("The revocation of um1 becomes known")


def test_without_a_ca_everybody_who_imported_it_removes_it(office: Inventory) -> None:
    lab = set_up(office, SelfSigned())
    impact = withdraw(lab, "um1")
    assert impact.touches == len(impact.switch) == len(office.peers["um1"])
    assert set(impact.stores) == set(office.peers["um1"])
    assert impact.known == ()
    one_left = lab.run(impact.switch[:-1])
    assert trust_matrix(one_left).cell(impact.stores[-1], "um1").short == "trusted"


def test_an_impact_that_cannot_be_rehearsed_is_refused_and_changes_nothing(
    office: Inventory,
) -> None:
    late = set_up(office, InternalPKI()).moved_to("2040-01-01")
    with pytest.raises(StepRefused):
        renewal(late, "um1", "new key")
