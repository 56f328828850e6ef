"""The trust matrix as a table: words for a few devices, symbols for more, sums for very many."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from ..deployment import Cell, CellState, Role, TrustMatrix
from .groups import Scope, Tally, plans, scope
from .parts import row_head, table
from .signs import ACCEPTED, REFUSED, device_id, mark, pair_id, plan_id, sign_of, told
from .text import Markup, join, tag

FEW = 8
"""Up to so many devices a cell holds words; beyond, its symbol alone and the words on hover."""


def matrix_table(
    matrix: TrustMatrix, *, selected: Sequence[str] = (), opened: str | None = None
) -> Markup:
    """Who accepts whom. ``selected`` and ``opened`` as for ``trust_map``."""
    shown = scope(matrix, opened)
    if shown is not None and not shown.devices:
        return tag("p", "There is no device yet.", class_="cl-text cl-muted")
    return _by_plan(matrix) if shown is None else _by_device(matrix, shown, tuple(selected))


def _by_device(matrix: TrustMatrix, shown: Scope, selected: tuple[str, ...]) -> Markup:
    names = [device.name for device in shown.devices]
    short = len(names) > FEW
    upright = "cl-upright" if short else "cl-name"
    heads = [tag("span", name, class_=upright, title=name) for name in names]
    rows = []
    for row in names:
        name = tag("span", row, data_id=device_id(row), class_="cl-cell", title=row)
        cells = [
            _cell(matrix.cell(row, column), row, column, short=short, on=selected == (row, column))
            for column in names
        ]
        rows.append((row_head(name), *cells))
    corner = tag("th", "accepts ↓ whom →", scope="col", class_="cl-muted cl-small")
    label = "Who accepts whom: a row accepts or refuses, a column is accepted or refused"
    class_ = f"cl-matrix{' cl-tight' if short else even(names)}"
    whole = table(label, (corner, *heads), rows, class_, wide=len(names) > FEW // 2)
    rest = tag("p", f"and {shown.left_out}", class_="cl-text cl-muted") if shown.left_out else None
    return join(whole, _LEGEND if short else None, rest)


_LEGEND = tag(
    "p", mark(ACCEPTED), " accepts, ", mark(REFUSED), " refuses, · no link needs it, – itself; "
    "point at a cell to read why", class_="cl-text cl-small cl-muted",
)  # fmt: skip


def even(names: Sequence[str]) -> str:
    """The class that keeps columns of words as wide as their words get, where that fits.

    So what is repaired becomes green where it stands.
    """
    return " cl-even" if len(names) <= FEW // 2 else ""


def _cell(cell: Cell, row: str, column: str, *, short: bool, on: bool) -> Markup:
    if cell.state in (CellState.NO_LINK, CellState.SELF):
        text = "–" if cell.state is CellState.SELF else "·" if short else cell.short
        return tag("td", tag("span", text, class_="cl-cell cl-muted"))
    sign, words = sign_of(cell), told(row, column, cell)
    inside = sign.symbol if short else f"{sign.symbol} {cell.short}"
    button = tag("span", inside, class_=f"cl-cell {sign.class_}", data_id=pair_id(row, column),
                 title=words, aria_label=words, aria_current="true" if on else None)  # fmt: skip
    return tag("td", button, class_=f"{sign.class_}{' cl-on' if on else ''}")


def _by_plan(matrix: TrustMatrix) -> Markup:
    every = plans(matrix)
    peers = [role for role in Role if any(role in pair for plan in every for pair in plan.pairs)]
    kinds = [(Role.UM_SERVER, role) for role in peers]
    kinds += [(role, Role.UM_SERVER) for role in peers if role is not Role.UM_SERVER]
    kinds.sort(key=lambda kind: peers.index(kind[0]) + peers.index(kind[1]))
    rows = []
    for plan in every:
        name = tag("span", plan.name, data_id=plan_id(plan.name), class_="cl-cell")
        count = tag("td", tag("span", f"{sum(plan.devices.values()):,}", class_="cl-cell"))
        rows.append((row_head(name), count, *(_sum(plan.pairs.get(kind)) for kind in kinds)))
    heads = ["dial plan", "devices", *(f"{_many(a)} accept {_many(b)}" for a, b in kinds)]
    return table("Who accepts whom, by dial plan", heads, rows, "cl-matrix cl-sums", wide=True)


def _sum(tally: Tally | None) -> Markup:
    if tally is None:
        return tag("td", tag("span", "–", class_="cl-cell cl-muted"))
    sign, refused = tally.sign, tally.total - tally.accepted
    text = f" {refused:,} of {tally.total:,} refused" if refused else f" all {tally.total:,}"
    return tag("td", tag("span", mark(sign), text, class_="cl-cell"), class_=sign.class_)


def _many(role: Role) -> str:
    return f"{role.title}s"


WHOLE = 1_000
"""Up to so many devices the whole matrix is drawn."""


def whole_matrix(matrix: TrustMatrix) -> Markup:
    """Every device by every other, by dial plan and role: neighbours that fare alike are one bar.

    Pressing a bar asks about its first pair. So even 400 by 400 is some thousand elements.
    """
    devices = sorted(
        matrix.deployment.inventory,
        key=lambda device: (device.dial_plans, list(Role).index(device.role)),
    )
    names = [device.name for device in devices]
    rows = []
    for row in names:
        cells = [matrix.cell(row, column) for column in names]
        bars, first = [], 0
        for _, group in groupby(cells, key=lambda cell: (cell.state, cell.short)):
            last = first + len(list(group)) - 1
            bars.append(_bar(row, names[first], names[last], cells[first], last - first + 1))
            first = last + 1
        rows.append((row_head(_named(row)), *bars))
    heads = [tag("th", tag("span", _named(name), class_="cl-upright"), scope="col")
             for name in names]  # fmt: skip
    corner = tag("th", "accepts ↓ whom →", scope="col", class_="cl-muted cl-small")
    label = "Who accepts whom: a row accepts or refuses, a column is accepted or refused"
    return table(label, (corner, *heads), rows, "cl-matrix cl-whole", long=True)


def _named(name: str) -> Markup:
    return tag("span", name, data_id=device_id(name), class_="cl-cell", title=name)


def _bar(row: str, first: str, last: str, cell: Cell, count: int) -> Markup:
    wide = count if count > 1 else None
    if cell.state in (CellState.NO_LINK, CellState.SELF):
        look = "cl-bar cl-none" if cell.state is CellState.NO_LINK else None
        return tag("td", tag("span", class_=look), colspan=wide)
    sign, words = sign_of(cell), told(row, first, cell)
    if count > 1:
        words += f", and so on to {last}: {count:,} alike"
    bar = tag("span", class_=f"cl-bar {sign.class_}", title=words, aria_label=words,
              data_id=pair_id(row, first))  # fmt: skip
    return tag("td", bar, colspan=wide, class_=sign.class_)
