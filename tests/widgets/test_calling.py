"""The panels that call: a prediction first, a real call, and each fault one press away."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from certlab.deployment import InternalPKI, SelfSigned, deploy, read_inventory
from certlab.errors import UnknownName
from certlab.live import PEERS, clock
from certlab.training import CALL_FAULTS
from certlab.widgets import call_panel, peer_panel

OFFICE = read_inventory(Path(__file__).parents[2] / "notebooks" / "data" / "small-office.csv")


@pytest.fixture(scope="module")
def lab():
    return deploy(OFFICE, InternalPKI(), at=clock())


@pytest.fixture
def kamailio(lab, require_tool):
    require_tool("kamailio")
    panel = peer_panel(lab)
    press(panel, "peer:start")
    assert panel.peer, panel.parts["trouble"]
    yield panel
    panel.close()


def words(panel, part: str) -> str:
    return " ".join(re.sub("<[^>]*>", " ", panel.parts[part]).split())


def press(panel, id_: str) -> None:
    """Press, and wait until what it began has ended."""
    panel._heard(panel, {"kind": "press", "id": id_}, [])
    assert panel.errand.wait(30)


def test_the_prediction_stands_there_before_anybody_calls(lab):
    panel = call_panel(lab)
    assert "gw1 calls um1: not tried yet" in words(panel, "now")
    assert "Predicted ✓ accepted answered" in words(panel, "now")
    assert "Nobody has called yet" in words(panel, "now")
    assert panel.made is None


def test_a_call_shows_its_outcome_beside_the_prediction(lab):
    panel = call_panel(lab)
    panel.fill("version", "TLSv1.2")
    press(panel, "do:call")
    assert panel.made.answered
    assert panel.made.exchange.version == "TLSv1.2"
    assert "Prediction and outcome agree" in words(panel, "now")
    assert panel.code.endswith("call(lab, 'gw1', 'um1', version='TLSv1.2')")


@pytest.mark.parametrize("fault", CALL_FAULTS)
def test_one_press_breaks_the_call_and_undo_mends_it(lab, fault):
    panel = call_panel(lab)
    press(panel, f"fault:{fault}")
    assert "Predicted ✗ refused um1 refuses" in words(panel, "now")
    press(panel, "do:call")
    assert (panel.made.exchange.refused_by, panel.made.agrees) == ("um1", True)
    same = {"lab": lab}
    exec(panel.code.replace("\ncall(", "\nmade = call("), same)
    assert same["made"].outcome == panel.made.outcome
    press(panel, "do:undo")
    assert panel.deployment is lab
    assert "Predicted ✓ accepted answered" in words(panel, "now")


def test_a_fault_that_cannot_be_had_says_why_and_changes_nothing():
    alone = deploy(OFFICE, SelfSigned(), at=clock())
    panel = call_panel(alone)
    press(panel, "fault:revoked")
    assert "nobody can revoke gw1’s certificate" in words(panel, "trouble")
    assert panel.deployment is alone


def test_every_link_is_called_and_what_is_under_way_can_be_cancelled(lab):
    panel = call_panel(lab)
    press(panel, "do:all")
    assert "6 of 6 calls were answered, 6 went as predicted" in words(panel, "now")
    assert panel.code == "from certlab import call_all\n\ncall_all(lab)"
    work = panel.call_all
    panel.call_all = lambda: (time.sleep(0.6), work())
    panel._heard(panel, {"kind": "press", "id": "do:all"}, [])
    assert "Cancel" in words(panel, "busy")
    press(panel, "do:cancel")
    assert "Ended before the first call" in words(panel, "now")
    assert panel.parts["busy"] == ""


def test_a_lab_of_another_day_is_told_and_moved_to_today_at_one_press():
    panel = call_panel(deploy(OFFICE, InternalPKI(), at="2020-01-01", seed="old"))
    assert "goes by this computer’s clock" in words(panel, "actions")
    assert "expired" in words(panel, "now")
    press(panel, "do:today")
    assert "clock" not in words(panel, "actions")
    assert panel.code.splitlines() == [
        "from certlab import moved_to_today, call",
        "",
        "lab = moved_to_today(lab)",
        "call(lab, 'gw1', 'um1')",
    ]
    assert "Predicted ✓ accepted answered" in words(panel, "now")


def test_a_name_from_the_page_that_nobody_has_is_not_taken(lab):
    panel = call_panel(lab)
    panel.fill("caller", "nobody")
    assert panel.caller == "gw1"
    panel.fill("called", "gw1")
    press(panel, "do:call")
    assert panel.made is None
    assert "does not call itself" in words(panel, "trouble")


def test_a_missing_server_says_how_to_install_it(lab, monkeypatch):
    monkeypatch.setattr("certlab.live.peer_kinds.find_tool", lambda name: None)
    panel = peer_panel(lab)
    assert "kamailio is not installed here. Debian, Ubuntu: apt install" in words(panel, "state")
    press(panel, "peer:start")
    assert panel.peer is None
    assert "is not installed here" in words(panel, "trouble")
    with pytest.raises(UnknownName):
        peer_panel(lab, "asterisk")


@pytest.mark.parametrize("fault", CALL_FAULTS)
def test_kamailio_answers_and_after_one_press_refuses_as_predicted(kamailio, fault):
    press(kamailio, "do:call")
    assert "SIP/2.0 200" in kamailio.made.words
    before = kamailio.peer.port
    press(kamailio, f"fault:{fault}")
    assert "Predicted ✗ refused gw1 refuses" in words(kamailio, "now")
    assert kamailio.peer, words(kamailio, "trouble")
    assert (before, kamailio.peer.port) != (kamailio.peer.port, before)
    press(kamailio, "do:call")
    assert (kamailio.made.exchange.refused_by, kamailio.made.agrees) == ("gw1", True)
    press(kamailio, "peer:stop")
    assert kamailio.peer is None


def test_kamailio_calls_as_well(kamailio):
    kamailio.fill("way", "out")
    assert (kamailio.caller, kamailio.called) == ("gw1", "um1")
    press(kamailio, "do:call")
    assert kamailio.made.answered
    assert kamailio.made.agrees


def test_a_new_panel_ends_the_server_of_the_one_before(kamailio, lab):
    peer = kamailio.peer
    other = peer_panel(lab)
    assert not peer.running
    assert other.peer is None


def test_a_server_that_dies_is_noticed(kamailio):
    kamailio.peer._program.stop()
    until = time.monotonic() + 10
    while "has ended" not in words(kamailio, "state"):
        assert time.monotonic() < until
        time.sleep(0.05)


KERNEL = """
import sys, time
from certlab import InternalPKI, clock, deploy, peer_panel, read_inventory
panel = peer_panel(deploy(read_inventory(sys.argv[1]), InternalPKI(), at=clock()))
panel.press("peer:start")
panel.errand.wait()
print(panel.peer.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process is asked for as POSIX does")
def test_a_kernel_that_is_killed_leaves_no_server(require_tool):
    require_tool("kamailio")
    office = Path(__file__).parents[2] / "notebooks" / "data" / "small-office.csv"
    command = [sys.executable, "-c", KERNEL, str(office)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as kernel:
        pid = int(kernel.stdout.readline())
        os.kill(pid, 0)
        kernel.kill()
    until = time.monotonic() + 15
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        assert time.monotonic() < until, "the server is still there"
        time.sleep(0.05)


@pytest.mark.parametrize("make", [call_panel, peer_panel])
def test_no_private_key_travels_to_the_page(lab, make):
    state = json.dumps(make(lab).get_state(), default=str)
    assert "PRIVATE KEY" not in state
    assert {"kamailio", "nginx", "stunnel", "openssl", "gnutls"} == set(PEERS)
