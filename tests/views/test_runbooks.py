"""A runbook as a document: whole, in order, printable, and with every name as text."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import mistune
import pytest

from certlab.deployment import InternalPKI, SelfSigned, begin, read_inventory
from certlab.planning import estate_of_size, runbook
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


def test_no_cell_of_the_table_becomes_a_formula():
    formulas = ("=1+1", " =1+1", "\uff1d1+1", "|calc", "\n@SUM(A1)", "-cmd")
    lab = lab_of(named("um1", *formulas), phases=0)
    book = runbook(lab, InternalPKI().procedure(lab.inventory))
    rows = list(csv.DictReader(io.StringIO(runbook_csv(book).removeprefix("\ufeff"))))
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
