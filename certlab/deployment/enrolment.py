"""Steps from a device's request to its installed certificate (C68 to C71), and its renewal."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from ..errors import StepRefused
from ..pki import (
    Certificate,
    CertificateRequest,
    Draft,
    KeyPair,
    KeyType,
    profile,
    request_certificate,
)
from ..validation import Purpose
from .authority import SELF, Authority, Pending, PublicRules, Vetted, vet
from .certificate_services import TEMPLATE
from .deployment import Deployment
from .selection import faults_of
from .steps import (
    DeviceStep,
    Step,
    certificate_file,
    exchange_service,
    file_name,
    on_windows,
    openssl_key,
    powershell,
    shell,
    taken_up,
)

_PROFILES = {
    Purpose.MUTUAL: "mutual-tls",
    Purpose.SERVER: "tls-server",
    Purpose.CLIENT: "tls-client",
}


@dataclass(frozen=True, repr=False)
class _Enrolment(DeviceStep):
    """A Step towards a certificate from an authority, to present as server, client or both.

    ``instead_of`` is the fingerprint of one that counts as serving no more: so a renewal can be
    made while the old one still serves.
    """

    authority: str
    purpose: Purpose = Purpose.MUTUAL
    instead_of: str = field(default="", kw_only=True)

    @property
    def _file(self) -> str:
        """What its files are called: a second certificate, to call with, does not replace them."""
        return file_name(self.device) + ("-client" if self.purpose is Purpose.CLIENT else "")

    def _pending(self, deployment: Deployment) -> Pending | None:
        deployment.inventory.device(self.device)
        return deployment.requests.get((self.device, self.authority))

    def _issued(self, deployment: Deployment) -> Certificate:
        pending = self._pending(deployment)
        if pending is None or pending.issued is None:
            raise StepRefused(
                f"{self.authority} has issued nothing to {self.device} that waits here",
                where=repr(self),
                remedy=f"Run IssueCertificate({self.device!r}, {self.authority!r}) first.",
            )
        return pending.issued

    def _serves(self, deployment: Deployment) -> bool:
        """Whether the device presents a certificate of this authority that serves."""
        both = self.purpose is Purpose.MUTUAL
        return all(
            (shown := deployment.presented_as(self.device, role)) is not None
            and self._is_good(deployment, shown.certificate)
            and not any(map(deployment.is_revoked, shown.chain))
            for role in ((Purpose.SERVER, Purpose.CLIENT) if both else (self.purpose,))
        )

    def _is_good(self, deployment: Deployment, certificate: Certificate) -> bool:
        if certificate.fingerprint == self.instead_of:
            return False
        if self.authority == SELF:
            ours, granted = certificate.is_self_issued, self.purpose
        else:
            authority = deployment.authorities.get(self.authority)
            if authority is None or authority.rules is None:
                return False
            ours = (
                certificate.fingerprint in authority.issued
                and certificate.serial not in authority.revoked
            )
            granted = authority.rules.grants(self.purpose, deployment.at)
        return ours and not faults_of(deployment, self.device, certificate, granted)


@dataclass(frozen=True, repr=False)
class RequestCertificate(_Enrolment):
    """The device makes a key and a request for its own name, and hands the request in (C49, C68).

    ``names`` left out is the device's full name; other names are for the authority to refuse. With
    ``same_key`` it asks for the key of what it presents. It counts as done while a request waits,
    or a certificate that serves is there.
    """

    together: ClassVar[str] = "{places} each request a certificate from {first.authority}"
    key_type: KeyType = KeyType.EC_P256
    names: tuple[str, ...] = ()
    same_key: bool = field(default=False, kw_only=True)

    @property
    def makes_keys(self) -> tuple[KeyType, ...]:
        return () if self.same_key else (self.key_type,)

    def apply(self, deployment: Deployment) -> Deployment:
        device = deployment.inventory.device(self.device)
        deployment.authority(self.authority)
        count = len(deployment.store_of(device.name).personal) + 1
        label = f"{device.name}/{self.authority}/{count}"
        if self.same_key:
            key = present_key(deployment, device.name, self.purpose)
        else:
            key = deployment.source.key_pair(self.key_type, label)
        draft = Draft(
            self.names or (device.fqdn,),
            profile(_PROFILES[self.purpose]),
            deployment.at,
            common_name=device.common_name,
        )
        pending = Pending(self.purpose, request_certificate(draft, key))
        return deployment.with_key(device.name, key).with_request(
            device.name, self.authority, pending
        )

    def is_done(self, deployment: Deployment) -> bool:
        pending = self._pending(deployment)
        if not self.names:
            return pending is not None or self._serves(deployment)
        asked = pending.request.alternative_names if pending and pending.request else ()
        return tuple(name.value for name in asked) == self.names

    def tell(self) -> str:
        return f"{self.device} requests a certificate from {self.authority}"

    def command(self, deployment: Deployment) -> str:
        device, file = deployment.inventory.device(self.device), self._file
        names = self.names or (device.fqdn,)
        if on_windows(device):
            if self.same_key:
                return "certreq -enroll -machine -q -cert THUMBPRINT Renew ReuseKeys"
            return (
                "New-ExchangeCertificate -GenerateRequest "
                f"-DomainName {', '.join(map(powershell, names))} "
                f"-SubjectName {powershell('CN=' + device.common_name)} | Set-Content {file}.csr\n"
                f"# Exchange 2010 and later. On 2007: -Path {file}.csr, and no Set-Content"
            )
        key, after = openssl_key(file, None if self.same_key else self.key_type)
        return (
            f"openssl req -new {key} -out {file}.csr "
            f"-subj {shell('/CN=' + device.common_name)} "
            f"-addext {shell('subjectAltName=' + ','.join(f'DNS:{name}' for name in names))}{after}"
        )


@dataclass(frozen=True, repr=False)
class IssueCertificate(_Enrolment):
    """The request is vetted and, if there is nothing against it, the CA signs (C58, C69, C70).

    A refused request leaves no certificate: the Step raises ``StepRefused`` with every reason.
    """

    together: ClassVar[str] = "{first.authority} vets {count} requests and issues"

    def apply(self, deployment: Deployment) -> Deployment:
        vetting = vet(deployment, self.device, self.authority)
        if not vetting.approved:
            raise StepRefused(
                f"{self.authority} refuses {self.device}’s request: {'; '.join(vetting.reasons)}",
                where=repr(self),
                remedy=f"Run RefuseRequest({self.device!r}, {self.authority!r}), "
                "then request what may be granted.",
            )
        authority, pending = deployment.authority(self.authority), self._pending(deployment)
        purpose = pending.purpose if pending else self.purpose
        certificate = _sign(deployment, authority, vetting.request, purpose)
        line = Vetted(deployment.at, self.device, True, notes=vetting.notes)
        issued = authority.issued.insert(certificate.fingerprint, self.device)
        return (
            deployment.with_certificates(certificate)
            .with_authority(authority.with_line(line).changed(issued=issued))
            .with_request(
                self.device, self.authority, Pending(purpose, vetting.request, certificate)
            )
        )

    def is_done(self, deployment: Deployment) -> bool:
        pending = self._pending(deployment)
        return self._serves(deployment) if pending is None else pending.issued is not None

    def tell(self) -> str:
        return f"{self.authority} vets {self.device}’s request and issues the certificate"

    def command(self, deployment: Deployment) -> str:
        file = self._file
        authority = deployment.authorities.get(self.authority)
        if authority is not None and isinstance(authority.rules, PublicRules):
            return f"Order it on the CA’s site with {file}.csr, and download {file}.cer."
        name = "WebServer" if self.purpose is Purpose.SERVER else TEMPLATE
        return f"certreq -submit -attrib CertificateTemplate:{name} {file}.csr {file}.cer"


@dataclass(frozen=True, repr=False)
class RefuseRequest(_Enrolment):
    """The registration authority sends a request back; its log keeps why (C58).

    ``reason`` left out stands for what the vetting found.
    """

    reason: str = ""

    def apply(self, deployment: Deployment) -> Deployment:
        vetting = vet(deployment, self.device, self.authority)
        reasons = (self.reason,) if self.reason else vetting.reasons
        if not reasons:
            raise StepRefused(
                f"there is nothing against {self.device}’s request", remedy="Give a reason."
            )
        authority = deployment.authority(self.authority)
        line = Vetted(deployment.at, self.device, False, reasons)
        return deployment.with_authority(authority.with_line(line)).with_request(
            self.device, self.authority, None
        )

    def is_done(self, deployment: Deployment) -> bool:
        return self._pending(deployment) is None

    def tell(self) -> str:
        return f"{self.authority} refuses {self.device}’s request"

    def command(self, deployment: Deployment) -> str:
        return "certutil -deny REQUESTID"


@dataclass(frozen=True, repr=False)
class InstallCertificate(_Enrolment):
    """The device puts the issued certificate beside its key and presents it (C71, C88).

    ``file_of`` is the device whose certificate file is taken, to show a mix-up: a certificate for
    another key is refused. With ``SELF`` as authority it presents the self-signed one it has ready.
    """

    together: ClassVar[str] = "{places} each install and present a certificate"
    file_of: str = ""

    def apply(self, deployment: Deployment) -> Deployment:
        certificate = self._issued(deployment)
        if self.file_of:
            certificate = replace(self, device=self.file_of, file_of="")._issued(deployment)
        if deployment.key_holders.get(certificate.key_fingerprint) != self.device:
            raise StepRefused(
                f"{self.device} does not hold the private key of this certificate",
                where=repr(self),
                expected="the certificate that was issued for this device’s own request",
                remedy="Take the right file, or request again.",
            )
        own = self.authority == SELF
        chain = () if own else deployment.authority(self.authority).chain_of(certificate)
        return deployment.with_credential(
            self.device, certificate, chain, self.purpose
        ).with_request(self.device, self.authority, None)

    def is_done(self, deployment: Deployment) -> bool:
        return self._pending(deployment) is None and self._serves(deployment)

    def tell(self) -> str:
        if self.authority == SELF:
            return f"{self.device} presents its new self-signed certificate"
        return f"{self.device} installs its certificate from {self.authority}"

    def command(self, deployment: Deployment) -> str:
        device, file = deployment.inventory.device(self.device), self._file
        if not on_windows(device):
            chain = f" with {certificate_file(self.authority)} appended"
            return f"Install {file}.cer{chain if self.authority != SELF else ''} beside its key."
        enable = f"Enable-ExchangeCertificate -Services {exchange_service(device)}"
        if self.authority == SELF:
            name = powershell(device.fqdn)
            lines = [
                f"Get-ExchangeCertificate -DomainName {name}  # lists the new one, its THUMBPRINT",
                f"{enable} -Thumbprint THUMBPRINT",
            ]
        else:
            content = f"([IO.File]::ReadAllBytes((Resolve-Path {file}.cer)))"
            lines = [
                f"Import-ExchangeCertificate -FileData {content} | {enable}",
                f"# Exchange 2010 and later. On 2007: -Path {file}.cer, and no -FileData",
            ]
        return "\n".join([*lines, *taken_up(deployment, device)])


@dataclass(frozen=True, repr=False)
class Renew(_Enrolment):
    """Request, issue and install at once: three touches (C48, C52).

    While the old certificate serves this counts as done, unless ``instead_of`` names it.
    """

    key_type: KeyType = KeyType.EC_P256
    same_key: bool = field(default=False, kw_only=True)

    @property
    def makes_keys(self) -> tuple[KeyType, ...]:
        return () if self.same_key else (self.key_type,)

    @property
    def parts(self) -> tuple[Step, ...]:
        fields, old = (self.device, self.authority, self.purpose), self.instead_of
        return (
            RequestCertificate(*fields, self.key_type, same_key=self.same_key, instead_of=old),
            IssueCertificate(*fields, instead_of=old),
            InstallCertificate(*fields, instead_of=old),
        )

    @property
    def sittings(self) -> tuple[Hashable, ...]:
        return self.parts

    def apply(self, deployment: Deployment) -> Deployment:
        for step in self.parts:
            if not step.is_done(deployment):
                deployment = step.apply(deployment)
        return deployment

    def is_done(self, deployment: Deployment) -> bool:
        return self.parts[-1].is_done(deployment)

    def tell(self) -> str:
        return f"{self.device} gets a new certificate from {self.authority}"

    def command(self, deployment: Deployment) -> str:
        return "\n".join(step.command(deployment) for step in self.parts)


@dataclass(frozen=True, repr=False)
class SendChain(DeviceStep):
    """The device sends the issuing certificates beside its own; ``send=False`` leaves them out."""

    send: bool = True

    def apply(self, deployment: Deployment) -> Deployment:
        if not deployment.presented_by(self.device):
            raise StepRefused(f"{self.device} presents no certificate", where=repr(self))
        for purpose, certificate, chain in self._right(deployment):
            deployment = deployment.with_credential(self.device, certificate, chain, purpose)
        return deployment

    def is_done(self, deployment: Deployment) -> bool:
        presented = deployment.presented_by(self.device)
        return bool(presented) and presented == self._right(deployment)

    def _right(self, deployment: Deployment) -> tuple[Any, ...]:
        return tuple(
            presented._replace(
                chain=issuer.chain_of(presented.certificate)
                if self.send and (issuer := deployment.issuer_of(presented.certificate))
                else ()
            )
            for presented in deployment.presented_by(self.device)
        )

    def tell(self) -> str:
        verb = "sends" if self.send else "leaves out"
        return f"{self.device} {verb} the issuing certificates beside its own"

    def command(self, deployment: Deployment) -> str:
        shown = deployment.certificate_of(self.device)
        issuer = deployment.issuer_of(shown) if shown is not None else None
        file = certificate_file(issuer.name) if issuer else "ISSUING.cer"
        if on_windows(deployment.inventory.device(self.device)):
            return f"certutil -addstore CA {file}"
        return f"Append {file} to the device’s certificate file."


def present_key(deployment: Deployment, device: str, purpose: Purpose) -> KeyPair:
    """The key of what the device presents. Raises ``StepRefused`` when that is nothing."""
    certificate = deployment.certificate_of(device, purpose)
    if certificate is None:
        raise StepRefused(f"{device} presents no certificate whose key it could keep")
    return deployment.keys.get(certificate.key_fingerprint)


def _sign(
    deployment: Deployment, authority: Authority, request: CertificateRequest, purpose: Purpose
) -> Certificate:
    assert authority.rules is not None, "vetting refuses where there are no rules"
    at, above = deployment.at, authority.certificate
    lifetime = min(authority.rules.lifetime(at), above.not_after - at)
    names = tuple(str(name.value) for name in request.alternative_names)
    draft = Draft(
        names,
        profile(_PROFILES[authority.rules.grants(purpose, at)]),
        at,
        lifetime,
        common_name=names[0] if len(names[0]) <= 64 else names[0].partition(".")[0],
    )
    serial = deployment.source.serial_number(f"{authority.name}/{len(authority.issued) + 1}")
    return authority.ca.issue(request, draft, serial, authority.pointers)
