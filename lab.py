#!/usr/bin/env python3
"""Opens the certlab workbook, and does the few other things that need its environment.

    python3 lab.py                      open the workbook in JupyterLab
    python3 lab.py --port 8899 ...      the same; options go to JupyterLab (say, --no-browser)
    python3 lab.py plan                 plan a deployment in the browser, with no code in sight
    python3 lab.py test [ARGUMENTS]     run the tests; arguments go to pytest
    python3 lab.py bench [NAMES]        run the benchmarks, or those named
    python3 lab.py doctor               say what is installed, and what is missing
    python3 lab.py check FOLDER         check a lab on disk, and repair what can be repaired
    python3 lab.py report NOTEBOOK      run a notebook and write it as one HTML file
    python3 lab.py verify-bundle FILE   check an evidence bundle
    python3 lab.py audit                ask a public service for advisories on what is installed
    python3 lab.py reference            write the reference of certlab as HTML
    python3 lab.py pictures             draw the pictures of the documents anew

The first start makes the folder .venv and installs into it what requirements.lock names; that
needs a network. Later starts install nothing. Only the standard library is used here, and only
syntax that Python 3.6 can read: an old Python gets an answer, not a syntax error.
"""

import ast
import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path


def python_is_too_old(version: "tuple[int, ...]") -> "str | None":
    """Say what to do about a Python of this version; None when it is new enough."""
    if version >= (3, 11):
        return None
    return (
        "certlab needs Python 3.11 or newer, and this is Python {}.{}. Install a newer Python "
        "beside it and start again with that one, for example: python3.13 lab.py"
    ).format(*version)


if __name__ == "__main__" and python_is_too_old(sys.version_info[:2]):
    sys.exit(python_is_too_old(sys.version_info[:2]))

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "certlab.json"  # the digest of each lock whose installation was finished
SETTINGS = ROOT / "jupyter"  # how JupyterLab behaves here
STATE = SETTINGS / "state"  # what JupyterLab writes: never in the user's home
RUNTIME_LOCK = ROOT / "requirements.lock"
PLAN_LOCK = ROOT / "requirements-plan.lock"
TEST_LOCK = ROOT / "requirements-test.lock"
LOCKS = (RUNTIME_LOCK, PLAN_LOCK, TEST_LOCK)  # each holds what the one before it holds, and more
PLANNER = "notebooks/09-plan-your-deployment.ipynb"
START = "/lab/tree/notebooks/00-start.ipynb"


class Stop(Exception):
    """Ends the program with a paragraph that says what is wrong and what to do."""


def main(arguments: list[str]) -> int:
    """Run the command that the arguments name and return the exit code."""
    name, rest = "", arguments
    if arguments and not arguments[0].startswith("-") and not arguments[0].endswith(".ipynb"):
        name, rest = arguments[0], arguments[1:]
    if not name and rest[:1] in (["-h"], ["--help"]):
        print(__doc__.strip())
        return 0
    try:
        if name not in COMMANDS:
            known = ", ".join(sorted(filter(None, COMMANDS)))
            raise Stop(f"There is no command {name!r}. The commands are {known}, and none at all.")
        STATE.mkdir(exist_ok=True)
        (STATE / "started").write_bytes(b"")  # a folder that cannot be written is noticed here
        return COMMANDS[name](rest)
    except Stop as stop:
        say_what_is_wrong(str(stop))
    except KeyboardInterrupt:
        print("\nInterrupted. The next start goes on from here.", file=sys.stderr)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        say_what_is_wrong(READ_ONLY.format(f"{error.strerror} for {error.filename}"))
    return 1


def say_what_is_wrong(paragraph: str) -> None:
    """Print a paragraph so that paths in it stay whole."""
    wrapped = textwrap.fill(paragraph, 88, break_long_words=False, break_on_hyphens=False)
    print("\n" + wrapped, file=sys.stderr)


# --- the environment ---------------------------------------------------------------------------

