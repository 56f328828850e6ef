"""Tables of pandas: a frame as it shows itself, and the trust matrix as a Styler, escaped."""

from __future__ import annotations

from numbers import Number
from typing import TYPE_CHECKING

from ..deployment import TrustMatrix
from .parts import table
from .signs import sign_of
from .text import Markup, escape, join, tag

if TYPE_CHECKING:
    from pandas import DataFrame
    from pandas.io.formats.style import Styler

_MOST = 200
"""Rows of a frame that are shown; the rest is counted."""
_TINTS = {"cl-ok": "rgba(46, 160, 67, .18)", "cl-no": "rgba(248, 81, 73, .2)",
          "cl-note": "rgba(210, 153, 34, .22)"}  # fmt: skip


def frame_view(frame: DataFrame) -> Markup:
    """A frame: words begin at the left, numbers end at the right, and names are not broken."""
    shown = frame.head(_MOST)
    heads = [
        tag("th", _name(label), scope="col",
            class_="cl-number" if all(map(_is_number, shown.iloc[:, place])) else None)
        for place, label in enumerate(shown.columns)
    ]  # fmt: skip
    corner = ", ".join(str(name) for name in frame.index.names if name is not None)
    rows = [
        (tag("th", _name(label), scope="row", class_="cl-once"), *map(_value, row))
        for label, row in zip(shown.index, shown.itertuples(index=False, name=None), strict=True)
    ]
    rest = len(frame) - len(rows)
    return join(
        table("Table", (corner, *heads), rows),
        tag("p", f"and {rest:,} more", class_="cl-text cl-muted") if rest else None,
    )


def _is_number(value: object) -> bool:
    return isinstance(value, Number) and not isinstance(value, bool)


def _name(label: object) -> str:
    return ", ".join(map(str, label)) if isinstance(label, tuple) else str(label)


def _value(value: object) -> Markup:
    if _is_number(value):
        return tag("td", f"{value:,.10g}", class_="cl-number")
    text = str(value)
    return tag("td", text, class_="cl-once" if " " not in text and len(text) <= 40 else None)


def matrix_styler(matrix: TrustMatrix) -> Styler:
    """The trust matrix as a pandas Styler: rows accept or refuse, columns are accepted or not."""
    frame = matrix.frame
    names = list(frame.index)
    signs = [[sign_of(matrix.cell(row, column)) for column in names] for row in names]
    written = frame.copy()
    for i, row in enumerate(signs):
        for j, sign in enumerate(row):
            if sign.class_ in _TINTS:
                written.iat[i, j] = f"{sign.symbol} {frame.iat[i, j]!s}"
    tints = frame.copy()
    tints[:] = [[_tint(sign.class_) for sign in row] for row in signs]
    styler = written.style.apply(lambda _: tints, axis=None).format(_escaped)
    styler = styler.format_index(_escaped, axis=0).format_index(_escaped, axis=1)
    return styler.set_caption(escape(matrix.headline))


def _escaped(text: object) -> str:
    return escape(str(text))


def _tint(class_: str) -> str:
    return f"background-color: {_TINTS[class_]}" if class_ in _TINTS else ""
