"""A lab on disk: what is saved, what is found again, and what is refused."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from certlab.deployment import (
    AddDevice,
    Deployment,
    GenerateSelfSigned,
    ImportAnchor,
    InternalPKI,
    IssueCertificate,
    MergeDialPlans,
    PublishCRL,
    RemoveAnchor,
    Renew,
    RenewAuthority,
    Revoke,
    Role,
    SecurityMode,
    SelfSigned,
    Step,
    SwitchDialPlan,
    ThirdPartyCA,
    TrustModel,
    begin,
    deploy,
    read_inventory,
    trust_matrix,
)
from certlab.errors import (
    CertlabError,
    InvalidInput,
    KeyUnavailable,
    StorageUnavailable,
    UnknownName,
)
from certlab.pki import Certificate, KeyPair
from certlab.records import Lab, check_lab
from certlab.records.journal import Journal, _sealed
from certlab.validation import POLICIES

DATA = Path(__file__).parents[2] / "notebooks" / "data"
OFFICE = read_inventory(DATA / "small-office.csv")
AT = "2026-11-24"
MODELS: list[TrustModel] = [SelfSigned(), InternalPKI(), ThirdPartyCA(split=True)]


@pytest.fixture
def start() -> Deployment:
    return begin(OFFICE, at=AT)


@pytest.fixture
def lab(tmp_path: Path, start: Deployment) -> Iterator[Lab]:
    with Lab.open(tmp_path / "estate", start) as opened:
        yield opened


def again(lab: Lab, **options: Any) -> Lab:
    return Lab.open(lab.folder, name=lab.name, **options)


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def same(one: Deployment, other: Deployment) -> None:
    assert one == other
    assert trust_matrix(one).frame.equals(trust_matrix(other).frame)
    assert [crl.tbs_certlist_bytes for crl in one.crls] == [
        crl.tbs_certlist_bytes for crl in other.crls
    ]
    assert one.journal == other.journal


# --- what is found again -------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.title)
def test_a_deployment_of_every_model_is_found_again_as_it_was_saved(
    tmp_path: Path, model: TrustModel
) -> None:
    deployed = deploy(OFFICE, model, at=AT)
    with Lab.open(tmp_path / "estate", deployed) as lab:
        same(again(lab, read_only=True).deployment, deployed)


def test_authorities_go_on_where_they_were(lab: Lab) -> None:
    model = InternalPKI()
    for phase in model.procedure(OFFICE).phases:
        lab.run(phase.steps)
    lab.run(Revoke(model.name, "gw1", reason=x509.ReasonFlags.key_compromise))
    lab.run(PublishCRL(model.name))
    before, earlier = lab.deployment, lab.deployment.authority(model.name)
    found = again(lab).deployment
    authority = found.authority(model.name)
    assert (authority.revoked, authority.crl_number, authority.log, authority.issued) == (
        earlier.revoked, earlier.crl_number, earlier.log, earlier.issued,
    )  # fmt: skip
    same(found, before)
    later = found.moved_to("2027-12-01").run(Renew("gw2", model.name))
    renewed = later.authority(model.name)
    assert len(renewed.issued) == len(earlier.issued) + 1


def test_an_authority_has_all_its_keys_after_it_was_renewed(lab: Lab) -> None:
    model = InternalPKI()
    lab.run(model.procedure(OFFICE), Revoke(model.root, model.name), RenewAuthority(model.name))
    before = lab.deployment
    assert len(before.authority(model.name).former) == 1
    same(again(lab).deployment, before)


def test_devices_that_join_and_plans_that_merge_are_found_again(lab: Lab) -> None:
    (plan,) = OFFICE.dial_plans
    lab.run(
        AddDevice("gw9", "gw9.office.example", Role.GATEWAY, ("new",), ships_roots=("Mozilla",))
    )
    lab.run(MergeDialPlans("new", plan))
    before = lab.deployment
    assert len(before.anchors_of("gw9")) > 100
    same(again(lab).deployment, before)


def test_lists_from_outside_and_a_policy_of_ones_own_are_found_again(
    tmp_path: Path, start: Deployment
) -> None:
    policy = replace(POLICIES["rfc5280"], key="mine", minimum_rsa_bits=1024, curves=frozenset())
    lists = deploy(OFFICE, InternalPKI(), at=AT).crls
    brought_in = replace(start, outside_crls=lists, policy=policy)
    with Lab.open(tmp_path / "estate", brought_in) as lab:
        found = again(lab).deployment
    assert (found.outside_crls, found.policy) == (lists, policy)


def test_a_request_that_waited_when_it_was_closed_is_issued_afterwards(lab: Lab) -> None:
    model = InternalPKI()
    for phase in model.procedure(OFFICE).phases[:2]:
        lab.run(phase.steps)
    before = lab.deployment
    lab = again(lab)
    same(lab.deployment, before)
    lab.run(IssueCertificate("gw2", model.name))
    assert set(again(lab).deployment.authority(model.name).issued.values()) == {"gw2"}


def test_what_was_removed_from_a_store_is_not_found_there_again(lab: Lab) -> None:
    lab.run(GenerateSelfSigned("um1"), ImportAnchor("gw1", "um1"), ImportAnchor("gw2", "um1"))
    lab.run(RemoveAnchor("gw1", "um1"))
    before = lab.deployment
    found = again(lab).deployment
    assert found.anchors_of("gw1") == ()
    same(found, before)


def test_another_moment_and_another_policy_are_kept(lab: Lab) -> None:
    lab.run(GenerateSelfSigned("um1"))
    lab.keep(lab.deployment.moved_to("2027-03-15"))
    lab.keep(lab.deployment.with_policy(POLICIES["openssl"]), note="as the gateway judges")
    assert [line.told for line in lab.history][2:] == [
        "judged for 2027-03-15 00:00 UTC",
        "judged by OpenSSL, default",
    ]
    before = lab.deployment
    same(again(lab).deployment, before)


def test_a_dial_plan_that_was_switched_is_found_in_its_mode(lab: Lab) -> None:
    plan = next(iter(OFFICE.dial_plans))
    lab.run(SwitchDialPlan(plan, SecurityMode.SECURED))
    found = again(lab).deployment.inventory
    assert found.dial_plans[plan].security is SecurityMode.SECURED
    assert list(found.devices) == list(OFFICE.devices)


def test_history_tells_who_did_what_and_when(lab: Lab) -> None:
    before = datetime.now(UTC)
    lab.run(GenerateSelfSigned("um1"), note="the old one ends in June")
    named = again(lab, who="Front office")
    named.run(ImportAnchor("gw1", "um1"))
    begun, first, second = again(lab, read_only=True).history
    assert begun.told == f"begins with {len(OFFICE)} devices"
    assert (first.note, first.told) == (
        "the old one ends in June", "um1 generates a self-signed certificate",
    )  # fmt: skip
    assert abs((first.at - before).total_seconds()) < 60
    assert (second.who, second.number) == ("Front office", 3)


def test_the_steps_done_before_it_was_saved_can_be_undone(
    tmp_path: Path, start: Deployment
) -> None:
    deployed = start.run(GenerateSelfSigned("um1")).run(ImportAnchor("gw1", "um1"))
    Lab.open(tmp_path / "x", deployed).close()
    with Lab.open(tmp_path / "x") as lab:
        same(lab.undo().deployment, deployed.undo())
        lab.undo()
        with pytest.raises(InvalidInput, match="nothing to undo"):
            lab.undo()
        assert lab.deployment == start


# --- undo and redo -------------------------------------------------------------------------------


def test_undo_and_redo_work_over_a_re_opening(lab: Lab) -> None:
    states = [lab.deployment]
    steps = GenerateSelfSigned("um1"), ImportAnchor("gw1", "um1"), ImportAnchor("gw2", "um1")
    states += [lab.run(step).deployment for step in steps]
    lab = again(lab)
    assert lab.undo().deployment == states[2]
    assert lab.undo().deployment == states[1]
    lab = again(lab)
    assert lab.redo().deployment == states[2]
    assert [line.undone for line in lab.history] == [False, False, False, True, *[False] * 3]
    lab.run(GenerateSelfSigned("pbx1"))
    with pytest.raises(InvalidInput, match="nothing to redo"):
        again(lab).redo()
    assert [line.undone for line in again(lab).history][:5] == [False, False, False, True, False]


def test_what_a_panel_takes_back_is_an_undo(lab: Lab) -> None:
    first = lab.deployment
    lab.keep(first.run(GenerateSelfSigned("um1")).run(GenerateSelfSigned("gw1")))
    assert len(lab.history) == 3
    lab.keep(lab.deployment.undo())
    lab.keep(first)
    assert again(lab).deployment == first
    assert [line.told for line in again(lab).history[-2:]] == ["undone: line 3", "undone: line 2"]


def test_a_panel_is_followed(lab: Lab) -> None:
    widgets = pytest.importorskip("certlab.widgets")
    panel = widgets.explore(lab.deployment)
    lab.follow(panel)
    panel.run([GenerateSelfSigned("um1")])
    assert lab.deployment is panel.deployment
    panel.undo()
    assert [line.undone for line in again(lab).history] == [False, True, False]


def test_a_deployment_that_follows_from_nothing_here_is_refused(
    lab: Lab, start: Deployment
) -> None:
    stranger = begin(OFFICE, at=AT).run(GenerateSelfSigned("um1"))
    with pytest.raises(InvalidInput, match="does not follow"):
        lab.keep(stranger)
    assert len(lab.history) == 1
    assert lab.save_as("stranger", stranger).deployment == stranger


def test_a_what_if_is_another_value_under_another_name(lab: Lab) -> None:
    lab.run(GenerateSelfSigned("um1"))
    with lab.save_as("with-gw1") as what_if:
        what_if.run(ImportAnchor("gw1", "um1"))
        lab.run(ImportAnchor("gw2", "um1"))
        assert what_if.names == ("main", "with-gw1")
    assert again(lab).deployment == lab.deployment
    found = Lab.open(lab.folder, name="with-gw1", read_only=True).deployment
    assert (len(found.anchors_of("gw1")), len(found.anchors_of("gw2"))) == (1, 0)
    with pytest.raises(InvalidInput, match="something saved as"):
        again(lab).save_as("with-gw1")
    for name in ("../main", "", "a b", "x" * 65):
        with pytest.raises(InvalidInput, match="name of a file"):
            lab.save_as(name)
    with pytest.raises(UnknownName, match="one of: main, with-gw1"):
        Lab.open(lab.folder, name="other")


# --- one writer ----------------------------------------------------------------------------------


def elsewhere(code: str, folder: Path, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", f"from certlab import CertlabError, Lab\n{code}", folder],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[2], **options,
    )  # fmt: skip


def test_a_second_notebook_is_told_who_has_it_and_may_look(lab: Lab) -> None:
    lab.run(GenerateSelfSigned("um1"))
    lab.close()
    code = "import sys; lab = Lab.open(sys.argv[1], who='Mara'); print('open', flush=True); input()"
    with elsewhere(code, lab.folder) as other:
        assert other.stdout
        assert other.stdout.readline() == "open\n"
        told = rf"by Mara since .* UTC \(process {other.pid} on"
        with pytest.raises(StorageUnavailable, match=told) as refused:
            again(lab)
        assert "read_only=True" in str(refused.value)
        looked = again(lab, read_only=True)
        assert looked.deployment == lab.deployment
        with pytest.raises(StorageUnavailable, match="only to look at"):
            looked.run(GenerateSelfSigned("gw1"))
        checked = check_lab(lab.folder)
        assert checked.code == 0
        assert "2 lines. It was only looked at: this lab is open elsewhere: by Mara" in str(checked)
        half = lab.folder / "journals" / ".abc.half-written"
        half.write_bytes(b"the work of the other")
        check_lab(lab.folder)
        assert half.exists()
        other.kill()
    opened = again(lab)  # the lock of a process that is gone is none
    assert any("last open by Mara" in notice for notice in opened.notices)
    opened.close()
    assert not any("last open" in notice for notice in again(lab).notices)


def test_opened_again_in_one_notebook_the_lab_before_is_closed(lab: Lab) -> None:
    second = again(lab)
    with pytest.raises(StorageUnavailable, match="closed"):
        lab.run(GenerateSelfSigned("um1"))
    second.run(GenerateSelfSigned("um1"))
    assert len(again(lab).history) == 2


# --- what must not be lost -----------------------------------------------------------------------


def no_room(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("call", ["fsync", "open"])
def test_when_the_disk_is_full_nothing_is_lost_and_the_lab_goes_on_afterwards(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    lab.run(GenerateSelfSigned("um1"))
    before, files = lab.deployment, everything(lab.folder)
    with monkeypatch.context() as patch:
        patch.setattr(os, call, no_room)
        with pytest.raises(StorageUnavailable, match="No space left"):
            lab.run(GenerateSelfSigned("gw1"), ImportAnchor("gw1", "um1"))
    assert lab.deployment is before
    assert everything(lab.folder) == files
    lab.run(GenerateSelfSigned("gw1"), ImportAnchor("gw1", "um1"))
    same(again(lab, read_only=True).deployment, lab.deployment)
    assert check_lab(lab.folder, repair=False).code == 0


def test_when_only_the_journal_has_no_room_the_next_line_still_holds_its_certificates(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", no_room)
        with pytest.raises(OSError, match="No space"):
            lab.run(GenerateSelfSigned("um1"))
    lab.run(GenerateSelfSigned("um1"), ImportAnchor("gw1", "um1"))
    same(again(lab, read_only=True).deployment, lab.deployment)


@pytest.fixture
def everybodys() -> Iterator[Path]:
    """A folder that every user of this computer may look into."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="this system tells no users apart this way")
