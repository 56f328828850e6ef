"""The card that says whether everything works: one line each, ✗ with what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .signs import ACCEPTED, REFUSED, mark
from .text import Markup, plural, tag


@dataclass(frozen=True, slots=True)
class Line:
    """One thing looked at: how it is, and, unless it is fine, what to do."""

    what: str
    how: str
    remedy: str = ""

    @property
    def is_fine(self) -> bool:
        return not self.remedy

    def __str__(self) -> str:
        sign = ACCEPTED if self.is_fine else REFUSED
        return f"{sign.symbol} {self.what}: {self.how}. {self.remedy}".rstrip()


def checkup_card(lines: Sequence[Line]) -> Markup:
    """The card, with the outcome in words above it."""
    wrong = [line.what for line in lines if not line.is_fine]
    title = f"{plural(len(wrong), 'thing')} to look at" if wrong else "Everything works"
    rows = [
        tag(
            "li",
            mark(ACCEPTED if line.is_fine else REFUSED),
            tag("span", tag("span", line.what, class_="cl-bold"), f": {line.how}. ", line.remedy),
        )
        for line in lines
    ]
    return tag(
        "section",
        tag("h3", title, class_="cl-title", role="status"),
        tag("ul", rows, class_="cl-list"),
        class_="cl-card",
        aria_label="Is everything working?",
    )
