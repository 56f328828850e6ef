"""A Procedure: ordered Steps in phases. What is left of one is again a Procedure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from .deployment import Deployment
from .inventory import Inventory
from .steps import Step, touches


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
    """Ordered Steps, in phases.

    Its length is the number of steps: a certificate, request, issue, installation or import
    for one device is one, and so is setting up an authority. ``touches`` counts pieces of work
    by hand: one push by policy makes many imports, and a PKI of two tiers is set up twice.
    """

    title: str
    phases: tuple[Phase, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for phase in self.phases for step in phase)

    @property
    def touches(self) -> int:
        """How many pieces of work by hand all Steps are together."""
        return touches(self)

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
