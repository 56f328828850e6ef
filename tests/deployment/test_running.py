"""Running Steps: progress, cancelling, keys made side by side, and what a Step shows of itself."""

from __future__ import annotations

import shlex
import subprocess
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import certlab.deployment
from certlab.deployment import (
    SELF,
    Deployment,
    Device,
    DialPlan,
    GenerateSelfSigned,
    ImportAnchor,
    ImportInto,
    InstallCertificate,
    InternalPKI,
    Inventory,
    PushRoot,
    RemoveAnchor,
    RequestCertificate,
    Revoke,
    Role,
    SecurityMode,
    SelfSigned,
    Step,
    Store,
    SwitchDialPlan,
    ThirdPartyCA,
    begin,
    deploy,
    migrate,
    trust_matrix,
)
from certlab.errors import StepRefused
from certlab.pki import FreshKeys, KeyPair, KeyType

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_progress_is_told_after_every_step(office: Inventory) -> None:
    told: list[tuple[int, int]] = []
    steps = SelfSigned().procedure(office)
    begin(office, at=NOW).run(steps, progress=lambda done, of: told.append((done, of)))
    assert told == [(n, 10) for n in range(1, 11)]


def test_a_cancelled_run_gives_the_deployment_back_as_it_was(office: Inventory) -> None:
    empty, behind = begin(office, at=NOW), 0

    def count(done: int, of: int) -> None:
        nonlocal behind
        behind = done

    after = empty.run(
        InternalPKI().procedure(office), progress=count, cancelled=lambda: behind == 9
    )
    assert after is empty
    assert behind == 9
    assert not after.credentials
    assert not after.journal


class Watched(FreshKeys):
    """Random keys; remembers which threads made them and how many at once."""

    def __init__(self, slow: float = 0.05) -> None:
        self.threads: set[int] = set()
        self.most = self.now = 0
        self.slow, self.lock = slow, threading.Lock()

    def key_pair(self, key_type: KeyType, label: str) -> KeyPair:
        with self.lock:
            self.threads.add(threading.get_ident())
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self.slow)
        with self.lock:
            self.now -= 1
        return KeyPair.generate()  # quick: what matters here is who makes it


