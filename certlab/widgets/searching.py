"""What is searched for among devices: the fields of the device table and of the planner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from ..deployment import DeviceLine, Role, those
from ..errors import InvalidInput


@dataclass(frozen=True, slots=True)
class DeviceSearch:
    """Words and choices as they stand in the fields; an empty one asks for nothing."""

    text: str = ""
    role: str = ""
    plan: str = ""
    verdict: str = ""

    @classmethod
    def of(cls, values: Mapping[str, object]) -> DeviceSearch:
        """What these fields ask for; those that belong to something else are left out."""
        return cls(**{name: str(values.get(name, "")).strip() for name in SEARCHED})

    def among(self, lines: Iterable[DeviceLine]) -> tuple[DeviceLine, ...]:
        """The lines that answer to it. Raises ``InvalidInput`` for a role there is not."""
        return those(lines, self.text, role=self._role, plan=self.plan, verdict=self.verdict)

    def code(self, deployment: str) -> str:
        """The cell that finds the same devices of a Deployment; empty where all of them do."""
        asked = {name: repr(getattr(self, name)) for name in SEARCHED if getattr(self, name)}
        if self._role is not None:
            asked["role"] = f"Role.{self._role.name}"
        given = "".join(f", {name}={value}" for name, value in asked.items())
        return f"find_devices({deployment}{given})" if asked else ""

    @property
    def _role(self) -> Role | None:
        try:
            return Role(self.role) if self.role else None
        except ValueError:
            raise InvalidInput("no role is called that", where=repr(self.role)) from None


SEARCHED = tuple(field.name for field in fields(DeviceSearch))
"""The fields' names."""
