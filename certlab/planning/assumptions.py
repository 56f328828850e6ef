"""What the planning takes for granted: one table, sourced and dated, that the reader edits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING

from ..errors import InvalidInput, Problem, UnknownName
from ..validation.facts import Mark
from .figures import Figure

if TYPE_CHECKING:
    import pandas as pd

CHECKED = date(2026, 11, 23)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?P<part>[.,\s])\d{3}(?:(?P=part)\d{3})*(?P<rest>\.\d+)?")
_GROUPED_FROM = 1_000
"""A comma parts thousands where so much is accepted: elsewhere it must be meant for decimals."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """One number that somebody assumes, in ``unit``.

    ``least`` and ``most`` bound what is accepted, ``low`` and ``high`` what is plausible. Every
    default is illustrative; ``mark`` tells how its ``source``, read on ``checked``, is known.
    """

    id: str
    words: str
    value: float
    unit: str
    most: float
    low: float
    high: float
    source: str = "a round number to begin with"
    mark: Mark = Mark.KNOWN
    whole: bool = False
    least: float = 0
    checked: date = CHECKED

    @property
    def range(self) -> str:
        """What is accepted, in words."""
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.least:,.10g} to {self.most:,.10g} {self.unit}".rstrip()

    @property
    def is_yours(self) -> bool:
        """Whether somebody put in another value than the default."""
        return self.value != ASSUMPTIONS[self.id].value

    @property
    def is_plausible(self) -> bool:
        """Whether it lies within what is plausible."""
        return self.low <= self.value <= self.high

    @property
    def origin(self) -> str:
        """Where the value comes from: its source, or that it is yours and what the default is."""
        known = f"{self.source} [{self.mark}], checked {self.checked}"
        if not self.is_yours:
            return f"assumed; {known}"
        default = Figure(ASSUMPTIONS[self.id].value, self.unit).text
        return f"assumed; your value, in place of {default} by default ({known})"

    @property
    def figure(self) -> Figure:
        """Its value as a Figure that tells its source."""
        return Figure(self.value, self.unit, self.origin, name=self.words)

    def read(self, given: object) -> float | Problem:
        """The number that was given, or what is wrong with it.

        In a text the unit may follow it. “1,000” is a thousand where so much is accepted; “1.000”
        could be two numbers and is refused.
        """
        if isinstance(given, str):
            read = self._number(given.strip())
            if isinstance(read, Problem):
                return read
            given = read
        if isinstance(given, bool) or not isinstance(given, int | float) or not isfinite(given):
            return self._wrong("this is no number", given)
        if self.whole and given != int(given):
            return self._wrong("a whole number is needed", given)
        if not self.least <= given <= self.most:
            return self._wrong("this is out of range", given)
        return int(given) if self.whole else given

    def _number(self, text: str) -> float | Problem:
        bare = text.removesuffix(self.unit).rstrip() if self.unit else text
        grouped = _THOUSANDS.fullmatch(bare)
        if grouped:
            part, rest = grouped["part"], grouped["rest"] or ""
            joined = bare.removesuffix(rest).replace(part, "") + rest
            if part != "." and self.most >= _GROUPED_FROM:
                return float(joined)
            if part == "." and (self.whole or float(joined) <= self.most or bare.count(".") > 1):
                either = "" if bare.count(".") > 1 else f", or {float(bare):g}"
                return self._wrong("this can be read in two ways", text,
                                   f"Type {joined}{either}. ")  # fmt: skip
        try:
            return float(bare)
        except ValueError:
            what = "this is no number" if text else "it is blank"
        if re.fullmatch(r"\d+,\d+", bare):
            return self._wrong("a comma does not part decimals here", text,
                               f"Type {bare.replace(',', '.')}. ")  # fmt: skip
        return self._wrong(what, text, f"Type digits alone, such as {self.value:g}. ")

    def _wrong(self, what: str, given: object, instead: str = "") -> Problem:
        return Problem(f"{self.words}: {what}", f"{instead}Give {self.range}.", column=self.id,
                       value=str(given)[:80])  # fmt: skip


@dataclass(frozen=True)
class Assumptions(Mapping[str, Assumption]):
    """The table of assumptions, by id. ``changed`` makes another one; none is ever altered."""

    rows: tuple[Assumption, ...] = field(repr=False)

    def changed(self, values: Mapping[str, object] | None = None, **more: object) -> Assumptions:
        """The table with these values, numbers or text that reads as one.

        Raises ``InvalidInput`` that names every wrong field with its range, and then changes
        nothing; ``UnknownName`` for what is not in the table.
        """
        given = {**(values or {}), **more}
        for name in given:
            self[name]
        read = {name: self[name].read(value) for name, value in given.items()}
        problems = tuple(found for found in read.values() if isinstance(found, Problem))
        if problems:
            raise InvalidInput(
                "these assumptions cannot be used; nothing was changed", problems=problems
            )
        return Assumptions(
            tuple(
                row if isinstance(value := read.get(row.id, row.value), Problem)
                else replace(row, value=value)
                for row in self.rows
            )
        )  # fmt: skip

    @property
    def changes(self) -> dict[str, float]:
        """The values that are not the defaults."""
        return {row.id: row.value for row in self.rows if row.is_yours}

    @property
    def code(self) -> str:
        """The expression that makes this table."""
        given = ", ".join(f"{name}={value!r}" for name, value in self.changes.items())
        return f"ASSUMPTIONS.changed({given})" if given else "ASSUMPTIONS"

    @property
    def frame(self) -> pd.DataFrame:
        """The table, one row for each assumption."""
        import pandas as pd  # when asked for: pandas takes longer to import than certlab

        columns = ("words", "value", "unit", "low", "high", "origin")
        data = [[getattr(row, column) for column in columns] for row in self.rows]
        return pd.DataFrame(data, index=pd.Index(list(self), name="name"), columns=list(columns))

    def figure(self, name: str) -> Figure:
        """One of them as a Figure."""
        found = self._figures.get(name)
        return found or self._figures.setdefault(name, self[name].figure)

    def value(self, name: str) -> float:
        """The number alone."""
        return self[name].value

    @cached_property
    def _by_id(self) -> dict[str, Assumption]:
        return {row.id: row for row in self.rows}

    @cached_property
    def _figures(self) -> dict[str, Figure]:
        return {}

    def __getitem__(self, name: str) -> Assumption:
        try:
            return self._by_id[name]
        except KeyError:
            known = ", ".join(self._by_id)
            raise UnknownName(f"no assumption is called {name!r}", expected=known) from None

    def __contains__(self, name: object) -> bool:
        return name in self._by_id

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return self.code


_STUDY = "a vendor's study: 90 minutes a certificate by hand, 2 when automated", Mark.SECONDARY
_AHEAD = "a month's warning is usual; less where certificates live shorter", Mark.KNOWN
_DEVICES = "what a UM server of 2007 made; others make other ones", Mark.KNOWN
_AWS = "AWS Private CA: 400, or 50 for short-lived certificates", Mark.PRIMARY
_WEAK = "reports on prices, of weak standing", Mark.SECONDARY
_YEARLY = f"{_WEAK[0]}; renewals in the year are free", Mark.SECONDARY
_LARGE = 1_000_000

# fmt: off
# name, what it is, default, unit, most, plausible low and high, and what differs from the usual
ASSUMPTIONS = Assumptions((
    Assumption("hours_per_touch", "hours per touch", 0.5, "h", 40, 0.1, 1, *_STUDY),
    Assumption("rate", "cost of an hour", 75, "USD", 10_000, 40, 150),
    Assumption("automation", "share automated under a CA", 0, "%", 100, 0, 90),
    Assumption("automated_minutes", "minutes per automated renewal", 2, "min", 240, 1, 10, *_STUDY),
    Assumption("automation_setup", "hours to automate one certificate", 1, "h", 100, 0.25, 4),
    Assumption("lead_days", "lead time, lifetimes from 200 days",
               30, "days", 199, 14, 60, *_AHEAD, whole=True),
    Assumption("lead_days_100", "lead time, lifetimes of 100 to 199",
               20, "days", 99, 10, 40, *_AHEAD, whole=True),
    Assumption("lead_days_47", "lead time, lifetimes under 100 days",
               10, "days", 44, 5, 20, *_AHEAD, whole=True),
    Assumption("self_signed_days", "lifetime of a self-signed certificate",
               365, "days", 7_300, 365, 1_825, *_DEVICES, whole=True, least=45),
    Assumption("pki_days", "lifetime of a certificate of a CA of your own",
               365, "days", 3_650, 90, 730, *_DEVICES, whole=True, least=45),
    Assumption("ca_server_price", "price of a CA server", 4_000, "USD", _LARGE, 1_000, 10_000),
    Assumption("ca_setup_hours", "hours to plan and set up a PKI", 40, "h", 10_000, 16, 160),
    Assumption("ca_yearly_hours", "hours a year to run a CA server", 24, "h", 8_760, 8, 80),
    Assumption("hsm_count", "hardware security modules", 0, "", 100, 0, 2, whole=True),
    Assumption("hsm_price", "price of a hardware security module",
               20_000, "USD", _LARGE, 10_000, 100_000, *_WEAK),
    Assumption("ca_service", "a CA service, no own servers (1 is yes)", 0, "", 1, 0, 1, whole=True),
    Assumption("ca_service_month", "price of a CA service",
               400, "USD a month", _LARGE, 50, 400, *_AWS),
    Assumption("ca_service_certificate", "price of a certificate from a CA service",
               0.75, "USD", 10_000, 0, 1, *_WEAK),
    Assumption("certificate_price", "price of a public certificate for a year",
               100, "USD", _LARGE, 50, 250, *_YEARLY),
    Assumption("validation_hours", "hours to show control of a domain", 0.25, "h", 40, 0, 1),
    Assumption("outsiders", "devices that outsiders call", 0, "", _LARGE, 0, 10, whole=True),
    Assumption("near", "costs this close count as equal", 15, "%", 100, 0, 30),
    Assumption("late", "renewals by people that come late", 5, "%", 100, 1, 20),
    Assumption("late_days", "days a late renewal is behind its plan", 30, "days", 400, 7, 60),
    Assumption("mistakes", "touches by people that go wrong", 2, "%", 100, 0.5, 5),
    Assumption("automated_mistakes", "automated renewals that go wrong", 0.5, "%", 100, 0.1, 2),
    Assumption("outage_hours", "hours until an outage is over", 4, "h", 1_000, 1, 24),
))
# fmt: on
"""The defaults. All are illustrative: put your own in with ``changed``."""
