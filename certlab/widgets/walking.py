"""The procedure wizard: one step after the other, with what each does to who accepts whom."""

from __future__ import annotations

from typing import Any

from ..deployment import Deployment, Procedure
from ..views import Markup, plural
from ..views.bench import button, buttons, card, journal_card, progress
from ..views.walking import step_card, walk_list
from .bench import Bench


class Walk(Bench):
    """A procedure on a Deployment, step by step: select one, read it, do it, see what it did."""

    def __init__(self, deployment: Deployment, procedure: Procedure, *, name: str = "lab") -> None:
        self.procedure, self._steps = procedure, procedure.steps
        self._selected, self._done = 0, [step.is_done(deployment) for step in self._steps]
        self._select_next()
        label = f"{procedure.title}, step by step"
        super().__init__(deployment, name=name, look="cl-walk", label=label)

    # --- what can be done --------------------------------------------------------------------

    def show_step(self, number: int) -> None:
        """Show this step of the procedure, counted from 0."""
        self._selected = min(max(number, 0), len(self._steps) - 1)
        self._draw(self._steps[self._selected].tell())

    def do_step(self) -> None:
        """Run the step that is shown."""
        self.run(self._steps[self._selected])

    def do_phase(self) -> None:
        """Run what is left of the phase that is shown."""
        first, end = self._phase
        self.run(self._steps[first:end])

    def do_rest(self) -> None:
        """Run all that is left."""
        self.run(self.procedure.remaining(self.deployment))

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        kind, _, number = id.partition(":")
        does = {"do:step": self.do_step, "do:phase": self.do_phase, "do:rest": self.do_rest}
        if id in does and self._steps:
            does[id]()
        elif kind == "step" and number.isdecimal():
            self.show_step(int(number))
        else:
            super().press(id)

    # --- what is shown -----------------------------------------------------------------------

    @property
    def _phase(self) -> tuple[int, int]:
        """Where the phase of the selected step begins and ends."""
        first = 0
        for phase in self.procedure.phases:
            if self._selected < first + len(phase):
                return first, first + len(phase)
            first += len(phase)
        return 0, 0

    def _select_next(self) -> None:
        """Go on to the first step that is open, from the selected one on, else from the start."""
        order = [*range(self._selected, len(self._done)), *range(self._selected)]
        self._selected = next((n for n in order if not self._done[n]), self._selected)

    def _judge(self) -> None:
        super()._judge()
        self._done = [step.is_done(self.deployment) for step in self._steps]

    def _moved(self, change: Any) -> None:
        self._done = [step.is_done(self.deployment) for step in self._steps]
        if self.deployment is change["old"].previous:
            self._selected = 0
        self._select_next()
        super()._moved(change)

    def views(self) -> dict[str, Markup]:
        steps = walk_list(self.procedure, self._done, self._selected)
        return {
            "steps": card(steps, label="The procedure"),
            "now": self._now(),
            **super().views(),
            "journal": journal_card(self.deployment, self._code, can_undo=None),
        }

    def _now(self, bar: Markup | None = None) -> Markup:
        if not self._steps:
            return card("There is nothing to do: no link needs mutual TLS.", label="The step")
        left, (first, end) = self._done.count(False), self._phase
        in_phase, done = self._done[first:end].count(False), self._done[self._selected]
        return card(
            step_card(self._steps[self._selected], self.deployment, done=done),
            buttons(
                button("Do this step", "do:step", primary=True, off=done),
                button(f"Do the phase ({plural(in_phase, 'step')} left)", "do:phase",
                       off=not in_phase),
                button(f"Do all that is left ({left:,})", "do:rest", off=not left),
                button("Undo", "do:undo", off=not self.can_undo),
                bar,
            ),
            label="The step",
        )  # fmt: skip

    def show_progress(self, done: int, of: int) -> None:
        self.parts = {**self.parts, "now": self._now(progress(done, of))}


def walk(deployment: Deployment, procedure: Procedure) -> Walk:
    """Walk through a procedure: every step with who, where and command, done or not.

    ``procedure`` comes from a trust model, such as ``InternalPKI().procedure(inventory)``, or from
    ``migrate``. The widget's ``deployment`` is a value for the next cell.
    """
    return Walk(deployment, procedure)