def test_a_folder_that_may_not_be_written_is_told_and_can_be_looked_at(
    everybodys: Path, start: Deployment
) -> None:
    place = everybodys / "estate"
    Lab.open(place, start).close()
    inside = [place, *place.rglob("*")]
    for path in inside:
        path.chmod(0o555 if path.is_dir() else 0o444)
    code = (
        "import os, sys\n"
        "if os.getuid() == 0:\n"  # whoever is root may write everywhere
        "    Lab.open(sys.argv[1]).close(); os.setuid(65534)\n"
        "for options in ({}, {'read_only': True}):\n"
        "    try: print(len(Lab.open(sys.argv[1], **options).history))\n"
        "    except CertlabError as error: print(type(error).__name__, error)\n"
    )
    with elsewhere(code, place) as other:
        said, _ = other.communicate()
    for path in inside:
        path.chmod(0o755)
    refused, looked = said.strip().splitlines()
    assert refused.startswith("StorageUnavailable")
    assert "Permission denied" in refused
    assert looked == "1"


def damaged(lab: Lab, change: Callable[[list[bytes]], None]) -> bytes:
    """The journal's bytes after somebody changed its lines."""
    lines = lab._journal.path.read_bytes().splitlines(keepends=True)
    change(lines)
    lab._journal.path.write_bytes(data := b"".join(lines))
    return data


