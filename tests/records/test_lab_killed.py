"""A lab whose process is killed: whatever it had acknowledged is there, and nothing by half."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

KILLS = 300


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork to kill children by")
def test_killed_at_300_moments_a_lab_has_every_acknowledged_step_and_no_half_one(
    tmp_path: Path,
) -> None:
    memory = Path("/dev/shm")  # where there is one: what is asked is not how fast a disk is
    if os.access(memory, os.W_OK):
        with tempfile.TemporaryDirectory(dir=memory) as folder:
            killed(Path(folder))
    else:
        killed(tmp_path)


def killed(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("killed.py"), folder, str(KILLS)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    counted = json.loads(done.stdout)
    assert counted["kills"] == KILLS
    assert counted["acknowledged"] > KILLS  # or it was hardly at work when it was killed
