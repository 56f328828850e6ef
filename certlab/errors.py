"""The exceptions of certlab, in one picture.

    CertlabError
    ├── InvalidInput        something handed in cannot be read; ``problems`` lists every fault in it
    ├── UnknownName         a device, authority or profile of that name does not exist
    ├── StepRefused         a Step's precondition does not hold; the Deployment is as it was
    ├── KeyUnavailable      a private key is not held here, or may not leave
    ├── ToolUnavailable     a program of this computer is missing, or does not start
    ├── StorageUnavailable  a file or folder cannot be written, is in use, damaged, or of a new kind
    └── TrustFailure        raised only on request, by ``Verdict.raise_for_failure()``

Failed trust is a value (a Verdict with its findings), never one of these by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in something handed in: where it is, what stands there, what to do.

    ``row`` counts as a spreadsheet does: the header is row 1. Without one, ``column`` is the name
    of a field. ``file`` is the one it is in, where several were handed in.
    """

    what: str
    remedy: str = ""
    row: int | None = None
    column: str | None = None
    value: str | None = None
    file: str | None = None

    def __str__(self) -> str:
        return told((self,))


def alike(problems: Iterable[Problem]) -> list[tuple[Problem, ...]]:
    """The problems, together where rows have the same one in the same column."""
    groups: dict[object, list[Problem]] = {}
    for problem in problems:
        alone = len(groups) if problem.row is None else None
        key = problem.what, problem.remedy, problem.column, problem.file, alone
        groups.setdefault(key, []).append(problem)
    return [tuple(group) for group in groups.values()]


def told(problems: Sequence[Problem]) -> str:
    """Problems that are alike, in one line."""
    one = problems[0]
    rows = f"row {one.row}" if len(problems) == 1 else rows_of(problems)
    place = ", ".join(
        part
        for part in (
            "" if one.file is None else _shown(one.file, 200),
            rows if one.row is not None else "",
            f"column {one.column}" if one.column and one.row is not None else one.column,
        )
        if part
    )
    values = _few(_shown(problem.value) for problem in problems if problem.value is not None)
    seen = f" (found {values})" if values else ""
    remedy = f" {one.remedy}" if one.remedy else ""
    return f"{place + ': ' if place else ''}{one.what}{seen}.{remedy}"


def rows_of(problems: Sequence[Problem]) -> str:
    """In how many rows problems that are alike stand, and in which."""
    return f"{len(problems):,} rows: {_few(str(problem.row) for problem in problems)}"


def values_of(problems: Sequence[Problem]) -> str:
    """What stands there."""
    return _few(problem.value or "–" for problem in problems if problem.value is not None)


def _few(texts: Iterable[str], most: int = 5) -> str:
    known = list(dict.fromkeys(texts))
    return ", ".join(known[:most]) + (", …" if known[most:] else "")


class CertlabError(Exception):
    """Misuse of certlab: says what, where, what was expected, and what to do."""

    def __init__(self, what: str, *, where: str = "", expected: str = "", remedy: str = "") -> None:
        self.what, self.where, self.expected, self.remedy = what, where, expected, remedy
        parts = [f"{where}: {what}" if where else what]
        if expected:
            parts.append(f"Expected: {expected}.")
        if remedy:
            parts.append(remedy)
        super().__init__(
            " ".join(part if part.endswith((".", "?", "!")) else f"{part}." for part in parts)
        )

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the message. Where in certlab it was raised helps nobody there."""
        return [f"{type(self).__name__}: {self}"]


class InvalidInput(CertlabError):
    """Something handed in cannot be read. Nothing of it was applied."""

    def __init__(
        self,
        what: str,
        *,
        problems: tuple[Problem, ...] = (),
        where: str = "",
        expected: str = "",
        remedy: str = "",
    ) -> None:
        super().__init__(what, where=where, expected=expected, remedy=remedy)
        self.problems = problems
        if problems:
            listed = "\n".join(f"  - {told(group)}" for group in alike(problems))
            self.args = (f"{self.args[0]}\n{listed}",)


class UnknownName(CertlabError):
    """No device, authority or profile has that name."""


class StepRefused(CertlabError):
    """A Step cannot be applied to this Deployment, which stays as it was."""


class KeyUnavailable(CertlabError):
    """A private key is not held here, or may not leave the lab."""


class ToolUnavailable(CertlabError):
    """A program that is asked for is not installed here, or does not start."""


class StorageUnavailable(CertlabError):
    """What is kept on disk cannot be read, written or had alone. It is as it was."""


class TrustFailure(CertlabError):
    """A certificate was refused, and the caller asked for an exception."""


def _shown(value: str, limit: int = 60) -> str:
    text = value if len(value) <= limit else value[: limit - 1] + "…"
    return ascii(text) if not text.isprintable() else f"“{text}”"
