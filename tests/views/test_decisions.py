"""Decisions and reports as pages: readable, harmless whatever is in them, and whole alone."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from certlab.deployment import RemoveAnchor
from certlab.records import decide, decision_log
from certlab.validation import fact
from certlab.views import decision_log_view, decision_view
from certlab.views.documents import decision_page, notebook_page, without_secrets

from .estates import lab_of, named
from .test_hostile_names import HOSTILE, RAW

DAY = "2026-11-24"
SEEN = '<p>seen</p><a href="other.ipynb#x" class="cl-link">beside it</a>'


class Page(HTMLParser):
    """The elements of a page, and the addresses in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def is_harmless(text: str) -> bool:
    page = Page(text)
    runs = {name for name, _ in page.attributes if name.startswith("on")}
    fetches = {
        value
        for name, value in page.attributes
        if name in ("src", "href", "action", "data", "xlink:href", "srcset")
        and not value.startswith(("#", "data:"))
    }
    fetches |= set(re.findall(r"url\((?!['\"]?(?:#|data:))|@import", text))
    return not (page.names & {"script", "iframe", "object", "link", "base"} or runs or fetches)


@pytest.fixture(scope="module")
def lab():
    return lab_of(named("um1", "gw1", "gw2"), phases=3)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_words_are_words_on_the_card_the_log_and_the_page(tmp_path, text):
    lab = lab_of(named("um1", text, "gw2"), phases=2)
    said = {"context": text, "options": [text], "choice": text, "reasons": [text], "by": text}
    decision = decide(f"a{text}", on=DAY, **said, evidence={text: lab}, today=DAY).save(tmp_path)
    page = decision_page(decision)
    assert is_harmless(page)
    for shown in (decision_view(decision), decision_log_view(decision_log(tmp_path)), page):
        assert not [raw for raw in RAW if raw in shown]


def test_the_page_forbids_itself_scripts_and_networks(lab):
    page = decision_page(decide("It", on=DAY, evidence=lab, today=DAY))
    (policy,) = (v for n, v in Page(page).attributes if n == "content" and "default-src" in v)
    assert policy.startswith("default-src 'none';")
    assert "script-src" not in policy
    assert is_harmless(page)


def test_the_page_shows_all_evidence_open_with_its_picture(lab):
    page = decision_page(decide("It", on=DAY, evidence=[lab, fact("curves")], today=DAY))
    assert "<svg" in page
    assert "an elliptic curve key is on P-256" in page
    assert '<details class="cl-more" open data-key="matrix"' in page


def test_the_card_says_what_changed_then_and_now(tmp_path, lab):
    decide("It", on=DAY, evidence=lab, today=DAY).save(tmp_path)
    later = lab.run(RemoveAnchor("gw1", certificate_of="um1"))
    card = decision_view(decide("It", on=DAY, evidence=later, folder=tmp_path, today=DAY))
    assert "Stale: its evidence is not what it was on 2026-11-24." in card
    assert "1 trust store emptied: gw1, root store" in card
    assert re.search(r'scope="row">gw1, root store</th>.*?1 held.*?<td>–</td>', card)


def test_the_log_says_that_of_a_record_alone_only_facts_are_compared(tmp_path, lab):
    decision = decide("It", on=DAY, evidence=[lab, fact("curves")], today=DAY).save(tmp_path)
    assert "the rest was not compared" in decision_log_view(decision_log(tmp_path))
    assert "the rest was not compared" not in decision_log_view(decision_log(tmp_path, decision))


# --- a notebook as a report ---------------------------------------------------------------------


def code_cell(source, *outputs):
    return {"cell_type": "code", "source": source, "outputs": list(outputs)}


def shown(**data):
    return {"output_type": "display_data", "data": data}


def test_a_report_has_prose_results_and_code_and_nothing_that_runs():
    prose = {
        "cell_type": "markdown",
        "source": "# A\n<script>alert(1)</script>\n\n[in](b.ipynb) **x**",
    }
    hostile = "<img src=x onerror=alert(1)>"
    cells = [
        prose,
        code_cell("a < b", shown(**{"text/html": SEEN, "text/plain": "not seen"})),
        code_cell("b", {"output_type": "stream", "name": "stdout", "text": hostile}),
        code_cell("c", {"output_type": "error", "ename": "ValueError", "evalue": hostile}),
        code_cell("d", shown(**{"image/png": "iVBORw0KGgo=\n", "text/plain": "<Figure>"})),
    ]
    page = notebook_page({"cells": cells}, "<title>")
    assert is_harmless(page)
    for part in (
        "<strong>x</strong>",
        "a &lt; b",
        "<p>seen</p>beside it",
        "ValueError",
        "data:image/png",
    ):
        assert part in page
    assert "not seen" not in page
    assert page.count("&lt;img src=x") == 2


def test_nothing_that_a_cell_showed_leads_the_reader_of_a_report_away():
    away = '<me<meta x>ta><META http-equiv="refresh" content="0;url=https://elsewhere.example/">'
    page = notebook_page({"cells": [code_cell("a", shown(**{"text/html": away + SEEN}))]}, "x")
    assert page.count("<meta") == 3, "its own: character set, policy and size"
    assert "<META" not in page
    assert "<p>seen</p>" in page


def test_a_report_spells_out_no_seed_and_no_passphrase():
    for source in ('deploy(a, seed="tea leaves")', "x(passphrase = 'tea leaves')",
                   'export(password=r"tea leaves", seed=\'tea leaves\')'):  # fmt: skip
        assert "tea leaves" not in without_secrets(source)
        output = shown(**{"text/html": f"<p>{source}</p>"})
        assert "tea leaves" not in notebook_page({"cells": [code_cell(source, output)]}, "x")
