"""What would fail on another system: encodings, paths, shells and signals taken as given."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted([*(ROOT / "certlab").rglob("*.py"), ROOT / "lab.py", ROOT / "jupyter" / "doctor.py"])

ONLY_ON_POSIX = {
    "os.fork", "os.getuid", "os.geteuid", "os.getpgid", "os.killpg", "os.setsid", "os.chown",
    "os.mkfifo", "os.uname", "signal.SIGKILL", "signal.SIGHUP", "signal.alarm",
    "signal.pthread_sigmask", "signal.sigwait", "signal.sigtimedwait", "fcntl", "pwd", "grp",
    "resource", "termios",
}  # fmt: skip
MAY = {
    "live/keeper.py": "runs on Linux only: elsewhere the peer is started without a keeper",
    "records/lab_folder.py": "locks with msvcrt on Windows",
    "pki/unlocking.py": "limits a process where the system can, and kills it late where not",
}
"""Files that may name what only POSIX has, with what they do elsewhere."""


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def given(call: ast.Call, name: str) -> ast.expr | None:
    return next((word.value for word in call.keywords if word.arg == name), None)


def faults(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text("utf-8"))
    for call, name in calls(tree):
        method = name.rpartition(".")[2]
        line = f"{path.relative_to(ROOT)}:{call.lineno}"
        written = [ast.unparse(word) for word in call.args]
        if method == "read_text" and not call.args and not given(call, "encoding"):
            yield f"{line}: text is read in whatever encoding the system has"
        if method == "write_text" and len(call.args) < 2 and not given(call, "encoding"):
            yield f"{line}: text is written in whatever encoding the system has"
        if name == "open" and "b" not in "".join(written[1:2]) and not given(call, "encoding"):
            yield f"{line}: a text file is opened in whatever encoding the system has"
        if given(call, "shell") is not None:
            yield f"{line}: a shell is asked, and systems differ in theirs"
        if name in ("os.system", "os.popen", "subprocess.getoutput"):
            yield f"{line}: a shell is asked, and systems differ in theirs"
        if method in ("strftime", "format") and any("%-" in word for word in written):
            yield f"{line}: %- is not known to Windows"
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and text.startswith(("/tmp", "/var/", "/home/", "C:\\")):
            yield f"{path.relative_to(ROOT)}:{node.lineno}: {text!r} is one system's path"
        if isinstance(node, ast.JoinedStr) and any(
            isinstance(part, ast.FormattedValue)
            and isinstance(part.format_spec, ast.JoinedStr)
            and "%-" in ast.unparse(part.format_spec)
            for part in node.values
        ):
            yield f"{path.relative_to(ROOT)}:{node.lineno}: %- is not known to Windows"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_taken_for_granted_that_another_system_lacks(path: Path) -> None:
    assert not list(faults(path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_only_posix_has_is_asked_for_only_where_there_is_another_way(path: Path) -> None:
    inside = str(path.relative_to(ROOT)).removeprefix("certlab/").replace("\\", "/")
    tree = ast.parse(path.read_text("utf-8"))
    named = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    modules = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    used = (named | modules) & ONLY_ON_POSIX
    assert bool(used) == (inside in MAY), used


def test_the_check_notices_what_it_is_for(tmp_path: Path) -> None:
    bad = ROOT / "certlab" / "nowhere.py"
    source = (
        "from pathlib import Path\nPath('x').read_text()\nPath('x').write_text('y')\n"
        "open('x')\nsubprocess.run('x', shell=True)\nwhen.strftime('%-d')\nplace = '/tmp/x'\n"
        "f'{when:%-d}'\n"
    )

    class Written(type(tmp_path)):  # type: ignore[misc]  # a path whose text is ours
        def read_text(self, encoding: str | None = None) -> str:  # type: ignore[override]
            return source

    assert len(list(faults(Written(bad)))) == 7
