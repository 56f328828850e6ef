"""Advice on one page: what is recommended, the reasons for and against it, what would flip it."""

from __future__ import annotations

from collections.abc import Iterable

from ..planning import Advice, Reason
from ..validation.facts import fact
from .costing import cost_picture
from .figures import origin
from .parts import more
from .signs import ACCEPTED, NOTED, REFUSED, Sign, mark
from .text import Markup, join, tag

_SURE = {
    "high": "High confidence: no single assumption within what is plausible changes the choice.",
    "fair": "Fair confidence: one or two assumptions within what is plausible change the choice.",
    "low": "Low confidence: several assumptions within what is plausible change the choice.",
}


def advice_view(advice: Advice) -> Markup:
    """The advice, with the origin of each of its figures on demand."""
    head = tag("h3", advice.headline, class_="cl-title")
    if not advice.model:
        return head
    costs = advice.comparison.costs
    flips = [
        tag("li", f"{flip.sentence}: then {costs[flip.becomes].title}.") for flip in advice.flips
    ]
    return join(
        head,
        tag("p", _SURE[advice.confidence], class_="cl-text"),
        _list("In its favour", advice.reasons, ACCEPTED),
        _list("Against it", advice.against, NOTED),
        _list("Why not another", advice.others.values(), REFUSED),
        _list("Also worth doing", advice.also, None),
        tag("h4", "What would change it", class_="cl-heading"),
        tag("ul", flips, class_="cl-text") if flips
        else tag("p", "No single assumption would.", class_="cl-text"),
        tag("div", cost_picture(costs), class_="cl-across"),
    )  # fmt: skip


def _list(title: str, reasons: Iterable[Reason], sign: Sign | None) -> Markup | None:
    lines = [
        tag("li", mark(sign) if sign else tag("span", "→", aria_hidden="true"),
            tag("div", reason.words, _behind(reason)))
        for reason in reasons
    ]  # fmt: skip
    if not lines:
        return None
    return join(tag("h4", title, class_="cl-heading"), tag("ul", lines, class_="cl-list"))


def _behind(reason: Reason) -> Markup | None:
    """The facts of a reason and the origin of its figure, on demand."""
    facts = [_cited(key) for key in dict.fromkeys(reason.facts)]
    if reason.figure is not None:
        return origin(reason.figure, "Where this comes from", *facts)
    return more("Where this comes from", *facts, key=reason.words) if facts else None


def _cited(key: str) -> Markup:
    known = fact(key)
    since = f"from {known.effective}: " if known.effective else ""
    return tag("p", f"{since}{known.words} ({known.source}) [{known.mark}]",
               class_="cl-muted cl-small cl-flush")  # fmt: skip
