"""A decision as a card and as a document, and the log of all decisions as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..display import view_of
from ..records import Change, Decision, DecisionLog, Exhibit, Freshness, State
from ..records.evidence import counted
from ..validation.facts import FACTS
from .parts import more, row_head, table
from .signs import ACCEPTED, NOTED, OPEN, REFUSED, mark
from .text import Markup, join, tag

_STATES = {
    State.PROPOSED: OPEN,
    State.ACCEPTED: ACCEPTED,
    State.REJECTED: REFUSED,
    State.DEPRECATED: NOTED,
    State.SUPERSEDED: NOTED,
}
_FRESH = {Freshness.NEW: OPEN, Freshness.HOLDS: ACCEPTED, Freshness.STALE: REFUSED}
_MOST = 40
"""Lines of one table; the bundle has them all."""

Fold = Callable[[str, str, Markup, str], Markup]
"""How a part is shown that is not read at once: its name, what it says, itself, and a key."""


def decision_view(decision: Decision, *, level: int = 3, fold: Fold | None = None) -> Markup:
    """The record as a card: state, whether its evidence still holds, and why it was decided."""
    fold = fold or _folded
    heading = f"h{level + 1}"
    number = f"{decision.number:04} · " if decision.number is not None else ""
    who = f" by {decision.by}" if decision.by else ""
    facts = (mark(_STATES[decision.state]), f" {decision.status} · {decision.on}{who}")
    return tag(
        "div",
        tag(f"h{level}", f"{number}{decision.title}", class_="cl-title"),
        tag("p", facts, class_="cl-text cl-muted"),
        _freshness(decision, fold),
        _part(heading, "Context", _paragraphs(decision.context)),
        _part(heading, "Options considered", _options(decision)),
        _part(heading, "Because", _bullets(decision.reasons)),
        _part(heading, "Consequences", _bullets(decision.consequences)),
        _part(heading, "Evidence", [_exhibit(one, fold) for one in decision.exhibits]),
        _links(decision),
        class_="cl-decision",
    )  # fmt: skip


def decision_log_view(log: DecisionLog) -> Markup:
    """The log: each decision with its state and whether its evidence holds."""
    rows = [
        (
            row_head(f"{one.number:04}"),
            (tag("span", one.title, class_="cl-bold"), tag("br"), one.choice),
            tag("td", mark(_STATES[one.state]), f" {one.status}", class_="cl-once"),
            _evidence(one),
            _once(str(one.on)),
            one.by,
        )
        for one in log
    ]
    heads = ("No.", "Decision", "State", "Evidence", "Date", "By")
    problems = [tag("li", mark(REFUSED), tag("span", str(one))) for one in log.problems]
    return join(
        tag("h3", log.headline, class_="cl-title"),
        tag("ul", problems, class_="cl-list") if problems else None,
        table("Decisions", heads, rows) if rows else _text("Nothing has been decided here yet."),
    )


def _evidence(decision: Decision) -> object:
    """Whether its evidence holds; of a record alone only the facts can be compared."""
    if decision.superseded_by is not None:
        return decision.standing
    holds = decision.freshness is Freshness.HOLDS and not decision.is_live
    said = "facts hold, the rest was not compared" if holds else decision.freshness
    return mark(_FRESH[decision.freshness]), f" {said}", _bullets(decision.told)


def _folded(name: str, says: str, inside: Markup, key: str) -> Markup:
    return more(f"{name}: {says}" if says else name, inside, key=key)


def _freshness(decision: Decision, fold: Fold) -> Markup:
    sign = NOTED if decision.superseded_by is not None else _FRESH[decision.freshness]
    edge = {ACCEPTED: " cl-ok-edge", REFUSED: " cl-no-edge"}.get(sign, "")
    reworded = decision.reworded
    return tag(
        "div",
        tag("p", mark(sign), f" {decision.headline}", class_="cl-text cl-flush"),
        _bullets(decision.told),
        fold("The evidence then and now", "", _then_and_now(decision.changes), "changes")
        if decision.changes
        else None,
        tag("p", mark(NOTED), f" Here it is worded otherwise than in the saved record: "
            f"{', '.join(reworded)}.", class_="cl-text cl-flush") if reworded else None,
        class_="cl-half-card cl-standing" + edge,
    )  # fmt: skip


def _then_and_now(changes: Iterable[Change]) -> Markup:
    lines = [
        (row_head(_called(one.item)), _once(one.group), one.then or "–", one.now or "–")
        for one in changes
    ]
    rest = len(lines) - _MOST
    return join(
        table("The evidence then and now", ("What", "Kind", "Then", "Now"), lines[:_MOST]),
        _text(f"and {rest:,} more") if rest > 0 else None,
    )


def _options(decision: Decision) -> Markup | None:
    if not decision.options:
        return _text(f"Chosen: {decision.choice}") if decision.choice else None
    lines = []
    for one in decision.options:
        chosen = one.title == decision.choice
        sign = mark(ACCEPTED) if chosen else tag("span", "○", aria_hidden="true", class_="cl-muted")
        said = tag("span", f" {one.words}", class_="cl-muted") if one.words else None
        title = tag("span", one.title, " (chosen)" if chosen else "", class_="cl-bold" if chosen
                    else None)  # fmt: skip
        lines.append(tag("li", sign, tag("span", title, said)))
    return tag("ul", lines, class_="cl-list")


def _exhibit(one: Exhibit, fold: Fold) -> Markup:
    """One piece of evidence: what it says, and the picture that the notebook shows of it."""
    view = view_of(one.value)
    inside = view(one.value) if view is not None else _parts(one)
    rests = ", ".join(counted(group, len(items)) for group, items in one.parts.items())
    note = tag("p", f"Rests on {rests}. SHA-256 ", tag("span", f"{one.digest[:16]}…",
               class_="cl-code", title=one.digest), class_="cl-text cl-small cl-muted")  # fmt: skip
    said = tag("p", one.headline, class_="cl-text cl-bold") if view is None else None
    return fold(one.name, one.headline, join(said, inside, note), f"evidence-{one.digest[:8]}")


def _parts(one: Exhibit) -> Markup:
    """What an exhibit rests on, item by item: where there is no picture, and of a record read."""
    rows = [
        (row_head(_called(item)), _once(group), text)
        for group, items in one.parts.items()
        for item, text in items.items()
    ]
    return table(f"What {one.name} rests on", ("What", "Kind", "Value"), rows[:_MOST])


def _once(text: str) -> Markup:
    return tag("td", text, class_="cl-once")


def _called(item: str) -> str:
    known = FACTS.get(item)
    return f"{known.words} ({known.source})" if known else item


def _links(decision: Decision) -> Markup | None:
    links = []
    for words, number in (
        ("Supersedes", decision.supersedes),
        ("Superseded by", decision.superseded_by),
    ):
        if number is not None:
            links.append(f"{words} {number:04}.")
    return _text(" ".join(links)) if links else None


def _part(heading: str, title: str, inside: object) -> Markup | None:
    return join(tag(heading, title, class_="cl-heading"), inside) if inside else None


def _bullets(lines: Iterable[str]) -> Markup | None:
    dot = tag("span", "•", aria_hidden="true", class_="cl-muted")
    items = [tag("li", dot, tag("span", line)) for line in lines]
    return tag("ul", items, class_="cl-list") if items else None


def _paragraphs(text: str) -> list[Markup]:
    return [_text(" ".join(one.split())) for one in text.split("\n\n") if one.strip()]


def _text(text: str) -> Markup:
    return tag("p", text, class_="cl-text cl-prose")
