"""The device table: search, filter and leaf through an estate of any size."""

from __future__ import annotations

import traitlets

from ..deployment import Deployment, Device, device_lines, trust_matrix, why
from ..views import (
    Markup,
    device_filters,
    device_id,
    device_rows,
    device_view,
    explanation_view,
    plural,
    read_id,
)
from ..views.bench import as_code, button, buttons, card
from ..views.code import importing
from ..views.devices import PAGE
from .form import Form
from .searching import SEARCHED, DeviceSearch


class DeviceTable(Form):
    """The devices of a Deployment, some at a time.

    ``devices`` are those that answer to the fields, ``selected`` is the name of the one pressed,
    and ``code`` is the cell that finds the same devices.
    """

    selected = traitlets.Unicode()

    def __init__(self, deployment: Deployment, *, name: str = "lab") -> None:
        self.deployment, self._name = deployment, name
        self._matrix = trust_matrix(deployment)
        self._lines = device_lines(self._matrix)
        self._verdicts = sorted({line.verdict for line in self._lines})
        self._verdicts += sorted({word for line in self._lines for word in line.reasons})
        self._first, self._shown = 0, Markup("")
        super().__init__(label="Devices", values=dict.fromkeys(SEARCHED, ""))
        self._filter()

    @property
    def devices(self) -> tuple[Device, ...]:
        """The devices that answer to the fields, in inventory order."""
        return tuple(line.device for line in self._found)

    @property
    def code(self) -> str:
        """The cell that finds the same devices; empty while that is all of them."""
        found = DeviceSearch.of(self.values).code(self._name)
        return importing(found, self._name) if found else ""

    def fill(self, field: str, value: str | bool) -> None:
        if field in SEARCHED:
            self.values = {**self.values, field: str(value)}
            self._filter()

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        match read_id(id):
            case ("device", name):
                self.selected = self.deployment.inventory.device(name).name
                self._shown = device_view(self._matrix, name)
                self._draw(name)
            case ("pair", verifier, subject):
                answer = why(self.deployment, verifier, trusts=subject)
                back = button(f"All links of {self.selected}", device_id(self.selected))
                self._shown = explanation_view(answer, matrix=self._matrix, actions=buttons(back))
                self._draw(answer.headline)
            case ("page", "1" | "-1" as step):
                first = self._first + int(step) * PAGE
                if 0 <= first < len(self._found):
                    self._first = first
                    self._draw(f"Devices from {first + 1:,} on")

    def _filter(self) -> None:
        self._found = DeviceSearch.of(self.values).among(self._lines)
        self._first = 0
        self._draw(f"{plural(len(self._found), 'device')} found")

    def _draw(self, status: str) -> None:
        prefix, inventory = self._prefix, self.deployment.inventory
        rows = device_rows(
            self._found, self._first, of=len(self._lines), selected=self.selected
        )  # fmt: skip
        parts = {
            "filters": self.parts.get("filters")
            or device_filters(prefix, inventory, self._verdicts),
            "devices": rows,
            "code": as_code(self.code) or Markup(""),
        }
        if self.selected:
            parts["device"] = card(self._shown, label="Device")
        with self.hold_sync():
            self.status, self.parts = status, parts


def device_table(deployment: Deployment, *, name: str = "lab") -> DeviceTable:
    """Search, filter and leaf through the devices of a Deployment, which is called ``name``.

    The widget's ``devices`` are those found and ``selected`` is the one pressed, for the next cell.
    """
    return DeviceTable(deployment, name=name)
