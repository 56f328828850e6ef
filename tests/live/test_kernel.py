"""In a notebook's kernel: an interrupted cell and a restart leave no peer behind."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

from certlab.live import programs

ROOT = Path(__file__).parents[2]
START = f"""
import sys, time
from datetime import timedelta
sys.path.insert(0, {str(ROOT)!r})
from certlab.live import Party, clock, start_peer
from certlab.pki import Draft, KeyPair, profile, self_signed
key = KeyPair.generate()
draft = Draft(("gw1.office.example",), profile("mutual-tls"), clock() - timedelta(hours=1))
certificate = self_signed(draft, key)
gateway = Party("gw1", certificate, key, anchors=(certificate,))
"""
Kernel = tuple[KernelManager, BlockingKernelClient]


@pytest.fixture
def kernel(require_tool: Callable[[str], str]) -> Iterator[Kernel]:
    require_tool("kamailio")
    manager, client = start_new_kernel(cwd=str(ROOT))
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def printed_by(client: BlockingKernelClient, code: str) -> str:
    """Start a cell and return the first thing it prints; it may still be running then."""
    client.execute(code)
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
            return str(message["content"]["text"])
        assert message["msg_type"] != "error", message["content"]["evalue"]


def has_ended(pid: int, folder: str) -> bool:
    def both() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return not Path(folder).exists()
        return False

    return programs.wait_until(both, 20.0)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_an_interrupted_cell_ends_the_peer_it_was_using(kernel: Kernel) -> None:
    manager, client = kernel
    cell = (
        "with start_peer('kamailio', gateway) as peer:\n"
        "    print(peer.pid, peer.wiring.folder, flush=True)\n"
        "    time.sleep(60)"
    )
    pid, folder = printed_by(client, START + cell).split()
    assert Path(folder).exists()
    manager.interrupt_kernel()
    assert has_ended(int(pid), folder)
    assert manager.is_alive()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
@pytest.mark.parametrize("now", [True, False], ids=["at once", "politely"])
def test_a_restarted_kernel_leaves_no_peer(kernel: Kernel, now: bool) -> None:
    manager, client = kernel
    cell = "peer = start_peer('kamailio', gateway)\nprint(peer.pid, peer.wiring.folder, flush=True)"
    pid, folder = printed_by(client, START + cell).split()
    assert Path(folder).exists()
    manager.restart_kernel(now=now)
    assert has_ended(int(pid), folder)
