"""The six steps to a certificate from a CA, each done and checked: C68 to C73."""

from __future__ import annotations

from ...deployment import ImportAnchor, InstallCertificate, Store
from ...pki import Certificate, read_contents
from .claim import Seen
from .internal_pki import CA, PKI, PLAN, ROOT
from .stage import OFFICE, lab, refusal, shown, working

EVERYBODY = set(OFFICE.devices)


def request() -> Seen:
    """First step: each device makes a key and a request. Check whose keys they are."""
    house = lab(PKI, 2)
    waiting = {device: p.request for (device, _), p in house.requests.items() if p.request}
    proved = {device for device, asked in waiting.items() if asked.proves_possession}
    yield "devices that ask, and prove that they hold the key", proved, EVERYBODY
    holders = {house.key_holders.get(asked.key_fingerprint) for asked in waiting.values()}
    yield "who holds these keys", holders, EVERYBODY


def copy_request() -> Seen:
    """Second step: a request travels to the CA as a file. Look at what arrives."""
    asked = lab(PKI, 2).requests["gw1", CA].request
    assert asked is not None
    arrived = read_contents(asked.pem.encode())
    yield "the request is the same", [found.der for found in arrived.requests] == [asked.der], True
    yield "private keys in the file", arrived.private_keys, 0


def get_certificate() -> Seen:
    """Third step: the CA issues, and the certificate is saved as a file. Check that it fits."""
    waiting = {device: pending for (device, _), pending in lab(PKI, 3).requests.items()}
    fits = {
        device
        for device, p in waiting.items()
        if p.request and p.issued and p.request.key_fingerprint == p.issued.key_fingerprint
    }
    yield "devices whose certificate fits the requested key", fits, EVERYBODY
    issued = waiting["gw1"].issued
    yield "saved and read again", issued and Certificate.from_pem(issued.pem) == issued, True


def import_certificate() -> Seen:
    """Fourth step: each device installs its certificate beside its key; once, a wrong file."""
    told = refusal(lambda: lab(PKI, 3).run(InstallCertificate("gw1", CA, file_of="gw2")))
    yield "gw2's file at gw1", told, "gw1 does not hold the private key of this certificate"
    house = lab(PKI, 4)
    yield "devices that present one", sum(bool(house.presented_by(d)) for d in EVERYBODY), 4
    stores = tuple(s for s in Store if shown(house, "gw1") in house.held_in("gw1", s))
    yield "it lies in these stores of gw1", stores, ("personal",)


def download_root() -> Seen:
    """Fifth step: the root is fetched as a file, and its fingerprint compared with the CA's."""
    house = lab(PKI, 4)
    root, issuing = (house.authority(name).certificate for name in (ROOT, CA))
    file = Certificate.from_pem(root.pem)
    yield "what the CA reads out is the file's", file.fingerprint == root.fingerprint, True
    told = refusal(lambda: house.run(ImportAnchor("gw1", ROOT, fingerprint=issuing.fingerprint)))
    yield "a swapped file is refused", told.startswith(f"the fingerprint of {ROOT}"), True


def import_root() -> Seen:
    """Sixth step: the root goes into the root store of one device after the other."""
    house = lab(PKI, 4)
    counts = [working(house)]
    for step in (*PLAN.phases[4], *PLAN.phases[5]):
        house = house.run(step)
        counts.append(working(house))
    yield "directions that work, from none to all four imports", tuple(counts), (0, 3, 4, 5, 6)
