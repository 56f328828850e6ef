"""The dated facts on a time line, with a table of them beside it."""

from __future__ import annotations

from datetime import date

from ..planning import Timeline
from ..validation.facts import Fact, Mark
from .parts import more, row_head, table
from .svg import chart, group, stroke, words
from .text import Markup, join, plural, tag

WIDTH, LEFT, TOP, ROW = 680, 84, 32, 46
_KNOWN = {
    Mark.PRIMARY: "read in the primary text",
    Mark.SECONDARY: "read in a secondary source",
    Mark.KNOWN: "general knowledge, not read again",
}


def timeline_view(timeline: Timeline) -> Markup:
    """The picture, and the facts with their sources; those in force before on demand."""
    between = f"between {timeline.start} and {timeline.end}"
    changes = plural(len(timeline.facts), "rule changes", "rules change")
    return join(
        tag("h3", f"{changes} {between}", class_="cl-heading"),
        tag("div", timeline_picture(timeline), class_="cl-across"),
        more("The facts with their sources", _table(timeline.facts), key="facts"),
        more(f"In force before {timeline.start}", _table(timeline.before), key="before"),
    )


def timeline_picture(timeline: Timeline) -> Markup:
    """For each fact its date and its words, and below them a bar for as long as it holds."""
    span = (timeline.end - timeline.start).days

    def at(day: date) -> float:
        return LEFT + (WIDTH - LEFT - 8) * (day - timeline.start).days / span

    bottom = TOP + ROW * len(timeline.facts)
    years = [
        group(stroke([(at(day), TOP - 8), (at(day), bottom)], "cl-rule"),
              words(at(day) + 4, TOP - 12, f"{day.year}", class_="cl-muted"))
        for year in range(timeline.start.year, timeline.end.year + 1)
        if timeline.start <= (day := date(year, 1, 1)) < timeline.end
    ]  # fmt: skip
    rows = []
    for place, fact in enumerate(timeline.facts):
        assert fact.effective is not None, "only dated facts stand on the line"
        y, x = TOP + ROW * place, at(fact.effective)
        later = [f.effective for f in timeline.facts[place + 1 :]
                 if f.series and f.series == fact.series and f.effective]  # fmt: skip
        end = at(later[0]) if later else at(timeline.end)
        rows.append(group(
            tag("title", f"{fact.effective}: {fact.words} ({fact.source})"),
            words(0, y + 18, f"{fact.effective}", class_="cl-muted"),
            words(LEFT, y + 18, fact.words, room=WIDTH - LEFT),
            tag("rect", x=x, y=float(y + 27), width=end - x, height=10, rx=3, class_="cl-span"),
            tag("circle", cx=x, cy=float(y + 32), r=5, class_="cl-crossing"),
        ))  # fmt: skip
    told = "; ".join(f"{fact.effective} {fact.words}" for fact in timeline.facts[:3]) or "no change"
    if len(timeline.facts) > 3:
        told += f"; {len(timeline.facts) - 3} more are in the table"
    title = f"Dated facts, {timeline.start} to {timeline.end}"
    return chart(WIDTH, bottom + 8, title, f"{title}: {told}.", *years, *rows)


def _table(facts: tuple[Fact, ...]) -> Markup:
    rows = [
        (row_head(f"{fact.effective or 'always'}"), fact.words, fact.source, _KNOWN[fact.mark],
         tag("td", fact.id, class_="cl-code"))
        for fact in facts
    ]  # fmt: skip
    heads = ("From", "Fact", "Source", "Known how", "Id")
    return table("Facts", heads, rows, long=len(rows) > 10)
