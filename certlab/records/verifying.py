"""Checks an evidence bundle. Python's own library is enough: ``python3 verifying.py FILE``.

Nothing is written to disk, whatever is in the file: each member is read piece by piece, counted
against limits that its own headers cannot move, and hashed.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
import sys
import unicodedata
import zipfile
import zlib
from pathlib import Path

MANIFEST = "MANIFEST.json"
FORMAT, VERSION = "certlab evidence bundle", 1
MOST_FILES, MOST_BYTES, MANIFEST_BYTES = 20_000, 256 * 1024**2, 16 * 1024**2
KEY_MARKS = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def is_safe(name: str) -> bool:
    """Whether a name in a bundle stays inside the folder it is unpacked into, on every system."""
    parts = name.split("/")
    return (
        len(name) <= 200
        and not re.search(r'[\\:*?"<>|]', name)
        and all(unicodedata.category(c)[0] != "C" for c in name)
        and all(part.rstrip(". ") == part != "" and not _RESERVED.fullmatch(part) for part in parts)
    )


def verify(path: str | Path) -> list[str]:
    """Everything that is wrong with a bundle, in words; an empty list when nothing is."""
    try:
        with zipfile.ZipFile(path) as bundle:
            return _verify(bundle)
    except FileNotFoundError:
        return ["There is no such file."]
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError,
            RuntimeError, ValueError) as error:  # fmt: skip
        return [f"It is damaged, or no zip file: {ascii(str(error))[:200]}"]


def _verify(bundle: zipfile.ZipFile) -> list[str]:
    members = bundle.infolist()
    if len(members) > MOST_FILES:
        return [f"It holds {len(members):,} files; {MOST_FILES:,} are the most that are read."]
    # Whoever packs a folder again adds an entry for each folder in it: these hold nothing.
    members = [member for member in members if not _is_folder(member)]
    wrong, sound, seen = list[str](), list[zipfile.ZipInfo](), set[str]()
    for member in members:
        folded, fault = member.filename.casefold(), _fault(member)
        if fault is None and folded in seen:
            fault = f"{member.filename!a} is there twice."
        seen.add(folded)
        if fault:
            wrong.append(fault)
        else:
            sound.append(member)
    about = next((member for member in sound if member.filename == MANIFEST), None)
    if MANIFEST.casefold() not in seen:
        wrong.append(f"{MANIFEST} is missing: nothing says what should be in it.")
    if about is None:
        return wrong
    listed, told = _manifest(bundle, about)
    if told:
        return [*wrong, told]
    there = {member.filename for member in members}
    left = MOST_BYTES
    for member in sound:
        name = member.filename
        if member is about:
            continue
        data = _read(bundle, member, left)
        if data is None:
            return [*wrong, f"It unpacks to more than {MOST_BYTES:,} bytes: not read further."]
        left -= len(data)
        if name not in listed:
            wrong.append(f"{name!a} is not in the manifest.")
        elif hashlib.sha256(data).hexdigest() != listed[name]:
            wrong.append(f"{name!a} is not what it was: its SHA-256 differs.")
        if KEY_MARKS.search(data):
            wrong.append(f"{name!a} holds a private key.")
    wrong += [f"{name!a} is missing." for name in sorted(set(listed) - there)]
    return wrong


def _is_folder(member: zipfile.ZipInfo) -> bool:
    """Whether it is the entry of a folder, and nothing in it but a name that stays inside."""
    name, kind = member.filename, stat.S_IFMT(member.external_attr >> 16)
    empty = name.endswith("/") and member.file_size == 0 and kind in (0, stat.S_IFDIR)
    return empty and is_safe(name[:-1])


def _fault(member: zipfile.ZipInfo) -> str | None:
    name, kind = member.filename, stat.S_IFMT(member.external_attr >> 16)
    if not is_safe(name):
        return f"{ascii(name)[:200]} is a name that could lead out of a folder."
    if kind not in (0, stat.S_IFREG):
        return f"{name!a} is no plain file."
    if member.flag_bits & 1:
        return f"{name!a} is encrypted."
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"{name!a} is packed in a way that is not read here."
    return None


def _read(bundle: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes | None:
    """What a member holds; None when it is more than this, whatever its header says."""
    pieces, size = [], 0
    with bundle.open(member) as file:
        while piece := file.read(1024**2):
            size += len(piece)
            if size > most:
                return None
            pieces.append(piece)
    return b"".join(pieces)


def _manifest(bundle: zipfile.ZipFile, about: zipfile.ZipInfo) -> tuple[dict[str, str], str]:
    """The digests by name, and what is wrong with the manifest itself."""
    data = _read(bundle, about, MANIFEST_BYTES)
    try:
        told = json.loads(data or b"")
        if told["format"] != FORMAT:
            raise ValueError
        if told["version"] != VERSION:
            return {}, f"Its format version is {told['version']!r}; a newer certlab can check it."
        return {str(name): str(one["sha256"]) for name, one in told["files"].items()}, ""
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}, f"{MANIFEST} is not the manifest of an evidence bundle."


def main(arguments: list[str]) -> int:
    """Check the bundles that are named, and say of each how it is."""
    if not arguments or arguments[0].startswith("-"):
        print("Say which bundle: verify-bundle FILE ...")  # noqa: T201 - a command line tool
        return 2
    bad = 0
    for name in arguments:
        wrong = verify(name)
        bad += bool(wrong)
        lines = wrong[:50] + ([f"and {len(wrong) - 50} more"] if len(wrong) > 50 else [])
        if wrong:
            said = ["is NOT good:", *(f"  - {line}" for line in lines)]
        else:
            with Path(name).open("rb") as file:
                sum_ = hashlib.file_digest(file, "sha256").hexdigest()
            said = [
                "is whole: every file in it is what its manifest says.",
                f"  Its SHA-256 is {sum_}.",
                "  Compare it with what the sender tells you by another way: the manifest tells",
                "  that nothing was changed by chance, not who wrote it.",
            ]
        print(f"{name!a} " + "\n".join(said))  # noqa: T201 - a command line tool
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
