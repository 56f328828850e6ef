"""A real mutual TLS exchange agrees with the stores, and tells who refused in whose words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certlab.deployment import (
    Deployment,
    GenerateSelfSigned,
    ImportAnchor,
    RemoveAnchor,
    SelfSigned,
    begin,
    deploy,
    read_inventory,
    trust_matrix,
)
from certlab.errors import StepRefused
from certlab.live import Exchange, Party, TlsVersion, mutual_tls
from certlab.pki import KeyPair

OFFICE = read_inventory(Path(__file__).parents[2] / "notebooks" / "data" / "small-office.csv")
both_versions = pytest.mark.parametrize("version", TlsVersion)


@pytest.fixture(scope="module")
def lab() -> Deployment:
    return deploy(OFFICE, SelfSigned(), at=datetime.now(UTC) - timedelta(hours=1))


def call(lab: Deployment, caller: str, called: str, **options: object) -> Exchange:
    return mutual_tls(Party.of(lab, caller), Party.of(lab, called), **options)  # type: ignore[arg-type]  # options are passed on


@both_versions
def test_two_that_hold_each_others_certificate_get_their_answer(
    lab: Deployment, version: TlsVersion
) -> None:
    exchange = call(lab, "gw1", "um1", version=version)
    assert exchange.answered
    assert (exchange.version, exchange.refused_by) == (version, None)
    assert exchange.words == "SIP/2.0 200 OK"


@both_versions
def test_a_gateway_refuses_an_um_server_it_has_not_imported(
    lab: Deployment, version: TlsVersion
) -> None:
    exchange = call(
        lab.run(RemoveAnchor("gw1", certificate_of="um1")), "gw1", "um1", version=version
    )
    assert not exchange.answered
    assert exchange.refused_by == "gw1"
    assert "self-signed" in exchange.words
    assert exchange.events[-1].party == "um1"
    assert "unknown ca" in exchange.events[-1].what


def test_under_tls_1_3_the_caller_learns_of_its_refusal_after_its_handshake(
    lab: Deployment,
) -> None:
    one_way = lab.run(RemoveAnchor("um1", certificate_of="gw1"))
    late = call(one_way, "gw1", "um1", version=TlsVersion.TLS_1_3)
    early = call(one_way, "gw1", "um1", version=TlsVersion.TLS_1_2)
    assert late.refused_by == early.refused_by == "um1"
    assert "gw1 has finished its handshake" in [f"{e.party} {e.what}" for e in late.events]
    assert "gw1 has finished its handshake" not in [f"{e.party} {e.what}" for e in early.events]
    assert not late.answered


def test_a_byte_changed_on_the_way_is_noticed_by_the_one_who_reads(lab: Deployment) -> None:
    exchange = call(lab, "gw1", "um1", on_the_way=lambda data: data[:-1] + bytes([data[-1] ^ 1]))
    assert not exchange.answered
    assert (exchange.refused_by, exchange.words) == ("um1", "decryption failed or bad record mac")


def test_the_request_cannot_be_read_on_the_wire(lab: Deployment) -> None:
    exchange = call(lab, "gw1", "um1")
    assert exchange.answered
    assert b"OPTIONS" not in exchange.wire


def test_a_copied_certificate_is_of_no_use_without_its_key(lab: Deployment) -> None:
    thief = replace(Party.of(lab, "um1"), key=KeyPair.generate())
    with pytest.raises(StepRefused, match="not the one this certificate is about"):
        mutual_tls(Party.of(lab, "gw1"), thief)


@both_versions
def test_a_caller_without_a_certificate_is_refused_by_the_one_it_calls(
    lab: Deployment, version: TlsVersion
) -> None:
    nobody = replace(Party.of(lab, "gw1"), certificate=None, key=None)
    exchange = mutual_tls(nobody, Party.of(lab, "um1"), version=version)
    assert not exchange.answered
    assert exchange.refused_by == "um1"
    assert exchange.words == "peer did not return a certificate"


def test_a_device_without_a_certificate_cannot_be_called(lab: Deployment) -> None:
    nobody = replace(Party.of(lab, "um1"), certificate=None, key=None)
    exchange = mutual_tls(Party.of(lab, "gw1"), nobody)
    assert not exchange.answered
    assert exchange.refused_by == "um1"
    assert exchange.sent["um1"] == ()


def test_the_handshake_agrees_with_the_matrix_on_every_link_of_half_done_offices() -> None:
    steps = SelfSigned().procedure(OFFICE).steps
    now = datetime.now(UTC) - timedelta(hours=1)
    outcomes = set()
    for left_out in steps[4:]:
        lab = begin(OFFICE, at=now).run(step for step in steps if step != left_out)
        matrix = trust_matrix(lab)
        for link in OFFICE.links:
            expected = all(matrix.cell(*pair).state == "accepted" for pair in link.directions)
            assert call(lab, link.b, link.a).answered is expected
            outcomes.add(expected)
    assert outcomes == {True, False}


def test_an_expired_certificate_is_refused_by_the_stack_too() -> None:
    lab = begin(OFFICE, at=datetime.now(UTC) - timedelta(days=30))
    for name in ("um1", "gw1"):
        lab = lab.run(GenerateSelfSigned(name, lifetime_days=7))
    lab = lab.run(
        ImportAnchor("um1", certificate_of="gw1"), ImportAnchor("gw1", certificate_of="um1")
    )
    exchange = call(lab, "gw1", "um1")
    assert (exchange.refused_by, exchange.words) == ("gw1", "certificate has expired")


def test_no_private_key_shows_in_a_party_or_an_exchange(lab: Deployment) -> None:
    party = Party.of(lab, "um1")
    shown = repr(party) + repr(call(lab, "gw1", "um1"))
    assert f"{party.key.private_key.private_numbers().private_value:x}" not in shown  # type: ignore[union-attr]  # an EC key
    assert "PrivateKey" not in shown
