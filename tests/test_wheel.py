"""certlab as a wheel: all of the package is in it, and it works away from its repository."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import certlab
from certlab.views import CSS

ROOT = Path(__file__).parents[1]
AWAY = """
import sys
sys.path.insert(0, "installed")
import certlab
from certlab import *
from certlab import views, widgets
assert certlab.__file__.startswith(sys.argv[1]), certlab.__file__
lab = deploy(read_inventory("office.csv"), SelfSigned(), at="2026-11-24")
print(trust_matrix(lab).headline)
panel, plan = explore(lab), planner()
print(len(views.CSS), len(widgets.Canvas._esm))
print(len(EXERCISES), len(SCENARIOS), len(claim_ledger()))
print(fact("chrome-client-auth-end").words)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from hatchling.builders.wheel import WheelBuilder

    folder = tmp_path_factory.mktemp("wheel")
    (path,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return Path(path)


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as held:
        files = {name for name in held.namelist() if ".dist-info/" not in name}
    tree = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "certlab").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files == tree
    assert {name.rpartition(".")[2] for name in files} == {"py", "typed", "js", "css"}


def test_the_wheel_bears_the_version_that_the_changelog_begins_with(wheel: Path) -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## (\d+\.\d+\.\d+) — \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    assert newest is not None
    assert newest[1] == certlab.__version__
    assert wheel.name == f"certlab-{newest[1]}-py3-none-any.whl"


def test_an_installed_wheel_reads_an_inventory_and_shows_it(wheel: Path, tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--target", tmp_path / "installed", wheel], check=True)
    office = (ROOT / "notebooks" / "data" / "small-office.csv").read_bytes()
    (tmp_path / "office.csv").write_bytes(office)
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", AWAY, tmp_path],
        cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0] == "All 3 links work both ways"
    assert said[1].split()[0] == str(len(CSS))
