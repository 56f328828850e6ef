"""A class: a seed for each learner, and the records of all of them in one overview."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..deployment.reading import read_table
from ..errors import InvalidInput, Problem
from .exercises import EXERCISES
from .progress import COLUMNS, LONGEST, HowFar, Line

MOST_FILES, MOST_BYTES = 500, 1_000_000
"""Of one folder so many files are read, and none that is larger."""


def seeds_for(class_name: str, learners: Iterable[str]) -> dict[str, str]:
    """A seed for each learner from one name for the class: the same names, the same seeds.

    A hub that is started with ``CERTLAB_CLASS`` gives each of its users the same one.
    """
    return {learner: f"{class_name}/{learner}" for learner in learners}


@dataclass(frozen=True)
class AnswerSheet:
    """The answers of a class: a line for each different answer of an exercise, and whose it is."""

    learners: tuple[str, ...]
    lines: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Exercise, answer, learners."""


def answer_sheet(asked: str, seeds: Mapping[str, str]) -> AnswerSheet:
    """The answers of each learner's first edition, for whoever teaches.

    ``asked`` names exercises, with spaces between, or says “all”; nothing asked is nothing told.
    Raises ``UnknownName``.
    """
    lines: list[tuple[str, str, tuple[str, ...]]] = []
    for key in EXERCISES if asked.strip() == "all" else asked.split():
        found: dict[str, tuple[str, ...]] = {}
        for learner, seed in seeds.items():
            said = EXERCISES[key].answer(seed)
            found[said] = (*found.get(said, ()), learner)
        lines += [(key, said, learners) for said, learners in found.items()]
    return AnswerSheet(tuple(seeds), tuple(lines))


@dataclass(frozen=True)
class Overview:
    """The records of a class. ``problems`` tell of every file that was left out, and why."""

    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]

    @property
    def learners(self) -> tuple[str, ...]:
        """Their names, in the order of the alphabet."""
        return tuple(sorted({line.learner for line in self.lines}, key=str.casefold))

    def of(self, learner: str) -> tuple[Line, ...]:
        """A learner's lines: one for each exercise, in the order of the workbook."""
        found = {line.exercise: line for line in self.lines if line.learner == learner}
        return tuple(found.get(key, Line(key)) for key in EXERCISES)

    def count(self, exercise: str, *states: HowFar) -> int:
        """How many learners are in one of these states with an exercise."""
        return sum(line.exercise == exercise and line.state in states for line in self.lines)


def collect(folder: str | Path) -> Overview:
    """Read every CSV file of a folder, as learners export them (see ``Progress.export``).

    A file with a fault is left out whole and every fault of it is told, with row and column. Of
    two files of one learner the one with the later work counts. Raises ``InvalidInput`` when the
    folder cannot be read.
    """
    place = Path(folder)
    try:
        paths = sorted(path for path in place.iterdir() if path.suffix.lower() == ".csv")
    except OSError as error:
        raise InvalidInput(
            f"the folder cannot be read ({error.strerror})",
            where=str(place),
            remedy="Put the learners’ CSV files into one folder and name that.",
        ) from None
    problems: list[Problem] = []
    if len(paths) > MOST_FILES:
        problems.append(Problem(f"{len(paths)} files; the first {MOST_FILES} were read"))
    found: dict[str, tuple[datetime, list[Line]]] = {}
    for path in paths[:MOST_FILES]:
        lines, faults = _read(path)
        problems += faults
        if faults:
            continue
        learner = lines[0].learner
        latest = max(line.last for line in lines if line.last)
        if learner in found:
            said = f"another file is of “{learner}” too; the later work counts"
            problems.append(Problem(said, file=path.name))
        if learner not in found or latest > found[learner][0]:
            found[learner] = latest, lines
    return Overview(tuple(line for _, lines in found.values() for line in lines), tuple(problems))


def _read(path: Path) -> tuple[list[Line], list[Problem]]:
    """The lines of one file, and every fault in it."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return [], [Problem("this is no record: too large, or no file", file=path.name)]
        heads, rows = read_table(path, COLUMNS)
    except InvalidInput as error:
        return [], [Problem(str(error), file=path.name)]
    except OSError as error:
        return [], [Problem(f"the file cannot be read ({error.strerror})", file=path.name)]
    if tuple(heads) != COLUMNS:
        remedy = "Export it anew; the columns are " + ", ".join(COLUMNS) + "."
        return [], [Problem("this is not an exported record", remedy, row=1, file=path.name)]
    problems: list[Problem] = []
    lines = []
    for number, row in enumerate(rows, start=2):
        if not any(row):
            continue  # a spreadsheet may leave one at the end
        if len(row) != len(COLUMNS):
            what = f"this row has not {len(COLUMNS)} cells"
            problems.append(Problem(what, row=number, file=path.name))
            continue
        cells = dict(zip(COLUMNS, row, strict=True))
        wrong = [name for name, (_, fits) in _RULES.items() if not fits(cells[name])]
        for name in wrong:
            what = _RULES[name][0]
            problems.append(
                Problem(what, row=number, column=name, value=cells[name], file=path.name)
            )
        if not wrong:
            lines.append(_line(cells))
    if not lines and not problems:
        problems.append(Problem("nothing was done yet in this record", file=path.name))
    if len({line.learner for line in lines}) > 1:
        problems.append(Problem("one file speaks of several learners", file=path.name))
    if len({line.exercise for line in lines}) < len(lines):
        problems.append(Problem("an exercise stands there twice", file=path.name))
    return lines, problems


def _number(most: int) -> Callable[[str], bool]:
    return lambda text: text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= most


def _yes_or_no(text: str) -> bool:
    return text in ("yes", "no")


_RULES: dict[str, tuple[str, Callable[[str], bool]]] = {
    "learner": (f"a name has 1 to {LONGEST} characters",
                lambda text: 0 < len(text.strip()) <= LONGEST + 1),  # one more where it is quoted
    "exercise": ("no exercise has this id", EXERCISES.__contains__),
    "seed": ("a seed has at most 200 characters", lambda text: len(text) <= 200),
    "attempts": ("this is a whole number up to 100000", _number(100_000)),
    "solved": ("this is yes or no", _yes_or_no),
    "hints": ("this is a whole number from 0 to 3", _number(3)),
    "revealed": ("this is yes or no", _yes_or_no),
    "seconds": ("this is a whole number up to a year", _number(366 * 86_400)),
    "last": ("this is a moment with its time zone, in ISO form",
             lambda text: _moment(text) is not None),
}  # fmt: skip
"""What a cell of each column must be, in words and as a question."""


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _line(cells: dict[str, str]) -> Line:
    return Line(
        exercise=cells["exercise"],
        seed=cells["seed"],
        attempts=int(cells["attempts"]),
        solved=cells["solved"] == "yes",
        hints=int(cells["hints"]),
        revealed=cells["revealed"] == "yes",
        seconds=int(cells["seconds"]),
        last=_moment(cells["last"]),
        learner=cells["learner"].strip(),
    )
