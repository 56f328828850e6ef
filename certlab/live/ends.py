"""One end of a connection at work: a real TLS stack, driven in memory or over a socket."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from . import sip

if TYPE_CHECKING:
    import ssl

_PIECE = 65536


class Event(NamedTuple):
    """One line of the time line: who did or noticed what, ``at`` so many seconds from its start."""

    party: str
    what: str
    at: float = 0.0

    def __repr__(self) -> str:
        return f"Event({self.party!r}, {self.what!r})"


@dataclass(frozen=True, slots=True)
class Talk:
    """What a caller says, when the answer is all there, and whether it is a good one."""

    request: bytes
    is_whole: Callable[[bytes], bool] = sip.is_whole
    is_success: Callable[[bytes], bool] = sip.is_success


class InClear:
    """What a TLS object does, without TLS: for a dial plan that is not secured."""

    def __init__(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> None:
        self.incoming, self.outgoing = incoming, outgoing

    def do_handshake(self) -> None:
        """Nothing to agree on."""

    def write(self, data: bytes) -> int:
        return self.outgoing.write(data)

    def read(self, most: int) -> bytes:
        import ssl

        if not self.incoming.pending and not self.incoming.eof:
            raise ssl.SSLWantReadError
        return self.incoming.read(most)

    def version(self) -> None:
        return None

    def cipher(self) -> None:
        return None


class End:
    """One end: what it still has to do, and what it noticed.

    With a ``talk`` it calls and asks; without, it is called and answers SIP requests. ``context``
    None is a connection in clear. ``wire`` is all that it put on the wire.
    """

    def __init__(
        self,
        name: str,
        context: ssl.SSLContext | None,
        talk: Talk | None,
        *,
        host: str | None = None,
        started: float | None = None,
    ) -> None:
        import ssl

        self.name, self.talk = name, talk
        self.started = time.perf_counter() if started is None else started
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls: ssl.SSLObject | InClear
        if context is None:
            self.tls = InClear(self.incoming, self.outgoing)
        else:
            context.check_hostname = host is not None
            self.tls = context.wrap_bio(
                self.incoming, self.outgoing, server_side=talk is None, server_hostname=host
            )
        self.events: list[Event] = []
        self.wire = bytearray()
        self.received = b""
        self.refusal: str | None = None
        """The words in which this end refused, if it did."""
        self.told: str | None = None
        """The alert that the other end sent, if it did."""
        self.has_asked = self.over = False
        self._tasks = self._answer() if talk is None else self._ask(talk)

    @property
    def answered(self) -> bool:
        """Whether this caller got a good answer."""
        return self.talk is not None and self.talk.is_success(self.received)

    def advance(self) -> bytes:
        """Do what can be done now; returns what is to be sent to the other end."""
        import ssl

        if not self.over:
            try:
                self.over = next(self._tasks, self) is self
            except ssl.SSLCertVerificationError as error:
                self._refuse(error.verify_message)
            except ssl.SSLError as error:
                self._stop(error)
        sent = self.outgoing.read()
        self.wire += sent
        return sent

    def note(self, what: str) -> None:
        self.events.append(Event(self.name, what, time.perf_counter() - self.started))

    def _ask(self, talk: Talk) -> Iterator[None]:
        yield from self._shake_hands()
        self.tls.write(talk.request)
        self.has_asked = True
        self.note("sends its request")
        yield from self._receive(talk.is_whole)
        self.note("has the answer" if talk.is_success(self.received) else "gets no good answer")

    def _answer(self) -> Iterator[None]:
        yield from self._shake_hands()
        yield from self._receive(sip.is_whole)
        if self.received:
            self.tls.write(sip.answer_to(self.received))
            self.note("has the request and answers it")

    def _shake_hands(self) -> Iterator[None]:
        if not isinstance(self.tls, InClear):
            yield from _until(self.tls.do_handshake)
            self.note("has finished its handshake")

    def _receive(self, is_whole: Callable[[bytes], bool]) -> Iterator[None]:
        while True:
            before = len(self.received)
            yield from _until(self._read)
            if len(self.received) == before:
                self.note("finds the connection closed")
                return
            if is_whole(self.received):
                return

    def _read(self) -> None:
        self.received += self.tls.read(_PIECE)

    def _stop(self, error: ssl.SSLError) -> None:
        import ssl

        reason = error.reason or str(error)
        self.over = True
        if "ALERT" in reason:
            self.told = _plain(reason.partition("ALERT_")[2] or reason)
            self.note(f"is told: {self.told}")
        elif isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            self.note("finds the connection closed")
        else:
            self._refuse(_plain(reason))

    def _refuse(self, words: str) -> None:
        self.over, self.refusal = True, words
        self.note(f"refuses: {words}")


def in_memory(
    calling: End, called: End, on_the_way: Callable[[bytes], bytes] | None = None
) -> None:
    """Carry the bytes of both ends to each other until neither has anything left to do."""
    while True:
        data = calling.advance()
        if on_the_way and data and calling.has_asked:
            data = on_the_way(data)
        called.incoming.write(data)
        back = called.advance()
        calling.incoming.write(back)
        if not data and not back:
            return


def over_socket(end: End, connection: socket.socket, until: float) -> None:
    """Carry the bytes of one end over a socket, no longer than ``until`` (``time.monotonic``).

    It closes as one should: what it sent last still arrives, even when the other end has sent
    more than this one cared to read.
    """
    try:
        while True:
            data = end.advance()
            if data:
                connection.settimeout(_left(until))
                connection.sendall(data)
            if end.over:
                break
            data = _receive(connection, until)
            if data:
                end.incoming.write(data)
            else:
                end.incoming.write_eof()
        connection.shutdown(socket.SHUT_WR)
        while _receive(connection, until):
            pass
    except TimeoutError:
        if not end.over:
            end.note("gives up waiting")
    except OSError as error:
        if not end.over:
            end.note(f"loses the connection: {(error.strerror or str(error)).lower()}")


def _receive(connection: socket.socket, until: float) -> bytes:
    connection.settimeout(_left(until))
    return connection.recv(_PIECE)


def _left(until: float) -> float:
    return max(until - time.monotonic(), 0.001)


def _until(act: Callable[[], object]) -> Iterator[None]:
    import ssl

    while True:
        try:
            act()
        except ssl.SSLWantReadError:
            yield
        else:
            return


def _plain(reason: str) -> str:
    """What a TLS library calls an error, in plain letters."""
    return reason.replace("_", " ").strip().lower()
