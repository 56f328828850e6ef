"""How much work a trust model is, in a plan of some years of 365 days.

A touch is one piece of work by hand in one place: a certificate made, requested, vetted, installed,
imported or removed, or a push by policy, whatever it reaches. Setting up is counted from the Steps
of the model's procedure, or from those of the way over from what is there. What concerns a
certificate of a device comes back with every renewal, ``365 / (lifetime - lead)`` times a year, by
the lifetime in force on each day of issue. Renewals are taken as spread evenly over a cycle:
certificates issued on one day come back in waves instead.

The facts' own figures (174 touches a year for 4 UM servers and 16 devices, and so on) hold for a
single dial plan, in which every UM server has links with every device, for one certificate that
serves both roles, and leave out what a CA itself asks for; so do the renewals here, but for the
links, which are counted, and for a split pair, which renews twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ..deployment import (
    SELF,
    CreateAuthority,
    InternalPKI,
    Inventory,
    Procedure,
    SelfSigned,
    ThirdPartyCA,
    TrustModel,
    moment,
)
from ..errors import InvalidInput, Problem
from .assumptions import ASSUMPTIONS, Assumptions
from .counting import Tally, Work, count, tally
from .figures import Figure, counted, times, total
from .issuing import YEAR, Terms, lived, renewals_a_year, terms_over

if TYPE_CHECKING:
    import pandas as pd

MODELS: Mapping[str, TrustModel] = {
    "self-signed": SelfSigned(),
    "internal": InternalPKI(),
    "third-party": ThirdPartyCA(),
}
"""The three trust models, by the key that planning knows them by."""


class Period(NamedTuple):
    """From this day of the plan on, counted from 0, an issuer's certificates are like this."""

    first: int
    terms: Terms
    cycle: int


def _lead(days: int) -> str:
    return "lead_days" if days >= 200 else "lead_days_100" if days >= 100 else "lead_days_47"


@dataclass(frozen=True)
class Part:
    """The work that comes with one issuer of a model.

    ``first`` is the day of the plan, counted from 0, on which it is set up. ``tally`` counts the
    model's whole procedure, whose renewals come back, and ``begun`` what is done to begin with.
    ``built`` says whether its authority is among that.
    """

    issuer: str
    first: int
    tally: Tally = field(repr=False)
    begun: Tally = field(repr=False)
    built: bool
    periods: tuple[Period, ...] = field(repr=False)
    rates: tuple[Figure, ...]
    round: Figure
    certificates: Figure
    by_hand: Figure
    pki: InternalPKI | None = None

    @property
    def label(self) -> str:
        """Whose certificates these are, in words."""
        return "self-signed certificates" if self.issuer == SELF else self.issuer

    @property
    def year(self) -> int:
        """The year of the plan, counted from 0, in which it is set up."""
        return self.first // YEAR


def _part(
    issuer: str, found: list[tuple[int, Terms]], count: Tally, begun: Tally, built: bool,
    assumed: Assumptions, years: int, pki: InternalPKI | None,
) -> Part:  # fmt: skip
    periods = []
    for first, now in found:
        lead = assumed[_lead(now.days)]
        if now.days <= lead.value:
            problem = Problem(
                f"{lead.words}: certificates of {issuer} live {now.days} days only",
                f"Give fewer than {now.days} days.",
                column=lead.id,
                value=f"{lead.value:g}",
            )
            raise InvalidInput(
                "a certificate would be renewed before it is issued", problems=(problem,)
            )
        periods.append(Period(first, now, now.days - int(lead.value)))
    yearly = renewals_a_year(tuple((p.first, p.cycle) for p in periods), years)
    rates = []
    for year, rate in enumerate(yearly):
        start, end = YEAR * year, YEAR * (year + 1)
        bounds = [p.first for p in periods[1:]] + [YEAR * years]
        # A certificate of the period before may still come back in this one.
        ruling = [p for p, last in zip(periods, bounds, strict=True)
                  if p.first < end and last + p.cycle > start]  # fmt: skip
        inputs = []
        for period in ruling:
            days, lead_name = period.terms.days, _lead(period.terms.days)
            inputs += [Figure(days, "days", "the lifetime in force when issued", (),
                              period.terms.facts, f"lifetime from day {period.first}"),
                       assumed.figure(lead_name)]  # fmt: skip
        formula = ("365 ÷ (lifetime − lead time): renewed that much early, it comes back oftener "
                   "than its lifetime says; spread evenly, the first year too, though what is "
                   "issued on one day comes back in whole rounds")  # fmt: skip
        rates.append(Figure(rate, "renewals", formula, tuple(dict.fromkeys(inputs)), (),
                            f"renewals of a certificate in year {year + 1}"))  # fmt: skip
    hand = (
        counted("share renewed by hand", 1, "",
                "all: no protocol brings a self-signed certificate to its peers")
        if issuer == SELF
        else Figure(1 - assumed.value("automation") / 100, "", "1 − the share automated",
                    (assumed.figure("automation"),), (), "share renewed by hand")
    )  # fmt: skip
    return Part(
        issuer,
        periods[0].first,
        count,
        begun,
        built,
        tuple(periods),
        tuple(rates),
        counted("touches of one round of renewals", count.rounds[issuer], "touches",
                "counted from the procedure: its Steps on certificates of devices"),
        counted("certificates", count.certificates[issuer], "certificates",
                "counted from the procedure"),
        hand,
        pki,
    )  # fmt: skip


