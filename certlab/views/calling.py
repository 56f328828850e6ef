"""Cards of the panels that call: whom, how to break it, the peer that answers, and its log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from ..deployment import Deployment
from ..live import Peer, PeerKind, clock
from .bench import button, buttons, card
from .fields import select_field
from .parts import listing
from .signs import ACCEPTED, NOTED, OPEN, mark
from .text import Markup, join, tag

_VERSIONS = (("", "as they agree"), ("TLSv1.3", "TLS 1.3"), ("TLSv1.2", "TLS 1.2"))
_LOG = 14
"""Lines of a log that are shown."""


def call_fields(prefix: str, devices: Iterable[str]) -> Markup:
    """Who calls whom, and with which version of TLS."""
    names = list(devices)
    return card(
        select_field(prefix, "caller", "Who calls", names),
        select_field(prefix, "called", "Who is called", names),
        select_field(prefix, "version", "TLS version", _VERSIONS),
        label="The call",
    )


def peer_fields(prefix: str, devices: Iterable[str], kinds: Iterable[PeerKind]) -> Markup:
    """Which peer plays which device, and who is at the other end."""
    names = list(devices)
    peers = [(k.key, k.title if k.path else f"{k.title} (not installed)") for k in kinds]
    ways = (("in", "our side calls the peer"), ("out", "the peer calls our side"))
    return card(
        select_field(prefix, "kind", "The real server", peers),
        select_field(prefix, "plays", "It plays", names),
        select_field(prefix, "partner", "Our side", names),
        select_field(prefix, "way", "Who calls", ways),
        select_field(prefix, "version", "TLS version", _VERSIONS),
        label="The peer",
    )


def dates_note(deployment: Deployment) -> Markup | None:
    """What to know where the lab's date is not this computer's, and what helps."""
    now = clock()
    if abs(deployment.at - now) < timedelta(days=1):
        return None
    return join(
        tag("p", mark(NOTED), f" The lab’s date is {deployment.at:%Y-%m-%d}. A TLS library goes by "
            f"this computer’s clock, {now:%Y-%m-%d}, and so does the prediction here.",
            class_="cl-text"),
        buttons(button("Move the lab’s dates to today", "do:today")),
    )  # fmt: skip


def faults_card(
    faults: Mapping[str, tuple[str, str]], done: Iterable[str], *, can_undo: bool
) -> Markup:
    """Ways to break it, each one press. ``faults`` are title and words by key."""
    lines = [tag("li", mark(NOTED), tag("span", words)) for words in done]
    told = tag("ul", lines, class_="cl-list") if lines else None
    return card(
        tag("h3", "Break it", class_="cl-heading"),
        told,
        buttons(
            *(button(title, f"fault:{key}", says=f"{title}: {words}")
              for key, (title, words) in faults.items()),
            button("Undo", "do:undo", off=not can_undo),
        ),
        label="Break it",
    )  # fmt: skip


def busy_card(what: str, done: int = 0, of: int = 0, *, can_cancel: bool = True) -> Markup:
    """What is under way, how far it is where that is known, and a way to end it."""
    bar = tag("progress", class_="cl-progress", value=done if of else None, max=of or None,
              aria_label=what)  # fmt: skip
    count = f" {done:,} of {of:,}" if of else ""
    return card(
        tag("p", f"{what}…{count}", class_="cl-text"),
        bar,
        buttons(button("Cancel", "do:cancel")) if can_cancel else None,
        label="Under way",
    )


def peer_state(kind: PeerKind, peer: Peer | None, *, busy: bool = False) -> Markup:
    """Whether the peer runs and where, or how to install what is missing."""
    if busy:
        said = tag("p", mark(OPEN), f" {kind.title}: one moment.", class_="cl-text")
    elif kind.path is None:
        said = tag("p", mark(NOTED), f" {kind.tool} is not installed here. {kind.install}.",
                   class_="cl-text")  # fmt: skip
    elif peer is None:
        said = tag("p", mark(OPEN), f" {kind.title}, is installed and not started.",
                   class_="cl-text")  # fmt: skip
    elif not peer.running:
        said = tag("p", mark(NOTED), f" {kind.title}, has ended.", class_="cl-text")
    else:
        said = tag("p", mark(ACCEPTED), f" {kind.title}, answers as {peer.party.name} on "
                   f"127.0.0.1:{peer.port}, process {peer.pid}.", class_="cl-text")  # fmt: skip
    running = peer is not None and peer.running
    can_start, can_use = not (busy or running) and bool(kind.path), running and not busy
    return card(
        said,
        buttons(
            button("Start it", "peer:start", primary=not running, off=not can_start),
            button("Stop it", "peer:stop", off=not can_use),
            button("Call", "do:call", primary=running, off=not can_use),
        ),
        label="State of the peer",
    )


def peer_log(peer: Peer | None) -> Markup:
    """The last lines that the peer said, and the files it was started with."""
    lines = peer.log_tail(_LOG) if peer is not None else ()
    empty = "It has said nothing yet." if peer is not None else "Nothing runs."
    return card(
        tag("h3", "Its log", class_="cl-heading"),
        listing("\n".join(lines), "The end of its log") if lines
        else tag("p", empty, class_="cl-text cl-muted cl-flush"),
        label="Log",
    )  # fmt: skip
