"""The panel: map, why, matrix and journal of a Deployment. A click becomes a Step and a redraw."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import traitlets

from ..deployment import (
    Deployment,
    Explanation,
    Procedure,
    Step,
    trust_matrix,
    why,
)
from ..errors import StepRefused, UnknownName
from ..views import (
    NO_PLAN,
    REFUSED,
    Markup,
    Seals,
    cell_code,
    code_since,
    device_view,
    explanation_view,
    journal_list,
    legend,
    listing,
    mark,
    matrix_table,
    more,
    plan_id,
    plural,
    procedure_list,
    read_id,
    tag,
    told,
    trust_map,
)
from .canvas import Canvas

PATIENCE = 1.0
"""Seconds after which a run shows how far it is."""


_LONG = 8_000
"""Characters of code that are shown."""


class TrustPanel(Canvas):
    """Four linked views of a Deployment, with its repair one press away.

    ``deployment`` is the present value, so a later cell goes on with it. ``code`` is the cell that
    does the same to the Deployment the panel began with, there called ``name``.
    """

    deployment = traitlets.Instance(Deployment)
    selected = traitlets.Tuple()
    opened = traitlets.Unicode(None, allow_none=True)

    def __init__(
        self, deployment: Deployment, procedure: Procedure | None = None, *, name: str = "lab"
    ) -> None:
        self._start, self._procedure, self._name = deployment, procedure, name
        super().__init__(deployment=deployment, label="Who trusts whom, and why")
        self._judge()
        self.look = "cl-panel"
        self.select(*next(iter([*self._matrix.refused, *self._matrix.judged]), ()))
        self.observe(self._moved, "deployment")

    # --- what can be done --------------------------------------------------------------------

    def select(self, *names: str) -> None:
        """Show one device, or why the first of two accepts or refuses the second."""
        self._answer = self._asked(names)
        self.selected = names
        if self._answer is None:
            self._draw(names[0] if names else "Nothing is selected")
        else:
            self._draw(told(names[0], names[1], self._matrix.cell(names[0], names[1])))

    def open_plan(self, plan: str | None) -> None:
        """Show the devices of one dial plan, or None for all dial plans in sums."""
        inventory = self.deployment.inventory
        inside = {
            device.name
            for device in inventory
            if plan is None or plan in (device.dial_plans or (NO_PLAN,))
        }
        if plan is not None and not inside:
            raise UnknownName(f"no dial plan is called {plan!r}")
        self.opened = plan
        self.select(*next((pair for pair in self._matrix.refused if inside.issuperset(pair)), ()))

    def run(self, steps: Iterable[Step]) -> None:
        """Run Steps as one line of the journal; a long run shows how far it is."""
        try:
            self.deployment = self.deployment.run(steps, progress=self._watch())
        except StepRefused as refusal:
            self._draw(str(refusal), refusal)

    def undo(self) -> None:
        """Take back the last run made in this panel."""
        if self.deployment is not self._start:
            self.deployment = self.deployment.undo()

    @property
    def code(self) -> str:
        """The cell that does what was done in this panel; empty while that is nothing."""
        return code_since(self._start, self.deployment, self._name)

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        kind, *names = read_id(id)
        answer = self._answer
        if kind in ("device", "pair"):
            self.select(*names)
        elif kind == "plan":
            self.open_plan("".join(names) or None)
        elif id == "do:fix" and answer and answer.fix:
            self.run([answer.fix])
        elif id == "do:rest" and self._procedure:
            self.run(self._procedure.remaining(self.deployment))
        elif id == "do:undo":
            self.undo()
        elif id == "do:next" and self._matrix.refused:
            self.select(*self._matrix.refused[0])

    # --- what is shown -----------------------------------------------------------------------

    def _asked(self, names: Sequence[str]) -> Explanation | None:
        if len(names) == 2:
            return why(self.deployment, names[0], trusts=names[1])
        for name in names:
            self.deployment.inventory.device(name)
        return None

    def _judge(self) -> None:
        """What depends on the Deployment alone: a selection does not ask for it again."""
        self._matrix, self._seals = trust_matrix(self.deployment), Seals.of(self.deployment)
        self._code = self.code
        self._left = self._procedure.remaining(self.deployment) if self._procedure else None

    def _moved(self, change: Any) -> None:
        self._judge()
        now = self.deployment
        if not now.inventory.devices.keys() >= set(self.selected):
            self.selected = ()
        self._answer = self._asked(self.selected)
        told_as = now.entry.tell() if now.entry else "The deployment has changed"
        done = "Undone" if now is change["old"].previous else told_as
        self._draw(f"{done}. {self._matrix.headline}.")

    def _draw(self, status: str, refusal: StepRefused | None = None) -> None:
        with self.hold_sync():
            self.status = status
            self.parts = {
                "map": _card(*self._map()),
                "why": _card(*self._why(refusal)),
                "matrix": _card(*self._table()),
                "journal": _card(*self._journal()),
            }

    def _map(self) -> Iterator[Markup]:
        title = self._matrix.headline
        if self._procedure is not None:
            title = f"{self._procedure.title}: {title[0].lower()}{title[1:]}"
        yield tag("h3", title, class_="cl-title")
        if self.opened is not None:
            name = tag("span", f"Dial plan {self.opened}", class_="cl-bold")
            yield tag("div", _button("All dial plans", plan_id("")), name, class_="cl-row")
        drawn = trust_map(
            self._matrix, selected=self.selected, opened=self.opened, seals=self._seals
        )
        yield tag("div", drawn, class_="cl-across")
        if len(self.selected) == 2:
            said = told(*self.selected, self._matrix.cell(*self.selected))
            yield tag("p", f"{said}.", class_="cl-said")
        yield legend()

    def _why(self, refusal: StepRefused | None) -> Iterator[Markup]:
        if refusal is not None:
            yield tag("p", mark(REFUSED), f" {refusal}", class_="cl-text cl-no")
        if self._answer is not None:
            yield explanation_view(
                self._answer,
                matrix=self._matrix,
                seals=self._seals,
                actions=tag("div", *self._actions(self._answer), class_="cl-actions"),
            )
        elif self.selected:
            yield device_view(self._matrix, self.selected[0])
        else:
            yield tag("p", "Select a link or a device to see why.", class_="cl-text cl-muted")

    def _actions(self, explanation: Explanation) -> Iterator[Markup]:
        if explanation.fix:
            yield _button(f"Repair: {explanation.fix.tell()}", "do:fix", primary=True)
            yield more(
                "Show as code", listing(cell_code([[explanation.fix]], self._name)), key="fix"
            )
        elif explanation.reason:
            yield tag("p", explanation.reason.remedy.advice, class_="cl-text")
        elif self._matrix.refused:
            yield _button("Show the next refusal", "do:next")

    def _table(self) -> Iterator[Markup]:
        yield tag("h3", "Who accepts whom", class_="cl-heading")
        yield matrix_table(self._matrix, selected=self.selected, opened=self.opened)

    def _journal(self, progress: Markup | None = None) -> Iterator[Markup]:
        yield tag("h3", "Journal", class_="cl-heading")
        yield journal_list(self.deployment.journal)
        buttons = [_button("Undo", "do:undo", off=self.deployment is self._start)]
        if self._left:
            count = (
                f"{len(self._left):,} remaining steps" if len(self._left) > 1 else "remaining step"
            )
            buttons.append(_button(f"Run the {count}", "do:rest"))
        yield tag("div", *buttons, progress, class_="cl-actions")
        if self._left:
            yield more("What remains", procedure_list(self._left), key="left")
        if self._code:
            long = len(self._code) > _LONG
            text = "print(panel.code)  # too long to show here" if long else self._code
            yield more("Show as code", listing(text), key="code")

    def _watch(self) -> Callable[[int, int], None]:
        """A run tells this how far it is; from the first second on, the journal shows it."""
        due = time.monotonic() + PATIENCE

        def tell(done: int, of: int) -> None:
            nonlocal due
            if time.monotonic() > due:
                due = time.monotonic() + 0.3
                bar = tag("progress", class_="cl-progress", value=done, max=of,
                          aria_label="Steps done")  # fmt: skip
                self.parts = {**self.parts, "journal": _card(*self._journal(bar))}
                self.status = f"{done:,} of {plural(of, 'step')} done"

        return tell


def _card(*inside: object) -> Markup:
    return tag("div", *inside, class_="cl-card")


def _button(text: str, id_: str, *, primary: bool = False, off: bool = False) -> Markup:
    return tag("button", text, type="button", data_id=id_, aria_disabled="true" if off else None,
               class_="cl-button cl-primary" if primary else "cl-button")  # fmt: skip


def explore(deployment: Deployment, procedure: Procedure | None = None) -> TrustPanel:
    """The panel of a Deployment; with a procedure, what is left of it can be run in one press."""
    return TrustPanel(deployment, procedure)
