"""A CA as the estate knows it: who may ask it for what, and what it issued, refused and revoked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from cryptography import x509
from cryptography.x509 import ocsp
from rpds import HashTrieMap, List

from ..errors import StepRefused
from ..pki import (
    Certificate,
    CertificateAuthority,
    CertificateRequest,
    RegistrationAuthority,
    Revocation,
    Vetting,
    describe_key,
    ocsp_response,
    revocation_list,
)
from ..validation import Purpose
from ..validation.facts import Fact, fact, in_force
from ..validation.review import is_internal_name
from .bulk import Value
from .inventory import Device, Role

if TYPE_CHECKING:
    from .deployment import Deployment

SELF = "itself"
"""The authority of a self-signed certificate: the device."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A certificate on its way: the request waits, or it was issued and waits to be installed.

    A self-signed one that is ready and not yet presented has no request.
    """

    purpose: Purpose
    request: CertificateRequest | None = None
    issued: Certificate | None = None


@dataclass(frozen=True, slots=True)
class Vetted:
    """One line of a registration authority's log."""

    at: datetime
    device: str
    approved: bool
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Rules(Protocol):
    """What an authority asks of a request, and what it then grants."""

    def vet(
        self, request: CertificateRequest, device: Device, purpose: Purpose, deployment: Deployment
    ) -> Vetting:
        """Approve, or refuse with every reason."""

    def grants(self, purpose: Purpose, at: datetime) -> Purpose:
        """What a certificate issued then will serve for, when it is asked to serve for this."""

    def lifetime(self, at: datetime) -> timedelta:
        """How long a certificate issued then is valid."""


@dataclass(frozen=True, slots=True)
class EstateRules:
    """The house's own CA: names of the inventory, asked for by the device that bears them."""

    lifetime_days: int
    roles: tuple[Role, ...]

    def vet(
        self, request: CertificateRequest, device: Device, purpose: Purpose, deployment: Deployment
    ) -> Vetting:
        names = deployment.inventory.by_fqdn
        vetting = RegistrationAuthority(names).vet(request)
        reasons = [
            f"{name.value} is {owner.name}’s name, not {device.name}’s"
            for name in request.alternative_names
            if (owner := names.get(str(name.value).lower())) and owner.name != device.name
        ]
        if device.role not in self.roles:
            reasons.append(f"the role {device.role.title} gets no certificate here")
        return replace(vetting, reasons=(*vetting.reasons, *reasons))

    def grants(self, purpose: Purpose, at: datetime) -> Purpose:
        return purpose

    def lifetime(self, at: datetime) -> timedelta:
        return timedelta(days=self.lifetime_days)


_CLIENT_AUTH_ENDS = {
    "Let's Encrypt": "lets-encrypt-client-auth-end",
    "DigiCert": "digicert-client-auth-end",
    "Sectigo": "sectigo-client-auth-end",
}
OPERATORS = tuple(_CLIENT_AUTH_ENDS)
"""Public CAs whose own dates the facts tell; any other follows Chrome's."""


def client_auth_end(operator: str = "") -> Fact:
    """From when on a public CA certifies no TLS clients: its own date, or Chrome's before it."""
    ends = [fact("chrome-client-auth-end")]
    if operator in _CLIENT_AUTH_ENDS:
        ends.append(fact(_CLIENT_AUTH_ENDS[operator]))
    return min(ends, key=lambda end: end.effective or date.max)


