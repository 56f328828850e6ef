"""The model switch: two trust models on one inventory, and what differs."""

from __future__ import annotations

import time
from datetime import date, datetime

from ..deployment import (
    Deployment,
    Inventory,
    Migration,
    Procedure,
    TrustMatrix,
    begin,
    migrate,
    moment,
    trust_matrix,
)
from ..views import Markup, read_id, tag
from ..views.bench import button, buttons, card, map_card, progress
from ..views.comparing import CHOICES, code, counts_card, difference_card, titled, way_card
from ..views.fields import select_field
from .bench import PATIENCE
from .form import Form

Chosen = tuple[str, str]


class CompareModels(Form):
    """Two models side by side. ``before`` and ``after`` are Deployments for the next cell."""

    def __init__(
        self,
        inventory: Inventory,
        at: datetime,
        seed: str | None = None,
        chosen: Chosen = ("self-signed", "two-tier"),
    ) -> None:
        self.inventory, self.at, self._seed = inventory, at, seed
        self._made: dict[str, tuple[Deployment, TrustMatrix]] = {}
        self._ways: dict[Chosen, Migration] = {}
        self._history: list[Chosen] = []
        self._chosen = chosen
        self._opened: str | None = None
        super().__init__(label="Two trust models side by side", look="cl-compare")
        self._draw()

    @property
    def before(self) -> Deployment:
        """The inventory under the first model."""
        return self._deployed(self._chosen[0])[0]

    @property
    def after(self) -> Deployment:
        """The inventory under the second model."""
        return self._deployed(self._chosen[1])[0]

    @property
    def code(self) -> str:
        """The cell that makes both, from an inventory that it calls ``inventory``."""
        return code(self._chosen, self.at, seeded=self._seed is not None)

    # --- what can be done --------------------------------------------------------------------

    def choose(self, before: str, after: str) -> None:
        """Compare these two, by their keys in ``certlab.views.comparing.CHOICES``."""
        if (before, after) != self._chosen:
            self._history.append(self._chosen)
            self._chosen = (before, after)
            self._draw()

    def plan(self) -> None:
        """Plan the way from the one to the other without an outage."""
        model = CHOICES[self._chosen[1]].model
        if model is not None and self._chosen not in self._ways:
            self.status = "Planning the way"
            self._ways[self._chosen] = migrate(self.before, to=model)
        self._draw()

    def undo(self) -> None:
        """Go back to the two that were compared before."""
        if self._history:
            self._chosen = self._history.pop()
            self._draw()

    def fill(self, field: str, value: str | bool) -> None:
        if value in CHOICES and field in ("before", "after"):
            one, other = self._chosen
            self.choose(*((str(value), other) if field == "before" else (one, str(value))))

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        match read_id(id):
            case ("do", "way"):
                self.plan()
            case ("do", "undo"):
                self.undo()
            case ("do", "swap"):
                self.choose(self._chosen[1], self._chosen[0])
            case ("plan", plan):
                self._opened = plan or None
                self._draw()

    # --- what is shown -----------------------------------------------------------------------

    def _deployed(self, key: str) -> tuple[Deployment, TrustMatrix]:
        """The inventory under this model and its matrix, made when first asked for."""
        if key not in self._made:
            start, model = begin(self.inventory, at=self.at, seed=self._seed), CHOICES[key].model
            steps = model.procedure(self.inventory) if model else Procedure("", ())
            due = time.monotonic() + PATIENCE

            def tell(done: int, of: int) -> None:
                nonlocal due
                if time.monotonic() > due:
                    due = time.monotonic() + 0.3
                    self.status = f"{CHOICES[key].title}: {done:,} of {of:,} steps done"
                    self.parts = {**self.parts, "busy": card(self.status, progress(done, of))}

            lab = start.run(steps, progress=tell)
            self._made[key] = lab, trust_matrix(lab)
        return self._made[key]

    def _draw(self) -> None:
        prefix = self._prefix
        (_, before), (_, after) = (self._deployed(key) for key in self._chosen)
        options = [(key, choice.title) for key, choice in CHOICES.items()]
        one, other = titled(self._chosen[0], before), titled(self._chosen[1], after)
        way = self._ways.get(self._chosen)
        with self.hold_sync():
            self.values = dict(zip(("before", "after"), self._chosen, strict=True))
            self.status = f"{one}. {other}."
            self.parts = {
                "choice": card(
                    tag(
                        "div",
                        select_field(prefix, "before", "Before", options),
                        select_field(prefix, "after", "After", options),
                        class_="cl-sides",
                    ),
                    label="Which two",
                ),
                "turn": buttons(
                    button("Swap the two", "do:swap"),
                    button("Undo", "do:undo", off=not self._history),
                ),
                "busy": Markup(""),
                "counts": counts_card(self.inventory, self._chosen),
                "before": map_card(before, title=one, opened=self._opened, other=after),
                "after": map_card(after, title=other, opened=self._opened, other=before),
                "matrix": difference_card(before, after, self._chosen, self.at),
                "way": way_card(way, self.code),
            }


def compare_models(
    inventory: Inventory, at: datetime | date | str, seed: str | None = None
) -> CompareModels:
    """Compare two trust models on one inventory: maps, matrix with the difference, steps counted.

    ``at`` decides which rules are in force (aware UTC, a date or ISO text): try 2007 and today.
    With ``seed`` the keys repeat.
    """
    return CompareModels(inventory, moment(at), seed)