def test_rsa_keys_are_made_side_by_side_and_each_is_used_once(
    estate: Callable[..., Inventory], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    inventory, source = estate(1, 7, 0), Watched()
    empty = Deployment(inventory, NOW, source)
    lab = empty.run(SelfSigned(key_type=KeyType.RSA_2048).procedure(inventory))
    assert source.most == 4
    assert threading.get_ident() not in source.threads
    assert len(lab.keys) == 8 == len(lab.credentials)
    assert lab.source is source
    assert lab.undo() is empty
    assert trust_matrix(lab).all_accepted


def test_a_run_waiting_for_rsa_keys_can_be_cancelled(estate: Callable[..., Inventory]) -> None:
    inventory, began = estate(1, 3, 0), time.monotonic()
    empty = Deployment(inventory, NOW, Watched(slow=0.5))
    after = empty.run(
        SelfSigned(key_type=KeyType.RSA_2048).procedure(inventory),
        cancelled=lambda: time.monotonic() - began > 0.15,
    )
    assert after is empty
    assert not after.credentials


def test_quick_keys_are_made_in_turn(office: Inventory) -> None:
    source = Watched(slow=0)
    Deployment(office, NOW, source).run(SelfSigned().procedure(office))
    assert source.threads == {threading.get_ident()}


def test_an_inventory_of_real_rsa_keys_works(estate: Callable[..., Inventory]) -> None:
    inventory = estate(1, 2, 0)
    model = InternalPKI(key_type=KeyType.RSA_2048, ca_key_type=KeyType.RSA_3072)
    lab = deploy(inventory, model, at=NOW)
    own = lab.certificate_of("gw1")
    assert own is not None
    assert own.key_type == "RSA 2048"
    assert lab.authority("Lab PKI root").certificate.key_type == "RSA 3072"
    assert trust_matrix(lab).all_accepted


def test_a_refused_step_in_a_run_with_rsa_keys_leaves_everything(
    estate: Callable[..., Inventory],
) -> None:
    inventory = estate(1, 1, 0)
    empty = begin(inventory, at=NOW)
    with pytest.raises(StepRefused):
        empty.run(
            GenerateSelfSigned("um1", KeyType.RSA_2048), PushRoot("gw1", certificate_of="um1")
        )
    assert not empty.credentials


# --- what a Step shows ----------------------------------------------------------------------


def every_step(office: Inventory) -> list[tuple[Deployment, Step]]:
    """Every kind of Step that models, migrations and repairs make, each with a Deployment."""
    found: list[tuple[Deployment, Step]] = []
    for model in (SelfSigned(ca=True), InternalPKI(), ThirdPartyCA(split=True)):
        lab = deploy(office, model, at=NOW, seed="steps")
        found += [(lab, step) for step in model.procedure(office)]
    lab = deploy(office, SelfSigned(), at=NOW, seed="steps")
    found += [
        (lab, step) for step in migrate(lab, to=InternalPKI()).procedure if "Remove" in repr(step)
    ]
    pki = deploy(office, InternalPKI(), at=NOW, seed="steps")
    names = [
        certlab.deployment.Renew("gw1", "Lab PKI"),
        certlab.deployment.SendChain("gw1", send=False),
        certlab.deployment.Revoke("Lab PKI", "gw1"),
        certlab.deployment.PublishCRL("Lab PKI"),
        certlab.deployment.RefuseRequest("gw1", "Lab PKI", reason="no"),
        certlab.deployment.SelectCertificate("um1"),
        certlab.deployment.InstallCertificate("um1", SELF),
        SwitchDialPlan("office", SecurityMode.SECURED),
        ImportInto("gw1", "um1", Store.INTERMEDIATE),
        certlab.deployment.RemoveFrom("gw1", "Lab PKI root", Store.ROOT),
    ]
    return found + [(pki, step) for step in names]


def test_the_repr_of_every_step_is_the_code_that_makes_it(office: Inventory) -> None:
    from cryptography.x509 import ReasonFlags

    from certlab.validation import Purpose

    names = {
        **{name: getattr(certlab.deployment, name) for name in certlab.deployment.__all__},
        "KeyType": KeyType,
        "Purpose": Purpose,
        "ReasonFlags": ReasonFlags,
    }
    steps = [step for _, step in every_step(office)]
    assert len({type(step) for step in steps}) >= 16
    for step in steps:
        assert eval(repr(step), dict(names)) == step
    assert (
        repr(RequestCertificate("gw1", "Lab PKI"))
        == "RequestCertificate('gw1', authority='Lab PKI')"
    )


def test_every_step_tells_itself_in_one_line_and_renders_a_command(office: Inventory) -> None:
    for lab, step in every_step(office):
        assert step.place
        assert "\n" not in step.tell()
        assert step.command(lab)
        assert step.touches >= 1


@pytest.fixture
def hostile() -> Deployment:
    """A device and a plan whose names try to get out of a command."""
    evil = "gw'; rm -rf / #$(reboot)`\u202e\n’"
    inventory = Inventory.of(
        [
            Device(evil, "gw1.office.example", Role.GATEWAY, (evil,)),
            Device("um " + evil, "um1.office.example", Role.UM_SERVER, (evil,), True),
        ],
        [DialPlan(evil, SecurityMode.SECURED)],
    )
    return deploy(inventory, InternalPKI("CA " + evil[:20]), at=NOW)


def test_a_hostile_name_stays_one_word_of_its_command(hostile: Deployment) -> None:
    inventory = hostile.inventory
    steps = [
        *SelfSigned().procedure(inventory),
        *InternalPKI("CA").procedure(inventory),
        SwitchDialPlan(next(iter(inventory.dial_plans)), SecurityMode.UNSECURED),
        *(RemoveAnchor(one, other) for one in inventory.devices for other in inventory.devices),
        *(Revoke(next(iter(hostile.authorities)), device) for device in inventory.devices),
        *(InstallCertificate(device, SELF) for device in inventory.devices),
    ]
    seen = []
    for step in steps:
        for line in step.command(hostile).splitlines() if not isinstance(step, PushRoot) else []:
            outside = []
            inside = False
            for char in line:
                inside = inside is not (char in "'\u2018\u2019\u201a\u201b")
                outside.append("" if inside else char)
            assert not inside or "openssl" in line
            if "openssl" in line:
                assert shlex.split(line)[0] == "openssl"
                assert not {"rm", "#", "reboot"} & set(shlex.split(line))
            else:
                assert "rm -rf" not in "".join(outside)
            assert "\u202e" not in line
            seen.append(line)
    assert any("Set-UMDialPlan" in line and "rm -rf" in line for line in seen)


def test_a_hostile_address_stays_one_word_of_its_command() -> None:
    evil = "gw1'; reboot #$(reboot)`reboot`\n.example"
    inventory = Inventory.of([Device("gw1", evil, Role.GATEWAY, ())], [])
    for step in (GenerateSelfSigned("gw1"), RequestCertificate("gw1", "CA")):
        command = step.command(begin(inventory, at=NOW))
        words = shlex.split(command)
        assert f"/CN={evil}".replace("\n", "\N{REPLACEMENT CHARACTER}") in words
        assert not {"reboot", "#$(reboot)`reboot`"} & set(words)


def test_the_openssl_commands_do_what_they_say(
    office: Inventory, tmp_path: Path, require_tool: Callable[[str], str]
) -> None:
    openssl = require_tool("openssl")
    lab = deploy(office, InternalPKI(), at=NOW)
    for step, made in (
        (GenerateSelfSigned("gw1"), "gw1.cer"),
        (RequestCertificate("gw1", "Lab PKI"), "gw1.csr"),
    ):
        key, tools = tmp_path / "gw1.key", {"PATH": f"{Path(openssl).parent}:/usr/bin:/bin"}
        subprocess.run(
            ["sh", "-e", "-c", step.command(lab)], cwd=tmp_path, env=tools, check=True,
            stdin=subprocess.DEVNULL, start_new_session=True, capture_output=True,
        )  # fmt: skip
        assert (tmp_path / made).stat().st_size > 100
        assert b"ENCRYPTED" not in key.read_bytes(), "a device starts with nobody there"
        assert key.stat().st_mode & 0o077 == 0
        key.unlink()
    text = (tmp_path / "gw1.cer").read_text()
    from certlab.pki import Certificate, CertificateRequest

    certificate = Certificate.from_pem(text)
    assert certificate.dns_names == ("gw1.office.example",)
    assert certificate.is_ca is False
    request = CertificateRequest.from_pem((tmp_path / "gw1.csr").read_text())
    assert request.proves_possession
    assert request.alternative_names[0].value == "gw1.office.example"


def test_a_device_has_one_name_on_windows_stores_and_elsewhere(office: Inventory) -> None:
    lab = deploy(office, InternalPKI(), at=NOW)
    assert ImportAnchor("um1", "Lab PKI root").command(lab) == (
        "certutil -addstore Root Lab_PKI_root.cer  # the file that its owner exported"
    )
    assert "certutil -addstore CA" in ImportInto("um1", "Lab PKI", Store.INTERMEDIATE).command(lab)
    assert "Trusted Root Certification Authorities" in PushRoot("um1", "Lab PKI root").command(lab)
