"""Steps of a device that signs for itself, and of a UM server that picks what it presents."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import ClassVar

from ..pki import Draft, KeyType, profile, self_signed
from ..validation import Purpose
from .authority import SELF, Pending
from .deployment import Deployment
from .enrolment import InstallCertificate, present_key
from .selection import faults_of, select_certificate
from .steps import (
    DeviceStep,
    Step,
    as_pem_file,
    certificate_file,
    exchange_service,
    file_name,
    on_windows,
    openssl_key,
    powershell,
    shell,
    taken_up,
)


@dataclass(frozen=True, repr=False)
class GenerateSelfSigned(DeviceStep):
    """The device makes a key and signs a certificate for its own name with it (C23, C26, C31).

    It counts as done while the device presents a self-signed certificate that serves: its own
    name, both uses, valid at the Deployment's moment. So the same Step also replaces one that
    does not serve any more. ``lifetime_days`` is in days. With ``present=False`` it is only made
    ready; others can import it before ``InstallCertificate(device, SELF)`` makes the switch.
    ``instead_of`` is the fingerprint of one to replace though it serves; ``same_key`` keeps the
    key of what it presents.
    """

    together: ClassVar[str] = "{places} each generate a self-signed certificate"
    key_type: KeyType = KeyType.EC_P256
    lifetime_days: int = 365
    ca: bool = False
    present: bool = True
    same_key: bool = field(default=False, kw_only=True)
    instead_of: str = field(default="", kw_only=True)

    @property
    def makes_keys(self) -> tuple[KeyType, ...]:
        return () if self.same_key else (self.key_type,)

    @property
    def parts(self) -> tuple[Step, ...]:
        if not self.present:
            return (self,)
        switch = InstallCertificate(self.device, SELF, instead_of=self.instead_of)
        return replace(self, present=False), switch

    def apply(self, deployment: Deployment) -> Deployment:
        device = deployment.inventory.device(self.device)
        label = f"{device.name}/{len(deployment.store_of(device.name).personal) + 1}"
        if self.same_key:
            key = present_key(deployment, device.name, Purpose.MUTUAL)
        else:
            key = deployment.source.key_pair(self.key_type, label)
        draft = Draft(
            (device.fqdn,),
            profile("mutual-tls"),
            deployment.at,
            timedelta(days=self.lifetime_days),
            common_name=device.common_name,
            ca=self.ca,
        )
        certificate = self_signed(draft, key, deployment.source.serial_number(label))
        after = deployment.with_key(device.name, key)
        if self.present:
            return after.with_credential(device.name, certificate)
        ready = Pending(Purpose.MUTUAL, issued=certificate)
        return after.with_certificates(certificate).with_request(device.name, SELF, ready)

    def is_done(self, deployment: Deployment) -> bool:
        certificates = [presented.certificate for presented in deployment.presented_by(self.device)]
        ready = deployment.requests.get((self.device, SELF))
        if not self.present and ready is not None and ready.issued is not None:
            certificates = [ready.issued]
        return bool(certificates) and all(
            certificate.is_self_issued
            and certificate.is_ca is self.ca
            and certificate.fingerprint != self.instead_of
            and not faults_of(deployment, self.device, certificate)
            for certificate in certificates
        )

    def tell(self) -> str:
        return f"{self.device} generates a self-signed certificate"

    def command(self, deployment: Deployment) -> str:
        device = deployment.inventory.device(self.device)
        file = file_name(device.name)
        if on_windows(device):
            services = f" -Services {exchange_service(device)}" if self.present else ""
            switch = taken_up(deployment, device) if self.present else ()
            making = (
                f"New-ExchangeCertificate -DomainName {powershell(device.fqdn)} "
                f"-SubjectName {powershell('CN=' + device.common_name)}{services}"
                "  # shows its THUMBPRINT\n"
                "Export-Certificate -Cert Cert:\\LocalMachine\\My\\THUMBPRINT "
                f"-FilePath {file}.der\n"
                f"{as_pem_file(device.name)}  # without its key, to hand over"
            )
            return "\n".join((making, *switch))
        key, after = openssl_key(file, None if self.same_key else self.key_type)
        return (
            f"openssl req -x509 {key} -out {certificate_file(device.name)} "
            f"-days {self.lifetime_days} -subj {shell('/CN=' + device.common_name)} "
            f"-addext {shell('subjectAltName=DNS:' + device.fqdn)} "
            f"-addext basicConstraints=critical,CA:{str(self.ca).upper()} "
            f"-addext extendedKeyUsage=serverAuth,clientAuth{after}"
        )


@dataclass(frozen=True, repr=False)
class SelectCertificate(DeviceStep):
    """A UM server starts in secure mode: it picks its certificate by rule, or makes one (C29–C31).

    See ``select_certificate`` for the rule and its log.
    """

    def apply(self, deployment: Deployment) -> Deployment:
        winner = select_certificate(deployment, self.device).winner
        if winner is None:
            return GenerateSelfSigned(self.device).apply(deployment)
        issuer = deployment.issuer_of(winner)
        return deployment.with_credential(
            self.device, winner, issuer.chain_of(winner) if issuer else ()
        )

    def is_done(self, deployment: Deployment) -> bool:
        winner = select_certificate(deployment, self.device).winner
        return winner is not None and winner == deployment.certificate_of(self.device)

    def tell(self) -> str:
        return f"{self.device} picks the certificate it presents"

    def command(self, deployment: Deployment) -> str:
        return "Restart-Service MSExchangeUM"
