"""Steps at an authority: it is set up, revokes, publishes; and the switch of a dial plan."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID

from ..errors import StepRefused
from ..pki import (
    CertificateAuthority,
    KeySource,
    KeyStore,
    KeyType,
    Revocation,
    dns_name,
    mozilla_roots,
)
from .authority import Authority, EstateRules, PublicRules
from .certificate_services import carry_out, set_up
from .deployment import Deployment
from .inventory import Role
from .steps import Step, certificate_file, file_name, powershell, subject_of

ROOT_CRL_DAYS = 365
"""How long the CRL of an offline root is good for: somebody has to carry it out each year."""


@dataclass(frozen=True, repr=False)
class _AtAuthority(Step):
    """A Step done at an authority."""

    authority: str

    @property
    def place(self) -> str:
        return self.authority


@dataclass(frozen=True, repr=False)
class CreateAuthority(_AtAuthority):
    """A PKI of your own is set up: offline root and issuing CA, or one CA that is both (C42, C54).

    ``root`` names the root; the same name as ``authority`` makes a single CA. ``domains`` are the
    only ones it may certify (DNS name constraints); empty, it is not constrained. Every CA says
    “lab only” in its name. ``lifetime_days`` is that of the certificates it issues.
    """

    root: str
    domains: tuple[str, ...] = ()
    key_type: KeyType = KeyType.EC_P256
    lifetime_days: int = 365
    crl_days: int = 7
    roles: tuple[Role, ...] = tuple(Role)

    @property
    def makes_keys(self) -> tuple[KeyType, ...]:
        return (self.key_type,) * len({self.root, self.authority})

    @property
    def sittings(self) -> tuple[Hashable, ...]:
        return tuple(dict.fromkeys((self.root, self.authority)))

    def apply(self, deployment: Deployment) -> Deployment:
        rules, bounds, host = self._rules, _constraints(self.domains), self._host(deployment)
        known, root = (deployment.authorities.get(name) for name in (self.authority, self.root))
        if known is not None and self._stands(deployment):
            return deployment.with_authority(replace(known, rules=rules, crl_days=self.crl_days))
        _refuse_taken(deployment, self, self.authority)
        single = self.root == self.authority
        if single or root is None or root.rules or not _is_valid(root, deployment.at):
            _refuse_taken(deployment, self, self.root)
            ca = CertificateAuthority.create_root(
                f"{self.root} (lab only)",
                not_before=deployment.at,
                keys=deployment.keys,
                source=deployment.source,
                key_type=self.key_type,
                extensions=bounds,
            )
            root = Authority(self.root, ca, deployment.at)
        else:
            root = root.with_crl_published(deployment.at)  # it is brought out anyway
        if single:
            points = _pointers(host, self.root)
            root = replace(root, rules=rules, crl_days=self.crl_days, pointers=points)
            return deployment.with_authority(root).with_certificates(root.certificate)
        root = replace(root, crl_days=ROOT_CRL_DAYS, publishes_itself=False)
        online = Authority(self.authority, root.ca, deployment.at, rules, self.crl_days)
        return _with_issuing(deployment, root, online, host, self.key_type, bounds)

    def is_done(self, deployment: Deployment) -> bool:
        known = deployment.authorities.get(self.authority)
        if known is None or not self._stands(deployment):
            return False
        return (known.rules, known.crl_days) == (self._rules, self.crl_days)

    @property
    def _rules(self) -> EstateRules:
        return EstateRules(self.lifetime_days, self.roles)

    def _host(self, deployment: Deployment) -> str:
        """Where certificates say that lists and CA certificates are."""
        return dns_name("pki." + (*self.domains, *deployment.inventory.domains, "invalid")[0])

    def _stands(self, deployment: Deployment) -> bool:
        """Whether these two CAs, one below the other or one and the same, are there and valid."""
        root, known = (deployment.authorities.get(name) for name in (self.root, self.authority))
        if root is None or known is None or known.ca.root != root.certificate:
            return False
        return _is_valid(root, deployment.at) and _is_valid(known, deployment.at)

    def tell(self) -> str:
        if self.root == self.authority:
            return f"{self.authority} is set up: one CA that is root and issues"
        return f"{self.authority} is set up under its offline root {self.root}"

    def command(self, deployment: Deployment) -> str:
        return set_up(
            self.authority,
            self.root,
            self._host(deployment),
            key_type=self.key_type,
            lifetime_days=self.lifetime_days,
            crl_days=self.crl_days,
            root_crl_days=ROOT_CRL_DAYS,
        )


@dataclass(frozen=True, repr=False)
class OpenAccount(_AtAuthority):
    """An account with a simulated public CA: control of each domain is shown to it (C77).

    What the CA then grants follows the facts in force on each day. ``root`` is the name by which
    devices ship its root. When the showing of a domain counts no more (facts: domain-reuse), the
    same Step shows it again. ``lifetime_days`` None is the longest allowed; ``price`` in USD.
    """

    root: str
    domains: tuple[str, ...] = ()
    operator: str = ""
    lifetime_days: int | None = None
    price: float = 0.0

    def apply(self, deployment: Deployment) -> Deployment:
        at, known = deployment.at, deployment.authorities.get(self.authority)
        shown = tuple((domain.lower(), at) for domain in self.domains)
        rules = PublicRules(self.operator, self.lifetime_days, shown)
        if known is not None and isinstance(known.rules, PublicRules):
            return deployment.with_authority(replace(known, rules=rules, price=self.price))
        _refuse_taken(deployment, self, self.authority)
        if self.root in mozilla_roots():
            raise StepRefused(
                f"{self.root} is a real CA, and the lab does not hold its key",
                where=repr(self),
                remedy="Choose another name for the simulated root.",
            )
        if self.root not in deployment.authorities:
            deployment = deployment.with_authority(
                public_root(self.root, at, deployment.source, deployment.keys)
            )
        root = deployment.authority(self.root)
        host = f"pki.{file_name(self.root).lower().replace('_', '-')}.example"
        root, since = deployment.authority(self.root), at - timedelta(days=365)
        account = Authority(self.authority, root.ca, since, rules, price=self.price)
        return _with_issuing(deployment, root, account, host)

    def is_done(self, deployment: Deployment) -> bool:
        known = deployment.authorities.get(self.authority)
        if known is None or not isinstance(known.rules, PublicRules):
            return False
        rules, shown = known.rules, {domain for domain, _ in known.rules.validated}
        return (
            (rules.operator, rules.lifetime_days) == (self.operator, self.lifetime_days)
            and shown >= {domain.lower() for domain in self.domains}
            and not rules.stale_domains(deployment.at)
        )

    def tell(self) -> str:
        return f"{self.authority} sees that {', '.join(self.domains)} is under our control"

    def command(self, deployment: Deployment) -> str:
        records = "\n".join(
            f'_validation-contact.{domain}. IN TXT "TOKEN"  ; as the CA asks'
            for domain in self.domains
        )
        root, issuing = certificate_file(self.root), certificate_file(self.authority)
        return (
            f"Open an account on the CA’s site; download its root as {root} and its issuing "
            f"certificate as {issuing}; in the DNS:\n{records}"
        )


@dataclass(frozen=True, repr=False)
class Revoke(_AtAuthority):
    """The authority takes a certificate back (C48, C52). Verifiers learn it from its next CRL.

    ``certificate_of`` is a device or an authority below; ``fingerprint`` says which of its
    certificates, if not the one it presents.
    """

    certificate_of: str
    reason: x509.ReasonFlags = x509.ReasonFlags.unspecified
    fingerprint: str | None = field(default=None, kw_only=True)

    def apply(self, deployment: Deployment) -> Deployment:
        authority, serials = deployment.authority(self.authority), self._serials(deployment)
        if not serials:
            raise StepRefused(
                f"{self.certificate_of} has no certificate from {self.authority} that is in use",
                where=repr(self),
            )
        revoked = authority.revoked
        for serial in serials:
            revoked = revoked.insert(serial, Revocation(serial, deployment.at, self.reason))
        return deployment.with_authority(replace(authority, revoked=revoked))

    def is_done(self, deployment: Deployment) -> bool:
        authority, serials = deployment.authority(self.authority), self._serials(deployment)
        return bool(serials) and all(serial in authority.revoked for serial in serials)

    def _serials(self, deployment: Deployment) -> list[int]:
        if self.fingerprint is not None:
            meant = [deployment.certificates.get(self.fingerprint)]
        elif self.certificate_of in deployment.authorities:
            meant = [deployment.authority(self.certificate_of).certificate]
        else:
            meant = [shown.certificate for shown in deployment.presented_by(self.certificate_of)]
        issued = deployment.authority(self.authority).issued
        return [found.serial for found in meant if found and found.fingerprint in issued]

    def tell(self) -> str:
        return f"{self.authority} revokes {self.certificate_of}’s certificate"

    def command(self, deployment: Deployment) -> str:
        name, known = subject_of(deployment, self.certificate_of), deployment.authorities
        if self.authority in known and isinstance(known[self.authority].rules, PublicRules):
            return f"Revoke the certificate of {powershell(name)} on the CA’s site."
        issued = powershell(f"CommonName={name},Disposition=20")
        return (
            f"certutil -view -restrict {issued} -out 'SerialNumber,NotAfter'  # its SERIAL\n"
            f"certutil -revoke SERIAL {_REASON_CODES.get(self.reason, 0)}"
        )


_REASON_CODES = {
    x509.ReasonFlags.key_compromise: 1,
    x509.ReasonFlags.ca_compromise: 2,
    x509.ReasonFlags.affiliation_changed: 3,
    x509.ReasonFlags.superseded: 4,
    x509.ReasonFlags.cessation_of_operation: 5,
    x509.ReasonFlags.certificate_hold: 6,
}


@dataclass(frozen=True, repr=False)
class RenewAuthority(_AtAuthority):
    """An issuing CA gets a new certificate from the CA above it: for a new key, or the same one.

    With another key what it issued before stays under the old edition, for which it goes on
    publishing lists. It counts as done while the CA's certificate is valid and not revoked, unless
    ``instead_of`` (a fingerprint) says that this very one is to be replaced. A root has nobody
    above it: another root is set up beside it and imported.
    """

    same_key: bool = field(default=False, kw_only=True)
    instead_of: str = field(default="", kw_only=True)

    @property
    def sittings(self) -> tuple[Hashable, ...]:
        return (self, f"above {self.authority}")

    def apply(self, deployment: Deployment) -> Deployment:
        known, at = deployment.authority(self.authority), deployment.at
        old = known.certificate
        above = deployment.issuer_of(old)
        if above is None:
            raise StepRefused(
                f"no CA here stands above {self.authority}",
                where=repr(self),
                remedy="Set up another root with CreateAuthority, and import it.",
            )
        if not _is_valid(above, at):
            raise StepRefused(f"{above.name}’s own certificate is not valid now", where=repr(self))
        ca = above.ca.create_issuing(
            old.label,
            not_before=at,
            source=deployment.source,
            key_type=KeyType(old.key_type),
            extensions=[(old.extensions[oid].value, oid == _BOUNDS)
                        for oid in _CARRIED_OVER if oid in old.extensions],
            edition=len(above.issued) + 1,
            key=deployment.keys.get(old.key_fingerprint) if self.same_key else None,
        )  # fmt: skip
        former = known.former if self.same_key else (known.ca, *known.former)
        issued = above.issued.insert(ca.certificate.fingerprint, self.authority)
        return (
            deployment.with_authority(replace(above, issued=issued))
            .with_authority(replace(known, ca=ca, former=former).with_crl_published(at))
            .with_certificates(ca.certificate)
        )

    def is_done(self, deployment: Deployment) -> bool:
        known = deployment.authority(self.authority)
        return (
            _is_valid(known, deployment.at)
            and not deployment.is_revoked(known.certificate)
            and known.certificate.fingerprint != self.instead_of
        )

    def tell(self) -> str:
        key = "the same key" if self.same_key else "a new key"
        return f"{self.authority} gets a new CA certificate for {key}"

    def command(self, deployment: Deployment) -> str:
        return f"certutil -renewCert{' ReuseKeys' if self.same_key else ''}"


_BOUNDS = ExtensionOID.NAME_CONSTRAINTS
_CARRIED_OVER = (
    _BOUNDS, ExtensionOID.CRL_DISTRIBUTION_POINTS, ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class PublishCRL(_AtAuthority):
    """The authority publishes a new revocation list now, before the next regular one.

    It counts as done while the list in force is current and names all that was revoked, unless
    ``instead_of`` (the number of a list) says that this very one is to be replaced.
    """

    instead_of: int = field(default=0, kw_only=True)

    def apply(self, deployment: Deployment) -> Deployment:
        authority = deployment.authority(self.authority)
        return deployment.with_authority(authority.with_crl_published(deployment.at))

    def is_done(self, deployment: Deployment) -> bool:
        authority = deployment.authority(self.authority)
        replaced = not self.instead_of or authority.list_number(deployment.at) != self.instead_of
        return replaced and authority.tells_all(deployment.at)

    def tell(self) -> str:
        return f"{self.authority} publishes a revocation list"

    def command(self, deployment: Deployment) -> str:
        known = deployment.authorities.get(self.authority)
        if known is not None and known.publishes_itself:
            return "certutil -crl"
        return carry_out(self.authority)


def public_root(name: str, at: datetime, source: KeySource, keys: KeyStore) -> Authority:
    """A simulated public root, some years old. It is an Authority whose key the lab holds."""
    since = at - timedelta(days=5 * 365)
    ca = CertificateAuthority.create_root(
        f"{name} (lab only)", not_before=since, keys=keys, source=source
    )
    return Authority(name, ca, since)


def _with_issuing(
    deployment: Deployment,
    root: Authority,
    draft: Authority,
    host: str,
    key_type: KeyType = KeyType.EC_P256,
    bounds: _Extensions = (),
) -> Deployment:
    """The Deployment with this root and a CA below it, which begins when ``draft`` publishes."""
    issuing = root.ca.create_issuing(
        f"{draft.name} (lab only)",
        not_before=draft.published,
        source=deployment.source,
        key_type=key_type,
        extensions=[*bounds, *_pointers(host, root.name, ocsp=root.publishes_itself)],
        edition=len(root.issued) + 1,
    )
    issued = root.issued.insert(issuing.certificate.fingerprint, draft.name)
    return (
        deployment.with_authority(replace(root, issued=issued))
        .with_authority(replace(draft, ca=issuing, pointers=_pointers(host, draft.name)))
        .with_certificates(root.certificate, issuing.certificate)
    )


def _is_valid(authority: Authority, at: datetime) -> bool:
    return authority.certificate.not_before <= at <= authority.certificate.not_after


def _refuse_taken(deployment: Deployment, step: Step, *names: str) -> None:
    for name in names:
        known = deployment.authorities.get(name)
        valid = known is not None and _is_valid(known, deployment.at)
        if valid or name in deployment.inventory.devices:
            raise StepRefused(
                f"{'an authority' if valid else 'a device'} is already called {name!r}",
                where=repr(step),
                remedy="Give the new authority another name.",
            )


def _constraints(domains: tuple[str, ...]) -> _Extensions:
    """DNS name constraints (RFC 5280 section 4.2.1.10), critical; none without domains."""
    if not domains:
        return ()
    subtrees = [x509.DNSName(dns_name(domain)) for domain in domains]
    return ((x509.NameConstraints(subtrees, None), True),)


def _pointers(host: str, name: str, ocsp: bool = True) -> _Extensions:
    """Where a CA's CRL, its own certificate and its responder are: for what this CA issues."""
    base, method = f"http://{host}/{file_name(name)}", AuthorityInformationAccessOID
    where = x509.UniformResourceIdentifier
    access = [x509.AccessDescription(method.CA_ISSUERS, where(f"{base}.cer"))]
    if ocsp:
        access.append(x509.AccessDescription(method.OCSP, where(f"http://{host}/ocsp")))
    point = x509.DistributionPoint([where(f"{base}.crl")], None, None, None)
    return (
        (x509.CRLDistributionPoints([point]), False),
        (x509.AuthorityInformationAccess(access), False),
    )


_Extensions = tuple[tuple[x509.ExtensionType, bool], ...]
