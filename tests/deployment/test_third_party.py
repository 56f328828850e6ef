"""The third party: a simulated public CA under the rules in force on the day of issue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from certlab.deployment import (
    OPERATORS,
    CellState,
    Deployment,
    Device,
    DialPlan,
    ImportAnchor,
    InternalPKI,
    Inventory,
    IssueCertificate,
    OpenAccount,
    Renew,
    RequestCertificate,
    Role,
    SecurityMode,
    ThirdPartyCA,
    begin,
    client_auth_end,
    deploy,
    trust_matrix,
    vet,
    why,
)
from certlab.errors import StepRefused
from certlab.pki import Certificate, KeyType, mozilla_roots
from certlab.validation import FindingKind, Purpose
from certlab.validation.review import RemarkKind, review

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
CA, ROOT = "Example Public CA", "Example Public Root"
BOTH = {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}


def certificate(lab: Deployment, device: str, purpose: str = "server") -> Certificate:
    found = lab.certificate_of(device, purpose)
    assert found is not None
    return found


@pytest.mark.parametrize("split", [False, True])
def test_today_both_kinds_make_every_link_of_every_example_work(
    example: Inventory, split: bool
) -> None:
    model = ThirdPartyCA(split=split)
    lab = deploy(example, model, at=NOW)
    assert trust_matrix(lab).headline == f"All {len(example.links)} links work both ways"
    assert lab.run(model.procedure(example)) is lab


def test_devices_hold_the_root_they_ship_before_anything_is_done() -> None:
    devices = [
        Device("gw1", "gw1.office.example", Role.GATEWAY, ("p",), ships_roots=(ROOT,)),
        Device("gw2", "gw2.office.example", Role.GATEWAY, ("p",)),
        Device("um1", "um1.office.example", Role.UM_SERVER, ("p",), ships_roots=(ROOT,)),
    ]
    office = Inventory.of(devices, [DialPlan("p", SecurityMode.SECURED)])
    empty = begin(office, at=NOW)
    (root,) = empty.anchors_of("gw1")
    assert root.label == "Example Public Root (lab only)"
    assert empty.anchors_of("gw2") == ()
    assert empty.store_of("gw1") is empty.store_of("um1")
    steps = [s for s in ThirdPartyCA().procedure(office) if not isinstance(s, ImportAnchor)]
    lab = empty.run(steps)
    matrix = trust_matrix(lab)
    assert matrix.refused == (("gw2", "um1"),)
    assert why(lab, "gw2", trusts="um1").fix == ImportAnchor("gw2", certificate_of=ROOT)


@pytest.mark.parametrize(
    ("day", "days", "both"),
    [
        ("2026-03-14", 398, True),
        ("2026-03-15", 200, True),
        ("2027-03-14", 200, True),
        ("2027-03-15", 100, False),
        ("2027-04-01", 100, False),
        ("2029-03-15", 47, False),
    ],
)
def test_lifetime_and_uses_follow_the_rules_of_the_day(
    office: Inventory, day: str, days: int, both: bool
) -> None:
    lab = deploy(office, ThirdPartyCA(), at=day)
    issued = certificate(lab, "um1")
    assert issued.not_after - issued.not_before == timedelta(days=days, seconds=-1)
    assert (set(issued.extended_key_usage or ()) == BOTH) is both
    remarks = {remark.kind for remark in review(issued, Purpose.SERVER, public=True)}
    assert remarks == {RemarkKind.INTERNAL_NAME}, "only that .example stands for a real domain"
    assert trust_matrix(lab).all_accepted is both


@pytest.mark.parametrize(
    ("operator", "ends"),
    [
        ("", date(2027, 3, 15)),
        ("Some other CA", date(2027, 3, 15)),
        ("Let's Encrypt", date(2026, 7, 8)),
        ("DigiCert", date(2027, 3, 1)),
        ("Sectigo", date(2027, 2, 10)),
    ],
)
def test_client_authentication_ends_on_the_day_of_each_ca(operator: str, ends: date) -> None:
    assert client_auth_end(operator).effective == ends
    assert operator in OPERATORS or ends == date(2027, 3, 15)


def test_after_the_end_one_certificate_answers_and_does_not_call(office: Inventory) -> None:
    model = ThirdPartyCA()
    lab = deploy(office, model, at="2027-04-01")
    matrix = trust_matrix(lab)
    assert {matrix.cell(*pair).short for pair in matrix.refused} == {"not for clients"}
    assert len(matrix.refused) == 2 * len(office.links)
    assert why(lab, "gw1", trusts="um1", purpose="server").accepted
    as_client = why(lab, "gw1", trusts="um1", purpose="client")
    assert as_client.reason is not None
    assert as_client.reason.kind is FindingKind.PURPOSE
    assert as_client.fix is None
    assert lab.run(model.procedure(office)) is lab
    (notes,) = {line.notes for line in lab.authority(CA).log}
    assert notes[0].startswith("client authentication is left out: since 2027-03-15")
    assert "does not call" in model.notes("2027-04-01")[1]
    assert model.notes("2026-11-24")[0].startswith("From 2027-03-15 on")


def test_a_split_pair_brings_the_calls_back(office: Inventory) -> None:
    model = ThirdPartyCA(split=True)
    lab = deploy(office, model, at="2027-04-01")
    assert trust_matrix(lab).all_accepted
    server, client = certificate(lab, "gw1"), certificate(lab, "gw1", "client")
    assert set(server.extended_key_usage or ()) == {ExtendedKeyUsageOID.SERVER_AUTH}
    assert set(client.extended_key_usage or ()) == {ExtendedKeyUsageOID.CLIENT_AUTH}
    assert lab.chain_of("gw1") == (lab.authority(CA).certificate,)
    assert lab.chain_of("gw1", "client") == (lab.authority("Client PKI").certificate,)
    assert lab.owner_of(client) == "gw1"
    cell = trust_matrix(lab).cell("um1", "gw1")
    assert [verdict.purpose for verdict in cell.verdicts] == [Purpose.SERVER, Purpose.CLIENT]
    assert "issues a second certificate" in model.notes("2027-04-01")[1]


def test_half_a_split_pair_is_refused_in_the_role_that_lacks(office: Inventory) -> None:
    model = ThirdPartyCA(split=True)
    public = [s for s in model.procedure(office) if "Client PKI" not in repr(s)]
    lab = begin(office, at="2027-04-01").run(public)
    assert trust_matrix(lab).cell("gw1", "um1").short == "not for clients"
    procedure = InternalPKI("Client PKI").phases(office, Purpose.CLIENT)
    with_root = lab.run(procedure)
    assert trust_matrix(with_root).all_accepted
    assert with_root.run(Renew("um1", "Client PKI", Purpose.CLIENT)) is with_root


def test_where_a_private_authority_is_the_fix_is_its_client_certificate(office: Inventory) -> None:
    lab = deploy(office, ThirdPartyCA(), at="2027-04-01")
    private = InternalPKI("Client PKI").phases(office, Purpose.CLIENT)
    lab = lab.run(private[0], *private[4:])
    answer = why(lab, "gw1", trusts="um1")
    assert answer.fix == Renew("um1", "Client PKI", Purpose.CLIENT)
    assert why(lab.run(answer.fix), "gw1", trusts="um1").accepted


@pytest.mark.parametrize(
    "domain", ["office.local", "corp.internal", "office.lan", "intranet.corp", "voice.home.arpa"]
)
def test_an_internal_name_never_gets_a_public_certificate(
    estate: Callable[..., Inventory], domain: str
) -> None:
    inventory = estate(1, 1, 0, domain=domain)
    with pytest.raises(StepRefused, match="may not certify an internal name"):
        deploy(inventory, ThirdPartyCA(), at=NOW)
    assert trust_matrix(deploy(inventory, InternalPKI(), at=NOW)).all_accepted


def asked(office: Inventory, model: ThirdPartyCA, step: RequestCertificate) -> tuple[str, ...]:
    account = model.procedure(office).phases[0]
    return vet(begin(office, at=NOW).run(account, step), "gw1", CA).reasons


def test_a_public_ca_refuses_names_outside_the_domains_that_were_shown(office: Inventory) -> None:
    for name in ("www.bank.example", "office.example.evil.example", "192.0.2.1"):
        (reason, *_) = asked(office, ThirdPartyCA(), RequestCertificate("gw1", CA, names=(name,)))
        assert reason == f"{name} is not under a domain whose control was shown"


def test_a_public_ca_refuses_private_addresses_other_keys_and_longer_lives(
    office: Inventory,
) -> None:
    private = asked(office, ThirdPartyCA(), RequestCertificate("gw1", CA, names=("10.0.0.1",)))
    assert any("reserved address" in reason for reason in private)
    ed25519 = asked(office, ThirdPartyCA(), RequestCertificate("gw1", CA, key_type=KeyType.ED25519))
    assert "P-256" in ed25519[0]
    long = asked(office, ThirdPartyCA(lifetime_days=365), RequestCertificate("gw1", CA))
    assert long == ("365 days were asked for; 200 are allowed",)
    assert not asked(office, ThirdPartyCA(lifetime_days=90), RequestCertificate("gw1", CA))


def test_a_certificate_for_clients_alone_is_refused_once_they_are_gone(office: Inventory) -> None:
    account = ThirdPartyCA(operator="Let's Encrypt").procedure(office).phases[0]
    lab = begin(office, at=NOW).run(account, RequestCertificate("gw1", CA, Purpose.CLIENT))
    (reason,) = vet(lab, "gw1", CA).reasons
    assert reason.startswith("since 2026-07-08, Let's Encrypt issues no certificate")


def test_lets_encrypt_issues_for_its_own_shorter_time(office: Inventory) -> None:
    lab = deploy(office, ThirdPartyCA(operator="Let's Encrypt"), at="2027-02-10")
    issued = certificate(lab, "um1")
    assert issued.not_after - issued.not_before == timedelta(days=64, seconds=-1)


def test_showing_a_domain_counts_for_a_time_and_is_then_done_again(office: Inventory) -> None:
    model = ThirdPartyCA()
    lab = deploy(office, model, at=NOW)
    later = lab.moved_to(NOW + timedelta(days=201))
    left = model.procedure(office).remaining(later)
    assert isinstance(left.steps[0], OpenAccount)
    assert len(left) == 1 + 3 * 4
    with pytest.raises(StepRefused, match="too long ago"):
        later.run(step for step in left if not isinstance(step, OpenAccount))
    assert certificate(later.run(left), "um1").not_before == later.at
    assert later.run(left).authority(CA).certificate == lab.authority(CA).certificate


def test_every_certificate_is_paid_for(office: Inventory) -> None:
    lab = deploy(office, ThirdPartyCA(price=80), at=NOW)
    assert lab.authority(CA).spent == 4 * 80
    assert deploy(office, InternalPKI(), at=NOW).authority("Lab PKI").spent == 0


def test_the_real_roots_can_be_shipped_but_not_signed_with(
    estate: Callable[..., Inventory],
) -> None:
    roots = mozilla_roots()
    name = "ISRG Root X1"
    one, all_of_them = estate(1, 1, 0, ships=(name,)), estate(1, 1, 0, ships=("Mozilla",))
    assert begin(one, at=NOW).anchors_of("gw1") == (roots[name],)
    lab = begin(all_of_them, at=NOW)
    assert set(lab.anchors_of("gw1")) == set(roots.values())
    assert not lab.authorities
    model = ThirdPartyCA(root=name)
    assert not any(isinstance(step, ImportAnchor) for step in model.procedure(all_of_them))
    with pytest.raises(StepRefused, match="a real CA, and the lab does not hold its key"):
        lab.run(model.procedure(all_of_them))
    by_hand = begin(estate(1, 1, 0), at=NOW).run(ImportAnchor("gw1", certificate_of=name))
    assert by_hand.anchors_of("gw1") == (roots[name],)


def test_hundred_real_roots_change_nothing_about_a_link(estate: Callable[..., Inventory]) -> None:
    lab = deploy(estate(1, 1, 0, ships=("Mozilla", ROOT)), ThirdPartyCA(), at=NOW)
    assert trust_matrix(lab).all_accepted
    assert why(lab, "gw1", trusts="um1").accepted
    assert trust_matrix(lab).cell("gw1", "um1").state is CellState.ACCEPTED


def test_an_order_refused_in_the_middle_leaves_nothing(office: Inventory) -> None:
    empty = begin(office, at=NOW)
    with pytest.raises(StepRefused, match="365 days"):
        empty.run(ThirdPartyCA(lifetime_days=365).procedure(office))
    assert not empty.credentials
    assert CA not in empty.authorities
    with pytest.raises(StepRefused, match="no request of gw1 waits"):
        empty.run(ThirdPartyCA().procedure(office).phases[0], IssueCertificate("gw1", CA))
