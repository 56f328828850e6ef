"""The trust models: each turns an inventory into the ordered Steps that make its links work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from ..errors import InvalidInput
from ..pki import FreshKeys, KeyType, LessonKeys
from .deployment import Deployment, moment
from .inventory import Inventory, Role
from .steps import GenerateSelfSigned, ImportAnchor, Step


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a Procedure that one would explain in one sentence."""

    title: str
    steps: tuple[Step, ...]

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)


@dataclass(frozen=True, slots=True)
class Procedure:
    """Ordered Steps, in phases. What is left of it for a Deployment is again a Procedure."""

    title: str
    phases: tuple[Phase, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for phase in self.phases for step in phase)

    @property
    def touches(self) -> int:
        """How often somebody has to log on to a device or server, all Steps together."""
        return sum(step.touches for step in self)

    def remaining(self, deployment: Deployment) -> Procedure:
        """The Steps not done yet: migration, repair and what is left to do are the same thing."""
        phases = (
            Phase(p.title, tuple(step for step in p if not step.is_done(deployment)))
            for p in self.phases
        )
        return Procedure(self.title, tuple(phase for phase in phases if phase.steps))

    def __iter__(self) -> Iterator[Step]:
        return (step for phase in self.phases for step in phase)

    def __len__(self) -> int:
        return sum(len(phase) for phase in self.phases)

    def __repr__(self) -> str:
        parts = "; ".join(f"{phase.title}: {len(phase)}" for phase in self.phases)
        return f"Procedure({self.title!r}, {len(self)} steps: {parts or 'nothing left'})"


class TrustModel(Protocol):
    """One way to make devices accept each other."""

    @property
    def title(self) -> str: ...

    def procedure(self, inventory: Inventory) -> Procedure: ...


@dataclass(frozen=True, slots=True)
class SelfSigned:
    """Every device signs for itself, and whoever talks to it imports its certificate.

    ``ca`` makes the certificates CA:TRUE, as some devices do: compare what an importer then allows
    (claim C35). ``lifetime_days`` is in days; 365 is what a UM server of 2007 made.
    """

    key_type: KeyType = KeyType.EC_P256
    lifetime_days: int = 365
    ca: bool = False
    title: str = "Self-signed"

    def procedure(self, inventory: Inventory) -> Procedure:
        """Certificates, then imports along every link in both directions (C40, C41)."""
        linked = [device for device in inventory if inventory.peers[device.name]]
        servers = {device.name for device in inventory.with_role(Role.UM_SERVER)}
        pairs = [(a, b) for device in linked if (a := device.name) for b in inventory.peers[a]]
        return Procedure(
            self.title,
            (
                Phase(
                    "Every device makes its own certificate",
                    tuple(
                        GenerateSelfSigned(device.name, self.key_type, self.lifetime_days, self.ca)
                        for device in linked
                    ),
                ),
                Phase(
                    "Devices and servers import the UM servers’ certificates",
                    tuple(ImportAnchor(a, certificate_of=b) for a, b in pairs if b in servers),
                ),
                Phase(
                    "UM servers import the devices’ certificates",
                    tuple(ImportAnchor(a, certificate_of=b) for a, b in pairs if b not in servers),
                ),
            ),
        )


def begin(
    inventory: Inventory, *, at: datetime | date | str, seed: str | None = None
) -> Deployment:
    """A Deployment in which nothing has been done yet.

    With ``seed`` keys and serial numbers are derived from it, so a lesson repeats to the byte;
    without, they are random. ``at`` is aware UTC, a date, or ISO text.
    """
    if seed is not None and not seed:
        raise InvalidInput(
            "the seed is empty", remedy="Give it some text, or leave it out for random keys."
        )
    return Deployment(inventory, moment(at), FreshKeys() if seed is None else LessonKeys(seed))


def deploy(
    inventory: Inventory, model: TrustModel, *, at: datetime | date | str, seed: str | None = None
) -> Deployment:
    """The whole procedure of a trust model, run on an inventory: every link that needs it works.

    See ``begin`` for ``at`` and ``seed``; ``begin(...).run(phase)`` goes one phase at a time.
    """
    return begin(inventory, at=at, seed=seed).run(model.procedure(inventory))
