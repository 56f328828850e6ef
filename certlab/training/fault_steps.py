"""Steps that no procedure asks for, and that happen all the same: by hand, by clock, by neglect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..deployment import SELF, Deployment, DeviceStep, Step, moment
from ..pki import Draft, KeyType, profile, request_certificate, self_signed


@dataclass(frozen=True, repr=False)
class IssueByHand(DeviceStep):
    """Somebody makes a certificate past every desk, and the device presents it.

    ``authority`` signs without vetting; ``SELF`` stands for the device. ``names`` left out is the
    device's full name; the first is the common name. ``profile`` is a key of ``PROFILES``.
    ``since_days`` is when its validity begins, in days from the Deployment's moment.
    """

    authority: str = SELF
    names: tuple[str, ...] = ()
    common_name: str = ""
    profile: str = "mutual-tls"
    since_days: int = 0
    lifetime_days: int = 365
    ca: bool = False

    @property
    def makes_keys(self) -> tuple[KeyType, ...]:
        return (KeyType.EC_P256,)

    def _draft(self, deployment: Deployment) -> Draft:
        names = self.names or (deployment.inventory.device(self.device).fqdn,)
        return Draft(
            names,
            profile(self.profile),
            deployment.at + timedelta(days=self.since_days),
            timedelta(days=self.lifetime_days),
            common_name=self.common_name or names[0],
            ca=self.ca,
        )

    def apply(self, deployment: Deployment) -> Deployment:
        draft, source = self._draft(deployment), deployment.source
        held = deployment.store_of(self.device).personal
        label = f"{self.device}/by hand/{len(held) + 1}"
        key, serial = source.key_pair(KeyType.EC_P256, label), source.serial_number(label)
        after = deployment.with_key(self.device, key)
        if self.authority == SELF:
            return after.with_credential(self.device, self_signed(draft, key, serial))
        authority = deployment.authority(self.authority)
        request = request_certificate(draft, key)
        certificate = authority.ca.issue(request, draft, serial, authority.pointers)
        issued = authority.issued.insert(certificate.fingerprint, self.device)
        return after.with_authority(replace(authority, issued=issued)).with_credential(
            self.device, certificate, authority.ca.chain
        )

    def is_done(self, deployment: Deployment) -> bool:
        return False  # each time it makes a new key

    def tell(self) -> str:
        if self.authority == SELF:
            return f"{self.device} presents a self-signed certificate made by hand"
        return f"{self.device} presents a certificate that {self.authority} made by hand"

    def command(self, deployment: Deployment) -> str:
        return "openssl x509 -req, past the registration authority: do not do this at work."


@dataclass(frozen=True, repr=False)
class SetClock(Step):
    """The clock that all devices follow is set to a moment: a date or ISO text, UTC."""

    at: str

    @property
    def place(self) -> str:
        return CLOCK

    def _moment(self) -> datetime:
        return moment(self.at)

    def apply(self, deployment: Deployment) -> Deployment:
        return deployment.moved_to(self._moment())

    def is_done(self, deployment: Deployment) -> bool:
        return deployment.at == self._moment()

    def tell(self) -> str:
        return f"the clock is set to {self._moment():%Y-%m-%d %H:%M} UTC"

    def command(self, deployment: Deployment) -> str:
        return f"w32tm /resync, or: date -u -s '{self._moment():%Y-%m-%d %H:%M}'"


CLOCK = "the clock"
"""The place of a fault that is no device's: the time source that all follow."""


@dataclass(frozen=True, repr=False)
class NeglectCRL(Step):
    """An authority stops publishing; its last list ended some days ago."""

    authority: str
    days: int = 3

    @property
    def place(self) -> str:
        return self.authority

    def apply(self, deployment: Deployment) -> Deployment:
        authority = deployment.authority(self.authority)
        last = deployment.at - timedelta(days=authority.crl_days + self.days)
        return deployment.with_authority(replace(authority, publishes_itself=False, published=last))

    def is_done(self, deployment: Deployment) -> bool:
        authority = deployment.authority(self.authority)
        return not (authority.publishes_itself or authority.tells_all(deployment.at))

    def tell(self) -> str:
        return f"{self.authority} publishes no list any more; the last ended {self.days} days ago"

    def command(self, deployment: Deployment) -> str:
        return "Stop-Service CertSvc"
