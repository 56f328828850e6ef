"""What would fail on another system: encodings, paths, shells and signals taken as given.

And what would fail on another Python or another version of cryptography, where that can be shown.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = [ROOT / "lab.py", ROOT / "jupyter" / "doctor.py"]
FOLDERS = ("certlab", "benchmarks", "docs")
FILES = sorted([*(file for one in FOLDERS for file in (ROOT / one).rglob("*.py")), *SCRIPTS])
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

ONLY_ON_POSIX = {
    "fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty",
    "os.O_CLOEXEC", "os.O_DIRECTORY", "os.O_NOFOLLOW", "os.O_NONBLOCK", "os.O_SYNC", "os.WNOHANG",
    "os.chown", "os.fchmod", "os.fchown", "os.fork", "os.forkpty", "os.getegid", "os.geteuid",
    "os.getgid", "os.getgroups", "os.getloadavg", "os.getpgid", "os.getpgrp", "os.getuid",
    "os.killpg", "os.lchown", "os.mkfifo", "os.mknod", "os.nice", "os.openpty", "os.pread",
    "os.pwrite", "os.sched_getaffinity", "os.setgid", "os.setpgid", "os.setsid", "os.setuid",
    "os.statvfs", "os.sysconf", "os.uname", "os.wait", "select.epoll", "select.kqueue",
    "select.poll", "signal.SIGALRM", "signal.SIGCHLD", "signal.SIGHUP", "signal.SIGKILL",
    "signal.SIGQUIT", "signal.SIGUSR1", "signal.SIGUSR2", "signal.alarm", "signal.pause",
    "signal.pthread_sigmask", "signal.setitimer", "signal.sigtimedwait", "signal.sigwait",
    "socket.AF_UNIX", "socket.SO_REUSEPORT", "time.tzset",
}  # fmt: skip
MAY = {
    "certlab/live/keeper.py": "runs on Linux only: elsewhere the peer is started without a keeper",
    "certlab/records/lab_folder.py": "locks with msvcrt on Windows",
    "certlab/pki/unlocking.py": "limits a process where the system can, and kills it late if not",
    "benchmarks/run.py": "asks psutil on Windows",
}
"""Files that may name what only POSIX has, with what they do elsewhere."""
MAY_NAME_PATHS = {
    "certlab/live/programs.py": "where servers lie, beside the PATH",
    "certlab/records/endpoint.py": "where Linux has its bundle; others have a store",
    "certlab/records/platforms.py": "folders on the device, not here",
    "benchmarks/run.py": "the processor's name, where it is told there",
    "jupyter/doctor.py": "where servers lie, beside the PATH",
}
"""Files that may name the paths of one system, with what for."""

PATHS = re.compile(r"/(tmp|var|home|root|usr|etc|dev|proc|opt|bin)/|/dev/null|[A-Z]:\\")
TEXT_MODE = re.compile(r"[rwxat+]+")
NOT_ON_WINDOWS = re.compile(r"%[-#Pskl]")
"""What strftime understands on some systems only."""
SHELLS = ("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput")


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def given(call: ast.Call, *names: str) -> ast.expr | None:
    return next((word.value for word in call.keywords if word.arg in names), None)


def faults(source: str, file: str = "") -> Iterator[str]:
    tree = ast.parse(source)
    for call, name in calls(tree):
        method = name.rpartition(".")[2]
        line = f"{file}:{call.lineno}"
        words = [word.value if isinstance(word, ast.Constant) else None for word in call.args]
        encoding = given(call, "encoding")
        if method == "read_text" and not call.args and not encoding:
            yield f"{line}: text is read in whatever encoding the system has"
        if method == "write_text" and len(call.args) < 2 and not encoding:
            yield f"{line}: text is written in whatever encoding the system has"
        if method in ("open", "fdopen") and not encoding and name not in ("os.open", "Lab.open"):
            place = 1 if name in ("open", "os.fdopen") else 0  # a path has its file already
            mode = getattr(given(call, "mode"), "value", "r")
            mode = words[place] if len(words) > place else mode
            if isinstance(mode, str) and TEXT_MODE.fullmatch(mode):
                yield f"{line}: a text file is opened in whatever encoding the system has"
        if (given(call, "text", "universal_newlines")) and not (encoding or given(call, "errors")):
            yield f"{line}: what a program says may not be in the encoding that the system has"
        if given(call, "shell") is not None or name in SHELLS:
            yield f"{line}: a shell is asked, and systems differ in theirs"
        if method in ("symlink", "symlink_to", "link", "hardlink_to"):
            yield f"{line}: on Windows a link needs a right that few have"
        if method == "NamedTemporaryFile":
            yield f"{line}: Windows does not open it a second time; make a folder instead"
        if name == "os.rename":
            yield f"{line}: Windows does not rename over a file that is there; replace does"
        if method in ("strftime", "format") and any(
            isinstance(word, str) and NOT_ON_WINDOWS.search(word) for word in words
        ):
            yield f"{line}: this word of strftime is not known to Windows"
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) else None
        line = f"{file}:{getattr(node, 'lineno', 0)}"
        if isinstance(text, str) and PATHS.match(text) and file not in MAY_NAME_PATHS:
            yield f"{line}: {text!r} is one system's path"
        if isinstance(node, ast.Subscript) and ast.unparse(node) in (
            "os.environ['HOME']", "os.environ['USER']", "os.environ['SHELL']",
        ):  # fmt: skip
            yield f"{line}: Windows has no such variable; ask Path.home or getpass"
        form = node.format_spec if isinstance(node, ast.FormattedValue) else None
        if form is not None and NOT_ON_WINDOWS.search(ast.unparse(form)):
            yield f"{line}: this word of strftime is not known to Windows"


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_nothing_is_taken_for_granted_that_another_system_lacks(path: Path) -> None:
    assert not list(faults(path.read_text("utf-8"), name_of(path)))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_no_cell_takes_for_granted_what_another_system_lacks(path: Path) -> None:
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            assert not re.search(r"^\s*[!%]", source, re.MULTILINE), "a shell or a magic is asked"
            assert not list(faults(source, name_of(path)))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_what_only_posix_has_is_asked_for_only_where_there_is_another_way(path: Path) -> None:
    assert bool(only_posix(path.read_text("utf-8"))) == (name_of(path) in MAY)


def only_posix(source: str) -> set[str]:
    tree, named = ast.parse(source), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            named.add(ast.unparse(node))
        elif isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            named |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return named & ONLY_ON_POSIX


def test_every_file_of_the_repository_can_lie_on_every_system() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, encoding="utf-8"
    ).stdout
    names = listed.strip("\0").split("\0")
    reserved = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
    for name in names:
        parts = name.split("/")
        assert re.fullmatch(r"[A-Za-z0-9._/-]+", name), name
        assert not any(reserved.fullmatch(part) or part.endswith(".") for part in parts), name
        assert len(name) < 120, "with a folder before it, Windows takes 260 characters"
    assert len({name.casefold() for name in names}) == len(names), "two differ in capitals alone"


@pytest.mark.parametrize(
    "source",
    [
        "Path('x').read_text()", "Path('x').write_text('y')", "open('x')", "open('x', 'w')",
        "Path('x').open()", "path.open('w')", "os.fdopen(3, 'w')", "run('x', shell=True)",
        "run(['x'], text=True)", "os.popen('x')", "when.strftime('%-d')", "f'{when:%-d}'",
        "place = '/tmp/x'", "place = '/dev/null'", "place = 'C:\\\\x'", "a.symlink_to(b)",
        "NamedTemporaryFile()", "os.rename(a, b)", "os.environ['HOME']",
    ],
)  # fmt: skip
def test_the_check_notices_what_it_is_for(source: str) -> None:
    assert len(list(faults(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "Path('x').read_text('utf-8')", "open('x', encoding='utf-8')", "path.open('rb')",
        "open('x', 'rb')", "os.fdopen(3, 'wb')", "Lab.open('folder')", "bundle.open(member)",
        "run(['x'], text=True, errors='replace')", "run(['x'], encoding='utf-8')",
        "f'{when:%Y-%m-%d}'",
    ],
)  # fmt: skip
def test_the_check_leaves_in_peace_what_every_system_can(source: str) -> None:
    assert not list(faults(source))


@pytest.mark.parametrize("source", ["import fcntl", "from os import fork", "os.killpg(1, 9)"])
def test_the_check_notices_what_only_posix_has(source: str) -> None:
    assert only_posix(source)


WITHOUT_SSL = """
import sys
sys.modules["ssl"] = sys.modules["_ssl"] = None  # as in a Python that was built without it
from importlib import import_module
import certlab
from certlab import views
for room in certlab._ROOMS:
    import_module(f"certlab.{room}")
for name in certlab.__all__:
    getattr(certlab, name)
office = certlab.read_inventory("notebooks/data/small-office.csv")
for model in certlab.MODELS.values():
    lab = certlab.deploy(office, model, at="2026-11-24")
    matrix, asked = certlab.trust_matrix(lab), certlab.why(lab, "gw1", trusts="um1")
    assert asked.verdict.accepted and certlab.outages(lab).events
    assert certlab.read_pem(lab.certificate_of("um1").pem)[0] == lab.certificate_of("um1")
    for value in (lab, matrix, asked, certlab.runbook(lab, model.procedure(office))):
        assert "class=" in views.static(certlab.display.view_of(value)(value))
choices = certlab.compare(office, at="2026-11-24")
assert views.comparison_view(choices)
try:
    certlab.call(lab, "um1", "gw1")
except ImportError as error:
    print(error.name)
"""


def test_all_but_real_calls_works_where_python_has_no_ssl() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SSL], cwd=ROOT, capture_output=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "ssl"