@dataclass(frozen=True, slots=True)
class PublicRules:
    """A public CA: the rules in force on the day of issue (facts table), none of its own.

    ``validated`` says when control of each domain was last shown. Names under ``.example``, which
    is kept free for documents, stand here for registered domains; other reserved names, single
    labels and private addresses are internal and barred. ``lifetime_days`` None is the longest
    allowed.
    """

    operator: str
    lifetime_days: int | None
    validated: tuple[tuple[str, datetime], ...]

    def vet(
        self, request: CertificateRequest, device: Device, purpose: Purpose, deployment: Deployment
    ) -> Vetting:
        at, longest = deployment.at, self.longest(deployment.at)
        domains = _Under(tuple(domain for domain, _ in self.validated))
        desk = RegistrationAuthority(domains, "under a domain whose control was shown")
        vetting = desk.vet(request)
        reasons = [
            f"{name.value}: {fact('internal-names').words}"
            for name in request.alternative_names
            if is_internal_name(name) and not str(name.value).lower().endswith(".example")
        ]
        reasons += [
            f"control of {domain} was shown on {day:%Y-%m-%d}, too long ago: {rule.words}"
            for domain, day in self.stale_domains(at)
            if (rule := in_force("domain-reuse", at))
        ]
        if not (kind := describe_key(request.public_key)[0]).startswith(("RSA", "EC")):
            reasons.append(f"the key is {kind}: {fact('curves').words}, or it is RSA")
        if self.lifetime_days is not None and self.lifetime_days > longest:
            reasons.append(f"{self.lifetime_days} days were asked for; {longest} are allowed")
        end, notes = client_auth_end(self.operator), []
        if end.holds(at) and purpose is Purpose.CLIENT:
            reasons.append(f"since {end.effective}, {end.words}")
        elif end.holds(at) and purpose is Purpose.MUTUAL:
            notes.append(f"client authentication is left out: since {end.effective}, {end.words}")
        return replace(vetting, reasons=(*vetting.reasons, *reasons), notes=tuple(notes))

    def cap(self, at: datetime | date) -> Fact:
        """The rule that says how many days a certificate issued then may be valid."""
        series = ["public-validity"]
        if self.operator == "Let's Encrypt":
            series.append("lets-encrypt-validity")
        caps = [rule for name in series if (rule := in_force(name, at))]
        return min(caps, key=lambda rule: rule.value or 0)

    def longest(self, at: datetime | date) -> int:
        """How many days a certificate issued then may be valid."""
        return self.cap(at).value or 0

    def stale_domains(self, at: datetime) -> tuple[tuple[str, datetime], ...]:
        """The domains whose control was shown too long ago to count, and when that was."""
        rule = in_force("domain-reuse", at)
        reuse = timedelta(days=(rule.value if rule else None) or 0)
        return tuple(shown for shown in self.validated if at > shown[1] + reuse)

    def grants(self, purpose: Purpose, at: datetime) -> Purpose:
        return Purpose.SERVER if client_auth_end(self.operator).holds(at) else purpose

    def lifetime(self, at: datetime) -> timedelta:
        # Both ends count, and a day begun is a day (TLS Baseline Requirements 6.3.2).
        return timedelta(days=self.lifetime_days or self.longest(at), seconds=-1)


@dataclass(frozen=True, slots=True)
class _Under:
    """The names that lie in or under some domains."""

    domains: tuple[str, ...]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and any(
            name == domain or name.endswith(f".{domain}") for domain in self.domains
        )