def test_an_edited_journal_is_not_opened_to_write_and_check_keeps_the_good_part(lab: Lab) -> None:
    states = [lab.deployment]
    states += [lab.run(GenerateSelfSigned(name)).deployment for name in OFFICE.devices]
    lab.close()

    def edit(lines: list[bytes]) -> None:
        lines[3] = lines[3].replace(b"gw2", b"gw9")

    damaged(lab, edit)
    files = everything(lab.folder)
    with pytest.raises(StorageUnavailable, match=r"line 4 is not as it was written.*check"):
        again(lab)
    assert {p: d for p, d in everything(lab.folder).items() if p.suffix != ".lock"} == {
        p: d for p, d in files.items() if p.suffix != ".lock"
    }
    looked = again(lab, read_only=True)
    assert looked.deployment == states[2]
    assert any("line 4" in notice for notice in looked.notices)
    checked = check_lab(lab.folder)
    assert checked.code == 1
    assert "3 lines are kept, the rest is in" in str(checked)
    aside = lab.folder / "journals" / "aside" / "main-1.txt"
    assert str(aside) in str(checked)
    assert b"gw9" in aside.read_bytes()
    assert again(lab).deployment == states[2]
    assert check_lab(lab.folder).code == 0


def test_check_puts_right_what_is_in_the_journal_and_says_what_it_cannot(lab: Lab) -> None:
    lab.run(GenerateSelfSigned("um1"), GenerateSelfSigned("gw1"))
    lab.close()
    one, other = sorted((lab.folder / "certificates").iterdir())
    kept = one.read_bytes()
    one.unlink()
    other.write_text("not a certificate")
    (lab.folder / ".gitignore").unlink()
    (lab.folder / "journals" / ".abc.half-written").write_bytes(b"half")
    key = next((lab.folder / "keys").iterdir())
    key.chmod(0o644)
    looked = everything(lab.folder)
    assert check_lab(lab.folder, repair=False).code == 2
    assert everything(lab.folder) == looked
    assert check_lab(lab.folder).code == 1
    assert one.read_bytes() == kept
    assert key.stat().st_mode & 0o777 == 0o600
    assert "keys/" in (lab.folder / ".gitignore").read_text()
    assert not list(lab.folder.rglob("*.half-written"))
    assert check_lab(lab.folder).code == 0
    key.unlink()
    checked = check_lab(lab.folder)
    assert checked.code == 2
    assert "1 private keys are missing" in str(checked)


