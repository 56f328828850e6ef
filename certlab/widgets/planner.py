"""The planner: from a list of devices to a model, its work, its cost, its dates and its runbook."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from threading import RLock

from ..deployment import DeviceLine, Inventory, moment, read_inventory
from ..deployment.steps import file_name
from ..errors import InvalidInput, StepRefused
from ..live import clock
from ..planning import (
    ASSUMPTIONS,
    MODELS,
    Assumptions,
    OutageCalendar,
    Plan,
    Runbook,
    Years,
    plan_for,
)
from ..planning.plan import FIRST_DAY, LAST_DAY
from ..views import (
    Markup,
    device_filters,
    join,
    plural,
    read_id,
    runbook_csv,
    runbook_html,
    runbook_markdown,
)
from ..views.bench import as_code, card
from ..views.calling import busy_card
from ..views.code import importing
from ..views.devices import PAGE
from ..views.planner import (
    answer_card,
    assumption_fields,
    field_note,
    inventory_fields,
    not_compared_note,
    problems_card,
    read_note,
    refused_note,
    waiting,
)
from ..views.planner_tabs import TABS, tab_row, tab_view
from .form import _HERE
from .searching import SEARCHED, DeviceSearch
from .transfer import Transfer

_SAVES: dict[str, tuple[str, str, Callable[..., str]]] = {
    "html": ("html", "text/html", runbook_html),
    "markdown": ("md", "text/markdown", runbook_markdown),
    "csv": ("csv", "text/csv", runbook_csv),
}
"""Of each form of a runbook: how the file's name ends, its type, and what writes it."""

_SHOWS = {
    "advice": "plan.advice", "effort": "plan.effort", "cost": "plan.comparison",
    "growth": "plan.growth", "outages": "plan.deployed().outages", "due": "plan.deployed().due",
    "forecast": "plan.forecast", "runbook": "plan.runbook",
    "devices": "device_table(plan.deployed().deployment)", "assumptions": "plan.assumptions",
}  # fmt: skip
"""Of each tab what a cell shows instead."""


_KEPT = 4
"""So many deployments that were tried out are kept: one is all certificates of an estate."""
_TRYING = "Trying it out on a copy, to see what fails when"
_CHANGING = "Finding the way over to each model, on which no link stops working"


