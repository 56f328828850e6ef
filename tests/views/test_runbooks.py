"""A runbook as a document: whole, in order, printable, and with every name as text."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import mistune
import pytest

from certlab.deployment import (
    Device,
    DialPlan,
    InternalPKI,
    Inventory,
    Role,
    SecurityMode,
    SelfSigned,
    begin,
    deploy,
    migrate,
    read_inventory,
)
from certlab.planning import ASSUMPTIONS, estate_of_size, runbook
from certlab.views import runbook_csv, runbook_html, runbook_markdown, runbook_view
from certlab.views.runbooks import _fenced

from .estates import lab_of, named
from .test_hostile_names import HOSTILE, RAW

REGION = Path(__file__).parents[2] / "notebooks" / "data" / "region.csv"
MARKDOWN = {
    "link": "[click](javascript:alert(1))",
    "bare address": "http://evil.example/ and www.evil.example",
    "picture": "![x](http://evil.example/x.png)",
    "fence": "```\n<script>alert(1)</script>\n```",
    "heading": "# gw1",
    "cell": "gw1 | gw2 |",
    "emphasis": "**gw1** __gw1__ `gw1`",
}


class Tags(HTMLParser):
    """The elements of a document and its text."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags, self.words = [], []
        self.feed(document)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return "".join(self.words)

    def count(self, name):
        return sum(tag == name for tag, _ in self.tags)


@pytest.fixture(scope="module")
def region():
    inventory = read_inventory(REGION)
    return runbook(begin(inventory, at="2026-11-24"), InternalPKI().procedure(inventory))


@pytest.fixture(scope="module")
def live():
    lab = deploy(read_inventory(REGION), SelfSigned(), at="2026-11-24", seed="runbook")
    return runbook(lab, migrate(lab, InternalPKI()).procedure)


def rows_of(book):
    return list(csv.DictReader(io.StringIO(runbook_csv(book).removeprefix("\ufeff"))))


def test_the_document_has_every_step_once_with_a_box_to_tick_and_its_command(region):
    page, markdown = Tags(runbook_html(region)), runbook_markdown(region)
    boxes = [at for tag, at in page.tags if tag == "input" and at["type"] == "checkbox"]
    assert len(boxes) == len(region) == markdown.count("- [ ] ")
    assert [box["aria-label"] for box in boxes[:2]] == ["Step 1 is done", "Step 2 is done"]
    for task in region:
        assert task.step.tell() in page.text
        assert all(line in page.text for line in task.command.splitlines())
        assert all(line in markdown for line in task.command.splitlines())


def test_every_job_says_how_to_see_that_it_worked_and_the_way_back(region):
    page, markdown = Tags(runbook_html(region)).text, runbook_markdown(region)
    for job in region.jobs:
        assert job.how.check in page
        assert job.how.back in page
    assert markdown.count("**How to see that it worked:**") == len(region.jobs)
    assert markdown.count("**The way back:**") == len(region.jobs)


def test_the_contents_lead_to_every_job(region):
    page = Tags(runbook_html(region))
    ids = {at["id"] for tag, at in page.tags if tag == "section"}
    links = {at["href"][1:] for tag, at in page.tags if tag == "a"}
    assert ids == links
    assert len(ids) == len(region.jobs)
    markdown = runbook_markdown(region)
    assert set(re.findall(r"\]\(#(.*?)\)", markdown)) == set(re.findall(r'id="(.*?)"', markdown))


def test_every_form_of_a_sheet_says_what_to_wait_for_before_the_job(live):
    said = "Wait until telephony has finished 3.2."
    sheet = live.for_team("Exchange")
    page, markdown, shown = (
        Tags(runbook_html(sheet)).text,
        runbook_markdown(sheet),
        Tags(runbook_view(sheet)).text,
    )
    for text in (page, markdown.replace("*", ""), shown):
        heading = text.rindex("4.1 ")
        assert heading < text.index(said) < text.index("How to see", heading)
    assert "Wait until telephony has finished 1.3 and 2.2, PKI 1.4, and directory 2.1." in page
    (wait,) = {row["wait"] for row in rows_of(sheet) if row["job"] == "job 4.1"}
    assert wait == said
    alone = Tags(runbook_html(live.for_device("gw1"))).text
    assert (
        "Wait until directory has finished 2.1, and telephony 2.2, for the whole estate." in alone
    )


def test_the_table_has_the_job_and_the_dial_plans_of_each_step(live):
    devices = live.deployment.inventory.devices
    rows = rows_of(live.for_team("Exchange"))
    assert {row["job"] for row in rows} == {"job 1.2", "job 3.1", "job 4.1"}, "no number, no day"
    for row in rows:
        assert row["dial plans"] == ";".join(devices[row["device"]].dial_plans)
        assert row["phase"] == row["job"][4]


def test_touches_are_told_as_touches_in_all_and_by_team_with_their_hours(live):
    book = replace(live, hours_per_touch=ASSUMPTIONS.figure("hours_per_touch"))
    for text in (Tags(runbook_html(book)).text, runbook_markdown(book), runbook_view(book)):
        work, shares = re.search(
            r"steps with (.*?) touches, which is .*? Touches by team: (.*?)\.", text
        ).groups()
        assert int(work) == sum(map(int, re.findall(r"\d+", shares))) == book.touches
        assert f"which is {book.touches / 2:.0f} h at 0.50 h a touch" in text
    assert "Where the hours come from" in runbook_view(book)
    assert " h at " not in runbook_markdown(live), "nobody said how long a touch takes"
    assert "Touches by team" not in runbook_markdown(book.for_team("PKI"))


