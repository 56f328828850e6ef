"""What comes due: whatever ends soon, what hangs on it, and the Steps that renew it in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..deployment import (
    SELF,
    Authority,
    Deployment,
    GenerateSelfSigned,
    ImportAnchor,
    InstallCertificate,
    OpenAccount,
    Phase,
    Presented,
    Procedure,
    PublishCRL,
    Renew,
    RenewAuthority,
    Step,
    moment,
)
from ..deployment.authority import PublicRules
from ..deployment.bulk import keeping_all
from ..errors import InvalidInput
from ..pki import KeyType
from ..validation.facts import FACTS

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Due:
    """Something that ends: ``at`` is the last moment at which it counts (UTC).

    ``whose`` is a device or an authority. ``directions`` counts the (verifier, subject) pairs that
    are refused from then on. ``steps``, run in their order before, renew it ahead of time; a root,
    which is replaced, and what nobody here issued have none.
    """

    at: datetime
    what: str
    whose: str
    directions: int
    steps: tuple[Step, ...] = field(repr=False)


@dataclass(frozen=True)
class DueList:
    """What ends within some days of the Deployment's moment, the first first.

    What has ended already is there too.
    """

    deployment: Deployment
    within_days: int
    items: tuple[Due, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """All Steps that renew it, in order."""
        return tuple(step for item in self.items for step in item.steps)

    @property
    def procedure(self) -> Procedure:
        """The same as a Procedure, a phase for each day."""
        phases: dict[str, list[Step]] = {}
        for item in self.items:
            if item.steps:
                phases.setdefault(f"Before {item.at:%Y-%m-%d}", []).extend(item.steps)
        return Procedure(
            "Renewals that come due", tuple(Phase(day, tuple(s)) for day, s in phases.items())
        )

    @property
    def headline(self) -> str:
        """The state in words."""
        if not self.items:
            return f"Nothing comes due within {self.within_days:,} days"
        over = sum(item.at < self.deployment.at for item in self.items)
        first = self.items[0]
        ended = f", {over:,} of them over already" if over else ""
        # Renewed for as long as it lasts now, it ends a second time before the list does.
        now, horizon = self.deployment.at, timedelta(days=self.within_days)
        comes_again = any(i.steps and now < i.at <= now + horizon / 2 for i in self.items)
        again = " as they stand today, and each renewed one comes due again" if comes_again else ""
        return (
            f"{len(self.items):,} come due within {self.within_days:,} days{ended}{again}; "
            f"the first: {first.whose}, {first.what}, {first.at:%Y-%m-%d}"
        )

    @property
    def frame(self) -> pd.DataFrame:
        """The list as a table."""
        import pandas as pd  # when asked for: pandas takes longer to import than certlab

        rows = [(i.at, i.whose, i.what, i.directions, len(i.steps)) for i in self.items]
        return pd.DataFrame(rows, columns=["until", "whose", "what", "directions", "steps"])

    def __iter__(self) -> Iterator[Due]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        return f"DueList({self.headline})"


@keeping_all()
def due(deployment: Deployment, within_days: int = 90) -> DueList:
    """What ends within so many days: certificates, CAs, revocation lists, shown domains.

    Linear in the devices. Raises ``InvalidInput`` for a negative number of days.
    """
    if within_days < 0:
        raise InvalidInput("days ahead cannot be negative", where=f"within_days={within_days}")
    last = deployment.at + timedelta(days=within_days)
    carried: Counter[str] = Counter()
    found = []
    for device, peers in deployment.inventory.peers.items():
        for shown in deployment.presented_by(device) if peers else ():
            if shown.certificate.malformed:
                continue
            issuer = deployment.issuer_of(shown.certificate)
            for name in _above(deployment, issuer):
                carried[name] += len(peers)
            if shown.certificate.not_after <= last:
                steps = renewal_steps(deployment, device, shown, issuer)
                found.append(Due(shown.certificate.not_after, _named(shown), device, len(peers),
                                 steps))  # fmt: skip
    for name, authority in deployment.authorities.items():
        found += (item for item in _of_authority(deployment, authority, carried[name])
                  if item.at <= last)  # fmt: skip
    return DueList(deployment, within_days, tuple(sorted(found, key=lambda i: (i.at, i.whose))))


def renewal_steps(
    deployment: Deployment, device: str, shown: Presented, issuer: Authority | None
) -> tuple[Step, ...]:
    """The Steps that renew what a device presents, with a new key: imports before the switch."""
    certificate, old = shown.certificate, shown.certificate.fingerprint
    known = certificate.key_type in set(KeyType)
    key_type = KeyType(certificate.key_type) if known else KeyType.EC_P256
    if issuer is not None:
        if issuer.rules is None:
            return ()
        return (Renew(device, issuer.name, shown.purpose, key_type, instead_of=old),)
    if not certificate.is_self_issued:
        return ()
    days = max(1, (certificate.not_after - certificate.not_before).days)
    ready = GenerateSelfSigned(
        device, key_type, days, certificate.is_ca, present=False, instead_of=old
    )
    imports = (
        ImportAnchor(peer, device, instead_of=old) for peer in deployment.inventory.peers[device]
    )
    return ready, *imports, InstallCertificate(device, SELF, instead_of=old)


def _of_authority(deployment: Deployment, authority: Authority, carried: int) -> Iterator[Due]:
    name, certificate = authority.name, authority.certificate
    steps: tuple[Step, ...] = ()
    if authority.ca.above:
        steps = (RenewAuthority(name, same_key=True, instead_of=certificate.fingerprint),)
    yield Due(certificate.not_after, "CA certificate", name, carried, steps)
    if not authority.publishes_itself:
        ends = authority.published + timedelta(days=authority.crl_days)
        publish = PublishCRL(name, instead_of=authority.list_number(deployment.at))
        yield Due(ends, "revocation list", name, carried, (publish,))
    if isinstance(authority.rules, PublicRules):
        again = shown_again(deployment, authority, authority.rules)
        for shown in {shown for _, shown in authority.rules.validated}:
            what = "control of domains, as it was shown"
            yield Due(_counts_until(shown), what, name, 0, (again,))


def shown_again(deployment: Deployment, authority: Authority, rules: PublicRules) -> OpenAccount:
    """The Step that shows the domains of an account once more, when that counts no longer."""
    roots = (a for a in deployment.authorities.values() if a.certificate == authority.ca.root)
    root = next(roots, authority).name
    domains = tuple(domain for domain, _ in rules.validated)
    return OpenAccount(
        authority.name, root, domains, rules.operator, rules.lifetime_days, authority.price
    )


def _counts_until(shown: datetime) -> datetime:
    """When a showing of a domain counts no longer: rules that come later shorten it too."""
    rules = [rule for rule in FACTS.values() if rule.series == "domain-reuse"]
    return min(
        max(moment(rule.effective or shown), shown + timedelta(days=rule.value or 0))
        for rule in rules
    )


def _above(deployment: Deployment, issuer: Authority | None) -> Iterator[str]:
    """The names of the authorities a certificate hangs on."""
    while issuer is not None:
        yield issuer.name
        above = deployment.issuer_of(issuer.certificate)
        issuer = above if above is not issuer else None


def _named(shown: Presented) -> str:
    return "certificate" if len(shown.purpose.uses) > 1 else f"certificate as {shown.purpose}"
