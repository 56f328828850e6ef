"""Handing in: a learner's name goes into a field, and the record becomes a file."""

from __future__ import annotations

from pathlib import Path

from ..errors import CertlabError
from ..training import HandedIn, learner, progress
from ..views import handed_in_view, importing, tag
from ..views.bench import as_code, button, buttons, card, trouble_card
from ..views.fields import text_field
from .form import Form


class HandIn(Form):
    """A field for the learner's name, and a button that writes the record beside the notebook."""

    def __init__(self, name: str = "", folder: str | Path = ".") -> None:
        self._folder, self._name = folder, name or learner()
        self._handed: HandedIn | None = None
        super().__init__(label="Hand in")
        self._draw()

    def hand_in(self, name: str) -> HandedIn:
        """Write the record as a file of this name. Raises ``InvalidInput`` for what is no name."""
        self._handed = handed = progress().hand_in(name, self._folder)
        self._name = name
        self._draw()
        return handed

    def fill(self, field: str, value: str | bool) -> None:
        if field == "name":
            self._name = str(value)

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        if id != "do:hand-in":
            return
        try:
            self.hand_in(self._name)
        except CertlabError as error:
            self._handed = None
            self._draw(str(error))

    @property
    def code(self) -> str:
        """The cell that writes the same file."""
        if self._handed is None or self._handed.path is None:
            return ""
        return importing(f"progress().hand_in({self._handed.learner!r})", "")

    def _draw(self, trouble: str = "") -> None:
        prefix = self._prefix
        told = handed_in_view(self._handed) if self._handed else None
        with self.hold_sync():
            self.status = trouble or (self._handed.told if self._handed else "")
            self.values = {"name": self._name}
            self.parts = {
                "trouble": trouble_card(trouble),
                "name": card(
                    tag("h3", "Hand in", class_="cl-heading"),
                    text_field(prefix, "name", "Your name", "as whoever teaches knows you"),
                    buttons(button("Write the file", "do:hand-in", primary=True)),
                    label="Hand in",
                ),
                "handed": card(told, as_code(self.code), label="What was written") if told else "",
            }


def hand_in(name: str = "", folder: str | Path = ".") -> HandIn:
    """Ask for the learner's name and write the record kept here as a file for whoever teaches.

    ``name`` is what stands in the field; in a room it is there already. Without one, or before
    anything was done, no file is written.
    """
    return HandIn(name, folder)
