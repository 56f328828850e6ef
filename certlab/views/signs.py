"""The signs of every view: what is said by colour is said by a symbol and a word too."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, unquote

from ..deployment import Cell, CellState
from ..validation import Outcome
from .svg import group
from .text import Markup, tag


class Sign(NamedTuple):
    """A symbol, the class that colours it, the word that names it, and its shape around (0, 0)."""

    symbol: str
    class_: str
    word: str
    shape: str


ACCEPTED = Sign("✓", "cl-ok", "accepted", "M-3.6 .2L-1.2 2.8L3.6 -2.8")
"""The sign of what is trusted, and of what was done."""
REFUSED = Sign("✗", "cl-no", "refused", "M-2.8 -2.8L2.8 2.8M2.8 -2.8L-2.8 2.8")
"""The sign of what is not trusted."""
NOTED = Sign("!", "cl-note", "noted", "M0 -3.8L0 .8M0 3.2L0 3.6")
"""The sign of what works and will bite."""
OPEN = Sign(
    "?", "cl-muted", "not judged", "M-2 -1.8C-2 -4.8 2 -4.8 2 -2C2 0 0 -.4 0 1.4M0 3.6L0 3.8"
)
"""The sign of what nobody has judged."""

_STATES = {CellState.ACCEPTED: ACCEPTED, CellState.REFUSED: REFUSED}
_OUTCOMES = {Outcome.PASS: ACCEPTED, Outcome.FAIL: REFUSED, Outcome.NOTED: NOTED}


def sign_of(what: Cell | Outcome | None) -> Sign:
    """The sign of a matrix cell or of a check's outcome; None is not judged."""
    if isinstance(what, Cell):
        return _STATES.get(what.state, OPEN)
    return OPEN if what is None else _OUTCOMES.get(what, OPEN)


def told(verifier: str, subject: str, cell: Cell | None) -> str:
    """One direction of a link in words: “um1 refuses gw2: not imported”."""
    sign = sign_of(cell)
    if sign is ACCEPTED:
        return f"{verifier} accepts {subject}"
    if cell is None or sign is OPEN:
        return f"{verifier} and {subject}: no link that needs mutual TLS"
    return f"{verifier} refuses {subject}: {cell.short}"


def badge(
    sign: Sign, x: float, y: float, *, on: bool = False, radius: float = 8, twice: bool = False
) -> Markup:
    """The sign in a small circle, or in two."""
    return group(
        tag("circle", r=radius + 4, class_=f"cl-badge {sign.class_}") if twice else None,
        tag("circle", r=radius, class_=f"cl-badge {sign.class_}{' cl-on' if on else ''}"),
        tag("path", d=sign.shape, class_=f"cl-sign {sign.class_}"),
        at=(x, y),
    )


def mark(sign: Sign) -> Markup:
    """The sign at the beginning of a line of HTML; its word is there for screen readers."""
    return tag("span", tag("span", sign.symbol, aria_hidden="true"), _hidden(sign.word),
               class_=f"{sign.class_} cl-bold")  # fmt: skip


def _hidden(word: str) -> Markup:
    return tag("span", word, class_="cl-hidden")


def device_id(name: str) -> Markup:
    """The id of a selectable device."""
    return _written("device", name)


def pair_id(verifier: str, subject: str) -> Markup:
    """The id of one selectable direction of a link."""
    return _written("pair", verifier, subject)


def plan_id(name: str) -> Markup:
    """The id of a dial plan that can be opened."""
    return _written("plan", name)


def read_id(text: str) -> tuple[str, ...]:
    """What an id stands for: its kind, then names."""
    return tuple(unquote(part, errors="surrogatepass") for part in text.split(":"))


def _written(kind: str, *names: str) -> Markup:
    """Percent-encoded, so it needs no escaping and says even a very long name in full."""
    coded = (quote(name, safe="", errors="surrogatepass") for name in names)
    return Markup(":".join([kind, *coded]))
