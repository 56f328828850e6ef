"""Starts one learner's server, as that learner: first the notebooks that are not there yet.

A notebook that was changed stays. One that was deleted comes back, fresh, with the next start.
"""

import os
import shutil
import sys
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


def lay_out(target: Path) -> None:
    """Copy every notebook and data file that is missing below ``target``, and nothing else."""
    for source in sorted(NOTEBOOKS.rglob("*")):
        copy = target / source.relative_to(NOTEBOOKS)
        if source.is_file() and ".ipynb_checkpoints" not in source.parts and not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)


if __name__ == "__main__":
    os.umask(0o077)  # whatever the learner makes is the learner's alone
    lay_out(Path.home() / "certlab" / "notebooks")
    os.execv(sys.executable, [sys.executable, "-m", "jupyterhub.singleuser", *sys.argv[1:]])
