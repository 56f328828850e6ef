"""The three trust models: each turns an inventory into the Steps that make its links work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from ..errors import InvalidInput
from ..pki import Certificate, FreshKeys, KeyType, LessonKeys, mozilla_roots
from ..validation import Purpose
from .authority import client_auth_end
from .authority_steps import CreateAuthority, OpenAccount, public_root
from .deployment import Deployment, moment
from .enrolment import InstallCertificate, IssueCertificate, RequestCertificate
from .inventory import Device, Inventory, Role
from .procedure import Phase, Procedure, TrustModel
from .self_signed_steps import GenerateSelfSigned
from .steps import as_call
from .store_steps import ImportAnchor, PushRoot
from .stores import Store, TrustStore


@dataclass(frozen=True, slots=True, repr=False)
class SelfSigned:
    """Every device signs for itself, and whoever talks to it imports its certificate.

    ``ca`` makes the certificates CA:TRUE, as some devices do: compare what an importer then allows
    (claim C35). ``lifetime_days`` is in days; 365 is what a UM server of 2007 made.
    """

    key_type: KeyType = KeyType.EC_P256
    lifetime_days: int = 365
    ca: bool = False
    title: str = "Self-signed"

    __repr__ = as_call

    def procedure(self, inventory: Inventory) -> Procedure:
        """Certificates, then imports along every link in both directions (C40, C41)."""
        linked = _linked(inventory)
        servers = {device.name for device in inventory.with_role(Role.UM_SERVER)}
        pairs = [(a, b) for device in linked if (a := device.name) for b in inventory.peers[a]]
        return Procedure(
            self.title,
            (
                Phase(
                    "Every device makes its own certificate",
                    tuple(
                        GenerateSelfSigned(device.name, self.key_type, self.lifetime_days, self.ca)
                        for device in linked
                    ),
                ),
                Phase(
                    "Devices and servers import the UM servers’ certificates",
                    tuple(ImportAnchor(a, certificate_of=b) for a, b in pairs if b in servers),
                ),
                Phase(
                    "UM servers import the devices’ certificates",
                    tuple(ImportAnchor(a, certificate_of=b) for a, b in pairs if b not in servers),
                ),
            ),
        )


@dataclass(frozen=True, slots=True, repr=False)
class InternalPKI:
    """The house's own PKI issues to every device, and its root is imported everywhere (C42).

    Two tiers are an offline root and an issuing CA, whose certificate is sent in the handshake and
    not imported; one tier is a single CA. With ``name_constraints`` it can certify only names in
    ``domains``, which left out are those of the inventory. ``roles`` are those that may have a
    certificate.
    """

    name: str = "Lab PKI"
    tiers: int = 2
    key_type: KeyType = KeyType.EC_P256
    lifetime_days: int = 365
    name_constraints: bool = True
    domains: tuple[str, ...] = ()
    roles: tuple[Role, ...] = tuple(Role)
    crl_days: int = 7
    ca_key_type: KeyType = KeyType.EC_P256
    title: str = "Internal PKI"

    __repr__ = as_call

    def __post_init__(self) -> None:
        if self.tiers not in (1, 2):
            raise InvalidInput(f"a PKI of {self.tiers} tiers is not made here", expected="1 or 2")

    @property
    def root(self) -> str:
        """The authority whose certificate is imported."""
        return f"{self.name} root" if self.tiers == 2 else self.name

    def procedure(self, inventory: Inventory) -> Procedure:
        """The six steps of claims C68 to C73, after the authority is set up."""
        return Procedure(self.title, self.phases(inventory, Purpose.MUTUAL))

    def phases(self, inventory: Inventory, purpose: Purpose) -> tuple[Phase, ...]:
        """The phases of a PKI whose certificates serve for this purpose."""
        linked = _linked(inventory)
        domains = (self.domains or inventory.domains) if self.name_constraints else ()
        create = CreateAuthority(
            self.name,
            self.root,
            domains,
            self.ca_key_type,
            self.lifetime_days,
            self.crl_days,
            self.roles,
        )
        if not linked:
            return ()
        return (
            Phase("The authority is set up", (create,)),
            *_enrolment(linked, self.name, purpose, self.key_type),
            *_distribution(linked, self.root),
        )


@dataclass(frozen=True, slots=True, repr=False)
class ThirdPartyCA:
    """Certificates are bought from a simulated public CA, whose root many devices ship (C77–C88).

    The rules in force on the day of issue are those of the facts table, with the dates of
    ``operator`` (one of ``OPERATORS``) or, left out, of Chrome's programme. Each device has one
    certificate, as in 2007, or, ``split``, a public one as server and one of ``private`` as client.
    ``root`` is how an inventory names the root in ``ships_roots``; ``price`` is in USD a
    certificate and illustrative.
    """

    name: str = "Example Public CA"
    root: str = "Example Public Root"
    operator: str = ""
    split: bool = False
    private: InternalPKI = InternalPKI("Client PKI")
    key_type: KeyType = KeyType.EC_P256
    lifetime_days: int | None = None
    domains: tuple[str, ...] = ()
    price: float = 100.0
    title: str = "Third party"

    __repr__ = as_call

    def procedure(self, inventory: Inventory) -> Procedure:
        """Order, install, and import the root where it is not shipped; then the private half."""
        linked = _linked(inventory)
        if not linked:
            return Procedure(self.title, ())
        lacking = [device for device in linked if not ships(device, self.root)]
        purpose = Purpose.SERVER if self.split else Purpose.MUTUAL
        domains = self.domains or inventory.domains
        account = OpenAccount(
            self.name, self.root, domains, self.operator, self.lifetime_days, self.price
        )
        return Procedure(
            self.title,
            (
                Phase("Our domains are shown to the CA", (account,)),
                *_enrolment(linked, self.name, purpose, self.key_type),
                *_distribution(lacking, self.root),
                *(self.private.phases(inventory, Purpose.CLIENT) if self.split else ()),
            ),
        )

    def notes(self, at: datetime | date | str) -> tuple[str, ...]:
        """What the rules of that day mean for this model, in sentences."""
        end = client_auth_end(self.operator)
        if not end.holds(moment(at)):
            return (
                f"From {end.effective} on one certificate will not do for both roles: {end.words}.",
            )
        said = f"Since {end.effective} {end.words}."
        if self.split:
            return (said, f"So {self.private.name} issues a second certificate, to call with.")
        return (
            said,
            "So the one certificate answers and does not call: ThirdPartyCA(split=True) adds one.",
        )


def _linked(inventory: Inventory) -> list[Device]:
    """The devices that have a link which needs mutual TLS."""
    return [device for device in inventory if inventory.peers[device.name]]


def _enrolment(
    devices: Sequence[Device], authority: str, purpose: Purpose, key_type: KeyType
) -> tuple[Phase, ...]:
    names = [device.name for device in devices]
    role = "" if purpose is Purpose.MUTUAL else f" to present as {purpose}"
    return (
        Phase(
            f"Each device requests a certificate{role}",
            tuple(RequestCertificate(name, authority, purpose, key_type) for name in names),
        ),
        Phase(
            f"{authority} vets and issues",
            tuple(IssueCertificate(name, authority, purpose) for name in names),
        ),
        Phase(
            "Each device installs its certificate",
            tuple(InstallCertificate(name, authority, purpose) for name in names),
        ),
    )


def _distribution(devices: Sequence[Device], root: str) -> tuple[Phase, ...]:
    """The root by one push where the domain reaches, by hand elsewhere (C74)."""
    phases = (
        Phase(
            "The domain’s policy pushes the root to its servers",
            tuple(PushRoot(device.name, root) for device in devices if device.domain_joined),
        ),
        Phase(
            "The root is imported by hand elsewhere",
            tuple(
                ImportAnchor(d.name, certificate_of=root) for d in devices if not d.domain_joined
            ),
        ),
    )
    return tuple(phase for phase in phases if phase.steps)


# --- a Deployment to begin with -----------------------------------------------------------------

MOZILLA = "Mozilla"
"""In ``ships_roots`` this stands for every root of Mozilla's programme."""


