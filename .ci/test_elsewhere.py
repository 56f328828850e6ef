"""What the tests cannot show inside one environment: other Pythons, other systems, old libraries.

    python3 lab.py test .ci/test_elsewhere.py

The lower rooms are tested under every other Python that this machine has, the first time with the
oldest cryptography that certlab allows. What this machine cannot run is shown to resolve at least:
the test lock, which holds the others, has a wheel for every Python and every system we name.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lab

PROJECT = (lab.ROOT / "pyproject.toml").read_text("utf-8")
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = ("linux", "macos", "windows")
ROOMS = ("pki", "validation", "deployment", "planning")
NEEDED = (
    "certifi", "cryptography", "cryptography-vectors", "hypothesis", "idna", "pandas", "pytest",
    "pytest-xdist", "rpds-py",
)  # fmt: skip
"""What these rooms and their tests import; the rest of the test lock is for others."""


def others() -> dict[str, str]:
    """Every other Python that runs here, by its version: on the PATH, or where pyenv keeps them."""
    kept = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found: dict[str, str] = {}
    for version in VERSIONS:
        places = [shutil.which(f"python{version}"), *sorted(kept.glob(f"{version}*/bin/python"))]
        for place in filter(None, places):
            asked = subprocess.run(  # pyenv puts programs on the PATH that only say no
                [place, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
                capture_output=True, encoding="utf-8", check=False,
            )  # fmt: skip
            if asked.stdout.strip() == version:
                found.setdefault(version, str(place))
    found.pop("{}.{}".format(*sys.version_info), None)
    return found


def uv(*words: str | Path, folder: Path) -> str:
    """Run uv on the index that pip would ask; return what it says."""
    environment = {**os.environ, "UV_CACHE_DIR": str(folder / "uv")}
    if index := os.environ.get("PIP_INDEX_URL"):
        environment.setdefault("UV_DEFAULT_INDEX", index)
    done = subprocess.run(
        [sys.executable, "-m", "uv", *words], cwd=lab.ROOT, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere")


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("version", VERSIONS)
def test_everything_locked_has_a_wheel_for_every_python_and_system(
    shared: Path, version: str, system: str
) -> None:
    said = uv(
        "pip", "install", "--dry-run", "--only-binary", ":all:", "--require-hashes",
        "--python-version", version, "--python-platform", system,
        "--target", shared / "nowhere", "-r", lab.TEST_LOCK, folder=shared,
    )  # fmt: skip
    packages = set(re.findall(r"^ \+ ([\w.-]+)==", said, re.MULTILINE))
    assert {"cryptography", "jupyterlab", "pandas", "rpds-py", "voila"} <= packages
    assert ("pywinpty" in packages) is (system == "windows")


HERE = others() or {"{}.{}".format(*sys.version_info): sys.executable}
"""Where there is no other, this one: with the oldest cryptography it is another too."""


@pytest.mark.parametrize("version", HERE)
def test_the_lower_rooms_pass_under_every_other_python_that_is_here(
    shared: Path, version: str
) -> None:
    python = shared / version / lab.venv_python().relative_to(lab.VENV)
    uv("venv", "--python", HERE[version], shared / version, folder=shared)
    uv("pip", "install", "--python", python, "-c", lab.TEST_LOCK, *NEEDED, folder=shared)
    if version == next(iter(HERE)):
        (oldest,) = re.findall(r'"cryptography>=(\d+)', PROJECT)
        both = [f"{name}=={oldest}.0.0" for name in ("cryptography", "cryptography-vectors")]
        uv("pip", "install", "--python", python, *both, folder=shared)
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-n", "auto", "-p", "no:cacheprovider",
         *(f"tests/{room}" for room in ROOMS)],
        cwd=lab.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:]
