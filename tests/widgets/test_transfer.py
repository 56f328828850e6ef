"""The panels that carry files: what is found is said, what is secret stays out of the page."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from certlab.deployment import InternalPKI, deploy, read_inventory
from certlab.live import clock
from certlab.records import export_device
from certlab.widgets import export_panel, import_panel, transfer

OFFICE = read_inventory(Path(__file__).parents[2] / "notebooks" / "data" / "small-office.csv")
SECRET = "correct horse battery"


@pytest.fixture(scope="module")
def lab():
    return deploy(OFFICE, InternalPKI(), at=clock())


def words(panel, part: str) -> str:
    return " ".join(re.sub("<[^>]*>", " ", panel.parts[part]).split())


def hear(panel, buffers=(), **content):
    panel._heard(panel, content, list(buffers))
    assert panel.errand.wait(30)


def press(panel, id_: str, **secrets: str) -> None:
    for name, value in secrets.items():
        hear(panel, kind="secret", id=name, value=value)
    hear(panel, kind="press", id=id_)


def bring(panel, files: dict[str, bytes], **secrets: str) -> None:
    """Do what the page does with files that were picked or dropped."""
    hear(panel, kind="files", left=0)
    for name, data in files.items():
        hear(panel, [memoryview(data)], kind="file", id=name, size=len(data))
    press(panel, "do:read", **secrets)


def state_of(panel) -> str:
    return json.dumps(panel.get_state(), default=str)


def test_dropped_files_show_what_is_in_them_and_what_is_odd(lab):
    panel = import_panel(at=lab.at)
    um1 = lab.certificate_of("um1")
    bring(panel, {"um1.pem": um1.pem.encode(), "notes.txt": b"hello",
                  "cut.pem": um1.pem.encode()[:200]})  # fmt: skip
    assert panel.found.certificates == (um1,)
    assert "1 certificate" in words(panel, "now")
    assert "cut.pem" in words(panel, "now")
    assert "1 file of another kind" in words(panel, "now")
    assert panel.estate is None


def test_two_files_of_one_name_are_both_read(lab):
    panel = import_panel(at=lab.at)
    for device in ("um1", "gw1"):
        panel.add("certificate.pem", lab.certificate_of(device).der)
    press(panel, "do:read")
    assert len(panel.found.certificates) == 2


def test_what_is_too_large_or_a_folder_is_said_and_not_read(lab):
    panel = import_panel(at=lab.at)
    hear(panel, kind="files", left=3)
    hear(panel, kind="file", id="big.pem", size=10**9)
    hear(panel, kind="file", id="folder", size=4096)
    hear(panel, [b"\0" * (transfer._FILE + 1)], kind="file", id="sly.pem", size=1)
    press(panel, "do:read")
    said = words(panel, "now")
    assert "big.pem”: the file is too large" in said
    assert "folder”: the file cannot be read" in said
    assert "sly.pem”: it is too much" in said
    assert "3 more files were left out" in said


def test_a_passphrase_opens_a_file_and_is_used_once(lab, tmp_path):
    folder = export_device(lab, "gw1", tmp_path, with_key=True, passphrase=SECRET).path
    pfx = next(folder.glob("*.pfx")).read_bytes()
    panel = import_panel(at=lab.at)
    bring(panel, {"gw1.pfx": pfx})
    assert panel.found.certificates == ()
    assert panel.found.problems
    press(panel, "do:read", passphrase=SECRET)
    assert lab.certificate_of("gw1") in panel.found.certificates
    assert panel.found.keys == ()
    assert panel._secrets == {}
    assert SECRET not in state_of(panel)
    press(panel, "do:read")
    assert panel.found.certificates == ()


def test_a_folder_of_devices_becomes_a_deployment_to_go_on_with(lab, tmp_path):
    for device in lab.inventory.devices:
        export_device(lab, device, tmp_path)
    panel = import_panel(at=lab.at)
    panel.fill("folder", str(tmp_path))
    press(panel, "do:folder")
    assert panel.deployment.certificate_of("um1") == lab.certificate_of("um1")
    same = {}
    exec(panel.code.replace("\nimport_estate", "\nestate = import_estate"), same)
    assert same["estate"].deployment.certificate_of("gw1") == lab.certificate_of("gw1")


@pytest.mark.parametrize("folder", ["", "/nowhere/at/all"])
def test_a_folder_that_is_not_there_is_said(lab, folder):
    panel = import_panel(at=lab.at)
    panel.fill("folder", folder)
    press(panel, "do:folder")
    assert words(panel, "trouble")
    assert panel.deployment is None


def test_an_export_writes_no_key_unless_asked_and_replaces_nothing_unasked(lab, tmp_path):
    panel = export_panel(lab, tmp_path)
    panel.fill("device", "gw1")
    press(panel, "do:write")
    assert panel.folder.path == tmp_path / "gw1"
    assert not list(panel.folder.path.glob("*key*"))
    assert str(tmp_path / "gw1") in words(panel, "now")
    assert "Replace what is there" not in words(panel, "actions")
    before = (tmp_path / "gw1" / "README.md").stat().st_ino
    press(panel, "do:write")
    assert "already there" in words(panel, "trouble")
    assert (tmp_path / "gw1" / "README.md").stat().st_ino == before
    assert "Replace what is there" in words(panel, "actions")
    press(panel, "do:replace")
    assert (tmp_path / "gw1" / "README.md").stat().st_ino != before
    assert panel.code.endswith(f"export_device(lab, 'gw1', {str(tmp_path)!r}, replace=True)")


def test_replacing_is_not_done_for_another_device_than_was_asked(lab, tmp_path):
    panel = export_panel(lab, tmp_path)
    for device in ("gw1", "gw2"):
        export_device(lab, device, tmp_path)
    panel.fill("device", "gw1")
    press(panel, "do:write")
    panel.fill("device", "gw2")
    assert "Replace what is there" not in words(panel, "actions")
    press(panel, "do:replace")
    assert "already there" in words(panel, "trouble")


def test_a_key_goes_along_encrypted_and_neither_it_nor_the_passphrase_is_shown(lab, tmp_path):
    panel = export_panel(lab, tmp_path)
    panel.fill("device", "gw1")
    panel.fill("with_key", True)
    press(panel, "do:write", passphrase=SECRET, again="another")
    assert "two passphrases differ" in words(panel, "trouble")
    press(panel, "do:write")
    assert "passphrase" in words(panel, "trouble")
    assert panel.folder is None
    press(panel, "do:write", passphrase=SECRET, again=SECRET)
    key = (tmp_path / "gw1" / "key.pem").read_text()
    assert key.startswith("-----BEGIN ENCRYPTED PRIVATE KEY")
    for shown in (state_of(panel), panel.code, repr(panel._secrets)):
        assert SECRET not in shown
        assert "PRIVATE KEY" not in shown


def test_a_lesson_key_does_not_leave(tmp_path):
    panel = export_panel(deploy(OFFICE, InternalPKI(), at=clock(), seed="lesson"), tmp_path)
    panel.fill("with_key", True)
    press(panel, "do:write", passphrase=SECRET, again=SECRET)
    assert words(panel, "trouble")
    assert list(tmp_path.iterdir()) == []


def test_what_takes_long_shows_so_and_leaves_the_page_of_use(lab, monkeypatch, tmp_path):
    read = transfer.read_files

    def slowly(*paths, **options):
        time.sleep(0.8)
        return read(*paths, **options)

    (tmp_path / "um1.pem").write_text(lab.certificate_of("um1").pem)
    monkeypatch.setattr(transfer, "read_files", slowly)
    panel = import_panel(at=lab.at)
    panel.fill("folder", str(tmp_path))
    panel._heard(panel, {"kind": "press", "id": "do:folder"}, [])
    assert "Reading and writing" in words(panel, "busy")
    panel._heard(panel, {"kind": "press", "id": "do:read"}, [])
    assert panel.status == "Wait until what is under way has ended"
    assert panel.errand.wait(10)
    assert panel.parts["busy"] == ""
    assert panel.found.certificates == (lab.certificate_of("um1"),)


def test_a_passphrase_is_asked_for_when_a_key_is(lab, tmp_path):
    panel = export_panel(lab, tmp_path)
    assert "data-secret" not in panel.parts["choice"]
    assert "old gateways" not in panel.parts["choice"]
    panel.fill("with_key", True)
    assert panel.parts["choice"].count("data-secret") == 2
    assert "old gateways" in panel.parts["choice"]
