"""What is typed for a Step on the real platform: with values of the model, and none made up."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID

from certlab.deployment import (
    SELF,
    CreateAuthority,
    Deployment,
    GenerateSelfSigned,
    InstallCertificate,
    InternalPKI,
    Inventory,
    IssueCertificate,
    PublishCRL,
    RemoveAnchor,
    RequestCertificate,
    Revoke,
    SecurityMode,
    SelfSigned,
    Store,
    SwitchDialPlan,
    ThirdPartyCA,
    begin,
    deploy,
    read_inventory,
)
from certlab.deployment.authority_steps import ROOT_CRL_DAYS
from certlab.pki import Certificate, Draft, KeyPair, KeyType, profile, self_signed

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
REGION = Path(__file__).parents[2] / "notebooks" / "data" / "region.csv"
PKI = InternalPKI(lifetime_days=200, crl_days=3)
MODE = "Set-UMServer -Identity 'um1' -UMStartupMode Dual"
RESTART = "Restart-Service MSExchangeUM"


@pytest.fixture(scope="module")
def region() -> Inventory:
    return read_inventory(REGION)


def set_up(lab: Deployment, model: InternalPKI = PKI) -> str:
    """The commands of the first step of an internal PKI."""
    return model.procedure(lab.inventory).steps[0].command(lab)


# --- serial numbers ---------------------------------------------------------------------------


@pytest.mark.parametrize("model", [SelfSigned(), InternalPKI(), ThirdPartyCA()])
def test_no_command_names_the_serial_number_of_a_certificate_made_here(
    region: Inventory, model: SelfSigned
) -> None:
    lab = deploy(region, model, at=NOW)
    issuer = next((a.name for a in lab.authorities.values() if a.rules), "")
    steps = [
        RemoveAnchor(device.name, other, fingerprint=anchor.fingerprint)
        for device in region
        for anchor in lab.anchors_of(device.name)
        for other in [lab.owner_of(anchor) or next(iter(lab.authorities))]
    ]
    revoked = [Revoke(issuer, device.name) for device in region] if issuer else []
    text = "\n".join(step.command(lab) for step in (*steps, *revoked))
    assert steps
    assert not {f"{made.serial:x}" for made in lab.certificates.values()} & set(text.split())
    assert not any(made.fingerprint[:16] in text for made in lab.certificates.values())


def test_a_certificate_made_here_is_found_by_its_name(region: Inventory) -> None:
    lab = deploy(region, SelfSigned(), at=NOW)
    assert RemoveAnchor("um1", "um2").command(lab).splitlines() == [
        "certutil -store Root 'um2.region.example'  # lists it with its SERIAL; of two, the older",
        "certutil -delstore Root SERIAL",
    ]
    assert "of 'um1.region.example' from the root" in RemoveAnchor("gw1", "um1").command(lab)
    issued = deploy(region, InternalPKI(), at=NOW)
    assert "Root 'Lab PKI root'" in RemoveAnchor("um1", "Lab PKI root").command(issued)
    assert Revoke("Lab PKI", "um1").command(issued) == (
        "certutil -view -restrict 'CommonName=um1.region.example,Disposition=20' "
        "-out 'SerialNumber,NotAfter'  # its SERIAL\n"
        "certutil -revoke SERIAL 0"
    )
    bought = deploy(region, ThirdPartyCA(), at=NOW)
    assert "on the CA’s site" in Revoke("Example Public CA", "um1").command(bought)


def test_a_certificate_that_was_brought_in_keeps_its_own_serial_number(region: Inventory) -> None:
    draft = Draft(("gw1.north.region.example",), profile("mutual-tls"), NOW, common_name="gw1")
    real = self_signed(draft, KeyPair.generate(), 0x1D2337BE)
    lab = begin(region, at=NOW).with_credential("gw1", real)
    for device in ("um1", "gw2"):
        lab = lab.with_imported(device, Store.ROOT, real)
    assert RemoveAnchor("um1", "gw1").command(lab) == "certutil -delstore Root 1d2337be"
    assert "serial number 1d2337be from the root" in RemoveAnchor("gw2", "gw1").command(lab)


# --- a CA of one's own ------------------------------------------------------------------------


def addresses(certificate: Certificate) -> list[str]:
    """Where a certificate says that the list and the certificate of its issuer are."""
    points = certificate.extensions[ExtensionOID.CRL_DISTRIBUTION_POINTS].value
    access = certificate.extensions[ExtensionOID.AUTHORITY_INFORMATION_ACCESS].value
    assert isinstance(points, x509.CRLDistributionPoints)
    assert isinstance(access, x509.AuthorityInformationAccess)
    found = [name.value for point in points for name in point.full_name or ()]
    issuers = AuthorityInformationAccessOID.CA_ISSUERS
    return found + [a.access_location.value for a in access if a.access_method == issuers]


def settings(text: str) -> dict[str, str]:
    """What the certutil commands of a text set."""
    return dict(re.findall(r"certutil -setreg CA\\(\w+) ('[^']*'|\S+)", text))


def test_a_ca_is_set_to_what_the_lab_reckons_with(office: Inventory) -> None:
    lab = deploy(office, PKI, at=NOW)
    root, issuing = (lab.authority(name).certificate for name in ("Lab PKI root", "Lab PKI"))
    above, below = map(settings, set_up(lab).split("# On the issuing CA, "))
    device = lab.certificate_of("gw1")
    assert device is not None
    for set_so, signed in ((above, issuing), (below, device)):
        written = set_so["CRLPublicationURLs"] + set_so["CACertPublicationURLs"]
        later_keys = written.replace("%8", "").replace("%4", "")
        assert addresses(signed) == re.findall(r"2:(http:[^']*)'", later_keys)
        assert set_so["ValidityPeriod"] == set_so["CRLPeriod"] == "Days"
        assert set_so["CRLDeltaPeriodUnits"] == "0"
        lifetime = timedelta(days=int(set_so["ValidityPeriodUnits"]))
        assert lifetime == signed.not_after - signed.not_before
    assert int(above["CRLPeriodUnits"]) == ROOT_CRL_DAYS
    assert int(below["CRLPeriodUnits"]) == PKI.crl_days
    assert f"-ValidityPeriodUnits {(root.not_after - root.not_before).days}\n" in set_up(lab)


def test_a_ca_is_set_up_in_an_order_that_works(office: Inventory) -> None:
    text = set_up(begin(office, at=NOW))
    order = [
        "-CAType StandaloneRootCA", r"CA\CRLPublicationURLs", r"CA\ValidityPeriodUnits 3650",
        "Restart-Service certsvc", "certutil -crl", "certutil -getcrl Lab_PKI_root.crl",
        r"'\\pki.office.example\pki\Lab_PKI_root.crl'",
        r"'\\pki.office.example\pki\Lab_PKI_root.cer'", "-addstore Root Lab_PKI_root.cer",
        "-CAType EnterpriseSubordinateCA", "certreq -submit", "certutil -installcert",
        r"CA\CRLPublicationURLs '1:file://\\pki.office.example\pki\Lab_PKI%8.crl",
        r"CA\ValidityPeriodUnits 200", "Restart-Service certsvc", "certutil -crl",
        r"'\\pki.office.example\pki\Lab_PKI.cer'", "certtmpl.msc", "Add-CATemplate",
    ]  # fmt: skip
    place = 0
    for part in order:
        assert part in text[place:], part
        place = text.index(part, place) + len(part)


def test_one_ca_that_is_both_issues_by_template_and_has_the_settings_of_an_issuing_one(
    office: Inventory,
) -> None:
    text = set_up(begin(office, at=NOW), replace(PKI, tiers=1))
    assert "-CAType EnterpriseRootCA" in text
    assert "Standalone" not in text
    assert (settings(text)["CRLPeriodUnits"], settings(text)["ValidityPeriodUnits"]) == ("3", "200")


@pytest.mark.parametrize("tiers", [1, 2])
def test_the_template_that_requests_name_is_made_first(office: Inventory, tiers: int) -> None:
    lab, model = begin(office, at=NOW), replace(PKI, tiers=tiers)
    issue = IssueCertificate("gw1", "Lab PKI").command(lab)
    name = re.search(r"CertificateTemplate:(\w+)", issue)
    assert name is not None
    made = set_up(lab, model)
    assert f"Web Server, Duplicate Template. General: name {name[1]}, valid for 200 days" in made
    assert "add Client Authentication" in made
    assert f"Add-CATemplate -Name {name[1]} -Force" in made


def test_the_name_of_a_ca_is_the_readers_to_choose_and_only_certificates_say_lab_only(
    office: Inventory,
) -> None:
    lab = deploy(office, InternalPKI(), at=NOW)
    text = set_up(lab)
    assert lab.authority("Lab PKI root").certificate.label == "Lab PKI root (lab only)"
    assert not any("lab only" in step.command(lab) for step in InternalPKI().procedure(office))
    assert text.count("Choose names of your own for 'Lab PKI root' and 'Lab PKI'") == 1


def test_a_ca_whose_name_begins_with_n_begins_no_new_line_in_its_settings(
    office: Inventory,
) -> None:
    lists = settings(set_up(begin(office, at=NOW), InternalPKI("north")))["CRLPublicationURLs"]
    assert lists.split(r"\n")[1:] == ["2:http://pki.office.example/north%8.crl'"]


def test_a_key_that_certificate_services_do_not_make_is_left_to_be_filled_in(
    office: Inventory,
) -> None:
    kinds = {KeyType.RSA_4096: "'RSA#Microsoft Software Key Storage Provider' -KeyLength 4096",
             KeyType.ED25519: "'PROVIDER#Microsoft"}  # fmt: skip
    for kind, says in kinds.items():
        assert says in CreateAuthority("A", "B", key_type=kind).command(begin(office, at=NOW))


def test_the_list_of_an_offline_root_is_carried_out(office: Inventory) -> None:
    lab = deploy(office, InternalPKI(), at=NOW)
    assert "certutil -getcrl Lab_PKI_root.crl" in PublishCRL("Lab PKI root").command(lab)
    assert PublishCRL("Lab PKI").command(lab) == "certutil -crl"


# --- Exchange ---------------------------------------------------------------------------------


def test_an_exchange_server_without_um_has_its_certificate_for_smtp(region: Inventory) -> None:
    lab = begin(region, at=NOW)
    for device, service in (("ex1", "SMTP"), ("um1", "UM")):
        for step in (
            InstallCertificate(device, SELF),
            InstallCertificate(device, "Lab PKI"),
            GenerateSelfSigned(device),
        ):
            command = step.command(lab)
            assert re.findall(r"-Services (\w+)", command) == [service]
            assert (RESTART in command) is (service == "UM")


def test_um_is_restarted_after_a_switch_and_only_the_first_sets_its_start_up_mode(
    region: Inventory,
) -> None:
    fresh, live = begin(region, at=NOW), deploy(region, SelfSigned(), at=NOW)
    for step in (InstallCertificate("um1", "Lab PKI"), InstallCertificate("um1", SELF)):
        first, later = step.command(fresh).splitlines(), step.command(live).splitlines()
        assert first[-2].startswith(MODE)
        assert "Set-UMService" in first[-2]
        assert first[-1] == later[-1] == RESTART
        assert not any(line.startswith(MODE) for line in later)
    ready = GenerateSelfSigned("um1", present=False).command(fresh)
    assert RESTART not in ready


def test_a_plan_that_becomes_secure_sets_the_mode_of_servers_that_had_none(
    office: Inventory,
) -> None:
    (plan,) = office.dial_plans
    open_plan = begin(office.with_security(plan, SecurityMode.UNSECURED), at=NOW)
    secure = SwitchDialPlan(plan, SecurityMode.SECURED)
    assert MODE in secure.command(open_plan)
    assert MODE not in secure.command(begin(office, at=NOW))
    assert MODE not in SwitchDialPlan(plan, SecurityMode.UNSECURED).command(open_plan)
    assert MODE not in InstallCertificate("um1", "Lab PKI").command(open_plan)


def test_exchange_commands_say_their_version_and_the_other_form(office: Inventory) -> None:
    lab = begin(office, at=NOW)
    for step, now, before in (
        (RequestCertificate("um1", "Lab PKI"), "| Set-Content um1.csr", "-Path um1.csr"),
        (InstallCertificate("um1", "Lab PKI"), "-FileData (", "-Path um1.cer"),
    ):
        typed, remark, *_ = step.command(lab).splitlines()
        assert now in typed
        assert "-Path" not in typed.replace("Resolve-Path", "")
        assert remark.startswith("# Exchange 2010 and later. On 2007: " + before)