@dataclass(frozen=True)
class Authority(Value):
    """A CA in a Deployment: its certificate and key, its rules, and its records.

    ``rules`` is None of one that issues to no device, such as an offline root. One that publishes
    by itself has a new CRL every ``crl_days``; another only when somebody publishes one.
    ``issued`` tells by fingerprint to whom. ``price`` is in USD a certificate. ``former`` are its
    editions with other keys, for which it goes on publishing.
    """

    name: str
    ca: CertificateAuthority
    published: datetime
    rules: Rules | None = None
    crl_days: int = 7
    publishes_itself: bool = True
    crl_number: int = 1
    price: float = 0.0
    pointers: tuple[tuple[x509.ExtensionType, bool], ...] = field(default=(), repr=False)
    former: tuple[CertificateAuthority, ...] = ()
    issued: HashTrieMap[str, str] = field(default_factory=HashTrieMap, repr=False)
    revoked: HashTrieMap[int, Revocation] = field(default_factory=HashTrieMap, repr=False)
    reverse_log: List[Vetted] = field(default_factory=List, repr=False)

    @property
    def certificate(self) -> Certificate:
        return self.ca.certificate

    def chain_of(self, certificate: Certificate) -> tuple[Certificate, ...]:
        """What is sent beside a certificate that it issued: the edition that did, and above."""
        if not self.former:
            return self.ca.chain
        key_id, editions = certificate.authority_key_id, (self.ca, *self.former)
        made = (ca for ca in editions if ca.certificate.subject_key_id == key_id)
        return next(made, self.ca).chain

    @property
    def log(self) -> tuple[Vetted, ...]:
        """What the registration authority decided, oldest first."""
        return tuple(self.reverse_log)[::-1]

    @property
    def spent(self) -> float:
        """What was paid for its certificates, in USD."""
        return self.price * len(self.issued)

    def with_line(self, line: Vetted) -> Authority:
        """The authority after it wrote this into its log."""
        return self.changed(reverse_log=self.reverse_log.push_front(line))

    def crl_at(self, at: datetime) -> x509.CertificateRevocationList | None:
        """The list in force at this moment, perhaps stale; None before the first."""
        return next(iter(self.crls_at(at)), None)

    def crls_at(self, at: datetime) -> tuple[x509.CertificateRevocationList, ...]:
        """The list in force at this moment, and the same from each former key."""
        if at < self.published:
            return ()
        this, number = self._edition(at)
        revoked = sorted(self.revoked.values(), key=lambda entry: (entry.at, entry.serial))
        next_update = this + timedelta(days=self.crl_days)
        return tuple(
            revocation_list(ca, revoked, at=this, next_update=next_update, number=number)
            for ca in (self.ca, *self.former)
        )

    def list_number(self, at: datetime) -> int:
        """The number of the list in force at this moment."""
        return self._edition(at)[1]

    def next_crl(self, at: datetime) -> datetime | None:
        """When it publishes its next list after this moment; None when nobody is to do so."""
        if not self.publishes_itself:
            return None
        period = timedelta(days=self.crl_days)
        return self.published + (max(-1, (at - self.published) // period) + 1) * period

    def tells_all(self, at: datetime) -> bool:
        """Whether the list in force is current and names all that was revoked."""
        this, _ = self._edition(at)
        return this <= at < this + timedelta(days=self.crl_days) and all(
            entry.at <= this for entry in self.revoked.values() if entry.at <= at
        )

    def with_crl_published(self, at: datetime) -> Authority:
        """The authority after it published a list at this moment."""
        return replace(self, published=at, crl_number=self._edition(at)[1] + 1)

    def ocsp_response(
        self, certificate: Certificate, at: datetime, *, hours: int = 12
    ) -> ocsp.OCSPResponse:
        """What its responder answers about a certificate at this moment, good for some hours."""
        return ocsp_response(
            self.ca,
            certificate,
            at=at,
            next_update=at + timedelta(hours=hours),
            revocation=self.revoked.get(certificate.serial),
            known=certificate.fingerprint in self.issued,
        )

    def _edition(self, at: datetime) -> tuple[datetime, int]:
        """When the list in force was made, and its number."""
        period = timedelta(days=self.crl_days)
        rounds = max(0, (at - self.published) // period) if self.publishes_itself else 0
        return self.published + rounds * period, self.crl_number + rounds


def vet(deployment: Deployment, device: str, authority: str) -> Vetting:
    """What this authority would say to the request that waits there; nothing changes.

    Raises ``StepRefused`` when no request waits, and ``UnknownName``.
    """
    asked = deployment.inventory.device(device)
    rules = deployment.authority(authority).rules
    pending = deployment.requests.get((device, authority))
    if pending is None or pending.request is None:
        raise StepRefused(
            f"no request of {device} waits at {authority}",
            remedy=f"Run RequestCertificate({device!r}, {authority!r}) first.",
        )
    if rules is None:
        return Vetting(pending.request, (f"{authority} issues to no device",))
    own = deployment.authority(authority).certificate
    if not own.not_before <= deployment.at < own.not_after:
        return Vetting(pending.request, (f"{authority}’s own certificate is not valid now",))
    return rules.vet(pending.request, asked, pending.purpose, deployment)
