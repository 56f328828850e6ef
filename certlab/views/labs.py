"""A lab on disk: what was done in it, when and by whom, as a table."""

from __future__ import annotations

from ..records import History, Lab
from .parts import row_head, table
from .text import Markup, join, plural, tag


def history_table(history: History) -> Markup:
    """Every line of a history: what was done, when it was kept, by whom, and the note."""
    undone = tag("span", " ↶ undone", class_="cl-muted")
    rows = [
        (
            row_head(line.number),
            (line.told, undone if line.undone else None),
            f"{line.at:%Y-%m-%d %H:%M}",
            line.who,
            line.note,
        )
        for line in history
    ]
    heads = ("Line", "What was done", "Kept at (UTC)", "By", "Note")
    return table("History of the lab", heads, rows, long=True)


def lab_view(lab: Lab) -> Markup:
    """A lab: where it is, what whoever opens it should know, and its history."""
    title = tag("h3", f"{lab.folder.name}, {lab.name}", class_="cl-title")
    about = f"{plural(len(lab.history), 'line')} in {lab.folder}"
    notices = [tag("p", notice, class_="cl-text") for notice in lab.notices]
    return join(title, tag("p", about, class_="cl-text cl-muted"), notices,
                history_table(lab.history))  # fmt: skip
