"""A decision beside the evidence it rests on: it can tell that it has gone stale, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from ..deployment import moment
from ..deployment.steps import printable
from ..errors import InvalidInput, Problem
from ..live import clock
from ..planning import Comparison
from .changes import Change, changes, dates_passed, facts_changed, in_words
from .evidence import Exhibit, digest_of, exhibits


class State(StrEnum):
    """How far a decision is (the states of MADR)."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DEPRECATED = "deprecated"
    SUPERSEDED = "superseded"


class Freshness(StrEnum):
    """What a re-run says of a decision's evidence."""

    NEW = "not saved"
    """Nothing was kept to compare with."""
    HOLDS = "holds"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Option:
    """One of the options considered, and what is said of it."""

    title: str
    words: str = ""


@dataclass(frozen=True)
class Decision:
    """What was chosen among what, why, by whom and when, and the evidence it rests on.

    ``then`` is the record of the same decision as it was saved, None while it is not. Of a record
    read from disk the exhibits hold no live values, and it is its own ``then``.
    """

    title: str
    context: str = field(repr=False)
    options: tuple[Option, ...] = field(repr=False)
    choice: str
    reasons: tuple[str, ...] = field(repr=False)
    consequences: tuple[str, ...] = field(repr=False)
    by: str
    on: date
    state: State
    exhibits: tuple[Exhibit, ...] = field(repr=False)
    number: int | None = None
    supersedes: int | None = None
    superseded_by: int | None = None
    renewed: date | None = None
    today: date = field(default=date.min, repr=False, compare=False)
    then: Decision | None = field(default=None, repr=False, compare=False)
    folder: Path | None = field(default=None, repr=False, compare=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hexadecimal) of all the evidence."""
        return digest_of([[one.name, one.digest] for one in self.exhibits])

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What is not as it was when the record was saved, and the dates that have passed since."""
        if self.then is None:
            return ()
        kept = self.then.exhibits
        found = changes(kept, self.exhibits) if self.is_live else facts_changed(kept)
        return (*found, *dates_passed(kept, self.then.since, self.today))

    @property
    def since(self) -> date:
        """The day of its evidence: that of the decision, or on which it was last said to hold."""
        return self.renewed or self.on

    @property
    def is_live(self) -> bool:
        """Whether its evidence is here to be compared, and not only what the record kept of it."""
        return any(one.value is not None for one in self.exhibits)

    @property
    def freshness(self) -> Freshness:
        if self.then is None:
            return Freshness.NEW
        return Freshness.STALE if self.changes else Freshness.HOLDS

    @property
    def standing(self) -> str:
        """Its freshness in a word; “–” once another has taken its place."""
        return "–" if self.superseded_by is not None else str(self.freshness)

    @property
    def told(self) -> tuple[str, ...]:
        """What has changed under it, in words."""
        return in_words(self.changes)

    @property
    def headline(self) -> str:
        """How it stands, in a sentence."""
        if self.then is None:
            return "Not saved yet. Add .save(), and a later run can tell what has changed."
        when = f"{self.then.since}"
        if self.superseded_by is not None:
            return f"Superseded by {self.superseded_by:04}."
        if self.changes:
            return f"Stale: its evidence is not what it was on {when}."
        if self.is_live or not self.exhibits:
            return f"Still holds: all its evidence is as it was on {when}."
        return f"Its facts are as they were on {when}. Its notebook compares the rest."

    @property
    def reworded(self) -> tuple[str, ...]:
        """Where this cell and the saved record say different things."""
        kept = self.then or self
        names = ("context", "choice", "reasons", "consequences", "by", "on")
        found = [name for name in names if getattr(self, name) != getattr(kept, name)]
        titles = [[option.title for option in one.options] for one in (self, kept)]
        return (*found, *(["options"] if titles[0] != titles[1] else []))

    @property
    def status(self) -> str:
        """Its state as MADR writes it."""
        if self.state is State.SUPERSEDED and self.superseded_by is not None:
            return f"superseded by {self.superseded_by:04}"
        return self.state.value

    def save(self, folder: str | Path | None = None, *, renew: bool = False) -> Decision:
        """Write the record into a folder of decisions, and return it as saved.

        The first time it gets the next free number. A proposed one may be saved again. One that is
        decided keeps its evidence: ``renew=True`` says that it is right on today's evidence too.
        Raises ``InvalidInput``.
        """
        from .log import save  # the log reads and writes decisions, so it stands above this file

        return save(self, folder, renew=renew)

    def __repr__(self) -> str:
        number = f"{self.number:04}, " if self.number is not None else ""
        return f"Decision({number}{self.title!r}, {self.status}, {self.freshness})"


