"""The claim ledger as a table, and one claim with what its check did and saw."""

from __future__ import annotations

from urllib.parse import quote

from ..training import CheckedClaim, Claim, Ledger, Observation, Standing
from .parts import row_head, table
from .signs import ACCEPTED, REFUSED
from .text import Markup, join, plural, tag

_SIGNS = {
    Standing.HOLDS: ("✓", "cl-ok"),
    Standing.IF: ("?", "cl-note"),
    Standing.INEXACT: ("≈", "cl-note"),
    Standing.DATED: ("†", "cl-muted"),
}


def ledger_table(ledger: Ledger) -> Markup:
    """Claim, verdict and where it is shown. Each row's head carries these as data, to filter by."""
    counts = ledger.counts
    meanings = [
        tag("li", _sign(standing), tag("span", f" {counts[standing]}: {standing.meaning}"))
        for standing in Standing
        if counts[standing]
    ]
    rows = [
        (
            tag("th", claim.id, scope="row", data_claim=claim.id, data_verdict=claim.standing,
                data_notebook=claim.notebook),
            claim.text,
            tag("td", _sign(claim.standing), class_="cl-once"),
            _where(claim),
        )
        for claim in ledger
    ]  # fmt: skip
    return join(
        tag("h3", plural(len(ledger), "claim"), class_="cl-title"),
        tag("ul", meanings, class_="cl-chips"),
        table("The claims of the old guide", ("Id", "Claim", "Verdict", "Where"), rows, long=True),
    )


def claim_view(checked: CheckedClaim) -> Markup:
    """One claim, what its check did, and what it saw."""
    claim = checked.claim
    outcome = claim.standing.meaning if checked.as_told else "the ledger says otherwise"
    heads = ("Looked at", "Seen", "As this workbook expects")  # which may not be what is claimed
    rows = [(row_head(one.what), one.seen_text, _as_expected(one)) for one in checked.observations]
    return join(
        tag("h3", checked.headline, class_="cl-title"),
        tag("p", f"The claim: {claim.text}.", class_="cl-text"),
        tag("p", _sign(claim.standing), f": {outcome}. ", _where(claim), class_="cl-text"),
        tag("p", f"What was done: {claim.done}", class_="cl-text"),
        table(f"What the check of {claim.id} saw", heads, rows),
    )


def _as_expected(one: Observation) -> Markup:
    if one.agrees:
        return tag("td", f"{ACCEPTED.symbol} yes", class_=ACCEPTED.class_)
    return tag("td", f"{REFUSED.symbol} expected: {one.expected_text}", class_=REFUSED.class_)


def _sign(standing: Standing) -> Markup:
    """Its symbol and its word."""
    symbol, class_ = _SIGNS[standing]
    sign = tag("span", symbol, aria_hidden="true"), f"\N{NO-BREAK SPACE}{standing}"
    return tag("span", sign, class_=f"{class_} cl-bold")


def _where(claim: Claim) -> Markup:
    """A link to the section. Jupyter looks for the words of a heading as they stand."""
    anchor = quote(claim.heading.replace(" ", "-"), safe="?:,;!'()")
    number = claim.notebook.partition("-")[0].lstrip("0")
    place = f"{claim.notebook}.ipynb#{anchor}"
    return tag("a", f"{number} · {claim.heading}", href=place, class_="cl-link")
