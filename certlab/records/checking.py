"""Checking a lab on disk, and repairing what can be repaired: ``python3 lab.py check FOLDER``."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from ..errors import CertlabError, InvalidInput, StorageUnavailable
from ..pki import Certificate, KeyStore
from .disk import HALF, told, write_files
from .journal import Journal
from .lab_folder import IGNORED, LabFolder, Seat, user_name
from .story import Story, read_story


class State(IntEnum):
    """What became of a thing that was looked at, and the exit code it makes."""

    SOUND = 0
    REPAIRED = 1
    NOT_REPAIRED = 2


@dataclass
class Checked:
    """What a check found, a line each. ``code`` is what a program ends with.

    0: all is sound. 1: all that was not has been repaired. 2: something remains.
    """

    lines: list[tuple[State, str]] = field(default_factory=list)
    only_looked: bool = False
    """Whether somebody else has it open, or it cannot be written: then nothing is repaired."""

    @property
    def code(self) -> int:
        return max(state for state, _ in self.lines)

    def say(self, state: State, text: str) -> None:
        self.lines.append((state, text))

    def __str__(self) -> str:
        words = ((state.name.replace("_", " ").lower(), text) for state, text in self.lines)
        return "\n".join(f"{state}: {text}" for state, text in words)


def check_lab(folder: str | Path, *, repair: bool = True) -> Checked:
    """Look at everything in a lab's folder and, if asked for, repair it. Nothing is deleted.

    What in a journal cannot be believed is set aside, into ``journals/aside/``. Raises
    ``InvalidInput`` where there is no lab, and ``StorageUnavailable`` for a format that is not
    known or a disk that refuses.
    """
    path = Path(folder).expanduser().absolute()
    found = LabFolder.find(path)
    if found is None:
        raise InvalidInput("there is no lab in this folder", where=str(path))
    checked = Checked()
    known, keys = dict[str, Certificate](), set[str]()
    for name in found.names:
        story = _check_journal(found.journal(name), name, checked, repair)
        known |= story.notation.known
        keys |= story.keys
    repair = repair and not checked.only_looked  # what is half written may be somebody's work
    fixed = State.REPAIRED if repair else State.NOT_REPAIRED
    if repair:
        for file in path.rglob(f"*{HALF}"):
            with told(file):
                file.unlink()
    copies = {found.certificate(one): one.pem.encode() for one in known.values()}
    wrong = {file: data for file, data in copies.items() if _bytes(file) != data}
    if wrong and repair:
        write_files(wrong)
    count = f"{len(copies)} copies of certificates"
    checked.say(fixed if wrong else State.SOUND, count + (f", {len(wrong)} wrong" if wrong else ""))
    _check_keys(found, keys, checked, repair)
    if "keys/" not in (_bytes(path / ".gitignore") or b"").decode(errors="replace").split():
        if repair:
            write_files({path / ".gitignore": IGNORED.encode()})
        checked.say(fixed, ".gitignore did not keep the private keys out of a repository")
    return checked


def _check_journal(path: Path, name: str, checked: Checked, repair: bool) -> Story:
    looked = ""
    with contextlib.ExitStack() as stack:
        if repair:
            try:
                stack.callback(Seat(path, user_name()).leave)
            except StorageUnavailable as error:
                looked, repair = f". It was only looked at: {error.what}", False
                checked.only_looked = True
        journal = Journal(path)
        story = read_story(journal, KeyStore())
        trouble = journal.trouble or ("the last line was cut short" if journal.torn else "")
        if trouble and repair:
            aside = journal.mend()
            where = f", the rest is in {aside}" if aside else ""
            checked.say(
                State.REPAIRED, f"{name}: {trouble}. {len(story.lines)} lines are kept{where}"
            )
        elif trouble:
            checked.say(State.NOT_REPAIRED, f"{name}: {trouble}{looked}")
        else:
            checked.say(State.SOUND, f"{name}: {len(story.lines)} lines{looked}")
    try:
        story.check()
    except InvalidInput as error:
        checked.say(State.NOT_REPAIRED, f"{name}: {error}")
    return story


def _check_keys(folder: LabFolder, wanted: set[str], checked: Checked, repair: bool) -> None:
    files = {path.stem: path for path in folder.keys.glob("*.pem")}
    if missing := sorted(wanted - set(files)):
        some = ", ".join(f"{one[:16]}…" for one in missing[:3])
        checked.say(State.NOT_REPAIRED, f"{len(missing)} private keys are missing ({some})")
    sign = b"ENCRYPTED PRIVATE KEY" if folder.encrypted else b"PRIVATE KEY"
    if odd := [path.name for path in files.values() if sign not in (_bytes(path) or b"")]:
        checked.say(
            State.NOT_REPAIRED, f"not kept as the lab says its keys are: {', '.join(odd[:3])}"
        )
    seen = [path for path in files.values() if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if seen and os.name != "nt":
        for path in seen if repair else ():
            with told(path):
                path.chmod(0o600)
        fixed = State.REPAIRED if repair else State.NOT_REPAIRED
        checked.say(fixed, f"{len(seen)} private keys could be read by others")
    if not (missing or odd or seen):
        kept = "encrypted" if folder.encrypted else "in the clear"
        checked.say(State.SOUND, f"{len(wanted)} private keys, {kept}")


def _bytes(path: Path) -> bytes | None:
    with contextlib.suppress(OSError):
        return path.read_bytes()
    return None


def main(arguments: list[str]) -> int:
    """Check the folder that is named, and say what was found."""
    look = "--only-look" in arguments
    folders = [one for one in arguments if one != "--only-look"]
    if len(folders) != 1:
        sys.stderr.write("Usage: python3 lab.py check [--only-look] FOLDER\n")
        return 2
    try:
        checked = check_lab(folders[0], repair=not look)
    except CertlabError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{checked}\n")
    return checked.code
