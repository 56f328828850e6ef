"""Name constraints: which names a CA above allows (RFC 5280 section 4.2.1.10)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import NamedTuple

from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID

from ..pki import Certificate
from ..pki.certificate import comparable_name
from .findings import Check, FindingKind, Rule
from .names import is_dns_name
from .policy import VerificationPolicy
from .signatures import Budget
from .words import general_name_text, name_of

NAMES = Rule("names within constraints", "RFC 5280 6.1.3 (b), (c)", "Every CA above allows {seen}.")
CONSTRAINTS = Rule(
    "name constraints can be applied", "RFC 5280 6.1.4 (g)", "“{who}” constrains the names below."
)

_URI_HOST = re.compile(
    r"[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?(?P<host>[^/?#@:\[\]]+)(?::\d*)?(?:[/?#].*)?",
    re.IGNORECASE | re.DOTALL,
)


class Named(NamedTuple):
    """A name of a certificate, by the form in which constraints speak of it."""

    form: type[x509.GeneralName]
    value: object
    text: str


def constraints_of(certificate: Certificate) -> x509.NameConstraints | None:
    """The name constraints of a CA, or None."""
    extension = certificate.extensions.get(ExtensionOID.NAME_CONSTRAINTS)
    value = extension.value if extension is not None else None
    return value if isinstance(value, x509.NameConstraints) else None


def check_constraints(certificate: Certificate, policy: VerificationPolicy) -> Check:
    """What a CA's name constraints say can be understood (RFC 5280 section 6.1.4 (g))."""
    constraints = constraints_of(certificate)
    if constraints is None:
        why = "it has no name constraints"
        return CONSTRAINTS.skipped(certificate, why)
    for subtree in _subtrees(constraints):
        if not _well_formed(subtree, policy):
            seen = f"a name constraint that cannot be applied, “{general_name_text(subtree)}”"
            return CONSTRAINTS.failed(certificate, FindingKind.MALFORMED, seen)
    return CONSTRAINTS.passed(certificate, constraints)


def check_names(
    certificate: Certificate,
    above: list[Certificate],
    *,
    leaf: bool,
    policy: VerificationPolicy,
    budget: Budget,
) -> Check:
    """Each name lies where every CA above permits and none excludes (RFC 5280 6.1.3 (b), (c)).

    A self-issued certificate is exempt unless it is the leaf. ``above`` are the CAs of the path
    that constrain names. Raises ``BudgetError``.
    """
    if not above or (certificate.is_self_issued and not leaf):
        why = "it is self-issued" if above else "no CA above it constrains names"
        return NAMES.skipped(certificate, why)
    names = list(_names_of(certificate, leaf and policy.common_name_counts))
    for ca in above:
        constraints = constraints_of(ca)
        if constraints is None:
            continue
        permitted, excluded = constraints.permitted_subtrees, constraints.excluded_subtrees
        for name in names:
            budget.compare(len(permitted or ()) + len(excluded or ()))
            if (broken := _broken(name, permitted or [], excluded or [])) is not None:
                kind, why = broken
                rule = f"“{name_of(ca)}” {why}"
                return NAMES.failed(certificate, kind, name.text, rule)
    return NAMES.passed(certificate, tuple(name.text for name in names))


def _broken(
    name: Named, permitted: list[x509.GeneralName], excluded: list[x509.GeneralName]
) -> tuple[FindingKind, str] | None:
    """What a name breaks: an unreadable name breaks any constraint of its form."""
    permitted = [subtree for subtree in permitted if _same_form(name, subtree)]
    excluded = [subtree for subtree in excluded if _same_form(name, subtree)]
    if not permitted and not excluded:
        return None
    if name.form not in _FORMS:
        return FindingKind.OUT_OF_SCOPE, "constrains names of a form that is not compared"
    if not _comparable(name):
        return FindingKind.NAME_CONSTRAINT, "constrains such names, and this one cannot be compared"
    for subtree in excluded:
        if _within(name, subtree, touching=True):
            return FindingKind.NAME_CONSTRAINT, f"excludes “{general_name_text(subtree)}”"
    if permitted and not any(_within(name, subtree, touching=False) for subtree in permitted):
        allowed = ", ".join(general_name_text(subtree) for subtree in permitted[:5])
        return FindingKind.NAME_CONSTRAINT, f"permits only “{allowed}”"
    return None


def _subtrees(constraints: x509.NameConstraints) -> list[x509.GeneralName]:
    return [*(constraints.permitted_subtrees or ()), *(constraints.excluded_subtrees or ())]


