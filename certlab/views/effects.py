"""What a change does: two trust matrices compared, in words and marked in the table."""

from __future__ import annotations

from dataclasses import dataclass

from ..deployment import Cell, CellState, TrustMatrix
from .matrices import FEW, even, matrix_table
from .parts import row_head, table
from .signs import ACCEPTED, REFUSED, device_id, mark, pair_id, sign_of, told
from .text import Markup, join, listed, plural, tag

_MOST = 16


@dataclass(frozen=True, slots=True)
class Change:
    """One direction of a link whose verdict is another than before."""

    verifier: str
    subject: str
    before: Cell
    after: Cell

    @property
    def gained(self) -> bool:
        """Whether it is accepted now and was not."""
        return self.after.state is CellState.ACCEPTED is not self.before.state

    @property
    def lost(self) -> bool:
        """Whether it was accepted and is not now."""
        return self.before.state is CellState.ACCEPTED is not self.after.state


def changes(before: TrustMatrix, after: TrustMatrix) -> tuple[Change, ...]:
    """The directions in which the two matrices differ, in their order."""
    pairs = dict.fromkeys((*before.judged, *after.judged))
    found = (
        Change(*pair, before.judged.get(pair, _NONE), after.judged.get(pair, _NONE))
        for pair in pairs
    )
    return tuple(
        change for change in found
        if (change.before.state, change.before.short) != (change.after.state, change.after.short)
    )  # fmt: skip


_NONE = Cell(CellState.NO_LINK)


def effect(before: TrustMatrix, after: TrustMatrix) -> str:
    """What changed in who accepts whom, in one or two sentences."""
    found = changes(before, after)
    gained = [f"{c.verifier} accepts {c.subject}" for c in found if c.gained]
    lost = [f"{c.verifier} refuses {c.subject} ({c.after.short})" for c in found if c.lost]
    parts = [
        f"{start}: {listed(told, 3)}."
        for start, told in (("Now accepted", gained), ("Now refused", lost))
        if told
    ]
    if not found:
        return "Who accepts whom stays as it was."
    count = plural(len(found), "refusal has", "refusals have")
    return " ".join(parts) or f"{count} another reason now."


def difference_table(
    before: TrustMatrix,
    after: TrustMatrix,
    *,
    selected: tuple[str, ...] = (),
    opened: str | None = None,
) -> Markup:
    """The matrix after a change; where it was otherwise before, the cell says so.

    For more than a few devices the changes stand in a table of their own.
    """
    found = changes(before, after)
    if not found or len(after.deployment.inventory) > FEW:
        whole = matrix_table(after, selected=selected, opened=opened)
        return join(whole, changes_table(found) if found else None)
    by_pair = {(change.verifier, change.subject): change for change in found}
    names = list(after.deployment.inventory.devices)
    rows = []
    for row in names:
        cells = [
            _cell(after.cell(row, column), row, column, by_pair.get((row, column)))
            for column in names
        ]
        name = tag("span", row, data_id=device_id(row), class_="cl-cell", title=row)
        rows.append((row_head(name), *cells))
    corner = tag("th", "accepts ↓ whom →", scope="col", class_="cl-muted cl-small")
    label = "Who accepts whom, and what has changed"
    return table(label, (corner, *names), rows, f"cl-matrix{even(names)}")


def _cell(cell: Cell, row: str, column: str, change: Change | None) -> Markup:
    if cell.state in (CellState.NO_LINK, CellState.SELF) and change is None:
        return tag(
            "td", tag("span", "–" if row == column else cell.short, class_="cl-cell cl-muted")
        )
    sign = sign_of(cell)
    was = tag("s", change.before.short, class_="cl-muted cl-small cl-was") if change else None
    now = tag("span", f"{sign.symbol} {cell.short}", class_=f"cl-bold {sign.class_}"
              if change else sign.class_)  # fmt: skip
    words = told(row, column, cell) + (f", before: {change.before.short}" if change else "")
    inside = tag("span", was, now, class_="cl-cell", data_id=pair_id(row, column), title=words,
                 aria_label=words)  # fmt: skip
    return tag("td", inside, class_=f"{sign.class_}{' cl-changed' if change else ''}")


def changes_table(found: tuple[Change, ...]) -> Markup:
    """The directions that differ, one a line, the first sixteen."""
    rows = [
        (row_head(change.verifier), change.subject, _was(change.before), _was(change.after))
        for change in found[:_MOST]
    ]
    rest = (
        tag("p", f"and {len(found) - _MOST:,} more", class_="cl-text cl-muted")
        if len(found) > _MOST
        else None
    )
    return join(table("What changed", ("Verifier", "Subject", "Before", "After"), rows), rest)


def _was(cell: Cell) -> tuple[object, ...]:
    return mark(sign_of(cell)), " ", cell.short


def changed_marks(before: TrustMatrix, after: TrustMatrix) -> Markup:
    """How many directions were gained and lost, each with its sign, and which."""
    found = changes(before, after)
    gained, lost = sum(c.gained for c in found), sum(c.lost for c in found)
    counts = (mark(ACCEPTED), f" {plural(gained, 'direction')} gained, ",
              mark(REFUSED), f" {plural(lost, 'direction')} lost. ") if found else ()  # fmt: skip
    return tag("p", counts, effect(before, after), class_="cl-said cl-below")