ASSUMED = (
    "hours_per_touch", "automation", "automated_minutes", "automation_setup",
    "lead_days", "lead_days_100", "lead_days_47", "self_signed_days", "pki_days",
)  # fmt: skip
"""The assumptions that effort depends on; no other changes it."""


@dataclass(frozen=True)
class Effort:
    """The work of one model on one inventory, from ``at`` over some years of 365 days.

    Tuples hold a Figure for each year. ``touches`` and ``hours`` are what comes after setting up:
    ``renewals``, and from the day that client authentication leaves public certificates also what
    setting up the private half takes. ``set_up`` and ``renewal_hours`` are the hours of each kind,
    in the years they fall in. ``beginning`` is “to set up”, or “to change over” where something is
    there already.
    """

    title: str
    inventory: Inventory = field(repr=False)
    at: date
    years: int
    parts: tuple[Part, ...] = field(repr=False)
    operations: Figure
    one_off: Figure
    set_up_hours: Figure
    renewals: tuple[Figure, ...]
    touches: tuple[Figure, ...]
    hours: tuple[Figure, ...]
    set_up: tuple[Figure, ...] = field(repr=False)
    renewal_hours: tuple[Figure, ...] = field(repr=False)
    beginning: str = "to set up"

    def day(self, number: int) -> date:
        """A day of the plan, counted from 0."""
        return self.at + timedelta(days=number)

    @cached_property
    def by_kind(self) -> Mapping[str, tuple[float, ...]]:
        """Touches by kind of work: setting up, then each year."""
        return self._by("kind")

    @cached_property
    def by_team(self) -> Mapping[str, tuple[float, ...]]:
        """Touches by team: setting up, then each year."""
        return self._by("team")

    @cached_property
    def by_device(self) -> Mapping[str, tuple[float, ...]]:
        """Touches by place, a device or an authority: setting up, then each year."""
        return self._rows(
            lambda tally: (
                (place, work, count)
                for work, places in tally.devices.items()
                for place, count in places.items()
            )
        )

    @property
    def frame(self) -> pd.DataFrame:
        """Touches by kind of work: a column for setting up and for each year."""
        import pandas as pd  # when asked for

        columns = [
            self.beginning.removeprefix("to "),
            *(f"year {n + 1}" for n in range(self.years)),
        ]
        return pd.DataFrame.from_dict(dict(self.by_kind), orient="index", columns=columns)

    def _by(self, name: str) -> Mapping[str, tuple[float, ...]]:
        return self._rows(
            lambda tally: (
                (getattr(work, name), work, count) for work, count in tally.touches.items()
            )
        )

    def _rows(
        self, counted: Callable[[Tally], Iterable[tuple[str, Work, int]]]
    ) -> Mapping[str, tuple[float, ...]]:
        rows: dict[str, list[float]] = {}
        for part in self.parts:
            start = part.year + 1 if part.first else 0
            for key, _, often in counted(part.begun):
                rows.setdefault(key, [0.0] * (self.years + 1))[start] += often
            for key, work, often in counted(part.tally):
                row = rows.setdefault(key, [0.0] * (self.years + 1))
                if work.issuer:
                    for year, rate in enumerate(part.rates, 1):
                        row[year] += often * rate.value * part.by_hand.value
        return {key: tuple(row) for key, row in rows.items() if any(row)}


