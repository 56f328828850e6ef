"""Which certificate a UM server picks at its start (claims C29 to C31)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from certlab.deployment import (
    Deployment,
    GenerateSelfSigned,
    ImportInto,
    InternalPKI,
    Inventory,
    Renew,
    SelectCertificate,
    Store,
    ThirdPartyCA,
    begin,
    deploy,
    select_certificate,
)
from certlab.errors import InvalidInput

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def both(office: Inventory) -> Deployment:
    """um1 holds a self-signed certificate for five years and one of the house for one."""
    founded = begin(office, at=NOW).run(InternalPKI().procedure(office).phases[0])
    return founded.run(GenerateSelfSigned("um1", lifetime_days=1826), Renew("um1", "Lab PKI"))


def test_a_certificate_of_a_pki_is_preferred_to_a_self_signed_one_that_lasts_longer(
    both: Deployment,
) -> None:
    found = select_certificate(both, "um1")
    assert [candidate.kind for candidate in found.candidates] == [
        "PKI or commercial",
        "self-signed",
    ]
    assert found.winner == both.certificate_of("um1")
    assert not found.winner.is_self_issued
    assert found.log[0].endswith("until 2027-11-24, kept")
    assert found.log[-1].startswith("um1 takes “um1.office.example” with fingerprint")


def test_when_that_has_expired_the_self_signed_one_is_taken(both: Deployment) -> None:
    later = both.moved_to(NOW + timedelta(days=366))
    found = select_certificate(later, "um1")
    assert [candidate.faults for candidate in found.candidates] == [("expired",), ()]
    assert found.winner is not None
    assert found.winner.is_self_issued
    started = later.run(SelectCertificate("um1"))
    assert started.certificate_of("um1") == found.winner
    assert started.chain_of("um1") == ()
    assert started.run(SelectCertificate("um1")) is started


def test_when_nothing_serves_one_is_generated(both: Deployment) -> None:
    later = both.moved_to(NOW + timedelta(days=3000))
    found = select_certificate(later, "um1")
    assert found.winner is None
    assert "generates a self-signed certificate" in found.log[-1]
    started = later.run(SelectCertificate("um1"))
    made = started.certificate_of("um1")
    assert made is not None
    assert made.not_before == later.at


def test_an_empty_store_leads_to_a_new_certificate(office: Inventory) -> None:
    lab = begin(office, at=NOW)
    assert select_certificate(lab, "um1").candidates == ()
    assert lab.run(SelectCertificate("um1")).certificate_of("um1") is not None


def test_among_equals_the_one_valid_longest_wins(office: Inventory) -> None:
    lab = begin(office, at=NOW).run(GenerateSelfSigned("um1", lifetime_days=900))
    longest = lab.certificate_of("um1")
    lab = GenerateSelfSigned("um1", lifetime_days=300).apply(lab)
    assert lab.certificate_of("um1") != longest
    assert lab.run(SelectCertificate("um1")).certificate_of("um1") == longest


def test_each_fault_is_told(both: Deployment) -> None:
    with_peer = both.run(GenerateSelfSigned("gw1"), ImportInto("um1", "gw1", Store.PERSONAL))
    found = select_certificate(with_peer, "um1")
    (peer,) = [c for c in found.candidates if c.certificate.label == "gw1.office.example"]
    assert peer.faults == ("wrong name", "no key")
    assert not peer.kept
    early = select_certificate(both.moved_to(NOW - timedelta(days=1)), "um1")
    assert {candidate.faults for candidate in early.candidates} == {("not yet valid",)}
    server_only = deploy(both.inventory, ThirdPartyCA(), at="2027-04-01")
    (candidate,) = select_certificate(server_only, "um1").candidates
    assert candidate.faults == ("wrong use",)


def test_the_chain_comes_along_when_the_pki_certificate_is_picked_again(both: Deployment) -> None:
    lab = GenerateSelfSigned("um1").apply(both)
    assert lab.chain_of("um1") == ()
    assert lab.run(SelectCertificate("um1")).chain_of("um1") == both.chain_of("um1") != ()


def test_a_lost_key_drops_the_certificate(both: Deployment) -> None:
    own = both.certificate_of("um1")
    assert own is not None
    lost = replace(both, key_holders=both.key_holders.discard(own.key_fingerprint))
    assert select_certificate(lost, "um1").candidates[0].faults == ("no key",)


def test_only_um_servers_choose_by_this_rule(both: Deployment) -> None:
    with pytest.raises(InvalidInput, match="no UM server"):
        select_certificate(both, "gw1")
