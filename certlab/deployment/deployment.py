"""Who holds which certificate and which anchors, at one moment: a value that never changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from cryptography.x509 import CertificateRevocationList
from rpds import HashTrieMap

from ..errors import InvalidInput, UnknownName
from ..pki import Certificate, FreshKeys, KeyPair, KeySource, KeyStore, mozilla_roots
from ..validation import RFC5280, Purpose, VerificationPolicy
from .authority import SELF, Authority, Pending
from .bulk import Value, keeping_all
from .inventory import Inventory
from .keymaking import SLOW, CancelledError, KeysAhead
from .stores import Credential, Presented, Store, TrustStore

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


@dataclass(frozen=True)
class Deployment(Value):
    """Who holds which certificate and which anchors. A change is a new Deployment.

    ``at`` is the moment it is judged for, aware UTC. Private keys are in ``keys``, which only
    grows and is shared by a Deployment and those that follow from it; ``key_holders`` tells by
    fingerprint which device holds which. What the ``policy`` makes of revocation decides whether
    the CRLs in force (``crls``) are looked at.
    """

    inventory: Inventory
    at: datetime
    source: KeySource = field(default_factory=FreshKeys, compare=False)
    keys: KeyStore = field(default_factory=KeyStore, repr=False, compare=False)
    policy: VerificationPolicy = RFC5280
    certificates: HashTrieMap[str, Certificate] = field(default_factory=HashTrieMap, repr=False)
    stores: HashTrieMap[str, TrustStore] = field(default_factory=HashTrieMap, repr=False)
    credentials: HashTrieMap[str, Credential] = field(default_factory=HashTrieMap, repr=False)
    authorities: HashTrieMap[str, Authority] = field(default_factory=HashTrieMap, repr=False)
    requests: HashTrieMap[tuple[str, str], Pending] = field(default_factory=HashTrieMap, repr=False)
    key_holders: HashTrieMap[str, str] = field(default_factory=HashTrieMap, repr=False)
    outside_crls: tuple[CertificateRevocationList, ...] = field(default=(), repr=False)
    """Lists of authorities that are not in ``authorities``, as they were brought in."""
    previous: Deployment | None = field(default=None, repr=False, compare=False)
    entry: Entry | None = field(default=None, repr=False, compare=False)

    # --- asking -----------------------------------------------------------------------------

    def presented_by(self, device: str) -> tuple[Presented, ...]:
        """What this device presents: one certificate for both roles, one for each, or none."""
        self.inventory.device(device)
        credential = self.credentials.get(device)
        if credential is None:
            return ()
        if credential.client is None:
            return (self._presented(Purpose.MUTUAL, credential),)
        return (
            self._presented(Purpose.SERVER, credential),
            self._presented(Purpose.CLIENT, credential.client),
        )

    def presented_as(self, device: str, purpose: Purpose | str) -> Presented | None:
        """What this device presents as server (or as client), or None."""
        presented = self.presented_by(device)
        return presented[-1 if purpose == Purpose.CLIENT else 0] if presented else None

    def certificate_of(
        self, device: str, purpose: Purpose | str = Purpose.SERVER
    ) -> Certificate | None:
        """The certificate this device presents as server (or as client), or None."""
        found = self.presented_as(device, purpose)
        return found.certificate if found else None

    def chain_of(
        self, device: str, purpose: Purpose | str = Purpose.SERVER
    ) -> tuple[Certificate, ...]:
        """The issuing certificates this device sends beside its own."""
        found = self.presented_as(device, purpose)
        return found.chain if found else ()

    def store_of(self, device: str) -> TrustStore:
        """The three stores of this device."""
        self.inventory.device(device)
        return self.stores.get(device, _NOTHING)

    def held_in(self, device: str, store: Store) -> tuple[Certificate, ...]:
        """The certificates in one store of this device, in a fixed order."""
        held = self.store_of(device).of(store)
        return tuple(self.certificates[fingerprint] for fingerprint in sorted(held))

    def anchors_of(self, device: str) -> tuple[Certificate, ...]:
        """The certificates in this device's root store, in a fixed order."""
        return self.held_in(device, Store.ROOT)

    def owner_of(self, certificate: Certificate) -> str | None:
        """The device that presents this certificate, or None."""
        holder = self.key_holders.get(certificate.key_fingerprint)
        if holder is None or certificate not in (p.certificate for p in self.presented_by(holder)):
            return None
        return holder

    def authority(self, name: str) -> Authority:
        """The authority of that name. Raises ``UnknownName`` with those there are."""
        found = self.authorities.get(name)
        if found is None:
            there = ", ".join(sorted(self.authorities)) or "none yet"
            raise UnknownName(f"no authority is called {name!r}", expected=f"one of: {there}")
        return found

    def issuer_of(self, certificate: Certificate) -> Authority | None:
        """The authority here that issued this certificate, or None."""
        for authority in self.authorities.values():
            if certificate.fingerprint in authority.issued:
                return authority
        return None

    def is_revoked(self, certificate: Certificate) -> bool:
        """Whether an authority here took it back, whoever knows of it yet."""
        issuer = self.issuer_of(certificate)
        return issuer is not None and certificate.serial in issuer.revoked

    def offers_of(self, name: str) -> tuple[Certificate, ...]:
        """What others can import under this name: of an authority, of a device, or a public root.

        Of a device first the self-signed one it has ready, then what it presents, then what was
        issued to it and is not installed. Empty when nobody of that name has one, or not yet.
        """
        if name in self.authorities:
            return (self.authorities[name].certificate,)
        if name not in self.inventory.devices:
            root = mozilla_roots().get(name)
            return (root,) if root else ()
        pending = (self.requests.get((name, authority)) for authority in (SELF, *self.authorities))
        ready, *waiting = (found.issued if found else None for found in pending)
        presented = (shown.certificate for shown in self.presented_by(name))
        return tuple(found for found in (ready, *presented, *waiting) if found is not None)

    def offered_by(self, name: str) -> Certificate | None:
        """What others import under this name: the first of ``offers_of``, or None."""
        return next(iter(self.offers_of(name)), None)

    @property
    def crls(self) -> tuple[CertificateRevocationList, ...]:
        """The lists in force at this moment, of every authority that has published one.

        Those brought in from outside stay as they are, whatever the moment.
        """
        authorities = (authority for _, authority in sorted(self.authorities.items()))
        return (*self.outside_crls, *(crl for each in authorities for crl in each.crls_at(self.at)))

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

    def _presented(self, purpose: Purpose, credential: Credential) -> Presented:
        chain = tuple(self.certificates[fingerprint] for fingerprint in credential.chain)
        return Presented(purpose, self.certificates[credential.certificate], chain)

    # --- changing ---------------------------------------------------------------------------

    def run(
        self,
        *steps: Step | Iterable[Step],
        progress: Callable[[int, int], object] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Deployment:
        """Apply these Steps in order, as one journal entry that one ``undo()`` takes back.

        Steps already done are skipped. RSA keys are made ahead, on all cores. ``progress`` is told
        how many Steps of how many are behind; when ``cancelled`` says True, this very Deployment
        is given back. Raises ``StepRefused`` when a Step cannot be applied; then nothing of the
        run is.
        """
        wanted, done = list(_flat(steps)), []
        ahead = self._keys_ahead(wanted, cancelled)
        after = self.changed(source=ahead) if ahead else self
        try:
            with keeping_all():
                for number, step in enumerate(wanted, start=1):
                    if cancelled():
                        return self
                    if not step.is_done(after):
                        after = step.apply(after)
                        done.append(step)
                    if progress is not None:
                        progress(number, len(wanted))
        except CancelledError:
            return self
        finally:
            if ahead:
                ahead.close()
        if not done:
            return self
        return after.changed(source=self.source, previous=self, entry=Entry(tuple(done)))

    def _keys_ahead(self, steps: Iterable[Step], cancelled: Callable[[], bool]) -> KeysAhead | None:
        if not isinstance(self.source, FreshKeys):
            return None
        slow = [
            key_type
            for step in steps
            if not SLOW.isdisjoint(step.makes_keys) and not step.is_done(self)
            for key_type in step.makes_keys
            if key_type in SLOW
        ]
        return KeysAhead(self.source, slow, cancelled) if slow else None

    def undo(self) -> Deployment:
        """The Deployment before the last run. Raises ``InvalidInput`` when nothing was run."""
        if self.previous is None:
            raise InvalidInput(
                "there is nothing to undo", remedy="Nothing has been run on this deployment yet."
            )
        return self.previous

    def moved_to(self, at: datetime | date | str) -> Deployment:
        """The same holdings, judged at another moment."""
        return self.changed(at=moment(at))

    def with_policy(self, policy: VerificationPolicy) -> Deployment:
        """The same holdings, judged by another policy."""
        return self.changed(policy=policy)

    def with_certificates(self, *certificates: Certificate) -> Deployment:
        """The same holdings; these certificates are known by their fingerprints from now on."""
        return self.changed(certificates=self._knowing(*certificates))

    def _knowing(self, *certificates: Certificate) -> HashTrieMap[str, Certificate]:
        known = self.certificates
        for certificate in certificates:
            if certificate.fingerprint not in known:
                known = known.insert(certificate.fingerprint, certificate)
        return known

    def with_key(self, device: str, key: KeyPair) -> Deployment:
        """The device holds this private key from now on."""
        return self.changed(key_holders=self.key_holders.insert(self.keys.add(key), device))

    def with_authority(self, authority: Authority) -> Deployment:
        """The same holdings with this authority, new or changed."""
        return self.changed(authorities=self.authorities.insert(authority.name, authority))

    def with_request(self, device: str, authority: str, pending: Pending | None) -> Deployment:
        """The device's certificate from this authority is on its way like this, or not any more."""
        place = (device, authority)
        changed = self.requests.insert(place, pending) if pending else self.requests.discard(place)
        return self.changed(requests=changed)

    def with_credential(
        self,
        device: str,
        certificate: Certificate,
        chain: Iterable[Certificate] = (),
        purpose: Purpose = Purpose.MUTUAL,
    ) -> Deployment:
        """The device presents this certificate from now on; it joins its personal store.

        As ``SERVER`` or ``CLIENT`` it does so in that role, and goes on presenting in the other
        what it presented before.
        """
        sent = tuple(chain)
        new = Credential(certificate.fingerprint, tuple(c.fingerprint for c in sent))
        old = self.credentials.get(device)
        if old is not None and purpose is Purpose.SERVER:
            other = old.client or old
            new = replace(new, client=None if other.certificate == new.certificate else other)
        elif old is not None and purpose is Purpose.CLIENT:
            new = replace(old, client=None if old.certificate == new.certificate else new)
        store = self.store_of(device).with_added(Store.PERSONAL, certificate.fingerprint)
        return self.changed(
            certificates=self._knowing(certificate, *sent),
            credentials=self.credentials.insert(device, new),
            key_holders=self.key_holders.insert(certificate.key_fingerprint, device),
            stores=self.stores.insert(device, store),
        )

    def with_imported(self, device: str, store: Store, certificate: Certificate) -> Deployment:
        """The device's store holds this certificate from now on."""
        changed = self.store_of(device).with_added(store, certificate.fingerprint)
        return self.changed(
            certificates=self._knowing(certificate), stores=self.stores.insert(device, changed)
        )

    def with_removed(self, device: str, store: Store, certificate: Certificate) -> Deployment:
        """The device's store no longer holds this certificate."""
        changed = self.store_of(device).with_removed(store, certificate.fingerprint)
        return self.changed(stores=self.stores.insert(device, changed))

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
            yield from _flat(step)
        else:
            yield step
