"""`python3 lab.py`: what it installs, when, and what it says when it cannot.

Each test starts lab.py for real, in a folder whose name has spaces and letters from elsewhere,
with a lock that names one tiny package: a stand-in for JupyterLab that tells how it was started.
"""

import ast
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import lab

TELL = """
import json, os, sys, certlab
names = [name for name in os.environ if name.startswith(("JUPYTER", "IPYTHON"))]
print(json.dumps({
    "arguments": sys.argv[1:], "folder": os.getcwd(), "certlab": certlab.__file__,
    "environment": {name: os.environ[name] for name in names},
}))
"""


@dataclass(frozen=True)
class Workshop:
    """A folder with lab.py in it, and the package index that it may install from."""

    root: Path
    wheels: Path

    @property
    def stamp(self) -> Path:
        return self.root / ".venv" / "certlab.json"

    def environment(self, **more: str) -> dict[str, str]:
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.wheels.as_uri()}
        # No setting of this machine's pip has a say.
        mine = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        return mine | {"PIP_CONFIG_FILE": os.devnull} | offline | more

    def start(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "lab.py", *arguments],
            cwd=self.root,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def offer(
        self, version: str, package: str = "jupyterlab", lock: str = "requirements.lock",
        main: str = TELL,
    ) -> None:
        """Put a version of the stand-in for JupyterLab into the index and into the lock."""
        wheel = self.wheels / f"{package}-{version}-py3-none-any.whl"
        about = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
        files = {
            f"{package}/__init__.py": "",
            f"{package}/__main__.py": main,
            f"{package}-{version}.dist-info/METADATA": about,
            f"{package}-{version}.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
        }
        record = f"{package}-{version}.dist-info/RECORD"
        files[record] = "".join(f"{name},,\n" for name in (*files, record))
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        (self.root / lock).write_text(
            f"{package}=={version} \\\n    --hash=sha256:{digest}\n", "utf-8"
        )


@pytest.fixture(scope="module")
def first_start(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Workshop, "subprocess.CompletedProcess[str]"]:
    base = tmp_path_factory.mktemp("first")
    shop = Workshop(base / "a b ä ü 測試", base / "wheels")
    for folder in (shop.wheels, shop.root / "certlab", shop.root / "jupyter"):
        folder.mkdir(parents=True)
    (shop.root / "certlab" / "__init__.py").touch()
    shutil.copy(lab.__file__, shop.root)
    shop.offer("1.0")
    return shop, shop.start()


@pytest.fixture
def shop(
    first_start: tuple[Workshop, "subprocess.CompletedProcess[str]"], tmp_path: Path
) -> Workshop:
    """A workshop whose first start went well, moved elsewhere since."""
    made, _ = first_start
    root = tmp_path / "moved, ç Ω"
    shutil.copytree(made.root, root, symlinks=True)
    shutil.copytree(made.wheels, tmp_path / "wheels")
    return Workshop(root, tmp_path / "wheels")


def told(start: "subprocess.CompletedProcess[str]") -> dict[str, object]:
    """What the stand-in for JupyterLab said of how it was started."""
    assert start.returncode == 0, start.stderr
    answer: dict[str, object] = json.loads(start.stdout.splitlines()[-1])
    return answer


def paragraph(start: "subprocess.CompletedProcess[str]") -> str:
    """The last paragraph of what went wrong, as one line."""
    assert start.returncode == 1
    assert "Traceback" not in start.stderr
    return " ".join(start.stderr.strip().split("\n\n")[-1].split())


def test_the_first_start_installs_the_lock_and_opens_the_first_notebook(first_start):
    shop, start = first_start
    told_us = told(start)
    assert "1 of 1  jupyterlab" in start.stdout
    assert told_us["arguments"] == ["--LabApp.default_url=/lab/tree/notebooks/00-start.ipynb"]
    assert Path(told_us["folder"]) == shop.root
    assert Path(told_us["certlab"]) == shop.root / "certlab" / "__init__.py"
    assert shop.stamp.exists()


def test_what_jupyter_writes_stays_in_the_project(first_start):
    shop, start = first_start
    environment = told(start)["environment"]
    assert environment.pop("JUPYTER_CONFIG_PATH") == str(shop.root / "jupyter")
    places = {"JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"}
    assert places < set(environment)
    assert {Path(place).parent for place in environment.values()} == {
        shop.root / "jupyter" / "state"
    }


