"""Pictures of time: what they say in words is what was judged, for few devices and for many."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from certlab.deployment import (
    Deployment,
    Device,
    DialPlan,
    InternalPKI,
    Inventory,
    Role,
    SecurityMode,
    SelfSigned,
    ThirdPartyCA,
    begin,
    deploy,
    read_inventory,
)
from certlab.planning import (
    compromise,
    due,
    effort,
    estate_of_size,
    forecast,
    outages,
    renewal,
    withdraw,
)
from certlab.views import (
    due_view,
    forecast_view,
    impact_view,
    link_chart,
    outages_view,
    validity_chart,
    year_grid,
)
from certlab.views.lifecycle import day_legend
from certlab.views.years import link_rows

DATA = Path(__file__).parents[2] / "notebooks" / "data"
OFFICE = read_inventory(DATA / "small-office.csv")


@pytest.fixture(scope="module")
def lab() -> Deployment:
    lab = deploy(OFFICE, SelfSigned(), at="2026-11-24", seed="views").moved_to("2027-03-01")
    return lab.run(renewal(lab, "gw1", "new key").procedure)


def titles(markup: str) -> list[str]:
    return re.findall(r"<title>(.*?)</title>", markup)


def test_each_day_of_the_grid_says_what_validation_says_at_its_end(lab: Deployment) -> None:
    calendar = outages(lab)
    squares = titles(year_grid(calendar, date(2027, 3, 1)))[1:]
    assert len(squares) == 366, "twelve months, and 2028 has a 29 February"
    assert squares[0] == "2027-03-01: 3 of 3 links work both ways"
    assert "2027-11-23: 3 of 3 links work both ways" in squares
    (event,) = (said for said in squares if said.startswith("2027-11-24"))
    assert event == (
        "2027-11-24: 0 of 3 links work both ways. 3 certificates expire: um1, gw2, pbx1"
    )


def test_the_links_are_lines_that_break_where_they_are_refused(lab: Deployment) -> None:
    said = titles(link_chart(outages(lab)))
    assert "um1 – gw1, from 2027-03-01: works both ways" in said
    assert "um1 – gw2, from 2027-11-24: expired" in said


def test_the_bars_of_validity_end_when_the_certificates_do(lab: Deployment) -> None:
    said = titles(validity_chart(lab))
    assert "gw1: from 2027-03-01 until 2028-02-29" in said
    assert "um1: from 2026-11-24 until 2027-11-24" in said
    pki = deploy(OFFICE, InternalPKI(), at="2026-11-24", seed="views")
    assert "List of Lab PKI root: from 2026-11-24 until 2027-11-24" in titles(validity_chart(pki))
    assert "Nothing has been issued yet" in validity_chart(begin(OFFICE, at="2026-11-24"))


def test_a_bar_that_goes_on_after_the_axis_ends_in_an_arrow_and_its_day() -> None:
    pki = deploy(OFFICE, InternalPKI(), at="2026-11-24", seed="views")
    drawn = validity_chart(pki)
    later = {f"{a.certificate.not_after:%Y-%m-%d}" for a in pki.authorities.values()}
    assert set(re.findall(r"</?path[^>]*Z[^>]*/><text[^>]*>([^<]+)", drawn)) == later


def test_a_forecast_says_what_its_bars_and_rings_are_on_an_axis_with_numbers() -> None:
    found = forecast(OFFICE, SelfSigned(), at="2026-11-24")
    view = forecast_view(found)
    for said in ("outages a year", "8 of 10 runs", "the middle run", "middle of year 1"):
        assert f">{said}<" in view
    assert ">0</text>" in view
    assert "p90" not in view.split("Where the numbers come from")[0]


def test_over_thirty_devices_are_shown_in_groups() -> None:
    big = deploy(read_inventory(DATA / "enterprise.csv"), ThirdPartyCA(split=True),
                 at="2026-11-24", seed="views")  # fmt: skip
    calendar, items = outages(big), due(big, 400)
    plans = len(big.inventory.dial_plans)
    assert link_chart(calendar).count("<title>") < 4 * plans
    assert validity_chart(big).count("cl-bar") < 4 * plans
    assert due_view(items).count("<tr>") < 40
    assert "0 of 126 links work both ways" in outages_view(calendar)


def test_a_group_of_links_has_at_each_moment_as_many_as_are_judged_then() -> None:
    big = estate_of_size(2, 32)
    lab = deploy(big, SelfSigned(), at="2026-11-24", seed="views")
    for name in ("gw1", "gw6", "gw11", "um1", "um2"):
        lab = lab.moved_to(lab.at + timedelta(days=3))
        lab = lab.run(renewal(lab, name, "new key").procedure)
    calendar = outages(lab)
    (row,) = link_rows(calendar).values()
    assert len(row) > 4
    for at, _, said in row:
        works = calendar.matrix_on(at).link_counts()[2]
        assert said == f"{works} of {len(big.links)} links work both ways"


def test_every_picture_has_a_table_beside_it(lab: Deployment) -> None:
    for view, heads in ((outages_view(outages(lab)), 2), (due_view(due(lab, 400)), 2)):
        assert view.count("<table") >= heads
        assert "<desc>" in view
    assert forecast_view(forecast(OFFICE, SelfSigned(), at="2026-11-24")).count("<table") == 1


def test_an_impact_tells_what_breaks_who_learns_of_it_and_the_order_in_which_nothing_does() -> None:
    pki = deploy(OFFICE, InternalPKI(), at="2026-11-24", seed="views").moved_to("2027-01-01")
    told = impact_view(compromise(pki, "Lab PKI"))
    assert "um1 refuses gw1, um1 refuses gw2" in told
    assert "reason cACompromise" in told
    assert "the last list of Lab PKI root without it ends" in told
    assert "Stores to touch" not in told
    own = deploy(OFFICE, SelfSigned(), at="2026-11-24", seed="views")
    assert "in an order in which no link stops" in impact_view(renewal(own, "um1", "new key"))
    assert "Stores to touch: gw1, gw2 and pbx1" in impact_view(withdraw(own, "um1"))


def test_an_estate_without_links_and_one_without_outages_are_told_so(lab: Deployment) -> None:
    empty = begin(Inventory.of([], []), at="2026-11-24")
    assert "No link needs mutual TLS" in outages_view(outages(empty))
    assert "Nothing comes due" in due_view(due(empty, 10))
    soon = outages_view(outages(lab, lab.at + timedelta(days=10)))
    assert "Nothing that works now stops working" in soon


def test_a_hostile_name_is_shown_and_never_markup() -> None:
    name = '<img src=x onerror="alert(1)">'
    inventory = Inventory.of(
        [Device("um1", "um1.a.example", Role.UM_SERVER, ("p",)),
         Device(name, "gw.a.example", Role.GATEWAY, ("p",))],
        [DialPlan("p", SecurityMode.SECURED)],
    )  # fmt: skip
    lab = deploy(inventory, SelfSigned(), at="2026-11-24", seed="views")
    for view in (outages_view(outages(lab)), due_view(due(lab, 400)),
                 impact_view(renewal(lab, name, "new key"))):  # fmt: skip
        assert "<img" not in view
        assert "&lt;img" in view


def test_what_is_taken_for_granted_of_revocation_lists_is_said_where_outages_are() -> None:
    own = outages(deploy(OFFICE, InternalPKI(), at="2026-11-24", seed="granted"))
    said = "Somebody must publish the CRL of Lab PKI root by 2027-11-24."
    assert own.taken_for_granted == f"Lab PKI is taken to publish CRLs on schedule. {said}"
    assert own.taken_for_granted in outages_view(own)
    assert not outages(deploy(OFFICE, SelfSigned(), at="2026-11-24")).taken_for_granted


def test_the_moment_after_the_end_reads_as_another(lab: Deployment) -> None:
    event = outages(lab).next
    assert event is not None
    assert event.finding is not None
    ends, asked = re.findall(r"\d\d:\d\d:\d\d", event.finding.words)
    assert ends != asked


def test_renewing_ahead_of_time_says_why_it_takes_more_log_ons_than_a_round() -> None:
    region = read_inventory(DATA / "region.csv")
    found = due(deploy(region, SelfSigned(), at="2026-11-24", seed="due"), 400)
    one_round = effort(region, SelfSigned(), at="2026-11-24").parts[0].round.value
    assert found.procedure.touches == one_round + len(region)
    shown = due_view(found)
    assert "one more for each device than a round counts" in shown
    assert "steps more" not in shown, "every step is named"


def test_the_legend_of_the_days_names_the_signs_that_the_squares_bear(lab: Deployment) -> None:
    mended = lab.run(renewal(lab, "um1", "new key").procedure)
    for calendar in (outages(lab), outages(mended)):
        grid = year_grid(calendar, date(2027, 3, 1))
        drawn = set(re.findall(r'class="cl-sign ([\w-]+)"', grid))
        assert drawn <= set(re.findall(r'class="(cl-\w+) cl-bold"', day_legend()))
        assert "cl-ok" not in drawn