def _names_of(certificate: Certificate, common_name_counts: bool) -> Iterator[Named]:
    """Everything constraints apply to: subject, alternative names, and e-mail in the subject."""
    subject = certificate.subject_name
    if certificate.comparable_subject:
        yield Named(x509.DirectoryName, certificate.comparable_subject, certificate.subject)
    for attribute in subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS):
        yield Named(x509.RFC822Name, attribute.value, str(attribute.value))
    for name in certificate.alternative_names:
        yield Named(type(name), _value(name), general_name_text(name))
    if common_name_counts and not certificate.dns_names:
        common_name = certificate.common_name
        if common_name is not None and is_dns_name(common_name):
            yield Named(x509.DNSName, common_name, f"the common name {common_name}")


_FORMS = frozenset(
    {
        x509.DNSName, x509.IPAddress, x509.RFC822Name, x509.UniformResourceIdentifier,
        x509.DirectoryName,
    }
)  # fmt: skip


def _value(name: x509.GeneralName) -> object:
    if isinstance(name, x509.DirectoryName):
        return comparable_name(name.value)
    return name.value if type(name) in _FORMS else name


def _same_form(name: Named, subtree: x509.GeneralName) -> bool:
    if isinstance(subtree, x509.OtherName):
        return isinstance(name.value, x509.OtherName) and name.value.type_id == subtree.type_id
    return type(subtree) is name.form


def _well_formed(subtree: x509.GeneralName, policy: VerificationPolicy) -> bool:
    """Whether a constraint has a form that RFC 5280 section 4.2.1.10 gives it.

    A network that is none makes the whole certificate unreadable, so that is known before.
    """
    if isinstance(subtree, x509.DNSName):
        host = subtree.value
        return not host or is_dns_name(host.removeprefix("." * policy.leading_dot_constraints))
    if isinstance(subtree, x509.RFC822Name):
        local, at, host = subtree.value.rpartition("@")
        if at:
            return _is_local_part(local) and is_dns_name(host)
        return not host or is_dns_name(host.removeprefix("."))
    if isinstance(subtree, x509.UniformResourceIdentifier):
        return not subtree.value or is_dns_name(subtree.value.removeprefix("."))
    return True


def _comparable(name: Named) -> bool:
    """Whether a name is of a form that can be held against constraints."""
    value = name.value
    if name.form is x509.DNSName:
        return is_dns_name(str(value).removeprefix("*."))
    if name.form is x509.IPAddress:
        return isinstance(value, ipaddress.IPv4Address | ipaddress.IPv6Address)
    if name.form is x509.RFC822Name:
        local, _, host = str(value).rpartition("@")
        return _is_local_part(local) and is_dns_name(host)
    if name.form is x509.UniformResourceIdentifier:
        # RFC 5280 section 4.2.1.10: a URI without a host name in it is refused.
        found = _URI_HOST.fullmatch(str(value))
        return found is not None and is_dns_name(found["host"])
    return True


def _within(name: Named, subtree: x509.GeneralName, *, touching: bool) -> bool:
    """Whether a name lies in a subtree; ``touching`` asks whether any name it stands for does."""
    value, base = name.value, subtree.value
    if isinstance(subtree, x509.DirectoryName):
        prefix = comparable_name(base)
        return isinstance(value, tuple) and value[: len(prefix)] == prefix
    if isinstance(subtree, x509.IPAddress):
        # An address of the other version is in no such network: Python says so without complaint.
        return value in base
    text, base = str(value), str(base)
    if isinstance(subtree, x509.DNSName):
        return _dns_within(text.lower(), base.lower(), touching)
    if isinstance(subtree, x509.RFC822Name):
        local, _, host = text.rpartition("@")
        wanted, at, domain = base.rpartition("@")
        return (not at or local == wanted) and _host_within(host.lower(), domain.lower())
    found = _URI_HOST.fullmatch(text)
    return found is not None and _host_within(found["host"].lower(), base.lower())


def _dns_within(name: str, base: str, touching: bool) -> bool:
    """RFC 5280 section 4.2.1.10: the base itself, and any name with labels added on its left.

    A wildcard lies within when each of its names does; it touches a base that is one of its names.
    """
    if not base or name == base or name.endswith(base if base.startswith(".") else f".{base}"):
        return True
    return touching and name.startswith("*.") and base.partition(".")[2] == name[2:]


def _host_within(host: str, base: str) -> bool:
    """RFC 5280 section 4.2.1.10, mail and URI: this host, or with a leading dot any below it."""
    return not base or (host.endswith(base) if base.startswith(".") else host == base)


def _is_local_part(text: str) -> bool:
    return bool(text) and "@" not in text and not any(map(str.isspace, text))
