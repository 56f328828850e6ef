"""An exercise as one learner does it: a seeded edition, hints, answers, and who listens."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from random import Random
from typing import Any, NamedTuple

from ..deployment import Deployment, Step
from ..errors import InvalidInput
from .problems import Field, Problem, Repair, Reply

EDITIONS = 200
"""So many editions there are of each exercise; a seed picks one. The tests solve every one."""


class Grade(StrEnum):
    """What is asked of the learner, from reading to making."""

    PREDICT = "predict"
    DIAGNOSE = "diagnose"
    REPAIR = "repair"
    DESIGN = "design"


@dataclass(frozen=True)
class Task:
    """An exercise in all its editions. ``build`` makes one from a source of chances.

    ``notebook`` is the number of the notebook it stands in, ``hint`` the first of three hints, and
    ``cures`` the misunderstanding that it cures.
    """

    id: str
    title: str
    notebook: str
    cures: str
    hint: str
    build: Callable[[Random], Problem] = field(repr=False)

    @property
    def grade(self) -> Grade:
        return Grade(self.id.partition("-")[0])

    def edition(self, seed: str) -> int:
        """Which edition this seed picks."""
        digest = sha256(f"{self.id}/{seed}".encode()).digest()
        return int.from_bytes(digest[:4]) % EDITIONS

    def problem(self, seed: str) -> Problem:
        """The edition for this seed. Every call gives the same, and nothing is found in it yet."""
        return _edition(self, self.edition(seed))

    def answer(self, seed: str | None = None) -> str:
        """The solution of this edition in words, for whoever teaches."""
        return self.problem(class_seed() if seed is None else seed).solution()


@lru_cache(maxsize=256)
def _edition(task: Task, number: int) -> Problem:
    return task.build(Random(f"{task.id}/{number}"))  # noqa: S311 - chances of a lesson


def class_seed() -> str:
    """The seed when none is given: the environment's ``CERTLAB_SEED``, else “workbook”."""
    return os.environ.get("CERTLAB_SEED") or "workbook"


class Event(NamedTuple):
    """Something that a learner did. ``seconds`` count from the first touch; no answer is in it."""

    kind: str
    exercise: str
    seed: str
    correct: bool | None
    hints: int
    seconds: float


_observers: list[Callable[[Event], object]] = []


def observe(callback: Callable[[Event], object]) -> None:
    """Have this called for every event of every exercise from now on, each callback once."""
    if callback not in _observers:
        _observers.append(callback)


def unobserve(callback: Callable[[Event], object]) -> None:
    """Have it called no more."""
    if callback in _observers:
        _observers.remove(callback)


