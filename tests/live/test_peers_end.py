"""Of a peer nothing is left, however it or whoever started it came to an end."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from certlab.live import PEERS, Party, Peer, programs, start_peer

StartPeer = Callable[..., Peer]
each_peer = pytest.mark.parametrize("kind", PEERS)
LINUX = sys.platform == "linux"


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return LINUX


def gone(*pids: int, within: float = 10.0) -> bool:
    return programs.wait_until(lambda: all(map(is_gone, pids)), within)


def children(pid: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(status.parent.name))
    return found


def is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


@each_peer
def test_a_peer_that_is_stopped_leaves_no_process_no_port_and_no_file(
    start: StartPeer, kind: str, gateway: Party
) -> None:
    peer = start(kind, gateway)
    folder, pids = Path(peer.wiring.folder), [peer.pid, *children(peer.pid)]
    assert peer.running
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(f.stat().st_mode) for f in folder.glob("*.pem")} == {0o600}
    peer.stop()
    assert gone(*pids)
    assert not folder.exists()
    assert not peer.running
    assert programs.wait_until(lambda: is_free(peer.port), 10.0)
    peer.stop()


STARTER = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs the tests may ignore it
from datetime import timedelta
sys.path[:0] = {paths!r}
from certlab.live import Party, clock, start_peer
from certlab.pki import Draft, KeyPair, profile, self_signed
key = KeyPair.generate()
draft = Draft(("gw1.office.example",), profile("mutual-tls"), clock() - timedelta(hours=1))
certificate = self_signed(draft, key)
peer = start_peer({kind!r}, Party("gw1", certificate, key, anchors=(certificate,)))
print(peer.pid, peer._program._keeper.pid, peer.wiring.folder, flush=True)
{then}
"""


def start_elsewhere(kind: str, then: str) -> tuple[subprocess.Popen[str], list[int], Path]:
    """Start a peer in another Python; returns that, the peer's processes, and its folder."""
    paths = [str(Path(__file__).parents[2])]
    elsewhere = subprocess.Popen(
        [sys.executable, "-c", STARTER.format(paths=paths, kind=kind, then=then)],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert elsewhere.stdout is not None
    pid, keeper, folder = elsewhere.stdout.readline().split()
    return elsewhere, [int(pid), int(keeper), *children(int(pid))], Path(folder)


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="signals of Unix")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("kind", ["kamailio", "stunnel"])
def test_a_peer_ends_with_the_python_that_started_it_however_that_ends(
    require_tool: Callable[[str], str], kind: str, how: signal.Signals
) -> None:
    require_tool(PEERS[kind].tool)
    elsewhere, pids, folder = start_elsewhere(kind, "sys.stdin.read()")
    with elsewhere:
        assert not any(map(is_gone, pids))
        os.killpg(elsewhere.pid, how)  # as Jupyter does to a kernel and what it started
        elsewhere.wait(10.0)
        assert gone(*pids)
    assert programs.wait_until(lambda: not folder.exists(), 10.0)


def test_a_peer_that_nobody_stopped_ends_when_python_does(
    require_tool: Callable[[str], str],
) -> None:
    require_tool("kamailio")
    elsewhere, pids, folder = start_elsewhere("kamailio", "")
    with elsewhere:
        assert elsewhere.wait(20.0) == 0
    assert gone(*pids)
    assert not folder.exists()


@pytest.mark.skipif(not LINUX, reason="Linux ends a process with its parent (prctl)")
def test_a_peer_whose_keeper_is_killed_ends_too(start: StartPeer, gateway: Party) -> None:
    peer = start("kamailio", gateway)
    pids = [peer.pid, *children(peer.pid)]
    os.kill(peer._program._keeper.pid, signal.SIGKILL)
    # Kamailio then ends by itself, and gives its own children up to a minute for it.
    assert gone(*pids, within=90.0)
    peer.stop()
    assert not Path(peer.wiring.folder).exists()


STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = os.fork()
if child:
    print(child, flush=True)
time.sleep(120)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes of Unix")
def test_a_program_that_does_not_want_to_end_is_ended_with_its_children() -> None:
    program = programs.Program(programs.private_folder(), [sys.executable, "-c", STUBBORN], {})
    assert programs.wait_until(lambda: program.output.endswith("\n"), 10.0)
    child = int(program.output)
    assert not is_gone(child)
    program.stop()
    assert gone(program.pid, child)


def test_an_interrupted_start_leaves_nothing(
    require_tool: Callable[[str], str], gateway: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_tool("kamailio")
    seen: list[Peer] = []

    def interrupted(peer: Peer, timeout: float) -> bool:
        seen.append(peer)
        raise KeyboardInterrupt

    monkeypatch.setattr(Peer, "_gets_ready", interrupted)
    with pytest.raises(KeyboardInterrupt):
        start_peer("kamailio", gateway)
    assert gone(seen[0].pid)
    assert not Path(seen[0].wiring.folder).exists()
