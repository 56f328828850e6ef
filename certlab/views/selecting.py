"""The rule by which a UM server picks its certificate: who was looked at, and who was dropped."""

from __future__ import annotations

from ..deployment import Candidate, Selection
from .parts import row_head, table
from .seals import called
from .signs import ACCEPTED, REFUSED, mark
from .text import Markup, join, plural, tag

RULE = (
    "a certificate from a PKI, or one that was bought",
    "else a self-signed one",
    "else a new self-signed one, made at once",
)
"""The order of preference (claims C29 to C31)."""


def selection_view(selection: Selection) -> Markup:
    """The rule step by step, every candidate kept or dropped and why, and the winner."""
    return join(
        tag("h3", headline(selection), class_="cl-title"),
        tag("ol", [_step(selection, number) for number in range(3)], class_="cl-rule-steps"),
        _candidates(selection),
    )


def headline(selection: Selection) -> str:
    """What it takes, in words."""
    if selection.winner is None:
        return f"{selection.device} finds none that serves and makes a self-signed certificate"
    kind = "self-signed" if selection.winner.is_self_issued else "PKI or bought"
    return f"{selection.device} takes “{called(selection.winner)}”, {kind}"


def _step(selection: Selection, number: int) -> Markup:
    """One preference of the rule: how many it had, and whether it decided."""
    mine = [c for c in selection.candidates if c.certificate.is_self_issued is (number == 1)]
    taken = _decided_at(selection)
    if number == 2:
        said = "not needed" if taken < 2 else "this is what happens"
    else:
        kept = sum(candidate.kept for candidate in mine)
        said = f"{plural(len(mine), 'candidate')}, {kept} kept" if number <= taken else (
            f"{plural(len(mine), 'candidate')}, not asked any more")  # fmt: skip
    sign = (
        tag("span", "→ ", class_="cl-ok cl-bold", aria_hidden="true") if number == taken else None
    )
    class_ = "cl-text cl-bold cl-flush" if number == taken else "cl-text cl-muted cl-flush"
    return tag("li", tag("p", sign, f"{RULE[number]}: {said}", class_=class_))


def _decided_at(selection: Selection) -> int:
    if selection.winner is None:
        return 2
    return 1 if selection.winner.is_self_issued else 0


def _candidates(selection: Selection) -> Markup:
    if not selection.candidates:
        return tag("p", "Its personal store is empty.", class_="cl-text cl-muted")
    until = tag("th", "Valid until", scope="col", class_="cl-once")
    heads = ("Candidate", "Kind", until, "Looked at", "Outcome")
    rows = [_row(selection, candidate) for candidate in selection.candidates]
    return table("The candidates, in the order of preference", heads, rows)


def _row(selection: Selection, candidate: Candidate) -> tuple[object, ...]:
    certificate = candidate.certificate
    sign = ACCEPTED if candidate.kept else REFUSED
    won = certificate == selection.winner
    outcome = "taken" if won else "kept, but another comes first" if candidate.kept else "dropped"
    faults = ", ".join(candidate.faults) or "name, dates, key and use are right"
    return (
        row_head(called(certificate)),
        candidate.kind,
        tag("td", f"{certificate.not_after:%Y-%m-%d}", class_="cl-once"),
        (mark(sign), f" {faults}"),
        tag("td", outcome, class_="cl-ok cl-bold" if won else None),
    )
