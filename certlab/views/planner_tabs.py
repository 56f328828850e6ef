"""The tabs of the planner: everything about a plan that can be looked at, one thing at a time."""

from __future__ import annotations

from collections.abc import Sequence

from ..deployment import DeviceLine
from ..planning import Plan, Runbook, Years
from .advising import advice_view
from .bench import button, buttons
from .costing import comparison_view
from .curves import growth_view
from .devices import device_rows
from .figures import assumptions_table, effort_view
from .lifecycle import due_view, forecast_view, outages_view
from .planner import waiting
from .runbooks import runbook_view
from .signs import device_id
from .text import Markup, join, plural, tag
from .timeline import timeline_view

TABS = {
    "advice": "Advice", "effort": "Effort", "cost": "Cost", "growth": "Growth",
    "outages": "What fails when", "due": "What comes due", "forecast": "Forecast",
    "runbook": "Runbook", "devices": "Devices", "assumptions": "Assumptions",
}  # fmt: skip
"""What can be looked at, by key."""

DIRECTION = "A direction is one device judging another: every link has two."
DATES = (
    "Every certificate is taken as issued on the first day of the plan. Those that you have may "
    "end sooner: import_estate reads their files (docs/keeping.md, “The estate you have”)."
)
SAVED = {
    "html": "Save as a page to print", "markdown": "Save as Markdown", "csv": "Save as CSV",
}  # fmt: skip
"""The forms in which a runbook is saved, by key."""


def tab_row(selected: str) -> Markup:
    """What can be looked at; one of it is shown."""
    return tag(
        "nav",
        [
            tag("button", title, type="button", data_id=f"tab:{key}", class_="cl-button cl-tab",
                aria_current="page" if key == selected else None)
            for key, title in TABS.items()
        ],
        class_="cl-tabs",
        aria_label="What to look at",
    )  # fmt: skip


def runbook_tab(whole: Runbook, book: Runbook) -> Markup:
    """The runbook of a team, of a device, or of all, and the ways to save it."""
    shown = [(f"team:{place}", name) for place, name in enumerate(["", *whole.teams])]
    if book.device:
        shown.append((device_id(book.device), book.device))
    return join(
        buttons(
            *(
                tag("button", name or "everybody", type="button", data_id=id_,
                    class_="cl-button cl-tab", aria_current="true" if name == book.whose else None)
                for id_, name in shown
            ),
            tag("span", "or press a name under Devices", class_="cl-muted"),
        ),
        runbook_view(book),
        buttons(*(button(title, f"save:{key}", primary=key == "html")
                  for key, title in SAVED.items())),
    )  # fmt: skip


def touches_note(tab: str, plan: Plan, years: Years | None) -> Markup:
    """What the touches of a tab count, and why they are not those of the answer."""
    work, yearly = plan.effort, plan.effort.touches[min(1, plan.years - 1)].text
    even = f"The answer’s {yearly} next year are renewals spread evenly"
    if work.parts:
        even += f", {work.parts[0].rates[min(1, plan.years - 1)].value:.2f} rounds a year"
    match tab:
        case "effort":
            said = (
                f"These are the touches of the answer: {work.beginning} once, and renewals spread "
                "evenly over the years. Where a forecast or a list of what comes due counts whole "
                "rounds, it has other numbers."
            )
        case "forecast":
            whole = plan.comparison.touches[plan.key].text
            said = (
                f"{even}; here all renewals of one day come together, as whole rounds in the year "
                "they fall in, with repairs and lists of revocations beside them. Over "
                f"{plan.years} years the answer’s {whole} have those {work.beginning} in "
                f"them, {work.one_off.text}; here they are left out."
            )
        case "due" if years is not None:
            said = (
                f"{even}; here each thing that stands today is renewed once, which is one round: "
                f"{plural(years.due.procedure.touches, 'touch', 'touches')}. In {plan.years} years "
                f"there are about {sum(rate.value for rate in work.parts[0].rates):.0f} such "
                f"rounds. {DIRECTION}"
            )
        case _:
            return Markup("")
    return tag("p", said, class_="cl-hint")


def tab_view(
    tab: str,
    plan: Plan,
    years: Years | None,
    book: Runbook,
    devices: Sequence[DeviceLine] = (),
    first: int = 0,
) -> Markup:
    """What one tab shows.

    ``years`` is None until the deployment was tried out, ``book`` is the part of the runbook of
    whomever is chosen. Of the ``devices`` found a page is shown, from the line ``first`` on.
    """
    match tab:
        case "advice":
            return advice_view(plan.advice)
        case "effort":
            return join(touches_note(tab, plan, years), effort_view(plan.effort))
        case "cost":
            return comparison_view(plan.comparison)
        case "growth":
            return growth_view(plan.growth)
        case "forecast":
            return join(touches_note(tab, plan, years), forecast_view(plan.forecast))
        case "assumptions":
            return join(assumptions_table(plan.assumptions), timeline_view(plan.rules))
        case "runbook":
            return runbook_tab(plan.runbook, book)
    if not plan.inventory.links:
        return waiting("No link needs mutual TLS.")
    if years is None:
        return waiting("This is shown when the deployment was tried out on a copy.")
    if tab == "outages":
        save = buttons(button("Save as a calendar file", "save:ics", primary=True))
        return join(save if years.outages.has_dates else "", outages_view(years.outages),
                    tag("p", f"{DATES} {DIRECTION}", class_="cl-hint"))  # fmt: skip
    if tab == "due":
        dates = tag("p", DATES, class_="cl-hint")
        return join(touches_note(tab, plan, years), due_view(years.due), dates)
    return device_rows(devices, first, of=len(years.devices))
