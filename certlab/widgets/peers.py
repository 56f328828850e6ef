"""The peer panel: a real server of this computer plays a device, is called, watched and ended."""

from __future__ import annotations

import time
import weakref
from threading import Thread
from typing import Any, ClassVar

from ..deployment import Deployment
from ..errors import InvalidInput, UnknownName
from ..live import PEERS, Party, Peer, PeerCall, Prediction, predict, start_peer
from ..validation import Purpose
from ..views import Markup, peer_call_view, prediction_view, tag
from ..views.bench import card
from ..views.calling import peer_fields, peer_log, peer_state
from .calling import Calling, first_pair

_GLANCE = 0.5
"""Seconds between two looks at a running peer's log."""


class PeerPanel(Calling):
    """Start a real server with a device's certificate, call it, break it, and read its log.

    ``peer`` is the running ``Peer`` or None. It ends by Stop, with the next panel, and with the
    kernel in any case.
    """

    peer: Peer | None = None
    _one: ClassVar[weakref.ref[PeerPanel] | None] = None

    def __init__(
        self, deployment: Deployment, kind: str = "kamailio", *, name: str = "lab"
    ) -> None:
        if kind not in PEERS:
            raise UnknownName(f"no peer is called {kind!r}", expected=f"one of: {', '.join(PEERS)}")
        before = PeerPanel._one() if PeerPanel._one else None
        if before is not None:
            before.stop()
        self.kind = PEERS[kind]
        self.plays, self.partner = first_pair(deployment)
        self._inward = True
        super().__init__(deployment, (self.partner, self.plays), name=name, look="cl-calling",
                         label="A real server plays a device")  # fmt: skip
        PeerPanel._one = weakref.ref(self)

    # --- what can be done --------------------------------------------------------------------

    def start(self) -> None:
        """Start the peer with the certificate, the roots and the CRLs of the device it plays."""
        self._end()
        server, client = (Party.of(self.deployment, self.plays, purpose)
                          for purpose in (Purpose.SERVER, Purpose.CLIENT))  # fmt: skip
        split = client if client.certificate != server.certificate else None
        self.peer = start_peer(self.kind.key, server, client=split, version=self.version)
        Thread(target=_watch, args=(weakref.ref(self), self.peer), daemon=True).start()
        self._draw(f"{self.kind.title}, answers as {self.plays} on port {self.peer.port}")

    def stop(self) -> None:
        """End the peer; its folder with the key goes too."""
        if self._end():
            self._draw(f"{self.kind.title}, is stopped")

    def call(self) -> None:
        if self.peer is None:
            raise InvalidInput("nothing runs here yet", remedy="Start it first.")
        role = Purpose.CLIENT if self._inward else Purpose.SERVER
        partner = Party.of(self.deployment, self.partner, role)
        self.made = self.peer.called_by(partner) if self._inward else self.peer.calls(partner)
        agree = "as predicted" if self.made.agrees else "not as predicted"
        self._draw(f"{self._titled}: {self.made.outcome}, {agree}")

    @property
    def prediction(self) -> Prediction:
        return predict(
            self.deployment, self.caller, self.called, played_by={self.plays: self.kind.key}
        )

    def fill(self, field: str, value: str | bool) -> None:
        if self.errand.running:
            super().fill(field, value)
            return
        if field == "kind" and value in PEERS:
            self.kind = PEERS[str(value)]
        elif field in ("plays", "partner") and value in self.deployment.inventory.devices:
            setattr(self, field, str(value))
        elif field == "way":
            self._inward = value == "in"
        self._aim()
        if field in ("kind", "plays", "version"):
            self._end()
        super().fill(field, value)

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        if id == "peer:start" and not self.errand.running:
            self.go(self.start, f"Starting {self.kind.tool}", at_once=True)
        elif id == "peer:stop" and not self.errand.running:
            self.go(self.stop, f"Stopping {self.kind.tool}", at_once=True)
        else:
            super().press(id)

    # --- what is shown -----------------------------------------------------------------------

    def _aim(self) -> None:
        """Who calls whom, as the fields say."""
        ends = (self.partner, self.plays)
        self.caller, self.called = ends if self._inward else ends[::-1]

    def _moved(self, change: Any) -> None:
        """A server reads its files when it starts, so after a change it is started again."""
        if self.peer is None:
            super()._moved(change)
            return
        self.made = None
        said = f"Starting {self.kind.tool} again, for it reads its files at the start"
        self.go(self.start, said, at_once=True)

    @property
    def _verbs(self) -> str:
        return "Party, Purpose, start_peer"

    def _last(self) -> tuple[str, ...]:
        lab, version = self._name, f", version={self.version!r}" if self.version else ""
        verb, role = ("called_by", "CLIENT") if self._inward else ("calls", "SERVER")
        peer = f"start_peer({self.kind.key!r}, Party.of({lab}, {self.plays!r}){version})"
        return (
            f"with {peer} as peer:",
            f"    made = peer.{verb}(Party.of({lab}, {self.partner!r}, Purpose.{role}))",
            "made",
        )

    def show_log(self, peer: Peer) -> None:
        """Show what this peer said meanwhile, if anything, and whether it still runs."""
        with self._drawing:
            if peer is self.peer:
                state = peer_state(self.kind, peer, busy=bool(self._busy))
                shown = {"state": state, "log": peer_log(peer)}
                if any(self.parts.get(name) != markup for name, markup in shown.items()):
                    self.parts = {**self.parts, **shown}

    def views(self) -> dict[str, Markup]:
        self.values = {
            "kind": self.kind.key, "plays": self.plays, "partner": self.partner,
            "way": "in" if self._inward else "out", "version": self.version or "",
        }  # fmt: skip
        devices = self.deployment.inventory.devices
        return {
            "choice": peer_fields(self._prefix, devices, PEERS.values()),
            **super().views(),
            "state": peer_state(self.kind, self.peer, busy=bool(self._busy)),
            "now": self._now(),
            "log": peer_log(self.peer),
        }

    def _now(self) -> Markup:
        if isinstance(self.made, PeerCall):
            inside = peer_call_view(self.made)
        elif self.caller == self.called:
            inside = tag("p", "Choose another device for our side.", class_="cl-text")
        elif not self._inward and not self.kind.can_call:
            said = f"{self.kind.title}, only answers: it does not call."
            inside = tag("p", said, class_="cl-text")
        else:
            inside = prediction_view(self.prediction)
        return card(inside, label="Prediction and outcome")

    def _end(self) -> bool:
        """End the peer, if one runs; says whether."""
        peer, self.peer = self.peer, None
        if peer is not None:
            peer.stop()
        return peer is not None

    def close(self) -> None:
        """End the peer with the panel."""
        self._end()
        super().close()


def _watch(panel: weakref.ref[PeerPanel], peer: Peer) -> None:
    """Look at the log now and then, for as long as peer and panel are there."""
    while peer.running:
        time.sleep(_GLANCE)
        there = panel()
        if there is None or there.peer is not peer:
            return
        there.show_log(peer)
        del there


def peer_panel(deployment: Deployment, kind: str = "kamailio") -> PeerPanel:
    """A panel in which a real server plays a device: start, call, break, read its log, stop.

    ``kind`` is a key of ``PEERS``. Where its program is missing the panel says how to install it.
    The widget's ``deployment`` and ``made`` (the last call) are values for the next cell. One
    panel at a time runs a server: a new one ends that of the one before. Raises ``UnknownName``.
    """
    return PeerPanel(deployment, kind)
