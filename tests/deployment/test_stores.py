"""Three stores told apart: what an import into the right and into the wrong one does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from certlab.deployment import (
    Deployment,
    ImportAnchor,
    ImportInto,
    InternalPKI,
    Inventory,
    RemoveAnchor,
    RemoveFrom,
    Renew,
    SelectCertificate,
    SelfSigned,
    SendChain,
    Store,
    begin,
    deploy,
    why,
)
from certlab.errors import StepRefused, UnknownName
from certlab.validation import OPENSSL_DEFAULT, FindingKind

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
PKI, ROOT = "Lab PKI", "Lab PKI root"


@pytest.fixture
def rootless(office: Inventory) -> Deployment:
    """An internal PKI whose root gw1 does not hold."""
    lab = deploy(office, InternalPKI(), at=NOW, seed="test")
    return lab.run(RemoveAnchor("gw1", certificate_of=ROOT))


@pytest.mark.parametrize("store", [Store.INTERMEDIATE, Store.PERSONAL])
def test_a_root_in_another_store_makes_no_anchor_and_the_answer_says_where_it_is(
    rootless: Deployment, store: Store
) -> None:
    answer = why(rootless.run(ImportInto("gw1", ROOT, store)), "gw1", trusts="um1")
    assert not answer.accepted
    assert f"“Lab PKI root (lab only)” is in gw1’s {store} store" in answer.sentence
    assert "only the root store makes anchors" in answer.stores
    assert answer.fix == ImportAnchor("gw1", certificate_of=ROOT)


def test_a_self_signed_certificate_in_the_intermediate_store_makes_no_anchor(
    office: Inventory,
) -> None:
    fresh = begin(office, at=NOW).run(SelfSigned().procedure(office).phases[0])
    lab = fresh.run(ImportInto("gw1", "um1", Store.INTERMEDIATE))
    answer = why(lab, "gw1", trusts="um1")
    assert not answer.accepted
    assert "“um1.office.example” is in gw1’s intermediate store" in answer.stores
    assert why(lab.run(ImportAnchor("gw1", "um1")), "gw1", trusts="um1").stores == ""


def test_a_leaf_in_the_root_store_helps_for_itself_alone_and_not_under_every_verifier(
    rootless: Deployment,
) -> None:
    lab = rootless.run(ImportInto("gw1", "um1", Store.ROOT))
    pinned = why(lab, "gw1", trusts="um1")
    assert pinned.accepted
    assert pinned.verdict is not None
    assert pinned.verdict.findings[0].kind is FindingKind.PINNED_LEAF
    assert "nothing else that the CA issues is accepted" in pinned.stores
    openssl = why(lab.with_policy(OPENSSL_DEFAULT), "gw1", trusts="um1")
    assert not openssl.accepted
    assert "takes only the root of its chain as an anchor" in openssl.stores


def test_renewal_ends_what_a_leaf_in_the_root_store_did(rootless: Deployment) -> None:
    lab = rootless.run(ImportInto("gw1", "um1", Store.ROOT)).moved_to(NOW + timedelta(days=366))
    assert not why(lab.run(Renew("um1", PKI)), "gw1", trusts="um1").accepted


def test_the_issuing_certificate_in_the_root_store_is_a_partial_chain(
    rootless: Deployment,
) -> None:
    answer = why(rootless.run(ImportAnchor("gw1", certificate_of=PKI)), "gw1", trusts="um1")
    assert answer.accepted
    assert answer.verdict is not None
    assert answer.verdict.findings[0].kind is FindingKind.PARTIAL_CHAIN
    assert "Lab PKI (lab only) is no root: another CA issued it" in answer.stores


def test_the_intermediate_store_supplies_an_issuing_certificate_that_is_not_sent(
    office: Inventory,
) -> None:
    lab = deploy(office, InternalPKI(), at=NOW).run(SendChain("um1", send=False))
    assert not why(lab, "gw1", trusts="um1").accepted
    stored = lab.run(ImportInto("gw1", PKI, Store.INTERMEDIATE))
    assert why(stored, "gw1", trusts="um1").accepted
    assert not why(stored, "gw2", trusts="um1").accepted


def test_a_device_whose_own_certificate_went_into_the_root_store_has_nothing_to_present(
    office: Inventory,
) -> None:
    procedure = InternalPKI().procedure(office)
    issued = begin(office, at=NOW).run(procedure.phases[:3])
    lab = issued.run(ImportInto("gw1", "gw1", Store.ROOT))
    answer = why(lab, "um1", trusts="gw1")
    assert not answer.accepted
    assert answer.sentence.startswith("gw1 has no certificate to present.")
    assert "belongs in the personal store, beside its key" in answer.sentence
    assert answer.fix == Renew("gw1", PKI)
    assert why(lab.run(procedure, answer.fix), "um1", trusts="gw1").accepted


def test_an_import_of_what_is_not_there_or_removal_of_what_is_not_held_is_refused(
    office: Inventory,
) -> None:
    empty = begin(office, at=NOW)
    with pytest.raises(StepRefused, match="um1 has no certificate yet"):
        empty.run(ImportInto("gw1", "um1", Store.INTERMEDIATE))
    with pytest.raises(UnknownName, match="nobody"):
        empty.run(ImportInto("gw1", "nobody", Store.ROOT))
    lab = deploy(office, SelfSigned(), at=NOW)
    with pytest.raises(StepRefused, match="intermediate store does not hold"):
        lab.run(RemoveFrom("gw1", "um1", Store.INTERMEDIATE))


def test_an_old_certificate_is_removed_by_its_fingerprint_once(office: Inventory) -> None:
    lab = deploy(office, SelfSigned(), at=NOW).moved_to(NOW + timedelta(days=366))
    (old,) = lab.anchors_of("gw1")
    lab = lab.run(SelectCertificate("um1"), ImportAnchor("gw1", certificate_of="um1"))
    assert len(lab.anchors_of("gw1")) == 2
    remove = RemoveAnchor("gw1", certificate_of="um1", fingerprint=old.fingerprint)
    after = lab.run(remove)
    assert after.anchors_of("gw1") == (lab.certificate_of("um1"),)
    assert after.run(remove) is after
