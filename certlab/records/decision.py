"""A decision beside the evidence it rests on: it can tell that it has gone stale."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date

from ..deployment import Deployment, Inventory


@dataclass(frozen=True, slots=True)
class Evidence:
    """Digests (SHA-256, hexadecimal) of what a decision was looking at."""

    devices: str
    dial_plans: str
    certificates: str
    stores: str
    moment: str

    def changed_since(self, earlier: Evidence) -> tuple[str, ...]:
        """The parts that are not what they were, in plain words."""
        names = [field.name for field in fields(self)]
        return tuple(
            name.replace("_", " ")
            for name in names
            if getattr(self, name) != getattr(earlier, name)
        )


def evidence_of(deployment: Deployment) -> Evidence:
    """Digest what there is to decide on. No private key and no seed takes part."""
    inventory: Inventory = deployment.inventory
    stores = {
        name: [sorted(store.root), sorted(store.intermediate)]
        for name, store in deployment.stores.items()
    }
    return Evidence(
        devices=_digest({device.name: device for device in inventory}),
        dial_plans=_digest(inventory.dial_plans),
        certificates=_digest(dict(deployment.credentials.items())),
        stores=_digest(stores),
        moment=_digest({"at": deployment.at.isoformat()}),
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """What was chosen, among what, why, by whom and when, and the evidence it rests on."""

    title: str
    options: tuple[str, ...]
    choice: str
    reasons: tuple[str, ...]
    decided_by: str
    decided_on: date
    evidence: Evidence

    def stale_parts(self, deployment: Deployment) -> tuple[str, ...]:
        """What has changed under this decision; empty while it still holds."""
        return evidence_of(deployment).changed_since(self.evidence)

    def is_stale(self, deployment: Deployment) -> bool:
        """Whether anything it rests on has changed."""
        return bool(self.stale_parts(deployment))


def _digest(parts: Mapping[str, object]) -> str:
    lines = "\n".join(f"{name}\t{parts[name]!r}" for name in sorted(parts))
    return hashlib.sha256(lines.encode()).hexdigest()
