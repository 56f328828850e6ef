"""Every scenario, by key."""

from __future__ import annotations

from . import scenarios_certificates, scenarios_revocation, scenarios_trust
from .scenarios_stage import Scenario

_ROOMS = (scenarios_certificates, scenarios_trust, scenarios_revocation)

SCENARIOS: dict[str, Scenario] = {
    found.key: found
    for found in sorted(
        (value for room in _ROOMS for value in vars(room).values() if isinstance(value, Scenario)),
        key=lambda found: found.number,
    )
}
"""Every scenario by its key, in the order of their numbers."""