def effort(
    inventory: Inventory,
    model: TrustModel,
    *,
    at: datetime | date | str,
    assumptions: Assumptions = ASSUMPTIONS,
    years: int = 5,
    way: Procedure | None = None,
) -> Effort:
    """Count the work of a model on this inventory, from ``at`` on (UTC).

    ``way`` is what is left to do where something is there already; left out, it is all of the
    model's procedure. Raises ``InvalidInput`` for years out of 1 to 30, and for a lead that is as
    long as a lifetime.
    """
    if years not in range(1, 31):
        raise InvalidInput("a plan over these years is not made", where=f"years={years!r}",
                           expected="a whole number from 1 to 30")  # fmt: skip
    start, assumed = moment(at).date(), assumptions
    model = lived(model, assumed)
    known: Any = model  # a value, so it can be remembered by
    beginning = "to set up" if way is None else "to change over"
    left = None if way is None else count(way, inventory)
    made = {step.authority for step in way or () if isinstance(step, CreateAuthority)}
    parts: list[Part] = []
    for number, (issuer, found) in enumerate(terms_over(known, start, years).items()):
        half = number > 0
        pki = model if isinstance(model, InternalPKI) else None
        if half and isinstance(model, ThirdPartyCA):
            pki = model.private
        whole = tally(inventory, _unsplit(known), client_half=half)
        begun, built = whole, True
        if left is not None and not found[0][0]:  # all that begins on the first day is on the way
            begun, built = left if not parts else count((), inventory), issuer in made
        parts.append(_part(issuer, found, whole, begun, built, assumed, years, pki))
    first = [part for part in parts if not part.first]
    one_off, set_up_hours = _set_up(first, beginning, assumed)
    later = {part.year: _set_up([part], f"to set up {part.label}", assumed)
             for part in parts if part.first}  # fmt: skip
    renewals, touches, hours, set_up, renewal_hours = [], [], [], [], []
    for year in range(years):
        label = f"in year {year + 1}"
        renewed = [times(f"renewals of {p.label} {label}", "touches", p.round, p.rates[year],
                         p.by_hand) for p in parts]  # fmt: skip
        renewals.append(total(f"renewals {label}", "touches", renewed))
        watched = [times(f"watching {p.label} {label}", "h", p.certificates, p.rates[year],
                         _rest(p.by_hand), _automated(assumed))
                   for p in parts if p.by_hand.value < 1]  # fmt: skip
        by_hand = times(f"renewing by hand {label}", "h", renewals[-1],
                        assumed.figure("hours_per_touch"))  # fmt: skip
        renewal_hours.append(total(f"hours on renewals {label}", "h", (by_hand, *watched)))
        more = later.get(year)
        extra = (more[0],) if more else ()
        touches.append(total(f"touches {label}", "touches", (renewals[-1], *extra)))
        extra = (more[1],) if more else ()
        hours.append(total(f"hours {label}", "h", (renewal_hours[-1], *extra)))
        at_once = (set_up_hours,) if not year else ()
        set_up.append(total(f"hours {beginning} {label}", "h", (*at_once, *extra)))
    operations = counted(f"steps {beginning}", sum(p.begun.operations for p in first),
                         "steps", "the Steps of the procedure, counted")  # fmt: skip
    return Effort(
        model.title, inventory, start, years, tuple(parts), operations, one_off, set_up_hours,
        tuple(renewals), tuple(touches), tuple(hours), tuple(set_up), tuple(renewal_hours),
        beginning,
    )  # fmt: skip


def _set_up(parts: list[Part], name: str, assumed: Assumptions) -> tuple[Figure, Figure]:
    """Touches and hours to set these up."""
    touches = total(f"touches {name}", "touches", (
        counted(f"touches for {part.label}", part.begun.all, "touches",
                "counted from the Steps") for part in parts))  # fmt: skip
    automating = [
        times(f"automating {part.label}", "h", part.certificates, _rest(part.by_hand),
              assumed.figure("automation_setup"))
        for part in parts if part.by_hand.value < 1
    ]  # fmt: skip
    by_hand = times(f"work {name}", "h", touches, assumed.figure("hours_per_touch"))
    return touches, total(f"hours {name}", "h", (by_hand, *automating))


@lru_cache(maxsize=64)
def _unsplit(model: Any) -> TrustModel:
    """The model that is counted as its public half; what is private is counted by itself."""
    return replace(model, split=False) if isinstance(model, ThirdPartyCA) else model


def _rest(share: Figure) -> Figure:
    return Figure(1 - share.value, "", "1 − the share renewed by hand", (share,), (),
                  "share that renews by itself")  # fmt: skip


def _automated(assumed: Assumptions) -> Figure:
    minutes = assumed.figure("automated_minutes")
    return Figure(minutes.value / 60, "h", "minutes ÷ 60", (minutes,), (),
                  "hours per automated renewal")  # fmt: skip