NO_VENV = (
    "This Python cannot make a virtual environment: its module {missing} is not installed. On "
    "Debian and Ubuntu: sudo apt install python{version}-venv. Elsewhere, install Python from its "
    "official installer or your system's full Python package. Then start again."
)
UNREACHABLE = (
    "The package index cannot be reached, so the dependencies in {lock} could not be downloaded. "
    "Check the network connection. Behind a proxy, set HTTPS_PROXY; with a package index of your "
    "own, set PIP_INDEX_URL. Then start again: what was already downloaded is kept."
)
STOPPED = (
    "Installing the dependencies in {lock} stopped with the message above. Start again once its "
    "cause is gone; the next start repairs what is half done. To begin afresh, delete the folder "
    "{venv} first."
)
READ_ONLY = (
    "This folder cannot be written: {}. The workbook keeps its environment and its settings "
    "beside lab.py, so copy the whole folder to a place of your own, your home folder for "
    "example, and start again there."
)
PORT_TAKEN = (
    "Port {port} cannot be used: {reason}. Perhaps a workbook is already open there, in another "
    "terminal. Close that one, choose another port (--port {other}), or leave --port away and "
    "JupyterLab takes a free one."
)
PIP_NAMES_A_PACKAGE = re.compile(
    r"(?:Collecting |Processing [^(]*[/\\]|Requirement already satisfied: )([\w.-]+?)(?:==|-\d|\s)"
)
# What pip says when nobody answers, as opposed to an index that answers with something wrong.
NOBODY_ANSWERS = re.compile(
    r"connection broken|ConnectionError|ConnectTimeout|Max retries|name resolution"
    r"|No matching distribution|ProxyError|Read timed out"
)


def venv_python() -> Path:
    """Return where the environment's Python is, or would be."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def site_packages() -> Path | None:
    """Ask the environment's Python where packages go; None if it or its pip does not work.

    A new Python on the system takes the old one away from under the environment; asking notices.
    """
    question = "import pip, sysconfig; print(ascii(sysconfig.get_path('purelib')))"
    with contextlib.suppress(OSError):
        answer = subprocess.run(
            [venv_python(), "-I", "-c", question],
            capture_output=True, encoding="ascii", errors="replace", check=False,
        )  # fmt: skip
        if answer.returncode == 0:
            return Path(ast.literal_eval(answer.stdout))
    return None


def install(lock: Path) -> None:
    """Bring the environment to what the lock says. Does nothing where that is so already.

    The stamp is taken away first and written last, so an installation that was cut short is
    known by its absence.
    """
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    packages = site_packages()
    stamp = json.loads(STAMP.read_text("utf-8")) if packages and STAMP.exists() else {}
    if stamp.get(lock.name) == digest:
        return
    if packages is None:
        packages = make_environment()
    elif not stamp:
        print("The last installation was not finished: repairing it.")
    elif lock.name in stamp:
        print(f"{lock.name} has changed: bringing the environment up to date.")
    STAMP.unlink(missing_ok=True)
    pip_install(lock)
    # A relative path stays true when the folder moves, and needs no encoding to be agreed on.
    (packages / "certlab.pth").write_text(os.path.relpath(ROOT, packages) + "\n", "ascii")
    held = [one for one in LOCKS[: LOCKS.index(lock) + 1] if one.exists()]
    done = {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in held}
    written = STAMP.with_suffix(".new")
    written.write_text(json.dumps(done), "utf-8")
    written.replace(STAMP)


def make_environment() -> Path:
    """Make the environment anew and return where its packages go."""
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            version = "{}.{}".format(*sys.version_info)
            raise Stop(NO_VENV.format(missing=module, version=version))
    print(f"Making an environment with Python {sys.version.split()[0]} in {VENV}")
    VENV.mkdir(exist_ok=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
    )  # fmt: skip
    packages = site_packages()
    if made.returncode or packages is None:
        print(made.stdout, file=sys.stderr)
        raise Stop(STOPPED.format(lock="the environment itself", venv=VENV))
    return packages


def pip_install(lock: Path) -> None:
    """Let pip install the lock, showing a package a line; on failure show pip's own last words."""
    total = len(re.findall(r"^[\w.-]+==", lock.read_text("utf-8"), re.MULTILINE))
    print(f"Installing what {lock.name} names. The first time, that is downloaded.")
    options = ["--disable-pip-version-check", "--no-input", "--require-hashes"]
    command = [str(venv_python()), "-m", "pip", "install", *options, "-r", str(lock)]
    said: list[str] = []
    count = 0
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        for line in pip.stdout or ():
            said.append(line)
            package = PIP_NAMES_A_PACKAGE.match(line)
            if package:
                count += 1
                show_progress(f"{count:4} of {total}  {package[1]}")
            elif line.startswith("Ignoring "):  # meant for another system or Python
                total -= 1
            elif line.startswith("Installing collected"):
                show_progress("      unpacking what was downloaded")
            elif "Retrying" in line:
                show_progress("      no answer from the package index; trying again")
    show_progress("")
    if pip.returncode:
        words = "".join(said)
        print("".join(said[-12:]), file=sys.stderr)
        paragraph = UNREACHABLE if NOBODY_ANSWERS.search(words) else STOPPED
        raise Stop(paragraph.format(lock=lock.name, venv=VENV))
    print(f"Installed {count} packages.")


