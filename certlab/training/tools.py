"""What somebody who repairs can do: a few verbs, each of which makes a Step."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..deployment import (
    Deployment,
    GenerateSelfSigned,
    ImportAnchor,
    PublishCRL,
    RemoveAnchor,
    Renew,
    SecurityMode,
    SendChain,
    Step,
    SwitchDialPlan,
)
from .exercise_makers import NOW
from .fault_steps import SetClock


class Tool(NamedTuple):
    """A verb, and the Step it makes of a device and of whose certificate is meant."""

    title: str
    make: Callable[[Deployment, str, str], Step]


def _unsecured(lab: Deployment, device: str, of: str) -> Step:
    plans = lab.inventory.device(device).dial_plans or tuple(lab.inventory.dial_plans)
    return SwitchDialPlan(plans[0], SecurityMode.UNSECURED)


TOOLS = {
    "import": Tool("Import a certificate as a root", lambda lab, at, of: ImportAnchor(at, of)),
    "remove": Tool("Remove a root", lambda lab, at, of: RemoveAnchor(at, of)),
    "chain": Tool("Send the issuing certificates", lambda lab, at, of: SendChain(at)),
    "renew": Tool("Get a new certificate from an authority", lambda lab, at, of: Renew(at, of)),
    "sign": Tool("Make a new self-signed certificate",
                 lambda lab, at, of: GenerateSelfSigned(at)),
    "publish": Tool("Publish a revocation list", lambda lab, at, of: PublishCRL(of)),
    "clock": Tool("Set the clock right", lambda lab, at, of: SetClock(f"{NOW:%Y-%m-%d}")),
    "unsecured": Tool("Switch mutual TLS off", _unsecured),
}  # fmt: skip
"""What a learner can do to repair a deployment, by key."""