@pytest.mark.parametrize(
    "about", [b'{"format": 2, "keys": "encrypted"}', b"{}", b"[", b"[" * 99999]
)
def test_a_format_that_is_not_known_is_refused_and_left_untouched(lab: Lab, about: bytes) -> None:
    lab.close()
    (lab.folder / "lab.json").write_bytes(about)
    files = everything(lab.folder)
    for options in ({}, {"read_only": True}):
        with pytest.raises(StorageUnavailable, match=r"format .* newer one. Nothing was changed"):
            again(lab, **options)
    with pytest.raises(StorageUnavailable, match="format"):
        check_lab(lab.folder)
    assert everything(lab.folder) == files


def test_a_lab_killed_while_it_wrote_its_first_files_is_begun_again(
    tmp_path: Path, start: Deployment
) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / ".0a1b2c3d.half-written").write_bytes(b"{")
    with Lab.open(tmp_path, start) as lab:
        assert len(lab.history) == 1
    check_lab(tmp_path)
    assert check_lab(tmp_path, repair=False).code == 0


def test_a_folder_of_other_things_is_not_made_a_lab(tmp_path: Path, start: Deployment) -> None:
    (tmp_path / "letter.txt").write_text("Dear")
    with pytest.raises(InvalidInput, match="something else"):
        Lab.open(tmp_path, start)
    with pytest.raises(InvalidInput, match="there is no lab"):
        Lab.open(tmp_path / "none")
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_steps_of_somebody_elses_are_not_kept(lab: Lab) -> None:
    class Odd(GenerateSelfSigned):
        pass

    with pytest.raises(InvalidInput, match=r"only the Steps of certlab.deployment"):
        lab.run(Odd("um1"))
    assert len(again(lab).history) == 1


