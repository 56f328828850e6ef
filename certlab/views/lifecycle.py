"""Views of the life cycle: what fails when, what comes due, what a change breaks."""

from __future__ import annotations

from datetime import date, datetime
from math import ceil

from ..deployment import InstallCertificate, PublishCRL
from ..deployment.steps import tell_together
from ..planning import Due, DueList, Forecast, Impact, LinkEvent, OutageCalendar
from .curves import round_step
from .figures import figure_table
from .groups import MANY
from .parts import more, row_head, table
from .sheets import procedure_list
from .signs import ACCEPTED, NOTED, REFUSED, mark
from .svg import box, chart, group, stroke, words
from .text import Markup, join, listed, plural, tag
from .years import bars, link_chart, link_rows, validity_chart, year_grid

MOST = 200
"""So many rows a table of a static view has."""


def outages_view(calendar: OutageCalendar) -> Markup:
    """What fails when, if nobody does anything: the next, the days, the links, the events."""
    links = len(calendar.deployment.inventory.links)
    if not links:
        return tag("p", "No link needs mutual TLS, so nothing can fail.", class_="cl-text")
    heads = "Link", "From", "State"
    states = [
        (label, f"{at:%Y-%m-%d %H:%M}", (mark(sign), f" {said}"))
        for label, spans in link_rows(calendar).items()
        for at, sign, said in spans
    ]
    return join(
        tag("h3", calendar.headline, class_="cl-title"),
        tag("p", f"If nobody does anything, from {calendar.start:%Y-%m-%d} to "
            f"{calendar.until:%Y-%m-%d}. {calendar.taken_for_granted}",
            class_="cl-text cl-small cl-muted"),
        event_table(calendar.events),
        tag("div", year_grid(calendar, first_month(calendar)), class_="cl-across cl-apart"),
        tag("p", f"Twelve months around what fails first; from {calendar.start:%Y-%m-%d}, when "
            "it begins, nothing changes until then.", class_="cl-text cl-small cl-muted")
        if first_month(calendar) > calendar.start.date() and calendar.events[0] == calendar.next
        else None,
        day_legend(),
        more("Links up and down", tag("div", link_chart(calendar), class_="cl-across"),
             table("Links up and down", heads, states[:MOST], long=True), key="links"),
    )  # fmt: skip


