"""The gallery: browse and search the scenarios, look at one closely, and open it in a lab."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, datetime

from ..deployment import Deployment, moment, trust_matrix
from ..live import Opinion
from ..training import SCENARIOS, Played, scenario, scenarios
from ..views import Markup, read_id
from ..views.bench import card, map_card
from ..views.fields import check, select_field, text_field
from ..views.gallery import (
    OUTCOMES,
    engines_view,
    gallery_actions,
    gallery_list,
    kinds_found,
    neutral_title,
    question_view,
    scenario_view,
)
from .form import Form


class Gallery(Form):
    """Every scenario as of one moment.

    ``played`` is the one shown, for the next cell; ``deployment`` the lab it was opened in. While
    it is to ``ask`` first, a scenario keeps its verdict, and what gives it away, until told: its
    title too, in the list as well.
    """

    def __init__(self, at: datetime, key: str = "", *, ask: bool = False) -> None:
        self.at, self.ask_first = at, ask
        self._told: set[str] = set()
        self._every = self._found = scenarios(at)
        self._search = {"words": "", "outcome": "", "kind": ""}
        self.played: Played = scenario(key, at) if key else self._every[0]
        self.deployment: Deployment | None = None
        self._opinions: tuple[Opinion, ...] = ()
        super().__init__(label="Gallery of scenarios", look="cl-gallery")
        self._draw(f"{len(self._every)} scenarios")

    # --- what can be done --------------------------------------------------------------------

    def search(self, words: str = "", *, outcome: str = "", kind: str = "") -> None:
        """Narrow the list as ``scenarios`` does, and show the first one found."""
        self._search = {"words": words, "outcome": outcome, "kind": kind}
        self._found = scenarios(self.at, words, outcome=outcome, kind=kind, told=self._open)
        if self._found and self.played not in self._found:
            self._turn_to(self._found[0])
        self._draw(f"{len(self._found)} of {len(self._every)} scenarios")

    def show(self, key: str) -> None:
        """Show the scenario of this key. Raises ``UnknownName``."""
        self._turn_to(scenario(key, self.at))
        self._draw(self._status())

    def show_verdict(self) -> None:
        """Show what was withheld of this scenario."""
        self._tell()
        self._draw(self._status())

    def open_lab(self) -> Deployment:
        """Open the scenario in a lab of two machines. Raises ``StepRefused`` where none can be."""
        self.deployment = self.played.lab()
        self._tell()
        self._draw(f"Opened in a lab. {trust_matrix(self.deployment).headline}.")
        return self.deployment

    def ask(self) -> tuple[Opinion, ...]:
        """Ask the other engines of this computer."""
        self._opinions = self.played.case.opinions()
        self._tell()
        said = sum(one.accepted is not None for one in self._opinions)
        self._draw(f"{said} of {len(self._opinions)} engines answered")
        return self._opinions

    @property
    def code(self) -> str:
        """The cell that goes on with what is shown: with its lab where there is one."""
        key = self.played.scenario.key
        at = self.at.isoformat().removesuffix("T00:00:00+00:00")
        played = f"scenario({key!r}, at={at!r})"
        if self.played.has_lab:
            return f"from certlab import explore, scenario\n\nlab = {played}.lab()\nexplore(lab)"
        return f"from certlab import scenario\n\ncase = {played}.case\ncase.validate()"

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        match read_id(id):
            case ("scenario", key):
                self.show(key)
            case ("do", "verdict"):
                self.show_verdict()
            case ("do", "open"):
                self.open_lab()
            case ("do", "ask"):
                self.ask()

    def fill(self, field: str, value: str | bool) -> None:
        if field == "ask":
            self.ask_first, self._told = bool(value), set()
            if value:  # what was found by its outcome would tell it
                self.search(self._search["words"])
            self._draw("Verdicts are withheld" if value else self._status())
        if field in self._search:
            self.search(**{**self._search, field: str(value)})

    # --- what is shown -----------------------------------------------------------------------

    def _turn_to(self, played: Played) -> None:
        self.played, self.deployment, self._opinions = played, None, ()

    def _tell(self) -> None:
        self._told.add(self.played.scenario.key)

    def _status(self) -> str:
        if self._withheld:
            return neutral_title(self.played)
        return f"{self.played.scenario.title}: {_outcome(self.played)}"

    @property
    def _open(self) -> Container[str]:
        """The keys of those whose verdict may be seen."""
        return self._told if self.ask_first else SCENARIOS

    @property
    def _withheld(self) -> bool:
        return self.played.scenario.key not in self._open

    def _draw(self, said: str) -> None:
        one, prefix = self.played, self._prefix
        if self._withheld:
            view = question_view(one)
        else:
            actions = gallery_actions(one, asked=bool(self._opinions), opened=bool(self.deployment))
            view = scenario_view(one, actions, self.code)
        shown = {"story": card(view, label="The scenario")}
        if self._opinions:
            shown["engines"] = card(engines_view(self._opinions), label="Engines")
        if self.deployment:
            shown["lab"] = map_card(trust_matrix(self.deployment), selected=("gw1", "um1"))
        with self.hold_sync():
            self.values, self.status = {**self._search, "ask": self.ask_first}, said
            self.parts = {
                "choice": self._choice(prefix),
                "list": gallery_list(
                    self._found,
                    len(self._every),
                    one.scenario.key,
                    self._open,
                ),
                **(shown if self._found else {}),
            }

    def _choice(self, prefix: str) -> Markup:
        telling = () if self.ask_first else (
            select_field(prefix, "outcome", "Outcome", OUTCOMES.items()),
            select_field(prefix, "kind", "First finding", kinds_found(self._every)),
        )  # fmt: skip
        sought = "a word of the story" if self.ask_first else "a word of the story or the reason"
        return card(
            text_field(prefix, "words", "Search", sought),
            *telling,
            check("ask", "Ask first, and show no verdict"),
            label="Find",
        )


def _outcome(played: Played) -> str:
    reason = played.verdict.reason
    return f"refused, {reason.short}" if reason else "accepted"


def gallery(at: datetime | date | str, show: str = "", *, ask: bool = False) -> Gallery:
    """Browse every scenario as of a moment (aware UTC, a date or ISO text): nothing goes stale.

    ``show`` is the key of the scenario to begin with; with ``ask``, no verdict is shown before it
    is asked for. Raises ``UnknownName``.
    """
    return Gallery(moment(at), show, ask=ask)
