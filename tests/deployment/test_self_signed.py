"""The self-signed model: who accepts whom after which Step, and what it costs in Steps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from certlab.deployment import (
    CellState,
    Deployment,
    Device,
    DialPlan,
    GenerateSelfSigned,
    ImportAnchor,
    Inventory,
    RemoveAnchor,
    Role,
    SecurityMode,
    SelfSigned,
    begin,
    deploy,
    moment,
    read_inventory,
    trust_matrix,
    why,
)
from certlab.errors import InvalidInput, StepRefused, UnknownName
from certlab.pki import CertificateAuthority, Draft, KeyPair, KeyType, profile
from certlab.validation import FindingKind, Purpose, validate

DATA = Path(__file__).parents[2] / "notebooks" / "data"
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def estate(
    servers: int, gateways: int, pbxs: int, mode: SecurityMode = SecurityMode.SIP_SECURED
) -> Inventory:
    kinds = [
        (Role.UM_SERVER, "um", servers),
        (Role.GATEWAY, "gw", gateways),
        (Role.PBX, "pbx", pbxs),
    ]
    return Inventory.of(
        (
            Device(f"{prefix}{n}", f"{prefix}{n}.office.example", role, ("office",))
            for role, prefix, count in kinds
            for n in range(1, count + 1)
        ),
        [DialPlan("office", mode)],
    )


@pytest.fixture
def office() -> Inventory:
    return read_inventory(DATA / "small-office.csv")


@pytest.fixture
def fresh(office: Inventory) -> Deployment:
    """Everybody has a certificate, nobody has imported any."""
    return begin(office, at=NOW, seed="test").run(SelfSigned().procedure(office).phases[0])


def state(lab: Deployment, verifier: str, subject: str) -> CellState:
    return trust_matrix(lab).cell(verifier, subject).state


def test_a_fresh_self_signed_certificate_is_trusted_by_nobody_else(fresh: Deployment) -> None:
    matrix = trust_matrix(fresh)
    assert len(matrix.refused) == 2 * len(fresh.inventory.links) == 6
    assert {matrix.cell(*pair).short for pair in matrix.refused} == {"not imported"}
    assert matrix.headline == "None of the 3 links works"


def test_a_gateway_refuses_an_um_server_it_has_not_imported_and_the_fix_is_to_import_it(
    fresh: Deployment,
) -> None:
    answer = why(fresh, "gw1", trusts="um1")
    assert not answer.accepted
    assert answer.reason is not None
    assert answer.reason.kind is FindingKind.NOT_IMPORTED
    assert answer.fix == ImportAnchor("gw1", certificate_of="um1")
    assert why(fresh.run(answer.fix), "gw1", trusts="um1").accepted


def test_trust_is_directional(fresh: Deployment) -> None:
    lab = fresh.run(ImportAnchor("gw1", certificate_of="um1"))
    assert state(lab, "gw1", "um1") is CellState.ACCEPTED
    assert state(lab, "um1", "gw1") is CellState.REFUSED
    assert state(lab, "gw2", "um1") is CellState.REFUSED
    assert trust_matrix(lab).headline == "1 of 3 links works one way only, 2 not at all"
    mended = deploy(fresh.inventory, SelfSigned(), at=NOW, seed="test")
    broken = mended.run(RemoveAnchor("gw1", certificate_of="um1"))
    assert trust_matrix(broken).headline == "2 of 3 links work both ways, 1 only one way"


def test_the_whole_procedure_makes_every_link_of_every_example_work() -> None:
    for file in ("small-office.csv", "region.csv", "enterprise.csv"):
        inventory = read_inventory(DATA / file)
        matrix = trust_matrix(deploy(inventory, SelfSigned(), at=NOW, seed=file))
        assert inventory.links
        assert matrix.all_accepted
        assert matrix.headline == f"All {len(inventory.links)} links work both ways"


@pytest.mark.parametrize(
    ("servers", "gateways", "pbxs", "imports"), [(2, 3, 2, 22), (4, 10, 6, 140), (10, 50, 20, 1490)]
)
def test_the_imports_are_those_of_the_formula(
    servers: int, gateways: int, pbxs: int, imports: int
) -> None:
    procedure = SelfSigned().procedure(estate(servers, gateways, pbxs))
    certificates, *rest = procedure.phases
    assert len(certificates) == servers + gateways + pbxs
    assert (
        sum(map(len, rest)) == imports == servers * (servers - 1) + 2 * servers * (gateways + pbxs)
    )
    assert procedure.touches == len(procedure)


def test_an_unsecured_dial_plan_needs_no_step() -> None:
    assert len(SelfSigned().procedure(estate(2, 2, 2, SecurityMode.UNSECURED))) == 0


def test_running_a_procedure_twice_changes_nothing(office: Inventory) -> None:
    lab = deploy(office, SelfSigned(), at=NOW)
    assert lab.run(SelfSigned().procedure(office)) is lab
    assert len(SelfSigned().procedure(office).remaining(lab)) == 0


def test_a_step_whose_precondition_fails_says_which_and_leaves_the_deployment(
    office: Inventory,
) -> None:
    empty = begin(office, at=NOW)
    step = ImportAnchor("gw1", certificate_of="um1")
    with pytest.raises(StepRefused, match=r"um1 has no certificate yet.*GenerateSelfSigned"):
        empty.run(GenerateSelfSigned("gw1"), step)
    assert empty.certificate_of("gw1") is None
    with pytest.raises(StepRefused, match="does not hold"):
        deploy(office, SelfSigned(), at=NOW).run(RemoveAnchor("gw1", certificate_of="gw2"))
    with pytest.raises(UnknownName, match="gw1"):
        empty.run(GenerateSelfSigned("gw11"))


def test_a_run_is_one_journal_line_and_undo_gives_the_deployment_before_it(
    fresh: Deployment,
) -> None:
    lab = fresh.run(
        ImportAnchor("gw1", certificate_of="um1"), ImportAnchor("gw2", certificate_of="um1")
    )
    assert [entry.tell() for entry in lab.journal] == [
        "um1, gw1, gw2, pbx1 each generate a self-signed certificate",
        "gw1, gw2 import um1’s certificate",
    ]
    assert lab.undo() is fresh
    with pytest.raises(InvalidInput, match="nothing to undo"):
        fresh.undo().undo()


def test_each_step_tells_itself_and_its_repr_is_the_code_that_makes_it(fresh: Deployment) -> None:
    step = ImportAnchor("gw1", certificate_of="um1")
    assert "gw1 imports um1" in step.tell()
    assert eval(repr(step), {"ImportAnchor": ImportAnchor}) == step
    generate = GenerateSelfSigned("gw1")
    names = {"GenerateSelfSigned": GenerateSelfSigned, "KeyType": KeyType}
    assert (
        eval(repr(generate).replace("<KeyType.EC_P256: 'EC P-256'>", "KeyType.EC_P256"), names)
        == generate
    )
    assert "New-ExchangeCertificate" in GenerateSelfSigned("um1").command(fresh)
    assert "openssl req -x509" in generate.command(fresh)
    assert "certutil -addstore Root gw1.cer" in ImportAnchor("um1", certificate_of="gw1").command(
        fresh
    )


def test_the_same_seed_gives_the_same_bytes_and_without_a_seed_keys_are_new(
    office: Inventory,
) -> None:
    def der(seed: str | None) -> bytes:
        certificate = deploy(office, SelfSigned(), at=NOW, seed=seed).certificate_of("um1")
        assert certificate is not None
        return certificate.der

    assert der("monday") == der("monday")
    assert len({der("monday"), der("tuesday"), der(None), der(None)}) == 4


def test_an_expired_pinned_certificate_is_refused_and_the_same_procedure_repairs_it(
    office: Inventory,
) -> None:
    lab = deploy(office, SelfSigned(), at=NOW).moved_to(NOW + timedelta(days=366))
    answer = why(lab, "gw1", trusts="um1")
    assert answer.reason is not None
    assert answer.reason.kind is FindingKind.EXPIRED
    assert answer.fix == GenerateSelfSigned("um1")
    left = SelfSigned().procedure(office)
    assert len(left.remaining(lab)) == 4
    assert trust_matrix(lab.run(left)).all_accepted


def test_renewing_one_um_server_costs_one_certificate_and_an_import_at_each_peer(
    office: Inventory,
) -> None:
    lab = deploy(office, SelfSigned(), at=NOW)
    old = lab.certificate_of("um1")
    renewed = GenerateSelfSigned("um1", lifetime_days=730).apply(lab)
    assert renewed.certificate_of("um1") != old
    assert trust_matrix(renewed).cell("gw1", "um1").state is CellState.REFUSED
    assert len(SelfSigned().procedure(office).remaining(renewed)) == 3


def test_removing_an_anchor_ends_trust(office: Inventory) -> None:
    lab = deploy(office, SelfSigned(), at=NOW).run(RemoveAnchor("gw1", certificate_of="um1"))
    assert state(lab, "gw1", "um1") is CellState.REFUSED
    assert state(lab, "um1", "gw1") is CellState.ACCEPTED


@pytest.mark.parametrize("ca", [True, False])
def test_only_a_ca_true_certificate_imported_as_root_lets_its_key_mint_another_name(
    office: Inventory, ca: bool
) -> None:
    lab = deploy(office, SelfSigned(ca=ca), at=NOW)
    gateway = lab.certificate_of("gw1")
    assert gateway is not None
    mint = CertificateAuthority(gateway, lab.keys)
    forged = mint.sign(
        Draft(("um2.office.example",), profile("mutual-tls"), NOW), KeyPair.generate().public_key
    )
    verdict = validate(
        forged,
        anchors=lab.anchors_of("um1"),
        at=NOW,
        purpose=Purpose.SERVER,
        name="um2.office.example",
    )
    assert verdict.accepted is ca


def test_same_names_with_another_key_are_refused_because_of_the_key(office: Inventory) -> None:
    lab = deploy(office, SelfSigned(), at=NOW)
    twin = begin(office, at=NOW).run(GenerateSelfSigned("um1")).certificate_of("um1")
    assert twin is not None
    verdict = validate(
        twin, anchors=lab.anchors_of("gw1"), at=NOW, purpose="server", name="um1.office.example"
    )
    assert verdict.reason is not None
    assert verdict.reason.kind is FindingKind.SAME_NAME_OTHER_KEY


def test_the_matrix_agrees_with_a_verdict_made_for_each_pair_alone() -> None:
    inventory = read_inventory(DATA / "region.csv")
    steps = SelfSigned().procedure(inventory).steps
    lab = begin(inventory, at=NOW, seed="half").run(
        step for n, step in enumerate(steps) if n < 22 or n % 3
    )
    matrix = trust_matrix(lab)
    seen = {pair: why(lab, pair[0], trusts=pair[1]) for pair, _ in matrix}
    assert {answer.accepted for answer in seen.values()} == {True, False}
    for pair, answer in seen.items():
        cell = matrix.cell(*pair)
        assert (cell.state is CellState.ACCEPTED) is answer.accepted
        assert cell.verdict is not None
        assert answer.verdict is not None
        assert [f.kind for f in cell.verdict.findings] == [f.kind for f in answer.verdict.findings]


def test_a_device_without_a_certificate_is_refused_and_the_fix_is_to_make_one(
    office: Inventory,
) -> None:
    lab = begin(office, at=NOW)
    assert trust_matrix(lab).cell("gw1", "um1").short == "no certificate"
    answer = why(lab, "gw1", trusts="um1")
    assert (answer.accepted, answer.fix) == (False, GenerateSelfSigned("um1"))
    assert "no certificate" in answer.sentence


def test_the_frame_says_in_words_what_the_cells_say(fresh: Deployment) -> None:
    frame = trust_matrix(fresh.run(ImportAnchor("gw1", certificate_of="um1"))).frame
    assert frame.loc["gw1", "um1"] == "trusted"
    assert frame.loc["um1", "gw1"] == "not imported"
    assert frame.loc["gw1", "gw2"] == "no link"
    assert frame.loc["gw1", "gw1"] == "–"


def test_a_step_changes_nothing_but_what_it_says(fresh: Deployment) -> None:
    after = fresh.run(ImportAnchor("gw1", certificate_of="um1"))
    for device in ("um1", "gw2", "pbx1"):
        assert after.store_of(device) == fresh.store_of(device)
    assert after.credentials == fresh.credentials
    assert [len(lab.anchors_of("gw1")) for lab in (fresh, after)] == [0, 1]


@pytest.mark.parametrize(
    "at",
    [
        "2026-11-24",
        date(2026, 11, 24),
        datetime(2026, 11, 24, tzinfo=UTC),
        "2026-11-24T01:00+01:00",
    ],
)
def test_moments_are_aware_utc(at: str | date) -> None:
    assert moment(at) == datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    "at", ["tomorrow", "2026-13-01", NOW.replace(tzinfo=None), "2026-11-24T09:00"]
)
def test_a_moment_without_a_zone_or_a_sense_is_refused(at: str | datetime) -> None:
    with pytest.raises(InvalidInput):
        moment(at)


def test_a_device_is_not_asked_whether_it_trusts_itself(fresh: Deployment) -> None:
    with pytest.raises(InvalidInput, match="itself"):
        why(fresh, "gw1", trusts="gw1")


def test_no_private_key_shows_in_the_repr_of_a_deployment(office: Inventory) -> None:
    lab = deploy(office, SelfSigned(), at=NOW, seed="a secret seed")
    shown = (
        repr(lab)
        + repr(lab.journal)
        + repr(trust_matrix(lab))
        + repr(why(lab, "gw1", trusts="um1"))
    )
    assert "secret" not in shown
    for fingerprint in lab.keys:
        private = lab.keys.get(fingerprint).private_key
        assert f"{private.private_numbers().private_value:x}" not in shown  # type: ignore[union-attr]  # EC keys


@pytest.mark.parametrize("same_key", [True, False])
def test_a_renewal_ahead_of_time_is_refused_by_all_who_imported_the_old_one_whatever_the_key(
    office: Inventory, same_key: bool
) -> None:
    lab = deploy(office, SelfSigned(), at=NOW, seed="test").moved_to(NOW + timedelta(days=300))
    before = lab.certificate_of("um1")
    assert before is not None
    assert GenerateSelfSigned("um1").is_done(lab)
    ahead = GenerateSelfSigned("um1", instead_of=before.fingerprint, same_key=same_key)
    renewed = lab.run(ahead)
    after = renewed.certificate_of("um1")
    assert after is not None
    assert ahead.is_done(renewed)
    assert (after.key_fingerprint == before.key_fingerprint) is same_key
    assert trust_matrix(renewed).refused == tuple((p, "um1") for p in office.peers["um1"])
    assert why(renewed, "gw1", trusts="um1").fix == ImportAnchor("gw1", certificate_of="um1")
