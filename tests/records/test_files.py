"""Bring in files as people have them: whatever lies there, reading ends and says what it found."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from certlab.pki import Certificate, Draft, KeyPair, as_pem, as_pkcs12, profile, self_signed
from certlab.records import Found, Limits, read_files

AT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(scope="module")
def leaf() -> tuple[KeyPair, Certificate]:
    key = KeyPair.generate()
    return key, self_signed(Draft(("gw1.office.example",), profile("mutual-tls"), AT), key)


Leaf = tuple[KeyPair, Certificate]


def told(found: Found) -> str:
    return "\n".join(map(str, found.problems))


def test_a_folder_of_everything_gives_each_certificate_once_and_names_the_rest(
    leaf: Leaf, tmp_path: Path
) -> None:
    key, certificate = leaf
    (tmp_path / "deep/er").mkdir(parents=True)
    (tmp_path / "gw1.pem").write_bytes(as_pem([certificate]))
    (tmp_path / "deep/er/gw1.cer").write_bytes(certificate.der)
    (tmp_path / "deep/gw1.pfx").write_bytes(
        as_pkcs12(key, certificate, passphrase="abc", name="gw1")
    )
    (tmp_path / "holiday.jpg").write_bytes(b"\xff\xd8\xff\xe0 sea, sand")
    (tmp_path / "letter.txt").write_text("Dear colleague,")
    found = read_files(tmp_path, passphrase="abc")
    assert found.certificates == (certificate,)
    assert [path.name for path in found.key_files] == ["gw1.pfx"]
    assert (found.keys, found.problems) == ((), ())
    assert [path.name for path in found.others] == ["holiday.jpg", "letter.txt"]
    assert "1 certificates" in repr(found)


def test_a_wrong_passphrase_and_a_truncated_file_are_named_with_their_files(
    leaf: Leaf, tmp_path: Path
) -> None:
    pfx = as_pkcs12(*leaf, passphrase="abc", name="gw1")
    (tmp_path / "a.pfx").write_bytes(pfx)
    (tmp_path / "b.pfx").write_bytes(pfx[: len(pfx) // 2])
    found = read_files(tmp_path, passphrase="wrong")
    one, two = found.problems
    assert (one.file, two.file) == (str(tmp_path / "a.pfx"), str(tmp_path / "b.pfx"))
    assert "passphrase is wrong" in one.what
    assert "cut off" in two.what


def test_a_file_that_is_not_there_is_a_problem_and_no_exception(leaf: Leaf, tmp_path: Path) -> None:
    (tmp_path / "gw1.cer").write_bytes(leaf[1].der)
    found = read_files(tmp_path / "none.pem", "nul\0name", tmp_path / "gw1.cer")
    assert found.certificates == (leaf[1],)
    assert "none.pem" in told(found)
    assert "No such file" in told(found)
    assert len(found.problems) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="file modes and kinds of Unix")
def test_a_file_one_may_not_read_is_named(leaf: Leaf, tmp_path: Path) -> None:
    (tmp_path / "gw1.cer").write_bytes(leaf[1].der)
    (tmp_path / "secret.pem").write_bytes(leaf[1].der)
    (tmp_path / "secret.pem").chmod(0)
    (tmp_path / "closed").mkdir(mode=0)
    with an_ordinary_user(tmp_path):
        found = read_files(tmp_path)
    assert found.certificates == (leaf[1],)
    assert sorted(Path(problem.file or "").name for problem in found.problems) == [
        "closed",
        "secret.pem",
    ]
    assert told(found).count("Permission denied") == 2


@contextmanager
def an_ordinary_user(folder: Path) -> Iterator[None]:
    """Root may read everything, so a test that runs as root steps down for a moment."""
    if os.geteuid():
        yield
        return
    for place in (folder, *folder.parents):
        if place.stat().st_uid == 0 and str(place).count("/") > 1:
            place.chmod(place.stat().st_mode | 0o055)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_gigabyte_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "disk.pem").open("wb") as file:
        file.write(b"-----BEGIN CERTIFICATE-----\n")
        file.truncate(1024**3)
    (problem,) = read_files(tmp_path).problems
    assert problem.what == "the file is too large (1024 MiB)"


def test_ten_thousand_files_are_read_and_each_fault_is_named(tmp_path: Path) -> None:
    for number in range(10_000):
        (tmp_path / f"{number}.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\n")
    found = read_files(tmp_path)
    assert len(found.problems) == 10_000
    assert found.problems[0].what == "this block has no end: the file is cut off"


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(files=3), "there are more than 3 files"),
        (Limits(all_bytes=2 * 1024**2), "the files are larger than 2 MiB together"),
        (Limits(seconds=-1), "it takes more than -1 seconds"),
    ],
)
def test_reading_stops_at_a_limit_and_says_where(
    limits: Limits, reason: str, tmp_path: Path
) -> None:
    for number in range(6):
        (tmp_path / f"{number}.txt").write_bytes(b" " * 700_000)
    found = read_files(tmp_path, limits=limits)
    (problem,) = found.problems
    assert reason in problem.what
    assert len(found.others) < 6
    assert problem.file == str(tmp_path / f"{len(found.others)}.txt")


@pytest.mark.skipif(sys.platform == "win32", reason="file modes and kinds of Unix")
def test_what_might_never_end_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pem")
    (tmp_path / "zero.pem").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "round").symlink_to("round")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        found = read_files(tmp_path)
    assert sorted(Path(problem.file or "").name for problem in found.problems) == [
        "pipe.pem",
        "round",
        "socket",
        "zero.pem",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="file modes and kinds of Unix")
def test_a_hostile_file_name_cannot_forge_a_line_of_the_report(tmp_path: Path) -> None:
    (tmp_path / "a\nrow 1: all is well\x1b[2K.pem").write_bytes(b"-----BEGIN CERTIFICATE-----")
    (problem,) = read_files(tmp_path).problems
    assert str(problem).isprintable()
