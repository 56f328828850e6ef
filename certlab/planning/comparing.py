"""The models beside each other: which is cheapest, what drives it, what would change the choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from itertools import accumulate, permutations
from typing import TYPE_CHECKING

from ..deployment import Inventory, Procedure, ThirdPartyCA, TrustModel, moment
from ..errors import InvalidInput
from ..validation.facts import Mark
from ..validation.review import is_internal_host
from .assumptions import ASSUMPTIONS, Assumption, Assumptions
from .cost import DECIDED, IDLE, Cost, cost_of
from .effort import ASSUMED, MODELS, Effort, effort
from .figures import Figure, total
from .growth import estate_of_size, linked_parts

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Swing:
    """What a model costs at the two plausible ends of one assumption, the others as they are."""

    assumption: Assumption
    low: Figure
    high: Figure

    @property
    def width(self) -> float:
        """How far the two are apart, in USD."""
        return abs(self.high.value - self.low.value)


@dataclass(frozen=True)
class Flip:
    """From ``value`` of one assumption on, another model (a key) is the choice.

    ``plausible`` says whether that lies within what the table holds for plausible.
    """

    assumption: Assumption
    value: float
    becomes: str
    plausible: bool

    @property
    def sentence(self) -> str:
        """It in words."""
        now, row = self.assumption.value, self.assumption
        way = "or more" if self.value > now else "or less"
        at = Figure(self.value, row.unit).text
        return f"{row.words}: {at} {way}, instead of {Figure(now, row.unit).text}"


@dataclass(frozen=True)
class BreakEven:
    """``later`` costs more than ``first`` to begin with, and less from ``years`` on."""

    first: str
    later: str
    years: Figure


@dataclass(frozen=True)
class Comparison:
    """Several models on one inventory under the same assumptions, by key.

    ``ways`` are what is left to do for each where something is there already; empty, nothing is.
    """

    inventory: Inventory = field(repr=False)
    at: date
    years: int
    assumptions: Assumptions
    models: Mapping[str, TrustModel] = field(repr=False)
    ways: Mapping[str, Procedure] = field(default_factory=dict, repr=False)

    @cached_property
    def efforts(self) -> Mapping[str, Effort]:
        """The work of each."""
        return {
            key: effort(self.inventory, model, at=self.at, assumptions=self.assumptions,
                        years=self.years, way=self.ways.get(key))
            for key, model in self.models.items()
        }  # fmt: skip

    @cached_property
    def costs(self) -> Mapping[str, Cost]:
        """What each costs."""
        return {
            key: cost_of(work, self.inventory, self.models[key], self.assumptions)
            for key, work in self.efforts.items()
        }

    @cached_property
    def unfit(self) -> tuple[str, ...]:
        """The linked devices with a name that no public CA may certify (fact internal-names).

        Names under .example stand here for registered ones, as they do for the lab's public CA.
        """
        inventory = self.inventory
        return tuple(
            device.name
            for device in inventory
            if inventory.peers[device.name]
            and is_internal_host(device.dns_name)
            and not device.dns_name.endswith(".example")
        )

    @property
    def fit(self) -> tuple[str, ...]:
        """The models that can be: no third party where a name is ``unfit``; all, if none can."""
        own = tuple(k for k, m in self.models.items() if not isinstance(m, ThirdPartyCA))
        return own if own and self.unfit else tuple(self.models)

    @property
    def cheapest(self) -> str:
        """The model that costs least of those that can be."""
        return min(self.fit, key=lambda key: self.costs[key].total.value)

    @property
    def choice(self) -> str:
        """The cheapest that can be; of several that cost nearly the same, the fewest touches.

        How near is the assumption “near”.
        """
        costs = {key: self.costs[key].total.value for key in self.fit}
        enough = min(costs.values()) * (1 + self.assumptions.value("near") / 100)
        near = [key for key, usd in costs.items() if usd <= enough]
        return min(near, key=lambda key: self.touches[key].value)

    @cached_property
    def touches(self) -> Mapping[str, Figure]:
        """All touches of each over the years, setting up included."""
        return {
            key: total("touches over all years", "touches", (work.one_off, *work.touches))
            for key, work in self.efforts.items()
        }

    @property
    def break_even(self) -> tuple[BreakEven, ...]:
        """For each pair whose running sums cross: after how many years."""
        sums = {
            key: list(accumulate(figure.value for figure in found.by_year))
            for key, found in self.costs.items()
        }
        found = []
        for first, later in permutations(sums, 2):
            gaps = [b - a for a, b in zip(sums[first], sums[later], strict=True)]
            if gaps[0] > 0 >= gaps[-1]:
                year = next(n for n, gap in enumerate(gaps) if gap <= 0)
                after = year + gaps[year - 1] / (gaps[year - 1] - gaps[year])
                formula = "where the running sums of both costs cross, even within a year"
                inputs = self.costs[first].total, self.costs[later].total
                figure = Figure(after, "years", formula, inputs, (), "break-even")
                found.append(BreakEven(first, later, figure))
        return tuple(found)

    def sensitivity(self, model: str = "") -> tuple[Swing, ...]:
        """What drives the cost of a model (a key; left out, the choice), the strongest first.

        One assumption at a time goes to the low and to the high end of what is plausible.
        """
        key = model or self.choice
        if key not in self.models:
            raise InvalidInput("this model is not compared here", where=repr(key),
                               expected=", ".join(self.models))  # fmt: skip
        swings = []
        for row in self._driving:
            ends = [self._with(row, value).costs[key].total for value in (row.low, row.high)]
            swings.append(Swing(row, *ends))
        moved = [swing for swing in swings if swing.width > 1e-9]
        return tuple(sorted(moved, key=lambda swing: -swing.width))

    def flips(self) -> tuple[Flip, ...]:
        """What would change the choice, one assumption at a time, the nearest first.

        Sought within what is plausible and, only if nothing there would, in all that is accepted.
        """
        for plausible in (True, False):
            found = []
            for row in self._driving:
                for end in (row.low, row.high) if plausible else (row.least, row.most):
                    flip = self._flip(row, end, plausible)
                    if flip is not None:
                        found.append(flip)
            if found:
                return tuple(sorted(found, key=_distance))
        return ()

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each model: steps, touches, hours, USD."""
        import pandas as pd  # when asked for

        rows = {
            key: {
                "steps to set up": work.operations.value,
                "touches to set up": work.one_off.value,
                **{f"touches in year {n}": f.value for n, f in enumerate(work.touches, 1)},
                "hours": work.set_up_hours.value + sum(f.value for f in work.hours),
                "USD": self.costs[key].total.value,
            }
            for key, work in self.efforts.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index")

    @property
    def _driving(self) -> list[Assumption]:
        return [row for row in self.assumptions.values() if row.id not in (*IDLE, *DECIDED)]

    def _with(self, row: Assumption, value: float) -> Comparison:
        """The comparison with one assumption at another value."""
        rows = tuple([replace(r, value=value) if r is row else r for r in self.assumptions.rows])
        other = replace(self, assumptions=Assumptions(rows))
        other.__dict__["unfit"] = self.unfit  # what no assumption changes is not asked again
        if row.id not in ASSUMED:
            other.__dict__["efforts"] = self.efforts
        return other

    def _flip(self, row: Assumption, end: float, plausible: bool) -> Flip | None:
        def choice(value: float) -> str:
            return self._with(row, value).choice

        return None if end == row.value else _turn(row, self.choice, end, choice, plausible)

    def size_flips(self, most: int = 100) -> tuple[Flip, ...]:
        """How many UM servers, or other devices beside the same, would change the choice.

        Reckoned for an estate with a single dial plan and up to ``most`` of either, in which
        nothing is there already.
        """
        if self.ways:
            return ()
        servers, others = map(len, linked_parts(self.inventory))

        def more_servers(number: float) -> str:
            return replace(self, inventory=estate_of_size(int(number), others)).choice

        def more_others(number: float) -> str:
            return replace(self, inventory=estate_of_size(servers, int(number))).choice

        found = []
        for words, now, choice in (
            ("UM servers in one dial plan", servers, more_servers),
            ("devices beside the UM servers in one dial plan", others, more_others),
        ):
            row = Assumption(words, words, now, "", most, 0, most,
                             "counted in the inventory", Mark.PRIMARY, whole=True)  # fmt: skip
            size = now
            while 0 < size <= most and choice(size) == self.choice:
                row, size = replace(row, value=size), size * 2
            if now < size <= most and (flip := _turn(row, self.choice, size, choice, False)):
                found.append(replace(flip, assumption=replace(row, value=now)))
        return tuple(found)


def _turn(
    row: Assumption, now: str, far: float, choice: Callable[[float], str], plausible: bool
) -> Flip | None:
    """Where between its value and ``far`` an assumption turns the choice from ``now``."""
    kept, becomes = row.value, choice(far)
    if becomes == now:
        return None
    for _ in range(12):  # the turning point, to a four-thousandth of the way
        middle = (kept + far) / 2
        if row.whole and (middle := round(middle)) in (kept, far):
            break
        other = choice(middle)
        if other == now:
            kept = middle
        else:
            far, becomes = middle, other
    return Flip(row, far, becomes, plausible)


def compare(
    inventory: Inventory,
    *,
    at: datetime | date | str,
    assumptions: Assumptions = ASSUMPTIONS,
    models: Mapping[str, TrustModel] = MODELS,
    years: int = 5,
    ways: Mapping[str, Procedure] | None = None,
) -> Comparison:
    """Put models beside each other on this inventory, from ``at`` on (UTC). Raises as ``effort``.

    The third party follows the rules in force: see ``terms``. ``ways`` are by key what is left to
    do for each where something is there already.
    """
    if not models:
        raise InvalidInput("there is no model to compare", expected="some, by key, as MODELS")
    found = Comparison(
        inventory, moment(at).date(), years, assumptions, dict(models), dict(ways or {})
    )
    _ = found.costs  # what cannot be computed is said now
    return found


def _distance(flip: Flip) -> float:
    row = flip.assumption
    return abs(flip.value - row.value) / ((row.high - row.low) or 1)
