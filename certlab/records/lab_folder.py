"""The folder of a lab: what lies where in it, its format, its private keys, and who is at it."""

from __future__ import annotations

import base64
import contextlib
import getpass
import json
import os
import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ..deployment import Deployment
from ..deployment.steps import file_name
from ..errors import InvalidInput, KeyUnavailable, StorageUnavailable, UnknownName
from ..pki import Certificate, KeyPair, KeyStore, KeyType, NoPassphrase
from ..pki.formats import key_as_pem
from .disk import HALF, make_folder, told, write_files

FORMAT = 1
IGNORED = "keys/\n*.lock\n*.open\n*.half-written\n"
"""What a lab keeps out of a repository: its keys above all."""
IN_THE_CLEAR = (
    "Its private keys are not encrypted: whoever can read the folder keys/ has them. To have them "
    "encrypted, begin another lab with a passphrase."
)
MOST_ROUNDS = 10_000_000
"""Of key derivation: a few seconds. A file that asks for more is not one of certlab’s."""
_BEGUN = {"keys", "journals", "certificates", ".gitignore"}
_PROOF = "passphrase"
"""The key that is there to tell whether a passphrase is the right one."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class LabFolder:
    """A folder that holds a lab, of the one format that is known here."""

    path: Path
    encrypted: bool

    @classmethod
    def find(cls, path: Path) -> LabFolder | None:
        """The lab in this folder; None where there is none.

        Raises ``StorageUnavailable`` for a format that is not known. Nothing is written.
        """
        file = path / "lab.json"
        with told(file):
            try:
                data = file.read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None
        try:
            about = json.loads(data)
            version, encrypted = about["format"], about["keys"] == "encrypted"
        except (ValueError, RecursionError, TypeError, KeyError):
            version = encrypted = None
        if version != FORMAT or encrypted is None:
            raise StorageUnavailable(
                "this lab is of a format that this certlab does not know",
                where=str(file),
                expected=f"format {FORMAT}",
                remedy="Open it with the certlab that made it, or a newer one. Nothing was changed",
            )
        return cls(path, encrypted)

    @classmethod
    def begin(cls, path: Path, passphrase: str | None) -> LabFolder:
        """Make the folder of a new lab.

        Raises ``InvalidInput`` where other things are in it, and ``KeyUnavailable`` for an empty
        passphrase.
        """
        if passphrase is not None and not passphrase:
            raise KeyUnavailable(
                "the passphrase is empty",
                where=str(path),
                remedy="Give one, or leave it out to have the keys in the clear",
            )
        with told(path):
            there = {one.name for one in path.iterdir()} if path.exists() else set()
        # What a process that was killed had begun, or half written, is no hindrance.
        if any(name not in _BEGUN and not name.endswith(HALF) for name in there):
            raise InvalidInput(
                "there is something else already",
                where=str(path),
                remedy="Name a folder that is empty or not there yet.",
            )
        folder = cls(path, passphrase is not None)
        make_folder(path)
        make_folder(folder.keys, private=True)
        make_folder(folder.journals)
        make_folder(folder.certificates)
        if passphrase:
            proof = key_as_pem(KeyPair.generate(KeyType.ED25519), passphrase)
            write_files({folder.keys / f"{_PROOF}.pem": proof}, private=True)
        keys = "encrypted" if passphrase else "in the clear"
        about = {"what": "a lab of certlab", "format": FORMAT, "keys": keys}
        # Last, because it is what makes the folder a lab.
        write_files({path / ".gitignore": IGNORED.encode()})
        write_files({path / "lab.json": (json.dumps(about, indent=1) + "\n").encode()})
        return folder

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def certificates(self) -> Path:
        return self.path / "certificates"

    @property
    def journals(self) -> Path:
        return self.path / "journals"

    def journal(self, name: str) -> Path:
        """The file of what is saved under this name. Raises ``InvalidInput``."""
        if not _NAME.fullmatch(name):
            raise InvalidInput(
                "this cannot be the name of a file everywhere",
                where=repr(name[:70]),
                expected="letters, digits, hyphen and underscore, at most 64",
            )
        return self.journals / f"{name}.jsonl"

    @property
    def names(self) -> tuple[str, ...]:
        """What is saved here, by name."""
        return tuple(sorted(path.stem for path in self.journals.glob("*.jsonl")))

    def there(self, name: str) -> Path:
        """The file of what is saved under this name. Raises ``UnknownName``."""
        if not (path := self.journal(name)).exists():
            known = ", ".join(self.names) or "nothing yet"
            raise UnknownName(
                f"nothing is saved as {name!r}", where=str(self.path), expected=f"one of: {known}"
            )
        return path

    def certificate(self, certificate: Certificate) -> Path:
        """Where the copy of this certificate is that other tools read."""
        name = f"{file_name(certificate.label)}-{certificate.fingerprint[:16]}.pem"
        return self.certificates / name


class KeysOnDisk(KeyStore):
    """The private keys of a lab. One is read when it is first used; new ones wait for ``keep``."""

    def __init__(self, folder: LabFolder, passphrase: str | None) -> None:
        """Raises ``KeyUnavailable`` unless the passphrase is the one the lab was begun with."""
        super().__init__()
        self._folder, self.passphrase = folder.keys, passphrase
        if folder.encrypted != (passphrase is not None):
            wanted = "encrypted" if folder.encrypted else "not encrypted"
            remedy = "Give its passphrase" if folder.encrypted else "Leave the passphrase out"
            raise KeyUnavailable(
                f"the private keys of this lab are {wanted}",
                where=str(folder.path),
                remedy=f"{remedy}: Lab.open(…, passphrase=…)",
            )
        with told(folder.keys):
            self.kept = {path.stem for path in folder.keys.glob("*.pem")}
        if folder.encrypted:
            self._load(_PROOF)
        self.kept.discard(_PROOF)

    def get(self, fingerprint: str) -> KeyPair:
        if fingerprint not in self._keys and fingerprint in self.kept:
            key = self._load(fingerprint)
            if key.fingerprint != fingerprint:
                raise KeyUnavailable(
                    "this file holds another key than its name says",
                    where=str(self._folder / f"{fingerprint}.pem"),
                )
            self._keys[fingerprint] = key
        return super().get(fingerprint)

    def keep(self, deployment: Deployment) -> list[str]:
        """Write the keys that this Deployment uses and that are not kept; their fingerprints.

        Raises ``StorageUnavailable``, and ``KeyUnavailable`` for a lesson's key.
        """
        used = {
            ca.certificate.key_fingerprint
            for authority in deployment.authorities.values()
            for ca in (authority.ca, *authority.former)
        }
        new = sorted(
            fingerprint
            for fingerprint in used.union(deployment.key_holders) - self.kept
            if fingerprint in deployment.keys
        )
        words = self.passphrase or NoPassphrase.REFUSED_TWICE
        files = {
            self._folder / f"{fingerprint}.pem": key_as_pem(deployment.keys.get(fingerprint), words)
            for fingerprint in new
        }
        write_files(files, private=True)
        self.kept.update(new)
        return new

    def _load(self, name: str) -> KeyPair:
        file = self._folder / f"{name}.pem"
        words = None if self.passphrase is None else self.passphrase.encode()
        with told(file):
            data = file.read_bytes()
        try:
            if words is not None and _rounds(data) > MOST_ROUNDS:
                raise ValueError("it asks for too much work")
            return KeyPair(load_pem_private_key(data, words))  # type: ignore[arg-type]
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise KeyUnavailable(
                "this private key cannot be read"
                if words is None
                else "the passphrase is wrong, or this file is damaged",
                where=str(file),
            ) from None

    def __contains__(self, fingerprint: object) -> bool:
        return fingerprint in self.kept or super().__contains__(fingerprint)

    def __iter__(self) -> Iterator[str]:
        return iter(self.kept.union(self._keys))

    def __len__(self) -> int:
        return len(self.kept.union(self._keys))


def _rounds(pem: bytes) -> int:
    """How many rounds an encrypted key asks for (RFC 8018 appendix A.2), before it is opened."""
    der = base64.b64decode(b"".join(pem.strip().splitlines()[1:-1]), validate=True)
    # PBKDF2, then a SEQUENCE of the salt (OCTET STRING) and the rounds (INTEGER), in short forms.
    found = re.search(rb"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c\x30.\x04(.)", der, re.DOTALL)
    if found is None:
        raise ValueError("not encrypted as a lab’s keys are")
    number = der[found.end() + found[1][0] :][:10]
    if len(number) < 3 or number[0] != 2 or number[1] > 8:
        raise ValueError("not encrypted as a lab’s keys are")
    return int.from_bytes(number[2 : 2 + number[1]])


class Seat:
    """The right to write to one journal. One process has it at a time, and loses it when it ends.

    The system itself holds the lock, so a process that was killed leaves none behind.
    """

    def __init__(self, journal: Path, who: str) -> None:
        """Raises ``StorageUnavailable``, naming who has it."""
        self._about = journal.with_suffix(".open")
        lock = journal.with_suffix(".lock")
        with told(lock):
            self._file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                taken = _lock(self._file)
            except OSError:
                os.close(self._file)
                raise
        left = self._read()
        if not taken:
            os.close(self._file)
            raise StorageUnavailable(
                f"this lab is open elsewhere: {left or 'by a process that has not said which'}",
                where=str(journal),
                remedy="Close it there (lab.close(), or shut down that kernel), or look only: "
                "Lab.open(…, read_only=True)",
            )
        self.left_open = left
        """Who had it last and did not close it; empty when it was closed."""
        about = {
            "who": who,
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
            "process": os.getpid(),
            "computer": platform.node(),
        }
        try:
            write_files({self._about: json.dumps(about).encode()}, settled=False)
        except StorageUnavailable:
            os.close(self._file)
            raise
        self._process: int | None = os.getpid()

    def leave(self) -> None:
        """Give it up, if it is still had, and had by this process."""
        if self._process == os.getpid():
            self._process = None
            with contextlib.suppress(OSError):
                self._about.unlink()
            os.close(self._file)

    def _read(self) -> str:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            found: dict[str, Any] = json.loads(self._about.read_bytes())
            since = datetime.fromisoformat(found["since"]).astimezone(UTC)
            return (
                f"by {str(found['who'])[:60]} since {since:%Y-%m-%d %H:%M} UTC "
                f"(process {int(found['process'])} on {str(found['computer'])[:60]})"
            )
        return ""


def _lock(file: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def user_name() -> str:
    """Who is logged on, as the system says; “unknown” where it does not."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
