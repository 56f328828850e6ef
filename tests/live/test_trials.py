"""Every scenario before every peer: it says what its preset predicts, or a known difference."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from certlab.live import PEER_DIFFERENCES, PEERS, Trials, clock, try_peers
from certlab.training import SCENARIOS
from certlab.validation import Purpose

EXPECTED = {  # what FACTS' table of real software says of a caller's certificate
    "whole-chain-as-client": "accepted",
    "client-only-as-server": "accepted",
    "no-stated-use": "accepted",
    "self-signed-imported": "accepted",
    "wrong-name": "accepted",
    "leaf-expired": "refused",
    "server-only-as-client": "refused",
    "self-signed-not-imported": "refused",
    "root-of-the-same-name": "refused",
    "leaf-revoked": "refused",
}
SAID = {
    "kamailio": {"leaf-expired": "certificate expired", "leaf-revoked": "certificate revoked",
                 "server-only-as-client": "unsupported certificate",
                 "self-signed-not-imported": "unknown ca"},
    "stunnel": {"leaf-expired": "certificate has expired", "leaf-revoked": "certificate revoked",
                "server-only-as-client": "unsuitable certificate purpose",
                "self-signed-not-imported": "self-signed certificate"},
}  # fmt: skip
NOT_SHOWN = {
    "ocsp-good", "ocsp-revoked", "ocsp-unknown", "ocsp-stale", "ocsp-wrong-signer",
    "key-of-another", "weak-curve",
}  # fmt: skip
each_peer = pytest.mark.parametrize("kind", PEERS)


@pytest.fixture
def trials(require_tool: Callable[[str], str], kind: str) -> Trials:
    require_tool(PEERS[kind].tool)
    return trials_of(kind)


@cache
def trials_of(kind: str) -> Trials:
    return try_peers({key: s.build(clock()) for key, s in SCENARIOS.items()}, [kind])


@each_peer
def test_a_peer_says_what_is_predicted_or_differs_for_a_known_reason(trials: Trials) -> None:
    assert trials.unexplained == ()
    roles = {one.role for one in trials}
    assert len(trials) == len(SCENARIOS) * len(roles)


@each_peer
def test_every_scenario_is_shown_but_those_that_no_handshake_can_show(trials: Trials) -> None:
    assert {one.case for one in trials if one.accepted is None} <= NOT_SHOWN
    assert all(one.words for one in trials if one.accepted is None)


@each_peer
def test_every_known_difference_is_there_to_be_seen(trials: Trials, kind: str) -> None:
    seen = {one.explanation for one in trials if one.explanation}
    assert seen == {known.explanation for known in PEER_DIFFERENCES if known.peer == kind}


@each_peer
def test_callers_fare_as_the_facts_say(trials: Trials, kind: str) -> None:
    frame = trials.frame
    callers = frame[frame["as"] == Purpose.CLIENT.value].set_index("case")
    expected = dict(EXPECTED)
    if kind == "gnutls":
        expected["server-only-as-client"] = "accepted"
    assert {key: callers.loc[key, "outcome"] for key in expected} == expected
    for key, words in SAID.get(kind, {}).items():
        assert words in callers.loc[key, "its words"] + callers.loc[key, "alert"]


def test_trials_that_are_cut_short_give_what_was_made(require_tool: Callable[[str], str]) -> None:
    require_tool("openssl")
    keys = ("whole-chain-as-server", "self-signed-imported")
    cases = {key: SCENARIOS[key].build(clock()) for key in keys}
    told: list[tuple[int, int]] = []
    answers = iter((False, True))
    trials = try_peers(
        cases,
        ["openssl"],
        progress=lambda done, total: told.append((done, total)),
        cancelled=lambda: next(answers),
    )
    assert {one.case for one in trials} == {"whole-chain-as-server"}
    assert told == [(1, 2)]
