"""The evidence bundle: the same bytes each time, nothing secret in it, checked without trust."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

import certlab
from certlab.deployment import InternalPKI, begin, deploy, read_inventory, trust_matrix, why
from certlab.errors import KeyUnavailable
from certlab.pki import read_pem
from certlab.planning import MODELS, compare, cost, effort, forecast, runbook
from certlab.records import as_markdown, bundle_of, decide, verify, verifying
from certlab.records.bundle import as_csv, packed
from certlab.reports import export_decision
from certlab.validation.facts import fact
from certlab.views.decisions import decision_view
from certlab.views.documents import decision_page

ROOT = Path(__file__).parents[2]
OFFICE = read_inventory(ROOT / "notebooks" / "data" / "small-office.csv")
SEED = "an unmistakable seed 7f3a91"


@pytest.fixture(scope="module")
def lab():
    return deploy(OFFICE, InternalPKI(), at="2026-11-24", seed=SEED)


@pytest.fixture(scope="module")
def decision(lab):
    evidence = [lab, trust_matrix(lab), compare(OFFICE, at="2026-11-24")]
    return decide("=An internal PKI", on="2026-11-24", evidence=evidence, today="2026-11-24")


@pytest.fixture
def bundle(tmp_path, decision):
    path = tmp_path / "bundle.zip"
    path.write_bytes(bundle_of(decision, "<!DOCTYPE html>"))
    return path


def rewritten(bundle, change):
    """The bundle with its members changed; what is written is up to ``change``."""
    with zipfile.ZipFile(bundle) as old:
        members = {info.filename: old.read(info) for info in old.infolist()}
    with warnings.catch_warnings(), zipfile.ZipFile(bundle, "w") as new:
        warnings.simplefilter("ignore")  # two members of one name
        for name, data in change(members).items():
            new.writestr(name, data)
    return bundle


def test_a_bundle_is_whole_and_has_the_same_bytes_every_time(bundle, decision):
    assert verify(bundle) == []
    assert bundle.read_bytes() == bundle_of(decision, "<!DOCTYPE html>")
    with zipfile.ZipFile(bundle) as read:
        names = read.namelist()
    assert names == sorted(names)
    assert {name.partition("/")[0] for name in names} == {
        "MANIFEST.json", "0000-an-internal-pki.md", "0000-an-internal-pki.json",
        "0000-an-internal-pki.html", "tables", "certificates",
    }  # fmt: skip


DAY = "2026-11-24"
PKI = MODELS["internal"]
KINDS = {
    "procedure": (lambda _: InternalPKI().procedure(OFFICE), "2,um1 requests"),
    "matrix": (trust_matrix, "um1,gw1,accepted,"),
    "explanation": (lambda lab: why(lab, "um1", trusts="gw1"), "Lab PKI root (lab only),valid at"),
    "verdict": (lambda lab: why(lab, "um1", trusts="gw1").verdict, "gw1.office.example,not revo"),
    "effort": (lambda _: effort(OFFICE, PKI, at=DAY), "install,4"),
    "cost": (lambda _: cost(OFFICE, PKI, at=DAY), "running a CA,3600"),
    "forecast": (lambda _: forecast(OFFICE, PKI, at=DAY), "outages,"),
    "fact": (lambda _: fact("curves"), "CA/Browser Forum"),
    "runbook": (
        lambda _: runbook(begin(OFFICE, at=DAY), InternalPKI().procedure(OFFICE)),
        '2,2,Exchange,um1,um1 requests a certificate from Lab PKI,"New-ExchangeCertificate',
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_evidence_is_in_the_card_the_document_the_page_and_the_bundle(lab, kind):
    make, row = KINDS[kind]
    made = decide("It", on=DAY, evidence={f"my {kind}": make(lab)}, today=DAY)
    (shown,) = made.exhibits
    assert shown.headline != repr(shown.value)
    assert f"**my {kind}**: {shown.headline}" in as_markdown(made)
    page = decision_page(made)
    for html in (str(decision_view(made)), page):
        assert f"my {kind}" in html
        assert shown.digest[:16] in html
    with zipfile.ZipFile(io.BytesIO(bundle_of(made, page))) as read:
        table = read.read(f"tables/01-my-{kind}.csv").decode("utf-8-sig")
        kept = read.read(f"tables/01-my-{kind}-rests-on.csv").decode("utf-8-sig")
    assert row in table
    assert all(item in kept for items in shown.parts.values() for item in items)


def test_every_certificate_behind_the_evidence_is_there_as_pem(bundle, lab):
    with zipfile.ZipFile(bundle) as read:
        found = [
            one
            for name in read.namelist()
            if name.startswith("certificates/")
            for one in read_pem(read.read(name))
        ]
    assert {one.fingerprint for one in found} == set(lab.certificates.keys())


def test_no_private_key_and_no_seed_is_in_any_form_in_anything_handed_on(
    tmp_path, decision, lab, leaks
):
    saved = decision.save(tmp_path)
    for path in export_decision(saved, tmp_path / "out").files:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    data = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    with zipfile.ZipFile(next(tmp_path.glob("*.zip"))) as read:
        data |= {name: read.read(name) for name in read.namelist()}
    secrets = leaks(lab.keys.get(one) for one in lab.keys) | {SEED.encode()}
    assert len(data) > 15
    assert len(secrets) > 100
    for name, content in data.items():
        for secret in secrets:
            assert secret not in content, name


def test_a_key_that_somebody_pasted_stops_the_export(tmp_path, lab):
    key = lab.keys.get(next(iter(lab.keys))).private_key
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    decision = decide("Ours", on="2026-11-24", context=pem, evidence=lab)
    with pytest.raises(KeyUnavailable, match="a private key is in the text"):
        export_decision(decision, tmp_path)
    with pytest.raises(KeyUnavailable):
        decision.save(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1+1", "|calc", "-cmd"],
)
def test_no_cell_of_a_table_is_run_as_a_formula(text):
    (_, (cell,)) = csv.reader(io.StringIO(as_csv(["a"], [[text]]).decode("utf-8-sig")))
    assert cell.startswith("'")


@pytest.mark.parametrize("text", ["-5", "+3.5", "-1,200.50", "1e-5", "12 %", "gw1", ""])
def test_a_number_stays_a_number(text):
    (_, (cell, _)) = csv.reader(io.StringIO(as_csv(["a", "b"], [[text, 1]]).decode("utf-8-sig")))
    assert cell == text


def test_every_table_for_a_spreadsheet_is_written_by_the_one_function_that_defends_it():
    files = {
        path.name
        for path in Path(certlab.__file__).parent.rglob("*.py")
        if re.search(r"csv\.(writer|DictWriter)|\.to_csv\(", path.read_text("utf-8"))
    }
    assert files == {"bundle.py"}


# --- a bundle from a stranger -------------------------------------------------------------------


def test_whatever_is_changed_added_or_missing_is_named(bundle):
    def change(members):
        members["tables/01-deployment.csv"] += b"x"
        members["stray.txt"] = b"hello"
        del members["tables/02-trust-matrix.csv"]
        return members

    assert verify(rewritten(bundle, change)) == [
        "'tables/01-deployment.csv' is not what it was: its SHA-256 differs.",
        "'stray.txt' is not in the manifest.",
        "'tables/02-trust-matrix.csv' is missing.",
    ]


def test_entries_of_folders_are_harmless_and_no_fault_hides_another(bundle):
    def packed_again(members):
        return {"tables/": b"", "certificates/": b""} | members

    assert verify(rewritten(bundle, packed_again)) == []

    def altered(members):
        members["tables/01-deployment.csv"] += b"x"
        return {"../": b"", "tables/x/": b"hidden", "../out.txt": b"x"} | members

    assert verify(rewritten(bundle, altered)) == [
        "'../' is a name that could lead out of a folder.",
        "'tables/x/' is a name that could lead out of a folder.",
        "'../out.txt' is a name that could lead out of a folder.",
        "'tables/01-deployment.csv' is not what it was: its SHA-256 differs.",
    ]


@pytest.mark.parametrize(
    "name",
    ["../out", "a/../../out", "/etc/x", "C:/x", "a\\..\\b", "//host/x", "a//b", "./x", "CON.txt",
     "a/nul", "x.", "x ", "a\x01b", "a\u202eb", "", "n" * 300],
)  # fmt: skip
def test_a_name_that_leads_out_of_the_folder_is_refused(name):
    assert not verifying.is_safe(name)


def test_a_bundle_with_such_a_name_is_not_read_and_nothing_is_written(bundle, tmp_path):
    before = sorted(tmp_path.parent.rglob("*"))
    wrong = verify(rewritten(bundle, lambda members: members | {"../../out.txt": b"x"}))
    assert wrong == ["'../../out.txt' is a name that could lead out of a folder."]
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_link_two_of_a_name_and_no_manifest_are_refused(bundle, tmp_path):
    with warnings.catch_warnings(), zipfile.ZipFile(bundle, "a") as more:
        warnings.simplefilter("ignore")
        link = zipfile.ZipInfo("link")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        more.writestr(link, "/etc/passwd")
        more.writestr("TABLES/01-deployment.csv", "")
    assert verify(bundle) == [
        "'link' is no plain file.",
        "'TABLES/01-deployment.csv' is there twice.",
    ]
    bare = tmp_path / "bare.zip"
    with zipfile.ZipFile(bare, "w") as made:
        made.writestr("a.txt", "a")
    assert verify(bare) == ["MANIFEST.json is missing: nothing says what should be in it."]


def test_a_zip_bomb_is_left_when_it_has_unpacked_too_much(tmp_path, monkeypatch):
    monkeypatch.setattr(verifying, "MOST_BYTES", 5_000_000)
    path = tmp_path / "bomb.zip"
    zeros = b"\0" * 50_000_000
    listed = {"zeros": {"sha256": hashlib.sha256(zeros).hexdigest()}}
    manifest = {"format": verifying.FORMAT, "version": 1, "files": listed}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("MANIFEST.json", json.dumps(manifest))
        bomb.writestr("zeros", zeros)
    assert path.stat().st_size < 100_000
    assert verify(path) == ["It unpacks to more than 5,000,000 bytes: not read further."]


def test_a_private_key_in_a_bundle_is_said_even_when_the_manifest_lists_it(tmp_path):
    path, mark = tmp_path / "b.zip", b"-----BEGIN EC PRIVATE KEY-----"
    with pytest.raises(KeyUnavailable):
        packed({"key.pem": mark}, {})
    path.write_bytes(packed({"key.pem": b"!" * len(mark)}, {}))
    rewritten(path, lambda members: members | {"key.pem": mark})
    assert "'key.pem' holds a private key." in verify(path)


@pytest.mark.parametrize(
    "manifest",
    [b"", b"[]", b"{}", b"[" * 100_000, b'{"format": "x"}',
     b'{"format": "certlab evidence bundle", "version": 1, "files": []}'],
    ids=["empty", "list", "object", "deep", "foreign", "no files"],
)  # fmt: skip
def test_what_is_no_manifest_is_said_to_be_none(bundle, manifest):
    wrong = verify(rewritten(bundle, lambda members: members | {"MANIFEST.json": manifest}))
    assert wrong == ["MANIFEST.json is not the manifest of an evidence bundle."]


@pytest.mark.parametrize("data", [b"", b"PK", b"\0" * 1000, b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_zip_file_is_said_to_be_none(tmp_path, data):
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    assert len(verify(path)) == 1
    assert verify(tmp_path / "nothing.zip") == ["There is no such file."]


def test_a_bundle_cut_short_or_with_any_byte_changed_is_not_whole(bundle):
    whole = bundle.read_bytes()
    bundle.write_bytes(whole[: len(whole) // 2])
    assert verify(bundle) != []
    for place in range(60, len(whole) - 4000, len(whole) // 40):
        bundle.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert verify(bundle) != [], place


def test_anybody_can_check_it_from_the_command_line_with_python_alone(bundle):
    command = [sys.executable, "-I", "-S", verifying.__file__]
    good = subprocess.run([*command, bundle], capture_output=True, text=True, check=False)
    assert good.returncode == 0
    assert hashlib.sha256(bundle.read_bytes()).hexdigest() in good.stdout
    rewritten(bundle, lambda members: members | {"stray": b""})
    command = [sys.executable, ROOT / "lab.py", "verify-bundle", bundle.name]
    bad = subprocess.run(command, cwd=bundle.parent, capture_output=True, text=True, check=False)
    assert bad.returncode == 1
    assert "'stray' is not in the manifest." in bad.stdout
