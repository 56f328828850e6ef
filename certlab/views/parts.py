"""The parts of HTML that several views share: a table, and something shown on demand."""

from __future__ import annotations

import html
from collections.abc import Iterable

from .text import Markup, join, tag, visible


def table(
    label: str,
    heads: Iterable[object],
    rows: Iterable[Iterable[object]],
    class_: str = "cl-plain",
    *,
    long: bool = False,
    wide: bool = False,
) -> Markup:
    """A table that scrolls sideways if it must.

    A cell is text, a tuple of parts, or a ready ``td``. A ``long`` one of very many rows scrolls
    within a height of its own until all of it is asked for; a ``wide`` one scrolls in most places.
    Both are reached by the keyboard.
    """
    head = [h if _is(h, "th") else tag("th", h, scope="col") for h in heads]
    body = [tag("tr", [c if _is(c, "th", "td") else tag("td", c) for c in row]) for row in rows]
    inside = tag("thead", tag("tr", head)), tag("tbody", body)
    whole = tag("table", inside, class_=f"cl-table {class_}".rstrip(), aria_label=label)
    reached = {"tabindex": 0, "role": "region", "aria_label": label} if long or wide else {}
    cut = long and len(body) > _IN_SIGHT
    box = tag("div", whole, class_="cl-scroll cl-long" if cut else "cl-scroll", **reached)
    if not cut:
        return box
    every = tag("details", tag("summary", f"Show all {len(body):,} rows at once"),
                class_="cl-more cl-all", data_key=f"all-{label}")  # fmt: skip
    return join(every, box)


_IN_SIGHT = 60
"""Rows that a page takes without a box that scrolls."""


def _is(cell: object, *names: str) -> bool:
    return isinstance(cell, Markup) and cell.startswith(tuple(f"<{name}" for name in names))


def row_head(*inside: object) -> Markup:
    """The cell that names its row."""
    return tag("th", *inside, scope="row")


def more(summary: str, *inside: object, key: str) -> Markup:
    """Something shown on demand. ``key`` lets a widget keep it open when it redraws."""
    return tag("details", tag("summary", summary), *inside, class_="cl-more", data_key=key)


def listing(source: str, label: str = "The cell that does the same") -> Markup:
    """Source text line by line, as it may be copied; ``label`` says what it is."""
    lines = "\n".join(html.escape(visible(line, _LONGEST)) for line in source.splitlines())
    return tag("pre", Markup(lines), class_="cl-code", tabindex=0, aria_label=label)


_LONGEST = 5_000
"""Characters of one line of source: code is of use only whole."""
