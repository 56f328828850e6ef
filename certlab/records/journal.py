"""A file that only grows: a record a line, each sealed with those before it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from ..errors import StorageUnavailable
from .disk import append, make_folder, told, write_files

ASIDE = "aside"
"""The folder, beside a journal, of what was found in it and could not be read."""


class Journal:
    """Records on disk, oldest first. What ``append`` has returned from is not lost.

    A line is a seal and JSON; the seal is SHA-256 over the seal before it and the JSON, cut to 32
    hexadecimal digits. So a line that was edited, moved or taken out is recognized, and so are
    those after it. A second file, ``.head``, holds the last seal: it tells when lines are missing
    at the end. That is against accidents; whoever can write the files can seal anew.

    ``records`` are those up to the first fault. ``trouble`` says in words what was found instead
    of lines that had been acknowledged; None is a sound journal. ``torn`` is whether the last
    line was cut short, as happens when a process is killed: nobody was told it was kept.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: list[dict[str, Any]] = []
        self.trouble: str | None = None
        self.torn = False
        self._seals, self._ends = [""], [0]
        self._read()

    def append(self, *records: dict[str, Any]) -> None:
        """Add records; when this returns they are on the disk. The first ones come all or none.

        Raises ``StorageUnavailable``: then the journal is as it was.
        """
        size = self.path.stat().st_size if self.path.exists() else 0
        if self.trouble or size != self._sound:
            raise StorageUnavailable(
                self.trouble or "somebody else has written to this file",
                where=str(self.path),
                remedy="Open it anew.",
            )
        lines, seals, seal = bytearray(), [], self._seals[-1]
        for record in records:
            text = json.dumps(record, separators=(",", ":")).encode()
            seal = _sealed(seal, text)
            lines += f"{seal} ".encode() + text + b"\n"
            seals.append((seal, self._sound + len(lines)))
        if size:
            append(self.path, bytes(lines))
        else:
            write_files({self.path: bytes(lines)})
        self.records += records
        for seal, end in seals:
            self._seals.append(seal)
            self._ends.append(end)
        self._hold()

    def reject(self, number: int, why: str) -> None:
        """Say that this line (from 1 on) and those after it are not to be believed."""
        del self.records[number - 1 :], self._seals[number:], self._ends[number:]
        self.trouble = f"line {number} cannot be read: {why}"

    def mend(self) -> Path | None:
        """Keep the sound lines, and set aside what comes after them: the file it is in now.

        None when nothing came after them. Nothing is ever deleted. Raises ``StorageUnavailable``.
        """
        with told(self.path):
            rest = self.path.read_bytes()[self._sound :]
        aside = None
        if rest:
            make_folder(folder := self.path.parent / ASIDE)
            names = (folder / f"{self.path.stem}-{n}.txt" for n in range(1, 1_000_000))
            aside = next(name for name in names if not name.exists())
            write_files({aside: rest})
            with told(self.path), self.path.open("r+b") as file:
                file.truncate(self._sound)
                os.fsync(file.fileno())
        self.trouble, self.torn = None, False
        self._hold()
        return aside

    @property
    def _sound(self) -> int:
        """How many bytes of the file are sound lines."""
        return self._ends[-1]

    def _read(self) -> None:
        head, data = self._held(), b""  # in this order: a reader may look on while lines are added
        if self.path.exists():
            with told(self.path):
                data = self.path.read_bytes()
        for line in data.splitlines(keepends=True):
            seal, _, text = line.rstrip(b"\n").partition(b" ")
            wanted = _sealed(self._seals[-1], text)
            if seal != wanted.encode() or not line.endswith(b"\n"):
                break
            try:
                record = json.loads(text)
            except (ValueError, RecursionError):
                break
            if not isinstance(record, dict):
                break
            self.records.append(record)
            self._seals.append(wanted)
            self._ends.append(self._sound + len(line))
        rest, number = data[self._sound :], len(self.records) + 1
        missing = head not in self._seals
        if rest and (missing or b"\n" in rest):
            self.trouble = f"line {number} is not as it was written"
        elif missing:
            self.trouble = f"lines that were written are missing from line {number} on"
        self.torn = bool(rest) and self.trouble is None

    def _held(self) -> str:
        """The last seal, as the other file has it; empty when it has none that is whole."""
        with contextlib.suppress(OSError, ValueError):
            held = self.path.with_suffix(".head").read_text("ascii")
            return held.strip() if held.endswith("\n") else ""
        return ""

    def _hold(self) -> None:
        # It may lag behind: that only makes a loss at the very end go unnoticed.
        with contextlib.suppress(OSError):
            self.path.with_suffix(".head").write_text(f"{self._seals[-1]}\n", "ascii")


def _sealed(before: str, text: bytes) -> str:
    return hashlib.sha256(before.encode() + text).hexdigest()[:32]
