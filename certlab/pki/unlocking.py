"""Opening PKCS#12 files and private keys, in a process of its own.

A file may ask for so many rounds of key derivation, or so much memory, that opening it never ends.
That process can be given up; and where only certificates are wanted, the private key stays in it.
This file is also what that process runs, so it imports nothing of certlab.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from dataclasses import dataclass, field
from typing import Any

SECONDS = 20.0
MEMORY = 2 * 1024**3
"""Bytes of address space, where a system holds a process to them (Linux)."""

_NEEDS_PASSPHRASE = ("it is protected by a passphrase", "Give it: passphrase=…")
_WRONG_PASSPHRASE = (
    "the passphrase is wrong, or the file is damaged",
    "Ask whoever made the file for the passphrase, or for the file again.",
)
_UNREADABLE = ("the private key cannot be read", "Export it again as PKCS#8 or PKCS#12.")


class LockedError(Exception):
    """It cannot be opened; ``remedy`` says what to do."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Unlocked:
    """What was inside, all in DER: certificates, and the key (PKCS#8) only if it was asked for.

    ``public_key`` (SubjectPublicKeyInfo) tells that there is a private one, and of which kind.
    """

    certificates: tuple[bytes, ...]
    public_key: bytes | None
    private_key: bytes | None = field(repr=False)


def unlock(
    data: bytes, passphrase: str | None, *, pkcs12: bool, with_key: bool, seconds: float = SECONDS
) -> Unlocked:
    """Open a PKCS#12 file, or else a private key in PEM or DER, or give up after ``seconds``.

    Raises ``LockedError``.
    """
    question = {
        "data": data.hex(),
        "passphrase": passphrase,
        "pkcs12": pkcs12,
        "with_key": with_key,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-P", __file__],
            input=json.dumps(question).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            timeout=seconds,
            check=False,
        )
        answer = json.loads(done.stdout) if done.returncode == 0 else None
    except subprocess.TimeoutExpired:
        raise LockedError(
            "it asks for too much work: it was given up", "Leave it out, or open it elsewhere."
        ) from None
    if answer is None:
        raise LockedError("what reads such files broke down on it", "Leave it out.")
    if "locked" in answer:
        raise LockedError(*answer["locked"])
    public_key, private_key = answer["keys"]
    return Unlocked(
        tuple(map(bytes.fromhex, answer["certificates"])),
        public_key and bytes.fromhex(public_key),
        private_key and bytes.fromhex(private_key),
    )


# --- in the process of its own ------------------------------------------------------------------


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as s

    given = question["passphrase"]
    # Nothing given may also mean a file closed with an empty passphrase.
    tries = (None, b"") if not given else (given.encode(),)
    for passphrase in tries:
        try:
            key, certificates = _open(
                bytes.fromhex(question["data"]), passphrase, question["pkcs12"]
            )
            break
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
    else:
        return {"locked": _fault(question)}
    public_key = private_key = None
    if key is not None:
        spki = key.public_key().public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
        public_key = spki.hex()
        if question["with_key"]:
            private_key = key.private_bytes(
                s.Encoding.DER, s.PrivateFormat.PKCS8, s.NoEncryption()
            ).hex()
    return {"certificates": certificates, "keys": (public_key, private_key)}


def _open(data: bytes, passphrase: bytes | None, is_pkcs12: bool) -> tuple[Any, list[str]]:
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.serialization import pkcs12

    if is_pkcs12:
        found = pkcs12.load_pkcs12(data, passphrase)
        held = [found.cert, *found.additional_certs] if found.cert else found.additional_certs
        return found.key, [one.certificate.public_bytes(s.Encoding.DER).hex() for one in held]
    load = s.load_pem_private_key if data.startswith(b"-----") else s.load_der_private_key
    try:
        return load(data, passphrase), []
    except TypeError as error:
        if passphrase and "not encrypted" in str(error):  # one that needs no passphrase
            return load(data, None), []
        raise


def _fault(question: dict[str, Any]) -> tuple[str, str]:
    if question["pkcs12"] or _is_locked(bytes.fromhex(question["data"])):
        return _WRONG_PASSPHRASE if question["passphrase"] else _NEEDS_PASSPHRASE
    return _UNREADABLE


def _is_locked(key: bytes) -> bool:
    # One wrong passphrase in 256 leaves bytes whose padding looks right, and then the error says
    # nothing of a passphrase. How the key answers without one is the same every time.
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        _open(key, None, False)
    except TypeError as error:
        # These words are all by which cryptography tells a locked key from one that is no key.
        return "Password was not given" in str(error)
    except (ValueError, UnsupportedAlgorithm):
        pass
    return False


def _main() -> None:
    warnings.simplefilter("ignore")
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    json.dump(_answer(json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    _main()
