"""From one model to another: nothing that works stops working, or it is said why it must."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from certlab.deployment import (
    CellState,
    Deployment,
    GenerateSelfSigned,
    ImportAnchor,
    InternalPKI,
    Inventory,
    RemoveAnchor,
    SelfSigned,
    Step,
    ThirdPartyCA,
    TrustModel,
    begin,
    deploy,
    migrate,
    trust_matrix,
)
from certlab.deployment.migration import told_broken
from certlab.pki import KeyType

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
MODELS: list[TrustModel] = [
    SelfSigned(),
    InternalPKI(),
    InternalPKI("Other PKI", tiers=1),
    ThirdPartyCA(),
    ThirdPartyCA(split=True),
]


def working(lab: Deployment) -> set[tuple[str, str]]:
    return {pair for pair, cell in trust_matrix(lab) if cell.state is CellState.ACCEPTED}


def outages(lab: Deployment, steps: Iterable[Step]) -> list[str]:
    """Run Step by Step; tell each Step after which something that worked no longer works."""
    broken = []
    for step in steps:
        before, lab = working(lab), lab.run(step)
        if before - working(lab):
            broken.append(repr(step))
    return broken


def named(model: TrustModel) -> str:
    return f"{model.title}{' split' if getattr(model, 'split', False) else ''}"


def pairs_of_models() -> list[tuple[TrustModel, TrustModel]]:
    return [(one, other) for one in MODELS for other in MODELS if one != other]


@pytest.mark.parametrize(("old", "new"), pairs_of_models(), ids=named)
def test_every_model_is_reached_from_every_other_without_an_outage_at_any_step(
    office: Inventory, old: TrustModel, new: TrustModel
) -> None:
    lab = deploy(office, old, at=NOW, seed="old")
    migration = migrate(lab, to=new)
    assert migration.exists, migration.statement
    assert outages(lab, migration.procedure) == []
    after = lab.run(migration.procedure)
    assert trust_matrix(after).all_accepted
    assert len(new.procedure(office).remaining(after)) == 0
    assert len(migrate(after, to=new).procedure) == 0
    assert after.run(migration.procedure) is after


@pytest.mark.parametrize("new", MODELS, ids=named)
def test_no_anchor_of_the_old_model_stays_that_nothing_needs(
    office: Inventory, new: TrustModel
) -> None:
    old = deploy(office, SelfSigned(), at=NOW)
    after = old.run(migrate(old, to=new).procedure)
    fresh = deploy(office, new, at=NOW)
    for device in office:
        assert len(after.anchors_of(device.name)) == len(fresh.anchors_of(device.name))


def test_the_plain_procedure_would_cut_links_and_the_migration_does_not(
    office: Inventory,
) -> None:
    lab = deploy(office, InternalPKI(), at=NOW)
    assert outages(lab, SelfSigned().procedure(office))
    assert not outages(lab, migrate(lab, to=SelfSigned()).procedure)


def test_a_half_done_state_goes_on_from_where_it_is(office: Inventory) -> None:
    steps = SelfSigned().procedure(office).steps
    half = begin(office, at=NOW).run(steps[:6])
    assert 0 < len(working(half)) < 6
    migration = migrate(half, to=InternalPKI())
    assert migration.exists
    assert outages(half, migration.procedure) == []
    assert trust_matrix(half.run(migration.procedure)).all_accepted
    onwards = migrate(half, to=SelfSigned())
    assert onwards.imports == 4
    assert len(onwards.procedure) == 4


def test_only_the_imports_that_are_missing_are_made(office: Inventory) -> None:
    lab = deploy(office, SelfSigned(), at=NOW).run(
        InternalPKI().procedure(office).phases[0], ImportAnchor("gw1", "Lab PKI root")
    )
    migration = migrate(lab, to=InternalPKI())
    assert migration.imports == 3
    assert migration.exists


def test_renewing_self_signed_certificates_in_time_cuts_nothing(office: Inventory) -> None:
    lab = deploy(office, SelfSigned(), at=NOW)
    longer = SelfSigned(ca=True)
    migration = migrate(lab, to=longer)
    assert outages(lab, migration.procedure) == []
    after = lab.run(migration.procedure)
    assert all(certificate.is_ca for certificate in after.anchors_of("um1"))
    assert len(after.anchors_of("um1")) == 3


def test_shipped_roots_stay(estate: Callable[..., Inventory]) -> None:
    inventory = estate(1, 2, 0, ships=("Example Public Root",))
    lab = deploy(inventory, ThirdPartyCA(), at=NOW)
    after = lab.run(migrate(lab, to=InternalPKI()).procedure)
    assert {root.label for root in after.anchors_of("gw1")} == {
        "Example Public Root (lab only)",
        "Lab PKI root (lab only)",
    }
    assert not any(isinstance(s, RemoveAnchor) for s in migrate(lab, to=InternalPKI()).procedure)


def test_where_the_new_model_cannot_carry_the_calls_no_order_exists(office: Inventory) -> None:
    lab = deploy(office, InternalPKI(), at="2027-04-01")
    migration = migrate(lab, to=ThirdPartyCA())
    assert not migration.exists
    assert set(migration.broken) == working(lab)
    assert migration.statement.startswith("There is no order without an outage: 6 directions")
    assert "TLS client" in migration.statement
    assert len(outages(lab, migration.procedure)) == 4
    assert migrate(lab, to=ThirdPartyCA(split=True)).exists


def test_a_single_step_and_a_single_direction_are_told_as_one(office: Inventory) -> None:
    lab = deploy(office, SelfSigned(), at=NOW).run(RemoveAnchor("gw1", "um1"))
    assert migrate(lab, to=SelfSigned()).statement.startswith("1 step with 1 touch, 1 of them an ")
    assert told_broken([("um1", "gw1")]).startswith("1 direction of a link stops working, where um")


def test_where_a_step_is_refused_the_statement_says_which(
    estate: Callable[..., Inventory],
) -> None:
    lab = deploy(estate(1, 1, 0, domain="office.local"), SelfSigned(), at=NOW)
    migration = migrate(lab, to=ThirdPartyCA())
    assert not migration.exists
    assert migration.statement.startswith("There is no way there: IssueCertificate('um1'")
    assert "internal name" in migration.statement


def test_a_rehearsal_leaves_no_key_and_no_trace(office: Inventory) -> None:
    lab = deploy(office, SelfSigned(), at=NOW)
    keys, before = len(lab.keys), lab.credentials
    migrate(lab, to=InternalPKI(key_type=KeyType.RSA_4096, ca_key_type=KeyType.RSA_4096))
    assert len(lab.keys) == keys
    assert lab.credentials == before
    assert not lab.authorities


def test_a_big_region_moves_phase_by_phase(example: Inventory) -> None:
    lab = deploy(example, SelfSigned(), at=NOW)
    migration = migrate(lab, to=InternalPKI())
    assert migration.exists
    for phase in migration.procedure.phases:
        lab = lab.run(phase)
        assert trust_matrix(lab).all_accepted, phase.title


def test_what_is_expired_is_repaired_on_the_way(office: Inventory) -> None:
    lab = deploy(office, SelfSigned(), at=NOW).moved_to(NOW + timedelta(days=366))
    migration = migrate(lab, to=SelfSigned())
    assert migration.exists
    after = lab.run(migration.procedure)
    assert trust_matrix(after).all_accepted
    assert [len(after.anchors_of(d.name)) for d in office] == [3, 1, 1, 1]


def test_a_certificate_made_ready_is_not_presented_before_the_switch(office: Inventory) -> None:
    lab = deploy(office, SelfSigned(), at=NOW)
    ready = lab.run(GenerateSelfSigned("um1", ca=True, present=False))
    assert ready.certificate_of("um1") == lab.certificate_of("um1")
    offered = ready.offered_by("um1")
    assert offered is not None
    assert offered.is_ca
    assert trust_matrix(ready).all_accepted
