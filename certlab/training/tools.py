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
    """A verb, and the Step it makes of a device and of whose certificate is meant.

    ``at`` says whether it is done at a device, ``of`` asks for what else it takes, if anything.
    """

    title: str
    make: Callable[[Deployment, str, str], Step]
    at: bool = True
    of: str = ""

    def choices(self, lab: Deployment, at: str) -> tuple[str, ...]:
        """Whose certificate it can concern, or which authority."""
        devices = (name for name in lab.inventory.devices if name != at)
        others = devices if self.of == WHOSE else ()
        return (*sorted(lab.authorities), *others) if self.of else ()


WHOSE, WHICH = "Whose certificate", "Which authority"


def _unsecured(lab: Deployment, device: str, of: str) -> Step:
    plans = lab.inventory.device(device).dial_plans or tuple(lab.inventory.dial_plans)
    return SwitchDialPlan(plans[0], SecurityMode.UNSECURED)


TOOLS = {
    "import": Tool("Import a certificate as a trusted root",
                   lambda lab, at, of: ImportAnchor(at, of), of=WHOSE),
    "remove": Tool("Remove a trusted root", lambda lab, at, of: RemoveAnchor(at, of), of=WHOSE),
    "chain": Tool("Send the issuing certificates", lambda lab, at, of: SendChain(at)),
    "renew": Tool("Get a new certificate from an authority",
                  lambda lab, at, of: Renew(at, of), of=WHICH),
    "sign": Tool("Make a new self-signed certificate",
                 lambda lab, at, of: GenerateSelfSigned(at)),
    "publish": Tool("Publish a revocation list",
                    lambda lab, at, of: PublishCRL(of), at=False, of=WHICH),
    "clock": Tool("Set the clock right", lambda lab, at, of: SetClock(f"{NOW:%Y-%m-%d}"), at=False),
    "unsecured": Tool("Switch mutual TLS off", _unsecured, at=False),
}  # fmt: skip
"""What a learner can do to repair a deployment, by key."""
