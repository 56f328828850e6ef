"""All pairs as codes, and devices found among many: each beside the slow way of asking the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from certlab.deployment import (
    CODES,
    InternalPKI,
    Inventory,
    Revoke,
    Role,
    SelfSigned,
    ThirdPartyCA,
    begin,
    find_devices,
    trust_matrix,
    why,
)
from certlab.errors import InvalidInput
from certlab.live import KNOWN_DIFFERENCES
from certlab.live.differences import explanation
from certlab.live.opinions import PYCA, Question, ask, pyca_says
from certlab.pki import general_name
from certlab.validation import Purpose
from tests.deployment.test_agreement import disorder

ROLES = (Purpose.MUTUAL, Purpose.SERVER, Purpose.CLIENT)


@pytest.mark.parametrize("seed", range(4))
def test_a_code_says_what_a_verdict_for_that_pair_and_role_says(
    estate: Callable[..., Inventory], seed: int
) -> None:
    lab = disorder(estate(2, 3, 2), seed)
    matrix, names = trust_matrix(lab, "all"), list(lab.inventory.devices)
    for role in ROLES:
        codes, counted = matrix.codes(role), Counter[str]()
        for row, verifier in enumerate(names):
            for column, subject in enumerate(names):
                said = CODES[codes[row, column]]
                if row == column:
                    assert said == "itself"
                    continue
                answer = why(lab, verifier, trusts=subject, purpose=role)
                reason = answer.reason.kind if answer.reason else "no certificate"
                assert said == ("accepted" if answer.accepted else reason)
                counted[said] += 1
        assert matrix.counts(role) == counted


def test_pyca_says_the_same_of_each_pair_but_for_revocation_and_what_is_known(
    estate: Callable[..., Inventory],
) -> None:
    inventory = estate(2, 3, 2)
    half = Inventory.of(list(inventory)[:4], inventory.dial_plans.values())
    model = InternalPKI()
    lab = begin(inventory, at="2026-11-24", seed="scale").run(model.procedure(inventory))
    lab = lab.run(
        SelfSigned().procedure(half).phases, Revoke("Lab PKI", list(lab.inventory)[-1].name)
    )
    lab = lab.moved_to("2026-12-02")
    said: Counter[tuple[bool, bool | None]] = Counter()
    for (verifier, subject), cell in trust_matrix(lab, "all"):
        (verdict,), (shown,) = cell.verdicts, lab.presented_by(subject)
        name = general_name(inventory.device(subject).fqdn)
        anchors = lab.anchors_of(verifier)
        asked = Question(shown.certificate, shown.chain, anchors, lab.at, Purpose.MUTUAL, name)
        opinion = ask(PYCA, "", pyca_says, asked)
        said[verdict.accepted, opinion.accepted] += 1
        if opinion.accepted is not verdict.accepted:
            known = explanation(verdict, opinion, anchors)
            assert known == KNOWN_DIFFERENCES["no-revocation"]
    assert min(said[True, True], said[False, False], said[False, True]) > 0


def test_a_certificate_for_servers_alone_has_another_code_as_client(
    estate: Callable[..., Inventory],
) -> None:
    inventory = estate(2, 3, 2, ships=("Example Public Root",))
    lab = begin(inventory, at="2027-09-01").run(ThirdPartyCA().procedure(inventory))
    matrix = trust_matrix(lab, "all")
    assert [matrix.counts(role) for role in ROLES] == [
        {"purpose": 42}, {"accepted": 42}, {"purpose": 42},
    ]  # fmt: skip


def test_codes_are_of_all_pairs_and_the_links_alone_have_none(
    estate: Callable[..., Inventory],
) -> None:
    lab = begin(estate(1, 1, 1), at="2026-11-24")
    assert trust_matrix(lab, "all").counts() == {"no certificate": 6}
    with pytest.raises(InvalidInput, match="links alone"):
        trust_matrix(lab).codes()


def test_devices_are_found_by_words_role_plan_and_verdict(
    estate: Callable[..., Inventory],
) -> None:
    inventory, model = estate(2, 3, 2), SelfSigned()
    lab = begin(inventory, at="2026-11-24", seed="found").run(model.procedure(inventory).phases[:2])
    names = [device.name for device in inventory]
    assert [d.name for d in find_devices(lab)] == names
    gateways = find_devices(lab, role=Role.GATEWAY)
    assert gateways == inventory.with_role(Role.GATEWAY)
    assert find_devices(lab, gateways[0].fqdn.upper()) == gateways[:1]
    assert find_devices(lab, "gateway nowhere") == ()
    assert find_devices(lab, verdict="refused") == find_devices(lab, verdict="not imported")
    assert len(find_devices(lab, verdict="refused")) == len(names)
    done = lab.run(model.procedure(inventory))
    assert [d.name for d in find_devices(done, verdict="accepted")] == names
    plan = gateways[0].dial_plans[0]
    assert all(plan in device.dial_plans for device in find_devices(lab, plan=plan))
