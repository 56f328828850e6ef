"""Take out: a device is handed a folder with what it needs, and a private key only when asked."""

from __future__ import annotations

import errno
import hashlib
import re
import shlex
import shutil
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from certlab.deployment import (
    Deployment,
    Device,
    DialPlan,
    GenerateSelfSigned,
    ImportAnchor,
    InternalPKI,
    Inventory,
    RequestCertificate,
    Role,
    SecurityMode,
    SelfSigned,
    ThirdPartyCA,
    begin,
    deploy,
)
from certlab.errors import InvalidInput, KeyUnavailable, StepRefused, UnknownName
from certlab.live import Party, clock, sip
from certlab.live.parties import load_identity
from certlab.live.programs import Program, free_port, private_folder, wait_until
from certlab.pki import Certificate, NoPassphrase, read_contents, read_pem
from certlab.records import Platform, export_device, folders

AT = "2026-11-24"
WORDS = "correct horse battery"
Tool = Callable[[str], str]


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


@pytest.fixture(scope="module")
def lab() -> Deployment:
    """An office with a CA of its own, by this computer's clock: tools judge by it."""
    return deploy(office(), InternalPKI(), at=clock())


def run(*words: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False, cwd=cwd
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def everything(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


# --- what is in it ------------------------------------------------------------------------------


def test_a_folder_holds_the_device_s_chain_its_roots_and_the_crls_in_force(
    lab: Deployment, tmp_path: Path
) -> None:
    made = export_device(lab, "gw1", tmp_path)
    assert made.path == tmp_path / "gw1"
    own, (issuing,) = lab.certificate_of("gw1"), lab.chain_of("gw1")
    assert read_pem((made.path / "certificate.pem").read_bytes()) == [own, issuing]
    assert Certificate.from_der((made.path / "certificate.cer").read_bytes()) == own
    assert set(read_contents((made.path / "certificate.p7b").read_bytes()).certificates) == {
        own,
        issuing,
    }
    assert tuple(read_pem((made.path / "roots.pem").read_bytes())) == lab.anchors_of("gw1")
    crls = [crl.public_bytes(Encoding.DER) for crl in
            read_contents((made.path / "crls.pem").read_bytes()).crls]  # fmt: skip
    assert len(crls) == len(lab.crls) == 2
    assert sorted(crls) == sorted(file.read_bytes() for file in (made.path / "crls").iterdir())
    assert set(made.files) == {name for name in everything(made.path) if "." in name} | {
        "SHA256SUMS"
    }


def test_openssl_finds_the_exported_chain_good_with_the_exported_roots_and_crls(
    lab: Deployment, tmp_path: Path, require_tool: Tool
) -> None:
    folder = export_device(lab, "gw1", tmp_path).path
    run(require_tool("openssl"), "verify", "-CAfile", "roots.pem", "-untrusted", "issuing.pem",
        "-CRLfile", "crls.pem", "-crl_check_all", "-purpose", "sslclient", "certificate.pem",
        cwd=folder)  # fmt: skip


def test_the_sums_are_those_of_the_files_as_they_lie_there(lab: Deployment, tmp_path: Path) -> None:
    made = export_device(lab, "gw1", tmp_path)
    lines = (made.path / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert set(sums) == set(made.files) - {"SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((made.path / name).read_bytes()).hexdigest() == digest


def test_the_readme_names_every_file_and_the_fingerprints_to_compare(
    lab: Deployment, tmp_path: Path
) -> None:
    made = export_device(lab, "gw1", tmp_path)
    readme = (made.path / "README.md").read_text("utf-8")
    for name in set(made.files) - {"README.md", "SHA256SUMS"}:
        assert f"`{name}`" in readme
    (own,) = (presented.certificate for presented in lab.presented_by("gw1"))
    together = readme.replace(" ", "").lower()
    for certificate in (own, *lab.anchors_of("gw1")):
        assert certificate.fingerprint in together
    for note in made.notes:
        assert note in readme


def test_a_self_signed_anchor_is_filed_under_the_name_of_its_owner(tmp_path: Path) -> None:
    lab = deploy(office(), SelfSigned(), at=AT)
    folder = export_device(lab, "um1", tmp_path).path
    assert everything(folder / "roots") == {"gw1.cer", "pbx1.cer"}
    gateway = Certificate.from_der((folder / "roots/gw1.cer").read_bytes())
    assert gateway == lab.certificate_of("gw1")


def test_a_request_that_waits_goes_along(tmp_path: Path, require_tool: Tool) -> None:
    lab = begin(office(), at=AT)
    model = InternalPKI()
    lab = lab.run(model.procedure(office()).phases[0], RequestCertificate("gw1", "Lab PKI"))
    folder = export_device(lab, "gw1", tmp_path).path
    run(require_tool("openssl"), "req", "-in", folder / "request-Lab_PKI.csr", "-verify", "-noout")


def test_a_split_pair_goes_out_as_two_certificates_with_a_key_each(tmp_path: Path) -> None:
    lab = deploy(office(), ThirdPartyCA(split=True), at="2027-04-01")
    made = export_device(lab, "gw1", tmp_path, "kamailio", with_key=True, passphrase=WORDS)
    server, client = lab.presented_by("gw1")
    assert read_pem((made.path / "certificate.pem").read_bytes())[0] == server.certificate
    assert read_pem((made.path / "client-certificate.pem").read_bytes())[0] == client.certificate
    for name, certificate in (("key.pem", server[1]), ("client-key.pem", client[1])):
        found = read_contents((made.path / name).read_bytes(), WORDS, with_keys=True)
        assert [key.fingerprint for key in found.keys] == [certificate.key_fingerprint]
    tls = (made.path / "tls.cfg").read_text().partition("[client:default]")[2]
    assert "client-certificate.pem" in tls


def test_a_device_that_holds_nothing_gets_no_folder(tmp_path: Path) -> None:
    with pytest.raises(StepRefused, match="holds nothing yet"):
        export_device(begin(office(), at=AT), "gw1", tmp_path)
    assert not everything(tmp_path)


# --- the commands for its platform --------------------------------------------------------------

SAYS = {
    Platform.EXCHANGE: "Enable-ExchangeCertificate -Services UM",
    Platform.CERTUTIL: r"certutil -addstore Root roots\Lab_PKI_root_lab_only.cer",
    Platform.GROUP_POLICY: "Trusted Root Certification Authorities",
    Platform.OPENSSL: "openssl s_server",
    Platform.KEYTOOL: "keytool -importkeystore -srckeystore certificate.pfx",
    Platform.ASTERISK: "asterisk -f",
    Platform.KAMAILIO: "kamailio -DD -E -f /etc/kamailio/tls/kamailio.cfg",
    Platform.NGINX: "nginx -e stderr -p /etc/nginx/tls",
    Platform.STUNNEL: "stunnel /etc/stunnel/tls/stunnel.conf",
}


def test_every_platform_is_told_about() -> None:
    assert set(SAYS) == set(Platform)


@pytest.mark.parametrize("platform", Platform)
def test_the_readme_tells_what_to_type_with_files_that_are_there(
    platform: Platform, lab: Deployment, tmp_path: Path
) -> None:
    made = export_device(lab, "gw1", tmp_path, platform, with_key=True, passphrase=WORDS)
    readme = (made.path / "README.md").read_text("utf-8")
    commands = readme.partition("```")[2].partition("```")[0]
    assert SAYS[platform] in commands
    ours = re.findall(r"[\w./\\-]+\.(?:pem|cer|pfx|crl|p7b|cfg|conf)\b", commands)
    for word in ours:
        name = re.sub(r"^/etc/\w+/tls/", "", word.replace("\\", "/"))
        assert name in made.files, f"{word} is not there"


def test_a_server_on_windows_gets_exchange_s_commands_and_a_gateway_openssl_s(
    lab: Deployment, tmp_path: Path
) -> None:
    for device, says in (("um1", "Import-ExchangeCertificate"), ("pbx1", "openssl s_server")):
        folder = export_device(lab, device, tmp_path).path
        assert says in (folder / "README.md").read_text("utf-8")


def test_an_unknown_platform_or_device_is_refused_with_those_there_are(
    lab: Deployment, tmp_path: Path
) -> None:
    with pytest.raises(UnknownName, match="kamailio"):
        export_device(lab, "gw1", tmp_path, "toaster")
    with pytest.raises(UnknownName, match="gw1"):
        export_device(lab, "gw11", tmp_path)
    assert not everything(tmp_path)


def test_two_exported_folders_are_enough_for_a_mutual_handshake(
    lab: Deployment, tmp_path: Path, require_tool: Tool
) -> None:
    openssl = require_tool("openssl")
    gateway, server = (
        export_device(lab, name, tmp_path, with_key=True, passphrase=NoPassphrase.REFUSED_TWICE,
                      platform="openssl").path
        for name in ("gw1", "um1")
    )  # fmt: skip
    readme = (server / "README.md").read_text("utf-8")
    command = re.search(r"^openssl s_server .*$", readme, re.MULTILINE)
    assert command
    port = free_port()
    serve = command[0].replace("0.0.0.0:5061", f"127.0.0.1:{port}").split()[1:]
    ask = ["s_client", "-connect", f"127.0.0.1:{port}", "-quiet", "-CAfile", "roots.pem",
           "-cert", "certificate.pem", "-key", "key.pem", "-cert_chain", "issuing.pem",
           "-verify_return_error", "-verify_hostname", "um1.office.example"]  # fmt: skip
    with running(openssl, *serve, cwd=server):
        assert wait_until(lambda: reachable(port), 20)
        with running(openssl, *ask, cwd=gateway) as asking:
            assert asking.stdin
            assert asking.stdout
            asking.stdin.write(b"olleh\n")
            asking.stdin.flush()
            assert asking.stdout.readline() == b"hello\n"


def reachable(port: int) -> bool:
    with socket.socket() as trial:
        return not trial.connect_ex(("127.0.0.1", port))


@contextmanager
def running(*words: str, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process with its ends in our hands, ended when we are done with it."""
    pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(words, cwd=cwd, stdin=pipe, stdout=pipe, stderr=quiet) as process:
        try:
            yield process
        finally:
            process.kill()


ASKS: dict[str, tuple[Callable[[int], bytes], bytes]] = {
    "kamailio": (
        lambda port: sip.options("um1", "gw1.office.example", port=port),
        b"SIP/2.0 200 OK",
    ),
    "nginx": (lambda port: b"GET / HTTP/1.1\r\nHost: gw1\r\n\r\n", b"HTTP/1.1 200 OK"),
}


@pytest.mark.parametrize("platform", ASKS)
def test_a_server_started_with_its_folder_as_the_readme_says_answers_who_it_trusts(
    platform: str, lab: Deployment, tmp_path: Path, require_tool: Tool
) -> None:
    tool, place, port = require_tool(platform), private_folder(), free_port()
    made = export_device(
        lab,
        "gw1",
        tmp_path,
        platform,
        with_key=True,
        passphrase=NoPassphrase.REFUSED_TWICE,
        at_device=str(place),
    )
    files = {
        name: (made.path / name).read_bytes().replace(b"0.0.0.0:5061", b"127.0.0.1:%d" % port)
        for name in made.files
        if "/" not in name
    }
    readme = files["README.md"].decode()
    command = shlex.split(readme.partition("```sh")[2].partition("```")[0].splitlines()[-1])
    um = Party.of(lab, "um1")
    assert um.key
    context = ssl.create_default_context(cafile=str(made.path / "roots.pem"))
    load_identity(context, um.key, um.sends)
    asked, answer = ASKS[platform]
    program = Program(place, [tool, *command[1:]], files)
    try:
        assert wait_until(lambda: reachable(port), 20), program.output
        with (
            socket.create_connection(("127.0.0.1", port), 10) as connection,
            context.wrap_socket(connection, server_hostname="gw1.office.example") as talking,
        ):
            talking.sendall(asked(port))
            assert talking.recv(4096).startswith(answer)
    finally:
        program.stop()


# --- the private key ----------------------------------------------------------------------------


def test_no_private_key_leaves_unless_it_is_asked_for(lab: Deployment, tmp_path: Path) -> None:
    made = export_device(lab, "gw1", tmp_path, passphrase=WORDS)
    for name in made.files:
        found = read_contents((made.path / name).read_bytes())
        assert found.private_keys == 0, name
    assert "No private key is here" in " ".join(made.notes)


def test_a_private_key_lies_encrypted_and_its_owner_alone_can_read_it(
    lab: Deployment, tmp_path: Path, require_tool: Tool
) -> None:
    folder = export_device(lab, "gw1", tmp_path, with_key=True, passphrase=WORDS).path
    if sys.platform != "win32":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        for name in ("key.pem", "certificate.pfx"):
            assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    public = run(require_tool("openssl"), "pkey", "-in", folder / "key.pem", "-passin",
                 f"pass:{WORDS}", "-pubout")  # fmt: skip
    assert public == run(require_tool("openssl"), "x509", "-in", folder / "certificate.pem",
                         "-noout", "-pubkey")  # fmt: skip
    pfx = (folder / "certificate.pfx").read_bytes()
    assert read_contents(pfx, WORDS).certificates[0] == lab.certificate_of("gw1")
    assert "passphrase is wrong" in read_contents(pfx, "another").problems[0].what


def test_without_a_passphrase_the_first_no_only_asks_again(lab: Deployment, tmp_path: Path) -> None:
    for given in (None, "", NoPassphrase.REFUSED):
        with pytest.raises(KeyUnavailable, match="passphrase"):
            export_device(lab, "gw1", tmp_path, with_key=True, passphrase=given)
    assert not everything(tmp_path)
    made = export_device(lab, "gw1", tmp_path, with_key=True, passphrase=NoPassphrase.REFUSED_TWICE)
    assert b"BEGIN PRIVATE KEY" in (made.path / "key.pem").read_bytes()
    assert "in the clear" in " ".join(made.notes)


def test_a_lesson_s_key_never_leaves_whatever_is_asked(tmp_path: Path) -> None:
    lesson = deploy(office(), SelfSigned(), at=AT, seed="lesson")
    for given in (WORDS, NoPassphrase.REFUSED_TWICE):
        with pytest.raises(KeyUnavailable, match="seed"):
            export_device(lesson, "gw1", tmp_path, with_key=True, passphrase=given)
    assert not everything(tmp_path)
    assert export_device(lesson, "gw1", tmp_path).files


def test_the_old_encryption_is_warned_of_where_it_is_asked_for_and_where_it_is_read(
    lab: Deployment, tmp_path: Path
) -> None:
    with pytest.warns(UserWarning, match="triple DES"):
        made = export_device(
            lab, "gw1", tmp_path, with_key=True, passphrase=WORDS, old_encryption=True
        )
    assert "triple DES" in (made.path / "README.md").read_text("utf-8")


# --- on the disk --------------------------------------------------------------------------------


def test_nothing_is_overwritten_without_asking(lab: Deployment, tmp_path: Path) -> None:
    folder = export_device(lab, "gw1", tmp_path).path
    before = (folder / "README.md").read_bytes()
    renewed = lab.run(GenerateSelfSigned("gw1"), ImportAnchor("um1", certificate_of="gw1"))
    with pytest.raises(InvalidInput, match="already there"):
        export_device(renewed, "gw1", tmp_path)
    assert (folder / "README.md").read_bytes() == before
    export_device(renewed, "gw1", tmp_path, replace=True)
    assert (folder / "README.md").read_bytes() != before
    assert everything(tmp_path) == {"gw1", *(f"gw1/{name}" for name in everything(folder))}


def test_a_folder_with_somebody_else_s_file_is_not_replaced(
    lab: Deployment, tmp_path: Path
) -> None:
    folder = export_device(lab, "gw1", tmp_path).path
    (folder / "roots/notes.txt").write_text("do not lose this")
    with pytest.raises(InvalidInput, match=r"roots/notes\.txt"):
        export_device(lab, "gw1", tmp_path, replace=True)
    assert (folder / "roots/notes.txt").read_text() == "do not lose this"
    shutil.rmtree(folder)
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidInput, match="not replaced"):
        export_device(lab, "gw1", tmp_path, replace=True)
    assert not everything(tmp_path / "elsewhere")


TRICKS = [
    "../../up",
    "/etc/passwd",
    "a/b",
    r"..\..\up",
    "CON",
    "com1.txt",
    ". ",
    "um\n1",
    "x" * 300,
]


@pytest.mark.parametrize("name", TRICKS)
def test_a_name_with_path_tricks_stays_inside_the_chosen_folder(name: str, tmp_path: Path) -> None:
    inventory = Inventory.of(
        [
            Device("um1", "um1.office.example", Role.UM_SERVER, ("office",)),
            Device(name, "gw1.office.example", Role.GATEWAY, ("office",)),
        ],
        [DialPlan("office", SecurityMode.SECURED)],
    )
    lab, chosen = deploy(inventory, SelfSigned(), at=AT), tmp_path / "a/b/chosen"
    for device in (name, "um1"):
        made = export_device(lab, device, chosen, with_key=True, passphrase=WORDS)
        assert made.path.parent == chosen
        assert not re.fullmatch(r"(con|com1)(\..*)?", made.path.name, re.IGNORECASE)
        for file in made.files:
            assert re.fullmatch(r"[A-Za-z0-9._/-]+", file)
            assert (made.path / file).resolve().is_relative_to(made.path.resolve())
    assert everything(tmp_path) - {"a", "a/b", "a/b/chosen"} == {
        f"a/b/chosen/{file}" for file in everything(chosen)
    }


def test_two_names_that_some_systems_take_for_one_get_two_files(tmp_path: Path) -> None:
    names = ("um1", "GW 1", "gw-1", "gw_1")
    inventory = Inventory.of(
        [
            Device(name, f"d{number}.office.example",
                   Role.GATEWAY if number else Role.UM_SERVER, ("office",))
            for number, name in enumerate(names)
        ],
        [DialPlan("office", SecurityMode.SECURED)],
    )  # fmt: skip
    lab = deploy(inventory, SelfSigned(), at=AT)
    folder = export_device(lab, "um1", tmp_path).path
    assert len({name.casefold() for name in everything(folder / "roots")}) == 3


def test_when_the_disk_is_full_nothing_is_left_and_what_was_there_stays(
    lab: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = export_device(lab, "gw1", tmp_path).path
    before = everything(tmp_path)

    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(folders, "write_private", full)
    with pytest.raises(InvalidInput, match="No space left"):
        export_device(lab, "gw1", tmp_path, with_key=True, passphrase=WORDS, replace=True)
    assert everything(tmp_path) == before
    assert "key.pem" not in everything(folder)


def test_a_place_that_is_no_folder_is_named(lab: Deployment, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="cannot be written there"):
        export_device(lab, "gw1", tmp_path / "file")
