"""How the work of each trust model grows with the number of devices, and where the curves cross."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from ..deployment import Device, DialPlan, Inventory, Role, SecurityMode, TrustModel
from ..errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Growth:
    """Operations to set up each model, for ``servers`` UM servers and each number of devices.

    Counted from the models' own procedures, not from a formula.
    """

    servers: int
    devices: tuple[int, ...]
    operations: Mapping[str, tuple[int, ...]] = field(repr=False)

    @property
    def crossings(self) -> tuple[tuple[str, str, int], ...]:
        """Where one model starts to ask for more than another: (dearer, cheaper, devices)."""
        found = []
        for one, other in combinations(self.operations, 2):
            for dearer, cheaper in ((one, other), (other, one)):
                lead = [
                    a > b
                    for a, b in zip(self.operations[dearer], self.operations[cheaper], strict=True)
                ]
                if lead[-1]:
                    start = next(n for n in range(len(lead)) if all(lead[n:]))
                    found.append((dearer, cheaper, self.devices[start]))
        return tuple(found)

    @property
    def frame(self) -> pd.DataFrame:
        """The counts as a table: one row for each number of devices."""
        import pandas as pd  # when asked for: pandas takes longer to import than certlab

        index = pd.Index(self.devices, name="gateways and PBXs")
        return pd.DataFrame(dict(self.operations), index=index)


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


def grow(models: Mapping[str, TrustModel], *, servers: int, devices: Iterable[int]) -> Growth:
    """Count the operations of each model for one estate after another, all in one secure plan.

    Raises ``InvalidInput`` when there is no model, no server, or fewer than two sizes.
    """
    sizes = tuple(devices)
    if not models or servers < 1 or len(sizes) < 2 or list(sizes) != sorted(set(sizes)):
        raise InvalidInput(
            "there is nothing to draw a curve of",
            expected="a model, at least one server, and two or more rising numbers of devices",
        )
    estates = [estate_of_size(servers, count) for count in sizes]
    return Growth(
        servers,
        sizes,
        {name: tuple(len(model.procedure(e)) for e in estates) for name, model in models.items()},
    )
