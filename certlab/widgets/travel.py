"""The time machine: a Deployment on any day, if nobody does anything until then."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from ..deployment import Deployment, TrustMatrix, moment
from ..errors import InvalidInput
from ..planning import OutageCalendar, outages
from ..views import Seals, read_id, told
from ..views.bench import map_card, matrix_card
from ..views.matrices import FEW
from ..views.travel import coming_card, day_card, file_card, now_card, turn_buttons, year_card
from .errand import Errand
from .form import Form


class TimeMachine(Form):
    """Go to a day, to the next event, or let the years play.

    ``deployment`` is the Deployment on the day shown, for the next cell; ``calendar`` holds what
    was judged. ``pace`` is how many seconds an event is shown while it plays.
    """

    def __init__(
        self, deployment: Deployment, until: datetime | date | str | None = None, *,
        name: str = "lab", pace: float = 1.5,
    ) -> None:  # fmt: skip
        self.calendar: OutageCalendar = outages(deployment, until)
        self.at, self.pace, self._name = deployment.at, pace, name
        self._seals, self._errand = Seals.of(deployment), Errand()
        self._picked: tuple[str, ...] = ()
        self._opened: str | None = None
        large = " cl-large" if len(deployment.inventory) > FEW else ""
        super().__init__(label="Time machine", look=f"cl-travel{large}")
        self._draw()

    @property
    def deployment(self) -> Deployment:
        """The Deployment on the day shown."""
        return self.calendar.deployment.moved_to(self.at)

    @property
    def matrix(self) -> TrustMatrix:
        """Who accepts whom on the day shown. Nothing is judged for it anew."""
        return self.calendar.matrix_on(self.at)

    @property
    def playing(self) -> bool:
        return self._errand.running and not self._errand.cancelled

    @property
    def code(self) -> str:
        """The cell that shows the same day, and what fails when."""
        begun = self.at == self.calendar.start
        there = "" if begun else f'.moved_to("{self.at.isoformat()}")'
        return f"outages({self._name})\ntrust_matrix({self._name}{there})"

    # --- what can be done --------------------------------------------------------------------

    def go(self, at: datetime | date | str) -> None:
        """Go to a moment; a day stands for its end. Out of the calendar, as far as it reaches."""
        whole = not isinstance(at, datetime) and len(str(at)) <= 10
        when = moment(at) + (timedelta(days=1, seconds=-1) if whole else timedelta(0))
        self.at = min(max(when, self.calendar.start), self.calendar.until)
        self._draw()

    def next(self) -> bool:
        """Go to the next event; says whether there was one."""
        ahead = self.calendar.after(self.at)
        if ahead is not None:
            self.go(ahead.at)
        return ahead is not None

    def back(self) -> None:
        """Go to the event before."""
        behind = self.calendar.before(self.at)
        if behind is not None:
            self.go(behind.at)

    def play(self) -> None:
        """Show one event after another, until the last or ``pause``."""
        self._errand.run(self._play, patience=0)

    def pause(self) -> None:
        """Stop playing."""
        self._errand.cancel()
        self.wait()
        self._draw()

    def wait(self, seconds: float | None = None) -> None:
        """Wait until it has played to its end."""
        self._errand.wait(seconds)

    def fill(self, field: str, value: str | bool) -> None:
        if field != "day":
            return
        try:
            self.go(str(value))
        except InvalidInput:
            self.status = "That is no day yet."  # half typed

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        match read_id(id):
            case ("do", "play"):
                self.play()
            case ("do", "pause"):
                self.pause()
            case ("do", "next"):
                self.next()
            case ("do", "back"):
                self.back()
            case ("do", "start"):
                self.go(self.calendar.start)
            case ("day", day):
                self.go(day)
            case ("device", name) if name in self.calendar.columns:
                self._picked = (name,)
                self._draw(name)
            case ("pair", one, other) if {one, other} <= set(self.calendar.columns):
                self._picked = one, other
                self._draw(told(one, other, self.matrix.cell(one, other)))
            case ("plan", plan):
                self._opened, self._picked = plan or None, ()
                self._draw()

    # --- what is shown -----------------------------------------------------------------------

    def _play(self) -> None:
        while not self._errand.cancelled and self.next():
            self._errand.pause(self.pace)
        if not self._errand.cancelled:
            self._errand.cancel()
            self._draw()

    def _draw(self, said: str = "") -> None:
        calendar, at, matrix = self.calendar, self.at, self.matrix
        behind = calendar.before(at)
        before = None
        if behind is not None:
            before = calendar.matrix_on(max(calendar.start, behind.at - timedelta(seconds=1)))
        prefix = self._prefix
        with self.hold_sync():
            self.values = {"day": f"{at:%Y-%m-%d}"}
            self.status = said or f"{at:%Y-%m-%d}: {matrix.headline}."
            self.parts = {
                "day": day_card(prefix, calendar),
                "turn": turn_buttons(calendar, at, playing=self.playing),
                "now": now_card(calendar, at, matrix.headline),
                "map": map_card(matrix, selected=self._picked, opened=self._opened,
                                seals=self._seals),
                "days": year_card(calendar, at),
                "coming": coming_card(calendar, at),
                "matrix": matrix_card(before, matrix, selected=self._picked, opened=self._opened),
                "file": file_card(calendar, self.code),
            }  # fmt: skip


def time_machine(deployment: Deployment, until: datetime | date | str | None = None) -> TimeMachine:
    """Travel through the years of a Deployment in which nobody does anything any more.

    ``until`` is how far (UTC; five years when left out). The widget's ``deployment`` is for the
    next cell. Raises ``InvalidInput`` when ``until`` is not after the Deployment's own moment.
    """
    return TimeMachine(deployment, until)
