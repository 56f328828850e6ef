"""What is typed for a Step on the real platform: with values of the model, and none made up."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from certlab.deployment import (
    InternalPKI,
    Inventory,
    RemoveAnchor,
    Revoke,
    SelfSigned,
    Store,
    ThirdPartyCA,
    begin,
    deploy,
    read_inventory,
)
from certlab.pki import Draft, KeyPair, profile, self_signed

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
REGION = Path(__file__).parents[2] / "notebooks" / "data" / "region.csv"


@pytest.fixture(scope="module")
def region() -> Inventory:
    return read_inventory(REGION)


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
