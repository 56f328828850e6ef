"""The form that writes the cell of a decision."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from ..deployment import moment
from ..errors import InvalidInput, Problem
from ..live import clock
from ..records import Decision, decide, exhibit
from ..records.decision import options_of
from ..validation.facts import FACTS, fact
from ..views.deciding import (
    FACT,
    decision_cell,
    decision_code,
    decision_fields,
    decision_preview,
    fact_fields,
)
from .form import Form

_TEXTS = ("title", "context", "choice", "reasons", "consequences", "by", "state", "supersedes")


class DecisionForm(Form):
    """Fill in, see the card, take the cell. ``decision`` is what the fields say, None while wrong.

    Nothing is written to disk: the cell's own ``decision.save()`` does that.
    """

    def __init__(
        self, evidence: Mapping[str, object], options: object, folder: str, on: date, name: str
    ) -> None:
        self._evidence, self._options, self._folder, self._name = evidence, options, folder, name
        self._offered = options_of(options)
        self._titles = _titles(evidence)
        self._texts = dict.fromkeys(_TEXTS, "") | {"on": str(on), "state": "proposed"}
        self._ticked: dict[str, bool] = dict.fromkeys(evidence, True)
        self._ticked |= {f"{FACT}{id_}": False for id_ in FACTS}
        self.decision: Decision | None = None
        super().__init__(label="Write a decision down", look="cl-studio")
        self._draw("Nothing is written down yet")

    @property
    def code(self) -> str:
        """The cell that writes this decision down."""
        options: object = next(
            (name for name, value in self._evidence.items() if value is self._options),
            {one.title: one.words for one in self._offered},
        )
        if isinstance(options, dict) and not any(options.values()):
            options = list(options)
        names, facts = self._picked()
        return decision_code(self._texts, options, names, facts, self._folder, self._name)

    def write_cell(self) -> None:
        """Put the code into a new cell below the one that is running. Only a notebook has cells."""
        shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
        if shell is None:
            raise InvalidInput("there is no notebook here", remedy="Print .code instead.")
        shell.set_next_input(self.code)

    def fill(self, field: str, value: str | bool) -> None:
        if field in self._texts and isinstance(value, str):
            self._texts[field] = value
        elif field in self._ticked and isinstance(value, bool):
            self._ticked[field] = value
        else:
            return
        self._draw()

    def _picked(self) -> tuple[list[str], list[str]]:
        names = [name for name in self._evidence if self._ticked[name]]
        return names, [id_ for id_ in FACTS if self._ticked[f"{FACT}{id_}"]]

    def _draw(self, said: str = "") -> None:
        names, facts = self._picked()
        problems: tuple[Problem, ...] = ()
        try:
            texts = self._texts
            self.decision = decide(
                **{name: texts[name] for name in (*_TEXTS, "on")},
                options=self._options,
                evidence=[*(self._evidence[name] for name in names), *map(fact, facts)],
                folder=self._folder,
            )
        except InvalidInput as error:
            self.decision, problems = None, error.problems or (Problem(error.what, error.remedy),)
        with self.hold_sync():
            self.status = said or (self.decision.headline if self.decision else "Not ready yet")
            self.values = {**self._texts, **self._ticked}
            prefix = self._prefix
            titles = [one.title for one in self._offered]
            self.parts = {
                "fields": decision_fields(prefix, titles, self._titles),
                "now": decision_preview(self.decision, problems),
                "actions": fact_fields(),
                "result": decision_cell(self.code),
            }


def _titles(evidence: Mapping[str, object]) -> dict[str, str]:
    """What each value says, by its name; two that say the same are told apart by their names."""
    said = {}
    for name, value in evidence.items():
        try:
            said[name] = exhibit(name, value).headline
        except InvalidInput:  # which the form tells where it tells what else is wrong
            said[name] = name
    often = Counter(said.values())
    return {name: f"{one} ({name})" if often[one] > 1 else one for name, one in said.items()}


def decision_form(
    options: object = (),
    *,
    folder: str | Path = "decisions",
    on: date | datetime | str | None = None,
    name: str = "decision",
    **evidence: object,
) -> DecisionForm:
    """A form that writes the cell of a decision.

    The values it may rest on are handed in under the names they have in the notebook:
    ``decision_form(lab=lab, matrix=matrix)``. ``options`` and ``folder`` as for ``decide``.
    """
    day = clock() if on is None else moment(on)
    return DecisionForm(evidence, options, str(folder), day.date(), name)
