"""Steps, the only thing that changes a Deployment: applied, counted, told and rendered."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import ClassVar

from cryptography.x509.oid import ExtendedKeyUsageOID

from ..errors import StepRefused
from ..pki import Certificate, Draft, KeyType, profile, self_signed
from .deployment import Deployment
from .inventory import Role
from .stores import Store


@dataclass(frozen=True)
class Step(ABC):
    """One thing done at one device. Its fields are names, so its repr is the cell that makes it."""

    device: str

    touches: ClassVar[int] = 1
    """How often somebody has to log on to a device or server for it."""

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
        """What an administrator types or clicks for it on the device's own platform."""

    @classmethod
    def tell_many(cls, steps: Sequence[Step]) -> str:
        """What several Steps of this kind do, in one line."""
        return "; ".join(step.tell() for step in steps)


@dataclass(frozen=True)
class GenerateSelfSigned(Step):
    """The device makes a key and signs a certificate for its own name with it (C23, C26, C31).

    It counts as done while the device presents a self-signed certificate that serves: its own
    name, both uses, valid at the Deployment's moment. So the same Step also replaces one that
    does not serve any more. ``lifetime_days`` is in days.
    """

    key_type: KeyType = KeyType.EC_P256
    lifetime_days: int = 365
    ca: bool = False

    def apply(self, deployment: Deployment) -> Deployment:
        device = deployment.inventory.device(self.device)
        label = f"{device.name}/{len(deployment.store_of(device.name).personal) + 1}"
        key = deployment.source.key_pair(self.key_type, label)
        draft = Draft(
            (device.fqdn,),
            profile("mutual-tls"),
            deployment.at,
            timedelta(days=self.lifetime_days),
            common_name=_common_name(device.fqdn),
            ca=self.ca,
        )
        certificate = self_signed(draft, key, deployment.source.serial_number(label))
        deployment.keys.add(key)
        return deployment.with_credential(device.name, certificate)

    def is_done(self, deployment: Deployment) -> bool:
        certificate = deployment.certificate_of(self.device)
        return (
            certificate is not None
            and certificate.is_self_issued
            and certificate.is_ca is self.ca
            and serves(certificate, deployment.inventory.device(self.device).fqdn, deployment)
        )

    def tell(self) -> str:
        return f"{self.device} generates a self-signed certificate"

    def command(self, deployment: Deployment) -> str:
        device = deployment.inventory.device(self.device)
        file = file_name(device.name)
        if device.role in (Role.UM_SERVER, Role.EXCHANGE):
            service = "UM" if device.role is Role.UM_SERVER else "SMTP"
            return (
                f"New-ExchangeCertificate -DomainName {device.fqdn} "
                f"-SubjectName 'CN={device.fqdn}' -Services {service}"
            )
        algorithm = _OPENSSL_KEY[self.key_type]
        days = self.lifetime_days
        return (
            f"openssl req -x509 {algorithm} -keyout {file}.key -out {file}.pem "
            f"-days {days} -subj /CN={device.fqdn} -addext subjectAltName=DNS:{device.fqdn} "
            f"-addext basicConstraints=critical,CA:{str(self.ca).upper()} "
            "-addext extendedKeyUsage=serverAuth,clientAuth"
        )

    @classmethod
    def tell_many(cls, steps: Sequence[Step]) -> str:
        return f"{_names([step.device for step in steps])} each generate a self-signed certificate"


@dataclass(frozen=True)
class _OfPeer(Step):
    """A Step on a device's store that concerns the certificate another device presents."""

    certificate_of: str

    def _certificate(self, deployment: Deployment) -> Certificate:
        deployment.inventory.device(self.device)
        certificate = deployment.certificate_of(self.certificate_of)
        if certificate is None:
            raise StepRefused(
                f"{self.certificate_of} has no certificate yet",
                where=repr(self),
                remedy=f"Run GenerateSelfSigned({self.certificate_of!r}) first.",
            )
        return certificate


