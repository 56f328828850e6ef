"""What a device holds: three stores told apart, and the credentials it presents."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from rpds import HashTrieSet

from ..pki import Certificate
from ..validation import Purpose
from .bulk import Value


class Store(StrEnum):
    """The three certificate stores of a device. Only the root store makes anchors."""

    ROOT = "root"
    INTERMEDIATE = "intermediate"
    PERSONAL = "personal"


@dataclass(frozen=True)
class TrustStore(Value):
    """The certificates a device holds, by fingerprint and by store.

    The sets share structure: adding one certificate to a store of a thousand copies none of them.
    """

    root: HashTrieSet[str] = field(default_factory=HashTrieSet)
    intermediate: HashTrieSet[str] = field(default_factory=HashTrieSet)
    personal: HashTrieSet[str] = field(default_factory=HashTrieSet)

    def of(self, store: Store) -> HashTrieSet[str]:
        found: HashTrieSet[str] = getattr(self, store.value)
        return found

    def with_added(self, store: Store, fingerprint: str) -> TrustStore:
        return self.changed(**{store.value: self.of(store).insert(fingerprint)})

    def with_removed(self, store: Store, fingerprint: str) -> TrustStore:
        return self.changed(**{store.value: self.of(store).discard(fingerprint)})


@dataclass(frozen=True, slots=True)
class Credential:
    """What a device presents: its certificate and the issuing certificates it sends along.

    ``client`` is what it presents when it calls, where that is another certificate.
    """

    certificate: str
    chain: tuple[str, ...] = ()
    client: Credential | None = None


class Presented(NamedTuple):
    """A certificate a device presents, what it must serve for, and what is sent beside it."""

    purpose: Purpose
    certificate: Certificate
    chain: tuple[Certificate, ...]
