"""What every widget that changes a Deployment has: run, undo, the code, and who accepts whom."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import traitlets

from ..deployment import Deployment, Step, TrustMatrix, trust_matrix
from ..errors import CertlabError, InvalidInput, UnknownName
from ..views import NO_PLAN, Markup, Seals, code_since, plural, read_id, told
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
        self.selected: tuple[str, ...] = ()
        self.opened: str | None = None
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

    def select(self, *names: str) -> None:
        """Show one device, or a verifier and whom it judges.

        Raises ``UnknownName``, and ``InvalidInput`` for a device that is to judge itself.
        """
        for name in names:
            self.deployment.inventory.device(name)
        if len(names) > len(set(names)):
            raise InvalidInput(f"{names[0]} does not judge itself", remedy="Name two devices.")
        self.selected = names
        if len(names) == 2:
            self._draw(told(*names, self._matrix.cell(*names)))
        else:
            self._draw("".join(names) or "Nothing is selected")

    def open_plan(self, plan: str | None) -> None:
        """Show the devices of one dial plan, or None for all dial plans in sums."""
        if plan is not None and not self._inside(plan):
            raise UnknownName(f"no dial plan is called {plan!r}")
        self.opened, self.selected = plan, ()
        self._draw("All dial plans" if plan is None else f"Dial plan {plan}")

    def _inside(self, plan: str) -> set[str]:
        devices = self.deployment.inventory
        return {device.name for device in devices if plan in (device.dial_plans or (NO_PLAN,))}

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
        elif kind in ("device", "pair") and 1 <= len(names) <= 2:
            self.select(*names)
        elif kind == "plan":
            self.open_plan("".join(names) or None)

    # --- what is shown -----------------------------------------------------------------------

    def views(self) -> dict[str, Markup]:
        """The parts to show of the present state: map, matrix and journal."""
        return {
            "map": map_card(self._matrix, selected=self.selected, opened=self.opened,
                            seals=self._seals),
            "matrix": matrix_card(self._before, self._matrix, selected=self.selected,
                                  opened=self.opened),
            "journal": journal_card(self.deployment, self._code, can_undo=self.can_undo),
        }  # fmt: skip

    def _judge(self) -> None:
        """What depends on the Deployment alone: a selection does not ask for it again."""
        previous = self.deployment.previous if self.can_undo else None
        self._before: TrustMatrix | None = trust_matrix(previous) if previous else None
        self._matrix, self._seals = trust_matrix(self.deployment), Seals.of(self.deployment)
        self._code = self.code

    def _moved(self, change: Any) -> None:
        now = self.deployment
        if not now.inventory.devices.keys() >= set(self.selected):
            self.selected = ()
        self._judge()
        told_as = now.entry.tell() if now.entry else "The deployment has changed"
        done = "Undone" if now is change["old"].previous else told_as
        self._draw(f"{done}. {self._matrix.headline}.")

    def _just_run(self, change: Any) -> tuple[Step, ...]:
        """The Steps that made this change; none when it is an undo."""
        now = self.deployment
        return now.entry.steps if now.entry and now.previous is change["old"] else ()

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
                self.status = f"{done:,} of {plural(of, 'step')} done"
                self.show_progress(done, of)

        return tell

    def show_progress(self, done: int, of: int) -> None:
        """Show how far a long run is, where this bench shows it."""