class Planner(Transfer):
    """A deployment to come, planned by filling in fields.

    ``plan`` is the present plan, or None while no inventory was read; ``years`` is what becomes of
    it once deployed, or None while that is not worked out. Both are values for the next cell.
    """

    _esm = Transfer._esm.replace(
        "export default { render: transfer };", (_HERE / "planner.js").read_text("utf-8")
    )

    def __init__(self, at: datetime, assumptions: Assumptions, folder: Path) -> None:
        self.plan: Plan | None = None
        self._at, self._assumptions, self._folder = at, assumptions, folder
        self._keys = tuple(MODELS)
        self._chosen = ""
        self._source, self._uploaded = "", False
        self._edition = 0
        self._worked: dict[Hashable, Years] = {}
        self._bodies: dict[Hashable, Markup] = {}
        self._data: dict[str, bytes] = {}
        self._refused = self._stuck = Markup("")
        self._tab, self._team, self._device, self._page = "advice", "", "", 0
        self._lock, self._told, self._doing, self._working = RLock(), 0.0, "", False
        super().__init__(label="Plan a deployment")
        self._texts = {"example": "", "path": "", "at": f"{at:%Y-%m-%d}", "chosen": "",
                       "today": ""}  # fmt: skip
        self._texts |= dict.fromkeys(SEARCHED, "")
        self._texts |= {f"model-{key}": True for key in self._keys}
        self._texts |= {row.id: f"{row.value:g}" for row in assumptions.values()}
        self.notes = {row.id: field_note(row, None) for row in assumptions.values()}
        titles = {key: model.title for key, model in MODELS.items()}
        examples = [path.name for path in sorted(folder.glob("*.csv"))]
        self._fields = {
            "choice": inventory_fields(self._prefix, examples, titles),
            "assumptions": assumption_fields(self._prefix, assumptions),
        }
        self._draw("Choose whose deployment is planned")

    # --- what can be done --------------------------------------------------------------------

    def read(self, source: str | Path | bytes | Inventory, name: str = "") -> None:
        """Plan for another inventory: a path, a file's bytes, or an Inventory. All or nothing."""
        shown = name or (str(source) if isinstance(source, str | Path) else "")

        def work() -> None:
            try:
                found = (
                    source if isinstance(source, Inventory) else read_inventory(source, name=shown)
                )
                plan = self._compared(found)
            except InvalidInput as error:
                said = str(error).partition("\n")[0]
                self._texts["example"] = self._example
                self._refused = problems_card(said.rstrip(".") + self._kept, error.problems)
                if shown:
                    note = f"{Path(shown).name} was not read{self._kept}"
                    self._note("files", refused_note(note))
                self._done(said)
                return
            if self.errand.cancelled:
                self._done("Cancelled")
                return
            self.plan, self._refused, self._stuck = plan, Markup(""), Markup("")
            self._source, self._edition = shown, self._edition + 1
            self._uploaded = isinstance(source, bytes) and bool(shown)
            self._texts["example"] = self._example
            self._worked, self._bodies = {}, {}
            self._team, self._device, self._page = "", "", 0
            self._texts |= dict.fromkeys(SEARCHED, "")
            self._note("files", read_note(Path(shown).name, found) if shown else Markup(""))
            said = f"{plural(len(found), 'device')} read"
            if not found.links:
                self._done(said)
                return
            self._draw(said)
            self._try_out(plan)

        self._run(work, "Reading")

    def work_out(self) -> None:
        """Deploy the model on a copy and see what fails when, unless that is known."""
        plan = self.plan
        if plan is not None and self._year_key not in self._worked and plan.inventory.links:
            self._run(lambda: self._try_out(plan), _TRYING)

    def save(self, form: str) -> tuple[str, str]:
        """Hand a document to the browser as a download: its file name and its text.

        ``form`` is “html”, “markdown” or “csv” for the runbook, “ics” for the calendar of outages.
        The name tells the model, and for whom it is.
        """
        if self.plan is None:
            raise InvalidInput("there is no plan yet", remedy="Choose an inventory first.")
        if form == "ics":
            if self.years is None:
                raise InvalidInput("the calendar is not worked out yet", remedy="Wait for it.")
            what, whose, end, kind = "outages", "", "ics", "text/calendar"
            text = self.years.outages.ics()
        else:
            book, (end, kind, write) = self._book, _SAVES[form]
            what, whose, text = "runbook", book.whose, write(book)
        named = "-".join(filter(None, (what, self.plan.cost.title, whose)))
        name = f"{file_name(named)}.{end}"
        self.send({"kind": "save", "name": name, "type": kind}, buffers=[text.encode()])
        return name, text

    def fill(self, field: str, value: str | bool) -> None:
        if field not in self._texts or type(value) is not type(self._texts[field]):
            return
        self._texts[field] = value
        text = str(value).strip()
        if field in self._assumptions:
            self._assume({field: text})
        elif field == "example" and text:
            self.read(self._folder / text)
        elif field == "at":
            self._begin(text)
        elif field.startswith("model-"):
            self._compare(tuple(key for key in MODELS if self._texts[f"model-{key}"]))
        elif field == "today" and text in ("", *MODELS):
            self._team, self._device = "", ""
            self._note("today")
            self._replan()
        elif field == "chosen" and text in ("", *self._keys):
            self._chosen = text
            self._note("chosen")
            self._replan()
        elif field == "chosen" and text in MODELS:
            self._put_back(field, self._chosen)
            self._note(field, refused_note(f"Compare {MODELS[text].title} to plan for it."))
        elif field in SEARCHED:
            self._page = 0
            self._draw(f"{plural(len(self._found), 'device')} found")

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        match read_id(id):
            case ("do", "cancel"):
                self.errand.cancel()
                self.status = "Cancelling"
            case ("do", "read") if self._data:
                name, data = next(iter(self._data.items()))
                self.read(data, name)
            case ("do", "path"):
                given = str(self._texts["path"]).strip()
                self._note("path", None if given else refused_note("Write the path of a file."))
                if given:
                    self.read(Path(given).expanduser())
            case ("do", "defaults"):
                self._assume({row.id: f"{row.value:g}" for row in ASSUMPTIONS.values()})
            case ("do", "years"):
                self.work_out()
                self._draw(self.status)
            case ("tab", tab) if tab in TABS:
                self._tab = tab
                self._draw(TABS[tab])
            case ("team", place) if self.plan and place.isdecimal():
                self._team = dict(enumerate(["", *self.plan.runbook.teams])).get(int(place), "")
                self._device = ""
                self._draw(self._team or "everybody")
            case ("device", name) if self.plan and name in self.plan.inventory.devices:
                self._tab, self._device = "runbook", name
                self._draw(f"The runbook for {name}")
            case ("page", "1" | "-1" as step):
                first = self._page + int(step) * PAGE
                if 0 <= first < len(self._found):
                    self._page = first
                    self._draw(f"Devices from {first + 1:,} on")
            case ("save", form) if form in (*_SAVES, "ics") and self._working:
                self.save(form)
            case ("save", form) if form in (*_SAVES, "ics"):
                self._run(lambda: self._saved(form), "Writing")

    @property
    def years(self) -> Years | None:
        """What becomes of the plan once deployed, or None while that is not worked out."""
        return self._worked.get(self._year_key)

    @property
    def code(self) -> str:
        """The cells that show the same; empty while there is no plan."""
        if self.plan is None:
            return ""
        read = f"estate = read_inventory({self._source!r})\n" if self._source else ""
        if self._uploaded:
            path = (self._folder / Path(self._source).name).as_posix()
            read = "# Put your file there first: it came through the browser.\n"
            read += f"estate = read_inventory({path!r})\n"
        shown = _SHOWS[self._tab]
        if self._tab == "devices":
            shown = DeviceSearch.of(self._texts).code("plan.deployed().deployment") or shown
        elif self._tab == "runbook" and (book := self._book) and book.whose:
            shown += f".for_{'device' if self._device else 'team'}({book.whose!r})"
        return importing(f"{read}plan = {self.plan.code}\n{shown}", "estate", "plan")

    def _heard(self, widget: object, content: object, buffers: object) -> None:
        match content:
            case {"kind": "files"}:
                self._data = {}
            case {"kind": "file", "id": str(name), "size": int(size)}:
                if isinstance(buffers, list) and buffers:
                    self._data[name] = bytes(buffers[0])
                else:
                    said = f"{name} is too large to come from the browser ({size:,} bytes)"
                    self._refused = problems_card(f"{said}. Name its path instead.", ())
                    self._draw(said)
            case _:
                super()._heard(widget, content, buffers)

    # --- what follows from it ------------------------------------------------------------------

    def _saved(self, form: str) -> None:
        self._done(f"{self.save(form)[0]} goes to your downloads")

    def _planned(self, inventory: Inventory) -> Plan:
        models = {key: MODELS[key] for key in self._keys}
        plan = plan_for(inventory, at=self._at, assumptions=self._assumptions, models=models,
                        model=self._chosen, today=str(self._texts["today"]))  # fmt: skip
        if self.plan is not None and plan.standing == self.plan.standing:
            plan = replace(plan, standing=self.plan.standing)  # with the ways it knows
        return plan

    def _compared(self, inventory: Inventory) -> Plan:
        """A plan with its models compared; what cannot be there today is said at the field."""
        try:
            plan = self._planned(inventory)
            _ = plan.comparison
        except StepRefused as error:
            title = MODELS[str(self._texts["today"])].title
            self._put_back("today", "")
            self._note("today", refused_note(f"{title} cannot be there on that day: {error.what}"))
            plan = self._planned(inventory)
            _ = plan.comparison
        return plan

    def _assume(self, given: dict[str, str]) -> None:
        """Use these assumptions, or say at the field what is wrong and keep what was."""
        rows, notes = {name: self._assumptions[name] for name in given}, dict(self.notes)
        try:
            self._assumptions = self._assumptions.changed(given)
        except InvalidInput as error:
            for problem in error.problems:
                if problem.column in rows:
                    notes[problem.column] = field_note(rows[problem.column], problem)
            self.notes, self.status = notes, str(error.problems[0])
            self.values = dict(self._texts)
            return
        self._texts |= given
        self.notes = notes | {name: field_note(self._assumptions[name], None) for name in given}
        self._replan(quick=True)

    def _compare(self, keys: tuple[str, ...]) -> None:
        """Compare these models; the last one stays, and a plan for one that goes is told."""
        if not keys:
            kept = self._keys[0]
            self._put_back(f"model-{kept}", True)
            said = f"Compare one at least: {MODELS[kept].title} stays. Tick another one first."
            self._note("models", refused_note(said))
            return
        gone = self._chosen if self._chosen not in keys else ""
        self._keys = keys
        self._chosen = "" if gone else self._chosen
        self._texts["chosen"] = self._chosen
        self._note("models")
        self._note("chosen", not_compared_note(MODELS[gone].title) if gone else None)
        self._replan()

    def _put_back(self, field: str, value: str | bool) -> None:
        """Let the field show again what holds."""
        self._texts[field] = value
        self.values = dict(self._texts)

    def _begin(self, text: str) -> None:
        """Plan from another day on, or say at the field what is wrong and keep what was."""
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = date.min
        if FIRST_DAY <= day <= LAST_DAY:
            self._at = moment(day)
            self._note("at")
            self._replan()
            return
        asked = f"Give a day from {FIRST_DAY} to {LAST_DAY}, such as 2026-11-24."
        self._note("at", refused_note(f"{asked} Until then it stays at {self._at:%Y-%m-%d}."))
        self.values = dict(self._texts)

    def _replan(self, *, quick: bool = False) -> None:
        """Plan anew. ``quick`` shows the numbers first and the reasons when they are weighed."""
        if self.plan is None:
            return
        self._stuck = Markup("")
        plan = self._planned(self.plan.inventory)
        if not plan.at_hand:
            self._run(lambda: self._change_over(plan.inventory), _CHANGING)
            return
        self.plan = plan
        if quick:
            with self._lock:
                answer = answer_card(self.plan, self._calendar, advised=False)
                self.parts = {**self.parts, "answer": answer}
        self.work_out()
        self._draw(f"{self.plan.cost.title}: {self.plan.cost.total.text}")

    def _change_over(self, inventory: Inventory) -> None:
        """Plan anew when the way over from today is worked out, and try that out."""
        plan = self._compared(inventory)
        if self.errand.cancelled:
            assert self.plan is not None
            self._put_back("today", self.plan.today)
            self._done("Cancelled")
            return
        self.plan = plan
        self._draw(f"{plan.cost.title}: {plan.cost.total.text}")
        self._try_out(plan)

    def _note(self, field: str, said: Markup | None = None) -> None:
        self.notes = {**self.notes, field: said or Markup("")}

    @property
    def _example(self) -> str:
        """Which of the examples is planned for, or ""."""
        source = Path(self._source)
        return source.name if self._source and source.parent == self._folder else ""

    @property
    def _kept(self) -> str:
        """What a refused list leaves as it was, in a sentence."""
        if self.plan is None:
            return ""
        whose = Path(self._source).name or plural(len(self.plan.inventory), "device")
        return f". The plan below is still the one for {whose}."

    @property
    def _year_key(self) -> Hashable:
        if self.plan is None:
            return None
        plan = self.plan
        return self._edition, plan.model, plan.standing and plan.standing.model, self._at

    @property
    def _calendar(self) -> OutageCalendar | None:
        return self.years.outages if self.years else None

    @property
    def _found(self) -> tuple[DeviceLine, ...]:
        """The devices that answer to the search."""
        return DeviceSearch.of(self._texts).among(self.years.devices) if self.years else ()

    @property
    def _filters(self) -> Markup:
        """The fields to search with."""
        assert self.plan is not None
        assert self.years is not None
        verdicts = dict.fromkeys(line.verdict for line in self.years.devices)
        return device_filters(self._prefix, self.plan.inventory, sorted(verdicts))

    @property
    def _book(self) -> Runbook:
        """The runbook of whomever is chosen."""
        assert self.plan is not None
        book = self.plan.runbook
        if self._device:
            return book.for_device(self._device)
        return book.for_team(self._team) if self._team in book.teams else book

    def _try_out(self, plan: Plan) -> None:
        """Deploy the model on a copy, and see what becomes of it."""
        if not plan.inventory.links:
            return
        key, self._doing, self._working = self._year_key, _TRYING, True
        self._stuck = Markup("")
        try:
            years = plan.deployed(self._tell, lambda: self.errand.cancelled)
        except StepRefused as error:
            self._stuck = problems_card(f"It cannot be tried out. {error}", ())
            self._done("It cannot be tried out")
            return
        if years is None or self.errand.cancelled:
            self._done("Cancelled")
            return
        said = years.outages.headline
        _ = years.due, years.devices
        self._worked = dict([*self._worked.items(), (key, years)][-_KEPT:])
        self._done(f"{said}.")

    # --- long work and drawing -----------------------------------------------------------------

    def _run(self, work: Callable[[], None], what: str) -> None:
        """Do it beside the page; what was under way is given up for it."""
        self.errand.cancel()
        self.errand.wait()
        self._doing, self._working = what, True
        if not self.errand.run(work) and not self._busy:
            self._tell(0, 0)

    def _tell(self, done: int, of: int) -> None:
        """Show how far the work is, three times a second at most."""
        now = time.monotonic()
        if done and now - self._told < 0.3:
            return
        self._told = now
        with self._lock:
            if self._working:
                self._busy = busy_card(self._doing, done, of)
                self.parts = {**self.parts, "busy": self._busy}

    def _done(self, said: str) -> None:
        with self._lock:
            self._busy, self._working = Markup(""), False
            self._draw(said)

    def _draw(self, said: str) -> None:
        with self._lock, self.hold_sync():
            self.status, self.values = said, dict(self._texts)
            trouble = join(self._refused, self._stuck)
            self.parts = {"trouble": trouble, "busy": self._busy, **self._parts()}

    def _parts(self) -> dict[str, Markup]:
        if self.plan is None:
            said = "Choose an example, or bring a list of your own devices."
            return {**self._fields, "answer": card(waiting(said), label="The answer")}
        answer = answer_card(self.plan, self._calendar, under_way=self._working)
        searched, body = self._tab == "devices" and self.years is not None, self._body(self.plan)
        body = body if searched else card(body, label=TABS[self._tab])
        return {**self._fields, "answer": answer, "tabs": tab_row(self._tab),
                **({"filters": self._filters} if searched else {}), "body": body,
                "code": card(as_code(self.code), label="Code")}  # fmt: skip

    def _body(self, plan: Plan) -> Markup:
        """What the tab shows; what does not change is drawn once."""
        moving = self._tab in ("advice", "effort", "cost", "due", "forecast", "runbook",
                               "assumptions")  # fmt: skip
        key = (self._tab, self._year_key, self._keys, self._team, self._device, self._page,
               DeviceSearch.of(self._texts), self._assumptions if moving else None,
               self.years is not None)  # fmt: skip
        if key not in self._bodies:
            if len(self._bodies) > 20:
                self._bodies.clear()
            self._bodies[key] = tab_view(
                self._tab, plan, self.years, self._book, self._found, self._page
            )
        return self._bodies[key]


def planner(
    source: str | Path | Inventory | None = None,
    *,
    at: datetime | date | str | None = None,
    assumptions: Assumptions = ASSUMPTIONS,
    folder: str | Path = "data",
) -> Planner:
    """Plan a deployment without code: pick a list of devices, fill in what you assume, read on.

    ``source`` is a CSV file or an Inventory to begin with, ``at`` the first day (UTC; today when
    left out), ``folder`` where the examples are. The widget's ``plan`` and ``years`` are values
    for the next cell.
    """
    made = Planner(moment(clock().date() if at is None else at), assumptions, Path(folder))
    if source is not None:
        made.read(source)
        made.errand.wait()
    return made