def show_progress(line: str) -> None:
    """Show the line: over the last one in a terminal, below it in a log."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print(f"\r{line[:width]:<{width}}", end="\r" if not line else "", flush=True)
    elif line:
        print(line, flush=True)


# --- JupyterLab --------------------------------------------------------------------------------


def jupyter_environment(state: Path) -> dict[str, str]:
    """Return the environment in which Jupyter reads our settings and writes only below `state`.

    The user's own Jupyter and IPython settings, kernels and history are neither read nor written.
    """
    elsewhere = {"JUPYTER_PATH", "PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP"}
    environment = {name: value for name, value in os.environ.items() if name not in elsewhere}
    environment["JUPYTER_CONFIG_PATH"] = str(SETTINGS)
    for name, folder in (
        ("JUPYTER_CONFIG_DIR", "config"),
        ("JUPYTER_DATA_DIR", "data"),
        ("JUPYTER_RUNTIME_DIR", "runtime"),
        ("JUPYTERLAB_SETTINGS_DIR", "settings"),
        ("JUPYTERLAB_WORKSPACES_DIR", "workspaces"),
        ("IPYTHONDIR", "ipython"),
    ):
        environment[name] = str(state / folder)
    return environment


def open_workbook(arguments: list[str]) -> int:
    """Open JupyterLab on the first notebook, or on the one among the arguments."""
    install(RUNTIME_LOCK)
    arguments = [*refuse_taken_port(arguments, "ServerApp"), *arguments]
    if not any(argument.endswith(".ipynb") for argument in arguments):
        arguments.append(f"--LabApp.default_url={START}")
    print("Opening the workbook. It runs until you press Ctrl-C here.", flush=True)
    return hand_over([venv_python(), "-m", "jupyterlab", *arguments])


def open_planner(arguments: list[str]) -> int:
    """Open the planning notebook as a page without code, by Voilà; options go to it."""
    install(PLAN_LOCK)
    arguments = [*refuse_taken_port(arguments, "Voila"), *arguments]
    print("Opening the planner. It runs until you press Ctrl-C here.", flush=True)
    command: list[str | Path] = [venv_python(), "-m", "voila", PLANNER, *arguments]
    return hand_over(command, JUPYTER_PATH=str(SETTINGS))


def refuse_taken_port(arguments: list[str], server: str) -> list[str]:
    """Stop if the port that the user asked for is taken; else return what holds the server to it.

    Left to itself, it would quietly take another port than the one asked for.
    """
    asked = re.search(rf"--(?:{server}\.)?port[ =](\d+)", " ".join(arguments))
    if asked is None:
        return []
    port = int(asked[1])
    with socket.socket() as probe:
        if os.name != "nt":  # as the server does: a port just left is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            other = port + 1 if port < 65535 else 8899
            raise Stop(PORT_TAKEN.format(port=port, reason=reason, other=other)) from None
    return [f"--{server}.port_retries=0"]


def hand_over(command: list[str | Path], **more: str) -> int:
    """Become the command where the system can; elsewhere wait for it and leave Ctrl-C to it."""
    os.chdir(ROOT)
    environment = {**jupyter_environment(STATE), **more}
    words = [str(word) for word in command]
    if os.name != "nt":
        os.execve(words[0], words, environment)
    with subprocess.Popen(words, env=environment) as process:
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                return process.wait()


# --- the commands ------------------------------------------------------------------------------


def test(arguments: list[str]) -> int:
    """Run everything that must pass, or only pytest when it was given arguments."""
    install(TEST_LOCK)
    if arguments:
        return hand_over([venv_python(), "-m", "pytest", *arguments])
    failed: list[str] = []
    for words in (["ruff", "check"], ["mypy"], ["pytest", "-n", "auto", "--dist", "loadfile"]):
        if failed and words[0] == "pytest":  # said before: the last line is pytest's own
            print(f"\nFailed so far: {', '.join(failed)}", flush=True)
        print("\n" + " ".join(words), flush=True)
        done = subprocess.run(
            [venv_python(), "-m", *words], cwd=ROOT, env=jupyter_environment(STATE), check=False
        )
        if done.returncode:
            failed.append(words[0])
    return bool(failed)


def script(lock: Path, *words: str) -> Callable[[list[str]], int]:
    """Return a command that installs the lock and hands its arguments to a script or module."""

    def command(arguments: list[str]) -> int:
        install(lock)
        return hand_over([venv_python(), *words, *arguments])

    return command


NO_AUDITOR = (
    "The program that looks advisories up could not be installed, for the reason above, so nothing "
    "was looked up. It comes from the package index and asks a public service: both need a network."
)
UNAUDITED = (
    "That is not a clean bill of health: either an advisory above concerns a package, or the "
    "service could not be asked about one, and then nothing is known of it."
)


def audit(arguments: list[str]) -> int:
    """Look both locks up in a public list of advisories; what cannot be looked up is a failure."""
    auditor = VENV / "audit"  # an environment of its own: the auditor brings another pip
    python = auditor / venv_python().relative_to(VENV)
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes"]
    made: list[list[str | Path]] = [
        [sys.executable, "-m", "venv", auditor],
        [python, "-m", "pip", "install", *quiet, "-r", ROOT / "requirements-audit.lock"],
    ]
    for words in made[python.exists() :]:
        if subprocess.run(words, check=False).returncode:
            raise Stop(NO_AUDITOR)
    failed = 0
    for lock in (RUNTIME_LOCK, TEST_LOCK):
        print(f"\n{lock.name}", flush=True)
        strict = ["--strict", "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
        words = [python, "-m", "pip_audit", *strict, "-r", lock, *arguments]
        failed += subprocess.run(words, check=False).returncode != 0
    if failed:
        raise Stop(UNAUDITED)
    return 0


def doctor(arguments: list[str]) -> int:
    """Say how things are, installing nothing: with the environment's Python if there is one."""
    python = venv_python() if site_packages() else sys.executable
    return hand_over([python, str(SETTINGS / "doctor.py"), *arguments])