def test_the_pilot_stands_before_the_contents_of_all_but_a_device(live):
    assert live.pilot is not None
    for book in (live, live.for_team("PKI")):
        page, markdown = Tags(runbook_html(book)).text, runbook_markdown(book)
        for line in live.pilot.words:
            assert line in Tags(runbook_view(book)).text
            assert page.index(line) < page.index("Contents", page.index("A pilot"))
            assert markdown.index(line) < markdown.index("## Contents")
    assert "pilot" not in runbook_html(live.for_device("gw1"))


def test_steps_stand_under_dial_plans_that_both_devices_are_in(live):
    devices = live.deployment.inventory.devices
    plans, seen = (), 0
    for line in runbook_markdown(live.for_team("Exchange")).splitlines():
        if line.startswith("#### "):
            named = re.match(r"#### (?:Dial plans? (.*)|No dial plan): \d+ steps?", line)[1] or ""
            plans = tuple(filter(None, named.split(" and ")))
        elif found := re.match(r"- \[ \] \*\*\d+\*\* (\S+) removes (\S+)’s", line):
            one, other = (devices[name].dial_plans for name in found.groups())
            assert set(plans) == set(one) & set(other) or (set(plans) == set(one) and not other)
            seen += 1
    assert seen > 40


def test_the_document_fetches_nothing_and_runs_nothing(region):
    page = Tags(runbook_html(region))
    assert page.count("script") == page.count("link") == page.count("img") == 0
    assert "@page" in runbook_html(region)
    assert any("default-src 'none'" in at.get("content", "") for _, at in page.tags)


def test_a_document_for_a_thousand_devices_is_parted_by_dial_plan_and_has_them_all():
    inventory = estate_of_size(4, 1000)
    book = runbook(begin(inventory, at="2026-11-24"), InternalPKI().procedure(inventory))
    page = Tags(runbook_html(book))
    assert page.count("input") == len(book) > 4000
    assert page.count("section") == len(book.jobs) < 12
    assert "Dial plan plan: 1,000 steps" in page.text
    assert len(runbook_view(book)) < 60_000, "a cell shows the beginning of each job"


@pytest.mark.parametrize("name", [*HOSTILE.values(), *MARKDOWN.values()])
def test_a_hostile_name_is_text_in_the_document_and_in_markdown(name):
    lab = lab_of(named("um1", name, "gw2"), phases=0)
    for model in (SelfSigned(), InternalPKI()):
        book = runbook(lab, model.procedure(lab.inventory))
        plain = runbook(
            lab_of(named("um1", "harmless", "gw2"), phases=0),
            model.procedure(named("um1", "harmless", "gw2")),
        )
        for document, other in (
            (runbook_html(book), runbook_html(plain)),
            (_rendered(book), _rendered(plain)),
        ):
            assert not any(raw in document for raw in RAW)
            seen, expected = Tags(document), Tags(other)
            assert [tag for tag, _ in seen.tags] == [tag for tag, _ in expected.tags]
            assert all(at.get("href", "#").startswith("#") for tag, at in seen.tags if tag == "a")


@pytest.mark.parametrize("name", [*HOSTILE.values(), *MARKDOWN.values()])
def test_a_hostile_dial_plan_is_text_in_the_pilot(name):
    def told(name):
        plans = {"um1": (name, "b"), "gw1": (name,), "um2": ("b", "c"), "gw2": ("c",)}
        devices = [
            Device(
                device,
                f"{device}.office.example",
                Role.UM_SERVER if device.startswith("um") else Role.GATEWAY,
                inside,
            )
            for device, inside in plans.items()
        ]
        modes = [DialPlan(plan, SecurityMode.SIP_SECURED) for plan in (name, "b", "c")]
        inventory = Inventory.of(devices, modes)
        book = runbook(begin(inventory, at="2026-11-24"), InternalPKI().procedure(inventory))
        assert book.pilot.plan == name
        return runbook_html(book), _rendered(book), runbook_view(book)

    for document, other in zip(told(name), told("harmless"), strict=True):
        assert not any(raw in document for raw in RAW)
        assert [tag for tag, _ in Tags(document).tags] == [tag for tag, _ in Tags(other).tags]


def test_no_cell_of_the_table_becomes_a_formula():
    formulas = ("=1+1", " =1+1", "\uff1d1+1", "|calc", "\n@SUM(A1)", "-cmd")
    lab = lab_of(named("um1", *formulas), phases=0)
    book = runbook(lab, InternalPKI().procedure(lab.inventory))
    rows = rows_of(book)
    assert len(rows) == len(book)
    assert {row["device"] for row in rows} >= {"um1", *(f"'{formula}" for formula in formulas)}
    first = {value.lstrip()[:1] for row in rows for value in row.values()}
    assert not first & set("=+-@|%\uff1d")
    assert any("\n" in row["command"] for row in rows), "a command keeps its lines"


def test_no_command_closes_its_own_fence():
    lines = _fenced("one\n````\ntwo", "")
    assert lines[0] == "`````text"
    assert lines[-1] == "`````"


def _rendered(book):
    markdown = mistune.create_markdown(escape=False, plugins=["table", "task_lists", "url"])
    return markdown(runbook_markdown(book))
