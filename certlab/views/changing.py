"""What if: what a change asks for, in which order, and what is different after it."""

from __future__ import annotations

from ..planning import WhatIf
from .parts import row_head, table
from .sheets import procedure_list
from .signs import ACCEPTED, REFUSED, mark
from .text import Markup, join, tag


def what_if_view(change: WhatIf) -> Markup:
    """The answer in words, the counts before and after, and the remaining steps in order."""
    good = not (change.refusal or change.broken)
    rows = []
    for name, (before, after) in change.counts.items():
        differs = "cl-number cl-bold" if before != after else "cl-number"
        cells = (tag("td", f"{count:,}", class_=class_) for count, class_ in (
            (before, "cl-number"), (after, differs)))  # fmt: skip
        rows.append((row_head(name), *cells))
    heads = ("", *(tag("th", head, scope="col", class_="cl-number") for head in (
        "Before", "After")))  # fmt: skip
    return join(
        tag("p", mark(ACCEPTED if good else REFUSED), f" {change.statement}", class_="cl-text"),
        table("Before and after", heads, rows),
        tag("div", procedure_list(change.procedure), class_="cl-apart"),
    )
