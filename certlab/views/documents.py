"""Pages that stand alone: style and pictures inside, nothing that runs, nothing from a network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..records import Decision
from .decisions import decision_view
from .parts import listing, more
from .text import Markup, tag
from .theme import CSS, FORM_CSS, STYLED

# What the page may do, held by the browser: no script, no frame, no address but its own pictures.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'"
_STYLE = (
    CSS.replace("@media (prefers", "@media screen and (prefers")  # paper is white
    + FORM_CSS
    + Path(__file__).with_name("page.css").read_text("utf-8")
)


def page(title: str, *parts: object) -> str:
    """A whole HTML document that needs nothing else, on screen and on A4 or Letter paper."""
    head = tag(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", title),
        tag("style", Markup(_STYLE)),
    )
    body = tag("body", tag("main", *parts, class_="certlab cl-page cl-static"))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def decision_page(decision: Decision) -> str:
    """The decision as a document: all its evidence open, each with its picture."""
    return page(decision.title, decision_view(decision, level=1, fold=_open))


def notebook_page(notebook: Mapping[str, Any], title: str) -> str:
    """A notebook that was run, as a report: its prose, its results, and its code on demand.

    Of a widget there is the picture of its state. What a cell names as a seed or a passphrase is
    left out.
    """
    cells = []
    for number, cell in enumerate(notebook["cells"]):
        source = without_secrets("".join(cell["source"]))
        if cell["cell_type"] == "markdown":
            cells.append(tag("div", _prose(source), class_="cl-cell-prose"))
        elif cell["cell_type"] == "code" and source.strip():
            cells.append(more("The cell", listing(source, "The cell"), key=f"cell-{number}"))
            cells += [_output(output) for output in cell.get("outputs", ())]
    return page(title, *cells)


def without_secrets(text: str) -> str:
    """Source or markup in which no seed and no passphrase is spelled out."""
    return _SECRET.sub(r"\1=…", text)


_SECRET = re.compile(
    r"\b(seed|passphrase|password)\s*=\s*[rbfu]?"
    r"(\"[^\"\n]*\"|'[^'\n]*'|&quot;.*?&quot;|&#x27;.*?&#x27;|&#39;.*?&#39;)"
)


def _prose(source: str) -> Markup:
    import mistune  # only reports need it

    written = mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])(source)
    return _alone(str(written))


def _alone(markup: str) -> Markup:
    """Markup without links to what lies beside the notebook: a report goes out alone."""
    return Markup(re.sub(r'<a href="(?!https?:)[^"]*"[^>]*>(.*?)</a>', r"\1", markup))


def _stays(markup: str) -> str:
    """Markup in which no element leads a reader away; the policy of the page forbids the rest."""
    return re.sub(r"<(?=(?:meta|base)\b)", "&lt;", markup, flags=re.IGNORECASE)


def _output(output: Mapping[str, Any]) -> Markup:
    """A result: its picture or table where it has one, else its text."""
    data = output.get("data", {})
    if "text/html" in data:
        markup = without_secrets("".join(data["text/html"])).replace(STYLED, "")
        return tag("div", unfolded(_alone(_stays(markup))), class_="cl-figure")
    if "image/png" in data:
        return tag("img", src=f"data:image/png;base64,{''.join(data['image/png']).strip()}", alt="")
    text = output.get("text") or data.get("text/plain") or f"{output.get('ename', '')}: " + str(
        output.get("evalue", ""))  # fmt: skip
    return listing(without_secrets("".join(text)), "What the cell said")


def unfolded(markup: Markup) -> Markup:
    """Markup in which tables beside pictures are open, as paper needs it; the rest stays closed."""
    beside = "matrix|changes|tornado|growth|job|facts"
    closed = rf'<details class="cl-more"(?= data-key="(?:{beside}))'
    return Markup(re.sub(closed, r"\g<0> open", markup))


def _open(name: str, _: str, inside: Markup, __: str) -> Markup:
    return tag(
        "section",
        tag("p", name, class_="cl-text cl-small cl-muted"),
        unfolded(inside),
        class_="cl-card cl-figure",
    )
