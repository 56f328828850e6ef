"""The small stages on which claims are shown, and words for what came of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from ...deployment import (
    CellState,
    Deployment,
    Device,
    DialPlan,
    Explanation,
    Inventory,
    Role,
    SecurityMode,
    TrustModel,
    begin,
    moment,
    trust_matrix,
    why,
)
from ...errors import CertlabError, InvalidInput
from ...live import Exchange, Party, clock, mutual_tls
from ...pki import Certificate, CertificateAuthority, Draft, KeyPair, KeyType, LessonKeys, profile
from ...validation import Purpose, Verdict, validate

TODAY = moment("2026-11-24")
UM, GATEWAY = "um1.office.example", "gw1.office.example"
PUBLIC_CA, PUBLIC_ROOT = "Example Public CA", "Example Public Root"
KEYS = LessonKeys("claims")


def office(servers: int = 1, *, mail: bool = False, ships: Collection[str] = ()) -> Inventory:
    """UM servers, two gateways and a PBX in one secure plan, and perhaps a mail server.

    The servers are joined to the domain. ``ships`` names the devices that have the public root.
    """
    roles = {f"um{number}": Role.UM_SERVER for number in range(1, servers + 1)}
    roles |= {"gw1": Role.GATEWAY, "gw2": Role.GATEWAY, "pbx1": Role.PBX}
    roles |= {"mail1": Role.EXCHANGE} if mail else {}
    return Inventory.of(
        [
            Device(
                name,
                f"{name}.office.example",
                role,
                () if role is Role.EXCHANGE else ("office",),
                role in (Role.UM_SERVER, Role.EXCHANGE),
                (PUBLIC_ROOT,) if name in ships else (),
            )
            for name, role in roles.items()
        ],
        [DialPlan("office", SecurityMode.SIP_SECURED)],
    )


OFFICE = office()
SHIPPING = office(ships=OFFICE.devices)
"""The same office; all of its devices have the public root when they are unpacked."""


def lab(
    model: TrustModel,
    phases: int | None = None,
    *,
    inventory: Inventory = OFFICE,
    at: datetime = TODAY,
) -> Deployment:
    """The office after the first phases of a model's procedure, or after all of them."""
    return begin(inventory, at=at, seed="claims").run(*model.procedure(inventory).phases[:phases])


def shown(house: Deployment, device: str) -> Certificate:
    """The certificate that a device presents. Raises ``InvalidInput`` where there is none."""
    certificate = house.certificate_of(device)
    if certificate is None:
        raise InvalidInput(f"{device} presents no certificate")
    return certificate


def draft(
    name: str = UM, use: str = "mutual-tls", *, at: datetime = TODAY, days: int = 365
) -> Draft:
    """A draft for the UM server, or for another name and use."""
    return Draft((name,), profile(use), at, timedelta(days=days))


def key(label: str = UM) -> KeyPair:
    """The lesson's key of that label: always the same."""
    return KEYS.key_pair(KeyType.EC_P256, label)


@cache
def rsa_key() -> KeyPair:
    """One RSA key for all that need one: it takes long to make."""
    return KeyPair.generate(KeyType.RSA_2048)


@dataclass(frozen=True, slots=True)
class Chain:
    """A root, an issuing CA and a certificate below it."""

    root: CertificateAuthority
    issuing: CertificateAuthority
    leaf: Certificate

    def judged(self, certificate: Certificate | None = None, **changes: Any) -> str:
        """What a verifier says that holds the root, of this leaf or of another certificate."""
        sent, anchors = self.issuing.chain, [self.root.certificate]
        asked: dict[str, Any] = {"intermediates": sent, "anchors": anchors, "name": UM}
        return judged(certificate or self.leaf, **(asked | changes))

    def party(self, name: str, host: str, use: str = "mutual-tls") -> Party:
        """A device that trusts the root and presents a certificate of the issuing CA."""
        own = key(host)
        leaf = self.issuing.sign(draft(host, use, at=self.leaf.not_before), own.public_key)
        return Party(name, leaf, own, self.issuing.chain, (self.root.certificate,), host=host)


def chain(
    wanted: Draft | None = None, *, at: datetime = TODAY, holder: KeyPair | None = None
) -> Chain:
    """A PKI of two tiers that issued one certificate; left out, it is the UM server's."""
    root = CertificateAuthority.create_root("Example Root", not_before=at, source=KEYS)
    issuing = root.create_issuing("Example Issuing CA", not_before=at, source=KEYS)
    return Chain(root, issuing, issuing.sign(wanted or draft(at=at), (holder or key()).public_key))


# --- what came of it, in words ------------------------------------------------------------------


def said(answer: Verdict | Explanation) -> str:
    """“accepted”, or the reason in two or three words."""
    if answer.accepted:
        return "accepted"
    return answer.reason.short if answer.reason else "no certificate"


def judged(certificate: Certificate, anchors: Iterable[Certificate], **changes: Any) -> str:
    """What a verifier with these anchors says today of a server's certificate."""
    asked: dict[str, Any] = {"anchors": anchors, "at": TODAY, "purpose": Purpose.SERVER}
    return said(validate(certificate, **(asked | changes)))


def says(house: Deployment, verifier: str, subject: str) -> str:
    """What a device says of another."""
    return said(why(house, verifier, trusts=subject))


def peers_say(house: Deployment, subject: str = "um1") -> frozenset[str]:
    """What all peers say of a device, every answer once."""
    return frozenset(says(house, peer, subject) for peer in house.inventory.peers[subject])


def working(house: Deployment) -> int:
    """How many directions of links work."""
    return sum(cell.state is CellState.ACCEPTED for _, cell in trust_matrix(house))


def call(house: Deployment, caller: str, called: str) -> str:
    """What comes of a real call between two devices, by this computer's clock."""
    return outcome(mutual_tls(Party.of(house, caller, Purpose.CLIENT), Party.of(house, called)))


def outcome(exchange: Exchange) -> str:
    """“answered”, or who refuses and the TLS alert for it, which is the same in every library."""
    return "answered" if exchange.answered else f"{exchange.refused_by} refuses ({exchange.alert})"


def refusal(act: Callable[[], object]) -> str:
    """Why something cannot be done, or that it was done."""
    try:
        act()
    except CertlabError as error:
        return error.what
    return "done"


def now() -> datetime:
    """An hour ago by this computer's clock: what is made then is valid in a real call."""
    return clock() - timedelta(hours=1)
