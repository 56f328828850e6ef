"""Evidence as tables: what a bundle holds beside the record, for any spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..deployment import Deployment, Explanation, Procedure, TrustMatrix, trust_matrix
from ..planning import Runbook
from ..validation import Verdict
from ..validation.facts import Fact

if TYPE_CHECKING:
    import pandas as pd

Rows = tuple[tuple[str, ...], Iterable[tuple[object, ...]]]
"""The heads of a table, and its rows."""


def table_of(value: object) -> pd.DataFrame | None:
    """The value as a table, where it has one."""
    match value:
        case Deployment():
            return _table(*_links(trust_matrix(value)))
        case TrustMatrix():
            return _table(*_links(value))
        case (Verdict() as verdict) | Explanation(verdict=Verdict() as verdict):
            return _table(*_checks(verdict))
        case Runbook():
            return _table(*_tasks(value))
        case Procedure():
            return _table(("step", "what"), enumerate((step.tell() for step in value), start=1))
        case Fact():
            return _table(*_known(value))
    found: pd.DataFrame | None = getattr(value, "frame", None)
    return found


def _table(heads: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> pd.DataFrame:
    import pandas as pd  # when asked for: pandas takes longer to import than certlab

    return pd.DataFrame(list(rows), columns=list(heads))


def _links(matrix: TrustMatrix) -> Rows:
    links = [pair for link in matrix.deployment.inventory.links for pair in link.directions]
    rows = ((one, two, *_told(matrix, one, two)) for one, two in links)
    return ("who", "whom", "verdict", "reason"), rows


def _told(matrix: TrustMatrix, one: str, two: str) -> tuple[str, str]:
    cell = matrix.cell(one, two)
    return str(cell.state), cell.reason.words if cell.reason else ""


def _checks(verdict: Verdict) -> Rows:
    rows = (
        (check.certificate.label if check.certificate else "the chain", check.title,
         check.outcome.value, check.seen_text, check.expected_text, check.section)
        for check in verdict.trace
    )  # fmt: skip
    return ("certificate", "check", "outcome", "seen", "expected", "section"), rows


def _tasks(book: Runbook) -> Rows:
    rows = (
        (task.number, job.phase, job.team, task.device, task.step.tell(), task.command)
        for job in book.jobs
        for task in job.tasks
    )
    return ("step", "phase", "team", "device", "what", "command"), rows


def _known(one: Fact) -> Rows:
    row = (one.id, one.words, one.effective, one.value, one.unit, one.source, one.mark.name.lower())
    return ("fact", "words", "from", "value", "unit", "source", "mark"), [row]