def first_month(calendar: OutageCalendar, at: date | None = None) -> date:
    """From which month on twelve are shown: nine before the day, or before the next outage."""
    day = at or (calendar.next.at.date() if calendar.next else calendar.start.date())
    begin = calendar.start.date()
    count = max(begin.year * 12 + begin.month, day.year * 12 + day.month - 9) - 1
    return date(count // 12, count % 12 + 1, 1)


def day_legend() -> Markup:
    """How to read the squares."""
    said = ((None, "no sign: all links work both ways at the end of the day"),
            (NOTED, "some do"), (REFUSED, "none does"),
            (None, "framed: something changes on that day"))  # fmt: skip
    return tag("ul", [tag("li", join(mark(sign), " ") if sign else None, text)
                      for sign, text in said], class_="cl-chips")  # fmt: skip


def event_table(events: tuple[LinkEvent, ...], most: int = 12) -> Markup:
    """The events in order of time, with what they do to the links and why."""
    if not events:
        return tag("p", "Nothing changes in this time.", class_="cl-text cl-muted")
    rows = [
        (_day(event.at),
         (mark(REFUSED if event.broken else ACCEPTED), f" {event.title}"),
         event.effect, event.finding.words if event.finding else "")
        for event in events[:MOST]
    ]  # fmt: skip
    heads = "When", "What", "Then", "Why, of the first"
    shown = table("What fails when", heads, rows[:most])
    rest = rows[most:]
    if not rest:
        return shown
    return join(
        shown,
        more(
            f"{len(events) - most} more events",
            table("Further events", heads, rest, long=True),
            key="events",
        ),
    )


def due_view(items: DueList) -> Markup:
    """What comes due: the list, and what is valid from when to when as a chart."""
    lines = [_due_line(items, group) for group in _alike(items)[:MOST]]
    heads = "Until", "What", "Refused after that", "What renews it"
    validity = [
        (row_head(bar.label), str(bar.of), f"{bar.begins:%Y-%m-%d}", f"{bar.first_end:%Y-%m-%d}",
         f"{bar.last_end:%Y-%m-%d}")
        for bar in bars(items.deployment)
    ]  # fmt: skip
    touches = plural(items.procedure.touches, "touch", "touches")
    asked = f"{plural(len(items.steps), 'step')}, {touches}"
    if any(isinstance(step, InstallCertificate) for step in items.steps):
        asked += ", one more for each device than a round counts: making and presenting are two"
    elif any(isinstance(step, PublishCRL) for step in items.steps):
        asked += ", revocation lists among them, which a round does not count"
    return join(
        tag("h3", items.headline, class_="cl-title"),
        tag("p", f"To renew them all ahead of time: {asked}.", class_="cl-text")
        if items.steps else None,
        table("What comes due", heads, lines, long=len(lines) > 12) if lines else None,
        tag("div", validity_chart(items.deployment), class_="cl-across cl-apart"),
        tag("p", "The upright line is the day of the list; the short one in a bar is 30 days "
            "before its end. A bar with an arrow goes on to the day beside it.",
            class_="cl-text cl-small cl-muted"),
        more("The chart as a table", table("What is valid from when to when",
             ("What", "How many", "From", "First end", "Last end"), validity), key="validity"),
    )  # fmt: skip


def _alike(items: DueList) -> list[list[Due]]:
    """One by one; of a large estate, what ends on one day and is renewed alike together."""
    if len(items.deployment.inventory) <= MANY:
        return [[item] for item in items]
    groups: dict[object, list[Due]] = {}
    for item in items:
        key = item.at.date(), item.what, tuple(dict.fromkeys(type(step) for step in item.steps))
        groups.setdefault(key, []).append(item)
    return list(groups.values())


def _due_line(items: DueList, group: list[Due]) -> tuple[object, ...]:
    first = group[0]
    sign = NOTED if first.at >= items.deployment.at else REFUSED
    who = f"{listed(item.whose for item in group)}: {first.what}"
    renews = _told(first) if len(group) == 1 else plural(
        sum(len(item.steps) for item in group), "step")  # fmt: skip
    directions = plural(sum(item.directions for item in group), "direction")
    return _day(first.at), (mark(sign), f" {who}"), directions, renews


def impact_view(impact: Impact) -> Markup:
    """What a change breaks, until when, and the Steps: as they come, and in the right order."""
    refused = [f"{verifier} refuses {subject}" for verifier, subject in impact.down]
    known = [(_day(at), f"{at:%H:%M}", said) for said, at in impact.known]
    told = impact.statement.removeprefix(f"{impact.title}: ")
    return join(
        tag("h3", mark(NOTED if impact.down else ACCEPTED), f" {impact.title}", class_="cl-title"),
        tag("p", told[:1].upper() + told[1:], class_="cl-text"),
        tag("p", f"{listed(refused)}. {impact.because}", class_="cl-said cl-apart")
        if refused else None,
        tag("p", f"Stores to touch: {listed(impact.stores)}", class_="cl-text")
        if impact.stores else None,
        table("Who learns of it when", ("Day", "UTC", "Who learns of it when"), known)
        if known else None,
        [tag("p", note, class_="cl-text") for note in impact.notes],
        more("The steps: first the change, then the repairs", procedure_list(impact.procedure),
             key="steps"),
        more("The same in an order in which no link stops", procedure_list(impact.smooth),
             key="smooth") if impact.smooth is not None else None,
    )  # fmt: skip


def forecast_view(forecast: Forecast) -> Markup:
    """Outages of each year with their spread as a picture, and all measures as a table."""
    rows = {
        title: (*forecast.spread(measure), *(year.p50 for year in forecast.yearly(measure)))
        for measure, title in MEASURED.items()
    }
    heads = "low", "middle", "high", *(f"middle of year {n + 1}" for n in range(forecast.years))
    explained = forecast.spread("outages").p50.explain()
    return join(
        tag("h3", forecast.headline, class_="cl-title"),
        tag("p", f"{forecast.runs:,} runs, seed {forecast.seed}. A forecast is as good as what is "
            "assumed. Issued on one day, certificates come back here in waves; effort and cost "
            "spread them evenly, and here each outage takes one touch more to repair: so the "
            "touches a year differ a little from those under Effort.",
            class_="cl-text cl-small cl-muted"),
        tag("div", _spreads(forecast), class_="cl-across"),
        tag("p", "Middle: half of the runs stay at or below it. A tenth stay at or below the low "
            "end, and nine tenths at or below the high end.", class_="cl-text cl-small cl-muted"),
        figure_table("What to expect", heads, (f"In {forecast.years} years", rows)),
        more("Where the numbers come from", [tag("p", line, class_="cl-text cl-flush")
                                             for line in explained], key="from"),
    )  # fmt: skip


MEASURED = {
    "outages": "Outages", "link_hours": "Hours, links down", "touches": "Touches",
    "hours": "Hours of work",
}  # fmt: skip


def _spreads(forecast: Forecast) -> Markup:
    """For each year a bar for eight of ten runs, a ring for the middle one, and both in numbers."""
    years = forecast.yearly("outages")
    most = max(1.0, *(year.p90.value for year in years))
    step = round_step(most)
    top = ceil(most / step) * step
    left, wide, row, head = 64, 360, 28, 36
    bottom = head + row * len(years)

    def x(value: float) -> float:
        return left + wide * value / top

    key = group(
        words(0, 14, "outages a year", bold=True),
        box(120, 5, 32, 10, "cl-fill-1", 4), words(160, 14, "8 of 10 runs"),
        tag("circle", cx=262, cy=10, r=5, class_="cl-crossing"), words(274, 14, "the middle run"),
    )  # fmt: skip
    axis = [
        group(stroke([(x(value), head), (x(value), bottom)], "cl-rule"),
              words(x(value), bottom + 18, f"{value:,}", class_="cl-muted", anchor="middle"))
        for value in range(0, top + 1, step)
    ]  # fmt: skip
    drawn = [
        group(
            words(0, y + 18, f"year {n + 1}", size=13),
            box(x(year.p10.value), y + 9, max(x(year.p90.value) - x(year.p10.value), 2), 10,
                "cl-fill-1", 4),
            tag("circle", cx=x(year.p50.value), cy=float(y + 14), r=5, class_="cl-crossing"),
            words(left + wide + 16, y + 18, f"{year.p50.value:,.0f} "
                  f"({year.p10.value:,.0f} to {year.p90.value:,.0f})"),
        )
        for n, year in enumerate(years) for y in [head + row * n]
    ]  # fmt: skip
    return chart(left + wide + 128, bottom + 24, "Outages in each year", f"{forecast.headline}.",
                 key, *axis, *drawn)  # fmt: skip


def _day(at: datetime) -> Markup:
    """The cell of a day that names its row."""
    return tag("th", f"{at:%Y-%m-%d}", scope="row", class_="cl-once")


def _told(item: Due) -> str:
    if not item.steps and item.what == "CA certificate":
        return "another one beside it, imported everywhere"
    if not item.steps:
        return "whoever issued it, who is not in this lab"
    return tell_together(item.steps)
