"""The matrix shares verdicts between pairs; each is held against one made for its pair alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from certlab.deployment import (
    CellState,
    Deployment,
    GenerateSelfSigned,
    ImportInto,
    InternalPKI,
    Inventory,
    PublishCRL,
    RemoveFrom,
    Renew,
    Revoke,
    SelfSigned,
    SendChain,
    Step,
    Store,
    ThirdPartyCA,
    begin,
    trust_matrix,
    why,
)
from certlab.errors import CertlabError
from certlab.validation import IGNORES_REVOCATION, OPENSSL_DEFAULT, RFC5280

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def disorder(inventory: Inventory, seed: int) -> Deployment:
    """An estate to which some hundred Steps of all models happened in no order."""
    chance = random.Random(seed)
    lab = begin(inventory, at=NOW, seed=f"disorder {seed}")
    names = list(inventory.devices)
    models = (SelfSigned(), InternalPKI(), InternalPKI("Small", tiers=1), ThirdPartyCA(split=True))
    steps: list[Step] = [step for model in models for step in model.procedure(inventory)]
    owners = [*names, "Lab PKI", "Lab PKI root", "Small", "Example Public Root"]
    steps += [
        ImportInto(chance.choice(names), chance.choice(owners), chance.choice(list(Store)))
        for _ in range(40)
    ]
    steps += [RemoveFrom(name, "Lab PKI root", Store.ROOT) for name in names[::3]]
    steps += [SendChain(name, send=False) for name in names[::4]]
    steps += [GenerateSelfSigned(name, lifetime_days=3) for name in names[::5]]
    steps += [Revoke("Lab PKI", names[1]), PublishCRL("Lab PKI"), Renew(names[2], "Lab PKI")]
    chance.shuffle(steps)
    for step in steps * 2:
        try:
            lab = lab.run(step)
        except CertlabError:
            continue
    return lab.moved_to(NOW + timedelta(days=chance.choice((0, 5, 8))))


@pytest.mark.parametrize("seed", range(6))
def test_the_matrix_agrees_with_a_verdict_for_each_pair_in_any_disorder(
    estate: Callable[..., Inventory], seed: int
) -> None:
    inventory = estate(2, 3, 2)
    lab = disorder(inventory, seed)
    seen = set()
    for policy in (RFC5280, OPENSSL_DEFAULT, IGNORES_REVOCATION):
        judged = lab.with_policy(policy)
        everybody, links = trust_matrix(judged, "all"), trust_matrix(judged)
        assert len(everybody.judged) == 7 * 6
        for (verifier, subject), cell in everybody:
            answer = why(judged, verifier, trusts=subject)
            assert (cell.state is CellState.ACCEPTED) is answer.accepted
            assert [[f.kind for f in v.findings] for v in cell.verdicts] == [
                [f.kind for f in v.findings] for v in answer.verdicts
            ]
            assert everybody.cell(verifier, subject) is cell
            seen.add(cell.short)
        for pair, cell in links:
            assert everybody.cell(*pair).verdicts == cell.verdicts
        assert everybody.refused == tuple(
            pair for pair, cell in everybody if cell.state is CellState.REFUSED
        )
        assert everybody.all_accepted is not bool(everybody.refused)
    assert "trusted" in seen
    assert len(seen) > 2


def test_a_fix_that_is_offered_can_be_run_and_changes_the_answer(
    estate: Callable[..., Inventory],
) -> None:
    inventory, fixed = estate(2, 3, 2), 0
    for seed in range(6):
        lab = disorder(inventory, seed)
        for (verifier, subject), _ in trust_matrix(lab, "all"):
            answer = why(lab, verifier, trusts=subject)
            if answer.fix is None:
                continue
            assert not answer.accepted
            after = why(lab.run(answer.fix), verifier, trusts=subject)
            before, now = answer.reason, after.reason
            assert (
                now is None
                or before is None
                or (now.kind, now.certificate)
                != (
                    before.kind,
                    before.certificate,
                )
            )
            fixed += 1
    assert fixed > 50


def test_every_step_run_twice_is_run_once(estate: Callable[..., Inventory]) -> None:
    for seed in range(3):
        lab = disorder(estate(2, 3, 2), seed)
        steps = [
            GenerateSelfSigned("gw1"),
            ImportInto("gw1", "gw1", Store.INTERMEDIATE),
            Renew("gw2", "Lab PKI"),
            SendChain("gw2"),
            Revoke("Lab PKI", "gw2"),
            PublishCRL("Lab PKI"),
        ]
        for step in steps:
            lab = lab.run(step)
            assert lab.run(step) is lab, step
