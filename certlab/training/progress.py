"""A learner's record: what was tried, how long, with how many hints. It stays on this machine.

It lies in a folder ``progress`` beside the notebooks, so a learner sees it, takes it along with
the notebooks and deletes it with them; ``CERTLAB_PROGRESS`` names another place. Every kernel
writes a file of its own, so two open notebooks never write to the same one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..deployment.steps import plural
from ..errors import CertlabError, InvalidInput
from ..records.bundle import as_csv
from ..records.disk import make_folder, write_files
from ..records.journal import Journal
from .exercise import Event, Grade, observe
from .exercises import EXERCISES

PLACE = "CERTLAB_PROGRESS"
"""The environment variable that names the folder of the record."""


class HowFar(StrEnum):
    """How far a learner came with an exercise."""

    UNTRIED = "not begun"
    TRIED = "not solved yet"
    GUESSED = "guessed wrong, then saw why"
    HELPED = "solved with help"
    SOLVED = "solved"


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one exercise, all times that it was done taken together.

    ``attempts`` are answers given, ``seconds`` were spent on it, ``last`` is when (aware UTC).
    ``solved`` and ``seed`` are of the best time; ``hints`` are the most that were taken on that
    seed by then, and ``revealed`` says whether its solution had been asked for. Looking is not
    doing. Of a prediction the first guess at an edition counts, and no later one.
    """

    exercise: str
    seed: str = ""
    attempts: int = 0
    solved: bool = False
    hints: int = 0
    revealed: bool = False
    seconds: int = 0
    last: datetime | None = None
    learner: str = ""

    @property
    def state(self) -> HowFar:
        if self.solved:
            return HowFar.HELPED if self.hints or self.revealed else HowFar.SOLVED
        if self.attempts and not self.revealed and _predicts(self.exercise):
            return HowFar.GUESSED
        return HowFar.TRIED if self.last else HowFar.UNTRIED


def _predicts(exercise: str) -> bool:
    return EXERCISES[exercise].grade is Grade.PREDICT


COLUMNS = ("learner", *(field.name for field in fields(Line) if field.name != "learner"))
"""The columns of an exported record."""


@dataclass(frozen=True)
class Progress:
    """A learner's record: a line for each exercise, in the order of the workbook.

    ``trouble`` says what was found damaged. What could be read before the damage counts.
    """

    folder: Path
    lines: tuple[Line, ...]
    trouble: tuple[str, ...] = ()

    @property
    def solved(self) -> int:
        """How many exercises are solved, with help or without."""
        return sum(line.solved for line in self.lines)

    def export(self, learner: str, folder: str | Path = ".") -> Path:
        """Write the record as ``progress-NAME.csv`` and return where. Nothing else leaves.

        No cell is run as a formula by a spreadsheet. Raises ``InvalidInput`` for a name that is
        empty or too long, and ``StorageUnavailable``.
        """
        learner = learner.strip()
        if not 0 < len(learner) <= LONGEST or not learner.isprintable():
            raise InvalidInput(
                "this is no name for a record",
                where=repr(learner[:LONGEST]),
                expected=f"1 to {LONGEST} characters",
                remedy="Write your own name.",
            )
        safe = "".join(one if one.isalnum() else "-" for one in learner)
        path = Path(folder).absolute() / f"progress-{safe}.csv"
        done = (replace(line, learner=learner) for line in self.lines if line.last)
        write_files({path: as_csv(COLUMNS, map(_cells, done))})
        return path

    def hand_in(self, learner: str, folder: str | Path = ".") -> HandedIn:
        """Write the record as a file for whoever teaches, and say where it is.

        Without a name, or before anything was done, no file is written. Raises as ``export`` does.
        """
        name, done = learner.strip(), sum(line.last is not None for line in self.lines)
        return HandedIn(name, done, self.export(name, folder) if name and done else None)


LONGEST = 60
"""Characters of a learner's name."""


@dataclass(frozen=True)
class HandedIn:
    """What came of handing in: where the file is, or why none was written."""

    learner: str
    done: int
    path: Path | None = None

    @property
    def told(self) -> str:
        """What happened and what to do next, in sentences."""
        if self.path:
            return (
                f"{self.learner}, your record of {plural(self.done, 'exercise')} is in the file "
                f"{self.path.name}, in the folder {self.path.parent}. Give this file to whoever "
                "teaches you: in the list of files at the left, a right click and Download bring "
                "it to your computer."
            )
        if not self.done:
            return "There is nothing to hand in yet: no exercise was answered on this computer."
        return "Nothing is written yet: write your name first."


def learner() -> str:
    """The learner's name, where the seed of the class has one (``class/name``), or nothing."""
    of, _, name = os.environ.get("CERTLAB_SEED", "").rpartition("/")
    return name if of else ""


def _cells(line: Line) -> Iterator[object]:
    for column in COLUMNS:
        value = getattr(line, column)
        if isinstance(value, bool):
            value = "yes" if value else "no"
        yield value.isoformat() if isinstance(value, datetime) else value


