"""Who holds which certificate and which anchors, at one moment: a value that never changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from rpds import HashTrieMap

from ..errors import InvalidInput
from ..pki import Certificate, FreshKeys, KeySource, KeyStore
from ..validation import RFC5280, VerificationPolicy
from .inventory import Inventory
from .stores import Credential, Store, TrustStore

if TYPE_CHECKING:
    from .steps import Step

_NOTHING = TrustStore()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal: Steps that were run together."""

    steps: tuple[Step, ...]

    def tell(self) -> str:
        """What was done, in one line."""
        from .steps import tell_together  # Steps change Deployments, so they stand above this file

        return tell_together(self.steps)


@dataclass(frozen=True, slots=True)
class Deployment:
    """Who holds which certificate and which anchors. A change is a new Deployment.

    ``at`` is the moment it is judged for, aware UTC. Private keys are in ``keys``, which only
    grows and is shared by a Deployment and those that follow from it.
    """

    inventory: Inventory
    at: datetime
    source: KeySource = field(default_factory=FreshKeys, compare=False)
    keys: KeyStore = field(default_factory=KeyStore, repr=False, compare=False)
    policy: VerificationPolicy = RFC5280
    certificates: HashTrieMap[str, Certificate] = field(default_factory=HashTrieMap, repr=False)
    stores: HashTrieMap[str, TrustStore] = field(default_factory=HashTrieMap, repr=False)
    credentials: HashTrieMap[str, Credential] = field(default_factory=HashTrieMap, repr=False)
    previous: Deployment | None = field(default=None, repr=False, compare=False)
    entry: Entry | None = field(default=None, repr=False, compare=False)

    # --- asking -----------------------------------------------------------------------------

    def certificate_of(self, device: str) -> Certificate | None:
        """The certificate this device presents, or None when it has none."""
        self.inventory.device(device)
        credential = self.credentials.get(device)
        return self.certificates[credential.certificate] if credential else None

    def chain_of(self, device: str) -> tuple[Certificate, ...]:
        """The issuing certificates this device sends beside its own."""
        credential = self.credentials.get(device)
        return (
            tuple(self.certificates[fingerprint] for fingerprint in credential.chain)
            if credential
            else ()
        )

    def store_of(self, device: str) -> TrustStore:
        """The three stores of this device."""
        self.inventory.device(device)
        return self.stores.get(device, _NOTHING)

    def anchors_of(self, device: str) -> tuple[Certificate, ...]:
        """The certificates in this device's root store, in a fixed order."""
        return tuple(
            self.certificates[fingerprint] for fingerprint in sorted(self.store_of(device).root)
        )

    def owner_of(self, certificate: Certificate) -> str | None:
        """The device that presents this certificate, or None."""
        for name, credential in self.credentials.items():
            if credential.certificate == certificate.fingerprint:
                return name
        return None

    @property
    def journal(self) -> tuple[Entry, ...]:
        """What was done, oldest first: one entry for each run."""
        return tuple(
            reversed([deployment.entry for deployment in self._history() if deployment.entry])
        )

    def _history(self) -> Iterator[Deployment]:
        deployment: Deployment | None = self
        while deployment is not None:
            yield deployment
            deployment = deployment.previous

    # --- changing ---------------------------------------------------------------------------

    def run(self, *steps: Step | Iterable[Step]) -> Deployment:
        """Apply these Steps in order, as one journal entry that one ``undo()`` takes back.

        Steps already done are skipped. Raises ``StepRefused`` when one cannot be applied; then
        nothing of the run is.
        """
        after, done = self, []
        for step in _flat(steps):
            if not step.is_done(after):
                after = step.apply(after)
                done.append(step)
        return replace(after, previous=self, entry=Entry(tuple(done))) if done else self

    def undo(self) -> Deployment:
        """The Deployment before the last run. Raises ``InvalidInput`` when nothing was run."""
        if self.previous is None:
            raise InvalidInput(
                "there is nothing to undo", remedy="Nothing has been run on this deployment yet."
            )
        return self.previous

    def moved_to(self, at: datetime | date | str) -> Deployment:
        """The same holdings, judged at another moment."""
        return replace(self, at=moment(at))

    def with_policy(self, policy: VerificationPolicy) -> Deployment:
        """The same holdings, judged by another policy."""
        return replace(self, policy=policy)

    def with_credential(
        self, device: str, certificate: Certificate, chain: Iterable[Certificate] = ()
    ) -> Deployment:
        """The device presents this certificate from now on; it joins its personal store."""
        sent = tuple(chain)
        known = self.certificates.update({c.fingerprint: c for c in (certificate, *sent)})
        credential = Credential(certificate.fingerprint, tuple(c.fingerprint for c in sent))
        store = self.store_of(device).with_added(Store.PERSONAL, certificate.fingerprint)
        return replace(
            self,
            certificates=known,
            credentials=self.credentials.insert(device, credential),
            stores=self.stores.insert(device, store),
        )

    def with_imported(self, device: str, store: Store, certificate: Certificate) -> Deployment:
        """The device's store holds this certificate from now on."""
        fingerprint = certificate.fingerprint
        known = self.certificates
        if fingerprint not in known:
            known = known.insert(fingerprint, certificate)
        changed = self.store_of(device).with_added(store, fingerprint)
        return replace(self, certificates=known, stores=self.stores.insert(device, changed))

    def with_removed(self, device: str, store: Store, certificate: Certificate) -> Deployment:
        """The device's store no longer holds this certificate."""
        changed = self.store_of(device).with_removed(store, certificate.fingerprint)
        return replace(self, stores=self.stores.insert(device, changed))

    def __repr__(self) -> str:
        return (
            f"Deployment({len(self.inventory)} devices, {len(self.credentials)} with a certificate,"
            f" {len(self.inventory.links)} links, at {self.at:%Y-%m-%d %H:%M} UTC)"
        )


def moment(at: datetime | date | str) -> datetime:
    """An aware UTC datetime from one, from a date (midnight UTC), or from ISO text.

    Raises ``InvalidInput`` for a datetime without a time zone and for text that is no date.
    """
    if isinstance(at, str):
        try:
            return moment(date.fromisoformat(at) if len(at) <= 10 else datetime.fromisoformat(at))
        except ValueError:
            raise InvalidInput(
                "not a date", where=repr(at[:40]), expected="ISO form, such as 2026-11-24"
            ) from None
    if not isinstance(at, datetime):
        return datetime(at.year, at.month, at.day, tzinfo=UTC)
    if at.tzinfo is None:
        raise InvalidInput(
            "the time has no time zone",
            where=str(at),
            expected="an aware datetime, in UTC",
            remedy="Write datetime(2026, 11, 24, 9, tzinfo=UTC), or give the date alone.",
        )
    return at.astimezone(UTC)


def _flat(steps: Iterable[Step | Iterable[Step]]) -> Iterator[Step]:
    for step in steps:
        if isinstance(step, Iterable):
            yield from step
        else:
            yield step
