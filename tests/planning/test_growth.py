"""How effort grows: counted from the procedures, and equal to the arithmetic of the facts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from certlab.deployment import (
    InternalPKI,
    Inventory,
    Procedure,
    SelfSigned,
    ThirdPartyCA,
    read_inventory,
)
from certlab.errors import InvalidInput
from certlab.planning import Growth, estate_of_size, grow, plan_for
from certlab.planning.growth import linked_parts, resized
from certlab.views.curves import curve_picture, growth_view

DATA = Path(__file__).parents[2] / "notebooks" / "data"
MODELS = {"Self-signed": SelfSigned(), "Internal PKI": InternalPKI()}


@pytest.mark.parametrize(("servers", "first_dearer"), [(2, 6), (3, 2), (4, 1)])
def test_self_signed_becomes_dearer_at_the_number_of_devices_that_the_facts_give(
    servers: int, first_dearer: int
) -> None:
    growth = grow(MODELS, servers=servers, devices=range(1, 21))
    assert growth.crossings == (("Self-signed", "Internal PKI", first_dearer),)


def test_with_one_um_server_self_signed_never_costs_more_to_set_up() -> None:
    growth = grow(MODELS, servers=1, devices=range(1, 41))
    assert growth.crossings == (("Internal PKI", "Self-signed", 1),)


def test_the_counts_are_the_formulae() -> None:
    for servers in range(1, 6):
        growth = grow(MODELS, servers=servers, devices=range(1, 9))
        for devices in growth.sizes:
            machines = servers + devices
            imports = servers * (servers - 1) + 2 * servers * devices
            assert list(growth.frame.loc[devices]) == [machines + imports, 4 * machines + 1]


def test_the_curves_are_a_picture_with_words_and_a_table() -> None:
    growth = grow(MODELS, servers=2, devices=range(1, 13))
    svg = ElementTree.fromstring(curve_picture(growth))
    space = "{http://www.w3.org/2000/svg}"
    assert "Self-signed asks for more than Internal PKI from 6 devices on" in str(
        svg.findtext(f"{space}desc")
    )
    assert len(svg.findall(f"{space}path[@class='cl-curve cl-curve-0']")) == 1
    assert len(svg.findall(f"{space}circle")) == 1
    assert ">64<" in growth_view(growth)


def test_the_readers_own_estate_is_counted_and_marked() -> None:
    growth = grow(MODELS, servers=4, devices=[10, 30], yours=18)
    assert growth.sizes == (10, 18, 30)
    assert ">yours: 18<" in curve_picture(growth)
    assert "Yours, 18: Self-signed 178, Internal PKI 89." in growth_view(growth)
    for servers, devices in ((4, [10, 30]), (1, [0, 9])):
        assert "yours" not in curve_picture(grow(MODELS, servers=servers, devices=devices))


@pytest.mark.parametrize("name", ["region", "enterprise"])
def test_a_plan_marks_its_own_estate_with_the_steps_that_it_has(name: str) -> None:
    inventory = read_inventory(DATA / f"{name}.csv")
    plan = plan_for(inventory, at="2026-11-24")
    growth = plan.growth
    here = growth.sizes.index(growth.yours)
    for cost in plan.comparison.costs.values():
        assert growth.counts[cost.title][here] == cost.effort.operations.value
    assert growth.sizes[-1] > growth.yours
    assert "in your dial plans" in growth_view(growth)


def test_an_estate_that_shrinks_or_grows_keeps_its_dial_plans_in_proportion() -> None:
    inventory = read_inventory(DATA / "enterprise.csv")
    whole = len(linked_parts(inventory)[1])
    half, double = (
        Counter(plan for device in linked_parts(resized(inventory, size))[1]
                for plan in device.dial_plans)
        for size in (whole // 2, 2 * whole)
    )  # fmt: skip
    for plan, count in Counter(
        plan for device in linked_parts(inventory)[1] for plan in device.dial_plans
    ).items():
        assert abs(half[plan] - count / 2) <= 1
        assert abs(double[plan] - 2 * count) <= 1


def test_lines_that_lie_on_each_other_are_told_in_words() -> None:
    growth = grow({**MODELS, "Another PKI": InternalPKI("Another PKI")}, servers=2, devices=[1, 9])
    assert "Internal PKI and Another PKI ask for the same" in growth_view(growth)
    assert "ask for the same" not in growth_view(grow(MODELS, servers=2, devices=[1, 9]))


def test_the_um_servers_can_rise_beside_a_number_of_devices() -> None:
    growth = grow(MODELS, servers=range(1, 9), devices=3)
    for n, own, pki in zip(growth.sizes, *growth.counts.values(), strict=True):
        assert (own, pki) == (n + 3 + n * (n - 1) + 6 * n, 4 * (n + 3) + 1)
    assert growth.crossings == (("Self-signed", "Internal PKI", 3),)
    assert "from 3 servers on" in growth_view(growth)


def test_touches_a_year_grow_as_the_formulae_of_the_rules_of_that_day() -> None:
    models = {**MODELS, "Third party": ThirdPartyCA()}
    growth = grow(models, servers=4, devices=[8, 16], at="2026-03-15")
    assert [round(counts[1]) for counts in growth.counts.values()][:2] == [174, 65]
    later = grow(models, servers=4, devices=[8, 16], at="2029-03-15").counts["Third party"]
    assert round(later[1]) == 592 + 65  # and the private half, to call with
    assert "Touches a year, with 4 UM servers" in growth_view(growth)


def test_models_that_differ_at_first_and_not_at_last_are_not_called_the_same() -> None:
    growth = Growth(
        "steps to set up", "devices", 1, (1, 4), {"One": (9.0, 12.0), "Two": (3.0, 12.0)}
    )
    assert "at 4 devices no model asks for more." in growth_view(growth)


def test_what_asks_for_nothing_is_drawn_too() -> None:
    class Nothing:
        title = "Nothing"

        def procedure(self, inventory: Inventory) -> Procedure:
            return Procedure(self.title, ())

    growth = grow({"Nothing": Nothing()}, servers=1, devices=[1, 2])
    assert "Nothing: 0" in curve_picture(growth)


@pytest.mark.parametrize(
    ("servers", "devices"),
    [(0, [1, 2]), (1, [3]), (1, [3, 2]), (1, [2, 2]), (1, 2), ([1, 2], [1, 2]), ([0, 1], 1)],
)
def test_nothing_to_draw_is_said(servers: Any, devices: Any) -> None:
    with pytest.raises(InvalidInput, match="nothing to draw"):
        grow(MODELS, servers=servers, devices=devices)


def test_the_estate_for_counting_has_the_size_asked_for() -> None:
    assert len(estate_of_size(3, 7).links) == 3 + 3 * 7
