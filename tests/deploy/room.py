"""Starts the hub where other users can read Python, its packages and the workbook.

Run by test_room.py inside a mount namespace of its own. There, a closed folder on the way to one
of them (root's home, say) is covered by one that holds nothing but what is needed.
"""

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def closed_above(path: Path) -> Path | None:
    """The uppermost folder on the way to this path that others may not pass."""
    return next((one for one in reversed(path.parents) if not one.stat().st_mode & 0o001), None)


def uncover(paths: set[Path]) -> None:
    """Let others reach these paths, and no more than these, in this mount namespace."""
    below = defaultdict(set)
    for path in paths:
        if (closed := closed_above(path)) is not None:
            below[closed].add(path)
    for number, (closed, needed) in enumerate(below.items()):
        cover = Path(f"cover-{number}").absolute()  # in the hub's own folder
        cover.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "room", cover], check=True)
        for path in needed:
            place = cover / path.relative_to(closed)
            place.mkdir(parents=True, exist_ok=True)
            subprocess.run(["mount", "--bind", path, place], check=True)
        subprocess.run(["mount", "--rbind", cover, closed], check=True)


if __name__ == "__main__":
    uncover({ROOT, Path(sys.prefix), Path(sys.base_prefix).resolve()})
    command = [sys.executable, "-m", "jupyterhub", "-f", str(ROOT / "deploy/jupyterhub_config.py")]
    os.execv(sys.executable, [*command, *sys.argv[1:]])
