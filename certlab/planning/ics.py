"""Outages as an iCalendar file (RFC 5545), for whatever calendar people already look at.

Written here and not by a library: it is one kind of event with a reminder, and what matters of the
standard (folding, escaping, line ends) is what stands below.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from ..deployment.steps import listed, printable
from ..errors import InvalidInput

if TYPE_CHECKING:
    from .outages import OutageCalendar

_OCTETS = 75
"""A line is no longer, its end not counted (RFC 5545 section 3.1)."""


def calendar(outages: OutageCalendar, remind_days: int) -> str:
    """The file as text, its lines ended by CR LF."""
    if not 0 <= remind_days <= 400:
        raise InvalidInput("no such reminder", where=f"remind_days={remind_days}",
                           expected="0 to 400 days")  # fmt: skip
    if not outages.has_dates:  # a calendar file holds one event at least (RFC 5545 section 3.6)
        raise InvalidInput("no outage is to be expected, so there is nothing for a calendar",
                           where=f"until {outages.until:%Y-%m-%d}")  # fmt: skip
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//certlab//outage calendar//EN"]
    for name, ends in outages.lists_by_hand:
        title = f"The revocation list of {name} ends: publish the next one"
        lines += _event(ends, title, "Nobody publishes it by itself.", (name,), outages.start,
                        remind_days)  # fmt: skip
    for event in outages.outages:
        reason = event.finding.words if event.finding is not None else ""
        told = text(event.effect, reason, "Refused: " + listed(event.subjects, 20))
        lines += _event(event.at, event.title, told, event.subjects, outages.start, remind_days)
    return "".join(f"{fold(line)}\r\n" for line in (*lines, "END:VCALENDAR"))


def _event(
    at: datetime, title: str, told: str, whose: Iterable[str], stamp: datetime, remind_days: int
) -> list[str]:
    """One event; ``told`` is a TEXT value."""
    same = "\n".join((at.isoformat(), title, *whose))
    return [
        "BEGIN:VEVENT",
        f"UID:{sha256(same.encode(errors='replace')).hexdigest()[:32]}@certlab.invalid",
        f"DTSTAMP:{_utc(stamp)}",
        f"DTSTART:{_utc(at)}",
        f"SUMMARY:{text(title)}",
        f"DESCRIPTION:{told}",
        "CATEGORIES:Certificates",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"TRIGGER:-P{remind_days}D",
        f"DESCRIPTION:{text(title)}",
        "END:VALARM",
        "END:VEVENT",
    ]


def text(*paragraphs: str) -> str:
    """Paragraphs as a TEXT value (section 3.3.11); what does not print is replaced."""
    shown = map(printable, filter(None, paragraphs))
    return "\\n".join(
        line.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,") for line in shown
    )


def fold(line: str) -> str:
    """A long line on several, each begun by a space (section 3.1); no character is split."""
    parts, size = [""], 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _OCTETS:
            parts.append(" ")
            size = 1
        parts[-1] += character
        size += octets
    return "\r\n".join(parts)


def _utc(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"
