"""Files that are written whole or not at all, and are on the disk when the call returns."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..errors import StorageUnavailable

HALF = ".half-written"
"""How the name of a file ends while it is being written."""


def make_folder(path: Path, *, private: bool = False) -> None:
    """Make a folder, and those above it, unless it is there. Raises ``StorageUnavailable``."""
    with told(path):
        path.mkdir(mode=0o700 if private else 0o777, parents=True, exist_ok=True)


def write_files(
    files: Mapping[Path, bytes], *, private: bool = False, settled: bool = True
) -> None:
    """Write all these files, each in one move: nobody ever sees half of one.

    When this returns they are on the disk, unless they need not be ``settled``: then they outlive
    the process, and perhaps not a power cut. Those there before are replaced; ``private`` ones
    can be read by their owner alone. Raises ``StorageUnavailable``: then all are as they were.
    """
    half = {path.with_name(f".{secrets.token_hex(4)}{HALF}"): path for path in files}
    try:
        for new, path in half.items():
            with told(path), os.fdopen(os.open(new, _NEW, 0o600 if private else 0o666), "wb") as f:
                f.write(files[path])
                f.flush()
                if settled:
                    os.fsync(f.fileno())
        for new, path in half.items():
            with told(path):
                new.replace(path)
        for folder in {path.parent for path in files} if settled else ():
            _sync_folder(folder)
    finally:
        for new in half:
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)


def append(path: Path, data: bytes) -> None:
    """Add to the end of a file, made if need be; when this returns it is on the disk.

    Raises ``StorageUnavailable``: then the file is as it was.
    """
    with told(path), path.open("ab", buffering=0) as file:
        before = file.tell()
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        except OSError:
            file.truncate(before)
            raise
        if before == 0:
            _sync_folder(path.parent)


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what a system says about a file into words."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(
            f"this cannot be read or written ({error.strerror})",
            where=str(path),
            remedy="What is there is as it was. Make room, or get the right to write there, and "
            "do it again.",
        ) from None


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def _sync_folder(folder: Path) -> None:
    """Have the folder's own list of names on the disk, where the system knows of such a thing."""
    if os.name != "nt":
        with told(folder):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
