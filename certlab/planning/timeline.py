"""The dated facts in the order in which they come into force."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from ..deployment import moment
from ..errors import InvalidInput
from ..validation.facts import FACTS, Fact


@dataclass(frozen=True)
class Timeline:
    """The facts that come into force from ``start`` to ``end``; ``before`` are those that have."""

    start: date
    end: date
    facts: tuple[Fact, ...] = field(repr=False)
    before: tuple[Fact, ...] = field(repr=False)


def fact_timeline(
    start: datetime | date | str = "2025-01-01", end: datetime | date | str = "2030-01-01"
) -> Timeline:
    """The dated facts between two days (UTC), the last included.

    Raises ``InvalidInput`` when the end does not come after the start.
    """
    first, last = moment(start).date(), moment(end).date()
    if last <= first:
        raise InvalidInput("the time line ends before it begins", where=f"{first} to {last}",
                           expected="an end after the start")  # fmt: skip
    dated = sorted(FACTS.values(), key=lambda fact: fact.effective or date.min)
    return Timeline(
        first,
        last,
        tuple(fact for fact in dated if fact.effective and first <= fact.effective <= last),
        tuple(fact for fact in dated if not fact.effective or fact.effective < first),
    )
