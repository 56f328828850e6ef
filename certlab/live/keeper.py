"""Keeps one server for as long as whoever started it is there. Run as a script, never imported.

    python keeper.py FOLDER PORT COMMAND...

It starts the command in FOLDER, with input.txt as its input where that is there, and writes its
process id. What the command says goes to log.txt, its exit code to exit.txt. When the keeper's own
input ends, because the starter closed it or died in whatever way, it ends the command with all
its children and deletes FOLDER, where private keys lie. With a PORT other than 0 the command lives
in a network of its own (Linux), and what comes to that loopback port is handed in: for servers
that would otherwise listen on every address.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1
_PATIENCE = 3.0  # seconds for a server to end by itself


def main(folder: Path, port: int, command: list[str]) -> None:
    """Start it, keep it, end it."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        listener = fence(port) if port else None
        said = folder / "input.txt"
        with (
            (folder / "log.txt").open("wb") as log,
            (said if said.exists() else Path(os.devnull)).open("rb") as source,
        ):
            child = subprocess.Popen(
                command,
                cwd=folder,
                stdin=source,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no other thread runs yet
            )
        os.write(1, b"%d\n" % child.pid)
        threading.Thread(target=_until_input_ends, args=(stop,), daemon=True).start()
        threading.Thread(target=_until_exit, args=(child, folder), daemon=True).start()
        if listener is not None:
            threading.Thread(target=_hand_in, args=(listener, port), daemon=True).start()
        while not stop.wait(0.5):  # with a limit, so that a signal is noticed on every system
            pass
        end(child)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def end(child: subprocess.Popen[bytes]) -> None:
    """End a process and all of its group: politely, and then not."""
    _signal(child, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(_PATIENCE)
    _signal(child, getattr(signal, "SIGKILL", signal.SIGTERM))


def _signal(child: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, number)
        else:
            child.send_signal(number)


def _until_input_ends(stop: threading.Event) -> None:
    while os.read(0, 1024):
        pass
    stop.set()


def _until_exit(child: subprocess.Popen[bytes], folder: Path) -> None:
    code = child.wait()
    with contextlib.suppress(OSError):
        (folder / "exit.txt").write_text(str(code), "ascii")


def _end_with_parent() -> None:
    """Have the kernel end this process should its keeper be killed (prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


# --- a network of its own -----------------------------------------------------------------------


def fence(port: int) -> socket.socket:
    """Listen on the loopback port, then leave this network for a new one (unshare(2))."""
    import fcntl

    listener = socket.create_server(("127.0.0.1", port))
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(_CLONE_NEWNET) and library.unshare(_CLONE_NEWUSER | _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "this system gives a process no network of its own")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
    return listener


def _hand_in(listener: socket.socket, port: int) -> None:
    while True:
        outside, _ = listener.accept()
        try:
            inside = socket.create_connection(("127.0.0.1", port), 5.0)
        except OSError:
            outside.close()
            continue
        inside.settimeout(None)
        for one, other in ((outside, inside), (inside, outside)):
            threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
