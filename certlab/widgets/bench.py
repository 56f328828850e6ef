"""What every widget that changes a Deployment has: run, undo, the code, and who accepts whom."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import traitlets

from ..deployment import Deployment, Step, TrustMatrix, trust_matrix
from ..errors import CertlabError
from ..views import Markup, Seals, code_since, read_id, told
from ..views.bench import journal_card, map_card, matrix_card, trouble_card
from ..views.matrices import FEW
from .form import Form

PATIENCE = 1.0
"""Seconds after which a run tells how far it is."""


class Bench(Form):
    """A Deployment on the bench: Steps are run on it and taken back, and each shows its effect.

    ``deployment`` is the present value, so a later cell goes on with it. ``code`` is the cell that
    does the same to the Deployment it began with, there called ``name``.
    """

    deployment = traitlets.Instance(Deployment)

    def __init__(self, deployment: Deployment, *, name: str = "lab", **traits: Any) -> None:
        self._start, self._name = deployment, name
        self._picked: tuple[str, ...] = ()
        self._opened: str | None = None
        self._trouble = ""
        if len(deployment.inventory) > FEW:
            traits["look"] = f"{traits.get('look', '')} cl-large".lstrip()
        super().__init__(deployment=deployment, **traits)
        self._judge()
        self._draw(f"{self._matrix.headline}.")
        self.observe(self._moved, "deployment")

    # --- what can be done --------------------------------------------------------------------

    def run(self, steps: Step | Iterable[Step]) -> None:
        """Run Steps as one line of the journal. A refusal is said, and nothing is done."""
        try:
            after = self.deployment.run(steps, progress=self._watch())
        except CertlabError as error:
            self._trouble = str(error)
            self._draw(self._trouble)
            return
        if after is self.deployment:
            self._draw("That is done already.")
        self.deployment = after

    def undo(self) -> None:
        """Take back the last run made on this bench."""
        if self.can_undo:
            self.deployment = self.deployment.undo()

    @property
    def can_undo(self) -> bool:
        """Whether anything was run here that can be taken back."""
        return self.deployment is not self._start

    @property
    def code(self) -> str:
        """The cell that does what was done here; empty while that is nothing."""
        return code_since(self._start, self.deployment, self._name)

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        kind, *names = read_id(id)
        if id == "do:undo":
            self.undo()
        elif kind in ("device", "pair") and set(names) <= set(self.deployment.inventory.devices):
            self._picked, one, other = tuple(names), names[0], names[-1]
            said = told(one, other, self._matrix.cell(one, other)) if kind == "pair" else one
            self._draw(said)
        elif kind == "plan" and names:
            self._opened, self._picked = names[0] or None, ()
            self._draw(f"Dial plan {names[0]}" if names[0] else "All dial plans")

    # --- what is shown -----------------------------------------------------------------------

    def views(self) -> dict[str, Markup]:
        """The parts to show of the present state: map, matrix and journal."""
        return {
            "map": map_card(self._matrix, selected=self._picked, opened=self._opened,
                            seals=self._seals),
            "matrix": matrix_card(self._before, self._matrix, selected=self._picked,
                                  opened=self._opened),
            "journal": journal_card(self.deployment, self._code, can_undo=self.can_undo),
        }  # fmt: skip

    def _judge(self) -> None:
        """What depends on the Deployment alone: a selection does not ask for it again."""
        previous = self.deployment.previous if self.can_undo else None
        self._before: TrustMatrix | None = trust_matrix(previous) if previous else None
        self._matrix, self._seals = trust_matrix(self.deployment), Seals.of(self.deployment)
        self._code = self.code

    def _moved(self, change: Any) -> None:
        self._judge()
        now = self.deployment
        told_as = now.entry.tell() if now.entry else "The deployment has changed"
        done = "Undone" if now is change["old"].previous else told_as
        self._draw(f"{done}. {self._matrix.headline}.")

    def _draw(self, said: str) -> None:
        with self.hold_sync():
            self.status = said
            self.parts = {"trouble": trouble_card(self._trouble), **self.views()}
        self._trouble = ""

    def _watch(self) -> Callable[[int, int], None]:
        """A run tells this how far it is; from the first second on, everybody sees it."""
        due = time.monotonic() + PATIENCE

        def tell(done: int, of: int) -> None:
            nonlocal due
            if time.monotonic() > due:
                due = time.monotonic() + 0.3
                self.status = f"{done:,} of {of:,} steps done"
                self.show_progress(done, of)

        return tell

    def show_progress(self, done: int, of: int) -> None:
        """Show how far a long run is, where this bench shows it."""
