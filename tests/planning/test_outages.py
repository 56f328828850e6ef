"""What fails when: judged at few moments, and the same as if every moment had been judged."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certlab.deployment import (
    Deployment,
    Device,
    DialPlan,
    GenerateSelfSigned,
    InternalPKI,
    Inventory,
    PublishCRL,
    Renew,
    Revoke,
    Role,
    SecurityMode,
    SelfSigned,
    ThirdPartyCA,
    TrustModel,
    begin,
    deploy,
    read_inventory,
    trust_matrix,
)
from certlab.errors import InvalidInput, StepRefused
from certlab.planning import outages, status_on
from certlab.planning.ics import fold, text
from certlab.training import FAULTS

DATA = Path(__file__).parents[2] / "notebooks" / "data"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@pytest.fixture(scope="module")
def office() -> Inventory:
    return read_inventory(DATA / "small-office.csv")


def staggered(inventory: Inventory, model: TrustModel) -> Deployment:
    """An estate in which every third device was renewed on a day of its own, and one revoked."""
    lab = deploy(inventory, model, at=NOW, seed="outages")
    for device in list(inventory.devices)[::3]:
        lab = lab.moved_to(lab.at + timedelta(days=9, hours=5))
        shown = lab.presented_by(device)[0]
        issuer, old = lab.issuer_of(shown.certificate), shown.certificate.fingerprint
        lab = lab.run(
            Renew(device, issuer.name, shown.purpose, instead_of=old) if issuer
            else GenerateSelfSigned(device, instead_of=old)
        )  # fmt: skip
        if issuer and device.endswith("1"):
            lab = lab.run(Revoke(issuer.name, device))
    return lab


@pytest.mark.parametrize(
    "model",
    [SelfSigned(), InternalPKI(), InternalPKI(tiers=1, crl_days=30), ThirdPartyCA(split=True)],
    ids=["self-signed", "two tiers", "one tier", "split pair"],
)
def test_the_calendar_agrees_with_a_judgement_of_each_moment_alone(model: TrustModel) -> None:
    lab = staggered(read_inventory(DATA / "region.csv"), model)
    calendar = outages(lab)
    dice = random.Random(7)
    seconds = int((calendar.until - lab.at).total_seconds())
    moments = [lab.at + timedelta(seconds=dice.randrange(seconds)) for _ in range(12)]
    moments += [at for event in calendar.events for at in (event.at - SECOND, event.at)]
    for at in moments[:60]:
        told, judged = calendar.matrix_on(at), status_on(lab, at)
        assert {pair: (cell.state, cell.short) for pair, cell in told} == {
            pair: (cell.state, cell.short) for pair, cell in judged
        }, at
        assert (
            told.link_counts()[2]
            == calendar.steps[max(n for n, (since, _) in enumerate(calendar.steps) if since <= at)][
                1
            ]
        )


@pytest.mark.parametrize("model", [SelfSigned(), InternalPKI()], ids=["self-signed", "two tiers"])
def test_it_agrees_for_a_lab_with_any_fault_in_it_too(office: Inventory, model: TrustModel) -> None:
    lab, dice, tried = deploy(office, model, at=NOW, seed="outages"), random.Random(3), 0
    for fault in FAULTS.values():
        try:
            hurt = fault.apply(lab, "um1", "gw1").moved_to(NOW + DAY)
        except StepRefused:
            continue
        calendar, tried = outages(hurt), tried + 1
        for at in (NOW + DAY * dice.randrange(1, 1500) for _ in range(4)):
            assert calendar.matrix_on(at).refused == status_on(hurt, at).refused, fault.key
    assert tried > 5


def test_an_event_says_what_is_refused_from_then_on_and_why(office: Inventory) -> None:
    lab = deploy(office, SelfSigned(), at=NOW, seed="outages").moved_to(NOW + 100 * DAY)
    old = lab.certificate_of("gw1")
    assert old is not None
    lab = lab.run(GenerateSelfSigned("gw1", instead_of=old.fingerprint))
    calendar = outages(lab)
    as_cas = outages(deploy(office, SelfSigned(ca=True), at=NOW, seed="outages")).events
    assert [event.title for event in as_cas] == ["4 certificates expire: um1, gw1, gw2, pbx1"]
    event = calendar.next
    assert event is not None
    assert event.at == NOW + 365 * DAY + SECOND, "the last second still counts"
    assert event.title == "3 certificates expire: um1, gw2, pbx1"
    assert trust_matrix(lab.moved_to(event.at - SECOND)).cell("gw1", "um1").short == "trusted"
    assert trust_matrix(lab.moved_to(event.at)).cell("gw1", "um1").short == "expired"
    assert calendar.after(event.at) is None, "um1 never imported the new certificate of gw1"


def test_a_list_that_nobody_refreshes_takes_every_link_down_though_all_certificates_are_good(
    office: Inventory,
) -> None:
    lab = deploy(office, InternalPKI(lifetime_days=730), at=NOW, seed="outages")
    event = outages(lab).next
    assert event is not None
    assert "revocation list" in event.title
    assert "is not refreshed" in event.title
    assert event.at == NOW + 365 * DAY + SECOND
    assert len(event.broken) == 6
    assert event.working == 0
    refreshed = lab.moved_to(NOW + 300 * DAY).run(PublishCRL("Lab PKI root", instead_of=1))
    after = outages(refreshed).next
    assert after is not None
    assert after.at == NOW + 665 * DAY + SECOND


def test_a_certificate_that_is_not_valid_yet_is_accepted_from_its_day_on(office: Inventory) -> None:
    lab = deploy(office, SelfSigned(), at=NOW, seed="outages").moved_to(NOW - 10 * DAY)
    first = outages(lab).events[0]
    assert first.at == NOW
    assert first.working == first.total == 3
    assert "accepted" in first.title


def test_a_dead_estate_and_an_empty_one_have_no_events(office: Inventory) -> None:
    nothing = begin(office, at=NOW)
    assert outages(nothing).events == ()
    assert outages(nothing).working_on(NOW.date()) == 0
    assert outages(begin(Inventory.of([], []), at=NOW)).next is None
    with pytest.raises(InvalidInput, match="no time in between"):
        outages(nothing, until=NOW)
    with pytest.raises(InvalidInput, match="does not reach"):
        outages(nothing).matrix_on(NOW - DAY)


# --- the calendar file (RFC 5545) ----------------------------------------------------------------


def unfolded(file: str) -> list[str]:
    """The content lines of an iCalendar file, by the letter of RFC 5545 section 3.1."""
    assert file.endswith("\r\n")
    for line in file.split("\r\n"):
        assert len(line.encode()) <= 75
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", line), "a control character"
    return file.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def test_the_file_is_a_calendar_with_an_event_and_a_reminder_for_each_outage(
    office: Inventory,
) -> None:
    calendar = outages(staggered(office, InternalPKI()))
    lines = unfolded(calendar.ics(remind_days=14))
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert lines[-1] == "END:VCALENDAR"
    count = len(calendar.outages) + len(calendar.lists_by_hand)
    assert lines.count("BEGIN:VEVENT") == count > 2
    assert lines.count("TRIGGER:-P14D") == count
    stamps = [line for line in lines if line.startswith(("DTSTAMP:", "DTSTART:"))]
    assert all(re.fullmatch(r"DT\w+:\d{8}T\d{6}Z", line) for line in stamps)
    assert len({line for line in lines if line.startswith("UID:")}) == count
    assert f"DTSTART:{calendar.outages[0].at:%Y%m%dT%H%M%SZ}" in stamps
    assert calendar.ics() == calendar.ics()


def test_the_list_that_an_offline_root_must_publish_is_named_and_in_the_calendar_file(office):
    calendar = outages(deploy(office, InternalPKI(), at=NOW, seed="list"))
    ((name, ends),) = calendar.lists_by_hand
    assert (name, ends) == ("Lab PKI root", calendar.start + timedelta(days=365))
    assert f"Somebody must publish the CRL of {name} by" in calendar.taken_for_granted
    lines = unfolded(calendar.ics())
    assert "SUMMARY:The revocation list of Lab PKI root ends: publish the next one" in lines
    assert f"DTSTART:{ends:%Y%m%dT%H%M%SZ}" in lines
    assert outages(deploy(office, InternalPKI(tiers=1), at=NOW)).lists_by_hand == ()


def test_a_hostile_name_stays_inside_its_line() -> None:
    plan = DialPlan("p", SecurityMode.SECURED)
    name = "gw\r\nEND:VCALENDAR\r\nX:;,\\\u202e\U0001f512" + "é" * 60
    inventory = Inventory.of(
        [Device("um1", "um1.a.example", Role.UM_SERVER, ("p",)),
         Device(name, "gw.a.example", Role.GATEWAY, ("p",))],
        [plan],
    )  # fmt: skip
    lines = unfolded(outages(deploy(inventory, SelfSigned(), at=NOW, seed="x")).ics())
    assert lines.count("END:VCALENDAR") == 1
    assert lines.count("BEGIN:VEVENT") == 1
    (summary,) = (line for line in lines if line.startswith("SUMMARY:"))
    assert "X:\\;\\,\\\\" in summary
    assert "\u202e" not in summary


def test_lines_are_folded_between_characters_and_text_is_escaped() -> None:
    for line in ("x" * 300, "é" * 200, "\U0001f512" * 90, ""):
        folded = fold(line)
        assert folded.replace("\r\n ", "") == line
        assert all(len(part.encode()) <= 75 for part in folded.split("\r\n"))
    assert text("a;b,c\\d", "", "e\nf") == "a\\;b\\,c\\\\d\\ne\N{REPLACEMENT CHARACTER}f"


def test_where_nothing_fails_there_is_no_calendar_file(office: Inventory) -> None:
    nothing = outages(begin(office, at=NOW))
    assert nothing.outages == ()
    with pytest.raises(InvalidInput, match="nothing for a calendar"):
        nothing.ics()


def test_a_reminder_is_not_after_the_event(office: Inventory) -> None:
    with pytest.raises(InvalidInput, match="reminder"):
        outages(begin(office, at=NOW)).ics(remind_days=-1)


def test_the_spans_of_two_devices_without_a_link_are_refused_in_words(office: Inventory) -> None:
    calendar = outages(deploy(office, SelfSigned(), at=NOW))
    ((began, ways, _), (_, *after)) = calendar.spans("gw1", "um1")
    assert (began, ways, *after) == (NOW, 2, 0, "expired")
    with pytest.raises(InvalidInput, match="gw1, gw2: these two have no link"):
        calendar.spans("gw1", "gw2")