# --- what must not get out -----------------------------------------------------------------------

PASSPHRASE = "zebra-violin-92-quartz"


Leaks = Callable[[Iterable[KeyPair]], set[bytes]]


def keys_of(deployment: Deployment) -> list[KeyPair]:
    return [deployment.keys.get(fingerprint) for fingerprint in deployment.keys]


def test_no_key_and_no_passphrase_is_anywhere_but_in_the_key_files(
    tmp_path: Path, start: Deployment, leaks: Leaks
) -> None:
    lab = Lab.open(tmp_path / "estate", start, passphrase=PASSPHRASE)
    lab.run(InternalPKI().procedure(OFFICE), note="set up")
    lab.undo().redo()
    said = [repr(lab), repr(lab.history), repr(lab.__dict__), repr(vars(lab._keys)["kept"])]
    lab.close()
    for wrong in ("wrong", None):
        with pytest.raises(KeyUnavailable) as refused:
            again(lab, passphrase=wrong)
        said += traceback.format_exception(refused.value)
    said.append(str(check_lab(lab.folder)))
    secrets = leaks(keys_of(lab.deployment))
    secrets |= {PASSPHRASE.encode(), PASSPHRASE.encode().hex().encode()}
    assert len(secrets) > 40
    for path, data in everything(tmp_path).items():
        assert not [s for s in secrets if s in data or s in data.replace(b"\n", b"")], path
    text = "\n".join(said).encode()
    assert not [secret for secret in secrets if secret in text]
    for path in (lab.folder / "keys").iterdir():
        assert b"ENCRYPTED PRIVATE KEY" in path.read_bytes()
        assert path.stat().st_mode & 0o777 == 0o600
    assert (lab.folder / "keys").stat().st_mode & 0o777 == 0o700