def ships(device: Device, root: str) -> bool:
    """Whether the device has this public root when it is unpacked."""
    return root in device.ships_roots or (MOZILLA in device.ships_roots and root in mozilla_roots())


def begin(
    inventory: Inventory, *, at: datetime | date | str, seed: str | None = None
) -> Deployment:
    """A Deployment in which nothing has been done yet; devices hold the public roots they ship.

    A name in ``ships_roots`` is a root of Mozilla's programme (see ``mozilla_roots``), all of
    them (“Mozilla”), or else a simulated public CA. With ``seed`` keys and serial numbers are
    derived from it, so a lesson repeats to the byte; without, they are random. ``at`` is aware
    UTC, a date, or ISO text.
    """
    if seed is not None and not seed:
        raise InvalidInput(
            "the seed is empty", remedy="Give it some text, or leave it out for random keys."
        )
    source = FreshKeys() if seed is None else LessonKeys(seed)
    return with_shipped_roots(Deployment(inventory, moment(at), source), inventory)


def with_shipped_roots(deployment: Deployment, devices: Iterable[Device]) -> Deployment:
    """The Deployment in which these devices hold the public roots they ship, and nothing else."""
    stores: dict[tuple[str, ...], TrustStore] = {}
    held: dict[str, TrustStore] = {}
    for device in devices:
        if device.ships_roots and device.ships_roots not in stores:
            store = TrustStore()
            for name in device.ships_roots:
                deployment, roots = _shipped(deployment, name)
                for root in roots:
                    store = store.with_added(Store.ROOT, root.fingerprint)
            stores[device.ships_roots] = store
        if device.ships_roots:
            held[device.name] = stores[device.ships_roots]
    return replace(deployment, stores=deployment.stores.update(held))


def _shipped(deployment: Deployment, name: str) -> tuple[Deployment, tuple[Certificate, ...]]:
    real = mozilla_roots()
    if name == MOZILLA or name in real:
        roots = tuple(real.values()) if name == MOZILLA else (real[name],)
        return deployment.with_certificates(*roots), roots
    if name in deployment.inventory.devices:
        raise InvalidInput("a device and a root it ships have one name", where=repr(name))
    if name not in deployment.authorities:
        root = public_root(name, deployment.at, deployment.source, deployment.keys)
        deployment = deployment.with_authority(root).with_certificates(root.certificate)
    return deployment, (deployment.authority(name).certificate,)


def deploy(
    inventory: Inventory, model: TrustModel, *, at: datetime | date | str, seed: str | None = None
) -> Deployment:
    """The whole procedure of a trust model, run on an inventory: every link that needs it works.

    See ``begin`` for ``at`` and ``seed``; ``begin(...).run(phase)`` goes one phase at a time.
    """
    return begin(inventory, at=at, seed=seed).run(model.procedure(inventory))
