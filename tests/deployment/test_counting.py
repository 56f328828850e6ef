"""What each model costs in operations and log-ons: the formulae, and the models of this lab."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest

from certlab.deployment import (
    CreateAuthority,
    GenerateSelfSigned,
    ImportAnchor,
    InstallCertificate,
    InternalPKI,
    Inventory,
    IssueCertificate,
    Procedure,
    PushRoot,
    Renew,
    RequestCertificate,
    SecurityMode,
    SelfSigned,
    ThirdPartyCA,
    deploy,
    touches,
)

Estate = Callable[..., Inventory]
AT = "2026-11-24"


def kinds(procedure: Procedure) -> Counter[type]:
    return Counter(map(type, procedure))


@pytest.mark.parametrize("n", range(1, 13))
def test_operations_are_those_of_the_formulae_for_every_size(estate: Estate, n: int) -> None:
    for g, p in product(range(1, 13), repeat=2):
        inventory, d, k = estate(n, g, p), g + p, n + g + p
        assert len(SelfSigned().procedure(inventory)) == k + n * (n - 1) + 2 * n * d
        for tiers in (1, 2):
            procedure = InternalPKI(tiers=tiers).procedure(inventory)
            assert len(procedure) == 4 * k + 1
            assert kinds(procedure) == {
                CreateAuthority: 1,
                RequestCertificate: k,
                IssueCertificate: k,
                InstallCertificate: k,
                ImportAnchor: d,
                PushRoot: n,
            }
            assert procedure.touches == 3 * k + tiers + d + 1


@pytest.mark.parametrize(("n", "g", "p"), [(1, 1, 0), (2, 3, 2), (12, 12, 12)])
def test_a_third_party_costs_an_import_only_where_its_root_is_not_shipped(
    estate: Estate, n: int, g: int, p: int
) -> None:
    k = n + g + p
    shipped = ThirdPartyCA().procedure(estate(n, g, p, ships=("Example Public Root",)))
    assert len(shipped) == 3 * k + 1
    lacking = ThirdPartyCA().procedure(estate(n, g, p))
    assert len(lacking) == 4 * k + 1
    split = ThirdPartyCA(split=True).procedure(estate(n, g, p, ships=("Example Public Root",)))
    assert kinds(split)[IssueCertificate] == 2 * k
    assert len(split) == 3 * k + 1 + 4 * k + 1


def test_self_signed_first_costs_more_at_six_two_and_one_devices(estate: Estate) -> None:
    def dearer(n: int, d: int) -> bool:
        inventory = estate(n, d, 0)
        return len(SelfSigned().procedure(inventory)) > len(InternalPKI().procedure(inventory))

    assert [next(d for d in range(1, 30) if dearer(n, d)) for n in (2, 3, 4)] == [6, 2, 1]
    assert not any(dearer(1, d) for d in range(1, 100))


@pytest.mark.parametrize("model", [SelfSigned(), InternalPKI(), ThirdPartyCA()])
def test_only_the_links_of_secure_dial_plans_count(
    example: Inventory, model: InternalPKI | SelfSigned | ThirdPartyCA
) -> None:
    k = sum(bool(example.peers[device.name]) for device in example)
    imports = 2 * len(example.links)
    found, procedure = kinds(model.procedure(example)), model.procedure(example)
    if isinstance(model, SelfSigned):
        assert len(procedure) == k + imports
    elif isinstance(model, InternalPKI):
        assert len(procedure) == 4 * k + 1
    else:
        lacking = [
            d
            for d in example
            if example.peers[d.name] and "Example Public Root" not in d.ships_roots
        ]
        assert found[ImportAnchor] + found[PushRoot] == len(lacking)
        assert len(procedure) == 3 * k + 1 + len(lacking)


def test_an_estate_without_a_secure_plan_needs_nothing(estate: Estate) -> None:
    inventory = estate(2, 2, 2, mode=SecurityMode.UNSECURED)
    for model in (SelfSigned(), InternalPKI(), ThirdPartyCA(), ThirdPartyCA(split=True)):
        assert len(model.procedure(inventory)) == 0


def test_one_push_by_policy_is_one_log_on_for_all_its_servers(estate: Estate) -> None:
    pushes = [PushRoot(f"um{n}", certificate_of="Lab PKI root") for n in range(1, 6)]
    assert [step.touches for step in pushes] == [1] * 5
    assert touches(pushes) == 1
    assert touches([*pushes, PushRoot("um1", certificate_of="Other root")]) == 2


def test_adding_a_device_costs_four_operations_under_a_ca_and_grows_with_the_servers_without(
    estate: Estate,
) -> None:
    for n in (1, 2, 5):
        before, after = estate(n, 3, 0), estate(n, 4, 0)
        for model, cost in ((SelfSigned(), 1 + 2 * n), (InternalPKI(), 4)):
            more = len(model.procedure(after)) - len(model.procedure(before))
            assert more == cost


@pytest.mark.parametrize(("n", "d"), [(1, 3), (3, 4)])
def test_a_renewal_reaches_every_peer_without_a_ca_and_three_places_with_one(
    estate: Estate, n: int, d: int
) -> None:
    inventory = estate(n, d, 0)
    for name, cost in (("um1", 1 + (n - 1) + d), ("gw1", 1 + n)):
        lab = deploy(inventory, SelfSigned(), at=AT)
        renewed = GenerateSelfSigned(name).apply(lab)
        assert 1 + SelfSigned().procedure(inventory).remaining(renewed).touches == cost
        lab = deploy(inventory, InternalPKI(), at=AT)
        lost = replace(lab, credentials=lab.credentials.discard(name))
        assert InternalPKI().procedure(inventory).remaining(lost).touches == 3
        assert Renew(name, "Lab PKI").touches == 3
