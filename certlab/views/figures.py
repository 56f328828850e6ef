"""Numbers with where they come from, the table of assumptions, and effort."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..planning import ASSUMPTIONS, Assumptions, Effort, Figure
from .parts import listing, more, row_head, table
from .text import Markup, join, plural, tag

_LONG = 200
MARKS = ("[P] was read in the text itself, [S] in somebody’s report of it, and [K] is generally "
         "known, not read again.")  # fmt: skip


def figure_view(figure: Figure) -> Markup:
    """A figure: its name, its value, and where it comes from on demand."""
    head = tag("p", f"{figure.name}: ", tag("strong", figure.text), class_="cl-text cl-flush")
    return join(head, origin(figure))


def origin(
    figure: Figure, summary: str = "Where this figure comes from", *before: object
) -> Markup:
    """The formula, the inputs and the facts of a figure, unfolded on demand after ``before``."""
    lines = []
    for line in figure.explain():
        text = line.lstrip()
        depth = (len(line) - len(text)) // 2
        lines.append(tag("div", text, style=f"padding-left: {16 * min(depth, 12)}px"))
    inside = tag("div", lines, class_="cl-origin cl-small", tabindex=0, role="region",
                 aria_label=f"Origin of {figure.name}")  # fmt: skip
    told = tag("p", MARKS, class_="cl-hint") if any(" [" in line for line in lines) else None
    return more(summary, *before, inside, told, key=f"origin-{figure.name}")


def number(value: float | Figure, digits: int = 0) -> Markup:
    """A number in a table."""
    return tag("td", f"{float(value):,.{digits}f}", class_="cl-number")


Rows = Mapping[str, Sequence[float | Figure]]


def figure_table(label: str, heads: Iterable[str], *groups: tuple[str, Rows]) -> Markup:
    """Rows of numbers under a row of heads, in groups that each have a name."""
    ends = [tag("th", head, scope="col", class_="cl-number") for head in heads]
    body: list[list[object]] = []
    for number_, (name, rows) in enumerate(groups):
        if number_:
            body.append(
                [tag("th", name, scope="rowgroup", colspan=len(ends) + 1, class_="cl-bold")]
            )
        body += [[row_head(row), *map(number, values)] for row, values in rows.items()]
    return table(label, (groups[0][0], *ends), body, long=len(body) > 16)


def assumptions_table(assumptions: Assumptions) -> Markup:
    """What is assumed, within which range, from where, and the cell that makes the table."""
    changes = assumptions.changes
    rows = []
    for row in assumptions.values():
        kept = row.id not in changes
        was = None if kept else tag("span", f" (was {ASSUMPTIONS.value(row.id):g})",
                                    class_="cl-muted cl-small")  # fmt: skip
        value = tag("td", tag("span" if kept else "strong", f"{row.value:,g} {row.unit}"), was)
        plausible = f"{row.low:,g} to {row.high:,g}"
        accepted = f"{row.least:,.10g} to {row.most:,.10g}"
        source = ("yours; the default: " if row.is_yours else None, row.source, f" [{row.mark}] ",
                  tag("span", f"{row.checked}", class_="cl-once"))  # fmt: skip
        name = tag("td", row.id, class_="cl-code cl-once")
        rows.append((row_head(row.words), name, value, plausible, accepted, source))
    said = plural(len(changes), "value is", "values are") + " yours" if changes else (
        "All values are illustrative: put your own in")  # fmt: skip
    heads = ("What is assumed", "Name", "Value", "Plausible", "Accepted", "Source, read on")
    return join(
        tag("p", f"{said}.", class_="cl-heading"),
        table("Assumptions", heads, rows, long=True),
        tag("p", MARKS, class_="cl-hint"),
        more("Show as code", listing(assumptions.code), key="code"),
    )


def _rounds(effort: Effort) -> str:
    """What a year has more than one round, in words."""
    return " ".join(
        f"One round of renewals of {part.label} is {part.round.text}; the last year has "
        f"{part.rates[-1].value:.2f} rounds: 365 days ÷ (lifetime − lead time)."
        for part in effort.parts
    )


def effort_view(effort: Effort) -> Markup:
    """The work of one model: by kind, by team, on demand by device, each with its years."""
    title = (
        f"{effort.title}: {effort.one_off.text} {effort.beginning}, then {effort.touches[0].text} "
        f"in the first year and {effort.touches[-1].text} in the last"
    )
    years = [effort.beginning, *(f"year {n + 1}" for n in range(effort.years))]
    devices = dict(list(effort.by_device.items())[:_LONG])
    rest = len(effort.by_device) - len(devices)
    by_device = figure_table("Touches by device", years, ("Device or authority", devices))
    return join(
        tag("h3", title, class_="cl-heading"),
        tag("p", _rounds(effort), class_="cl-text cl-small cl-muted"),
        figure_table("Touches and hours", years, ("Touches by kind of work", effort.by_kind),
                     ("Touches by team", effort.by_team),
                     ("Hours", {"all work": (effort.set_up_hours, *effort.hours)})),
        more("By device", by_device,
             tag("p", f"and {rest:,} more", class_="cl-text") if rest else None, key="devices"),
        origin(effort.one_off, f"Where the touches {effort.beginning} come from"),
        origin(effort.touches[-1], "Where the touches of the last year come from"),
    )  # fmt: skip
