"""What if: a device more, two sites into one, a dial plan secured, another model; all on a copy."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from certlab import (
    AddDevice,
    ImportAnchor,
    InternalPKI,
    InvalidInput,
    MergeDialPlans,
    PublishCRL,
    Role,
    SelfSigned,
    SwitchDialPlan,
    deploy,
    read_inventory,
    trust_matrix,
)
from certlab.deployment import CellState, SecurityMode
from certlab.planning import take_in, what_if

REGION = Path(__file__).parents[2] / "notebooks" / "data" / "region.csv"
NEW = AddDevice("gw99", "gw99.region.example", Role.GATEWAY, ("north",))


@pytest.fixture(scope="module")
def region():
    return deploy(read_inventory(REGION), SelfSigned(), at="2026-11-24", seed="what if")


@pytest.fixture
def branch():
    return read_inventory(
        pd.DataFrame(
            [
                ("b1", "b1.branch.example", "um", "branch;old", "Secured;Unsecured"),
                ("b2", "b2.branch.example", "gateway", "branch", "Secured"),
                ("b3", "b3.branch.example", "pbx", "old", "Unsecured"),
            ],
            columns=["name", "fqdn", "role", "dial_plans", "security"],
        )
    )


def walked(lab, plan):
    """The lab after all Steps, one at a time; whatever worked before goes on working."""
    worked = {pair for pair, cell in trust_matrix(lab) if cell.state is CellState.ACCEPTED}
    for step in plan.steps:
        lab = lab.run(step)
        assert not worked & set(trust_matrix(lab).refused), step.tell()
    return lab


def test_a_gateway_more_asks_for_one_certificate_and_two_imports_for_each_server(region):
    plan = what_if(region, NEW, model=SelfSigned())
    servers = sum("north" in d.dial_plans for d in region.inventory.with_role(Role.UM_SERVER))
    imports = [step for step in plan.steps if isinstance(step, ImportAnchor)]
    assert len(imports) == 2 * servers
    # It joins, makes a certificate, presents it: three more.
    assert len(plan.steps) == plan.touches == 2 * servers + 3
    assert plan.counts["devices"] == (22, 23)
    assert plan.after.all_accepted
    assert trust_matrix(walked(region, plan)).all_accepted


def test_asking_changes_nothing_in_the_lab_and_hands_it_no_key(region):
    devices, keys = list(region.inventory.devices), len(region.keys)
    before = trust_matrix(region).headline
    ships = replace(NEW, ships_roots=("Some Other Root",))
    what_if(region, ships, model=InternalPKI())
    assert list(region.inventory.devices) == devices
    assert len(region.keys) == keys
    assert trust_matrix(region).headline == before


def test_dial_plans_are_changed_when_what_they_need_is_there_and_before_anchors_go(region, branch):
    plan = what_if(
        region,
        *take_in(region.inventory, branch),
        MergeDialPlans("branch", "north"),
        SwitchDialPlan("old", SecurityMode.SECURED),
        model=InternalPKI(),
    )
    titles = [phase.title for phase in plan.procedure.phases]
    assert titles[0] == "Take the new devices in"
    assert titles[-2:] == ["Change the dial plans", "Remove the old anchors"]
    assert plan.after.all_accepted
    after = walked(region, plan)
    assert "branch" not in after.inventory.dial_plans
    assert after.inventory.device("b1").dial_plans == ("north", "old")
    assert trust_matrix(after).headline == plan.after.headline
    assert not plan.procedure.remaining(after).steps


def test_a_plan_that_needs_no_security_any_more_frees_its_anchors_last(region):
    plan = what_if(region, SwitchDialPlan("south", SecurityMode.UNSECURED), model=SelfSigned())
    before, after = plan.counts["anchors held"]
    assert after < before
    assert [phase.title for phase in plan.procedure.phases] == [
        "Change the dial plans",
        "Remove the old anchors",
    ]
    walked(region, plan)


def test_what_is_there_already_asks_for_nothing(region):
    same = SwitchDialPlan("north", SecurityMode.SECURED)
    there = SwitchDialPlan("north", SecurityMode.UNSECURED)
    for changes in ([same], [there, same]):
        plan = what_if(region, *changes, model=SelfSigned())
        assert plan.steps == ()
        assert "Nothing is left" in plan.statement


def test_every_change_that_cannot_be_made_is_named_at_once(region):
    with pytest.raises(InvalidInput) as refused:
        what_if(
            region,
            SwitchDialPlan("nowhere", SecurityMode.SECURED),
            MergeDialPlans("north", "north"),
            AddDevice("gw1", "other.region.example", Role.GATEWAY, ("north",)),
            AddDevice("other", "gw1.north.region.example", Role.GATEWAY, ("north",)),
            PublishCRL("nobody"),
            model=SelfSigned(),
        )
    assert len(refused.value.problems) == 5
    assert "north, south" in str(refused.value)


def test_without_a_model_the_question_is_refused_with_the_call_that_works(region):
    with pytest.raises(InvalidInput, match=r"model=InternalPKI\(\)"):
        what_if(region, NEW)


def test_a_site_is_taken_in_with_its_plans_in_their_modes_or_every_clash_is_named(region, branch):
    after = region.run(take_in(region.inventory, branch)).inventory
    assert len(after) == len(region.inventory) + 3
    assert after.dial_plans["old"].security is SecurityMode.UNSECURED
    assert after.dial_plans["branch"].security is SecurityMode.SECURED
    with pytest.raises(InvalidInput) as refused:
        take_in(after, branch)
    assert len(refused.value.problems) == 6  # three names and three FQDNs
    clash = branch.with_security("old", SecurityMode.SECURED)
    with pytest.raises(InvalidInput, match="Unsecured here and Secured there"):
        take_in(after, clash)


def test_a_new_device_brings_the_public_roots_it_ships(region):
    step = AddDevice(
        "sbc", "sbc.region.example", Role.GATEWAY, ("north",), ships_roots=("Example Public Root",)
    )
    after = region.run(step)
    assert [c.label for c in after.anchors_of("sbc")] == ["Example Public Root (lab only)"]
    assert step.is_done(after)
    assert eval(repr(step), {"AddDevice": AddDevice, "Role": Role}) == step
