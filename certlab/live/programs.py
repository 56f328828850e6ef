"""Programs of this computer, run on loopback and always ended: each has a keeper beside it.

The keeper is a process that ends the program, and deletes the folder with its keys, when it is
told to or when the Python that started it is gone: interrupted, restarted, or killed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path

from ..errors import ToolUnavailable
from .parties import write_private

_KEEPER = Path(__file__).with_name("keeper.py")
_SERVERS_ARE_IN = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin")


def find_tool(name: str) -> str | None:
    """The path of a program, or None; also where only an administrator's PATH leads."""
    places = [os.environ.get("PATH", os.defpath), *_SERVERS_ARE_IN]
    return shutil.which(name, path=os.pathsep.join(places))


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def private_folder() -> Path:
    """A new temporary folder that its owner alone can enter."""
    return Path(tempfile.mkdtemp(prefix="certlab-"))


class Program:
    """A running program in a folder of its own, which is deleted when it ends.

    ``files`` are written there first, each readable by its owner alone. ``fenced`` is a port on
    which a program that cannot be told to stay on loopback is reached all the same; see the
    keeper. Raises ``ToolUnavailable`` when it cannot be started.
    """

    def __init__(
        self, folder: Path, command: list[str], files: Mapping[str, bytes], *, fenced: int = 0
    ) -> None:
        self.folder, self._said = folder, ""
        try:
            for name, data in files.items():
                write_private(folder / name, data)
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_KEEPER), str(folder), str(fenced), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # so that Ctrl-C in a terminal or a kernel leaves it alone
            )
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._finish = weakref.finalize(self, _end, self._keeper, folder)
        assert self._keeper.stdout is not None
        try:
            first = self._keeper.stdout.readline()
        except BaseException:
            self.stop()
            raise
        if not first:
            reason = self._reason()
            self.stop()
            raise ToolUnavailable(f"{Path(command[0]).name} does not start: {reason}")
        self.pid = int(first)

    @property
    def running(self) -> bool:
        return self._finish.alive and self.exit_code is None

    @property
    def exit_code(self) -> int | None:
        """Its exit code once it has ended by itself."""
        with contextlib.suppress(OSError, ValueError):
            return int((self.folder / "exit.txt").read_text("ascii"))
        return None if self._keeper.poll() is None else -1

    @property
    def output(self) -> str:
        """All it has said so far."""
        with contextlib.suppress(OSError):
            self._said = (self.folder / "log.txt").read_text("utf-8", "replace")
        return self._said

    def mark(self) -> int:
        """Where its output ends now."""
        return len(self.output)

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended by itself, no longer than so many seconds; says whether."""
        return wait_until(lambda: self.exit_code is not None, seconds)

    def stop(self) -> None:
        """End it, with all its children, and delete its folder. Once is enough."""
        _ = self.output
        self._finish()

    def _reason(self) -> str:
        assert self._keeper.stderr is not None
        lines = self._keeper.stderr.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it says nothing"


def wait_until(holds: Callable[[], bool], seconds: float) -> bool:
    """Ask every few milliseconds whether something holds, no longer than so many seconds."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def _end(keeper: subprocess.Popen[bytes], folder: Path) -> None:
    for pipe in (keeper.stdin, keeper.stdout, keeper.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    try:
        keeper.wait(15.0)
    except subprocess.TimeoutExpired:
        keeper.kill()
        keeper.wait()
    shutil.rmtree(folder, ignore_errors=True)
