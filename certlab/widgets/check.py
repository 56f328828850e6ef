"""Is everything working: versions, encryption, and whether the page in front of you answers."""

from __future__ import annotations

import platform
import secrets
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import anywidget
import traitlets

from ..views import CSS
from ..views.checkup import Line, checkup_card

PACKAGES = ("cryptography", "pandas", "rpds-py", "idna", "ipywidgets", "anywidget", "jupyterlab")
_LEAST = (3, 11)


class Checkup(anywidget.AnyWidget):
    """A card of ✓ and ✗. The browser is asked a question; its line turns to ✓ when it answers."""

    _esm = """
    function render({ model, el }) {
      const draw = () => { el.innerHTML = model.get("card"); };
      el.classList.add("certlab");
      model.on("change:card", draw);
      draw();
      model.set("answer", model.get("question"));
      model.save_changes();
      return () => model.off("change:card", draw);
    }
    export default { render };
    """
    _css = CSS

    card = traitlets.Unicode().tag(sync=True)
    question = traitlets.Unicode().tag(sync=True)
    answer = traitlets.Unicode().tag(sync=True)

    def __init__(self) -> None:
        self._lines = (python_line(), *map(package_line, PACKAGES), encryption_line())
        super().__init__(question=secrets.token_hex(8), card=checkup_card((*self._lines, QUIET)))
        self.observe(self._answered, "answer")

    def _answered(self, change: Any) -> None:
        if change.new == self.question:
            self.card = checkup_card((*self._lines, LIVE))

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line of the card as it stands."""
        return (*self._lines, LIVE if self.answer == self.question else QUIET)

    def __repr__(self) -> str:
        return "\n".join(map(str, self.lines))


QUIET = Line(
    "Widgets",
    "no answer from the page yet",
    "In an exported page there is none. In JupyterLab: reload the page, run this cell again; "
    "if it stays so, run python3 lab.py doctor.",
)
LIVE = Line("Widgets", "live: this page answered Python’s question")


def python_line() -> Line:
    """Whether this Python is new enough."""
    running = platform.python_version()
    if sys.version_info[:2] >= _LEAST:
        return Line("Python", running)
    return Line("Python", running, "certlab needs 3.11 or newer: start it with python3 lab.py.")


def package_line(name: str) -> Line:
    """Whether a library is installed, and in which version."""
    try:
        return Line(name, version(name))
    except PackageNotFoundError:
        return Line(name, "not installed", "Start the workbook with python3 lab.py.")


def encryption_line() -> Line:
    """Whether what passes between JupyterLab and this kernel is encrypted (CurveZMQ)."""
    what = "Kernel connection"
    try:
        from ipykernel import get_connection_info

        facts = get_connection_info(unpack=True)
    except (ImportError, RuntimeError, OSError):
        return Line(what, "there is none: this is no notebook", "Open it in JupyterLab.")
    if isinstance(facts, dict) and facts.get("curve_publickey"):
        return Line(what, "encrypted")
    return Line(
        what,
        "not encrypted",
        "Start the workbook with python3 lab.py, which turns encryption on.",
    )


def check_workbook() -> Checkup:
    """A card that says what works here, and what to do about what does not."""
    return Checkup()