@dataclass(frozen=True)
class ImportAnchor(_OfPeer):
    """The device imports another's certificate into its root store (C33, C40, C41)."""

    def apply(self, deployment: Deployment) -> Deployment:
        return deployment.with_imported(self.device, Store.ROOT, self._certificate(deployment))

    def is_done(self, deployment: Deployment) -> bool:
        certificate = deployment.certificate_of(self.certificate_of)
        return (
            certificate is not None
            and certificate.fingerprint in deployment.store_of(self.device).root
        )

    def tell(self) -> str:
        return f"{self.device} imports {self.certificate_of}’s certificate into its root store"

    def command(self, deployment: Deployment) -> str:
        file = file_name(self.certificate_of)
        if deployment.inventory.device(self.device).role in (Role.UM_SERVER, Role.EXCHANGE):
            return f"certutil -addstore Root {file}.cer"
        return (
            f"Compare the fingerprint of {file}.pem with its owner, "
            "then add the file to the trusted roots."
        )

    @classmethod
    def tell_many(cls, steps: Sequence[Step]) -> str:
        pairs = [
            (step.device, step.certificate_of) for step in steps if isinstance(step, ImportAnchor)
        ]
        into, of = {device for device, _ in pairs}, {peer for _, peer in pairs}
        if len(of) == 1:
            return f"{_names([device for device, _ in pairs])} import {pairs[0][1]}’s certificate"
        if len(into) == 1:
            return (
                f"{pairs[0][0]} imports the certificates of {_names([peer for _, peer in pairs])}"
            )
        importers = list(dict.fromkeys(device for device, _ in pairs))
        return f"{_names(importers)}: {len(pairs)} imports into their root stores"


@dataclass(frozen=True)
class RemoveAnchor(_OfPeer):
    """The device removes another's certificate: how trust ends without a CA (C48)."""

    def apply(self, deployment: Deployment) -> Deployment:
        certificate = self._certificate(deployment)
        if certificate.fingerprint not in deployment.store_of(self.device).root:
            raise StepRefused(
                f"{self.device}’s root store does not hold {self.certificate_of}’s certificate",
                where=repr(self),
            )
        return deployment.with_removed(self.device, Store.ROOT, certificate)

    def is_done(self, deployment: Deployment) -> bool:
        return False

    def tell(self) -> str:
        return f"{self.device} removes {self.certificate_of}’s certificate from its root store"

    def command(self, deployment: Deployment) -> str:
        certificate = self._certificate(deployment)
        if deployment.inventory.device(self.device).role in (Role.UM_SERVER, Role.EXCHANGE):
            return f"certutil -delstore Root {certificate.serial:x}"
        return f"Delete the trusted root with serial number {certificate.serial:x}."


def serves(certificate: Certificate, fqdn: str, deployment: Deployment) -> bool:
    """Whether a device of this name could use this certificate now, in both roles of mutual TLS."""
    uses = certificate.extended_key_usage
    return (
        fqdn in certificate.dns_names
        and certificate.not_before <= deployment.at <= certificate.not_after
        and certificate.key_fingerprint in deployment.keys
        and (
            uses is None
            or {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH} <= set(uses)
        )
    )


def tell_together(steps: Sequence[Step]) -> str:
    """What these Steps do, in one line: neighbours of one kind are told together."""
    told = []
    for _, group in groupby(steps, key=type):
        same = list(group)
        told.append(same[0].tell() if len(same) == 1 else same[0].tell_many(same))
    return "; ".join(told)


def file_name(name: str) -> str:
    """A device's name as a safe file name: letters, digits, dot, hyphen and underscore only."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).lstrip(".-")[:80] or "device"


_OPENSSL_KEY = {
    KeyType.EC_P256: "-newkey ec -pkeyopt ec_paramgen_curve:P-256",
    KeyType.EC_P384: "-newkey ec -pkeyopt ec_paramgen_curve:P-384",
    KeyType.RSA_2048: "-newkey rsa:2048",
    KeyType.RSA_3072: "-newkey rsa:3072",
    KeyType.RSA_4096: "-newkey rsa:4096",
    KeyType.ED25519: "-newkey ed25519",
}


def _names(names: Sequence[str], most: int = 4) -> str:
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def _common_name(fqdn: str) -> str:
    return fqdn if len(fqdn) <= 64 else fqdn.partition(".")[0]
