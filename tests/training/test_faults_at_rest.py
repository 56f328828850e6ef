"""All fourteen faults on every model: each shows as the finding it is named for, at its place."""

from __future__ import annotations

import pytest

from certlab.deployment import InternalPKI, SelfSigned, ThirdPartyCA, deploy, trust_matrix
from certlab.errors import StepRefused
from certlab.training import CALL_FAULTS, FAULTS, diagnose
from certlab.training.fault_steps import CLOCK, IssueByHand, NeglectCRL, SetClock
from tests.views.estates import estate

OFFICE = estate(1, 2, 1)
LABS = {
    name: deploy(OFFICE, model, at="2026-07-27", seed="faults").moved_to("2026-11-24")
    for name, model in {
        "self-signed": SelfSigned(),
        "internal": InternalPKI(),
        "one tier": InternalPKI(tiers=1),
        "third party": ThirdPartyCA(),
        "split": ThirdPartyCA(split=True),
    }.items()
}
CANNOT = {
    ("self-signed", "revoked"), ("self-signed", "stale"), ("self-signed", "chain"),
    ("self-signed", "rotated"), ("one tier", "chain"),
    *((name, "key") for name in LABS if name != "self-signed"),
}  # fmt: skip


def place(key: str, lab: str) -> str:
    issuers = {"split": "Client PKI", "third party": "Example Public CA"}
    at = FAULTS[key].at if (lab, key) != ("self-signed", "self-signed") else "verifier"
    return {"presenter": "gw1", "verifier": "um1", "clock": CLOCK,
            "authority": issuers.get(lab, "Lab PKI")}[at]  # fmt: skip


@pytest.mark.parametrize("key", FAULTS)
@pytest.mark.parametrize("name", LABS)
def test_a_fault_is_found_again_by_its_kind_and_its_place(name: str, key: str) -> None:
    lab = LABS[name]
    assert trust_matrix(lab).all_accepted
    if (name, key) in CANNOT:
        with pytest.raises(StepRefused):
            FAULTS[key].apply(lab, "gw1", "um1")
        return
    broken = FAULTS[key].apply(lab, "gw1", "um1")
    named = "root" if (name, key) == ("self-signed", "self-signed") else key
    assert set(diagnose(broken, lab.at)) == {(named, place(key, name))}
    assert trust_matrix(broken).all_accepted is (key == "ca")
    assert broken.undo() is lab


@pytest.mark.parametrize("key", FAULTS)
def test_a_fault_is_made_of_steps_that_can_be_written_in_a_cell(key: str) -> None:
    import certlab

    lab = LABS["self-signed" if key == "key" else "internal"]
    broken = FAULTS[key].apply(lab, "gw1", "um1")
    names = {name: getattr(certlab, name) for name in certlab.__all__}
    steps = [eval(repr(step), names) for entry in broken.journal[-1:] for step in entry.steps]
    assert lab.run(steps) == broken
    for step in steps:
        assert step.tell()
        assert step.command(broken)
        assert step.place


def test_the_steps_of_faults_know_when_they_are_done() -> None:
    lab = LABS["internal"]
    for step in (SetClock("2026-01-01"), NeglectCRL("Lab PKI")):
        assert not step.is_done(lab)
        assert step.is_done(lab.run(step))


def test_what_is_made_by_hand_has_a_new_key_each_time() -> None:
    lab = deploy(OFFICE, SelfSigned(), at="2026-11-24", seed="hand")
    once = lab.run(IssueByHand("gw1"))
    twice = once.run(IssueByHand("gw1"))
    keys = {one.certificate_of("gw1").key_fingerprint for one in (lab, once, twice)}
    assert len(keys) == 3
    assert set(diagnose(FAULTS["key"].apply(lab, "gw1", "um1"))) == {("key", "gw1")}


def test_there_are_faults_for_a_call_and_more_for_an_estate() -> None:
    assert len(FAULTS) >= 12
    assert set(CALL_FAULTS) < set(FAULTS)
