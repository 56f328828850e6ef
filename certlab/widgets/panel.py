"""The panel: map, why, matrix and journal of a Deployment. A click becomes a Step and a redraw."""

from __future__ import annotations

from collections.abc import Iterator

from ..deployment import Deployment, Explanation, Procedure, trust_matrix, why
from ..views import (
    Markup,
    Seals,
    cell_code,
    device_view,
    explanation_view,
    journal_list,
    legend,
    listing,
    matrix_table,
    more,
    procedure_list,
    tag,
    told,
    trust_map,
)
from ..views.bench import as_code, button, buttons, card, progress
from ..views.matrices import FEW
from ..views.signs import plan_id
from .bench import Bench


class TrustPanel(Bench):
    """Four linked views of a Deployment, with its repair one press away.

    With a ``procedure``, what is left of it can be run in one press.
    """

    def __init__(
        self, deployment: Deployment, procedure: Procedure | None = None, *, name: str = "lab"
    ) -> None:
        self._procedure = procedure
        self._answer: Explanation | None = None
        super().__init__(deployment, name=name, look="cl-panel", label="Who trusts whom, and why")
        self.select(*next(iter([*self._matrix.refused, *self._matrix.judged]), ()))

    # --- what can be done --------------------------------------------------------------------

    def select(self, *names: str) -> None:
        """Show one device, or why the first of two accepts or refuses the second."""
        self._answer = self._asked(names)
        super().select(*names)

    def open_plan(self, plan: str | None) -> None:
        """Show the devices of one dial plan, or None for all dial plans in sums."""
        super().open_plan(plan)
        inside = set(self.deployment.inventory.devices) if plan is None else self._inside(plan)
        self.select(*next((pair for pair in self._matrix.refused if inside.issuperset(pair)), ()))

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        if id == "do:fix" and self._answer and self._answer.fix:
            self.run(self._answer.fix)
        elif id == "do:rest" and self._procedure:
            self.run(self._procedure.remaining(self.deployment))
        elif id == "do:next" and self._matrix.refused:
            self.select(*self._matrix.refused[0])
        else:
            super().press(id)

    # --- what is shown -----------------------------------------------------------------------

    def _asked(self, names: tuple[str, ...]) -> Explanation | None:
        return why(self.deployment, names[0], trusts=names[1]) if len(names) == 2 else None

    def _judge(self) -> None:
        """What depends on the Deployment alone: a selection does not ask for it again."""
        self._matrix, self._seals = trust_matrix(self.deployment), Seals.of(self.deployment)
        self._code = self.code
        self._left = self._procedure.remaining(self.deployment) if self._procedure else None
        self._answer = self._asked(self.selected)

    def views(self) -> dict[str, Markup]:
        drawn = card(*self._map(), label="Map")
        answer = {"why": card(*self._why(), label="Why")}
        matrix = {"matrix": card(*self._table(), label="Who accepts whom")}
        large = len(self.deployment.inventory) > FEW  # a long matrix would part map and answer
        between = answer | matrix if large else matrix | answer
        return {"map": drawn, **between, "journal": card(*self._journal(), label="Journal")}

    def _map(self) -> Iterator[Markup]:
        title = self._matrix.headline
        if self._procedure is not None:
            title = f"{self._procedure.title}: {title[0].lower()}{title[1:]}"
        yield tag("h3", title, class_="cl-title")
        if self.opened is not None:
            name = tag("span", f"Dial plan {self.opened}", class_="cl-bold")
            yield tag("div", button("All dial plans", plan_id("")), name, class_="cl-row")
        drawn = trust_map(
            self._matrix, selected=self.selected, opened=self.opened, seals=self._seals
        )
        yield tag("div", drawn, class_="cl-across")
        if len(self.selected) == 2:
            said = told(*self.selected, self._matrix.cell(*self.selected))
            yield tag("p", f"{said}.", class_="cl-said")
        yield legend()

    def _why(self) -> Iterator[Markup]:
        if self._answer is not None:
            yield explanation_view(
                self._answer,
                matrix=self._matrix,
                seals=self._seals,
                actions=buttons(*self._actions(self._answer)),
            )
        elif self.selected:
            yield device_view(self._matrix, self.selected[0])
        else:
            yield tag("p", "Select a link or a device to see why.", class_="cl-text cl-muted")

    def _actions(self, explanation: Explanation) -> Iterator[Markup]:
        if explanation.fix:
            yield button(f"Repair: {explanation.fix.tell()}", "do:fix", primary=True)
            yield more(
                "Show as code", listing(cell_code([[explanation.fix]], self._name)), key="fix"
            )
        elif explanation.reason:
            yield tag("p", explanation.reason.remedy.advice, class_="cl-text")
        elif self._matrix.refused:
            yield button("Show the next refusal", "do:next")

    def _table(self) -> Iterator[Markup]:
        yield tag("h3", "Who accepts whom", class_="cl-heading")
        yield matrix_table(self._matrix, selected=self.selected, opened=self.opened)

    def _journal(self, bar: Markup | None = None) -> Iterator[Markup]:
        yield tag("h3", "Journal", class_="cl-heading")
        yield journal_list(self.deployment.journal)
        rest = None
        if self._left:
            count = f"{len(self._left):,} remaining steps"
            rest = button(
                f"Run the {count if len(self._left) > 1 else 'remaining step'}", "do:rest"
            )
        yield buttons(button("Undo", "do:undo", off=not self.can_undo), rest, bar)
        if self._left:
            yield more("What remains", procedure_list(self._left), key="left")
        code = as_code(self._code)
        if code:
            yield code

    def show_progress(self, done: int, of: int) -> None:
        bar = progress(done, of)
        self.parts = {**self.parts, "journal": card(*self._journal(bar), label="Journal")}


def explore(deployment: Deployment, procedure: Procedure | None = None) -> TrustPanel:
    """The panel of a Deployment; with a procedure, what is left of it can be run in one press."""
    return TrustPanel(deployment, procedure)
