"""Who is there: devices, dial plans, and the links that need mutual TLS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from functools import cached_property

from ..errors import InvalidInput, Problem, UnknownName
from ..pki import dns_name


class Role(Enum):
    """What a device is. The value is what an inventory file says."""

    UM_SERVER = "um"
    GATEWAY = "gateway"
    PBX = "pbx"
    EXCHANGE = "exchange"

    @property
    def title(self) -> str:
        return _TITLES[self]


_TITLES = {
    Role.UM_SERVER: "UM server",
    Role.GATEWAY: "IP gateway",
    Role.PBX: "IP PBX",
    Role.EXCHANGE: "Exchange server",
}


class SecurityMode(StrEnum):
    """How a dial plan is secured: the signalling, and the voice itself (media)."""

    UNSECURED = "Unsecured"
    SIP_SECURED = "SIPSecured"
    SECURED = "Secured"

    @property
    def needs_mutual_tls(self) -> bool:
        return self is not SecurityMode.UNSECURED

    @property
    def port(self) -> int:
        """The SIP port: 5061 under TLS, else 5060."""
        return 5061 if self.needs_mutual_tls else 5060

    @property
    def media(self) -> str:
        return "SRTP" if self is SecurityMode.SECURED else "RTP in clear"


@dataclass(frozen=True, slots=True)
class Device:
    """A UM server, IP gateway, IP PBX or other Exchange server.

    ``ships_roots`` names the public roots that are in its trust store when it is unpacked.
    """

    name: str
    fqdn: str
    role: Role
    dial_plans: tuple[str, ...] = ()
    domain_joined: bool = False
    ships_roots: tuple[str, ...] = ()

    @property
    def dns_name(self) -> str:
        """Its full name as certificates carry it: A-labels in lower case."""
        try:
            return dns_name(self.fqdn)
        except InvalidInput:
            return self.fqdn.lower()  # no certificate will be made for it, and that says why

    @property
    def common_name(self) -> str:
        """Its full name where a subject can hold it, else the host's name (RFC 5280 A.1: 64)."""
        return self.fqdn if len(self.fqdn) <= 64 else self.fqdn.partition(".")[0]


def _is_dns_name(text: str) -> bool:
    try:
        dns_name(text)
    except InvalidInput:
        return False
    return True


@dataclass(frozen=True, slots=True)
class DialPlan:
    """A dial plan and its security mode."""

    name: str
    security: SecurityMode


