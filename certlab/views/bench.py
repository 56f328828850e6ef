"""Cards shared by the widgets that change a Deployment: its map, its matrix, its journal."""

from __future__ import annotations

from ..deployment import Deployment, TrustMatrix, why
from .effects import changes, difference_table, effect
from .maps import trust_map
from .parts import listing, more
from .seals import Seals
from .sheets import journal_list, legend
from .signs import REFUSED, mark, plan_id, told
from .text import Markup, tag

_LONG = 8_000
"""Characters of code that are shown."""


def card(*inside: object, label: str | None = None) -> Markup:
    """A card; with a label it is a region that screen readers can jump to."""
    return tag("section", *inside, class_="cl-card", aria_label=label)


def button(
    text: str, id_: str, *, primary: bool = False, off: bool = False, says: str | None = None
) -> Markup:
    """A button that hands its id back. ``says`` names it where its text alone is not clear."""
    class_ = "cl-button cl-primary" if primary else "cl-button"
    return tag("button", text, type="button", data_id=id_, class_=class_, aria_label=says,
               aria_disabled="true" if off else None)  # fmt: skip


def buttons(*inside: object) -> Markup:
    """Buttons in a row."""
    return tag("div", *inside, class_="cl-actions")


def trouble_card(said: str) -> Markup:
    """What was refused, where everybody sees it; nothing when nothing was."""
    if not said:
        return Markup("")
    return tag("section", tag("p", mark(REFUSED), f" {said}", class_="cl-text cl-flush"),
               class_="cl-card cl-trouble", aria_label="Refused")  # fmt: skip


def as_code(source: str) -> Markup | None:
    """“Show as code”, unfolded on demand; nothing when there is no code yet."""
    if not source:
        return None
    shown = source if len(source) <= _LONG else "print(desk.code)  # too long to show here"
    return more("Show as code", listing(shown), key="code")


def progress(done: int, of: int) -> Markup:
    """How far a long run is."""
    return tag("progress", class_="cl-progress", value=done, max=max(of, 1),
               aria_label="Steps done")  # fmt: skip


def map_card(
    matrix: TrustMatrix, *, title: str = "", selected: tuple[str, ...] = (),
    opened: str | None = None, seals: Seals | None = None, other: TrustMatrix | None = None,
) -> Markup:  # fmt: skip
    """The map under its state in words, and what is said of the link selected.

    Where the ``other`` matrix has another verdict, that is marked.
    """
    changed = {(c.verifier, c.subject) for c in changes(other, matrix)} if other else set()
    back = button("All dial plans", plan_id("")) if opened is not None else None
    said = None
    if len(selected) == 2:
        verifier, subject = selected
        cell = matrix.cell(verifier, subject)
        reason = why(matrix.deployment, verifier, trusts=subject).sentence
        said = tag("p", told(verifier, subject, cell), ". ", reason, class_="cl-said")
    return card(
        tag("h3", title or matrix.headline, class_="cl-title"),
        back,
        tag("div", trust_map(matrix, selected=selected, opened=opened, seals=seals,
                             changed=changed), class_="cl-across"),
        tag("p", "A second ring, or “differ”: there the other model decides otherwise.",
            class_="cl-hint")
        if changed else None,
        said,
        legend(),
        label="Map",
    )  # fmt: skip


def matrix_card(
    before: TrustMatrix | None, matrix: TrustMatrix, *,
    selected: tuple[str, ...] = (), opened: str | None = None,
) -> Markup:  # fmt: skip
    """Who accepts whom, with what the last change did to it marked."""
    return card(
        tag("h3", "Who accepts whom", class_="cl-heading"),
        tag("p", tag("span", "Last change: ", class_="cl-bold"), effect(before, matrix),
            class_="cl-text") if before else None,
        difference_table(before or matrix, matrix, selected=selected, opened=opened),
        label="Who accepts whom",
    )  # fmt: skip


def journal_card(deployment: Deployment, code: str, *, can_undo: bool | None) -> Markup:
    """What was done, undo (None leaves the button out), and the cell that does the same."""
    return card(
        tag("h3", "Journal", class_="cl-heading"),
        journal_list(deployment.journal),
        None if can_undo is None else buttons(button("Undo", "do:undo", off=not can_undo)),
        as_code(code),
        label="Journal",
    )
