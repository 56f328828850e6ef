"""Bring in: files and folders as people have them. What is not a certificate is listed, not fatal.

However much there is, and whatever it is, reading comes to an end: see ``Limits``.
"""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import stat_result, walk
from os.path import isdir
from pathlib import Path

from cryptography import x509

from ..errors import Problem
from ..pki import Certificate, CertificateRequest, Contents, KeyPair, read_contents

_MIB = 1024**2


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read at most: files, bytes of one and of all of them, seconds for all."""

    files: int = 20_000
    file_bytes: int = 16 * _MIB
    all_bytes: int = 256 * _MIB
    seconds: float = 120.0


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file that was read, and what is in it."""

    path: Path
    contents: Contents


@dataclass(frozen=True)
class Found:
    """What was found in files, and everything that could not be read.

    ``others`` are files of some other kind, such as a README.
    """

    files: tuple[FoundFile, ...] = field(repr=False)
    others: tuple[Path, ...]
    problems: tuple[Problem, ...]

    @cached_property
    def certificates(self) -> tuple[Certificate, ...]:
        """Each certificate once."""
        every = (one for file in self.files for one in file.contents.certificates)
        return tuple(dict.fromkeys(every))

    @cached_property
    def requests(self) -> tuple[CertificateRequest, ...]:
        return tuple(one for file in self.files for one in file.contents.requests)

    @cached_property
    def crls(self) -> tuple[x509.CertificateRevocationList, ...]:
        return tuple(one for file in self.files for one in file.contents.crls)

    @cached_property
    def keys(self) -> tuple[KeyPair, ...]:
        """The private keys, if they were asked for."""
        return tuple(one for file in self.files for one in file.contents.keys)

    @cached_property
    def key_files(self) -> tuple[Path, ...]:
        """The files in which a private key was noticed."""
        return tuple(file.path for file in self.files if file.contents.private_keys)

    def __repr__(self) -> str:
        return (
            f"Found({len(self.certificates)} certificates, {len(self.requests)} requests, "
            f"{len(self.crls)} CRLs and {len(self.key_files)} files with a private key in "
            f"{len(self.files)} files; {len(self.others)} others, {len(self.problems)} problems)"
        )


def read_files(
    *paths: str | Path,
    passphrase: str | None = None,
    with_keys: bool = False,
    limits: Limits = LIMITS,
) -> Found:
    """Read files, and every file of folders and the folders in them, in the order of their names.

    PEM, DER, PKCS#7 and PKCS#12 are told apart by what is in them. A private key is noticed, and
    read only ``with_keys``. ``passphrase`` opens PKCS#12 files and encrypted keys. Links to folders
    are not followed. Nothing raises: what cannot be read is among the ``problems``.
    """
    reading = _Reading(passphrase, with_keys, limits)
    for path in (file for given in paths for file in reading.files_of(Path(given))):
        if (reason := reading.over()) is not None:
            reading.problem(path, f"reading stopped before this file: {reason}", _LESS)
            break
        reading.read(path)
    return Found(tuple(reading.files), tuple(reading.others), tuple(reading.problems))


_LESS = "Name fewer files, or give other limits=Limits(…)."


class _Reading:
    """One reading: how much of the limits is used up, and what was found."""

    def __init__(self, passphrase: str | None, with_keys: bool, limits: Limits) -> None:
        self.passphrase, self.with_keys, self.limits = passphrase, with_keys, limits
        self.until = time.monotonic() + limits.seconds
        self.bytes = 0
        self.seen = 0
        self.files: list[FoundFile] = []
        self.others: list[Path] = []
        self.problems: list[Problem] = []

    def over(self) -> str | None:
        """Why no further file is read, or None."""
        if self.seen >= self.limits.files:
            return f"there are more than {self.limits.files} files"
        if self.bytes >= self.limits.all_bytes:
            return f"the files are larger than {self.limits.all_bytes // _MIB} MiB together"
        if time.monotonic() > self.until:
            return f"it takes more than {self.limits.seconds:g} seconds"
        return None

    def files_of(self, path: Path) -> Iterator[Path]:
        """The path itself, or all files below it where it is a folder."""

        def note(error: OSError) -> None:
            self.problem(Path(error.filename), f"the folder cannot be read ({error.strerror})")

        if not isdir(path):  # noqa: PTH112 - Path.is_dir raises where permission is denied
            yield path
            return
        for folder, inside, names in walk(path, onerror=note):
            inside.sort()
            yield from (Path(folder, name) for name in sorted(names))

    def read(self, path: Path) -> None:
        self.seen += 1
        try:
            if fault := self._fault(path.stat()):
                return self.problem(path, *fault)
            with path.open("rb") as file:
                data = file.read(self.limits.file_bytes)
        except (OSError, ValueError) as error:  # a name with NUL in it is a ValueError
            reason = error.strerror if isinstance(error, OSError) else error
            return self.problem(path, f"the file cannot be read ({reason})")
        self.bytes += len(data)
        contents = read_contents(data, self.passphrase, with_keys=self.with_keys)
        if contents.foreign:
            self.others.append(path)
        else:
            self.files.append(FoundFile(path, contents))
            self.problems += (replace(one, file=str(path)) for one in contents.problems)
        return None

    def _fault(self, status: stat_result) -> tuple[str, str] | None:
        if not stat.S_ISREG(status.st_mode):  # a pipe or a device might never end
            return "this is not a file with contents", "Leave it out."
        if status.st_size > self.limits.file_bytes:
            most = self.limits.file_bytes // _MIB
            remedy = f"At most {most} MiB are read; no certificate file is that large."
            return f"the file is too large ({status.st_size // _MIB} MiB)", remedy
        return None

    def problem(self, path: Path, what: str, remedy: str = "") -> None:
        self.problems.append(Problem(what, remedy, file=str(path)))
