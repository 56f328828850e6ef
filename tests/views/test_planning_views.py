"""The views of planning: every number told in words and in a table, and each with its origin."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from certlab.deployment import Device, DialPlan, Inventory, Role, SecurityMode, read_inventory
from certlab.planning import (
    ASSUMPTIONS,
    MODELS,
    advise,
    compare,
    cost,
    effort,
    fact_timeline,
)
from certlab.planning.cost import ITEMS
from certlab.views import (
    advice_view,
    assumptions_table,
    comparison_view,
    cost_picture,
    cost_view,
    effort_view,
    figure_view,
    sensitivity_view,
    timeline_picture,
    timeline_view,
    tornado_picture,
)
from certlab.views.text import width

AT = "2026-11-24"
DATA = Path(__file__).parents[2] / "notebooks" / "data"
REGION = read_inventory(DATA / "region.csv")
SVG = "{http://www.w3.org/2000/svg}"


def whole(markup: str) -> ElementTree.Element:
    """The markup as a tree: it is well formed, or this fails."""
    return ElementTree.fromstring(f"<div>{markup}</div>")


def said(markup: str) -> str:
    return re.sub(r"<[^>]+>", " ", markup)


def test_columns_are_as_tall_as_their_money_and_each_names_itself() -> None:
    costs = compare(REGION, at=AT).costs
    drawn = ElementTree.fromstring(cost_picture({found.title: found for found in costs.values()}))
    bars = {
        title.text: float(part[1].get("height", 0))
        for part in drawn.iter(f"{SVG}g")
        if len(part) > 1 and (title := part[0]).tag == f"{SVG}title"
    }
    assert bars
    scale = set()
    for found in costs.values():
        for name in ITEMS:
            for figure in found.items[name]:
                key = f"{found.title}, {figure.name}: {figure.text}"
                if key in bars:
                    scale.add(round(bars[key] / figure.value, 3))
    assert len(scale) == 1
    columns: dict[str, list[tuple[float, float]]] = {}
    for bar in drawn.iter(f"{SVG}rect"):
        if bar.get("rx") is None:  # the legend has round corners
            place = float(bar.get("y", 0)), float(bar.get("height", 0))
            columns.setdefault(bar.get("x", ""), []).append(place)
    assert len(columns) == 15
    for parts in columns.values():
        for (above, _), (y, height) in pairwise(parts):
            assert y + height == pytest.approx(above, abs=0.2)
    assert all(found.total.text in str(drawn.findtext(f"{SVG}desc")) for found in costs.values())


def test_what_a_column_costs_is_written_whole_and_inside_the_picture() -> None:
    enterprise = read_inventory(DATA / "enterprise.csv")
    dear = ASSUMPTIONS.changed(rate=150)
    costs = compare(enterprise, at=AT, assumptions=dear).costs
    drawn = ElementTree.fromstring(cost_picture(costs))
    placed = {line.text: float(line.get("x", 0)) for line in drawn.iter(f"{SVG}text")}
    wide, before = float(drawn.get("width", 0)), 0.0
    for found in costs.values():
        for said in (found.title, found.total.text):
            assert before <= placed[said]
            assert placed[said] + width(said, 13) <= wide
        before = placed[found.total.text] + width(found.total.text, 13)


def test_the_table_of_a_cost_has_every_number_of_the_picture() -> None:
    found = cost(REGION, MODELS["third-party"], at=AT)
    cells = [cell.text for cell in whole(cost_view(found)).iter("td")]
    for row in found.items.values():
        for figure in row:
            assert f"{figure.value:,.0f}" in cells
    assert f"{found.total.value:,.0f}" in cells


def test_a_comparison_says_which_costs_least_and_why_another_may_be_chosen() -> None:
    found = compare(REGION, at=AT)
    text = said(comparison_view(found))
    assert "Self-signed costs least" in text
    assert "Internal PKI costs nearly as little and asks for fewer touches" in text
    crossing = compare(REGION, at=AT, assumptions=ASSUMPTIONS.changed(rate=120))
    assert "Self-signed is cheaper at first; Internal PKI is from" in said(
        comparison_view(crossing)
    )
    for figure in (found.efforts["internal"].one_off, found.touches["third-party"]):
        assert f" {figure.value:,.0f} " in text


def test_a_third_party_that_cannot_be_is_not_called_cheapest():
    names = (Device(d.name, f"{d.name}.corp.local", d.role, d.dial_plans) for d in REGION)
    inventory = Inventory.of(names, REGION.dial_plans.values())
    found = compare(inventory, at="2025-06-01", years=1, assumptions=ASSUMPTIONS.changed(rate=150))
    text = said(comparison_view(found))
    assert "Self-signed costs least" in text
    assert "Third party cannot be: no public CA may certify the names of um1, um2" in text


def test_the_tornado_reaches_from_the_low_to_the_high_cost_of_each_assumption() -> None:
    found = compare(REGION, at=AT)
    swings, now = found.sensitivity(), found.costs[found.choice].total.value
    drawn = ElementTree.fromstring(tornado_picture(swings, now))
    widths = [
        float(bar.get("width", 0)) for bar in drawn.iter(f"{SVG}rect") if bar.get("rx") is None
    ]  # the key has round corners
    scale = {
        round(width / abs(figure.value - now), 3)
        for width, figure in zip(widths, (f for s in swings[:8] for f in (s.low, s.high)),
                                 strict=True) if abs(figure.value - now) > 1000
    }  # fmt: skip
    assert len(scale) == 1
    text = said(sensitivity_view(found))
    assert "cheaper than now" in text
    assert "dearer than now" in text
    for flip in found.flips():
        assert flip.sentence in text


def test_advice_shows_each_reason_with_its_origin_and_the_facts() -> None:
    advice = advise(REGION, at=AT)
    markup = advice_view(advice)
    whole(markup)
    text = said(markup)
    for reason in (*advice.reasons, *advice.against, *advice.also, *advice.others.values()):
        assert reason.words in text
    assert "Low confidence" in text
    assert "Chrome Root Program Policy 1.8" in text
    with_figure = [r for r in (*advice.reasons, *advice.against, *advice.also,
                               *advice.others.values()) if r.figure or r.facts]  # fmt: skip
    assert text.count("Where this comes from") == len(with_figure)


def test_a_figure_unfolds_to_its_formula_and_sources() -> None:
    figure = effort(REGION, MODELS["third-party"], at=AT).touches[4]
    markup = figure_view(figure)
    tree = whole(markup)
    details = tree.find(".//details")
    assert details is not None
    assert details.get("open") is None
    lines = [line.text for line in tree.iter("div") if line.get("style")]
    assert lines == [line.strip() for line in figure.explain()]


def test_effort_tells_kinds_teams_and_devices_of_a_large_estate_in_part() -> None:
    found = effort(read_inventory(DATA / "enterprise.csv"), MODELS["internal"], at=AT)
    text = said(effort_view(found))
    assert "vet and issue" in text
    assert "telephony" in text
    assert f"and {len(found.by_device) - 200:,} more" in text


def test_the_table_of_assumptions_marks_what_was_changed_and_tells_the_cell() -> None:
    assert "All values are illustrative" in said(assumptions_table(ASSUMPTIONS))
    text = said(assumptions_table(ASSUMPTIONS.changed(rate=80)))
    assert "1 value is yours" in text
    assert "(was 75)" in text
    assert "ASSUMPTIONS.changed(rate=80)" in text
    for row in ASSUMPTIONS.values():
        assert row.words in text
        assert row.id in text


def test_the_time_line_draws_each_fact_at_its_date() -> None:
    line = fact_timeline("2026-01-01", "2030-01-01")
    drawn = ElementTree.fromstring(timeline_picture(line))
    dots = [float(dot.get("cx", 0)) for dot in drawn.iter(f"{SVG}circle")]
    days = [(fact.effective - line.start).days for fact in line.facts if fact.effective]
    assert len(dots) == len(days)
    first, last = dots[0], dots[-1]
    for dot, day in zip(dots, days, strict=True):
        assert dot == pytest.approx(
            first + (last - first) * (day - days[0]) / (days[-1] - days[0]), abs=0.2
        )
    years = [float(line.get("d", "")[1:].split()[0]) for line in drawn.iter(f"{SVG}path")]
    for fact, dot in zip(line.facts, dots, strict=True):
        year = fact.effective.year - 2026 if fact.effective else 0
        assert years[year] <= dot
        assert year + 1 >= len(years) or dot < years[year + 1]
    bars = [float(bar.get("width", 0)) for bar in drawn.iter(f"{SVG}rect")]
    wide = float(drawn.get("width", 0))
    ends = [float(bar.get("x", 0)) + float(bar.get("width", 0)) for bar in drawn.iter(f"{SVG}rect")]
    assert wide - 64 < max(ends) <= wide
    hundred = [fact.id for fact in line.facts].index("public-validity-100")
    assert bars[hundred] < bars[hundred + 2]  # until 47 days take its place
    text = said(timeline_view(line))
    assert "read in a secondary source" in text
    assert all(fact.source.replace("'", "&#x27;") in text for fact in line.facts)


def test_hostile_names_are_text_in_the_views_of_planning() -> None:
    name = '<script>alert(1)</script>"\u202e'
    devices = [Device("um1", "um1.example", Role.UM_SERVER, ("p",)),
               Device(name, "gw.example", Role.GATEWAY, ("p",))]  # fmt: skip
    inventory = Inventory.of(devices, [DialPlan("p", SecurityMode.SECURED)])
    markup = effort_view(effort(inventory, MODELS["internal"], at=AT))
    whole(markup)
    assert "<script" not in markup
    assert "\u202e" not in markup
    assert "&lt;script" in markup