def test_without_a_passphrase_the_keys_lie_in_their_folder_alone_and_the_lab_says_so(
    lab: Lab, leaks: Leaks
) -> None:
    lab.run(GenerateSelfSigned("um1"))
    assert "not encrypted" in repr(lab)
    found = [
        path.parent.name
        for path, data in everything(lab.folder).items()
        if any(leak in data for leak in leaks(keys_of(lab.deployment)))
    ]
    assert found == ["keys"]


def test_git_takes_no_key_into_a_repository(lab: Lab) -> None:
    lab.run(GenerateSelfSigned("um1"))
    lines = (lab.folder / ".gitignore").read_text().split()
    assert "keys/" in lines


def test_the_keys_open_with_the_passphrase_and_not_with_another(
    tmp_path: Path, start: Deployment
) -> None:
    with Lab.open(tmp_path / "x", start, passphrase=PASSPHRASE) as lab:
        held = lab.run(GenerateSelfSigned("um1")).deployment.certificate_of("um1")
    assert held
    for wrong, told in (
        ("other", "passphrase is wrong"),
        (None, "are encrypted"),
        ("", "is wrong"),
    ):
        with pytest.raises(KeyUnavailable, match=told):
            again(lab, passphrase=wrong)
    key = again(lab, passphrase=PASSPHRASE).deployment.keys.get(held.key_fingerprint)
    assert key.fingerprint == held.key_fingerprint


def test_a_key_file_that_asks_for_endless_work_is_not_opened(
    tmp_path: Path, start: Deployment
) -> None:
    lab = Lab.open(tmp_path / "x", start, passphrase=PASSPHRASE)
    file = lab.folder / "keys" / "passphrase.pem"
    der = base64.b64decode("".join(file.read_text().splitlines()[1:-1]))
    before, found, after = der.partition(bytes.fromhex("2a864886f70d01050c"))
    salt = after[3]
    at = 4 + salt  # a SEQUENCE, the salt in it, then the INTEGER of the rounds
    assert (after[2], after[at], after[at + 1]) == (4, 2, 2)
    many = after[: at + 2] + b"\x7f\xff" + after[at + 4 :]
    endless = after[: at + 1] + b"\x08" + b"\x7f" * 8 + after[at + 4 :]
    for rest, told in ((many, "wrong, or"), (endless, "wrong, or"), (b"", "wrong, or")):
        text = base64.encodebytes(before + found + rest).decode()
        head, *_, tail = file.read_text().splitlines()
        file.chmod(0o600)
        file.write_text(f"{head}\n{text}{tail}\n")
        with pytest.raises(KeyUnavailable, match=told):
            again(lab, passphrase=PASSPHRASE)


def test_an_empty_passphrase_begins_no_lab(tmp_path: Path, start: Deployment) -> None:
    with pytest.raises(KeyUnavailable, match="empty"):
        Lab.open(tmp_path / "x", start, passphrase="")
    assert not list(tmp_path.iterdir())


def test_a_lessons_deployment_is_not_saved(tmp_path: Path) -> None:
    lesson = deploy(OFFICE, SelfSigned(), at=AT, seed="a seed nobody needs")
    with pytest.raises(KeyUnavailable, match="whoever has the seed") as refused:
        Lab.open(tmp_path / "x", lesson)
    assert "nobody needs" not in "".join(traceback.format_exception(refused.value))
    assert not list(tmp_path.iterdir())


