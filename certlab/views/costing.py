"""Money as pictures: cost by model, year and item, what drives it, and models side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..planning import Comparison, Cost, Swing
from ..planning.cost import ITEMS
from .curves import round_step
from .figures import figure_table, origin
from .parts import more
from .svg import chart, group, stroke, words
from .text import Markup, join, listed, tag, width

TOP, HIGH = 48, 200
BAR, GAP, APART, ITEM = 22, 6, 32, 160
_LABELLED = 16


def cost_view(cost: Cost) -> Markup:
    """The cost of one model: picture, table, and where the figures come from."""
    title = f"{cost.title}: {cost.total.text} over {cost.years} years"
    return join(
        tag("h3", title, class_="cl-heading"),
        tag("div", cost_picture({cost.title: cost}), class_="cl-across"),
        figure_table("USD by item and year", _years(cost), ("USD", _rows(cost))),
        origin(cost.total),
    )


def cost_picture(costs: Mapping[str, Cost]) -> Markup:
    """A column for each year of each model, stacked by item; the items bear numbers."""
    years = max(cost.years for cost in costs.values())
    most = max(figure.value for cost in costs.values() for figure in cost.by_year)
    step = round_step(max(most, 1))
    top = -(-max(most, 1) // step) * step
    names = [(cost.title, cost.total.text) for cost in costs.values()]
    wide = years * (BAR + GAP) - GAP
    place = max(wide, *(min(width(one, 13, bold=True), 200) for name in names for one in name))
    left = 16 + width(f"{top:,.0f}", 12)
    right = left + 16 + len(costs) * (place + APART) - APART
    full = max(right + 8, left + 3 * ITEM)

    def height(usd: float) -> float:
        return HIGH * usd / top

    rules = [
        group(stroke([(left, TOP + HIGH - height(usd)), (right, TOP + HIGH - height(usd))],
                     "cl-rule"),
              words(left - 8, TOP + HIGH - height(usd) + 4, f"{usd:,.0f}", class_="cl-muted",
                    anchor="end"))
        for usd in _steps(top, step)
    ]  # fmt: skip
    columns = []
    for number, cost in enumerate(costs.values()):
        start = left + 16 + number * (place + APART)
        columns += [words(start, 14 + 18 * line, said, size=13, bold=not line, room=place)
                    for line, said in enumerate(names[number])]  # fmt: skip
        for year in range(cost.years):
            x, y = start + year * (BAR + GAP), float(TOP + HIGH)
            label = words(x + BAR / 2, TOP + HIGH + 18, f"{year + 1}", class_="cl-muted",
                          anchor="middle")  # fmt: skip
            columns.append(label)
            for item, name in enumerate(ITEMS):
                figure = cost.items[name][year]
                tall = height(figure.value)
                if tall < 0.5:
                    continue
                y -= tall
                columns.append(group(
                    tag("title", f"{cost.title}, {figure.name}: {figure.text}"),
                    tag("rect", x=float(x), y=y, width=BAR, height=tall, class_=f"cl-fill-{item}"),
                    words(x + BAR / 2, y + tall / 2 + 4, f"{item + 1}", anchor="middle",
                          class_="cl-on-chart") if tall >= _LABELLED else None))  # fmt: skip
    foot = TOP + HIGH + 44
    legend = [
        group(tag("rect", x=left + column * ITEM, y=float(foot + row * 24), width=16, height=16,
                  rx=3, class_=f"cl-fill-{item}"),
              words(left + column * ITEM + 8, foot + row * 24 + 12, f"{item + 1}",
                    anchor="middle", class_="cl-on-chart"),
              words(left + column * ITEM + 24, foot + row * 24 + 12, name, room=ITEM - 24))
        for item, name in enumerate(ITEMS) for row, column in [divmod(item, 3)]
    ]  # fmt: skip
    axis = group(
        words(left - 8, TOP + HIGH + 18, "year", class_="cl-muted", anchor="end"),
        words(left - 8, TOP - 12, "USD", class_="cl-muted", anchor="end"),
    )
    told = "; ".join(f"{cost.title} {cost.total.text}" for cost in costs.values())
    title = f"Cost in USD over {years} years"
    return chart(full, foot + 48, title, f"{title}: {told}.", *rules, axis, *columns, *legend)


def tornado_picture(swings: Sequence[Swing], now: float, most: int = 8) -> Markup:
    """The strongest assumptions: bars from the cost at the low to that at the high end."""
    shown = swings[:most]
    end, track, top, row = 112, 320, 56, 44
    ends = [now, *(figure.value for swing in shown for figure in (swing.low, swing.high))]
    low, high = min(ends), max(ends)

    def at(usd: float) -> float:
        return end + track * (usd - low) / ((high - low) or 1)

    rows = []
    for place, swing in enumerate(shown):
        y = top + place * row
        rows.append(words(0, y + 13, swing.assumption.words, room=end * 2 + track))
        for figure, value in ((swing.low, swing.assumption.low),
                              (swing.high, swing.assumption.high)):  # fmt: skip
            x, zero = at(figure.value), at(now)
            cheap = figure.value < now
            rows.append(group(
                tag("title", f"{swing.assumption.words} at {value:g}: {figure.text}"),
                tag("rect", x=min(x, zero), y=float(y + 19), width=abs(x - zero), height=16,
                    class_="cl-fill-1" if cheap else "cl-fill-3"),
                words(x + (-6 if cheap else 6), y + 32, f"{value:,g} {swing.assumption.unit}",
                      anchor="end" if cheap else None, class_="cl-muted", room=end - 8)
                if figure.value != now else None))  # fmt: skip
    bottom = top + len(shown) * row
    key = [
        group(tag("rect", x=float(x), y=4.0, width=16, height=16, rx=3, class_=f"cl-fill-{hue}"),
              words(x + 24, 16, said))
        for x, hue, said in ((0, 1, "cheaper than now"), (160, 3, "dearer than now"))
    ]  # fmt: skip
    axis = group(
        stroke([(at(now), top - 8), (at(now), bottom)], "cl-base"),
        words(at(now), top - 14, f"{now:,.0f} USD now", anchor="middle", bold=True),
        words(at(low), bottom + 16, f"{low:,.0f} USD", class_="cl-muted", anchor="middle"),
        words(at(high), bottom + 16, f"{high:,.0f} USD", class_="cl-muted", anchor="middle"),
    )
    told = "; ".join(f"{s.assumption.words} from {s.low.text} to {s.high.text}" for s in shown[:4])
    if len(shown) > 4:
        told += f"; {len(shown) - 4} with less effect are in the table"
    title = "What drives the cost, one assumption at a time"
    return chart(end * 2 + track, bottom + 24, title, f"{title}: {told}.", *key, *rows, axis)


def comparison_view(comparison: Comparison) -> Markup:
    """Models side by side: cost, work, break-even, what drives it and what would flip it."""
    costs, key = comparison.costs, comparison.choice
    cheapest, choice = costs[comparison.cheapest], costs[key]
    said = f"{cheapest.title} costs least: {cheapest.total.text} over {comparison.years} years."
    if cheapest is not choice:
        said += f" {choice.title} costs nearly as little and asks for fewer touches."
    if out := [cost.title for name, cost in costs.items() if name not in comparison.fit]:
        said += f" {listed(out)} cannot be: no public CA may certify the names of "
        said += f"{listed(comparison.unfit)}."
    begun = comparison.efforts[key].beginning
    heads = (f"steps {begun}", f"touches {begun}", "touches in year 1",
             f"touches in year {comparison.years}", "touches in all", "USD in all")  # fmt: skip
    rows = {
        costs[name].title: (work.operations, work.one_off, work.touches[0], work.touches[-1],
                            comparison.touches[name], costs[name].total)
        for name, work in comparison.efforts.items()
    }  # fmt: skip
    crossing = [
        f"{costs[even.first].title} is cheaper at first; {costs[even.later].title} is from "
        f"{even.years.text} on." for even in comparison.break_even
    ]  # fmt: skip
    return join(
        tag("h3", said, class_="cl-heading"),
        tag("div", cost_picture(costs), class_="cl-across"),
        figure_table("The models beside each other", heads, ("Model", rows)),
        [tag("p", line, class_="cl-text") for line in crossing],
        [origin(cost.total, f"Where the cost of {cost.title} comes from")
         for cost in costs.values()],
        sensitivity_view(comparison),
    )  # fmt: skip


def sensitivity_view(comparison: Comparison) -> Markup:
    """What drives the cost of the choice, as a picture with its table, and what would flip it."""
    cost = comparison.costs[comparison.choice]
    swings = comparison.sensitivity()
    rows = {
        f"{swing.assumption.words}, {swing.assumption.low:g} or {swing.assumption.high:g} "
        f"{swing.assumption.unit}".rstrip(): (swing.low, swing.high)
        for swing in swings
    }
    flips = [
        tag("li", f"{flip.sentence}: {comparison.costs[flip.becomes].title}.")
        for flip in comparison.flips()
    ]
    return join(
        tag("h3", f"What drives the cost of {cost.title}", class_="cl-heading"),
        tag("div", tornado_picture(swings, cost.total.value), class_="cl-across"),
        more("The same as a table", figure_table(
            "USD at both ends of what is plausible", ("USD, low", "USD, high"),
            ("Assumption", rows)), key="tornado"),
        tag("h3", "What would change the choice", class_="cl-heading"),
        tag("ul", flips, class_="cl-text") if flips
        else tag("p", "No single assumption would.", class_="cl-text"),
    )  # fmt: skip


def _years(cost: Cost) -> list[str]:
    return [*(f"year {n + 1}" for n in range(cost.years)), "in all"]


def _rows(cost: Cost) -> dict[str, tuple[float, ...]]:
    rows = {
        name: (*(figure.value for figure in row), cost.by_item[name].value)
        for name, row in cost.items.items()
    }
    return {**rows, "in all": (*(figure.value for figure in cost.by_year), cost.total.value)}


def _steps(top: float, step: int) -> list[int]:
    return list(range(0, round(top) + 1, step))
