"""The years ahead, played through many times: who is late, what goes wrong, and what it costs.

All certificates are issued on the first day and come back in waves, by the rules in force on each
day of issue. In each wave some renewals come late and some touches go wrong, by the assumptions;
how many is drawn at random, a number for each wave and not for each device, so that a hundred
thousand devices take no longer than ten. A forecast is no measurement: it is as good as what is
assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from math import exp
from typing import TYPE_CHECKING, NamedTuple

from ..deployment import SELF, Inventory, TrustModel
from ..deployment.authority_steps import ROOT_CRL_DAYS
from ..deployment.steps import plural
from ..errors import InvalidInput
from .assumptions import ASSUMPTIONS, Assumptions
from .effort import Effort, Part, effort
from .figures import Figure
from .issuing import YEAR

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Draws = NDArray[np.float64]

MEASURES = {
    "outages": ("outages", "occasions on which a link is down: late renewals and mistakes, drawn"),
    "link_hours": ("h", "each outage × the links it takes down × its hours until it is over"),
    "touches": ("touches", "renewals by hand × their touches, and one more to repair each outage"),
    "hours": ("h", "touches × hours per touch + automated renewals × their minutes"),
}
"""What is counted: the unit, and where it comes from."""
_RESTS_ON = ("late", "late_days", "mistakes", "automated_mistakes", "outage_hours", "automation",
             "hours_per_touch", "automated_minutes")  # fmt: skip


class Spread(NamedTuple):
    """What a tenth, half and nine tenths of the runs stay at or below."""

    p10: Figure
    p50: Figure
    p90: Figure


class Wave(NamedTuple):
    """Renewals that are planned for one day of the plan, counted from 0.

    All ``size`` of them take ``touches``, and on each hang ``links`` links on average. A list of
    revocations that somebody must carry out is a renewal too, on which all links hang.
    """

    day: int
    size: int
    touches: int
    links: float
    lead: int
    by_hand: bool


@dataclass(frozen=True)
class Forecast:
    """What some years may bring, over ``runs`` runs. ``draws`` has a row a year for each measure.

    ``spread("outages")`` and so on for the whole time; ``yearly`` for each year.
    """

    title: str
    inventory: Inventory = field(repr=False)
    at: date
    years: int
    runs: int
    seed: int
    waves: tuple[Wave, ...] = field(repr=False)
    draws: Mapping[str, Draws] = field(repr=False, compare=False)
    assumptions: Assumptions = field(repr=False)

    def spread(self, measure: str) -> Spread:
        """A measure over all years: one of ``MEASURES``. Raises ``InvalidInput`` for another."""
        return self._spread(measure, self._of(measure).sum(axis=0), f"in {self.years} years")

    def yearly(self, measure: str) -> tuple[Spread, ...]:
        """A measure in each year."""
        rows = self._of(measure)
        return tuple(
            self._spread(measure, row, f"in year {year}") for year, row in enumerate(rows, 1)
        )

    @property
    def headline(self) -> str:
        """The outages to expect, in a sentence."""
        low, middle, high = self.spread("outages")
        return (
            f"{self.title}: about {plural(round(middle.value), 'outage')} in {self.years} years; "
            f"8 of 10 runs have {low.value:,.0f} to {high.value:,.0f}"
        )

    @property
    def frame(self) -> pd.DataFrame:
        """The spreads of all measures as a table."""
        import pandas as pd  # when asked for: pandas takes longer to import than certlab

        rows = {name: [float(f) for f in self.spread(name)] for name in MEASURES}
        return pd.DataFrame.from_dict(rows, orient="index", columns=["p10", "p50", "p90"])

    def _of(self, measure: str) -> Draws:
        if measure not in MEASURES:
            raise InvalidInput(f"nothing is forecast as {measure!r}", expected=", ".join(MEASURES))
        return self.draws[measure]

    def _spread(self, measure: str, drawn: Draws, when: str) -> Spread:
        import numpy as np

        unit, how = MEASURES[measure]
        inputs = tuple(self.assumptions.figure(name) for name in _RESTS_ON)
        said = f"{how}; {self.runs:,} runs with seed {self.seed}, of which {{}} % stay at or below"
        p10, p50, p90 = (
            Figure(float(value), unit, said.format(share), inputs, (),
                   f"{measure.replace('_', ' ')} {when}, p{share}")
            for share, value in zip((10, 50, 90), np.percentile(drawn, (10, 50, 90)), strict=True)
        )  # fmt: skip
        return Spread(p10, p50, p90)

    def __repr__(self) -> str:
        return f"Forecast({self.headline!r})"


def forecast(
    inventory: Inventory,
    model: TrustModel,
    *,
    at: datetime | date | str,
    assumptions: Assumptions = ASSUMPTIONS,
    years: int = 5,
    runs: int = 1_000,
    seed: int = 1,
) -> Forecast:
    """Play the years from ``at`` (UTC) through ``runs`` times; the same seed gives the same.

    How many certificates renew by themselves is the assumption ``automation``: set it to 0 for
    people, to 100 for machines. Raises ``InvalidInput`` for a number of runs out of 10 to 100,000,
    and as ``effort`` does.
    """
    if not 10 <= runs <= 100_000:
        raise InvalidInput("no such number of runs", where=f"runs={runs}", expected="10 to 100,000")
    work = effort(inventory, model, at=at, assumptions=assumptions, years=years)
    waves = tuple(_waves(inventory, work, assumptions))
    return Forecast(work.title, inventory, work.at, years, runs, seed, waves,
                    _play(waves, assumptions, years, runs, seed), assumptions)  # fmt: skip


def _waves(inventory: Inventory, work: Effort, assumed: Assumptions) -> Iterator[Wave]:
    """The renewals of all issuers, and the lists of offline roots."""
    links = len(inventory.links)
    for part in work.parts:
        count = round(part.certificates.value)
        if not count:
            continue
        automated = round(count * (1 - part.by_hand.value))
        each = 2 * links / count
        touches = round(part.round.value * (count - automated) / count)
        for day, lead in _days(part, work.years):
            if count > automated:
                yield Wave(day, count - automated, touches, each, lead, True)
            if automated:
                yield Wave(day, automated, 0, each, lead, False)
        if part.issuer != SELF and part.pki is not None and part.pki.tiers == 2:
            lead = int(assumed.value("lead_days"))
            for day in range(part.first + ROOT_CRL_DAYS - lead, YEAR * work.years, ROOT_CRL_DAYS):
                yield Wave(day, 1, 1, links, lead, True)


def _days(part: Part, years: int) -> Iterator[tuple[int, int]]:
    """The days on which renewals are planned, and how many days too early each is."""
    day = part.first
    while True:
        period = [found for found in part.periods if found.first <= day][-1]
        day += period.cycle
        if day >= YEAR * years:
            return
        yield day, period.terms.days - period.cycle


def _play(
    waves: tuple[Wave, ...], assumed: Assumptions, years: int, runs: int, seed: int
) -> dict[str, Draws]:
    import numpy as np  # when asked for: it takes longer to import than certlab

    draw = np.random.default_rng(seed)
    value = assumed.value
    found = {name: np.zeros((years, runs)) for name in MEASURES}
    # A late renewal is behind its plan by some days, on average so many; who is so by more than it
    # was planned early fails. How long an outage takes is spread in the same way (exponentially).
    behind = value("late_days")
    for wave in waves:
        done = wave.touches
        if wave.by_hand:
            too_late = value("late") / 100 * (exp(-wave.lead / behind) if behind else 0.0)
            missed = draw.binomial(wave.size, too_late, runs)
            wrong = draw.binomial(done, value("mistakes") / 100, runs)
        else:
            missed = draw.binomial(wave.size, value("automated_mistakes") / 100, runs)
            wrong = np.zeros(runs, np.int64)
        lasting = [
            draw.gamma(np.maximum(many, 1e-12), max(value("outage_hours"), 1e-12))
            for many in (missed, wrong)
        ]
        year = wave.day // YEAR
        found["outages"][year] += missed + wrong
        # A missed renewal takes all links of a device down; a touch gone wrong, one.
        found["link_hours"][year] += lasting[0] * wave.links + lasting[1]
        found["touches"][year] += done + missed + wrong
        by_itself = 0 if wave.by_hand else wave.size * value("automated_minutes") / 60
        found["hours"][year] += (done + missed + wrong) * value("hours_per_touch") + by_itself
    return found
