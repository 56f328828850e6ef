"""Bring in what a running endpoint presents: on loopback, whoever it is and whatever it demands."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from certlab.deployment import Deployment, InternalPKI, deploy, read_inventory
from certlab.errors import InvalidInput
from certlab.live import Party, clock
from certlab.live.parties import load_identity
from certlab.records import fetch_chain, system_roots

OFFICE = Path(__file__).parents[2] / "notebooks/data/small-office.csv"
Serve = Callable[[socket.socket], None]


@pytest.fixture(scope="module")
def lab() -> Deployment:
    return deploy(read_inventory(OFFICE), InternalPKI(), at=clock())


@contextmanager
def serving(serve: Serve) -> Iterator[int]:
    """The port of a server that serves one caller in a thread and then ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.settimeout(20)
                serve(connection)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            thread.join()


def tls(
    lab: Deployment, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3, *, demands: bool = True
) -> Serve:
    """A gateway that speaks this version alone, and may demand a certificate of its caller."""
    party = Party.of(lab, "gw1")
    assert party.key
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED if demands else ssl.CERT_NONE
    load_identity(context, party.key, party.sends)

    def serve(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) as talking:
                talking.recv(1)
        except OSError:
            pass  # it refuses a caller without a certificate, as it should

    return serve


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("demands", [True, False])
def test_the_chain_of_an_endpoint_comes_even_where_it_demands_a_certificate_of_us(
    version: ssl.TLSVersion, demands: bool, lab: Deployment
) -> None:
    with serving(tls(lab, version, demands=demands)) as port:
        chain = fetch_chain("127.0.0.1", port)
    assert chain == (lab.certificate_of("gw1"), *lab.chain_of("gw1"))


TALKS = {
    "smtp": (b"220 mail\r\n", b"EHLO certlab\r\n", b"250-mail\r\n250 STARTTLS\r\n",
             b"STARTTLS\r\n", b"220 go\r\n"),
    "imap": (b"* OK ready\r\n", b"a STARTTLS\r\n", b"a OK go\r\n"),
    "pop3": (b"+OK ready\r\n", b"STLS\r\n", b"+OK go\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("protocol", TALKS)
def test_a_protocol_that_begins_in_clear_is_led_over_to_tls(protocol: str, lab: Deployment) -> None:
    greeting, *talk = TALKS[protocol]

    def serve(connection: socket.socket) -> None:
        connection.sendall(greeting)
        for expected, answer in zip(talk[::2], talk[1::2], strict=True):
            assert connection.recv(100) == expected
            connection.sendall(answer)
        tls(lab)(connection)

    with serving(serve) as port:
        chain = fetch_chain("127.0.0.1", port, protocol)
    assert chain[0] == lab.certificate_of("gw1")


def test_a_server_without_starttls_and_an_unknown_protocol_are_named(lab: Deployment) -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(b"554 no service here\r\n")

    with serving(serve) as port, pytest.raises(InvalidInput, match="does not change to TLS"):
        fetch_chain("127.0.0.1", port, "smtp")
    with pytest.raises(InvalidInput, match="smtp, imap, pop3"):
        fetch_chain("127.0.0.1", 5061, "gopher")


def test_who_does_not_speak_tls_or_is_not_there_is_named() -> None:
    with (
        serving(lambda connection: connection.sendall(b"SIP/2.0 400 Bad Request\r\n\r\n")) as port,
        pytest.raises(InvalidInput, match=f"127.0.0.1:{port}"),
    ):
        fetch_chain("127.0.0.1", port)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(InvalidInput, match="Connection refused"):
        fetch_chain("127.0.0.1", port)
    for host, port in (("127.0.0.1", 70_000), ("a" * 300, 5061), ("", 0)):
        with pytest.raises(InvalidInput):
            fetch_chain(host, port)


def test_an_endpoint_that_drips_is_given_up() -> None:
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        try:
            # A record of 16 KiB is announced, and then it comes byte by byte.
            connection.sendall(b"\x16\x03\x03\x40\x00")
            while not over.wait(0.05):
                connection.sendall(b"\0")
        except OSError:
            pass  # the caller has gone, as it should

    with serving(drip) as port:
        try:
            with pytest.raises(InvalidInput, match="no TLS answer came"):
                fetch_chain("127.0.0.1", port, timeout=0.5)
        finally:
            over.set()


def test_an_endpoint_that_talks_without_end_is_given_up() -> None:
    def flood(connection: socket.socket) -> None:
        try:
            while True:
                connection.sendall(b"250-more\r\n" * 1000)
        except OSError:
            pass

    with serving(flood) as port, pytest.raises(InvalidInput, match="does not come to an end"):
        fetch_chain("127.0.0.1", port, "imap", timeout=20)


def test_this_computer_s_roots_are_all_ca_certificates() -> None:
    roots = system_roots()
    assert len(roots) == len(set(roots)) > 50
    assert all(root.is_ca for root in roots)
