"""A learner's record and a class's overview: one grid of signs, and the figures as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from ..training import EXERCISES, AnswerSheet, Grade, HandedIn, Overview, Progress
from ..training.progress import HowFar, Line
from .parts import more, row_head, table
from .signs import ACCEPTED, NOTED, REFUSED, Sign, badge, mark
from .svg import group, picture, words
from .text import Markup, join, plural, tag

_UNTRIED = Sign("○", "cl-muted", "not begun", "")
_GUESSED = Sign("~", "", "guessed wrong", "M-3.8 .8C-2.4 -2.2 -1.2 -1.4 0 0S2.4 2.2 3.8 -.8")
_SIGNS = {
    HowFar.SOLVED: ACCEPTED,
    HowFar.HELPED: NOTED,
    HowFar.GUESSED: _GUESSED,
    HowFar.TRIED: REFUSED,
    HowFar.UNTRIED: _UNTRIED,
}
_COUNTED = {
    HowFar.SOLVED: "Solved",
    HowFar.GUESSED: "Guessed wrong, then saw why",
    HowFar.HELPED: "With help",
    HowFar.TRIED: "Not yet",
}
_COUNTED_FROM = "Minutes count from the first choice, hint or answer: reading before it does not."
_STEP, _ROW, _MARGIN = 24, 28, 132
_NONE = "There is no record in this folder yet. A learner makes one in the cell under “Hand in”."


def progress_view(record: Progress) -> Markup:
    """A learner's record: how much is solved, a picture by grade, and a line for each exercise."""
    title = f"{record.solved} of {plural(len(record.lines), 'exercise')} solved"
    by_grade = [(grade.capitalize(), list(_of(grade, record))) for grade in Grade]
    rows = [
        (row_head(f"{line.exercise} · {EXERCISES[line.exercise].title}"), _state(line.state),
         line.attempts, line.hints, "yes" if line.revealed else "no", _minutes(line.seconds))
        for line in record.lines if line.last
    ]  # fmt: skip
    heads = ("Exercise", "State", "Answers", "Hints", "Solution shown", "Minutes")
    where = f"Kept in {record.folder}, and nowhere else. Delete that folder to begin anew."
    return join(
        tag("h3", title, class_="cl-title"),
        grid_picture(title, by_grade),
        _legend(),
        _lines(record.trouble),
        table("What was done", heads, rows, long=True) if rows else None,
        tag("p", _COUNTED_FROM, class_="cl-hint") if rows else None,
        tag("p", where, class_="cl-hint"),
    )


def handed_in_view(handed: HandedIn) -> Markup:
    """What came of handing in, as a sentence."""
    sign = ACCEPTED if handed.path else NOTED
    return tag("p", mark(sign), " ", handed.told, class_="cl-text cl-prose")


def answer_sheet_view(sheet: AnswerSheet) -> Markup:
    """The answers of a class, folded: a wall shows them to everybody."""
    exercises = list(dict.fromkeys(key for key, *_ in sheet.lines))
    if not exercises:
        said = "Write into asked: the id of an exercise, several with spaces between, or all."
        return tag("p", said, class_="cl-text")
    rows = []
    for key, answer, whose in sheet.lines:
        names = "everybody" if whose == sheet.learners != whose[:1] else ", ".join(whose)
        rows.append((row_head(f"{key} · {EXERCISES[key].title}"), names, answer))
    learners = plural(len(sheet.learners), "learner")
    title = f"Answers: {plural(len(exercises), 'exercise')}, {learners}"
    inside = table(title, ("Exercise", "Learner", "Answer"), rows, long=True)
    return more(f"{title}. Unfold when no learner sees this screen", inside, key="answers")


def overview_view(overview: Overview) -> Markup:
    """A class: each learner's exercises in a grid, and which exercises most of them found hard."""
    learners = overview.learners
    title = f"{plural(len(learners), 'learner')}, {plural(len(EXERCISES), 'exercise')}"
    grid = [(learner, overview.of(learner)) for learner in learners]
    rows = []
    for key, task in EXERCISES.items():
        counts = [overview.count(key, state) for state in _COUNTED]
        if any(counts):
            hard = counts[::-1]
            rows.append((hard, (row_head(f"{key} · {task.title}"), *counts, task.cures)))
    rows.sort(key=lambda row: row[0], reverse=True)
    heads = ("Exercise", *_COUNTED.values(), "The misunderstanding it cures")
    return join(
        tag("h3", title, class_="cl-title"),
        grid_picture(title, grid, _GRADES) if grid else tag("p", _NONE, class_="cl-text"),
        _legend(),
        _lines(str(problem) for problem in overview.problems),
        table("Exercises, the hardest first", heads, [row for _, row in rows], long=True)
        if rows
        else None,
    )


def _of(grade: Grade, record: Progress) -> Iterator[Line]:
    return (line for line in record.lines if EXERCISES[line.exercise].grade is grade)


_GRADES = {
    [task.grade for task in EXERCISES.values()].index(grade): grade.capitalize() for grade in Grade
}
"""Where each grade begins among the exercises."""


def grid_picture(
    title: str,
    rows: Sequence[tuple[str, Sequence[Line]]],
    heads: Mapping[int, str] = MappingProxyType({}),
) -> Markup:
    """Rows of exercises, each a sign below its number; what it stands for is in its title.

    ``heads`` are words above the columns, each above the one with this number and after.
    """
    longest = max((lines for _, lines in rows), key=len, default=())
    most, top, told = len(longest), _ROW * (2 if heads else 1) - 6, []
    parts = [words(_MARGIN + place * _STEP - 8, 18, head, class_="cl-muted")
             for place, head in heads.items()]  # fmt: skip
    parts += (
        words(_MARGIN + place * _STEP, top - 6, line.exercise.rpartition("-")[2],
              class_="cl-muted", anchor="middle")
        for place, line in enumerate(longest)
    )  # fmt: skip
    for number, (label, lines) in enumerate(rows):
        y = top + number * _ROW + _ROW / 2
        parts.append(words(0, y + 4, label, room=_MARGIN - 16, bold=True))
        parts += (_cell(line, _MARGIN + place * _STEP, y) for place, line in enumerate(lines))
        told.append(f"{label}: {sum(line.solved for line in lines)} of {len(lines)} solved")
    width, height = _MARGIN + most * _STEP + 8, top + max(len(rows), 1) * _ROW
    return picture(width, height, title, ". ".join(told) + ".", *parts)


def _cell(line: Line, x: float, y: float) -> Markup:
    said = f"{line.exercise}, {EXERCISES[line.exercise].title}: {line.state}"
    if line.state is HowFar.UNTRIED:
        sign = tag("circle", cx=x, cy=y, r=8, class_="cl-badge")
    else:
        sign = badge(_SIGNS[line.state], x, y)
    return group(tag("title", said), sign)


def _state(state: HowFar) -> Markup:
    sign = _SIGNS[state]
    return tag("td", tag("span", sign.symbol, aria_hidden="true"), f" {state}",
               class_=f"{sign.class_} cl-once")  # fmt: skip


def _legend() -> Markup:
    chips = [tag("li", tag("span", _SIGNS[state].symbol, aria_hidden="true",
                           class_=f"{_SIGNS[state].class_} cl-bold"), f" {state}")
             for state in _SIGNS]  # fmt: skip
    return tag("ul", chips, class_="cl-chips")


def _lines(said: Iterable[str], sign: Sign = NOTED) -> Markup | None:
    lines = [tag("li", mark(sign), tag("span", one)) for one in said]
    return tag("ul", lines, class_="cl-list") if lines else None


def _minutes(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02}"
