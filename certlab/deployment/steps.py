"""Steps, the only thing that changes a Deployment: applied, counted, told and rendered."""

from __future__ import annotations

import re
import shlex
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from itertools import groupby
from typing import Any, ClassVar

from ..pki import Certificate, KeyType
from .deployment import Deployment
from .inventory import Device, Role


@dataclass(frozen=True, repr=False)
class Step(ABC):
    """One thing done at one place. Its fields are names, so its repr is the cell that makes it."""

    together: ClassVar[str] = ""
    """What several of this kind do, from ``places``, the ``first`` of them and their ``count``."""

    @property
    @abstractmethod
    def place(self) -> str:
        """Where it is done: the name of a device, an authority or a dial plan."""

    @property
    def sittings(self) -> tuple[Hashable, ...]:
        """The pieces of work by hand that it is. Steps that name the same one share it."""
        return (self,)

    @property
    def touches(self) -> int:
        """How many pieces of work by hand it is alone: see ``touches`` for several."""
        return touches([self])

    @property
    def makes_keys(self) -> tuple[KeyType, ...]:
        """The types of the keys it makes."""
        return ()

    @property
    def parts(self) -> tuple[Step, ...]:
        """Its parts in order: what may be done ahead, and the switch that comes last."""
        return (self,)

    @abstractmethod
    def apply(self, deployment: Deployment) -> Deployment:
        """The Deployment with this done. Raises ``StepRefused``, naming what is missing."""

    @abstractmethod
    def is_done(self, deployment: Deployment) -> bool:
        """Whether the Deployment already is as this Step would leave it."""

    @abstractmethod
    def tell(self) -> str:
        """What it does, in one line."""

    @abstractmethod
    def command(self, deployment: Deployment) -> str:
        """What an administrator types or clicks for it on the platform of the place.

        Documented, not run, but for the openssl commands, which the tests run. Names in it are
        quoted, so that none gets out of its place.
        """

    @classmethod
    def tell_many(cls, steps: Sequence[Any]) -> str:
        """What several Steps of this kind do, in one line."""
        if not cls.together:
            return "; ".join(step.tell() for step in steps)
        places = listed(step.place for step in steps)
        return cls.together.format(places=places, first=steps[0], count=f"{len(steps):,}")

    def __repr__(self) -> str:
        return as_call(self)


@dataclass(frozen=True, repr=False)
class DeviceStep(Step):
    """A Step done at a device."""

    device: str

    @property
    def place(self) -> str:
        return self.device


def touches(steps: Iterable[Step]) -> int:
    """How many pieces of work by hand all of these Steps are together."""
    return len({sitting for step in steps for sitting in step.sittings})


def tell_together(steps: Sequence[Step]) -> str:
    """What these Steps do, in one line: neighbours of one kind are told together."""
    told = []
    for kind, group in groupby(steps, key=type):
        same = list(group)
        together: type[Step] = kind
        told.append(same[0].tell() if len(same) == 1 else together.tell_many(same))
    return "; ".join(told)


def listed(names: Iterable[str], most: int = 4) -> str:
    """Names in a sentence: each once, and not too many of them."""
    known = list(dict.fromkeys(names))
    if len(known) <= most:
        return ", ".join(known)
    return f"{', '.join(known[:most])} and {len(known) - most} more"


def plural(count: int, one: str, many: str | None = None) -> str:
    """“1 link”, “2 links”, “1,200 links”."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


# --- what a command line is made of -------------------------------------------------------------


def on_windows(device: Device) -> bool:
    """Whether the device is a server that is run from the Exchange Management Shell."""
    return device.role in (Role.UM_SERVER, Role.EXCHANGE)


def exchange_service(device: Device) -> str:
    """The service of Exchange that the device's certificate is for."""
    return "UM" if device.role is Role.UM_SERVER else "SMTP"


def made_here(deployment: Deployment, certificate: Certificate) -> bool:
    """Whether the lab made this certificate: the real one has a serial number of its own."""
    return certificate.key_fingerprint in deployment.keys or any(
        certificate == authority.certificate for authority in deployment.authorities.values()
    )


def subject_of(deployment: Deployment, name: str) -> str:
    """The common name by which the certificate of a device or an authority is found."""
    device = deployment.inventory.devices.get(name)
    return device.common_name if device else name


def taken_up(deployment: Deployment, device: Device) -> tuple[str, ...]:
    """The commands after which a UM server presents what was enabled for it."""
    if device.role is not Role.UM_SERVER:
        return ()
    restart = "Restart-Service MSExchangeUM"
    first = not deployment.presented_by(device.name)
    if first and deployment.inventory.is_secured(device):
        return start_up_mode(device), restart
    return (restart,)


def start_up_mode(device: Device) -> str:
    """The command by which a UM server takes calls under TLS too."""
    return (
        f"Set-UMServer -Identity {powershell(device.name)} -UMStartupMode Dual  # Exchange 2010; "
        "Set-UMService and Set-UMCallRouterSettings on 2013 and later, not needed on 2007"
    )


def file_name(name: str) -> str:
    """A name as a safe file name: letters, digits, dot, hyphen and underscore only."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).lstrip(".-")[:80] or "device"


def certificate_file(name: str) -> str:
    """The file in which the certificate of a device or an authority is handed on, as PEM."""
    return f"{file_name(name)}.cer"


def as_pem_file(name: str) -> str:
    """The command that makes this file of the DER that Windows writes."""
    return f"certutil -encode {file_name(name)}.der {certificate_file(name)}"


def powershell(text: str) -> str:
    """A text as one PowerShell word: PowerShell ends a string at typographic quotes too."""
    return "'" + re.sub(r"(['\u2018-\u201b])", r"\1\1", printable(text)) + "'"


def shell(text: str) -> str:
    """A text as one word of a POSIX shell."""
    return shlex.quote(printable(text))


def printable(text: str) -> str:
    """A text with every character that does not print replaced, so that it stays on its line."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def openssl_key(file: str, new: KeyType | None) -> tuple[str, str]:
    """How openssl takes a key, a new one or the one that is there, and the command that follows.

    A device starts with nobody there, so a new key has no passphrase.
    """
    if new is None:
        return f"-key {file}.key", ""
    return (
        f"{_OPENSSL_KEY[new]} -nodes -keyout {file}.key",
        f"\nchmod 600 {file}.key  # has no passphrase: for the account of the device alone",
    )


_OPENSSL_KEY = {
    KeyType.EC_P256: "-newkey ec -pkeyopt ec_paramgen_curve:P-256",
    KeyType.EC_P384: "-newkey ec -pkeyopt ec_paramgen_curve:P-384",
    KeyType.RSA_2048: "-newkey rsa:2048",
    KeyType.RSA_3072: "-newkey rsa:3072",
    KeyType.RSA_4096: "-newkey rsa:4096",
    KeyType.ED25519: "-newkey ed25519",
}


def as_call(value: Any) -> str:
    """A dataclass as the call that makes it, without what may be left out."""
    given = [
        (f"{field.name}=" if number else "") + _code(part)
        for number, field in enumerate(fields(value))
        if field.init and (part := getattr(value, field.name)) != field.default
    ]
    return f"{type(value).__name__}({', '.join(given)})"


def _code(value: object) -> str:
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, tuple):
        return f"({', '.join(map(_code, value))}{',' if len(value) == 1 else ''})"
    return repr(value)
