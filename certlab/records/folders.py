"""Folders that are written whole or not at all, and never over what somebody else put there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Set
from pathlib import Path

from ..deployment.steps import printable
from ..errors import InvalidInput
from ..live.parties import write_private

SUMS = "SHA256SUMS"
"""The file of a folder that lists what belongs to it."""


def write_folder(
    parent: Path, name: str, files: Mapping[str, bytes], secret: Set[str], *, replace: bool
) -> Path:
    """Write files into the new folder ``name`` inside ``parent``: all of them, or nothing.

    They are written beside it first, and then take its place in one move. Those in ``secret`` can
    be read by their owner alone, and then the folder too. ``replace`` replaces a folder that holds
    nothing but what its own SHA256SUMS lists. Raises ``InvalidInput``.
    """
    target = parent / name
    there = os.path.lexists(target)
    if there and not replace:
        raise InvalidInput(
            "a folder of that name is already there",
            where=str(target),
            remedy="Choose another folder, or say replace=True.",
        )
    if there:
        _only_ours(target)
    made: Path | None = None
    try:
        parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".certlab-", dir=parent))
        new, before = made / "new", made / "before"
        new.mkdir(mode=0o700 if secret else 0o777)
        for file, data in files.items():
            path = new / file
            path.parent.mkdir(exist_ok=True)
            if file in secret:
                write_private(path, data)
            else:
                path.write_bytes(data)
        if there:
            target.rename(before)
        try:
            new.rename(target)
        except OSError:
            if there:
                before.rename(target)
            raise
    except OSError as error:
        raise InvalidInput(
            f"the files cannot be written there ({error.strerror})",
            where=str(target),
            remedy="Nothing was changed. Choose a folder you may write to.",
        ) from None
    finally:
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)
    return target


def _only_ours(target: Path) -> None:
    """Refuse to replace a folder that holds anything this module did not write."""
    sums, strangers = target / SUMS, [str(target)]
    if target.is_dir() and not target.is_symlink() and sums.is_file():
        lines = sums.read_text("utf-8", errors="replace").splitlines()
        known = {SUMS, *(line.partition("  ")[2] for line in lines)}
        strangers = [
            file
            for path in target.rglob("*")
            if (file := path.relative_to(target).as_posix()) not in known
            and (path.is_symlink() or not path.is_dir())
        ]
    if strangers:
        raise InvalidInput(
            "this is not replaced, for it holds what was not exported: "
            + ", ".join(map(printable, sorted(strangers)[:5])),
            where=str(target),
            remedy="Move that away, or choose another folder.",
        )