def test_the_second_start_installs_nothing_and_passes_options_on(shop):
    start = shop.start("--no-browser", PIP_FIND_LINKS="nowhere")
    assert told(start)["arguments"][0] == "--no-browser"
    assert Path(told(start)["certlab"]).is_relative_to(shop.root), "it is true where it moved to"
    assert start.stdout.startswith("Opening the workbook"), "nothing comes before it"


def test_another_notebook_can_be_named(shop):
    assert told(shop.start("notebooks/02.ipynb"))["arguments"] == ["notebooks/02.ipynb"]


def test_the_planner_is_voila_on_its_notebook_and_is_installed_when_first_asked_for(shop):
    shop.offer("1.0", "voila", "requirements-plan.lock")
    start = shop.start("plan", "--no-browser", "--port=0")
    told_us = told(start)
    assert "1 of 1  voila" in start.stdout
    assert told_us["arguments"] == [
        "notebooks/09-plan-your-deployment.ipynb", "--Voila.port_retries=0", "--no-browser",
        "--port=0",
    ]  # fmt: skip
    assert told_us["environment"]["JUPYTER_PATH"] == str(shop.root / "jupyter")
    assert shop.start("plan").stdout.startswith("Opening the planner"), "nothing is installed twice"
    assert shop.start().stdout.startswith("Opening the workbook"), "nor by the workbook"


def test_a_changed_lock_is_installed_at_the_next_start(shop):
    shop.offer("2.0")
    start = shop.start()
    told(start)
    assert "requirements.lock has changed" in start.stdout
    assert "has changed" not in shop.start().stdout


