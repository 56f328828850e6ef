"""What a trust model costs over the years: its hours, its CA, and the certificates it buys, in USD.

Money is today's: nothing is discounted and no price rises. What outages cost is left out here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from ..deployment import Inventory, ThirdPartyCA, TrustModel
from ..validation.facts import in_force
from .assumptions import ASSUMPTIONS, Assumptions
from .effort import Effort, Part, effort
from .figures import Figure, counted, times, total
from .issuing import YEAR

if TYPE_CHECKING:
    import pandas as pd

ITEMS = (
    "work to set up",
    "work on renewals",
    "setting up a CA",
    "running a CA",
    "certificates bought",
)
"""What money goes to, in the order it is shown."""
IDLE = ("outsiders", "late", "late_days", "mistakes", "automated_mistakes", "outage_hours")
"""The assumptions on which no cost depends."""
DECIDED = ("self_signed_days", "pki_days")
"""Those that somebody decides: no uncertainty, so nothing hangs on them by chance."""


@dataclass(frozen=True)
class Cost:
    """The cost of one model in USD: each item of ``ITEMS`` has a Figure for each year.

    Setting up counts in the year it is done: the first, but for what a rule asks for later.
    """

    title: str
    years: int
    effort: Effort = field(repr=False)
    items: Mapping[str, tuple[Figure, ...]] = field(repr=False)
    by_year: tuple[Figure, ...]
    total: Figure

    @cached_property
    def by_item(self) -> Mapping[str, Figure]:
        """Each item over all years."""
        return {name: total(name, "USD", row) for name, row in self.items.items()}

    @property
    def frame(self) -> pd.DataFrame:
        """USD by item and year."""
        import pandas as pd  # when asked for

        columns = [f"year {n + 1}" for n in range(self.years)]
        rows = {name: [figure.value for figure in row] for name, row in self.items.items()}
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def cost(
    inventory: Inventory,
    model: TrustModel,
    *,
    at: datetime | date | str,
    assumptions: Assumptions = ASSUMPTIONS,
    years: int = 5,
) -> Cost:
    """What a model costs on this inventory, from ``at`` on (UTC). Raises as ``effort`` does."""
    work = effort(inventory, model, at=at, assumptions=assumptions, years=years)
    return cost_of(work, inventory, model, assumptions)


def cost_of(
    work: Effort, inventory: Inventory, model: TrustModel, assumed: Assumptions
) -> Cost:  # fmt: skip
    """What this effort of a model on an inventory costs under these assumptions."""
    rate = assumed.figure("rate")
    items: dict[str, list[Figure]] = {name: [] for name in ITEMS}
    for year in range(work.years):
        label = f"in year {year + 1}"
        new = [part for part in work.parts if part.year == year]
        there = [part for part in work.parts if part.year <= year and part.certificates.value]
        set_up = work.set_up[year]
        items[ITEMS[0]].append(times(f"{ITEMS[0]} {label}", "USD", set_up, rate))
        hours = [work.renewal_hours[year]]
        if isinstance(model, ThirdPartyCA) and there:
            hours.append(_validation(work, inventory, year, assumed))
        renewing = total(f"hours on renewals {label}", "h", hours)
        items[ITEMS[1]].append(times(f"{ITEMS[1]} {label}", "USD", renewing, rate))
        built = [
            _build(part, assumed)
            for part in new
            if part.pki and part.built and part.certificates.value
        ]
        items[ITEMS[2]].append(total(f"{ITEMS[2]} {label}", "USD", built))
        run = [_run(part, assumed, year) for part in there if part.pki]
        items[ITEMS[3]].append(total(f"{ITEMS[3]} {label}", "USD", run))
        bought = [
            times(f"from {part.issuer}", "USD", part.certificates,
                  assumed.figure("certificate_price"))
            for part in there if isinstance(model, ThirdPartyCA) and not part.pki
        ]  # fmt: skip
        items[ITEMS[4]].append(total(f"{ITEMS[4]} {label}", "USD", bought))
    by_year = tuple(
        total(f"cost in year {year + 1}", "USD", (row[year] for row in items.values()))
        for year in range(work.years)
    )
    all_of_it = total(f"cost of {work.title} over {work.years} years", "USD", by_year)
    frozen = {name: tuple(row) for name, row in items.items()}
    return Cost(work.title, work.years, work, frozen, by_year, all_of_it)


def _build(part: Part, assumed: Assumptions) -> Figure:
    rate = assumed.figure("rate")
    plan = times("planning and setting it up", "USD", assumed.figure("ca_setup_hours"), rate)
    if assumed.value("ca_service"):
        return total(f"setting up {part.issuer}", "USD", (plan,))
    servers = times("its servers", "USD", _machines(part), assumed.figure("ca_server_price"))
    modules = times("its hardware security modules", "USD", assumed.figure("hsm_count"),
                    assumed.figure("hsm_price"))  # fmt: skip
    return total(f"setting up {part.issuer}", "USD", (plan, servers, modules))


def _run(part: Part, assumed: Assumptions, year: int) -> Figure:
    share = _share_of_year(part, year)
    if assumed.value("ca_service"):
        months = counted("months", 12, "months", "of a year")
        service = times("the service", "USD", assumed.figure("ca_service_month"), months, share)
        new = _issued(part, year)
        each = times("its certificates", "USD", new, assumed.figure("ca_service_certificate"))
        return total(f"running {part.issuer}", "USD", (service, each))
    return times(f"running {part.issuer}", "USD", _machines(part),
                 assumed.figure("ca_yearly_hours"), assumed.figure("rate"), share)  # fmt: skip


def _machines(part: Part) -> Figure:
    tiers = part.pki.tiers if part.pki else 0
    return counted("CA servers", tiers, "servers", "one for each tier of the PKI")


def _share_of_year(part: Part, year: int) -> Figure:
    share = min(1.0, max(0.0, (year + 1) - part.first / YEAR))
    return counted("share of the year it runs", share, "", f"it is set up on day {part.first}")


def _issued(part: Part, year: int) -> Figure:
    """Certificates issued in a year: by renewal, and at first for everybody."""
    renewed = times("renewed", "certificates", part.certificates, part.rates[year])
    first = (part.certificates,) if part.year == year else ()
    return total("certificates issued", "certificates", (*first, renewed))


def _validation(work: Effort, inventory: Inventory, year: int, assumed: Assumptions) -> Figure:
    """Showing control of the domains again, as often as it stops counting or one renews."""
    domains = counted("domains", len(inventory.domains), "domains", "in the inventory")
    again, ids = _reuse(work.at, work.years)[year]
    public = work.parts[0]
    most = public.rates[year].value * public.certificates.value
    shown = Figure(min(again, most), "times", "the days of the year ÷ the days that showing counts",
                   (), ids, "times each domain is shown again")  # fmt: skip
    return times("showing our domains", "h", domains, shown, assumed.figure("validation_hours"))


@lru_cache(maxsize=64)
def _reuse(at: date, years: int) -> tuple[tuple[float, tuple[str, ...]], ...]:
    """How often the showing of a domain runs out in each year of a plan, and the facts on it."""
    found = []
    for year in range(years):
        days = (at + timedelta(days=YEAR * year + day) for day in range(YEAR))
        rules = [rule for day in days if (rule := in_force("domain-reuse", day))]
        again = sum(1 / rule.value for rule in rules if rule.value)
        found.append((again, tuple(dict.fromkeys(rule.id for rule in rules))))
    return tuple(found)
