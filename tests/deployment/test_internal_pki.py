"""The internal PKI: six steps, vetting before signing, one root, revocation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID

from certlab.deployment import (
    CellState,
    CreateAuthority,
    Deployment,
    Device,
    DialPlan,
    GenerateSelfSigned,
    ImportAnchor,
    InstallCertificate,
    InternalPKI,
    Inventory,
    IssueCertificate,
    PublishCRL,
    PushRoot,
    RefuseRequest,
    RemoveAnchor,
    Renew,
    RenewAuthority,
    RequestCertificate,
    Revoke,
    Role,
    SecurityMode,
    SendChain,
    ThirdPartyCA,
    begin,
    deploy,
    trust_matrix,
    vet,
    why,
)
from certlab.errors import InvalidInput, StepRefused, UnknownName
from certlab.pki import Certificate, Draft, KeyPair, KeyType, profile
from certlab.validation import (
    IGNORES_REVOCATION,
    OPENSSL_DEFAULT,
    RFC5280,
    Attitude,
    FindingKind,
    Purpose,
    validate,
)

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
PKI, ROOT = "Lab PKI", "Lab PKI root"


@pytest.fixture
def lab(office: Inventory) -> Deployment:
    return deploy(office, InternalPKI(), at=NOW, seed="test")


def certificate(lab: Deployment, device: str) -> Certificate:
    found = lab.certificate_of(device)
    assert found is not None
    return found


@pytest.mark.parametrize("tiers", [1, 2])
def test_one_common_root_makes_every_link_of_every_example_work(
    example: Inventory, tiers: int
) -> None:
    model = InternalPKI(tiers=tiers)
    lab = deploy(example, model, at=NOW)
    assert trust_matrix(lab).headline == f"All {len(example.links)} links work both ways"
    assert lab.run(model.procedure(example)) is lab
    for policy in (OPENSSL_DEFAULT, replace(RFC5280, revocation=Attitude.REQUIRED)):
        assert trust_matrix(lab.with_policy(policy)).all_accepted


def test_the_root_alone_is_imported_and_the_issuing_certificate_travels(lab: Deployment) -> None:
    root, issuing = lab.authority(ROOT).certificate, lab.authority(PKI).certificate
    for device in lab.inventory:
        assert lab.anchors_of(device.name) == (root,)
        assert not lab.store_of(device.name).intermediate
        assert lab.chain_of(device.name) == (issuing,)
    assert issuing.is_signed_by(root)
    assert (root.path_length, issuing.path_length) == (None, 0)


def test_with_one_tier_the_root_issues_and_nothing_travels_beside(office: Inventory) -> None:
    lab = deploy(office, InternalPKI(tiers=1), at=NOW)
    root = lab.authority(PKI).certificate
    assert list(lab.authorities) == [PKI]
    assert certificate(lab, "um1").is_signed_by(root)
    assert lab.chain_of("um1") == ()


def test_lab_authorities_say_so_and_certify_only_names_of_the_inventory(lab: Deployment) -> None:
    for name in (ROOT, PKI):
        made = lab.authority(name).certificate
        assert "lab only" in made.subject
        bounds = made.extensions[ExtensionOID.NAME_CONSTRAINTS]
        assert isinstance(bounds.value, x509.NameConstraints)
        assert bounds.critical
        assert bounds.value.permitted_subtrees == [x509.DNSName("office.example")]
    stranger = lab.authority(PKI).ca.sign(
        Draft(("www.bank.example",), profile("mutual-tls"), NOW), KeyPair.generate().public_key
    )
    verdict = validate(
        stranger,
        intermediates=lab.chain_of("um1"),
        anchors=lab.anchors_of("gw1"),
        at=NOW,
        purpose="server",
    )
    assert verdict.reason is not None
    assert verdict.reason.kind is FindingKind.NAME_CONSTRAINT


def test_without_name_constraints_the_same_key_could_mint_any_name(office: Inventory) -> None:
    lab = deploy(office, InternalPKI(name_constraints=False), at=NOW)
    stranger = lab.authority(PKI).ca.sign(
        Draft(("www.bank.example",), profile("mutual-tls"), NOW), KeyPair.generate().public_key
    )
    assert validate(
        stranger,
        intermediates=lab.chain_of("um1"),
        anchors=lab.anchors_of("gw1"),
        at=NOW,
        purpose="server",
        name="www.bank.example",
    ).accepted


def test_the_constraints_are_the_domains_of_the_inventory_those_inside_others_left_out() -> None:
    names = ("um1.region.example", "gw1.north.region.example", "gw2.other.example")
    inventory = Inventory.of((Device(n, n, Role.GATEWAY) for n in names), ())
    assert inventory.domains == ("other.example", "region.example")


def test_certificates_tell_where_the_crl_the_issuer_and_the_responder_are(lab: Deployment) -> None:
    extensions = certificate(lab, "um1").extensions
    points = extensions[ExtensionOID.CRL_DISTRIBUTION_POINTS].value
    assert isinstance(points, x509.CRLDistributionPoints)
    assert points[0].full_name is not None
    assert points[0].full_name[0].value == "http://pki.office.example/Lab_PKI.crl"
    access = extensions[ExtensionOID.AUTHORITY_INFORMATION_ACCESS].value
    assert isinstance(access, x509.AuthorityInformationAccess)
    assert {found.access_method for found in access} == {
        AuthorityInformationAccessOID.CA_ISSUERS,
        AuthorityInformationAccessOID.OCSP,
    }


# --- vetting --------------------------------------------------------------------------------


@pytest.fixture
def founded(office: Inventory) -> Deployment:
    """The authority is there, and nobody has asked for anything."""
    return begin(office, at=NOW, seed="test").run(InternalPKI().procedure(office).phases[0])


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("www.bank.example",), "www.bank.example is not a name of this estate"),
        (("um1.office.example",), "um1.office.example is um1’s name, not gw1’s"),
        (("gw1.office.example", "192.0.2.1"), "192.0.2.1 is not a name of this estate"),
    ],
)
def test_a_request_for_another_name_is_refused_and_leaves_no_certificate(
    founded: Deployment, names: tuple[str, ...], reason: str
) -> None:
    asked = founded.run(RequestCertificate("gw1", PKI, names=names))
    assert vet(asked, "gw1", PKI).reasons == (reason,)
    with pytest.raises(StepRefused, match="refuses gw1’s request"):
        asked.run(IssueCertificate("gw1", PKI))
    assert not asked.authority(PKI).issued
    refused = asked.run(RefuseRequest("gw1", PKI))
    assert not refused.requests
    assert not refused.authority(PKI).issued
    (line,) = refused.authority(PKI).log
    assert (line.device, line.approved, line.reasons) == ("gw1", False, (reason,))
    right = refused.run(Renew("gw1", PKI))
    assert [line.approved for line in right.authority(PKI).log] == [False, True]
    assert certificate(right, "gw1").dns_names == ("gw1.office.example",)


def test_a_role_that_may_not_have_one_is_refused(office: Inventory) -> None:
    model = InternalPKI(roles=(Role.UM_SERVER, Role.GATEWAY))
    with pytest.raises(StepRefused, match="the role IP PBX gets no certificate here"):
        deploy(office, model, at=NOW)


def test_an_offline_root_issues_to_no_device(founded: Deployment) -> None:
    asked = founded.run(RequestCertificate("gw1", ROOT))
    with pytest.raises(StepRefused, match="issues to no device"):
        asked.run(IssueCertificate("gw1", ROOT))


def test_a_request_that_was_not_signed_by_its_own_key_is_refused(founded: Deployment) -> None:
    asked = founded.run(RequestCertificate("gw1", PKI))
    pending = asked.requests["gw1", PKI]
    assert pending.request is not None
    der = bytearray(pending.request.der)
    der[-1] ^= 1
    forged = replace(pending, request=type(pending.request).from_der(bytes(der)))
    answer = vet(asked.with_request("gw1", PKI, forged), "gw1", PKI)
    assert answer.reasons == ("the request is not signed by the key it carries",)


def test_a_request_without_a_fault_is_refused_only_with_a_reason(founded: Deployment) -> None:
    asked = founded.run(RequestCertificate("gw1", PKI))
    with pytest.raises(StepRefused, match="there is nothing against"):
        asked.run(RefuseRequest("gw1", PKI))
    refused = asked.run(RefuseRequest("gw1", PKI, reason="It is being replaced."))
    assert refused.authority(PKI).log[0].reasons == ("It is being replaced.",)


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (IssueCertificate("gw1", PKI), "no request of gw1 waits"),
        (RefuseRequest("gw2", PKI), None),
        (InstallCertificate("gw1", PKI), "has issued nothing to gw1"),
        (ImportAnchor("gw1", certificate_of=ROOT, fingerprint="00:11"), "the fingerprint of"),
        (PushRoot("gw1", certificate_of=ROOT), "not joined to the domain"),
        (SendChain("gw1"), "presents no certificate"),
        (Revoke(PKI, "gw1"), "has no certificate from"),
        (CreateAuthority("gw1", root="gw1"), "a device is already called 'gw1'"),
    ],
)
def test_a_step_out_of_its_turn_is_refused_and_says_why(
    founded: Deployment, step: IssueCertificate, says: str | None
) -> None:
    if says is None:
        assert founded.run(step) is founded
    else:
        with pytest.raises(StepRefused, match=says):
            founded.run(step)


def test_an_authority_that_is_not_there_is_named_with_those_that_are(founded: Deployment) -> None:
    with pytest.raises(UnknownName, match="Lab PKI, Lab PKI root"):
        founded.run(RequestCertificate("gw1", "Lab"))
    with pytest.raises(InvalidInput, match="3 tiers"):
        InternalPKI(tiers=3)


def test_an_authority_is_not_made_again_under_a_name_that_is_taken(lab: Deployment) -> None:
    with pytest.raises(StepRefused, match="an authority is already called 'Lab PKI'"):
        lab.run(InternalPKI(tiers=1).procedure(lab.inventory))


def test_new_rules_of_an_authority_count_from_the_next_certificate_on(lab: Deployment) -> None:
    shorter = InternalPKI(lifetime_days=30, crl_days=1)
    after = lab.run(shorter.procedure(lab.inventory))
    assert after.authority(PKI).certificate == lab.authority(PKI).certificate
    assert certificate(after, "um1") == certificate(lab, "um1")
    renewed = after.moved_to("2027-11-23").run(PublishCRL(ROOT)).moved_to("2027-11-25")
    issued = certificate(renewed.run(Renew("um1", PKI)), "um1")
    assert issued.not_after - issued.not_before == timedelta(days=30)
    assert after.run(shorter.procedure(lab.inventory)) is after


def test_an_authority_that_has_expired_issues_nothing_and_is_set_up_anew(lab: Deployment) -> None:
    late = lab.moved_to("2037-01-01")
    with pytest.raises(StepRefused, match="own certificate is not valid now"):
        late.run(Renew("um1", PKI))
    after = late.run(InternalPKI().procedure(lab.inventory))
    assert after.authority(PKI).certificate != lab.authority(PKI).certificate
    assert trust_matrix(after).all_accepted


# --- installing -----------------------------------------------------------------------------


def test_a_certificate_for_another_key_is_not_installed(founded: Deployment) -> None:
    steps = [RequestCertificate(d, PKI) for d in ("gw1", "gw2")]
    lab = founded.run(steps, [IssueCertificate(d, PKI) for d in ("gw1", "gw2")])
    with pytest.raises(StepRefused, match="does not hold the private key"):
        lab.run(InstallCertificate("gw1", PKI, file_of="gw2"))
    assert lab.certificate_of("gw1") is None
    assert certificate(lab.run(InstallCertificate("gw1", PKI)), "gw1").label == "gw1.office.example"


def test_a_root_with_the_fingerprint_that_was_read_out_is_imported(founded: Deployment) -> None:
    read_out = founded.authority(ROOT).certificate.fingerprint.upper()
    spaced = " ".join(read_out[n : n + 4] for n in range(0, 64, 4))
    after = founded.run(ImportAnchor("gw1", certificate_of=ROOT, fingerprint=spaced))
    assert after.anchors_of("gw1") == (founded.authority(ROOT).certificate,)


def test_every_key_stays_with_the_device_that_made_it(lab: Deployment) -> None:
    for device in lab.inventory:
        own = certificate(lab, device.name)
        assert lab.key_holders[own.key_fingerprint] == device.name
        assert lab.owner_of(own) == device.name
    assert lab.issuer_of(certificate(lab, "um1")) == lab.authority(PKI)


# --- what a refusal says and what repairs it ------------------------------------------------


def refused(lab: Deployment) -> tuple[FindingKind, object]:
    answer = why(lab, "gw1", trusts="um1")
    assert answer.reason is not None
    assert answer.fix is not None
    assert why(lab.run(answer.fix), "gw1", trusts="um1").accepted
    return answer.reason.kind, answer.fix


def test_a_gateway_without_the_root_is_told_to_import_it(lab: Deployment) -> None:
    found = refused(lab.run(RemoveAnchor("gw1", certificate_of=ROOT)))
    assert found == (FindingKind.UNTRUSTED_ROOT, ImportAnchor("gw1", certificate_of=ROOT))


def test_a_server_without_the_root_gets_it_by_policy(lab: Deployment) -> None:
    without = lab.run(RemoveAnchor("um1", certificate_of=ROOT))
    assert why(without, "um1", trusts="gw1").fix == PushRoot("um1", certificate_of=ROOT)


def test_a_server_that_leaves_the_issuing_certificate_out_is_told_to_send_it(
    lab: Deployment,
) -> None:
    found = refused(lab.run(SendChain("um1", send=False)))
    assert found == (FindingKind.ISSUER_MISSING, SendChain("um1"))


def test_an_expired_certificate_is_renewed_by_its_authority(lab: Deployment) -> None:
    later = lab.moved_to(NOW + timedelta(days=366)).run(PublishCRL(ROOT))
    assert refused(later) == (FindingKind.EXPIRED, Renew("um1", PKI))


def test_a_device_without_a_certificate_asks_the_house_for_one(founded: Deployment) -> None:
    answer = why(founded, "gw1", trusts="um1")
    assert answer.fix == Renew("um1", PKI)
    alone = begin(founded.inventory, at=NOW)
    assert why(alone, "gw1", trusts="um1").fix == GenerateSelfSigned("um1")


# --- revocation -----------------------------------------------------------------------------


def state(lab: Deployment) -> CellState:
    return trust_matrix(lab).cell("gw1", "um1").state


def test_a_revoked_certificate_works_until_the_next_list_comes_out(lab: Deployment) -> None:
    tuesday = lab.moved_to(NOW + timedelta(days=1))
    revoked = tuesday.run(Revoke(PKI, "um1", x509.ReasonFlags.key_compromise))
    assert state(revoked) is CellState.ACCEPTED
    assert state(revoked.moved_to(NOW + timedelta(days=7))) is CellState.REFUSED
    published = revoked.run(PublishCRL(PKI))
    assert refused(published) == (FindingKind.REVOKED, Renew("um1", PKI))
    assert state(published.with_policy(IGNORES_REVOCATION)) is CellState.ACCEPTED
    assert trust_matrix(published).cell("gw1", "um1").short == "revoked"
    assert why(published, "um1", trusts="gw1").accepted


def test_an_online_authority_publishes_by_itself_and_an_offline_root_when_somebody_does(
    lab: Deployment,
) -> None:
    strict = lab.with_policy(replace(RFC5280, revocation=Attitude.REQUIRED))
    assert trust_matrix(strict.moved_to("2027-10-01")).all_accepted
    later = deploy(lab.inventory, InternalPKI(lifetime_days=800), at=NOW).moved_to("2027-12-01")
    assert refused(later) == (FindingKind.REVOCATION_STALE, PublishCRL(ROOT))


def test_a_revoked_issuing_authority_takes_everything_with_it(lab: Deployment) -> None:
    after = lab.run(Revoke(ROOT, PKI), PublishCRL(ROOT))
    answer = why(after, "gw1", trusts="um1")
    assert answer.reason is not None
    assert answer.reason.kind is FindingKind.REVOKED
    assert answer.reason.certificate == lab.authority(PKI).certificate
    assert answer.fix == RenewAuthority(PKI)


def test_after_a_compromise_a_new_edition_and_new_certificates_repair_every_link(
    lab: Deployment,
) -> None:
    broken = lab.run(Revoke(ROOT, PKI, x509.ReasonFlags.ca_compromise), PublishCRL(ROOT))
    assert len(trust_matrix(broken).refused) == 2 * len(lab.inventory.links)
    edition = broken.run(RenewAuthority(PKI))
    assert why(edition, "gw1", trusts="um1").fix == Renew("um1", PKI)
    left = InternalPKI().procedure(lab.inventory).remaining(edition)
    repaired = edition.run(left)
    assert trust_matrix(repaired).all_accepted
    assert not any(isinstance(step, ImportAnchor) for step in left)


def test_what_a_former_edition_issued_goes_on_serving_with_its_own_chain(lab: Deployment) -> None:
    old = lab.authority(PKI).certificate
    step = RenewAuthority(PKI, instead_of=old.fingerprint)
    assert not step.is_done(lab)
    after = lab.run(step)
    assert step.is_done(after)
    assert after.authority(PKI).certificate != old
    assert trust_matrix(after).all_accepted
    assert SendChain("gw1").is_done(after)
    one = after.run(Renew("gw1", PKI, instead_of=_fingerprint(after, "gw1")))
    assert one.chain_of("gw1") == (after.authority(PKI).certificate,)
    assert trust_matrix(one).all_accepted


def test_a_root_cannot_be_renewed_from_above(lab: Deployment) -> None:
    with pytest.raises(StepRefused, match="no CA here stands above"):
        RenewAuthority(ROOT).apply(lab)


@pytest.mark.parametrize("same_key", [True, False])
def test_a_certificate_is_renewed_while_it_still_serves(lab: Deployment, same_key: bool) -> None:
    before = lab.certificate_of("um1")
    assert before is not None
    assert Renew("um1", PKI).is_done(lab)
    ahead = Renew("um1", PKI, instead_of=before.fingerprint, same_key=same_key)
    assert not ahead.is_done(lab)
    renewed = lab.run(ahead)
    after = renewed.certificate_of("um1")
    assert after is not None
    assert ahead.is_done(renewed)
    assert after != before
    assert (after.key_fingerprint == before.key_fingerprint) is same_key
    assert trust_matrix(renewed).all_accepted


def _fingerprint(lab: Deployment, device: str) -> str:
    certificate = lab.certificate_of(device)
    assert certificate is not None
    return certificate.fingerprint


def test_revoking_twice_and_publishing_a_current_list_change_nothing(lab: Deployment) -> None:
    once = lab.run(Revoke(PKI, "um1"))
    assert once.run(Revoke(PKI, "um1")) is once
    assert lab.run(PublishCRL(PKI)) is lab


def test_lists_are_numbered_upwards_and_name_what_was_revoked(lab: Deployment) -> None:
    revoked = lab.run(Revoke(PKI, "um1")).moved_to(NOW + timedelta(days=15)).run(Revoke(PKI, "gw1"))
    before, after = revoked.authority(PKI), revoked.run(PublishCRL(PKI)).authority(PKI)
    lists = [before.crl_at(NOW), before.crl_at(revoked.at), after.crl_at(revoked.at)]
    numbers, lengths = [], []
    for found in lists:
        assert found is not None
        number = found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        numbers.append(number)
        lengths.append(len(found))
    assert numbers == [1, 3, 4]
    assert lengths == [1, 1, 2]
    assert before.crl_at(NOW - timedelta(days=1)) is None


def test_a_superseded_certificate_can_be_revoked_by_its_fingerprint(lab: Deployment) -> None:
    old = certificate(lab, "um1")
    renewed = lab.moved_to(NOW + timedelta(days=366)).run(Renew("um1", PKI))
    after = renewed.run(Revoke(PKI, "um1", fingerprint=old.fingerprint))
    assert list(after.authority(PKI).revoked) == [old.serial]
    assert old != certificate(renewed, "um1")


def test_the_responder_answers_good_revoked_and_unknown(lab: Deployment) -> None:
    after = lab.run(Revoke(PKI, "um1"))
    stranger = deploy(lab.inventory, InternalPKI(), at=NOW).certificate_of("um1")
    assert stranger is not None
    answers = [
        after.authority(PKI).ocsp_response(found, NOW).certificate_status.name
        for found in (certificate(lab, "gw1"), certificate(lab, "um1"), stranger)
    ]
    assert answers == ["GOOD", "REVOKED", "UNKNOWN"]
    verdicts = [
        validate(
            certificate(lab, device),
            intermediates=lab.chain_of(device),
            anchors=lab.anchors_of("gw2"),
            at=NOW,
            purpose=Purpose.MUTUAL,
            ocsp=[after.authority(PKI).ocsp_response(certificate(lab, device), NOW)],
        )
        for device in ("gw1", "um1")
    ]
    assert [verdict.accepted for verdict in verdicts] == [True, False]


# --- the rest -------------------------------------------------------------------------------


def test_a_leaf_does_not_outlive_its_authority(office: Inventory) -> None:
    lab = deploy(office, InternalPKI(lifetime_days=365 * 30), at=NOW)
    assert certificate(lab, "um1").not_after == lab.authority(PKI).certificate.not_after


def test_the_same_seed_gives_the_same_bytes(office: Inventory) -> None:
    def der(seed: str) -> list[bytes]:
        lab = deploy(office, InternalPKI(), at=NOW, seed=seed)
        lists = [crl.public_bytes(Encoding.DER) for crl in lab.crls]
        return [*lists, *(certificate(lab, device.name).der for device in office)]

    assert der("monday") == der("monday")
    assert der("monday") != der("tuesday")


@pytest.mark.parametrize("key_type", [KeyType.EC_P384, KeyType.ED25519, KeyType.RSA_2048])
def test_other_key_types_serve_as_well(estate: Callable[..., Inventory], key_type: KeyType) -> None:
    inventory = estate(1, 1, 0)
    lab = deploy(inventory, InternalPKI(key_type=key_type, ca_key_type=key_type), at=NOW)
    assert certificate(lab, "um1").key_type == key_type == lab.authority(ROOT).certificate.key_type
    assert trust_matrix(lab).all_accepted


def test_another_exchange_server_is_under_the_same_root() -> None:
    inventory = Inventory.of(
        [
            Device("um1", "um1.office.example", Role.UM_SERVER, ("p",), domain_joined=True),
            Device("hub1", "hub1.office.example", Role.EXCHANGE, domain_joined=True),
        ],
        [DialPlan("p", SecurityMode.SECURED)],
    )
    procedure = InternalPKI().procedure(inventory)
    assert (len(procedure), procedure.touches) == (9, 9)
    assert trust_matrix(deploy(inventory, InternalPKI(), at=NOW)).headline == (
        "The one link works both ways"
    )


def test_no_private_key_shows_in_a_repr_of_authorities_and_requests(lab: Deployment) -> None:
    asked = lab.moved_to("2028-01-01").run(RequestCertificate("gw1", PKI))
    shown = repr((lab.authorities, asked.requests, asked.journal, lab.authority(PKI)))
    for fingerprint in lab.keys:
        private = lab.keys.get(fingerprint).private_key
        assert f"{private.private_numbers().private_value:x}" not in shown  # type: ignore[union-attr]  # EC keys


def test_an_internationalized_name_is_one_name_in_either_spelling() -> None:
    inventory = Inventory.of(
        [
            Device("um1", "UM1.bücher.example", Role.UM_SERVER, ("p",)),
            Device("gw1", "gw1.xn--bcher-kva.example", Role.GATEWAY, ("p",)),
        ],
        [DialPlan("p", SecurityMode.SECURED)],
    )
    assert inventory.domains == ("xn--bcher-kva.example",)
    lab = deploy(inventory, InternalPKI(), at=NOW)
    assert trust_matrix(lab).all_accepted
    assert len(InternalPKI().procedure(inventory).remaining(lab)) == 0


def test_the_house_ca_certifies_a_name_of_one_label_which_no_public_ca_may() -> None:
    inventory = Inventory.of(
        [
            Device("um1", "um1.office.example", Role.UM_SERVER, ("p",)),
            Device("gw1", "gw1", Role.GATEWAY, ("p",)),
        ],
        [DialPlan("p", SecurityMode.SECURED)],
    )
    assert inventory.domains == ("gw1", "office.example")
    assert trust_matrix(deploy(inventory, InternalPKI(), at=NOW)).all_accepted
    with pytest.raises(StepRefused, match="gw1: a public CA may not certify an internal name"):
        deploy(inventory, ThirdPartyCA(), at=NOW)


@pytest.mark.parametrize(
    "fqdn", ["no name.example", "gw1..example", "<b>.example", "\u202e.example"]
)
def test_what_is_no_name_is_an_error_that_says_so_and_changes_nothing(fqdn: str) -> None:
    inventory = Inventory.of(
        [
            Device("um1", "um1.office.example", Role.UM_SERVER, ("p",)),
            Device("gw1", fqdn, Role.GATEWAY, ("p",)),
        ],
        [DialPlan("p", SecurityMode.SECURED)],
    )
    empty = begin(inventory, at=NOW)
    with pytest.raises(InvalidInput, match=r"not a (DNS|valid internationalized) name"):
        empty.run(InternalPKI().procedure(inventory))
    assert not empty.authorities
