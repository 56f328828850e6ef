"""Money as pictures: cost by model, year and item, what drives it, and models side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..planning import Comparison, Cost, Swing
from ..planning.cost import ITEMS
from .curves import round_step
from .figures import figure_table, origin
from .parts import more
from .seals import HUES
from .svg import group, picture, stroke, words
from .text import Markup, join, tag, width

LEFT, TOP, HIGH = 64, 32, 200
BAR, GAP, APART = 28, 8, 40
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
    wide = years * (BAR + GAP) - GAP
    right = LEFT + 16 + len(costs) * (wide + APART) - APART
    titles = [f"{cost.title}: {cost.total.text}" for cost in costs.values()]
    last = right - wide + min(width(titles[-1], 13, bold=True), wide + APART - 8)
    full = max(right + 8, last, LEFT + 560)

    def height(usd: float) -> float:
        return HIGH * usd / top

    rules = [
        group(stroke([(LEFT, TOP + HIGH - height(usd)), (right, TOP + HIGH - height(usd))],
                     "cl-rule"),
              words(LEFT - 8, TOP + HIGH - height(usd) + 4, f"{usd:,.0f}", class_="cl-muted",
                    anchor="end"))
        for usd in _steps(top, step)
    ]  # fmt: skip
    columns = []
    for place, cost in enumerate(costs.values()):
        start = LEFT + 16 + place * (wide + APART)
        columns.append(words(start, 16, titles[place], size=13, bold=True, room=wide + APART - 8))
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
                    tag("rect", x=float(x), y=y, width=BAR, height=tall, fill=HUES[item],
                        class_="cl-seal"),
                    words(x + BAR / 2, y + tall / 2 + 4, f"{item + 1}", anchor="middle",
                          class_="cl-on-hue") if tall >= _LABELLED else None))  # fmt: skip
    foot = TOP + HIGH + 44
    legend = [
        group(tag("rect", x=LEFT + column * 200, y=foot + row * 24, width=16, height=16, rx=3,
                  fill=HUES[item], class_="cl-seal"),
              words(LEFT + column * 200 + 8, foot + row * 24 + 12, f"{item + 1}", anchor="middle",
                    class_="cl-on-hue"),
              words(LEFT + column * 200 + 24, foot + row * 24 + 12, name))
        for item, name in enumerate(ITEMS) for row, column in [divmod(item, 3)]
    ]  # fmt: skip
    axis = words(LEFT - 8, TOP + HIGH + 18, "year", class_="cl-muted", anchor="end")
    told = "; ".join(f"{cost.title} {cost.total.text}" for cost in costs.values())
    title = f"Cost in USD over {years} years"
    return picture(full, foot + 48, title, f"{title}: {told}.", *rules, axis, *columns, *legend)


def tornado_picture(swings: Sequence[Swing], now: float, most: int = 8) -> Markup:
    """The strongest assumptions: bars from the cost at the low to that at the high end."""
    shown = swings[:most]
    words_wide, end, row = 280, 128, 32
    track = 360.0
    width = words_wide + end * 2 + track
    ends = [now, *(figure.value for swing in shown for figure in (swing.low, swing.high))]
    low, high = min(ends), max(ends)

    def at(usd: float) -> float:
        return words_wide + end + track * (usd - low) / ((high - low) or 1)

    rows = []
    for place, swing in enumerate(shown):
        y = 32 + place * row
        rows.append(words(0, y + 16, swing.assumption.words, room=words_wide - 8))
        for figure, value in ((swing.low, swing.assumption.low),
                              (swing.high, swing.assumption.high)):  # fmt: skip
            x, zero = at(figure.value), at(now)
            cheap = figure.value < now
            rows.append(group(
                tag("title", f"{swing.assumption.words} at {value:g}: {figure.text}"),
                tag("rect", x=min(x, zero), y=float(y), width=abs(x - zero), height=20,
                    class_="cl-less" if cheap else "cl-dearer"),
                words(x + (-6 if cheap else 6), y + 15, f"{value:,g} {swing.assumption.unit}",
                      anchor="end" if cheap else None, class_="cl-muted", room=end - 8)
                if figure.value != now else None))  # fmt: skip
    bottom = 32 + len(shown) * row
    axis = group(
        stroke([(at(now), 24), (at(now), bottom)], "cl-base"),
        words(at(now), 16, f"{now:,.0f} USD now", anchor="middle", bold=True),
        words(at(low), bottom + 16, f"{low:,.0f} USD", class_="cl-muted", anchor="middle"),
        words(at(high), bottom + 16, f"{high:,.0f} USD", class_="cl-muted", anchor="middle"),
    )
    told = "; ".join(f"{s.assumption.words} from {s.low.text} to {s.high.text}" for s in shown)
    title = "What drives the cost, one assumption at a time"
    return picture(width, bottom + 24, title, f"{title}: {told}.", *rows, axis)


def comparison_view(comparison: Comparison) -> Markup:
    """Models side by side: cost, work, break-even, what drives it and what would flip it."""
    costs, key = comparison.costs, comparison.choice
    cheapest, choice = costs[comparison.cheapest], costs[key]
    said = f"{cheapest.title} costs least: {cheapest.total.text} over {comparison.years} years."
    if cheapest is not choice:
        said += f" {choice.title} costs nearly as little and asks for fewer touches."
    heads = ("operations to set up", "touches to set up", "touches in year 1",
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
        tag("div", [origin(cost.total, f"Where the cost of {cost.title} comes from")
                    for cost in costs.values()]),
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
