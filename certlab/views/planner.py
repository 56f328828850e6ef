"""The parts of the planner: what is planned for, what is assumed, and the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..deployment import Inventory
from ..errors import Problem, alike, rows_of, values_of
from ..planning import (
    MODELS,
    Assumption,
    Assumptions,
    Figure,
    OutageCalendar,
    Plan,
)
from ..planning.plan import FIRST_DAY, LAST_DAY
from .bench import button, buttons, card
from .fields import check, check_group, field, select_field, text_field
from .figures import origin
from .parts import more, row_head, table
from .sheets import unused_note
from .signs import ACCEPTED, NOTED, OPEN, REFUSED, mark
from .text import Markup, join, plural, tag

GROUPS = {
    "People": ("hours_per_touch", "rate", "lead_days", "lead_days_100", "lead_days_47"),
    "Lifetimes": ("self_signed_days", "pki_days"),
    "Automation": ("automation", "automated_minutes", "automation_setup"),
    "A CA of your own": ("ca_server_price", "ca_setup_hours", "ca_yearly_hours", "hsm_count",
                         "hsm_price", "ca_service", "ca_service_month", "ca_service_certificate"),
    "A public CA": ("certificate_price", "validation_hours", "outsiders"),
    "What goes wrong": ("late", "late_days", "mistakes", "automated_mistakes", "outage_hours"),
}  # fmt: skip
"""Assumptions that are shown together; the others come last."""


def inventory_fields(prefix: str, examples: Iterable[str], models: Mapping[str, str]) -> Markup:
    """Whose deployment: an example, a file picked or dropped, or a path; from when; how."""
    id_ = f"{prefix}-files"
    shown = [("", "a file of your own"), *((one, one) for one in examples)]
    return card(
        tag("h3", "Your devices", class_="cl-heading"),
        select_field(prefix, "example", "Start from", shown),
        tag(
            "div",
            tag("label", "Pick a CSV file, or drop it here", for_=id_, class_="cl-label"),
            tag("input", id=id_, type="file", data_files="files", class_="cl-files", accept=".csv"),
            tag("p", "UTF-8, one row for each device: name, fqdn, role, dial_plans, security. It "
                "goes to your own kernel and nowhere else.", class_="cl-hint"),
            tag("div", data_note="files"),
            class_="cl-field cl-drop",
            data_drop="files",
        ),
        text_field(prefix, "path", "Or its path", "data/my-devices.csv"),
        buttons(button("Read it", "do:path")),
        field(prefix, "at", "First day of the plan", "input", type="date",
              min=f"{FIRST_DAY}", max=f"{LAST_DAY}", data_pause=300),
        select_field(prefix, "today", "What is there today",
                     [("", "nothing yet"), *models.items()]),
        check_group(prefix, "models", "Compare", "",
                    *(check(f"model-{key}", title) for key, title in models.items())),
        select_field(prefix, "chosen", "Plan for",
                     [("", "the model that is advised"), *models.items()]),
        label="Your devices",
    )  # fmt: skip


def assumption_fields(prefix: str, assumptions: Assumptions) -> Markup:
    """A field for each assumption; what is wrong with it is said below it."""
    grouped = {name for names in GROUPS.values() for name in names}
    groups = {**GROUPS, "Choosing": tuple(name for name in assumptions if name not in grouped)}
    folded = [
        more(title, tag("div", [_field(prefix, assumptions[name]) for name in names]), key=title)
        for title, names in groups.items()
        if names
    ]
    return card(
        tag("h3", "What is assumed", class_="cl-heading"),
        tag("p", "Every value is illustrative until you put in your own.", class_="cl-hint"),
        folded,
        buttons(button("Back to the defaults", "do:defaults")),
        label="What is assumed",
    )


def _field(prefix: str, row: Assumption) -> Markup:
    label = f"{row.words}{f' ({row.unit})' if row.unit else ''}"
    return text_field(prefix, row.id, label, at_once=True)


def field_note(row: Assumption, problem: Problem | None) -> Markup:
    """What stands below the field of an assumption: its plausible range, or what is wrong."""
    if problem is not None:
        what = problem.what.rpartition(": ")[2].capitalize()
        kept = Figure(row.value, row.unit).text
        return refused_note(f"{what}. {problem.remedy} Until then it stays at {kept}.")
    plausible = f"plausible: {row.low:,g} to {row.high:,g} {row.unit}".rstrip()
    if row.is_plausible:
        return tag("span", plausible, class_="cl-hint")
    return tag("span", mark(NOTED), f" taken, though unusual; {plausible}", class_="cl-hint")


def read_note(name: str, inventory: Inventory) -> Markup:
    """Which list is planned for, and what of it is not used."""
    said = f" {name}: {plural(len(inventory), 'device')} read"
    return join(tag("span", mark(ACCEPTED), said, class_="cl-hint"), unused_note(inventory))


def not_compared_note(title: str) -> Markup:
    """What became of a plan for a model that is compared no longer."""
    said = f" {title} is not compared any more, so the plan is for the model that is advised."
    return tag("span", mark(NOTED), said, class_="cl-hint")


def refused_note(said: str) -> Markup:
    """What is wrong with a field."""
    return tag("span", mark(REFUSED), f" {said}", class_="cl-problem")


def problems_card(
    said: str, problems: Iterable[Problem], most: int = 200, at_once: int = 12
) -> Markup:
    """Why a file was not read: every problem with its rows, column and remedy."""
    found = alike(problems)
    rows = [
        (f"{one.row or '–'}" if len(group) == 1 else rows_of(group), one.column or "–",
         values_of(group) or "–", one.what, one.remedy)
        for group in found[:most]
        for one in group[:1]
    ]  # fmt: skip
    heads = ("Row", "Column", "Found", "What is wrong", "What to do")
    rest = f"and {len(found) - most:,} more" if len(found) > most else None
    return tag(
        "section",
        tag("p", mark(REFUSED), f" {said}", class_="cl-text"),
        table("What is wrong in the file", heads, rows[:at_once]) if rows else None,
        more(f"{plural(len(rows) - at_once, 'problem')} more",
             table("What else is wrong in the file", heads, rows[at_once:]), key="problems")
        if rows[at_once:] else None,
        tag("p", rest, class_="cl-text") if rest else None,
        class_="cl-card cl-trouble",
        aria_label="Refused",
    )  # fmt: skip


def answer_card(
    plan: Plan,
    calendar: OutageCalendar | None,
    *,
    advised: bool = True,
    under_way: bool = True,
) -> Markup:
    """The answer in short: which model, why, the work, the money, what fails first, how to begin.

    ``advised`` is false while the reasons are still being weighed, and ``under_way`` is when the
    calendar is being worked out.
    """
    inventory = plan.inventory
    linked = sum(map(bool, inventory.peers.values()))
    sizes = "" if linked in (0, len(inventory)) else f"{linked:,} of "
    sizes += f"{plural(len(inventory), 'device')}, {plural(len(inventory.links), 'link')} that "
    sizes += "needs" if len(inventory.links) == 1 else "need"
    if not inventory.links:
        said = "No link needs mutual TLS, so no certificate is needed yet."
        return card(tag("h3", said, class_="cl-title"), tag("p", f"{sizes} mutual TLS."),
                    label="The answer")  # fmt: skip
    this, following = plan.touches_in(1), plan.touches_in(2) if plan.years > 1 else None
    best = plan.comparison.costs[plan.comparison.choice].title
    own = best != plan.cost.title
    why = f"You chose it. Advised is {best}." if own else "…"
    if advised and not own:
        why = " ".join(reason.words for reason in plan.advice.reasons[:2])
    facts = (
        ("Why", why),
        ("Work this year", f"{this.text}, {plan.hours_in(1).text}{_included(plan)}"),
        ("Work next year", f"{following.text}, {plan.hours_in(2).text}" if following else "–"),
        (f"Cost over {plan.years} years", plan.cost.total.text),
        ("What fails first", _first(plan, calendar, under_way=under_way)),
        ("Where to start", join(_beginning(plan), " ",
                                button("Open the runbook", "tab:runbook"))),
    )  # fmt: skip
    return card(
        tag("h3", f"{plan.cost.title} for {sizes} mutual TLS", class_="cl-title"),
        tag("dl", [join(tag("dt", name), tag("dd", value)) for name, value in facts],
            class_="cl-facts-list"),
        _models(plan),
        tag("p", _counted(plan), class_="cl-hint"),
        origin(this, "Where the touches of this year come from"),
        origin(plan.cost.total, "Where the cost comes from"),
        label="The answer",
    )  # fmt: skip


def _first(plan: Plan, calendar: OutageCalendar | None, *, under_way: bool) -> Markup:
    if calendar is None and not under_way:
        return join("not worked out ", button("Work it out", "do:years"))
    if calendar is None:
        return join(mark(OPEN), " being worked out")
    event = calendar.next
    if event is None:
        return join(mark(ACCEPTED), f" nothing until {calendar.until:%Y-%m-%d}")
    said = f" {event.at:%Y-%m-%d}, if nobody renews: {event.title}. {calendar.taken_for_granted}"
    if plan.today:
        said += (
            " Every certificate is taken as new on the first day; those you have may end sooner."
        )
    return join(mark(NOTED), said.rstrip())


def _included(plan: Plan) -> str:
    """What a year that begins with something counts besides renewals."""
    if plan.today == plan.key:
        return ""
    return ", the change-over included" if plan.today else ", setting up included"


def _counted(plan: Plan) -> str:
    """What the work is counted for, and where a change-over is."""
    if not plan.today:
        return (
            "Counted for a new installation: nothing is there today. For a change-over of what is "
            "live, choose “What is there today”."
        )
    return (
        f"Counted from what is there today, {MODELS[plan.today].title}: to stay needs no setting "
        "up, and to change over needs new anchors ahead, certificates after them, and the old "
        "anchors removed last."
    )


def _beginning(plan: Plan) -> str:
    if plan.today == plan.key:
        return f"You stay with {plan.cost.title}: its links work, and what is left are renewals."
    if plan.change_over is not None:
        title = MODELS[plan.today].title
        return f"The change-over from {title}: {plan.change_over.way.statement}"
    return (
        f"{plan.effort.operations.text}, {plan.effort.one_off.text}, "
        f"{plan.effort.set_up_hours.text}"
    )


def _models(plan: Plan) -> Markup:
    """The models side by side, the one that is planned for marked."""
    heads = ("Model", *(tag("th", head, scope="col", class_="cl-number") for head in (
        "Touches this year", "Next year", f"USD over {plan.years} years")))  # fmt: skip
    rows = []
    for key, cost in plan.comparison.costs.items():
        here = key == plan.key
        years = [plan.touches_in(year, key) for year in range(1, min(plan.years, 2) + 1)]
        on = "cl-number cl-ok" if here else "cl-number"
        cells = [tag("td", f"{figure.value:,.0f}", class_=on) for figure in (*years, cost.total)]
        title = f"{cost.title}, to stay" if key == plan.today else cost.title
        name = row_head(mark(ACCEPTED) if here else None, f" {title}" if here else title)
        rows.append((name, *cells))
    return table("The models side by side", heads, rows)


def waiting(what: str) -> Markup:
    """Where something will be shown in a moment."""
    return tag("p", mark(OPEN), f" {what}", class_="cl-text cl-muted")
