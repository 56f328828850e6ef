"""A real mutual TLS exchange: who sent what, who refused, and in whose words.

It counts as answered only when the application's reply arrived. Under TLS 1.3 the client's
handshake ends before the server has judged its certificate, so a handshake that returned proves
nothing (FACTS: the alert comes with the first read).
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Thread

from ..pki import Certificate
from ..validation import OPENSSL_DEFAULT, VerificationPolicy
from . import sip
from .ends import End, Event, Talk, in_memory, over_socket
from .parties import Contexts, Party, TlsVersion

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came of it.

    ``words`` are those of whoever refused, else the first line of the answer. ``alert`` is what
    the one refused was told. ``sent`` holds the certificates each side came to send, its own
    first. ``wire`` is what the client sent, as anyone on the way sees it.
    """

    client: str
    server: str
    answered: bool
    version: str | None
    cipher: str | None
    refused_by: str | None
    words: str
    alert: str | None
    events: tuple[Event, ...]
    sent: Mapping[str, tuple[Certificate, ...]] = field(repr=False)
    wire: bytes = field(repr=False)

    @property
    def timeline(self) -> tuple[str, ...]:
        """The events as lines, with milliseconds from the start."""
        wide = max(len(self.client), len(self.server))
        return tuple(
            f"{event.at * 1000:7.1f} ms  {event.party:<{wide}}  {event.what}"
            for event in self.events
        )


def mutual_tls(
    client: Party,
    server: Party,
    *,
    version: TlsVersion | None = None,
    policy: VerificationPolicy = OPENSSL_DEFAULT,
    contexts: Contexts | None = None,
    on_the_way: Callable[[bytes], bytes] | None = None,
) -> Exchange:
    """Let ``client`` call ``server`` in memory: a handshake, a SIP OPTIONS request, its answer.

    Each side judges the other by its own anchors and this computer's clock, as Python's ssl does;
    the caller compares the server's name where it has one. ``contexts`` made by earlier calls are
    used again (then theirs are version and policy). ``on_the_way`` sees the client's application
    data as it passes and may change it, as somebody in the middle would. Raises ``StepRefused``
    when a key is not the certificate's.
    """
    calling, called = _ends(client, server, contexts or Contexts(version, policy))
    in_memory(calling, called, on_the_way)
    return outcome(client, server, calling, called, answered=calling.answered)


def over_loopback(
    client: Party,
    server: Party,
    contexts: Contexts | None,
    *,
    timeout: float = 10.0,
) -> Exchange:
    """The same over loopback sockets, the server in a thread; ``timeout`` in seconds.

    ``contexts`` None is a call in clear.
    """
    calling, called = _ends(client, server, contexts)
    until = time.monotonic() + timeout
    with socket.create_server((LOOPBACK, 0)) as listener:
        answering = Thread(target=serve_once, args=(called, listener, until), daemon=True)
        answering.start()
        with socket.create_connection(listener.getsockname(), timeout) as connection:
            over_socket(calling, connection, until)
        answering.join(max(until - time.monotonic(), 0.0) + 1.0)
    return outcome(client, server, calling, called, answered=calling.answered)


def serve_once(end: End, listener: socket.socket, until: float) -> None:
    """Answer the first connection that comes, no longer than ``until`` (``time.monotonic``)."""
    listener.settimeout(max(until - time.monotonic(), 0.001))
    try:
        connection, _ = listener.accept()
    except OSError:
        return
    with connection:
        over_socket(end, connection, until)


def outcome(
    client: Party,
    server: Party,
    calling: End | None,
    called: End | None,
    *,
    answered: bool,
) -> Exchange:
    """What the ends noticed, put together; None is an end that was not ours to watch."""
    ends = [end for end in (calling, called) if end is not None]
    first = next((end for end in ends if end.refusal), None)
    alert = next((end.told for end in ends if end.told), None)
    refused_by = first.name if first else None
    if first is None and len(ends) == 1 and not answered:
        refused_by = server.name if calling else client.name
    cipher = ends[0].tls.cipher()
    words = (first.refusal if first else None) or alert
    return Exchange(
        client=client.name,
        server=server.name,
        answered=answered,
        version=ends[0].tls.version(),
        cipher=cipher[0] if cipher else None,
        refused_by=refused_by,
        words=words or sip.first_line(calling.received if calling else b""),
        alert=alert,
        events=tuple(sorted((e for end in ends for e in end.events), key=lambda e: e.at)),
        sent={
            server.name: server.sends,
            client.name: () if refused_by == client.name else client.sends,
        },
        wire=bytes(calling.wire) if calling else b"",
    )


def _ends(client: Party, server: Party, contexts: Contexts | None) -> tuple[End, End]:
    request = sip.options(
        client.host or client.name,
        server.host or server.name,
        transport="TLS" if contexts else "TCP",
    )
    if contexts is None:
        calling_context = called_context = host = None
    else:
        calling_context = contexts.of(client, server, server=False)
        called_context = contexts.of(server, client, server=True)
        host = contexts.names(server)
    started = time.perf_counter()
    return (
        End(client.name, calling_context, Talk(request), host=host, started=started),
        End(server.name, called_context, None, started=started),
    )
