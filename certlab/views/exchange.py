"""A mutual TLS exchange as two life lines: who did what, in order, and who refused."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap

from ..live import Event, Exchange
from .parts import more, row_head, table
from .signs import ACCEPTED, NOTED, REFUSED, badge, mark
from .svg import box, group, picture, stroke, words
from .text import Markup, join, tag, visible

_WIDTH, _CLIENT, _SERVER = 760.0, 240.0, 520.0
_TOP, _ROW, _ROOM = 56.0, 40.0, 30
NOBODY: Mapping[str, str] = {}


def exchange_view(exchange: Exchange) -> Markup:
    """The outcome in words, the picture, and the same as a table."""
    return join(told_as(exchange), pictured(exchange))


def told_as(exchange: Exchange) -> Markup:
    """The outcome as a heading and a sentence."""
    sign = ACCEPTED if exchange.answered else REFUSED
    return join(
        tag("h3", headline(exchange), class_="cl-title"),
        tag("p", mark(sign), " ", outcome(exchange), class_="cl-text"),
    )


def pictured(exchange: Exchange, played: Mapping[str, str] = NOBODY) -> Markup:
    """The two life lines, and the same as a table. ``played`` names by party foreign software."""
    events = more("The same as a table", exchange_table(exchange), key="events")
    return join(tag("div", exchange_picture(exchange, played), class_="cl-across"), events)


def headline(exchange: Exchange) -> str:
    """The outcome in a few words: “gw1 calls um1: answered”."""
    if exchange.answered:
        end = "answered"
    elif exchange.refused_by:
        end = f"{exchange.refused_by} refuses"
    else:
        end = "not answered"
    return f"{exchange.client} calls {exchange.server}: {end}"


def outcome(exchange: Exchange) -> str:
    """What came of it, in the words of whoever ended it."""
    if exchange.refused_by:
        said = f"{exchange.refused_by} says “{visible(exchange.words)}”. Nothing was answered."
    elif exchange.answered:
        said = f"The answer arrived{f': {visible(exchange.words)}' if exchange.words else ''}."
    else:
        said = f"The reply was “{visible(exchange.words)}”." if exchange.words else "No reply came."
    if in_clear(exchange):
        return f"{said} In clear: anyone on the way can read it."
    return f"{said} {exchange.version}, {exchange.cipher}." if exchange.version else said


def in_clear(exchange: Exchange) -> bool:
    """Whether an answer came without TLS, as one of the two ends saw it."""
    seen = any(event.party in (exchange.client, exchange.server) for event in exchange.events)
    return exchange.answered and exchange.cipher is None and seen


def exchange_picture(exchange: Exchange, played: Mapping[str, str] = NOBODY) -> Markup:
    """The life lines of client and server, with every event of theirs in its order.

    Of an end ``played`` by other software nothing is seen, and the picture says so.
    """
    ends = (_CLIENT, exchange.client, "client"), (_SERVER, exchange.server, "server")
    events = [event for event in exchange.events if event.party in (ends[0][1], ends[1][1])]
    rows = [_row(exchange, event, _TOP + _ROW * (number + 1.5))
            for number, event in enumerate(events)]  # fmt: skip
    bottom = _TOP + _ROW * (max(len(rows), 1) + 1)
    heads: list[object] = []
    hidden = []
    for x, name, role in ends:
        by = f", played by {played[name]}" if name in played else ""
        heads.append(_head(x, name, role + by))
        if by:
            hidden.append(f"{name} is{by[1:]}: {_HIDDEN}.")
            heads.append(_aside(x, _HIDDEN, _TOP + _ROW * 1.5, "cl-muted"))
    said = " ".join([*hidden, *(f"{event.party} {event.what}." for event in events)])
    return picture(
        _WIDTH,
        bottom + 8,
        headline(exchange),
        f"Two life lines, {exchange.client} as client and {exchange.server} as server. {said}",
        [stroke([(x, _TOP - 8), (x, bottom)], "cl-half cl-open") for x in (_CLIENT, _SERVER)],
        heads,
        _message(
            _CLIENT,
            _SERVER,
            _TOP + 20,
            "no handshake: in clear"
            if in_clear(exchange)
            else "handshake: certificates, signatures",
            both=True,
        ),
        rows,
    )


_HIDDEN = "what happens inside is not visible"


def _aside(x: float, text: str, y: float, class_: str) -> list[Markup]:
    """Words outside a life line, in two lines at most."""
    lines = wrap(visible(text), _ROOM, max_lines=2, placeholder="…")
    beside, anchor = (x - 18, "end") if x == _CLIENT else (x + 18, "start")
    return [
        words(beside, y + 4 + 15 * (place - (len(lines) - 1) / 2), line, anchor=anchor,
              class_=class_)
        for place, line in enumerate(lines)
    ]  # fmt: skip


def _row(exchange: Exchange, event: Event, y: float) -> Markup:
    """One event: its words outside the life lines, what it sends between them."""
    is_client = event.party == exchange.client
    here, there = (_CLIENT, _SERVER) if is_client else (_SERVER, _CLIENT)
    sign = next((sign for start, sign in _SIGNS if event.what.startswith(start)), ACCEPTED)
    class_ = "" if sign is ACCEPTED else sign.class_
    hidden = "in clear" if in_clear(exchange) else "encrypted"
    sent = None
    if event.what.startswith("sends its request"):
        sent = _message(here, there, y, f"SIP OPTIONS, {hidden}")
    elif event.what.endswith("answers it"):
        sent = _message(here, there, y, f"SIP answer, {hidden}")
    elif event.what.startswith("is told: "):
        sent = _message(there, here, y, f"alert: {event.what.removeprefix('is told: ')}", bad=True)
    return group(sent, badge(sign, here, y), _aside(here, event.what, y, class_))


_SIGNS = (
    ("refuses", REFUSED),
    ("is told", REFUSED),
    ("gets no good answer", REFUSED),
    ("finds the connection closed", NOTED),
    ("gives up", NOTED),
    ("loses", NOTED),
)
"""How an event begins that is no step forward."""


def _head(x: float, name: str, role: str) -> Markup:
    return group(
        box(-100, 0, 200, 40, "cl-box"),
        words(0, 18, name, size=14, room=184, bold=True, anchor="middle"),
        words(0, 33, role, room=184, anchor="middle", class_="cl-muted"),
        at=(x, 4),
    )


def _message(
    sender: float, receiver: float, y: float, label: str, *, both: bool = False, bad: bool = False
) -> Markup:
    """An arrow from one life line to the other, with what it carries above it."""
    way = 1 if receiver > sender else -1
    start, end = sender + way * 12, receiver - way * 12
    class_ = "cl-half cl-no" if bad else "cl-half"
    heads = [(end, way), (start, -way)] if both else [(end, way)]
    return group(
        stroke([(start, y), (end, y)], class_),
        [
            tag("path", d=f"M{x - 6 * d:g} {y - 4:g}L{x:g} {y:g}L{x - 6 * d:g} {y + 4:g}",
                class_=f"cl-sign {'cl-no' if bad else 'cl-muted'}")
            for x, d in heads
        ],
        words((start + end) / 2, y - 6, label, room=abs(end - start) - 16, anchor="middle",
              class_="cl-no" if bad else "cl-muted"),
    )  # fmt: skip


def exchange_table(exchange: Exchange) -> Markup:
    """The events as a table: when, who, what."""
    rows = [(f"{event.at * 1000:.1f} ms", row_head(event.party), event.what)
            for event in exchange.events]  # fmt: skip
    return table(headline(exchange), ("After", "Who", "What"), rows)
