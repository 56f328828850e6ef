"""The ledger as a table: every claim with its verdict and the way to its section."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from certlab.display import SHOWN
from certlab.training import Claim, Ledger, Standing, check_claim, claim_ledger
from certlab.training.claims.claim import CheckedClaim, Observation
from certlab.views import claim_view, join, ledger_table, tag

from .estates import parsed

HOSTILE = "<script>alert(1)</script>\N{RIGHT-TO-LEFT OVERRIDE}"


def heads(table: str) -> list[dict[str, str]]:
    return [
        head.attrib for head in parsed(tag("div", table)).iter("th") if "data-claim" in head.attrib
    ]


def test_each_claim_has_a_row_that_can_be_filtered_by_verdict_and_notebook():
    found = heads(ledger_table(claim_ledger()))
    assert [head["data-claim"] for head in found] == [claim.id for claim in claim_ledger()]
    dated = [head for head in found if head["data-verdict"] == "dated"]
    assert [(head["data-claim"], head["data-notebook"]) for head in dated] == [
        ("C82", "04-third-party-ca")
    ]


def test_a_verdict_is_a_symbol_and_a_word():
    for standing, symbol in zip(Standing, "✓?≈†", strict=True):
        view = parsed(tag("div", ledger_table(claim_ledger(standing))))
        cells = [
            "".join(row[2].itertext()) for row in view.iter("tr") if row[0].get("scope") == "row"
        ]
        assert set(cells) == {f"{symbol}\N{NO-BREAK SPACE}{standing}"}


def test_every_link_leads_to_a_notebook_and_to_its_heading():
    folder = Path(__file__).parents[2] / "notebooks"
    links = [
        link.get("href", "") for link in parsed(tag("div", ledger_table(claim_ledger()))).iter("a")
    ]
    assert len(links) == len(claim_ledger())
    for link, claim in zip(links, claim_ledger(), strict=True):
        file, _, anchor = link.partition("#")
        assert (folder / file).exists()
        assert unquote(anchor) == claim.heading.replace(" ", "-")


def test_a_checked_claim_shows_what_was_done_and_seen():
    view = claim_view(check_claim("C32"))
    text = " ".join(parsed(tag("div", view)).itertext())
    for words in ("C32 holds", "Nobody else trusts", "import none", "directions that work, of six"):
        assert words in text
    assert "expected" not in text


def test_what_came_out_otherwise_is_marked_and_says_what_was_expected():
    claim = next(iter(claim_ledger()))
    view = claim_view(CheckedClaim(claim, (Observation("directions", 3, 0),)))
    assert "C01 came out otherwise" in view
    assert '<td class="cl-no">✗ expected: 0</td>' in view


def test_what_the_workbook_expects_of_a_check_is_not_taken_for_the_claim():
    view = claim_view(check_claim("C34"))
    assert "C34 is inexact" in view
    every = parsed(tag("div", view)).iter("th")
    heads = [head.text for head in every if head.get("scope") == "col"]
    assert heads == ["Looked at", "Seen", "As this workbook expects"]


def test_words_from_outside_are_escaped():
    claim: Claim = replace(next(iter(claim_ledger())), text=HOSTILE, heading=HOSTILE)
    checked = CheckedClaim(claim, (Observation(HOSTILE, HOSTILE, (HOSTILE,)),))
    view = join(ledger_table(Ledger((claim,))), claim_view(checked))
    assert "<script" not in view
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in view
    parsed(tag("div", view))


def test_the_ledger_and_a_checked_claim_show_themselves():
    for value, view in ((claim_ledger(), "ledger_table"), (check_claim("C25"), "claim_view")):
        kind = type(value)
        assert SHOWN[f"{kind.__module__}.{kind.__qualname__}"] == view
