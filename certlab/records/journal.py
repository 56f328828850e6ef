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
        self._seal = ""
        self._sound = 0
        self._read()

    def append(self, record: dict[str, Any]) -> None:
        """Add a record; when this returns it is on the disk.

        Raises ``StorageUnavailable``: then the journal is as it was.
        """
        if self.trouble or self.torn:
            raise StorageUnavailable(
                self.trouble or "the last line was cut short", where=str(self.path)
            )
        text = json.dumps(record, separators=(",", ":")).encode()
        seal = _sealed(self._seal, text)
        append(self.path, f"{seal} ".encode() + text + b"\n")
        self._sound += len(seal) + len(text) + 2
        self.records.append(record)
        self._hold(seal)

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
        self._hold(self._seal)
        return aside

    def _read(self) -> None:
        if not self.path.exists():
            data = b""
        else:
            with told(self.path):
                data = self.path.read_bytes()
        head, seals = self._held(), {""}
        for line in data.splitlines(keepends=True):
            seal, _, text = line.rstrip(b"\n").partition(b" ")
            wanted = _sealed(self._seal, text)
            if seal != wanted.encode() or not line.endswith(b"\n"):
                break
            try:
                record = json.loads(text)
            except (ValueError, RecursionError):
                break
            if not isinstance(record, dict):
                break
            self.records.append(record)
            self._seal = wanted
            self._sound += len(line)
            seals.add(wanted)
        rest, number = data[self._sound :], len(self.records) + 1
        if rest and (b"\n" in rest or head not in seals):
            self.trouble = f"line {number} is not as it was written"
        elif head not in seals:
            self.trouble = f"lines that were written are missing from line {number} on"
        self.torn = bool(rest) and self.trouble is None

    def _held(self) -> str:
        """The last seal, as the other file has it; empty when it has none that is whole."""
        with contextlib.suppress(OSError, ValueError):
            held = self.path.with_suffix(".head").read_text("ascii")
            return held.strip() if held.endswith("\n") else ""
        return ""

    def _hold(self, seal: str) -> None:
        self._seal = seal
        # It may lag behind: that only makes a loss at the very end go unnoticed.
        with contextlib.suppress(OSError):
            self.path.with_suffix(".head").write_text(f"{seal}\n", "ascii")


def _sealed(before: str, text: bytes) -> str:
    return hashlib.sha256(before.encode() + text).hexdigest()[:32]
