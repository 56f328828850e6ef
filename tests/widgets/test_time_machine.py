"""The time machine without a page: days, events, play, and what it shows."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import pytest

from certlab.deployment import (
    Deployment,
    SelfSigned,
    begin,
    deploy,
    moment,
    read_inventory,
    trust_matrix,
)
from certlab.planning import renewal
from certlab.widgets import TimeMachine, time_machine

OFFICE = read_inventory(Path(__file__).parents[2] / "notebooks" / "data" / "small-office.csv")


@pytest.fixture
def lab() -> Deployment:
    """An office in which gw1 was renewed, with its import at um1, three months after the others."""
    lab = deploy(OFFICE, SelfSigned(), at="2026-11-24", seed="time").moved_to("2027-03-01")
    return lab.run(renewal(lab, "gw1", "new key").procedure)


def test_a_day_stands_for_its_end_and_the_deployment_follows(lab: Deployment) -> None:
    machine = time_machine(lab)
    machine.fill("day", "2027-11-23")
    assert machine.deployment.at == moment("2027-11-23T23:59:59+00:00")
    assert trust_matrix(machine.deployment).all_accepted
    machine.fill("day", "2027-11-24")
    assert "2027-11-24: 1 of 3 links works one way only, 2 not at all" in machine.parts["now"]
    assert "expired on 2027-11-24" in machine.parts["now"]
    assert "✗ expired" in machine.parts["matrix"].replace("</span>", "")
    assert machine.matrix.refused == trust_matrix(machine.deployment).refused


def test_events_are_stepped_through_and_the_code_shows_the_same_day(lab: Deployment) -> None:
    machine = time_machine(lab)
    machine.press("do:next")
    machine.press("do:next")
    assert machine.status == "2028-02-29: None of the 3 links works."
    shown = eval(machine.code.splitlines()[1], {"lab": lab, "trust_matrix": trust_matrix})
    assert shown.refused == machine.matrix.refused
    assert machine.next() is False
    machine.press("do:back")
    assert machine.at.date() == moment("2027-11-24").date()
    machine.press("day:2027-05-05")
    assert machine.at.date() == moment("2027-05-05").date()
    machine.press("do:start")
    assert machine.at == lab.at
    assert machine.code == "outages(lab)\ntrust_matrix(lab)"


def test_it_plays_event_after_event_to_the_last_and_can_be_stopped(lab: Deployment) -> None:
    machine = TimeMachine(lab, pace=0)
    machine.play()
    machine.wait(20)
    assert machine.status.startswith("2028-02-29")
    assert not machine.playing
    slow = TimeMachine(lab, pace=60)
    slow.play()
    assert slow.playing
    slow.pause()
    assert not slow.playing
    assert slow.at == slow.calendar.events[0].at, "one event was shown"


def test_out_of_reach_is_as_far_as_it_goes_and_half_a_date_is_no_error(lab: Deployment) -> None:
    machine = time_machine(lab, until="2028-01-01")
    machine.fill("day", "1999-01-01")
    assert machine.at == lab.at
    machine.fill("day", "2099-01-01")
    assert machine.at == machine.calendar.until
    machine.fill("day", "2027-13")
    assert machine.status == "That is no day yet."
    machine.fill("something", "else")


def test_the_file_to_download_is_the_calendar(lab: Deployment) -> None:
    machine = time_machine(lab)
    data = machine.parts["file"].partition("base64,")[2].partition('"')[0]
    assert b64decode(data).decode() == machine.calendar.ics()
    assert 'download="outages.ics"' in machine.parts["file"]


def test_where_nothing_fails_it_says_so_in_place_of_a_download(lab: Deployment) -> None:
    machine = time_machine(begin(lab.inventory, at=lab.at))
    assert "nothing to put into a calendar" in machine.parts["file"]
    assert "download" not in machine.parts["file"]


def test_a_link_is_selected_and_its_reason_told(lab: Deployment) -> None:
    machine = time_machine(lab)
    machine.go("2027-12-01")
    machine.press("pair:gw1:um1")
    assert machine.status == "gw1 refuses um1: expired"
    assert "expired on 2027-11-24" in machine.parts["map"]
    machine.press("pair:gw1:nobody")
    machine.press("device:gw1")
    assert machine.status == "gw1"
