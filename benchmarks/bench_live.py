"""Calls a second: mutual TLS, a SIP request and its answer, beside a bare loop on Python's ssl."""

from __future__ import annotations

import ssl
import statistics
import time
from collections.abc import Callable

from certlab.deployment import Device, DialPlan, Inventory, Role, SecurityMode, SelfSigned, deploy
from certlab.live import Contexts, Party, call_all, clock, mutual_tls, sip

CALLS, ROUNDS = 150, 7
A_SECOND, SHARE, ALL_PAIRS_S = 350.0, 0.85, 2.0


def office(servers: int, gateways: int) -> Inventory:
    roles = [Role.UM_SERVER] * servers + [Role.GATEWAY] * gateways
    devices = [
        Device(f"d{number}", f"d{number}.office.example", role, ("office",))
        for number, role in enumerate(roles)
    ]
    return Inventory.of(devices, [DialPlan("office", SecurityMode.SIP_SECURED)])


def bare(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> None:
    """The least that does the same: both handshakes in memory, a request, an answer."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server, server_hostname=name)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    waiting = [asking, answering]
    while waiting:
        for side in tuple(waiting):
            try:
                side.do_handshake()
                waiting.remove(side)
            except ssl.SSLWantReadError:
                pass
    request = sip.options("d1", "d0")
    asking.write(request)
    answering.write(sip.answer_to(answering.read(65536)))
    assert sip.is_success(asking.read(65536))


def a_second(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    for _ in range(CALLS):
        work()
    return CALLS / (time.perf_counter() - start)


def rows() -> list[dict[str, object]]:
    lab = deploy(office(1, 1), SelfSigned(), at=clock())
    client, server = Party.of(lab, "d1"), Party.of(lab, "d0")
    contexts = Contexts()
    asks = contexts.of(client, server, server=False)
    answers = contexts.of(server, client, server=True)
    name = contexts.names(server)

    def ours_once() -> None:
        assert mutual_tls(client, server, contexts=contexts).answered

    def bare_once() -> None:
        asks.check_hostname = True
        bare(asks, answers, name or "")

    ours_once()
    bare_once()
    # Turn by turn, so that whatever else this machine does falls on both.
    pairs = [(a_second(ours_once), a_second(bare_once)) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    share = statistics.median(one / other for one, other in pairs)

    twenty = deploy(office(6, 14), SelfSigned(), at=clock())
    took = []
    for _ in range(3):
        start = time.perf_counter()
        calls = call_all(twenty, "all")
        took.append(time.perf_counter() - start)
        assert len(calls) == 380
        assert all(made.agrees for made in calls)
    return [
        {
            "name": "mutual TLS calls, contexts kept",
            "ours": ours,
            "unit": "1/s",
            "peers": {"bare ssl loop": theirs},
            "target": f"at least {A_SECOND:g}/s and {SHARE:g} of bare ssl",
            "ok": ours >= A_SECOND and share >= SHARE,
            "memory_mb": None,
        },
        {
            "name": "call_all: 380 pairs of 20 devices",
            "ours": statistics.median(took),
            "unit": "s",
            "peers": {},
            "target": f"under {ALL_PAIRS_S:g} s",
            "ok": statistics.median(took) < ALL_PAIRS_S,
            "memory_mb": None,
        },
    ]