class Exercise:
    """One learner at one edition of a task.

    ``lab`` is what is given, ``deployment`` what became of it by ``run``. ``answer`` and ``check``
    give a ``Reply``, which says why. What is right is asked of validation each time, so it is
    written nowhere.
    """

    def __init__(
        self, task: Task, seed: str | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._task, self.seed = task, class_seed() if seed is None else str(seed)
        self._clock = clock
        self._first, self._others = self.seed, 1
        self._begin("start")

    def _begin(self, kind: str) -> None:
        self._problem = self._task.problem(self.seed)
        self._found: set[tuple[Any, ...]] = set()
        self._begun: float | None = None
        self._ended: float | None = None
        self.deployment: Deployment = self._problem.lab
        self.hints_taken, self.attempts = 0, 0
        self.solved, self.revealed = False, False
        self.reply: Reply | None = None
        self._tell(kind)

    @property
    def id(self) -> str:
        return self._task.id

    @property
    def grade(self) -> Grade:
        return self._task.grade

    @property
    def title(self) -> str:
        return self._task.title

    @property
    def lab(self) -> Deployment:
        """The Deployment as it was given, without a journal."""
        return self._problem.lab

    @property
    def question(self) -> str:
        return self._problem.question

    @property
    def choices(self) -> tuple[Field, ...]:
        """What an answer is chosen from: one value of each. None where Steps are run instead."""
        return self._problem.fields

    @property
    def seconds(self) -> float:
        """From the first touch until it was over; 0 before that."""
        if self._begun is None:
            return 0.0
        return (self._clock() if self._ended is None else self._ended) - self._begun

    def touch(self) -> None:
        """Something was chosen, tried or asked: the time begins to count, unless it does."""
        if self._begun is None:
            self._begun = self._clock()

    @property
    def over(self) -> bool:
        """Whether there is nothing left to find: it may all be shown. One predicts once."""
        guessed = self.grade is Grade.PREDICT and self.attempts > 0
        return self.solved or self.revealed or guessed

    @property
    def outcome(self) -> Deployment:
        """What is shown when it is over: the Deployment after, or as it was mended."""
        if not self.over:
            raise InvalidInput("the outcome is shown when the exercise is over",
                               remedy="Answer first, or call reveal().")  # fmt: skip
        mended = self.solved and isinstance(self._problem, Repair)
        return self.deployment if mended else self._problem.after()

    def run(self, *steps: Step) -> Exercise:
        """Run Steps on the Deployment. Raises ``StepRefused``."""
        self.touch()
        self.deployment = self.deployment.run(*steps)
        return self

    def undo(self) -> Exercise:
        """Take back the last run. Raises ``InvalidInput`` when there was none."""
        self.deployment = self.deployment.undo()
        return self

    def check(self) -> Reply:
        """Have the Deployment judged as it is now, where Steps are the answer."""
        if self.choices:
            fields = ", ".join(field.name for field in self.choices)
            raise InvalidInput("this exercise wants an answer", expected=f"answer({fields})")
        return self._judge(self.deployment)

    def answer(self, *values: Any) -> Reply:
        """Commit an answer: one value of each of ``choices``, or a trust model for a design."""
        if len(values) != len(self.choices):
            wanted = (
                ", ".join(field.name for field in self.choices) or "Steps by run(), then check()"
            )
            raise InvalidInput(f"{len(values)} values are no answer here", expected=wanted)
        return self._judge(*values)

    def _judge(self, *answer: Any) -> Reply:
        self.touch()
        reply = self._problem.judge(*answer, found=self._found)
        self.solved = self.solved or (reply.correct and not self.over)
        self.reply, self.attempts = reply, self.attempts + 1
        self._stop_when_over()
        self._tell("answer", reply.correct)
        return reply

    def _stop_when_over(self) -> None:
        if self.over and self._ended is None:
            self._ended = self._clock()

    def hint(self) -> str:
        """The next of three hints; after the third, that one again."""
        self.touch()
        hints = (self._task.hint, *self._problem.hints(self._found))
        said = hints[min(self.hints_taken, 2)]
        self.hints_taken = min(self.hints_taken + 1, 3)
        self._tell("hint")
        return said

    def reveal(self) -> str:
        """The solution in words. The exercise then no longer counts as solved by the learner."""
        self.touch()
        self.revealed = True
        self._stop_when_over()
        self._tell("reveal")
        return self._problem.solution()

    def restart(self, seed: str | None = None) -> Exercise:
        """Begin again, with another seed another edition."""
        self.seed = self.seed if seed is None else str(seed)
        self._begin("restart")
        return self

    def another(self) -> Exercise:
        """Begin an edition that differs from this one, with a number after the first seed."""
        given = self.question, self.lab
        while (self.question, self.lab) == given:
            self._others += 1
            self._problem = self._task.problem(f"{self._first}-{self._others}")
        return self.restart(f"{self._first}-{self._others}")

    def _tell(self, kind: str, correct: bool | None = None) -> None:
        event = Event(kind, self.id, self.seed, correct, self.hints_taken, self.seconds)
        for observer in tuple(_observers):
            observer(event)

    def __repr__(self) -> str:
        state = "solved" if self.solved else "over" if self.over else "open"
        return f"exercise({self.id!r}, seed={self.seed!r})  # {self.title}: {state}"