def progress(folder: str | Path | None = None) -> Progress:
    """Read the record kept here (or in another folder). A damaged file is told of, never fatal."""
    place, trouble = _place(folder), []
    runs: dict[str, list[Run]] = {}
    for path in sorted(place.glob("*.jsonl")):
        open_runs: dict[str, Run] = {}
        try:
            journal = Journal(path)
        except CertlabError as error:
            trouble.append(str(error))
            continue
        if journal.trouble:
            trouble.append(f"{path.name}: {journal.trouble}")
        for entry in filter(_is_event, journal.records):
            key = entry["exercise"]
            if key not in open_runs or entry["kind"] in ("start", "restart"):
                open_runs[key] = []
                runs.setdefault(key, []).append(open_runs[key])
            open_runs[key].append(entry)
    lines = tuple(_line(key, runs.get(key, [])) for key in EXERCISES)
    trouble += (said for where, said in _told if where == place)
    return Progress(place, lines, tuple(trouble))


Run = list[dict[str, Any]]


def _line(exercise: str, runs: list[Run]) -> Line:
    """Sum up every time that somebody did this exercise."""
    done = [run for run in runs if any(entry["kind"] in _DOING for entry in run)]
    if not done:
        return Line(exercise)
    done.sort(key=lambda run: datetime.fromisoformat(run[0]["when"]))
    shown: set[str] = set()
    guessed: set[str] = set()
    taken: dict[str, int] = {}
    tries = []
    for run in done:
        seed = run[-1]["seed"]
        solved, before = _solves(exercise, run) and seed not in guessed, seed in shown
        hints = taken[seed] = max(taken.get(seed, 0), run[-1]["hints"])
        kinds = {entry["kind"] for entry in run}
        if not solved and "reveal" in kinds:
            shown.add(seed)
        if not solved and "answer" in kinds and _predicts(exercise):
            guessed.add(seed)
        tries.append((not solved, before or seed in shown, hints, seed))
    unsolved, revealed, hints, seed = min(tries)
    every = [entry for run in done for entry in run]
    return Line(
        exercise,
        seed,
        attempts=sum(entry["kind"] == "answer" for entry in every),
        solved=not unsolved,
        hints=hints,
        revealed=revealed,
        seconds=round(sum(max(entry["seconds"] for entry in run) for run in done)),
        last=max(datetime.fromisoformat(entry["when"]) for entry in every),
    )


_DOING = {"answer", "hint", "reveal"}


def _solves(exercise: str, run: Run) -> bool:
    """Whether it was solved before the solution was seen; a prediction shows it when answered."""
    for entry in run:
        if entry["kind"] == "answer" and entry.get("correct"):
            return True
        if entry["kind"] == "reveal" or (entry["kind"] == "answer" and _predicts(exercise)):
            return False
    return False


def _is_event(entry: dict[str, Any]) -> bool:
    """Whether this is an event as ``keep_progress`` writes it, of an exercise that still exists."""
    wanted: dict[str, Any] = {"kind": str, "exercise": str, "seed": str, "hints": int,
                              "seconds": (int, float), "when": str}  # fmt: skip
    if not all(isinstance(entry.get(name), type_) for name, type_ in wanted.items()):
        return False
    try:
        aware = datetime.fromisoformat(entry["when"]).tzinfo is not None
    except ValueError:
        return False
    lasted = 0 <= entry["seconds"] < float("inf")
    return aware and lasted and entry["exercise"] in EXERCISES


# --- keeping it ---------------------------------------------------------------------------------

_told: list[tuple[Path, str]] = []
"""What this kernel found damaged in which folder, and why events could not be kept, each once."""
_journals: dict[Path, Journal] = {}


def keep_progress(folder: str | Path | None = None) -> Path:
    """Keep what is done in this kernel's exercises from now on, and return where.

    Damaged parts of earlier files are set aside, not deleted. Neither they nor a full disk ever
    stop an exercise; ``progress()`` tells of both.
    """
    place = _place(folder)
    for path in place.glob("*.jsonl"):
        with contextlib.suppress(CertlabError):
            journal = Journal(path)
            if (trouble := journal.trouble) and (aside := journal.mend()):
                _told.append((place, f"{path.name}: {trouble}; the rest is now in {aside}"))
    _keeping[:] = [place]
    observe(_keep)
    return place


_keeping: list[Path] = []


def _keep(event: Event) -> None:
    place, now = _keeping[0], datetime.now(UTC)
    entry = {**event._asdict(), "seconds": round(event.seconds, 1), "when": now.isoformat()}
    try:
        if place not in _journals:
            make_folder(place, private=True)
            name = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}.jsonl"
            _journals[place] = Journal(place / name)
        _journals[place].append(entry)
    except CertlabError as error:
        _journals.pop(place, None)  # the next event begins another file
        if (said := (place, f"not kept: {error}")) not in _told:
            _told.append(said)


def _place(folder: str | Path | None) -> Path:
    return Path(folder or os.environ.get(PLACE) or "progress").absolute()
