"""Steps on the three stores: what is imported where, what is removed, what a policy pushes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ..errors import StepRefused
from ..pki import Certificate
from .deployment import Deployment
from .steps import (
    DeviceStep,
    certificate_file,
    listed,
    made_here,
    on_windows,
    powershell,
    subject_of,
)
from .stores import Store

_WINDOWS_STORES = {Store.ROOT: "Root", Store.INTERMEDIATE: "CA", Store.PERSONAL: "My"}


@dataclass(frozen=True, repr=False)
class _OfCertificate(DeviceStep):
    """A Step on a store that concerns the certificate of a device or of an authority."""

    certificate_of: str
    store: Store
    fingerprint: str | None = field(default=None, kw_only=True)

    def _whose(self) -> str:
        return f"{self.certificate_of}’s certificate"


@dataclass(frozen=True, repr=False)
class ImportInto(_OfCertificate):
    """The device imports a certificate into one of its stores (C33, C66, C73, C88).

    ``certificate_of`` is a device, an authority or a public root. ``fingerprint`` (SHA-256,
    hexadecimal) is what its owner read out: it is compared first. Only what is in the root store
    makes an anchor; the wrong store is possible here as in life, and ``why`` tells what it does.
    ``instead_of`` is the fingerprint of one that is about to be replaced, so another is meant.
    """

    instead_of: str = field(default="", kw_only=True)

    def _offer(self, deployment: Deployment) -> Certificate | None:
        """The certificate that is meant: that of the fingerprint, or else the first there is."""
        for certificate in deployment.offers_of(self.certificate_of):
            if certificate.fingerprint != self.instead_of and (
                self.fingerprint is None or _same(self.fingerprint, certificate)
            ):
                return certificate
        return None

    def apply(self, deployment: Deployment) -> Deployment:
        deployment.inventory.device(self.device)
        certificate = self._offer(deployment)
        if certificate is not None:
            return deployment.with_imported(self.device, self.store, certificate)
        other = deployment.offered_by(self.certificate_of)
        if other is not None and self.fingerprint is not None:
            raise StepRefused(
                f"the fingerprint of {self._whose()} is {other.fingerprint[:16]}…",
                where=repr(self),
                expected=f"{str(self.fingerprint)[:16]}…, as its owner read it out",
                remedy="Do not import it; get the file again from its owner.",
            )
        if self.certificate_of not in deployment.inventory.devices:
            deployment.authority(self.certificate_of)  # raises: nobody is called that
        raise StepRefused(
            f"{self.certificate_of} has no certificate yet",
            where=repr(self),
            remedy=f"Run GenerateSelfSigned({self.certificate_of!r}) first, or ask a CA.",
        )

    def is_done(self, deployment: Deployment) -> bool:
        certificate = self._offer(deployment)
        return certificate is not None and (
            certificate.fingerprint in deployment.store_of(self.device).of(self.store)
        )

    def tell(self) -> str:
        return f"{self.device} imports {self._whose()} into its {self.store} store"

    def command(self, deployment: Deployment) -> str:
        file = certificate_file(self.certificate_of)
        if on_windows(deployment.inventory.device(self.device)):
            store = _WINDOWS_STORES[self.store]
            return f"certutil -addstore {store} {file}  # the file that its owner exported"
        return (
            f"Get {file}, the file that its owner exported, and compare its fingerprint with the "
            f"owner, then add the file to the {self.store} store."
        )

    @classmethod
    def tell_many(cls, steps: Sequence[Any]) -> str:
        into, of = [step.device for step in steps], [step.certificate_of for step in steps]
        if len(set(of)) == 1:
            return f"{listed(into)} import {of[0]}’s certificate"
        if len(set(into)) == 1:
            return f"{into[0]} imports the certificates of {listed(of)}"
        return f"{listed(into)}: {len(steps)} imports"


@dataclass(frozen=True, repr=False)
class ImportAnchor(ImportInto):
    """The device imports a certificate into its root store (C33, C40, C41, C67)."""

    store: Store = field(default=Store.ROOT, init=False)


@dataclass(frozen=True, repr=False)
class PushRoot(ImportAnchor):
    """Group Policy brings an authority's certificate to a domain-joined server (C74).

    One edit of the policy serves all servers, so all such Steps are one piece of work.
    """

    @property
    def sittings(self) -> tuple[Hashable, ...]:
        return (("Group Policy", self.certificate_of),)

    def apply(self, deployment: Deployment) -> Deployment:
        if not deployment.inventory.device(self.device).domain_joined:
            raise StepRefused(
                f"{self.device} is not joined to the domain, so no policy reaches it",
                where=repr(self),
                remedy=f"Import it by hand: ImportAnchor({self.device!r}, "
                f"certificate_of={self.certificate_of!r}).",
            )
        return super().apply(deployment)

    def tell(self) -> str:
        return f"the domain’s policy puts {self._whose()} into {self.device}’s root store"

    def command(self, deployment: Deployment) -> str:
        return (
            "Group Policy: Computer Configuration, Windows Settings, Security Settings, Public Key "
            "Policies, Trusted Root Certification Authorities: import "
            f"{certificate_file(self.certificate_of)}; then gpupdate /force on the servers."
        )

    @classmethod
    def tell_many(cls, steps: Sequence[Any]) -> str:
        names = listed(step.device for step in steps)
        return f"one policy push puts {steps[0].certificate_of}’s certificate on {names}"


@dataclass(frozen=True, repr=False)
class RemoveFrom(_OfCertificate):
    """The device removes a certificate from one of its stores.

    ``fingerprint`` (SHA-256, hexadecimal) says which one, if it is not the one that
    ``certificate_of`` has now.
    """

    together: ClassVar[str] = "{places}: {count} certificates are removed"

    def apply(self, deployment: Deployment) -> Deployment:
        certificate = self._held(deployment)
        if certificate is None:
            raise StepRefused(
                f"{self.device}’s {self.store} store does not hold {self._whose()}",
                where=repr(self),
            )
        return deployment.with_removed(self.device, self.store, certificate)

    def is_done(self, deployment: Deployment) -> bool:
        return self.fingerprint is not None and self._held(deployment) is None

    def tell(self) -> str:
        return f"{self.device} removes {self._whose()} from its {self.store} store"

    def command(self, deployment: Deployment) -> str:
        certificate, store = self._held(deployment), _WINDOWS_STORES[self.store]
        windows = on_windows(deployment.inventory.device(self.device))
        if certificate is not None and not made_here(deployment, certificate):
            known = f"{certificate.serial:x}"
            if windows:
                return f"certutil -delstore {store} {known}"
            return f"Delete the certificate with serial number {known} from the {self.store} store."
        name = powershell(subject_of(deployment, self.certificate_of))
        if windows:
            return (
                f"certutil -store {store} {name}  # lists it with its SERIAL; of two, the older\n"
                f"certutil -delstore {store} SERIAL"
            )
        return f"Delete the certificate of {name} from the {self.store} store; of two, the older."

    def _held(self, deployment: Deployment) -> Certificate | None:
        held = deployment.held_in(self.device, self.store)
        if self.fingerprint is not None:
            return next((c for c in held if _same(self.fingerprint, c)), None)
        return next((c for c in deployment.offers_of(self.certificate_of) if c in held), None)


@dataclass(frozen=True, repr=False)
class RemoveAnchor(RemoveFrom):
    """The device removes a certificate from its root store: how trust ends without a CA (C48)."""

    store: Store = field(default=Store.ROOT, init=False)


def _same(read_out: str, certificate: Certificate) -> bool:
    """Whether a fingerprint as people write it, with colons or spaces, is this certificate's."""
    return read_out.replace(":", "").replace(" ", "").lower() == certificate.fingerprint