@dataclass(frozen=True, slots=True)
class Link:
    """Two devices that talk to each other, and the strictest mode of the plans they share.

    ``a`` is always a UM server.
    """

    a: str
    b: str
    security: SecurityMode
    dial_plans: tuple[str, ...] = ()

    @property
    def directions(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """Both (verifier, subject) pairs of a mutual link."""
        return (self.a, self.b), (self.b, self.a)


@dataclass(frozen=True)
class Inventory:
    """The devices by name, the dial plans by name, and the links that follow from them.

    ``unused_columns`` names the columns of the file it was read from that mean nothing here.
    """

    devices: Mapping[str, Device] = field(repr=False)
    dial_plans: Mapping[str, DialPlan] = field(repr=False)
    unused_columns: tuple[str, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def of(cls, devices: Iterable[Device], dial_plans: Iterable[DialPlan]) -> Inventory:
        """The inventory of these. Capitals tell no names apart: files and directories ignore them.

        Raises ``InvalidInput`` with every device or dial plan whose name another one has.
        """
        devices, dial_plans = list(devices), list(dial_plans)
        problems = (
            *_doubled("device", "name", (device.name for device in devices)),
            *_doubled("device", "fqdn", (device.dns_name for device in devices)),
            *_doubled("dial plan", "name", (plan.name for plan in dial_plans)),
        )
        if problems:
            raise InvalidInput("names stand for more than one thing", problems=problems)
        return cls(
            {device.name: device for device in devices}, {plan.name: plan for plan in dial_plans}
        )

    def device(self, name: str) -> Device:
        """The device of that name. Raises ``UnknownName`` with names that come close."""
        try:
            return self.devices[name]
        except KeyError:
            close = _close(name, self.devices)
            raise UnknownName(
                f"no device is called {name!r}",
                remedy=f"Did you mean {close}?"
                if close
                else f"There are {len(self.devices)} devices.",
            ) from None

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Every link that needs mutual TLS: UM servers with each other, and with their devices.

        Two are linked when they share a dial plan in a secure mode. An Exchange server without a
        dial plan is linked with every UM server of a secure plan (claim C27).
        """
        return tuple(link for link in self.all_links if link.security.needs_mutual_tls)

    @cached_property
    def all_links(self) -> tuple[Link, ...]:
        """Every pair that talks, in whatever mode."""
        shared: dict[tuple[str, str], list[str]] = {}
        order = {name: place for place, name in enumerate(self.devices)}
        members: dict[str, list[Device]] = {}
        for device in self.devices.values():
            for plan in device.dial_plans:
                members.setdefault(plan, []).append(device)
        for plan, inside in members.items():
            servers = [device for device in inside if device.role is Role.UM_SERVER]
            others = [device for device in inside if device.role is not Role.UM_SERVER]
            for place, server in enumerate(servers):
                for other in (*servers[place + 1 :], *others):
                    shared.setdefault((server.name, other.name), []).append(plan)
        links = [
            Link(
                a,
                b,
                max((self.dial_plans[plan].security for plan in plans), key=_STRICTNESS.index),
                tuple(plans),
            )
            for (a, b), plans in shared.items()
        ]
        secure_servers = [
            device.name
            for device in self.devices.values()
            if device.role is Role.UM_SERVER and self.is_secured(device)
        ]
        links += [
            Link(server, device.name, SecurityMode.SIP_SECURED)
            for device in self.devices.values()
            if device.role is Role.EXCHANGE and not device.dial_plans
            for server in secure_servers
        ]
        links.sort(key=lambda link: (order[link.a], order[link.b]))
        return tuple(links)

    @cached_property
    def peers(self) -> Mapping[str, tuple[str, ...]]:
        """For each device, those it must trust and be trusted by, in inventory order."""
        found: dict[str, list[str]] = {name: [] for name in self.devices}
        for link in self.links:
            found[link.a].append(link.b)
            found[link.b].append(link.a)
        return {name: tuple(others) for name, others in found.items()}

    def is_secured(self, device: Device) -> bool:
        """Whether some dial plan of the device needs mutual TLS."""
        return any(self.dial_plans[plan].security.needs_mutual_tls for plan in device.dial_plans)

    def link_between(self, one: str, other: str) -> Link | None:
        """The link of two devices, in either order, or None."""
        return self._by_pair.get((one, other))

    @cached_property
    def _by_pair(self) -> Mapping[tuple[str, str], Link]:
        return {pair: link for link in self.all_links for pair in link.directions}

    @cached_property
    def by_fqdn(self) -> Mapping[str, Device]:
        """The devices by their full name as certificates carry it."""
        return {device.dns_name: device for device in self}

    @cached_property
    def domains(self) -> tuple[str, ...]:
        """The DNS domains that the devices are in, those inside another of them left out.

        A name of one label is its own; what is no DNS name is in none.
        """
        named = {name.partition(".")[2] or name for name in self.by_fqdn}
        parents = set(filter(_is_dns_name, named))
        return tuple(
            sorted(
                domain
                for domain in parents
                if not any(domain.endswith(f".{other}") for other in parents)
            )
        )

    def with_security(self, plan: str, mode: SecurityMode) -> Inventory:
        """The same inventory with this dial plan in another mode. Raises ``UnknownName``."""
        if plan not in self.dial_plans:
            raise UnknownName(
                f"no dial plan is called {plan!r}",
                expected="one of " + ", ".join(self.dial_plans),
            )
        if not isinstance(mode, SecurityMode):
            raise InvalidInput(
                "this is no security mode",
                where=repr(mode),
                expected="SecurityMode.UNSECURED, SIP_SECURED or SECURED",
            )
        return replace(self, dial_plans={**self.dial_plans, plan: DialPlan(plan, mode)})

    def with_role(self, role: Role) -> tuple[Device, ...]:
        return tuple(device for device in self.devices.values() if device.role is role)

    def __iter__(self) -> Iterator[Device]:
        return iter(self.devices.values())

    def __len__(self) -> int:
        return len(self.devices)

    def __repr__(self) -> str:
        counts = [
            f"{(count := len(self.with_role(role)))} {role.title}{'' if count == 1 else 's'}"
            for role in Role
            if self.with_role(role)
        ]
        devices = ", ".join(counts) or "empty"
        said = f"{devices}; {len(self.links)} links that need mutual TLS"
        if self.unused_columns:
            said += f"; columns not used: {', '.join(self.unused_columns)}"
        return f"Inventory({said})"


_STRICTNESS = [SecurityMode.UNSECURED, SecurityMode.SIP_SECURED, SecurityMode.SECURED]


def _doubled(what: str, column: str, names: Iterable[str]) -> Iterator[Problem]:
    """A problem for each name that an earlier one is, capitals apart."""
    seen: dict[str, str] = {}
    for name in names:
        folded = name.casefold()
        if folded in seen:
            said = f"another {what} has this {column}"
            said += "" if seen[folded] == name else f", written {seen[folded]}"
            yield Problem(said, "Give each its own.", column=column, value=name)
        seen.setdefault(folded, name)


def _close(name: str, names: Iterable[str]) -> str:
    import difflib  # only needed to word an error

    return ", ".join(difflib.get_close_matches(name, list(names), n=3))
