"""How the work of each trust model grows with the estate, and where the curves cross."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import chain, combinations, count, islice
from typing import TYPE_CHECKING

from ..deployment import Device, DialPlan, Inventory, Role, SecurityMode, TrustModel
from ..errors import InvalidInput
from .assumptions import ASSUMPTIONS, Assumptions
from .effort import effort

if TYPE_CHECKING:
    import pandas as pd

AXES = {"devices": "devices beside the UM servers", "servers": "UM servers"}
"""What rises, in words."""


@dataclass(frozen=True)
class Growth:
    """The work of each model for estates of rising ``sizes``.

    All are in one secure plan, or, as ``where`` says, in those of an estate. ``what`` is counted
    from the models' own procedures: “steps to set up”, or “touches a year”. ``varies`` is “devices”
    (beside the UM servers) or “servers” (UM); of the other there are ``fixed``. ``yours`` is the
    one of the sizes that the reader has, or 0.
    """

    what: str
    varies: str
    fixed: int
    sizes: tuple[int, ...]
    counts: Mapping[str, tuple[float, ...]] = field(repr=False)
    yours: int = 0
    where: str = "in one dial plan"

    @property
    def crossings(self) -> tuple[tuple[str, str, int], ...]:
        """Where one model starts to ask for more than another: (dearer, cheaper, size)."""
        found = []
        for one, other in combinations(self.counts, 2):
            for dearer, cheaper in ((one, other), (other, one)):
                lead = [
                    a > b for a, b in zip(self.counts[dearer], self.counts[cheaper], strict=True)
                ]
                if lead[-1]:
                    start = next(n for n in range(len(lead)) if all(lead[n:]))
                    found.append((dearer, cheaper, self.sizes[start]))
        return tuple(found)

    @property
    def frame(self) -> pd.DataFrame:
        """The counts as a table: one row for each size."""
        import pandas as pd  # when asked for: pandas takes longer to import than certlab

        return pd.DataFrame(dict(self.counts), index=pd.Index(self.sizes, name=AXES[self.varies]))


def estate_of_size(servers: int, devices: int) -> Inventory:
    """An estate for counting: UM servers and gateways that all share one secure dial plan."""
    plan = DialPlan("plan", SecurityMode.SIP_SECURED)
    kinds = ((Role.UM_SERVER, "um", servers), (Role.GATEWAY, "gw", devices))
    return Inventory.of(
        (
            Device(f"{prefix}{n}", f"{prefix}{n}.estate.example", role, (plan.name,))
            for role, prefix, count in kinds
            for n in range(1, count + 1)
        ),
        [plan],
    )


def grow(
    models: Mapping[str, TrustModel],
    *,
    servers: int | Iterable[int],
    devices: int | Iterable[int],
    at: datetime | date | str | None = None,
    assumptions: Assumptions = ASSUMPTIONS,
    yours: int = 0,
) -> Growth:
    """Count the work of each model for one estate after another, all in one secure plan.

    Either the UM servers or the devices rise, and the other is one number. Without ``at`` it is
    the steps to set up; with it, the touches of renewals in the year from that day on.
    ``yours`` is the size that is marked as the reader's own; it is counted, too.
    Raises ``InvalidInput`` when there is no model, no server, or fewer than two sizes.
    """
    varies = "devices" if isinstance(servers, int) else "servers"
    given, fixed = (devices, servers) if varies == "devices" else (servers, devices)
    sizes = () if isinstance(given, int) else tuple(given)
    if yours and yours not in sizes:
        sizes = tuple(sorted((*sizes, yours)))
    beside = fixed if isinstance(fixed, int) else -1
    least = (1, 0) if varies == "servers" else (0, 1)
    rising = len(sizes) > 1 and list(sizes) == sorted(set(sizes)) and sizes[0] >= least[0]
    if not models or beside < least[1] or not rising:
        raise InvalidInput(
            "there is nothing to draw a curve of",
            expected="a model, at least one server, and two or more rising numbers of the one "
            "beside a single number of the other",
        )
    estates = [
        estate_of_size(*((beside, size) if varies == "devices" else (size, beside)))
        for size in sizes
    ]

    def work(model: TrustModel, estate: Inventory) -> float:
        if at is None:
            return len(model.procedure(estate))
        return effort(estate, model, at=at, assumptions=assumptions, years=1).renewals[0].value

    what = "steps to set up" if at is None else "touches a year"
    counts = {name: tuple(work(model, one) for one in estates) for name, model in models.items()}
    return Growth(what, varies, beside, sizes, counts, yours)


def linked_parts(inventory: Inventory) -> tuple[tuple[Device, ...], tuple[Device, ...]]:
    """The devices with a link: the UM servers, and those beside them."""
    linked = [device for device in inventory if inventory.peers[device.name]]
    servers = tuple(device for device in linked if device.role is Role.UM_SERVER)
    return servers, tuple(device for device in linked if device.role is not Role.UM_SERVER)


def resized(inventory: Inventory, devices: int) -> Inventory:
    """The same estate with so many linked devices beside its UM servers.

    Fewer are taken evenly from its dial plans; more are others like those that are there.
    """
    servers, others = linked_parts(inventory)
    in_plans = Counter(device.dial_plans for device in others)
    so_far = Counter[tuple[str, ...]]()

    def share(device: Device) -> float:
        so_far[device.dial_plans] += 1
        return so_far[device.dial_plans] / in_plans[device.dial_plans]

    there = sorted(others, key=share)
    further = (
        replace(device, name=f"{device.name}+{n}", fqdn=f"more{n}.{device.fqdn}")
        for n in count(1)
        for device in there
    )
    taken = islice(chain(there, further), devices) if there else ()
    return Inventory.of((*servers, *taken), inventory.dial_plans.values())


def grow_estate(
    models: Mapping[str, TrustModel], inventory: Inventory, sizes: Iterable[int]
) -> Growth:
    """Count the steps to set up each model as the devices beside the UM servers of an estate rise.

    Its dial plans and UM servers stay; ``sizes`` rise, and the estate's own is among them.
    """
    servers, others = linked_parts(inventory)
    own = len(others)
    rising = tuple(sorted({*sizes, own}))
    estates = [resized(inventory, size) for size in rising]
    counts = {
        name: tuple(float(len(model.procedure(one))) for one in estates)
        for name, model in models.items()
    }
    where = "in your dial plans"
    return Growth("steps to set up", "devices", len(servers), rising, counts, own, where)