@pytest.mark.skipif(os.name == "nt", reason="a process group is ended, which Windows has none of")
def test_an_installation_cut_short_is_repaired_by_the_next_start(shop):
    shop.offer("2.0")
    process = subprocess.Popen(
        [sys.executable, "lab.py"],
        cwd=shop.root,
        env=shop.environment(),
        stdout=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    next(line for line in process.stdout if "1 of 1" in line)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not shop.stamp.exists()

    start = shop.start()
    told(start)
    assert "not finished: repairing it" in start.stdout
    assert shop.stamp.exists()


def test_an_index_that_nobody_answers_at_is_named_as_the_cause(shop):
    shop.offer("2.0")
    start = shop.start(
        PIP_NO_INDEX="", PIP_FIND_LINKS="", PIP_INDEX_URL="http://127.0.0.1:9", PIP_RETRIES="0"
    )
    said = paragraph(start)
    assert said.startswith("The package index cannot be reached")
    assert "HTTPS_PROXY" in said
    assert not shop.stamp.exists()


def test_a_package_that_is_not_the_one_locked_is_refused(shop):
    lock = shop.root / "requirements.lock"
    lock.write_text(re.sub(r"sha256:\w{8}", "sha256:00000000", lock.read_text("utf-8")), "utf-8")
    shutil.rmtree(next((shop.root / ".venv").rglob("jupyterlab-1.0.dist-info")))
    start = shop.start()
    assert "DO NOT MATCH THE HASHES" in start.stderr
    assert paragraph(start).startswith("Installing the dependencies in requirements.lock stopped")
    assert not shop.stamp.exists()


def test_a_package_that_is_locked_without_a_hash_is_refused(shop):
    (shop.root / "requirements.lock").write_text("jupyterlab==1.0\n", "utf-8")
    shutil.rmtree(next((shop.root / ".venv").rglob("jupyterlab-1.0.dist-info")))
    start = shop.start()
    assert "Hashes are required" in start.stderr
    assert not shop.stamp.exists()


def test_an_environment_whose_python_is_gone_is_made_anew(shop):
    python = shop.root / ".venv" / lab.venv_python().relative_to(lab.VENV)
    python.unlink()
    start = shop.start()
    told(start)
    assert "Making an environment" in start.stdout


@pytest.fixture
def read_only(shop: Workshop) -> Iterator[list[str]]:
    """Words before a command that make even root heed a folder's permissions."""
    if os.name == "nt":
        pytest.skip("folders have no write permission on Windows")
    shutil.rmtree(shop.root / ".venv")
    shop.root.chmod(0o555)
    may_not = ["--bounding-set=-dac_override", "--inh-caps=-dac_override"]
    yield ["setpriv", *may_not] if os.geteuid() == 0 else []
    shop.root.chmod(0o755)


def test_a_folder_that_cannot_be_written_is_named(shop, read_only):
    start = subprocess.run(
        [*read_only, sys.executable, "lab.py"],
        cwd=shop.root,
        env=shop.environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    said = paragraph(start)
    assert said.startswith("This folder cannot be written")
    assert str(shop.root) in said


def test_a_port_that_is_taken_is_named_with_a_way_out(shop):
    with socket.create_server(("127.0.0.1", 0)) as neighbour:
        port = neighbour.getsockname()[1]
        for asked in ([f"--port={port}"], ["--port", str(port)], [f"--ServerApp.port={port}"]):
            said = paragraph(shop.start(*asked))
            assert said.startswith(f"Port {port} cannot be used")
            assert "--port" in said
    assert "--ServerApp.port_retries=0" in told(shop.start(f"--port={port}"))["arguments"]


AUDITOR = """
import os, sys
print("asked about", os.path.basename(sys.argv[sys.argv.index("-r") + 1]))
sys.exit(int(os.environ["ADVISORIES"]))
"""


def test_an_audit_asks_about_every_lock_and_is_clean_only_when_every_answer_came(shop):
    shop.offer("1.0", "pip_audit", "requirements-audit.lock", AUDITOR)
    clean = shop.start("audit", ADVISORIES="0")
    assert clean.returncode == 0, clean.stderr
    assert "asked about requirements.lock" in clean.stdout
    assert "asked about requirements-test.lock" in clean.stdout
    unclean = shop.start("audit", ADVISORIES="1")
    assert unclean.returncode == 1
    assert "not a clean bill of health" in unclean.stderr


def test_an_audit_that_cannot_be_made_says_that_nothing_was_looked_up(shop):
    shop.offer("1.0", "pip_audit", "requirements-audit.lock", AUDITOR)
    for wheel in shop.wheels.glob("pip_audit*"):
        wheel.unlink()
    start = shop.start("audit", ADVISORIES="0")
    assert start.returncode == 1
    assert "nothing was looked up" in " ".join(start.stderr.split())
    assert "Traceback" not in start.stderr
    assert "asked about" not in start.stdout


def test_a_command_that_does_not_exist_is_answered_with_those_that_do(shop):
    said = paragraph(shop.start("tset"))
    assert "'tset'" in said
    assert all(name in said for name in lab.COMMANDS)


def test_an_old_python_gets_a_sentence_not_a_syntax_error():
    assert "this is Python 3.9." in lab.python_is_too_old((3, 9))
    assert "this is Python 3.10." in lab.python_is_too_old((3, 10))
    assert lab.python_is_too_old((3, 11)) is lab.python_is_too_old((3, 14)) is None
    # It can say so only if it gets as far: old syntax throughout, and the check before anything
    # that an old Python lacks.
    tree = ast.parse(Path(lab.__file__).read_text("utf-8"), feature_version=(3, 6))
    kinds = [type(statement) for statement in tree.body]
    first_function = kinds.index(ast.FunctionDef)
    assert set(kinds[:first_function]) == {ast.Expr, ast.Import, ast.ImportFrom}
    assert kinds[first_function + 1] is ast.If


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_that_cannot_make_environments_names_the_debian_package(
    module, monkeypatch, tmp_path
):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == module else find(name)
    )
    monkeypatch.setattr(lab, "VENV", tmp_path / ".venv")
    with pytest.raises(lab.Stop, match=r"apt install python3\.\d+-venv") as stop:
        lab.make_environment()
    assert module in str(stop.value)
    assert not lab.VENV.exists()


# --- the lists of dependencies -----------------------------------------------------------------


def pins(name: str) -> set[str]:
    """Each pinned version in a lock, with the systems and Pythons that it is meant for."""
    lock = (lab.ROOT / name).read_text("utf-8")
    return set(re.findall(r"^[\w.-]+==.*(?= \\$)", lock, re.MULTILINE))


def test_requirements_repeat_the_dependencies_of_the_project():
    project = tomllib.loads((lab.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = (lab.ROOT / "requirements.txt").read_text("utf-8").splitlines()
    listed = [line for line in lines if line and not line.startswith("#")]
    assert listed == [*project["dependencies"], "-e ."]


def test_the_locks_agree_and_hold_every_direct_dependency():
    runtime, test = pins("requirements.lock"), pins("requirements-test.lock")
    plan = pins("requirements-plan.lock")
    assert runtime < plan < test
    project = tomllib.loads((lab.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for asked, locked in (
        (project["dependencies"], runtime),
        (project["optional-dependencies"]["plan"], plan),
        (project["optional-dependencies"]["test"], test),
    ):
        names = {re.match(r"[\w-]+", line)[0] for line in asked}
        assert names <= {pin.partition("==")[0] for pin in locked}


@pytest.mark.parametrize("name", sorted(path.name for path in lab.ROOT.glob("*.lock")))
def test_a_lock_has_a_hash_for_each_pin_and_no_address(name):
    lock = (lab.ROOT / name).read_text("utf-8")
    assert pins(name)
    unhashed = re.findall(r"^[\w.-]+==[^\\\n]*(?!\\)$", lock, re.MULTILINE)
    assert unhashed == []
    assert "://" not in lock


# --- the other commands ------------------------------------------------------------------------


def test_the_doctor_finds_that_the_parts_fit(tmp_path):
    start = run_doctor(tmp_path)
    assert start.returncode == 0, start.stdout
    assert "✗" not in start.stdout
    assert "CurveZMQ" in start.stdout


def test_the_doctor_sees_a_front_end_that_hides_the_installed_one(tmp_path):
    foreign = tmp_path / "labextensions" / "anywidget"
    foreign.mkdir(parents=True)
    (foreign / "package.json").write_text('{"name": "anywidget", "version": "0.1.0"}', "utf-8")
    start = run_doctor(tmp_path, JUPYTER_PATH=str(tmp_path))
    assert start.returncode == 1
    assert f"JupyterLab uses another copy, {foreign}" in start.stdout


def run_doctor(state: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, lab.SETTINGS / "doctor.py"],
        env=lab.jupyter_environment(state) | {"PYTHONUTF8": "1"} | environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_a_broken_promise_of_a_benchmark_is_told_with_its_ratio(tmp_path):
    shutil.copy(lab.ROOT / "benchmarks" / "run.py", tmp_path)
    row = {"name": "issue", "ours": 90.0, "unit": "1/s", "peers": {"bare loop": 100.0, "x": 45.0}}
    row |= {"target": "0.95 of a bare loop", "ok": False, "memory_mb": None}
    (tmp_path / "bench_issuing.py").write_text(f"def rows():\n    return [{row!r}]\n", "utf-8")
    (tmp_path / "bench_broken.py").write_text("def rows():\n    raise OSError('gone')\n", "utf-8")

    def run(*names: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, tmp_path / "run.py", *names]
        return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)

    start = run("issuing")
    assert start.returncode == 1
    *_, first, second = start.stdout.splitlines()
    assert re.search(r"issue +90 1/s +bare loop +100 1/s +0\.90 +\d+ +0\.95 of .* NO$", first)
    assert second.split() == ["x", "45", "1/s", "2.00"]
    assert "These benchmarks failed: broken" in run().stdout
    assert "No benchmark isuing" in run("isuing").stdout


def test_where_nothing_may_be_skipped_a_skip_is_a_failure(tmp_path):
    shutil.copy(lab.ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_it.py").write_text(
        "import doctor, pytest\n"
        "def test_tool(require_tool, monkeypatch):\n"
        "    monkeypatch.setattr(doctor, 'find_tool', lambda name: None)\n"
        "    require_tool('nginx')\n"
        "@pytest.mark.xfail\n"
        "def test_known(): assert False\n",
        "utf-8",
    )
    (tmp_path / "test_module.py").write_text("import pytest\npytest.importorskip('no_such')\n")

    def run(**environment: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-ra", "--continue-on-collection-errors", tmp_path],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(lab.SETTINGS), "CERTLAB_REQUIRE": ""} | environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        ).stdout

    anywhere = run()
    assert "2 skipped, 1 xfailed" in anywhere
    assert "nginx is not installed (Debian, Ubuntu: apt install nginx)" in anywhere
    in_ci = run(CERTLAB_REQUIRE="all")
    assert "nginx is not installed" in in_ci
    assert re.search("= 1 failed, 1 xfailed, 1 error in", in_ci)
