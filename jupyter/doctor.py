"""Says what is installed, whether the parts fit together, and which optional tools are found.

Run it as `python3 lab.py doctor`. It changes nothing, and ends with exit code 1 where something
that the workbook needs is missing or does not fit.
"""

import importlib.metadata
import json
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGES = (
    "jupyterlab", "ipywidgets", "anywidget", "ipykernel", "jupyter_client", "pyzmq",
    "cryptography", "pandas",
)  # fmt: skip

# What each optional tool adds, the words that make it tell its version, and Debian's package.
TOOLS = {
    "openssl": ("a second opinion on every verdict", "version", "openssl"),
    "chromium": ("tests in a real browser", "--version", "chromium"),
    "kamailio": ("a real SIP proxy as peer", "-v", "kamailio kamailio-tls-modules"),
    "nginx": ("a real TLS server as peer", "-v", "nginx"),
    "stunnel": ("a real TLS tunnel as peer", "-version", "stunnel4"),
    "gnutls-serv": ("another TLS library as peer", "--version", "gnutls-bin"),
    "node": ("JupyterHub’s proxy, for a room full of learners", "--version", "nodejs"),
    "pk12util": ("the file formats read by NSS too", "-v", "libnss3-tools"),
}

# The Python package of each widget library's front end, and the front end's name in JupyterLab.
FRONT_ENDS = {
    "jupyterlab_widgets": "@jupyter-widgets/jupyterlab-manager",
    "anywidget": "anywidget",
}


def main() -> int:
    """Print every finding and return the exit code."""
    say(
        True,
        "Python",
        f"{platform.python_version()} on {platform.platform()}, {ssl.OPENSSL_VERSION}",
    )
    fine = [say(*finding) for finding in (*packages(), *front_ends(), transport_encryption())]
    print("\nOptional tools")
    for tool, (purpose, question, package) in TOOLS.items():
        if path := find_tool(tool):
            say(True, tool, f"{version_of(path, question)}: {purpose}")
        else:
            say(None, tool, f"not found: {purpose}. Debian, Ubuntu: apt install {package}")
    return 0 if all(fine) else 1


def say(fine: bool | None, what: str, how: str) -> bool | None:
    """Print one finding: fine, not fine, or (None) absent without harm."""
    print(f"{ {True: '✓', False: '✗', None: '–'}[fine] } {what:<31} {how}")
    return fine


Finding = tuple[bool, str, str]


def packages() -> Iterator[Finding]:
    """Find the version of each package that matters."""
    for name in PACKAGES:
        try:
            yield True, name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield False, name, "not installed; python3 lab.py installs it"


def front_ends() -> Iterator[Finding]:
    """Compare the front end of each widget library that JupyterLab finds with the one installed.

    One found elsewhere, in a user's or a system's folder, hides the installed one, and then
    widgets show as text or as an error.
    """
    try:
        from jupyter_core.paths import jupyter_path
        from jupyterlab_server.config import get_federated_extensions, get_page_config
    except ImportError:
        return
    folders = jupyter_path("labextensions")
    found = get_federated_extensions(folders)
    disabled = get_page_config(folders)["disabledExtensions"]
    for package, name in FRONT_ENDS.items():
        try:
            files = importlib.metadata.files(package) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        shipped = next(
            (Path(str(file.locate())).resolve() for file in files
             if file.as_posix().endswith(f"labextensions/{name}/package.json")),
            None,
        )  # fmt: skip
        what = f"front end of {package}"
        if name not in found:
            yield False, what, "JupyterLab does not find it; delete .venv and start again"
        elif name in disabled:
            yield False, what, "is disabled in JupyterLab's settings"
        elif shipped != (used := Path(found[name]["ext_path"]).resolve() / "package.json"):
            yield False, what, f"JupyterLab uses another copy, {used.parent}: remove that one"
        else:
            version = json.loads(used.read_text("utf-8"))["version"]
            yield True, what, f"{version}, the one that came with the package"


def transport_encryption() -> Finding:
    """Find out whether what passes between JupyterLab and its kernels can be encrypted."""
    what = "kernel encryption"
    try:
        import zmq
        from jupyter_client.kernelspec import KernelSpecManager
    except ImportError:
        return False, what, "not known before JupyterLab is installed"
    if not zmq.has("curve"):
        return False, what, "this build of pyzmq has no CurveZMQ; the one on PyPI has"
    kernel = KernelSpecManager().get_kernel_spec("python3")
    if "curve" not in kernel.metadata.get("supported_encryption", ()):
        return False, what, f"the kernel in {kernel.resource_dir} does not support CurveZMQ"
    return True, what, "CurveZMQ, required by the project's settings"


def find_tool(name: str) -> str | None:
    """Return the path of a tool; servers are also looked for where only root's PATH leads."""
    places = [os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"]
    return shutil.which(name, path=os.pathsep.join(places))


def version_of(path: str, question: str) -> str:
    """Return the first line with a version in it that the tool prints about itself."""
    try:
        answer = subprocess.run(
            [path, question], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, text=True, errors="replace", timeout=20, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"found, but does not answer ({error})"
    lines = answer.stdout.splitlines()
    return next((line.strip() for line in lines if re.search(r"\d\.\d", line)), "version unknown")


if __name__ == "__main__":
    sys.exit(main())
