"""Each fault breaks a working call in the way it says, as a real TLS stack confirms."""

from __future__ import annotations

import pytest

from certlab.deployment import Deployment, InternalPKI, SelfSigned, deploy
from certlab.errors import StepRefused
from certlab.live import call, clock, predict
from certlab.training import CALL_FAULTS, FAULTS
from certlab.validation import FindingKind

from ..views.estates import estate

REASONS = {
    "expired": FindingKind.EXPIRED,
    "revoked": FindingKind.REVOKED,
    "purpose": FindingKind.PURPOSE,
}
OFFICE = deploy(estate(1, 1, 0), InternalPKI(), at=clock())
ALONE = deploy(estate(1, 1, 0), SelfSigned(), at=clock())


@pytest.mark.parametrize("key", CALL_FAULTS)
@pytest.mark.parametrize("lab", [OFFICE, ALONE], ids=["internal", "self-signed"])
def test_a_fault_is_predicted_and_the_handshake_agrees(lab: Deployment, key: str) -> None:
    if (key, lab) == ("revoked", ALONE):
        with pytest.raises(StepRefused, match="nobody can revoke"):
            FAULTS[key].apply(lab, "gw1", "um1")
        return
    assert predict(lab, "gw1", "um1").prediction == "answered"
    broken = FAULTS[key].apply(lab, "gw1", "um1")
    said, made = predict(broken, "gw1", "um1"), call(broken, "gw1", "um1")
    assert said.predicted_refusal == made.exchange.refused_by == "um1"
    assert (said.prediction, made.agrees) == (made.prediction, True)
    assert said.finding is not None
    assert said.finding.kind is REASONS.get(key, said.finding.kind)


def test_a_fault_is_told_with_the_names_of_both() -> None:
    assert FAULTS["root"].tell("gw1", "um1") == "um1 has lost the root of gw1’s certificate"
