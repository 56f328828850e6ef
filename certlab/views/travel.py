"""The parts of the time machine: the day, its state in words, what is coming, and the file."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime

from ..planning import LinkEvent, OutageCalendar
from .bench import as_code, button, buttons, card
from .fields import field
from .lifecycle import day_legend, first_month
from .parts import row_head, table
from .signs import ACCEPTED, REFUSED, mark
from .text import Markup, plural, tag
from .years import day_id, year_grid

COMING, LARGE = 8, 1_000_000
"""So many coming events are listed; a file over so many characters is left to a cell."""


def day_card(prefix: str, calendar: OutageCalendar) -> Markup:
    """The field of the day: drawn once, so that nothing disturbs who types."""
    last = min(calendar.until, datetime.max.replace(tzinfo=calendar.until.tzinfo))
    bounds = {"min": f"{calendar.start:%Y-%m-%d}", "max": f"{last:%Y-%m-%d}"}
    return card(field(prefix, "day", "Day (UTC, its end)", "input", type="date", **bounds),
                label="Day")  # fmt: skip


def turn_buttons(calendar: OutageCalendar, at: datetime, *, playing: bool) -> Markup:
    """Play, and a step to the next event or back."""
    ahead, behind = calendar.after(at), calendar.before(at)
    return buttons(
        button("Pause", "do:pause", primary=True) if playing
        else button("Play", "do:play", primary=True, off=ahead is None),
        button("Next event", "do:next", off=ahead is None or playing),
        button("Previous event", "do:back", off=behind is None or playing),
        button("Back to the beginning", "do:start", off=at == calendar.start or playing),
    )  # fmt: skip


def now_card(calendar: OutageCalendar, at: datetime, headline: str) -> Markup:
    """The state on this day, what happened last, and what comes next."""
    happened = [event for event in calendar.events if event.at <= at]
    ahead = calendar.after(at)
    lines = [
        tag("li", mark(REFUSED if event.broken else ACCEPTED), tag("span", f"{event.at:%Y-%m-%d}: "
            f"{event.title}. {event.finding.words if event.finding else ''}"))
        for event in happened if event.at == happened[-1].at
    ]  # fmt: skip
    coming = "Nothing else changes in this time."
    if ahead is not None:
        coming = f"Next, in {_days(at, ahead)}: {ahead.title}."
    return card(
        tag("h3", f"{at:%Y-%m-%d}: {headline}", class_="cl-title"),
        tag("ul", lines, class_="cl-list") if lines
        else tag("p", "Nothing has changed since the beginning.", class_="cl-text"),
        tag("p", coming, class_="cl-text cl-muted cl-flush"),
        label="On this day",
    )  # fmt: skip


def year_card(calendar: OutageCalendar, at: datetime) -> Markup:
    """Twelve months around this day; each day can be pressed."""
    grid = year_grid(calendar, first_month(calendar, at.date()), at.date())
    return card(tag("h3", "The days", class_="cl-heading"), tag("div", grid, class_="cl-across"),
                day_legend(), label="The days")  # fmt: skip


def coming_card(calendar: OutageCalendar, at: datetime) -> Markup:
    """What is still to come if nobody does anything, each a step away."""
    ahead = [event for event in calendar.events if event.at > at]
    rows = [
        (row_head(tag("span", f"{event.at:%Y-%m-%d}", data_id=day_id(event.at.date()),
                      class_="cl-link cl-once")),
         (mark(REFUSED if event.broken else ACCEPTED), f" {event.title}"), event.effect)
        for event in ahead[:COMING]
    ]  # fmt: skip
    rest = len(ahead) - COMING
    return card(
        tag("h3", "Coming, if nobody does anything", class_="cl-heading"),
        table("Coming events", ("When", "What", "Then"), rows) if rows
        else tag("p", "Nothing else.", class_="cl-text cl-muted"),
        tag("p", f"and {rest:,} more", class_="cl-text cl-muted") if rest > 0 else None,
        label="Coming",
    )  # fmt: skip


def file_card(calendar: OutageCalendar, code: str) -> Markup:
    """The calendar file as a download, and the cell that does the same."""
    heading = tag("h3", "In your calendar", class_="cl-heading")
    if not calendar.has_dates:
        said = "Nothing stops working, so there is nothing to put into a calendar."
        return card(heading, tag("p", said, class_="cl-text cl-muted"), as_code(code),
                    label="In your calendar")  # fmt: skip
    text, cell = calendar.ics(), 'Path("outages.ics").write_bytes(outages(lab).ics().encode())'
    link: Markup | None = None
    if len(text) < LARGE:
        data = b64encode(text.encode()).decode()
        link = Markup(
            '<a class="cl-button" download="outages.ics" '
            f'href="data:text/calendar;charset=utf-8;base64,{data}">Download outages.ics</a>'
        )
    return card(
        heading,
        tag("p", "Each outage with a reminder 30 days before. The browser puts the file where it "
            "puts downloads; this cell writes it beside the notebook: ",
            tag("code", cell, class_="cl-code"), class_="cl-text"),
        buttons(link) if link else None,
        as_code(code),
        label="In your calendar",
    )  # fmt: skip


def _days(at: datetime, event: LinkEvent) -> str:
    return plural((event.at.date() - at.date()).days, "day")
