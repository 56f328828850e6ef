"""The trust matrix in pandas: a Styler, everything in it escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..deployment import TrustMatrix
from .signs import sign_of
from .text import escape

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

_TINTS = {"cl-ok": "rgba(46, 160, 67, .18)", "cl-no": "rgba(248, 81, 73, .2)",
          "cl-note": "rgba(210, 153, 34, .22)"}  # fmt: skip


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
