"""Real servers and clients of this computer as peers: started on loopback, watched, and ended."""

from __future__ import annotations

import contextlib
import re
import socket
import socketserver
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Thread
from types import TracebackType

from ..errors import InvalidInput, ToolUnavailable, UnknownName
from ..pki import Certificate, general_name
from ..validation import Purpose, Verdict
from . import configurations as to
from . import sip
from .ends import End, Talk, over_socket
from .handshake import LOOPBACK, outcome, serve_once
from .parties import Contexts, Party, TlsVersion, clock
from .peer_files import server_files
from .peer_kinds import PEERS, PeerKind
from .programs import Program, find_tool, free_port, private_folder, wait_until
from .tries import Tried

_STARTS = 3
"""How often a start is tried, should somebody else take the free port first."""


@dataclass(frozen=True, repr=False)
class PeerCall(Tried):
    """A call in which one end, or both, is a real peer: what it does inside is not seen.

    ``said`` is what its own log has about the call; ``played`` names by party the software.
    """

    said: str
    played: Mapping[str, str]

    @property
    def words(self) -> str:
        """The peer's own words where it refused, with the alert it sent, else those of our end."""
        if not self.said:
            return self.exchange.words
        return f"{self.said} (alert: {self.exchange.alert})" if self.exchange.alert else self.said


def start_peer(
    kind: str,
    party: Party,
    *,
    client: Party | None = None,
    version: TlsVersion | str | None = None,
    timeout: float = 15.0,
) -> Peer:
    """Start a real server that presents this party's certificate and trusts what it trusts.

    ``kind`` is a key of ``PEERS``. ``client`` is what it presents when it calls itself, where that
    is another certificate (Kamailio). It listens on 127.0.0.1 alone, and the key lies in a private
    folder for as long as it runs. It is ready when it answers with its certificate, within
    ``timeout`` seconds. Raises ``ToolUnavailable`` when it is not installed, saying how to install
    it, or does not start; ``InvalidInput`` for a party without certificate, key or roots.
    """
    known = PEERS.get(kind)
    if known is None:
        raise UnknownName(f"no peer is called {kind!r}", expected=f"one of: {', '.join(PEERS)}")
    if known.path is None:
        raise ToolUnavailable(f"{known.tool} is not installed here", remedy=f"{known.install}.")
    if known.fenced and sys.platform != "linux":
        raise ToolUnavailable(
            f"{known.tool} listens on every address, and only Linux can keep it to this computer"
        )
    files = server_files(party, client)
    for _ in range(_STARTS):
        peer = Peer(known, party, client, None if version is None else TlsVersion(version), files)
        try:
            if peer._gets_ready(timeout):
                return peer
        except BaseException:
            peer.stop()
            raise
        peer.stop()
        if "in use" not in peer.log:
            break
    lines = peer.log_tail(50)
    told = [line for line in lines if re.search("error|critical|emerg", line, re.IGNORECASE)]
    raise ToolUnavailable(
        f"{known.tool} did not get ready",
        remedy=f"It says: {(told or list(lines))[-1].strip()}" if lines else "",
    )


