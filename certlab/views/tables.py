"""The same in pandas: Stylers for the trust matrix and for a trace, everything in them escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..deployment import TrustMatrix
from ..validation import Outcome, Verdict
from .seals import called
from .signs import sign_of
from .text import escape

if TYPE_CHECKING:
    import pandas as pd
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
    return _styled(written, tints).set_caption(escape(matrix.headline))


def trace_styler(verdict: Verdict) -> Styler:
    """Every check of a verdict as a pandas Styler."""
    import pandas as pd

    rows, tints = [], []
    for check in verdict.trace:
        sign = sign_of(check.outcome)
        asked = check.outcome is not Outcome.NOT_APPLICABLE
        rows.append(
            {
                "outcome": f"{sign.symbol} {check.outcome}" if asked else str(check.outcome),
                "certificate": called(check.certificate) if check.certificate else "",
                "check": check.title,
                "seen": "" if check.seen is None else check.seen_text,
                "expected": "" if check.expected is None else check.expected_text,
                "section": check.section,
            }
        )
        tints.append([_tint(sign.class_) if asked else "", *[""] * 5])
    frame = pd.DataFrame(rows)
    return _styled(frame, pd.DataFrame(tints, columns=frame.columns)).hide(axis="index")


def _styled(frame: pd.DataFrame, tints: pd.DataFrame) -> Styler:
    styler = frame.style.apply(lambda _: tints, axis=None).format(lambda text: escape(str(text)))
    return styler.format_index(lambda name: escape(str(name)), axis=0).format_index(
        lambda name: escape(str(name)), axis=1
    )


def _tint(class_: str) -> str:
    return f"background-color: {_TINTS[class_]}" if class_ in _TINTS else ""