def decide(
    title: str,
    *,
    on: date | datetime | str,
    context: str = "",
    options: object = (),
    choice: str = "",
    reasons: str | Iterable[str] = (),
    consequences: str | Iterable[str] = (),
    by: str = "",
    state: State | str = State.PROPOSED,
    evidence: object = (),
    supersedes: int | str | None = None,
    folder: str | Path | None = None,
    today: date | datetime | str | None = None,
) -> Decision:
    """Write a decision down beside its evidence. Nothing is written to disk before ``save()``.

    ``options`` are titles, a mapping of title to words, or a comparison. ``evidence`` is a value, a
    list, or a mapping of name to value: see ``certlab.records.evidence``. ``on`` is the day (UTC)
    of the decision. With the ``folder`` in which it was saved, the evidence is compared with what
    it was then. ``today`` is the day it is looked at, by default this computer's.
    Raises ``InvalidInput`` that names everything that is missing or wrong.
    """
    problems: list[Problem] = []
    offered = options_of(options)
    decided = _checked(State, state, problems)
    day = _day(on, "on", problems)
    seen = clock().date() if today is None else _day(today, "today", problems)
    if not title.strip():
        problems.append(Problem("a decision needs a title", column="title"))
    if choice and offered and choice not in [one.title for one in offered]:
        known = ", ".join(printable(one.title) for one in offered)
        problems.append(
            Problem("the choice is none of the options", f"They are: {known}.", None, "choice",
                    choice)
        )  # fmt: skip
    if decided in (State.ACCEPTED, State.DEPRECATED):
        for name, given in (("choice", choice), ("reasons", reasons), ("by", by)):
            if not given:
                problems.append(Problem(f"a decision that is {decided} needs this", column=name))
    before = _number(supersedes, problems)
    if problems:
        raise InvalidInput("the decision cannot be written down", problems=tuple(problems))
    decision = Decision(
        title.strip(), context.strip(), offered, choice, _lines(reasons), _lines(consequences),
        by.strip(), day, decided, exhibits(evidence), supersedes=before, today=seen,
        folder=None if folder is None else Path(folder),
    )  # fmt: skip
    if folder is None:
        return decision
    from .log import recalled

    return recalled(decision, Path(folder))


def options_of(given: object) -> tuple[Option, ...]:
    """The options from titles, from words by title, or from a comparison of models."""
    if isinstance(given, Comparison):
        return tuple(
            Option(one.title, f"{one.total.text} in {one.years} years, {given.touches[key].text}")
            for key, one in given.costs.items()
        )
    if isinstance(given, Mapping):
        return tuple(Option(str(title), str(words)) for title, words in given.items())
    offered = given.splitlines() if isinstance(given, str) else given
    if not isinstance(offered, Iterable):
        raise InvalidInput(
            "these are no options",
            where=type(given).__name__,
            expected="titles, a mapping of title to words, or a comparison",
        )
    return tuple(one if isinstance(one, Option) else Option(str(one)) for one in offered)


def _lines(given: str | Iterable[str]) -> tuple[str, ...]:
    lines = given.splitlines() if isinstance(given, str) else map(str, given)
    return tuple(line.strip() for line in lines if line.strip())


def _checked(kind: type[State], given: State | str, problems: list[Problem]) -> State:
    try:
        return kind(given)
    except ValueError:
        known = ", ".join(kind)
        problems.append(Problem("no state", f"One of {known}.", column="state", value=str(given)))
        return kind.PROPOSED


def _day(given: date | datetime | str, name: str, problems: list[Problem]) -> date:
    try:
        return moment(given).astimezone(UTC).date()
    except InvalidInput as error:
        problems.append(Problem(str(error), column=name))
        return date.min


def _number(given: int | str | None, problems: list[Problem]) -> int | None:
    if given is None or given == "":
        return None
    text = str(given).partition("-")[0].strip()
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    problems.append(
        Problem("not the number of a record", "Write 1 or '0001'.", column="supersedes",
                value=str(given))
    )  # fmt: skip
    return None
