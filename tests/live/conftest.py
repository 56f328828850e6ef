"""What the tests of live peers share: an office, and the certificates of its two ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from certlab.deployment import Deployment, InternalPKI, deploy, read_inventory
from certlab.live import PEERS, Party, Peer, clock, start_peer

OFFICE = read_inventory(Path(__file__).parents[2] / "notebooks" / "data" / "small-office.csv")
StartPeer = Callable[..., Peer]


@pytest.fixture(scope="session")
def office() -> Deployment:
    return deploy(OFFICE, InternalPKI(), at=clock())


@pytest.fixture
def um(office: Deployment) -> Party:
    return Party.of(office, "um1")


@pytest.fixture
def gateway(office: Deployment) -> Party:
    return Party.of(office, "gw1")


@pytest.fixture
def start(require_tool: Callable[[str], str]) -> Iterator[StartPeer]:
    """``start_peer``, for what is installed; whatever it started is stopped after the test."""
    started: list[Peer] = []

    def starting(kind: str, party: Party, **options: object) -> Peer:
        require_tool(PEERS[kind].tool)
        peer = start_peer(kind, party, **options)  # type: ignore[arg-type]  # options are passed on
        started.append(peer)
        return peer

    yield starting
    for peer in started:
        peer.stop()
