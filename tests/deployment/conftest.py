"""Inventories that every test of this room may use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from certlab.deployment import Device, DialPlan, Inventory, Role, SecurityMode, read_inventory

DATA = Path(__file__).parents[2] / "notebooks" / "data"


@pytest.fixture
def office() -> Inventory:
    return read_inventory(DATA / "small-office.csv")


@pytest.fixture(params=["small-office.csv", "region.csv", "enterprise.csv"])
def example(request: pytest.FixtureRequest) -> Inventory:
    """Each example inventory in turn."""
    return read_inventory(DATA / request.param)


@pytest.fixture
def estate() -> Callable[..., Inventory]:
    """Makes so many devices in one dial plan; the UM servers are joined to the domain."""

    def make(
        servers: int,
        gateways: int,
        pbxs: int,
        *,
        domain: str = "office.example",
        ships: tuple[str, ...] = (),
        mode: SecurityMode = SecurityMode.SIP_SECURED,
    ) -> Inventory:
        kinds = [
            (Role.UM_SERVER, "um", servers),
            (Role.GATEWAY, "gw", gateways),
            (Role.PBX, "pbx", pbxs),
        ]
        return Inventory.of(
            (
                Device(
                    f"{prefix}{n}",
                    f"{prefix}{n}.{domain}",
                    role,
                    ("office",),
                    domain_joined=role is Role.UM_SERVER,
                    ships_roots=ships,
                )
                for role, prefix, count in kinds
                for n in range(1, count + 1)
            ),
            [DialPlan("office", mode)],
        )

    return make