def check(arguments: list[str]) -> int:
    """Check a lab on disk; what is found there decides the exit code."""
    install(RUNTIME_LOCK)
    words = [one if one.startswith("-") else str(Path(one).resolve()) for one in arguments]
    code = "import sys; from certlab.records.checking import main; sys.exit(main(sys.argv[1:]))"
    return hand_over([venv_python(), "-c", code, *words])


def report(arguments: list[str]) -> int:
    """Run a notebook and write it as one HTML file, into reports or the folder that is named."""
    if not arguments or not Path(arguments[0]).is_file():
        raise Stop("Say which notebook: python3 lab.py report notebooks/10-decide.ipynb [FOLDER]")
    install(RUNTIME_LOCK)
    notebook, *folder = map(os.path.abspath, arguments[:2])
    into = folder or [str(ROOT / "reports")]
    return hand_over([venv_python(), "-m", "certlab.reports", notebook, *into])


def verify_bundle(arguments: list[str]) -> int:
    """Check evidence bundles. Nothing is installed: whoever gets a bundle can do this at once."""
    checker = ROOT / "certlab" / "records" / "verifying.py"
    return hand_over([sys.executable, checker, *map(os.path.abspath, arguments)])


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "": open_workbook,
    "plan": open_planner,
    "test": test,
    "bench": script(TEST_LOCK, "benchmarks/run.py"),
    "doctor": doctor,
    "check": check,
    "report": report,
    "verify-bundle": verify_bundle,
    "audit": audit,
    "reference": script(TEST_LOCK, "-W", "ignore", "docs/reference.py"),
    "pictures": script(TEST_LOCK, "docs/pictures.py"),
}

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):  # a narrow console shows what it can
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