class Peer:
    """A running peer: use it in a ``with`` block, or ``stop()`` it.

    ``port`` is where it answers on 127.0.0.1, ``pid`` its process, and ``configuration`` the files
    and the command it was started with. It ends with the Python that started it in any case.
    """

    def __init__(
        self,
        kind: PeerKind,
        party: Party,
        client: Party | None,
        version: TlsVersion | None,
        files: Mapping[str, bytes],
    ) -> None:
        self.kind, self.party, self.as_client = kind, party, client or party
        self._identity = files
        self._backend = _Backend() if kind.tunnels else None
        folder = private_folder()
        self.wiring = to.Wiring(
            host=sip.host_part(party.host or party.name),
            address=LOOPBACK,
            port=free_port(),
            clear_port=free_port() if kind.relays else None,
            folder=str(folder),
            version=version,
            has_chain=bool(party.chain),
            has_crls=bool(party.crls),
            split=client is not None,
            peers=(LOOPBACK,) if kind.relays else (),
            upstream=f"{LOOPBACK}:{self._backend.port}" if self._backend else f"{LOOPBACK}:5060",
        )
        self.port = self.wiring.port
        self.configuration = kind.serve(self.wiring)
        written = {name: text.encode() for name, text in self.configuration.files.items()}
        self._program = Program(
            folder,
            _found(self.configuration.command),
            {**files, **written},
            fenced=self.port if kind.fenced else 0,
        )
        self.pid = self._program.pid
        self._ready_at = 0

    @property
    def running(self) -> bool:
        return self._program.running

    @property
    def log(self) -> str:
        """All it has said since it was ready."""
        return self._program.output[self._ready_at :]

    def log_tail(self, lines: int = 20) -> tuple[str, ...]:
        """The last lines it has said."""
        return tuple(self.log.splitlines()[-lines:])

    def stop(self) -> None:
        """End its process with all of that's children, and delete its folder with the key."""
        self._program.stop()
        if self._backend is not None:
            self._backend.stop()

    def called_by(
        self, caller: Party, *, contexts: Contexts | None = None, timeout: float = 10.0
    ) -> PeerCall:
        """Call it. The caller is Python's ssl with this party's certificate and store."""
        contexts = contexts or Contexts(self.wiring.version)
        at, before, until = clock(), self._program.mark(), time.monotonic() + timeout
        request = sip.options(caller.host or caller.name, self.wiring.host, port=self.port)
        context = contexts.of(caller, self.party, server=False)
        talk, name = self.kind.talk(request), contexts.names(self.party)
        end = End(caller.name, context, talk, host=name)
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout) as connection:
                over_socket(end, connection, until)
        except OSError as error:
            end.note(f"cannot connect: {error.strerror or error}")
        exchange = outcome(caller, self.party, end, None, answered=end.answered)
        said = ""
        if exchange.refused_by == self.party.name:
            said = self._refusal_in(lambda: self._program.output[before:])
        verdicts = (
            caller.judges(self.party, Purpose.SERVER, at, contexts.policy),
            self._judges(caller, Purpose.CLIENT),
        )
        return PeerCall(caller, self.party, exchange, verdicts, at, said,
                        {self.party.name: self.kind.name})  # fmt: skip

    def calls(
        self, called: Party | Peer, *, contexts: Contexts | None = None, timeout: float = 10.0
    ) -> PeerCall:
        """Let it call. The one called is Python's ssl with this party's certificate and store.

        Kamailio relays a request to it, or to another peer that answers SIP; of openssl and gnutls
        the client program is run. Raises ``InvalidInput`` for a peer that only serves.
        """
        if not self.kind.can_call or (isinstance(called, Peer) and not self.kind.relays):
            raise InvalidInput(f"{self.kind.title}, does not call here")
        if isinstance(called, Peer):
            return self._relay_to(called, time.monotonic() + timeout)
        if self.kind.call is not None and called.host is not None:
            # Nothing but a host's name, as certificates carry it, becomes a program's argument.
            called = replace(called, host=str(general_name(called.host).value))
        contexts = contexts or Contexts(self.wiring.version)
        at, until = clock(), time.monotonic() + timeout
        end = End(called.name, contexts.of(called, self.as_client, server=True), None)
        with socket.create_server((LOOPBACK, 0)) as listener:
            port = listener.getsockname()[1]
            serving = Thread(target=serve_once, args=(end, listener, until), daemon=True)
            serving.start()
            call = self._relay if self.kind.relays else self._run_client
            answered, said = call(called, end, port, serving, until)
        exchange = outcome(self.as_client, called, None, end, answered=answered)
        verdicts = (
            self._judges(called, Purpose.SERVER),
            called.judges(self.as_client, Purpose.CLIENT, at, contexts.policy),
        )
        if exchange.refused_by != self.as_client.name:
            said = ""
        return PeerCall(self.as_client, called, exchange, verdicts, at, said,
                        {self.as_client.name: self.kind.name})  # fmt: skip

    def _relay(
        self, called: Party, end: End, port: int, serving: Thread, until: float
    ) -> tuple[bool, str]:
        """Hand it a request in clear that is meant for ``called``, and let it pass it on."""
        before = self._program.mark()
        request = sip.options("caller", called.name, port=port, via="TCP")
        asking = End("caller", None, Talk(request))
        with socket.create_connection(
            (LOOPBACK, self.wiring.clear_port or 0), _left(until)
        ) as connection:
            waiting = Thread(target=over_socket, args=(asking, connection, until), daemon=True)
            waiting.start()
            serving.join(_left(until))
            if not (end.told or end.refusal):
                wait_until(lambda: asking.over, _left(until))
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            waiting.join(_left(until))
        refused = not asking.answered and end.refusal is None
        return asking.answered, self._refusal_in(
            lambda: self._program.output[before:], 5.0 if refused else 0.0
        )

    def _relay_to(self, other: Peer, until: float) -> PeerCall:
        """Hand it a request that is meant for another peer: both ends are then real."""
        at, marks = clock(), {peer: peer._program.mark() for peer in (self, other)}

        def refusal_of(peer: Peer) -> str:
            said = peer._refusal_in(lambda: peer._program.output[marks[peer] :], 0.0)
            return "" if "alert" in said else said

        request = sip.options("caller", other.party.name, port=other.port, via="TCP")
        asking = End("caller", None, Talk(request))
        with socket.create_connection(
            (LOOPBACK, self.wiring.clear_port or 0), _left(until)
        ) as connection:
            waiting = Thread(target=over_socket, args=(asking, connection, until), daemon=True)
            waiting.start()
            wait_until(lambda: asking.over or any(map(refusal_of, (self, other))), _left(until))
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            waiting.join(_left(until))
        answered = asking.answered
        refused = None if answered else next(filter(refusal_of, (self, other)), None)
        exchange = outcome(self.as_client, other.party, asking, None, answered=answered)
        names = {self: self.as_client.name, other: other.party.name, None: None}
        verdicts = (
            self._judges(other.party, Purpose.SERVER),
            other._judges(self.as_client, Purpose.CLIENT),
        )
        return PeerCall(
            self.as_client,
            other.party,
            replace(exchange, refused_by=names[refused]),
            verdicts,
            at,
            refusal_of(refused) if refused else "",
            {self.as_client.name: self.kind.name, other.party.name: other.kind.name},
        )

    def _run_client(
        self, called: Party, end: End, port: int, serving: Thread, until: float
    ) -> tuple[bool, str]:
        """Run its client program, which sends one request."""
        assert self.kind.call is not None
        folder = private_folder()
        wiring = replace(self.wiring, port=port, folder=str(folder), split=False)
        host = called.host if self.kind.policy.checks_names else None
        command = _found(self.kind.call(wiring, host).command)
        request = sip.options(self.wiring.host, called.name, port=port)
        client = Program(folder, command, {**self._identity, "input.txt": request})
        try:
            wait_until(lambda: client.exit_code is not None or not serving.is_alive(), _left(until))
            client.wait(_left(until))
            said = client.output
        finally:
            client.stop()
        # Where it never came to a connection, our end goes on waiting for one.
        wait_until(lambda: not serving.is_alive() or not end.wire, _left(until))
        return "SIP/2.0 200" in said, self._refusal_in(lambda: said, patience=0.0)

    def _judges(self, other: Party, purpose: Purpose) -> Verdict | None:
        verifier = replace(self.party, intermediates=())
        return verifier.judges(other, purpose, clock(), self.kind.policy, self.party.crls)

    def _refusal_in(self, log: Callable[[], str], patience: float = 5.0) -> str:
        """The words in which it refuses; a log may lag a little behind the connection."""
        wait_until(lambda: self.kind.said.search(log()) is not None, patience)
        found = self.kind.said.search(log())
        return next(filter(None, found.groups()), "").strip(" .") if found else ""

    def _gets_ready(self, timeout: float) -> bool:
        """Wait until its own certificate is what answers on its port."""
        certificate, answers = self.party.certificate, False
        assert certificate is not None

        def decided() -> bool:
            nonlocal answers
            answers = _shows(self.port, certificate, waits=self.kind.waits)
            return answers or not self.running

        if not wait_until(decided, timeout) or not answers:
            return False
        if not self.kind.waits:
            # It refused us, who asked without a certificate: what it says of that is not of use.
            self._refusal_in(lambda: self._program.output)
        self._ready_at = self._program.mark()
        return True

    def __enter__(self) -> Peer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = f"answers on {LOOPBACK}:{self.port}" if self.running else "has ended"
        return f"Peer({self.kind.title}, as {self.party.name}: {state})"


