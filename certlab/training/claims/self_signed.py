"""Everybody signs for themselves: C23, C26 to C36, C40, C41."""

from __future__ import annotations

from ...deployment import (
    GenerateSelfSigned,
    ImportAnchor,
    InternalPKI,
    SelectCertificate,
    SelfSigned,
    Store,
    begin,
    select_certificate,
)
from ...pki import CertificateAuthority, self_signed
from .claim import Seen
from .stage import (
    OFFICE,
    TODAY,
    UM,
    call,
    draft,
    judged,
    key,
    lab,
    now,
    office,
    peers_say,
    refusal,
    says,
    shown,
    working,
)

ALL = office(2, mail=True)
"""Two UM servers, two gateways, a PBX and a mail server."""


def signed_by_its_own_key() -> Seen:
    """Make a self-signed certificate, and verify it with its own key and with another's."""
    own, other = self_signed(draft(), key()), self_signed(draft(), key("other"))
    yield "with its own key", own.is_signed_by(own), True
    yield "with another key of the same name", own.is_signed_by(other), False


def made_by_itself() -> Seen:
    """Let um1 make its certificate in one step, with no authority anywhere."""
    house = begin(OFFICE, at=TODAY, seed="claims").run(GenerateSelfSigned("um1"))
    yield "authorities", len(house.authorities), 0
    yield "um1 presents a self-signed one", shown(house, "um1").is_self_signed, True


def imported_by_every_peer() -> Seen:
    """Import um1's certificate at one peer after the other, and count who accepts um1."""
    house, counts = lab(SelfSigned(), 1, inventory=ALL), []
    roles = {ALL.device(peer).role.title for peer in ALL.peers["um1"]}
    yield "its peers", roles, {"UM server", "IP gateway", "IP PBX", "Exchange server"}
    for peer in ALL.peers["um1"]:
        house = house.run(ImportAnchor(peer, certificate_of="um1"))
        counts.append(working(house))
    yield "who accepts um1 after each import", tuple(counts), (1, 2, 3, 4, 5)


def trust_has_a_direction() -> Seen:
    """Import um1's certificate at gw1, and later gw1's at um1."""
    house = lab(SelfSigned(), 1).run(ImportAnchor("gw1", certificate_of="um1"))
    yield "gw1 about um1", says(house, "gw1", "um1"), "accepted"
    yield "um1 about gw1", says(house, "um1", "gw1"), "not imported"
    house = house.run(ImportAnchor("um1", certificate_of="gw1"))
    yield "um1 about gw1, after its own import", says(house, "um1", "gw1"), "accepted"


def prefers_one_from_a_ca() -> Seen:
    """Give um1 a CA's certificate and a self-signed one that is valid longer, and let it pick."""
    house = lab(InternalPKI()).run(GenerateSelfSigned("um1", lifetime_days=730))
    selection = select_certificate(house, "um1")
    kinds = tuple(candidate.kind for candidate in selection.candidates if candidate.kept)
    yield "what would serve, in its order", kinds, ("PKI or commercial", "self-signed")
    issuer = house.issuer_of(selection.winner) if selection.winner else None
    yield "who issued what it takes", issuer and issuer.name, "Lab PKI"


def takes_a_self_signed_one_else() -> Seen:
    """Wait until the CA's certificate has expired, and let um1 pick again."""
    house = lab(InternalPKI()).run(GenerateSelfSigned("um1", lifetime_days=730))
    dropped, kept = select_certificate(house.moved_to("2028-01-01"), "um1").candidates
    yield f"“{dropped.kind}” is dropped", dropped.faults, ("expired",)
    yield "it takes", kept.kept and kept.kind, "self-signed"


def makes_one_else() -> Seen:
    """Start um1 in secure mode with an empty personal store."""
    empty = begin(OFFICE, at=TODAY, seed="claims")
    started = empty.run(SelectCertificate("um1"))
    yield "certificates before", len(empty.held_in("um1", Store.PERSONAL)), 0
    yield "after", len(started.held_in("um1", Store.PERSONAL)), 1
    yield "it is self-signed", shown(started, "um1").is_self_signed, True


def trusted_by_nobody() -> Seen:
    """Let every machine of the office make its own certificate, and import none."""
    house = lab(SelfSigned(), 1)
    yield "directions that work, of six", working(house), 0
    yield "what the peers of um1 say", peers_say(house), {"not imported"}


def trusted_once_imported() -> Seen:
    """Let gw1 call um1 for real, before and after each has imported the other's certificate."""
    house = lab(SelfSigned(), 1, at=now())
    yield "before", call(house, "gw1", "um1"), "gw1 refuses (unknown ca)"
    house = house.run(ImportAnchor("gw1", "um1"), ImportAnchor("um1", "gw1"))
    yield "after", call(house, "gw1", "um1"), "answered"


def key_decides_not_name() -> Seen:
    """Show gw1, which imported um1's certificate, another one with the same names."""
    house = lab(SelfSigned())
    real, impostor = shown(house, "um1"), self_signed(draft(), key("impostor"))
    names = {real.subject, real.issuer, impostor.subject, impostor.issuer}
    yield "different names in both", len(names), 1
    yield "gw1 about the real one", judged(real, house.anchors_of("gw1"), name=UM), "accepted"
    yield "gw1 about the other", judged(impostor, house.anchors_of("gw1"), name=UM), "other key"


def nobody_vouched() -> Seen:
    """Import a file that was swapped; then let gw1 sign in um1's name, as a CA and as none."""
    house = lab(SelfSigned(), 1)
    swapped = ImportAnchor("gw1", "um1", fingerprint=shown(house, "gw2").fingerprint)
    told = refusal(lambda: house.run(swapped))
    yield "compared first, the file is refused", told.startswith("the fingerprint of um1"), True
    for ca, words in ((True, "accepted"), (False, "issuer not a CA")):
        house = lab(SelfSigned(ca=ca))
        gateway = CertificateAuthority(shown(house, "gw1"), house.keys)
        forged = gateway.sign(draft(), key("forged").public_key)
        answer = judged(forged, house.anchors_of("um1"), name=UM)
        yield f"um1 about gw1's forgery, CA:{str(ca).upper()}", answer, words


def one_import_for_each_peer() -> Seen:
    """Look through the procedure for imports of um1's certificate, and count all imports."""
    steps = [step for step in SelfSigned().procedure(ALL) if isinstance(step, ImportAnchor)]
    importers = tuple(step.device for step in steps if step.certificate_of == "um1")
    yield "who imports it", importers, ("um2", "gw1", "gw2", "pbx1", "mail1")
    yield f"imports in all, for {len(ALL.links)} links", len(steps), 2 * len(ALL.links)


def server_certificates_out() -> Seen:
    """Run procedure A: devices and servers import the certificates of the UM servers."""
    house = lab(SelfSigned(), 2, inventory=ALL)
    yield "what all peers of um1 say", peers_say(house, "um1"), {"accepted"}
    yield "um1 and um2 about gw1", peers_say(house, "gw1"), {"not imported"}


def device_certificates_in() -> Seen:
    """Run procedure B too: the UM servers import the certificates of the devices."""
    house = lab(SelfSigned(), 3, inventory=ALL)
    yield "um1 and um2 about gw1", peers_say(house, "gw1"), {"accepted"}
    yield "directions that work", working(house), 2 * len(ALL.links)
