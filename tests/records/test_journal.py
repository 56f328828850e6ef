"""Journals and the files they are made of."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from certlab.errors import StorageUnavailable
from certlab.records.disk import HALF, append, write_files
from certlab.records.journal import Journal


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = Journal(tmp_path / "main.jsonl")
    for number in range(5):
        made.append({"number": number})
    return made


def numbers(journal: Journal) -> list[int]:
    return [record["number"] for record in journal.records]


def test_what_was_appended_is_read_again_in_its_order(journal: Journal) -> None:
    again = Journal(journal.path)
    assert numbers(again) == [0, 1, 2, 3, 4]
    assert again.trouble is None
    assert not again.torn


def test_a_line_cut_short_that_nobody_was_told_of_is_set_aside(journal: Journal) -> None:
    half = journal.path.read_bytes().splitlines(keepends=True)[4][:20]
    with journal.path.open("ab") as file:
        file.write(half)
    again = Journal(journal.path)
    assert again.torn
    assert again.trouble is None
    aside = again.mend()
    assert aside is not None
    assert aside.read_bytes() == half
    again.append({"number": 5})
    assert numbers(Journal(journal.path)) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("line", range(5))
def test_an_edited_line_is_recognized_and_those_before_it_are_kept(
    journal: Journal, line: int
) -> None:
    lines = journal.path.read_bytes().splitlines(keepends=True)
    lines[line] = lines[line].replace(b'"number"', b'"numbex"')
    journal.path.write_bytes(b"".join(lines))
    again = Journal(journal.path)
    assert numbers(again) == list(range(line))
    assert again.trouble == f"line {line + 1} is not as it was written"
    with pytest.raises(StorageUnavailable, match="not as it was written"):
        again.append({"number": 9})
    aside = again.mend()
    assert aside is not None
    assert aside.read_bytes() == b"".join(lines[line:])
    assert journal.path.read_bytes() == b"".join(lines[:line])
    assert Journal(journal.path).trouble is None


def test_lines_that_changed_places_are_recognized(journal: Journal) -> None:
    lines = journal.path.read_bytes().splitlines(keepends=True)
    journal.path.write_bytes(b"".join([lines[0], lines[2], lines[1], *lines[3:]]))
    assert Journal(journal.path).trouble == "line 2 is not as it was written"


def test_a_journal_cut_off_anywhere_is_recognized(journal: Journal) -> None:
    data = journal.path.read_bytes()
    for length in range(len(data)):
        journal.path.write_bytes(data[:length])
        again = Journal(journal.path)
        assert again.trouble is not None, length
        assert numbers(again) == list(range(data[:length].count(b"\n")))


def test_what_was_set_aside_earlier_stays(journal: Journal) -> None:
    found = []
    for _ in range(2):
        with journal.path.open("ab") as file:
            file.write(b"nonsense\n")
        found.append(Journal(journal.path).mend())
    assert [path.name for path in found if path] == ["main-1.txt", "main-2.txt"]


def test_an_append_beside_that_of_somebody_else_is_refused(journal: Journal) -> None:
    Journal(journal.path).append({"number": 5})
    with pytest.raises(StorageUnavailable, match="somebody else"):
        journal.append({"number": 6})
    assert numbers(Journal(journal.path)) == [0, 1, 2, 3, 4, 5]


def test_several_first_lines_come_all_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    made = Journal(tmp_path / "main.jsonl")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(StorageUnavailable, match="No space left"):
            made.append({"number": 0}, {"number": 1})
    assert not list(tmp_path.iterdir())
    made.append({"number": 0}, {"number": 1})
    assert numbers(Journal(made.path)) == [0, 1]


@pytest.fixture
def little_room() -> Iterator[None]:
    """Files may not grow beyond 600 bytes, as on a disk that is full."""
    resource = pytest.importorskip("resource", reason="this system has no limit on file sizes")
    resource_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, resource_limit[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, resource_limit)
    signal.signal(signal.SIGXFSZ, before)


@pytest.mark.usefixtures("little_room")
def test_when_the_disk_is_full_in_the_middle_of_a_line_the_journal_is_as_it_was(
    journal: Journal,
) -> None:
    before = journal.path.read_bytes()
    with pytest.raises(StorageUnavailable, match="cannot be read or written"):
        journal.append({"text": "x" * 500})
    assert journal.path.read_bytes() == before
    journal.append({"number": 5})
    assert numbers(Journal(journal.path)) == [0, 1, 2, 3, 4, 5]


@pytest.mark.usefixtures("little_room")
def test_when_the_disk_is_full_none_of_several_files_is_replaced(tmp_path: Path) -> None:
    files = {tmp_path / "a": b"first", tmp_path / "b": b"second"}
    write_files(files)
    with pytest.raises(StorageUnavailable, match="Make room"):
        write_files({tmp_path / "a": b"new", tmp_path / "b": b"x" * 1000})
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == files


def test_private_files_can_be_read_by_their_owner_alone(tmp_path: Path) -> None:
    write_files({tmp_path / "key": b"secret"}, private=True)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(f"*{HALF}"))


def test_a_folder_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="No such file"):
        append(tmp_path / "none" / "x", b"data")
