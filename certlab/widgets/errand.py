"""Long actions beside the page: what is under way can be watched and cancelled."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

PATIENCE = 0.3
"""Seconds after which an action shows that it is under way; what is quicker just happens."""


class Errand:
    """One action at a time, run in a thread so that the page stays of use."""

    def __init__(self) -> None:
        self._thread: Thread | None = None
        self._stop = Event()

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def cancelled(self) -> bool:
        return self._stop.is_set()

    def run(self, work: Callable[[], None], *, patience: float = PATIENCE) -> bool:
        """Start it, unless another is running; says whether it is over within ``patience``."""
        if self.running:
            return False
        self._stop.clear()
        self._thread = Thread(target=work, daemon=True)
        self._thread.start()
        return self.wait(patience)

    def cancel(self) -> None:
        """Ask it to end; it does so at the next opportunity."""
        self._stop.set()

    def pause(self, seconds: float) -> None:
        """Called by the action itself: do nothing for a while, unless it is cancelled."""
        self._stop.wait(seconds)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for its end; says whether it is over."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.running
