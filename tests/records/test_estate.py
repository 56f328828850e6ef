"""Bring in an estate: real files by device become a Deployment that is judged like any other."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from certlab.deployment import (
    Deployment,
    Device,
    DialPlan,
    ImportInto,
    InternalPKI,
    Inventory,
    RemoveAnchor,
    Revoke,
    Role,
    SecurityMode,
    SelfSigned,
    SendChain,
    Store,
    ThirdPartyCA,
    TrustModel,
    deploy,
    trust_matrix,
    why,
)
from certlab.errors import InvalidInput, KeyUnavailable
from certlab.live import Party
from certlab.pki import (
    Certificate,
    Draft,
    KeyPair,
    KeyType,
    NoPassphrase,
    as_pem,
    as_pkcs7,
    as_pkcs12,
    key_as_pem,
    profile,
    self_signed,
)
from certlab.records import Estate, export_device, import_estate
from certlab.validation import Purpose, review

AT = "2026-11-24"
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def office() -> Inventory:
    plans = ("office",)
    return Inventory.of(
        [
            Device("um1", "um1.office.example", Role.UM_SERVER, plans, domain_joined=True),
            Device("gw1", "gw1.office.example", Role.GATEWAY, plans),
            Device("pbx1", "pbx1.office.example", Role.PBX, plans),
        ],
        [DialPlan("office", SecurityMode.SECURED)],
    )


def words(deployment: Deployment) -> list[list[str]]:
    """The trust matrix in words."""
    names = list(office().devices)
    matrix = trust_matrix(deployment)
    return [[matrix.cell(row, column).short for column in names] for row in names]


def export_all(lab: Deployment, folder: Path) -> Path:
    for device in lab.inventory:
        export_device(lab, device.name, folder)
    return folder


# --- what was taken out comes back --------------------------------------------------------------

MODELS = {
    "self-signed": (SelfSigned(), AT),
    "self-signed, CA:TRUE": (SelfSigned(ca=True), AT),
    "internal PKI": (InternalPKI(), AT),
    "third party": (ThirdPartyCA(), AT),
    "third party, split pair": (ThirdPartyCA(split=True), "2027-04-01"),
}


@pytest.mark.parametrize(("model", "at"), MODELS.values(), ids=MODELS)
def test_what_was_taken_out_of_a_lab_is_judged_the_same_when_it_comes_back(
    model: TrustModel, at: str, tmp_path: Path
) -> None:
    lab = deploy(office(), model, at=at)
    estate = import_estate(export_all(lab, tmp_path), office(), at=at)
    assert estate.problems == ()
    assert words(estate.deployment) == words(lab)
    for device in office().devices:
        assert estate.deployment.presented_by(device) == lab.presented_by(device)
        assert estate.deployment.anchors_of(device) == lab.anchors_of(device)


def test_faults_come_along_and_are_explained_the_same(tmp_path: Path) -> None:
    lab = deploy(office(), InternalPKI(), at=AT)
    lab = lab.run(
        SendChain("gw1", send=False),
        SendChain("pbx1", send=False),
        ImportInto("um1", "Lab PKI", Store.INTERMEDIATE),
        SendChain("um1", send=False),
        RemoveAnchor("pbx1", "Lab PKI root"),
    )
    estate = import_estate(export_all(lab, tmp_path), office(), at=AT)
    assert words(estate.deployment) == words(lab)
    for verifier, subject in (("gw1", "um1"), ("pbx1", "um1")):
        theirs = why(estate.deployment, verifier, trusts=subject)
        assert not theirs.accepted
        assert theirs.sentence == why(lab, verifier, trusts=subject).sentence


def test_an_imported_estate_can_be_moved_in_time_and_reviewed(tmp_path: Path) -> None:
    lab = deploy(office(), SelfSigned(lifetime_days=30), at=AT)
    estate = import_estate(export_all(lab, tmp_path), office(), at=AT).deployment
    assert trust_matrix(estate).all_accepted
    later = trust_matrix(estate.moved_to(NOW + timedelta(days=31)))
    assert later.cell("um1", "gw1").short == "expired"
    certificate = estate.certificate_of("gw1")
    assert certificate
    assert review(certificate, Purpose.MUTUAL) == review(lab.certificate_of("gw1") or certificate,
                                                         Purpose.MUTUAL)  # fmt: skip


def test_crls_are_used_when_asked_for(tmp_path: Path) -> None:
    lab = deploy(office(), InternalPKI(), at=AT)
    lab = lab.run(Revoke("Lab PKI", "gw1")).moved_to(NOW + timedelta(days=8))
    folder = export_all(lab, tmp_path)
    later = NOW + timedelta(days=9)
    without = import_estate(folder, office(), at=later)
    assert trust_matrix(without.deployment).all_accepted
    assert "with_crls" in " ".join(without.notes)
    judged = import_estate(folder, office(), at=later, with_crls=True)
    assert trust_matrix(judged.deployment).cell("um1", "gw1").short == "revoked"


# --- files as people have them ------------------------------------------------------------------


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def chain_of(lab: Deployment, device: str) -> list[Certificate]:
    ((_, certificate, above),) = lab.presented_by(device)
    return [certificate, *above]


@pytest.fixture(scope="module")
def lab() -> Deployment:
    return deploy(office(), InternalPKI(), at=AT)


def test_every_format_and_naming_is_sorted_out(lab: Deployment, tmp_path: Path) -> None:
    (root,) = lab.anchors_of("um1")
    key = lab.keys.get(chain_of(lab, "pbx1")[0].key_fingerprint)
    own, *above = chain_of(lab, "pbx1")
    pfx = as_pkcs12(key, own, above, passphrase="abc", name="pbx1")
    folder = write(
        tmp_path,
        {
            "um1/server.crt": chain_of(lab, "um1")[0].pem.encode(),
            "um1/chain.pem": as_pem(chain_of(lab, "um1")[1:]),
            "um1/LabRoot.cer": root.der,
            "GW1.office.example/everything.p7b": as_pkcs7(chain_of(lab, "gw1")),
            "GW1.office.example/ca-bundle.crt": root.pem.encode(),
            "pbx1/export.pfx": pfx,
            "pbx1/trusted/one.der": root.der,
            "pbx1/README.txt": b"Installed in May.",
        },
    )
    estate = import_estate(folder, office(), at=AT, passphrase="abc")
    assert estate.problems == ()
    assert trust_matrix(estate.deployment).all_accepted
    assert [path.name for path in estate.found.others] == ["README.txt"]
    assert "export.pfx" in " ".join(estate.notes)


def test_a_root_that_is_sent_along_is_not_therefore_trusted(
    lab: Deployment, tmp_path: Path
) -> None:
    (root,) = lab.anchors_of("um1")
    folder = write(
        tmp_path,
        {
            f"{name}/fullchain.pem": as_pem([*chain_of(lab, name), root])
            for name in office().devices
        },
    )
    estate = import_estate(folder, office(), at=AT)
    assert not estate.deployment.anchors_of("um1")
    assert estate.deployment.chain_of("um1")[-1] == root
    assert len(trust_matrix(estate.deployment).refused) == 4


def test_of_several_certificates_the_one_with_its_name_that_is_valid_longest_is_presented(
    lab: Deployment, tmp_path: Path
) -> None:
    key = KeyPair.generate()

    def made(name: str, since: datetime, days: int) -> Certificate:
        draft = Draft((name,), profile("mutual-tls"), since, timedelta(days=days))
        return self_signed(draft, key)

    wanted = made("gw1.office.example", NOW, 300)
    several = [
        made("gw1.office.example", NOW - timedelta(days=400), 100),
        made("other.office.example", NOW, 900),
        wanted,
        made("gw1.office.example", NOW, 200),
    ]
    files = {f"gw1/{n}.cer": one.der for n, one in enumerate(several)}
    estate = import_estate(write(tmp_path, files), office(), at=AT)
    assert estate.deployment.certificate_of("gw1") == wanted
    assert len(estate.deployment.store_of("gw1").personal) == 4


def openssl_default(name: str) -> Certificate:
    """As ``openssl req -x509 -subj /CN=name`` makes one: no host name, and CA:TRUE."""
    draft = Draft((), profile("root-ca"), NOW, timedelta(days=365), name)
    return self_signed(draft, KeyPair.generate())


@pytest.mark.parametrize(
    ("file", "name"), [("pbx1/pbx1.pem", "Telephony"), ("pbx1/cert.pem", "pbx1"),
                       ("pbx1/server.crt", "pbx1.office.example")]
)  # fmt: skip
def test_a_device_s_only_certificate_is_its_own_though_it_says_ca_true(
    file: str, name: str, lab: Deployment, tmp_path: Path
) -> None:
    own = openssl_default(name)
    files = {file: own.pem.encode(), "pbx1/roots/um1.pem": as_pem(lab.anchors_of("um1"))}
    estate = import_estate(write(tmp_path, files), office(), at=AT)
    assert estate.deployment.certificate_of("pbx1") == own
    assert own not in estate.deployment.anchors_of("pbx1")
    (note,) = [one for one in estate.notes if "CA:TRUE" in one]
    assert note.startswith("Taken as the device’s own")
    assert file in note
    assert [estate.uses(one.path, one.contents.certificates[0]) for one in estate.found.files] == [
        (("pbx1", "own"),),
        (("pbx1", "root"),),
    ]


def test_a_file_that_was_taken_as_a_root_is_named_where_nothing_can_be_presented(
    tmp_path: Path,
) -> None:
    files = {"pbx1/a.pem": openssl_default("Telephony").pem.encode()}
    estate = import_estate(write(tmp_path, files), office(), at=AT)
    (told,) = [str(one) for one in estate.problems if "could present" in str(one)]
    assert "taken as a root was pbx1/a.pem (self-signed, CA:TRUE, no host name)" in told
    assert "call the file pbx1.pem" in told


def test_without_an_inventory_names_and_roles_are_guessed_and_said_to_be(
    lab: Deployment, tmp_path: Path
) -> None:
    estate = import_estate(export_all(lab, tmp_path), at=AT)
    devices = estate.deployment.inventory.devices
    assert {name: (device.role, device.fqdn) for name, device in devices.items()} == {
        "um1": (Role.UM_SERVER, "um1.office.example"),
        "gw1": (Role.GATEWAY, "gw1.office.example"),
        "pbx1": (Role.PBX, "pbx1.office.example"),
    }
    assert "um1: UM server" in " ".join(estate.notes)
    assert trust_matrix(estate.deployment).all_accepted


def test_an_inventory_in_the_folder_is_used(lab: Deployment, tmp_path: Path) -> None:
    export_all(lab, tmp_path)
    (tmp_path / "inventory.csv").write_text(
        "name,fqdn,role,dial_plans,security\n"
        "um1,um1.office.example,um,office,Secured\n"
        "gw1,gw1.office.example,gateway,office,Secured\n"
        "pbx1,pbx1.office.example,pbx,office,Unsecured\n".replace("Unsecured", "Secured")
    )
    estate = import_estate(tmp_path, at=AT)
    assert estate.deployment.inventory.dial_plans["office"].security is SecurityMode.SECURED
    assert not [note for note in estate.notes if "inventory" in note]


def test_what_a_real_device_trusts_stands_in_its_files_and_not_in_the_inventory(
    lab: Deployment, tmp_path: Path
) -> None:
    shipping = Inventory.of(
        [replace(device, ships_roots=("Example Public Root",)) for device in office()],
        office().dial_plans.values(),
    )
    estate = import_estate(export_all(lab, tmp_path), shipping, at=AT)
    assert estate.deployment.anchors_of("um1") == lab.anchors_of("um1")


def test_strangers_and_missing_devices_are_named(lab: Deployment, tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        {"gw11/a.cer": chain_of(lab, "gw1")[0].der, "um1/a.cer": chain_of(lab, "um1")[0].der,
         "stray.cer": chain_of(lab, "gw1")[0].der, "pbx1/roots.pem": as_pem(lab.anchors_of("um1"))},
    )  # fmt: skip
    problems = " ".join(map(str, import_estate(folder, office(), at=AT).problems))
    assert "no device is called 'gw11'. Did you mean gw1" in problems
    assert "there are no files of gw1" in problems
    assert "stray.cer" in problems
    assert "pbx1 has no certificate that it could present" in problems


def test_one_key_in_two_places_is_remarked(lab: Deployment, tmp_path: Path) -> None:
    same = chain_of(lab, "gw1")[0].der
    folder = write(tmp_path, {"gw1/a.cer": same, "pbx1/a.cer": same})
    notes = " ".join(import_estate(folder, office(), at=AT).notes)
    assert "gw1, pbx1 present one and the same key" in notes


# --- a table ------------------------------------------------------------------------------------


def table(folder: Path, rows: Iterable[Iterable[str]]) -> Path:
    path = folder / "estate.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_a_table_says_which_file_is_whose_and_one_bundle_may_be_everybody_s(
    lab: Deployment, tmp_path: Path
) -> None:
    files = {f"{name}.pem": as_pem(chain_of(lab, name)) for name in office().devices}
    write(tmp_path, {**files, "site/store.p7b": as_pkcs7(lab.anchors_of("um1"))})
    rows = [("device", "file", "store")]
    for name in office().devices:
        rows += [(name, f"{name}.pem", ""), (name, "site/store.p7b", "root")]
    estate = import_estate(table(tmp_path, rows), office(), at=AT)
    assert estate.problems == ()
    assert trust_matrix(estate.deployment).all_accepted


def test_a_table_without_stores_in_which_roots_look_like_own_certificates_says_what_to_write(
    tmp_path: Path,
) -> None:
    lab = deploy(office(), SelfSigned(), at=AT)
    write(tmp_path, {f"{one}.pem": as_pem(chain_of(lab, one)) for one in ("um1", "pbx1")})
    rows = [("pbx1", "pbx1.pem", ""), ("pbx1", "um1.pem", "root"),
            ("um1", "um1.pem", ""), ("um1", "pbx1.pem", "root")]  # fmt: skip
    without = [("device", "file"), *(row[:2] for row in rows)]
    notes = " ".join(import_estate(table(tmp_path, without), at=AT).notes)
    assert "present one and the same key" in notes
    assert "write root into its column store" in notes
    estate = import_estate(table(tmp_path, [("device", "file", "store"), *rows]), at=AT)
    assert "one and the same key" not in " ".join(estate.notes)
    assert trust_matrix(estate.deployment).all_accepted


def test_a_faulty_table_is_reported_whole_and_nothing_of_it_is_read(
    lab: Deployment, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    rows = [
        ("device", "file", "store"),
        ("gw1", "../../etc/passwd", ""),
        ("gw1", "/etc/passwd", ""),
        ("", "gw1.pem", ""),
        ("gw1", "", ""),
        ("gw1", "gw1.pem", "wardrobe"),
        ("gw1", "folder", ""),
    ]
    with pytest.raises(InvalidInput) as caught:
        import_estate(table(tmp_path, rows), office(), at=AT)
    found = [(one.row, one.what) for one in caught.value.problems]
    assert found == [
        (2, "this path leads out of the table’s folder"),
        (3, "this path leads out of the table’s folder"),
        (4, "this cell is empty"),
        (5, "this cell is empty"),
        (6, "this store is not known"),
        (7, "this is a folder"),
    ]


def test_a_table_with_other_columns_says_which(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="column device"):
        import_estate(table(tmp_path, [("host", "file"), ("gw1", "a.pem")]), at=AT)


def test_a_table_that_is_not_there_or_an_empty_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be opened"):
        import_estate(tmp_path / "none.csv", at=AT)
    with pytest.raises(InvalidInput, match="no device with a certificate was found"):
        import_estate(tmp_path, at=AT)


# --- private keys -------------------------------------------------------------------------------


def with_keys_inside(lab: Deployment, folder: Path) -> Path:
    """Exported folders, in which the private keys lie open, as they too often do."""
    for device in lab.inventory:
        export_device(
            lab, device.name, folder, with_key=True, passphrase=NoPassphrase.REFUSED_TWICE
        )
    return folder


def test_private_keys_are_noticed_and_stay_out(lab: Deployment, tmp_path: Path) -> None:
    estate = import_estate(with_keys_inside(lab, tmp_path), office(), at=AT)
    assert len(estate.deployment.keys) == 0
    assert estate.found.keys == ()
    assert {path.name for path in estate.found.key_files} == {"key.pem", "certificate.pfx"}
    assert "They were not read" in " ".join(estate.notes)
    with pytest.raises(KeyUnavailable):
        Party.of(estate.deployment, "gw1")


def test_private_keys_come_in_when_asked_for_and_then_the_devices_can_call(
    lab: Deployment, tmp_path: Path
) -> None:
    estate = import_estate(with_keys_inside(lab, tmp_path), office(), at=AT, with_keys=True)
    certificate = lab.certificate_of("gw1")
    assert certificate
    assert certificate.key_fingerprint in estate.deployment.keys
    assert Party.of(estate.deployment, "gw1").key
    assert "KeyPair" not in repr(estate)


def test_a_key_that_belongs_to_no_certificate_of_its_device_is_named_and_left_out(
    lab: Deployment, tmp_path: Path
) -> None:
    stray = KeyPair.generate(KeyType.EC_P256)
    folder = write(
        tmp_path,
        {
            "gw1/gw1.pem": as_pem(chain_of(lab, "gw1")),
            "gw1/gw1.key": key_as_pem(stray, NoPassphrase.REFUSED_TWICE),
        },
    )
    estate = import_estate(folder, office(), at=AT, with_keys=True)
    assert "a private key of gw1 belongs to none of its certificates" in [
        problem.what for problem in estate.problems
    ]
    assert len(estate.deployment.keys) == 0


# --- hostile and broken files -------------------------------------------------------------------


def broken(certificate: Certificate) -> bytes:
    """The certificate with a public key algorithm that nobody knows."""
    return certificate.der.replace(bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2a8648ce3d0263"))


def test_one_broken_file_does_not_hide_the_others(lab: Deployment, tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        {
            "um1/certificate.pem": as_pem(chain_of(lab, "um1")),
            "gw1/certificate.der": broken(chain_of(lab, "gw1")[0]),
            "gw1/old.pfx": b"\x30\x82\x0a\x00\x02\x01\x03",
            "pbx1/note.txt": b"\xff\xfe\x00\xd8 not a text at all",
        },
    )
    estate: Estate = import_estate(folder, office(), at=AT)
    assert estate.deployment.certificate_of("um1")
    problems = " ".join(map(str, estate.problems))
    assert "certificate.der" in problems
    assert "cut off" in problems
    assert "gw1 has no certificate that it could present" in problems


def test_a_name_full_of_control_characters_stays_a_name(tmp_path: Path) -> None:
    name = x509.NameAttribute(x509.NameOID.COMMON_NAME, "gw1\r\n\x1b[2J<script>")
    key = KeyPair.generate()
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([name]))
        .issuer_name(x509.Name([name]))
        .public_key(key.public_key)
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    hostile = Certificate(builder.sign(key.private_key, key.signature_hash))
    estate = import_estate(write(tmp_path, {"gw1/a.cer": hostile.der}), at=AT)
    assert estate.deployment.inventory.device("gw1").fqdn == "gw1.invalid"
    assert estate.deployment.certificate_of("gw1") == hostile
