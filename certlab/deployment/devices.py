"""The devices of an estate as lines: how each fares with its links, and which of them are meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from .deployment import Deployment
from .inventory import Device, Role
from .judging import CellState
from .matrix import TrustMatrix, trust_matrix

ACCEPTED, REFUSED, NO_LINK = "accepted", "refused", "no link"


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One device, over its links in both directions, and until when its certificate is valid.

    ``verdict`` is the worst there is: “refused” when one direction is. ``reasons`` are the short
    words of the refusals, the most frequent first. ``until`` is aware UTC, None without one.
    """

    device: Device
    directions: int
    refused: int
    reasons: tuple[str, ...]
    until: datetime | None

    @property
    def verdict(self) -> str:
        if not self.directions:
            return NO_LINK
        return REFUSED if self.refused else ACCEPTED

    @property
    def searched(self) -> str:
        """What a search looks through."""
        device = self.device
        return f"{device.name}\n{device.fqdn}\n{device.role.title}\n{device.dial_plans}".casefold()


def device_lines(matrix: TrustMatrix) -> tuple[DeviceLine, ...]:
    """Every device with what the matrix says of its links, in inventory order."""
    deployment = matrix.deployment
    total: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {}
    for link in deployment.inventory.links:
        for verifier, subject in link.directions:
            cell = matrix.judged[verifier, subject]
            for name in (verifier, subject):
                total[name] += 1
                if cell.state is CellState.REFUSED:
                    reasons.setdefault(name, Counter())[cell.short] += 1
    lines = []
    for device in deployment.inventory:
        shown, why = deployment.presented_by(device.name), reasons.get(device.name, Counter())
        ends = [one.certificate.not_after for one in shown if not one.certificate.malformed]
        words = tuple(word for word, _ in why.most_common())
        until = min(ends, default=None)
        lines.append(DeviceLine(device, total[device.name], why.total(), words, until))
    return tuple(lines)


def those(
    lines: Iterable[DeviceLine],
    text: str = "",
    *,
    role: Role | None = None,
    plan: str = "",
    verdict: str = "",
) -> tuple[DeviceLine, ...]:
    """The lines that answer to all of these; ``text`` is words that all occur, in any case."""
    words = text.casefold().split()
    return tuple(
        line
        for line in lines
        if (role is None or line.device.role is role)
        and (not plan or plan in line.device.dial_plans)
        and (not verdict or verdict == line.verdict or verdict in line.reasons)
        and all(word in line.searched for word in words)
    )


def find_devices(
    deployment: Deployment,
    text: str = "",
    *,
    role: Role | None = None,
    plan: str = "",
    verdict: str = "",
) -> tuple[Device, ...]:
    """The devices that answer to all of these, in inventory order.

    ``text`` is words that occur in name, full name, role or dial plan. ``verdict`` is “accepted”,
    “refused” or “no link”, or the short reason of a refusal, such as “not imported”.
    """
    lines = device_lines(trust_matrix(deployment))
    found = those(lines, text, role=role, plan=plan, verdict=verdict)
    return tuple(line.device for line in found)
