"""Pictures of time: validity as bars, links up and down as lines, and the days of a year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from ..deployment import Deployment, Link
from ..planning import OutageCalendar
from .groups import MANY, NO_PLAN
from .signs import ACCEPTED, NOTED, REFUSED, Sign, badge
from .svg import box, chart, group, stroke, words
from .text import Markup, plural, tag

WIDTH, LEFT, RIGHT, TOP, ROW = 700, 216, 96, 32, 26
AHEAD = timedelta(days=30)
"""So long before its end the renewal of a certificate is marked."""
DAY, SIDE = 20, 72


@dataclass(frozen=True)
class Axis:
    """Time from left to right, with rules of months or years, as many as have room."""

    start: datetime
    end: datetime

    def x(self, at: datetime) -> float:
        share = (at - self.start) / (self.end - self.start)
        return LEFT + (WIDTH - LEFT - RIGHT) * min(max(share, 0.0), 1.0)

    def rules(self, height: float) -> Markup:
        room = (WIDTH - LEFT - RIGHT) / ((self.end - self.start).days / 30.4)
        months = next(n for n in (1, 3, 6, 12, 24, 60, 120, 1200) if room * n >= 56 or n == 1200)
        drawn = []
        first = self.start.year * 12 // months * months
        for count in range(first, self.end.year * 12 + 12, months):
            at = datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC)
            if self.start <= at <= self.end:
                x = self.x(at)
                drawn.append(stroke([(x, TOP - 8), (x, height)], "cl-rule"))
                if x < WIDTH - RIGHT:
                    drawn.append(words(x + 4, TOP - 12, f"{at:%Y-%m}", class_="cl-muted"))
        return group(*drawn)


class Bar(NamedTuple):
    """One row of the chart: from when until when something counts; of several the first end too."""

    label: str
    begins: datetime
    first_end: datetime
    last_end: datetime
    of: int = 1


def bars(deployment: Deployment) -> tuple[Bar, ...]:
    """What counts from when to when: of devices (over about 30 of dial plans), CAs and lists."""
    inventory = deployment.inventory
    many = len(inventory) > MANY
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    for device in inventory:
        for shown in deployment.presented_by(device.name):
            if shown.certificate.malformed:
                continue
            role = f" as {shown.purpose}" if len(shown.purpose.uses) < 2 else ""
            place = (
                (device.dial_plans[0] if device.dial_plans else NO_PLAN) if many else device.name
            )
            time = shown.certificate.not_before, shown.certificate.not_after
            found.setdefault(place + role, []).append(time)
    for name, authority in deployment.authorities.items():
        time = authority.certificate.not_before, authority.certificate.not_after
        found[f"CA {name}"] = [time]
        if not authority.publishes_itself:
            ends = authority.published + timedelta(days=authority.crl_days)
            found[f"List of {name}"] = [(authority.published, ends)]
    return tuple(
        Bar(label, min(b for b, _ in times), min(e for _, e in times), max(e for _, e in times),
            len(times))
        for label, times in found.items()
    )  # fmt: skip


def validity_chart(deployment: Deployment) -> Markup:
    """Bars of validity, and in each a mark 30 days before its end: when to renew."""
    rows, at = bars(deployment), deployment.at
    if not rows:
        return chart(WIDTH, 48, "No certificate", "Nothing has been issued yet.",
                       words(0, 30, "Nothing has been issued yet.", size=13))  # fmt: skip
    soon = sorted(bar.first_end for bar in rows)
    end = max(at, soon[len(soon) // 2]) + timedelta(days=120)
    begun = sorted(bar.begins for bar in rows)[len(rows) // 2]
    axis = Axis(min(at, begun) - timedelta(days=30), end)
    height = TOP + ROW * len(rows) + 8
    drawn = []
    for row, bar in enumerate(rows):
        y = TOP + ROW * row
        sign = REFUSED if bar.first_end < at else NOTED if bar.first_end - AHEAD <= at else ACCEPTED
        more = f" ({bar.of})" if bar.of > 1 else ""
        until = f"until {bar.first_end:%Y-%m-%d}"
        one, first, last = axis.x(bar.begins), axis.x(bar.first_end), axis.x(bar.last_end)
        renew = axis.x(bar.first_end - AHEAD)
        drawn.append(group(
            tag("title", f"{bar.label}{more}: from {bar.begins:%Y-%m-%d} {until}"),
            words(0, y + 17, bar.label + more, room=LEFT - 48, size=13),
            badge(sign, LEFT - 24, y + 13, radius=7),
            box(one, y + 8, max(last - one, 2), 10, "cl-bar", 3) if last > first else None,
            box(one, y + 5, max(first - one, 2), 16, f"cl-bar {sign.class_}", 4),
            _goes_on(y + 13, bar.last_end, f"cl-bar {sign.class_ if bar.first_end > end else ''}")
            if bar.last_end > end else None,
            stroke([(renew, y + 2), (renew, y + 24)], "cl-now") if bar.first_end <= end else None,
        ))  # fmt: skip
    now = axis.x(at)
    drawn.append(stroke([(now, TOP - 8), (now, height)], "cl-now"))
    over = sum(bar.first_end < at for bar in rows)
    said = f"{len(rows)} rows, {over} with something that has ended at {at:%Y-%m-%d}."
    return chart(WIDTH, height, "What is valid from when to when", said, axis.rules(height),
                   *drawn)  # fmt: skip


def _goes_on(y: float, until: datetime, class_: str) -> Markup:
    """An arrow at the end of the axis, for a bar that goes on, and the day on which it ends."""
    x = WIDTH - RIGHT
    arrow = tag("path", d=f"M{x - 3} {y - 9:g}L{x + 9} {y:g}L{x - 3} {y + 9:g}Z", class_=class_)
    return group(arrow, words(x + 16, y + 4, f"{until:%Y-%m-%d}", class_="cl-muted"))


# --- links up and down ---------------------------------------------------------------------------

Span = tuple[datetime, Sign, str]


def link_rows(calendar: OutageCalendar) -> dict[str, list[Span]]:
    """The state of each link (over about 30 devices of each dial plan) from each moment on."""
    inventory = calendar.deployment.inventory
    spans = {link: calendar.spans(link.a, link.b) for link in inventory.links}
    if len(inventory) <= MANY:
        return {
            f"{link.a} – {link.b}": [(at, _state(ways, 2), why or "works both ways")
                                     for at, ways, why in found]
            for link, found in spans.items()
        }  # fmt: skip
    plans: dict[str, list[Link]] = {}
    for link in inventory.links:
        plans.setdefault(link.dial_plans[0] if link.dial_plans else NO_PLAN, []).append(link)
    rows = {}
    for plan, links in plans.items():
        rises = Counter[datetime]()
        for link in links:
            before = False
            for at, ways, _ in spans[link]:
                rises[at] += (ways == 2) - before
                before = ways == 2
        row: list[Span] = []
        up = 0
        for at in sorted(rises):
            up += rises[at]
            said = f"{up} of {plural(len(links), 'link')} work both ways"
            if not row or row[-1][2] != said:
                row.append((at, _state(up, len(links)), said))
        rows[f"{plan} ({plural(len(links), 'link')})"] = row
    return rows


def _state(working: int, of: int) -> Sign:
    return ACCEPTED if working == of else NOTED if working else REFUSED


def link_chart(calendar: OutageCalendar) -> Markup:
    """A line for each link: whole while it works, dashed when it does not."""
    rows = link_rows(calendar)
    last = max((event.at for event in calendar.events), default=calendar.start)
    axis = Axis(calendar.start, min(calendar.until, last + timedelta(days=120)))
    height = TOP + ROW * len(rows) + 8
    drawn = []
    for row, (label, spans) in enumerate(rows.items()):
        y = TOP + ROW * row + 13
        parts = [words(0, y + 4, label, room=LEFT - 24, size=13)]
        ends = [at for at, _, _ in spans[1:]] + [axis.end]
        for (at, sign, said), until in zip(spans, ends, strict=True):
            x, to = axis.x(at), axis.x(until)
            if to > x:
                line = stroke([(x, y), (to, y)], f"cl-half cl-on {sign.class_}")
                told = tag("title", f"{label}, from {at:%Y-%m-%d}: {said}")
                parts.append(group(told, line, badge(sign, x, y, radius=7)))
        drawn.append(group(*parts))
    return chart(WIDTH, height, "Links up and down", f"{calendar.headline}.", axis.rules(height),
                   *drawn)  # fmt: skip


# --- the days of a year --------------------------------------------------------------------------


def day_id(day: date) -> str:
    """The id of a day that can be pressed."""
    return f"day:{day.isoformat()}"


def year_grid(calendar: OutageCalendar, first: date, selected: date | None = None) -> Markup:
    """Twelve months from that of ``first``, a square a day: how many links work at its end."""
    total = len(calendar.deployment.inventory.links)
    begin, end = calendar.start.date(), calendar.until.date()
    events: dict[date, list[str]] = {}
    for event in calendar.events:
        events.setdefault(event.at.date(), []).append(event.title)
    drawn = [
        words(SIDE + DAY * (n - 0.5), 14, str(n), class_="cl-muted", anchor="middle")
        for n in range(1, 32)
    ]
    for row in range(12):
        count = first.year * 12 + first.month - 1 + row
        month = date(count // 12, count % 12 + 1, 1)
        y = 24 + DAY * row
        drawn.append(words(SIDE - 10, y + 15, f"{month:%Y-%m}", class_="cl-muted", anchor="end"))
        day = month
        while day.month == month.month:
            if begin <= day <= end:
                working = calendar.working_on(day)
                x = SIDE + DAY * (day.day - 1)
                drawn.append(_day(day, x, y, working, total, events.get(day, ()), day == selected))
            day += timedelta(days=1)
    said = f"{calendar.headline}. Each square is a day (UTC)."
    return chart(SIDE + DAY * 31, 24 + DAY * 12, "Days and outages", said, *drawn)


def _day(
    day: date, x: float, y: float, working: int, total: int, events: Iterable[str], on: bool
) -> Markup:
    sign = _state(working, total)
    told = f"{day}: {working} of {plural(total, 'link')} work both ways"
    said = ". ".join((told, *events))
    return group(
        tag("title", said),
        box(x + 1, y + 1, DAY - 2, DAY - 2, f"cl-day {sign.class_}{' cl-event' if events else ''}"
            f"{' cl-on' if on else ''}", 3),
        tag("path", d=sign.shape, class_=f"cl-sign {sign.class_}",
            transform=f"translate({x + DAY / 2:g} {y + DAY / 2:g}) scale(.8)")
        if sign is not ACCEPTED else None,
        data_id=day_id(day), aria_label=said, aria_current="true" if on else None,
    )  # fmt: skip
