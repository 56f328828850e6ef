"""Certificates that are bought: C77 to C82 and C85 to C88."""

from __future__ import annotations

from ...deployment import (
    Device,
    ImportAnchor,
    InternalPKI,
    Inventory,
    PublishCRL,
    RequestCertificate,
    Revoke,
    Role,
    SelfSigned,
    Store,
    ThirdPartyCA,
    begin,
    moment,
    vet,
)
from ...pki import mozilla_roots
from .claim import Seen
from .comparing import imports
from .stage import (
    OFFICE,
    PUBLIC_CA,
    PUBLIC_ROOT,
    SHIPPING,
    TODAY,
    UM,
    chain,
    draft,
    key,
    lab,
    office,
    peers_say,
    says,
    shown,
    working,
)

BOUGHT = ThirdPartyCA()
LACKING = office(ships=("um1", "gw2", "pbx1"))
"""An office in which only gw1 lacks the public root."""


def ordered_and_issued() -> Seen:
    """Show a domain to the CA, and order for a name under it, for another, and an internal one."""
    foreign = "not under a domain whose control was shown"
    internal = "may not certify an internal name"
    for name, answer in (
        (UM, "approved"),
        ("um1.example.net", foreign),
        ("um1.local", internal),
    ):
        asked = lab(BOUGHT, 1).run(RequestCertificate("um1", PUBLIC_CA, names=(name,)))
        reasons = " ".join(vet(asked, "um1", PUBLIC_CA).reasons) or "approved"
        found = next((words for words in (internal, foreign) if words in reasons), reasons)
        yield f"the CA about {name}", found, answer
    yield "issued to four machines", len(lab(BOUGHT).authority(PUBLIC_CA).issued), 4


def untrusted_until_imported() -> Seen:
    """Count the directions that work before and after the imports, self-signed and with a PKI."""
    for model, before in ((SelfSigned(), 1), (InternalPKI(), 4)):
        counts = working(lab(model, before)), working(lab(model))
        yield f"{model.title}: before, after, of six", counts, (0, 6)


def roots_are_shipped() -> Seen:
    """Unpack three devices: one ships all of Mozilla's roots, one a single root, one none."""
    every = mozilla_roots()
    for ships, expected in ((("Mozilla",), len(every)), ((next(iter(every)),), 1), ((), 0)):
        device = Device("gw1", "gw1.office.example", Role.GATEWAY, ships_roots=ships)
        house = begin(Inventory.of([device], []), at=TODAY)
        yield f"ships {', '.join(ships) or 'none'}: roots", len(house.anchors_of("gw1")), expected
    yield "there are more than a hundred", len(every) > 100, True


def trusted_issuer_is_not_all() -> Seen:
    """Judge bought certificates whose root everybody has, each with one thing wrong."""
    house, bought = lab(BOUGHT, inventory=SHIPPING), chain()
    yield "in order", peers_say(house), {"accepted"}
    yield "too old", peers_say(house.moved_to("2028-01-01")), {"expired"}
    revoked = house.run(Revoke(PUBLIC_CA, "um1"), PublishCRL(PUBLIC_CA))
    yield "taken back", peers_say(revoked), {"revoked"}
    yield "called by another name", bought.judged(name="um9.office.example"), "wrong name"
    server = bought.issuing.sign(draft(use="tls-server"), key().public_key)
    yield "for servers, and it calls", bought.judged(server, purpose="client"), "not for clients"


def imports_depend_on_the_devices() -> Seen:
    """Count the imports of the root, by how many of the four devices lack it."""
    names = tuple(OFFICE.devices)
    counts = tuple(imports(BOUGHT, office(ships=names[lacking:])) for lacking in range(5))
    yield "imports when none, one, … all four lack it", counts, (0, 1, 2, 3, 4)


def one_bought_certificate_was_enough() -> Seen:
    """Buy one certificate for each machine on three days, and let the machines judge each other."""
    for day, words, directions in (
        ("2026-11-24", {"accepted"}, 6),
        ("2027-03-14", {"accepted"}, 6),
        ("2027-03-15", {"not for clients"}, 0),
    ):
        house = lab(BOUGHT, inventory=SHIPPING, at=moment(day))
        yield f"directions that work, bought on {day}", working(house), directions
        yield "what the peers of um1 say then", peers_say(house), words
    pair = lab(ThirdPartyCA(split=True), inventory=SHIPPING, at=moment("2027-03-15"))
    yield "with a private one to call with", working(pair), 6


def some_need_the_root() -> Seen:
    """Buy certificates in an office where only gw1 lacks the public root, and import nothing."""
    house, step = lab(BOUGHT, 4, inventory=LACKING), ImportAnchor("gw1", PUBLIC_ROOT)
    have = [device.name for device in LACKING if house.anchors_of(device.name)]
    yield "who has the root", tuple(have), ("um1", "gw2", "pbx1")
    yield "gw2 and um1 of each other", peers_say(house, "gw2"), {"accepted"}
    yield "gw1 about um1", says(house, "gw1", "um1"), "root not trusted"
    yield "gw1 about um1, after its import", says(house.run(step), "gw1", "um1"), "accepted"


def key_comes_from_the_device() -> Seen:
    """See who makes keys when certificates are bought, and in which store gw1's comes to lie."""
    house = lab(BOUGHT, inventory=SHIPPING)
    makers = {step.place for entry in house.journal for step in entry.steps if step.makes_keys}
    own = shown(house, "gw1")
    yield "who makes keys", makers, set(OFFICE.devices)
    yield "who holds the key of gw1's", house.key_holders.get(own.key_fingerprint), "gw1"
    stores = [store for store in Store if own in house.held_in("gw1", store)]
    yield "it lies in these stores of gw1", tuple(stores), ("personal",)
    yield "directions that work so", working(house), 6