def test_other_tools_read_the_certificates(lab: Lab, require_tool: Callable[[str], str]) -> None:
    lab.run(GenerateSelfSigned("um1"))
    held = lab.deployment.certificate_of("um1")
    assert held
    (path,) = (lab.folder / "certificates").iterdir()
    assert path.name == f"um1.office.example-{held.fingerprint[:16]}.pem"
    done = subprocess.run(
        [require_tool("openssl"), "x509", "-in", path, "-noout", "-fingerprint", "-sha256"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split("=")[1].strip().replace(":", "").lower() == held.fingerprint


# --- what others may have written ----------------------------------------------------------------


def resealed(path: Path, records: list[Any]) -> None:
    seal, lines = "", b""
    for record in records:
        text = json.dumps(record).encode()
        seal = _sealed(seal, text)
        lines += seal.encode() + b" " + text + b"\n"
    path.write_bytes(lines)
    path.with_suffix(".head").write_text(f"{seal}\n")


ODD: list[Any] = [
    None, True, -1, 10**30, 1.5, "", "x", "__class__", "os.system('x')", [], [[]], {}, {"=": 1},
    {"+": [["a", "b"]]}, ["GenerateSelfSigned", {"device": 1}], ["Step", {}], "2026-11-24",
]  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inside in list(keys):
        yield value, key
        if isinstance(inside, dict | list):
            yield from places(inside)


def test_a_journal_that_others_sealed_is_read_or_refused_and_never_run(lab: Lab) -> None:
    for phase in InternalPKI().procedure(OFFICE).phases:
        lab.run(phase.steps)
    lab.close()
    path, dice = lab._journal.path, random.Random(8)
    records = [json.loads(line.partition(b" ")[2]) for line in path.read_bytes().splitlines()]
    refused = 0
    for _ in range(250):
        changed = copy.deepcopy(records)
        holder, key = dice.choice(list(places(changed)))
        if isinstance(holder, dict) and dice.random() < 0.2:
            holder[dice.choice(("__init__", "keys", "previous", "x"))] = holder.pop(key)
        else:
            holder[key] = dice.choice(ODD)
        resealed(path, changed)
        try:
            opened = again(lab)
            trust_matrix(opened.deployment)
            opened.close()
        except CertlabError:
            refused += 1
    assert refused > 100


def test_a_step_in_a_journal_is_one_of_certlabs_and_nothing_else(lab: Lab) -> None:
    lab.run(GenerateSelfSigned("um1"))
    lab.close()
    path = lab._journal.path
    records = [json.loads(line.partition(b" ")[2]) for line in path.read_bytes().splitlines()]
    for name in ("Popen", "Deployment", "Step", "os.system", "Odd"):
        records[-1]["steps"] = [[name, {"device": "um1"}]]
        resealed(path, records)
        with pytest.raises(StorageUnavailable, match="line 2 cannot be read"):
            again(lab)


def test_every_step_of_certlab_is_read_as_it_was_written(lab: Lab) -> None:
    from certlab.records.writing import Notation, _named

    steps: list[Step] = [
        GenerateSelfSigned("um1", lifetime_days=30),
        ImportAnchor("gw1", "um1", fingerprint=hashlib.sha256(b"x").hexdigest()),
        *(step for model in MODELS for step in model.procedure(OFFICE)),
        Revoke("Lab PKI", "gw1", reason=x509.ReasonFlags.superseded),
        SwitchDialPlan("plan", SecurityMode.SECURED),
    ]
    assert {type(step).__name__ for step in steps} <= set(_named())
    notation = Notation(lab.deployment.keys)
    text = json.loads(json.dumps(notation.write(tuple(steps))))
    assert notation.read(tuple[Step, ...], text) == tuple(steps)


def test_a_certificate_that_is_not_rfc_5280s_is_kept_to_the_byte(lab: Lab) -> None:
    lab.run(GenerateSelfSigned("um1"))
    held = lab.deployment.certificate_of("um1")
    assert isinstance(held, Certificate)
    found = again(lab).deployment.certificate_of("um1")
    assert found is not None
    assert found.der == held.der
