"""A plan: everything about one deployment to come, worked out when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from ..deployment import (
    Deployment,
    DeviceLine,
    Inventory,
    TrustModel,
    begin,
    device_lines,
    moment,
)
from ..errors import InvalidInput
from .advice import Advice, advise_on
from .assumptions import ASSUMPTIONS, Assumptions
from .comparing import Comparison, compare
from .cost import Cost
from .due import DueList, due
from .effort import MODELS, Effort
from .figures import Figure, total
from .forecast import Forecast, forecast
from .growth import Growth, grow, grow_estate, linked_parts
from .issuing import YEAR, lived
from .outages import OutageCalendar, outages
from .runbook import Runbook, runbook
from .timeline import Timeline, fact_timeline
from .what_if import WhatIf, what_if

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
"""A plan begins between these: before, no fact holds; after, calendars come to their end."""

_COUNTED = 20_000
"""Links that are counted while somebody waits."""


@dataclass(frozen=True)
class ChangeOver:
    """The way from what is there today (``start``) to a model, on which no link stops working.

    Where there is no such way, ``way`` says why.
    """

    title: str
    start: Deployment = field(repr=False)
    way: WhatIf

    @cached_property
    def runbook(self) -> Runbook:
        """Its runbook, which says first what stops working on the way."""
        book = runbook(self.start, replace(self.way.procedure, title=self.title))
        return replace(book, notes=(self.way.outage, *book.notes)) if self.way.broken else book


@dataclass(frozen=True)
class Standing:
    """What is there today: a deployment of one model (a key), and from it the way to any other."""

    inventory: Inventory = field(repr=False)
    key: str
    at: datetime
    model: TrustModel
    _ways: dict[TrustModel, ChangeOver] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def deployment(self) -> Deployment:
        """The deployment. Raises ``StepRefused`` where the model cannot be there on that day."""
        return begin(self.inventory, at=self.at).run(self.model.procedure(self.inventory))

    def knows(self, models: Iterable[TrustModel]) -> bool:
        """Whether the way to each of these is worked out."""
        return all(model in self._ways for model in models)

    def way_to(self, model: TrustModel) -> ChangeOver:
        """The way from there to this model; it is worked out once. Raises ``StepRefused``."""
        if model not in self._ways:
            title = f"From {self.model.title} to {model.title}"
            way = what_if(self.deployment, model=model)
            self._ways[model] = ChangeOver(title, self.deployment, way)
        return self._ways[model]


@dataclass(frozen=True)
class Plan:
    """What a deployment of this inventory will ask for, over ``years`` from ``at`` on (UTC).

    ``chosen`` is the key of the model that is planned for; empty, it is the one that is advised.
    ``standing`` is what is there so far, None where that is nothing, and ``today`` its key.
    Effort, cost and advice count the way from there; ``change_over`` is that way. What asks for it
    raises ``StepRefused`` where the model of today could not be there on that day.
    """

    inventory: Inventory = field(repr=False)
    at: datetime
    assumptions: Assumptions = ASSUMPTIONS
    models: Mapping[str, TrustModel] = field(default_factory=lambda: dict(MODELS), repr=False)
    years: int = 5
    chosen: str = ""
    standing: Standing | None = None

    @cached_property
    def comparison(self) -> Comparison:
        """The models side by side."""
        ways = {}
        if self.standing is not None:
            way_to = self.standing.way_to
            ways = {key: way_to(model).way.procedure for key, model in self.models.items()}
        return compare(self.inventory, at=self.at, assumptions=self.assumptions,
                       models=self.models, years=self.years, ways=ways)  # fmt: skip

    @cached_property
    def advice(self) -> Advice:
        """Which model, and why."""
        return advise_on(self.comparison)

    @property
    def code(self) -> str:
        """The call that makes this plan, for an inventory called ``estate``."""
        at = self.at.isoformat().removesuffix("T00:00:00+00:00")
        given = [f'estate, at="{at}"']
        if self.assumptions.changes:
            given.append(f"assumptions={self.assumptions.code}")
        if tuple(self.models) != tuple(MODELS):
            models = ", ".join(f'"{key}": MODELS["{key}"]' for key in self.models)
            given.append(f"models={{{models}}}")
        if self.years != Plan.years:
            given.append(f"years={self.years}")
        if self.chosen:
            given.append(f"model={self.chosen!r}")
        if self.today:
            given.append(f"today={self.today!r}")
        return f"plan_for({', '.join(given)})"

    @property
    def at_hand(self) -> bool:
        """Whether the models can be compared without working out the way over from today first."""
        return self.standing is None or self.standing.knows(self.models.values())

    @property
    def today(self) -> str:
        """The key of the model that the estate follows so far; empty, nothing is there."""
        return self.standing.key if self.standing is not None else ""

    @property
    def key(self) -> str:
        """The key of the model that is planned for."""
        return self.chosen or self.comparison.choice

    @property
    def model(self) -> TrustModel:
        """The model that is planned for."""
        return self.models[self.key]

    @property
    def effort(self) -> Effort:
        """Its work."""
        return self.comparison.efforts[self.key]

    @property
    def cost(self) -> Cost:
        """What it costs."""
        return self.comparison.costs[self.key]

    def touches_in(self, year: int, key: str = "") -> Figure:
        """Touches in a year, from 1, of this or another model; the first has the setting up."""
        self._check(year)
        work = self.comparison.efforts[key or self.key]
        begun = (work.one_off,) if year == 1 else ()
        return total(f"all touches in year {year}", "touches", (*begun, work.touches[year - 1]))

    def hours_in(self, year: int) -> Figure:
        """Hours in a year, from 1; the first has the setting up."""
        self._check(year)
        work = self.effort
        begun = (work.set_up_hours,) if year == 1 else ()
        return total(f"all hours in year {year}", "h", (*begun, work.hours[year - 1]))

    def _check(self, year: int) -> None:
        if not 1 <= year <= self.years:
            raise InvalidInput("the plan has no such year", where=f"{year}",
                               expected=f"1 to {self.years}")  # fmt: skip

    @cached_property
    def growth(self) -> Growth:
        """How the setting up grows with the devices, in the dial plans that are there.

        Up to twice as many as there are, or of many up to a quarter more. An estate that would
        take too long to count is not marked: a smaller one, in one dial plan, shows the shape.
        """
        models = {self.comparison.costs[key].title: model for key, model in self.models.items()}
        own = len(linked_parts(self.inventory)[1])
        if not own or len(self.inventory.links) > _COUNTED:
            return grow(models, servers=20, devices=range(20, 201, 20))
        most, parts = (own * 5 // 4, 5) if own > 100 else (max(2 * own, 10), 10)
        sizes = {max(1, round(most * part / parts)) for part in range(1, parts + 1)}
        return grow_estate(models, self.inventory, sizes)

    @property
    def rules(self) -> Timeline:
        """The dated facts that come into force while it runs."""
        return fact_timeline(self.at, self.at + timedelta(days=YEAR * self.years))

    @cached_property
    def change_over(self) -> ChangeOver | None:
        """The way from what is there today, or None where nothing is. Raises ``StepRefused``."""
        return self.standing.way_to(self.model) if self.standing is not None else None

    @cached_property
    def runbook(self) -> Runbook:
        """The runbook to start with: from what is there today to every link working."""
        if self.change_over is not None:
            return self._in_hours(self.change_over.runbook)
        book = runbook(begin(self.inventory, at=self.at), self.model.procedure(self.inventory))
        return self._in_hours(book)

    def _in_hours(self, book: Runbook) -> Runbook:
        """The runbook with what a touch takes by the assumptions, so that it tells the hours."""
        return replace(book, hours_per_touch=self.assumptions.figure("hours_per_touch"))

    def deployed(
        self,
        progress: Callable[[int, int], object] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Years | None:
        """The model deployed on the first day, and what then becomes of it; None when cancelled.

        Raises ``StepRefused`` where it cannot be deployed.
        """
        start, steps = begin(self.inventory, at=self.at), self.model.procedure(self.inventory).steps
        change = self.change_over
        if change is not None:
            start, steps = change.start, change.way.steps
        lab = start.run(steps, progress=progress, cancelled=cancelled)
        return None if lab is start and steps else Years(lab, self.years)

    @cached_property
    def forecast(self) -> Forecast:
        """The years played through, with what is assumed about lateness and mistakes."""
        return forecast(self.inventory, self.model, at=self.at, assumptions=self.assumptions,
                        years=self.years)  # fmt: skip


@dataclass(frozen=True)
class Years:
    """The years of a Deployment in which nobody does anything: what fails, and what comes due."""

    deployment: Deployment
    years: int = 5

    @cached_property
    def outages(self) -> OutageCalendar:
        """What fails and when."""
        end = self.deployment.at + timedelta(days=YEAR * self.years)
        return outages(self.deployment, until=end)

    @cached_property
    def due(self) -> DueList:
        """What must be renewed within these years."""
        return due(self.deployment, within_days=YEAR * self.years)

    @cached_property
    def devices(self) -> tuple[DeviceLine, ...]:
        """The devices on the first day, each with its links and the end of its certificate."""
        return tuple(device_lines(self.outages.matrix_on(self.deployment.at)))


def plan_for(
    inventory: Inventory,
    *,
    at: datetime | date | str,
    assumptions: Assumptions = ASSUMPTIONS,
    models: Mapping[str, TrustModel] | None = None,
    years: int = 5,
    model: str = "",
    today: str = "",
) -> Plan:
    """Plan a deployment of this inventory from ``at`` (UTC) on, for the advised model or ``model``.

    ``today`` is the model that the estate follows so far, a key of ``MODELS``; left out, nothing
    is there yet. Everything is worked out when it is first asked for: ``advice``, ``cost``,
    ``runbook`` and so on. Raises ``InvalidInput`` for a model that is not among ``models``, and
    for a day out of this century.
    """
    known = {
        key: lived(one, assumptions) for key, one in (MODELS if models is None else models).items()
    }
    if model and model not in known:
        raise InvalidInput("no such model is compared", where=repr(model),
                           expected="one of " + ", ".join(known))  # fmt: skip
    if today and today not in MODELS:
        raise InvalidInput("no such model can be there today", where=repr(today),
                           expected="one of " + ", ".join(MODELS))  # fmt: skip
    begins = moment(at)
    if not FIRST_DAY <= begins.date() <= LAST_DAY:
        raise InvalidInput("no plan begins then", where=f"{begins.date()}",
                           expected=f"a day from {FIRST_DAY} to {LAST_DAY}")  # fmt: skip
    standing = None
    if today:
        standing = Standing(inventory, today, begins, lived(MODELS[today], assumptions))
    return Plan(inventory, begins, assumptions, known, years, model, standing)
