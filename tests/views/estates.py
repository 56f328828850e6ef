"""Small estates for the tests of views, and a reader of their pictures."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable

from certlab.deployment import (
    Deployment,
    Device,
    DialPlan,
    Inventory,
    Role,
    SecurityMode,
    SelfSigned,
    begin,
)

AT = "2026-11-24"
SVG = "{http://www.w3.org/2000/svg}"


def estate(servers: int, gateways: int, pbxs: int, exchange: int = 0) -> Inventory:
    """An office of so many devices, all in one secured dial plan."""
    kinds = (
        (Role.UM_SERVER, "um", servers),
        (Role.GATEWAY, "gw", gateways),
        (Role.PBX, "pbx", pbxs),
        (Role.EXCHANGE, "ex", exchange),
    )
    return Inventory.of(
        (
            Device(f"{prefix}{n}", f"{prefix}{n}.office.example", role, ("office",))
            for role, prefix, count in kinds
            for n in range(1, count + 1)
        ),
        [DialPlan("office", SecurityMode.SIP_SECURED)],
    )


def named(*names: str) -> Inventory:
    """One UM server and gateways of these names, however strange."""
    roles = [Role.UM_SERVER, *[Role.GATEWAY] * (len(names) - 1)]
    devices = [
        Device(name, f"d{place}.office.example", role, ("office",))
        for place, (name, role) in enumerate(zip(names, roles, strict=True))
    ]
    return Inventory.of(devices, [DialPlan("office", SecurityMode.SIP_SECURED)])


def lab_of(inventory: Inventory, phases: int = 3) -> Deployment:
    """A lesson's Deployment after so many phases of the self-signed procedure."""
    procedure = SelfSigned().procedure(inventory)
    return begin(inventory, at=AT, seed="views").run(*procedure.phases[:phases])


def parsed(markup: str) -> ET.Element:
    """A picture or a piece of HTML as XML: it must be well formed."""
    return ET.fromstring(f"<all>{re.sub('<style>.*?</style>', '', markup, flags=re.DOTALL)}</all>")


def texts(markup: str) -> str:
    """All that is readable in it, titles included."""
    return " ".join(" ".join(parsed(markup).itertext()).split())


def seals_in(drawn: ET.Element) -> list[str]:
    """The letters and primes of its seals in their order; of one that is not known, none."""
    seals = (g for g in drawn.iter(f"{SVG}g") if g.get("class", "").startswith("cl-seal-"))
    return [
        (seal.findtext(f"{SVG}text") or "")
        + "\N{PRIME}" * sum(path.get("class") == "cl-prime" for path in seal.iter(f"{SVG}path"))
        for seal in seals
    ]


def by_id(markup: str, data_id: str) -> ET.Element:
    """The selectable element with this id."""
    found = [node for node in parsed(markup).iter() if node.get("data-id") == data_id]
    assert found, f"nothing has the id {data_id}"
    return found[0]


def classes(nodes: Iterable[ET.Element]) -> set[str]:
    """All classes that these elements and what is in them carry."""
    return {
        name for node in nodes for part in node.iter() for name in part.get("class", "").split()
    }