class _Backend:
    """A SIP server in clear, for a tunnel to lead to."""

    def __init__(self) -> None:
        class Answer(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                over_socket(End("backend", None, None), self.request, time.monotonic() + 10.0)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self._server = Server((LOOPBACK, 0), Answer)
        self.port = int(self._server.server_address[1])
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _found(command: tuple[str, ...]) -> list[str]:
    """A command with the whole path of its program."""
    return [find_tool(command[0]) or command[0], *command[1:]]


def _shows(port: int, certificate: Certificate, *, waits: bool) -> bool:
    """Whether this certificate is what answers on a loopback port to one who presents none.

    Under TLS 1.3 the handshake ends and tells; under 1.2 it fails, but the certificate has come
    in clear before.
    """
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls, seen = context.wrap_bio(incoming, outgoing), b""
    with (
        contextlib.suppress(OSError),
        socket.create_connection((LOOPBACK, port), 2.0) as connection,
    ):
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                connection.sendall(outgoing.read())
                data = connection.recv(65536)
                seen += data
                incoming.write(data) if data else incoming.write_eof()
            except ssl.SSLError:
                return certificate.der in seen
            else:
                break
        connection.sendall(outgoing.read())
        while not waits and connection.recv(65536):
            pass  # until it has hung up on us: what it writes about that is then behind it
    return tls.version() is not None and tls.getpeercert(binary_form=True) == certificate.der


def _left(until: float) -> float:
    return max(until - time.monotonic(), 0.001)
