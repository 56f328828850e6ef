"""Bring in a real estate: who presents which certificate and trusts which roots, from files.

What comes out is a Deployment, so chains, reviews, the matrix and the time views work on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from cryptography.x509 import CertificateRevocationList

from ..deployment import (
    Deployment,
    Device,
    DialPlan,
    Inventory,
    Role,
    SecurityMode,
    Store,
    moment,
    read_inventory,
)
from ..deployment.steps import file_name, listed, printable
from ..errors import InvalidInput, Problem
from ..pki import Certificate, KeyPair, fully_qualified
from ..pki.certificate import comparable_name
from ..validation import Purpose
from .files import LIMITS, Found, FoundFile, Limits, read_files
from .placing import Layout, Placed, folder_layout, names_in, table_layout


@dataclass(frozen=True)
class Estate:
    """A real estate as a Deployment, with what was faulty on the way and what was assumed.

    ``problems`` are faults in what was handed in. ``notes`` say what had to be assumed. ``found``
    has all that was read, CRLs and requests too.
    """

    deployment: Deployment
    found: Found
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    devices: Mapping[Path, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """Whose each file is."""

    def uses(self, file: Path, certificate: Certificate) -> tuple[tuple[str, str], ...]:
        """What a certificate in a file is used as, and by which devices."""
        found: dict[str, list[str]] = {}
        for device in self.devices.get(file, ()):
            for use in self._used[device].get(certificate, ("not used",)):
                found.setdefault(use, []).append(device)
        return tuple((listed(devices), use) for use, devices in found.items())

    @cached_property
    def _used(self) -> dict[str, dict[Certificate, list[str]]]:
        """By device and certificate: own, intermediate, root, or kept beside."""
        used: dict[str, dict[Certificate, list[str]]] = {}
        for name in self.deployment.inventory.devices:
            shown = self.deployment.presented_by(name)
            held = {store: self.deployment.held_in(name, store) for store in Store}
            mine = used[name] = dict[Certificate, list[str]]()
            for use, several in (
                ("own", [one.certificate for one in shown]),
                ("intermediate", [above for one in shown for above in one.chain]),
                ("intermediate", held[Store.INTERMEDIATE]),
                ("root", held[Store.ROOT]),
                ("kept beside", held[Store.PERSONAL]),
            ):
                for one in several:
                    so_far = mine.setdefault(one, [])
                    if use not in so_far and not (so_far and use == "kept beside"):
                        so_far.append(use)
        return used

    def __repr__(self) -> str:
        return f"Estate({self.deployment!r}, {len(self.problems)} problems, {self.found!r})"


def import_estate(
    source: str | Path,
    inventory: Inventory | None = None,
    *,
    at: datetime | date | str,
    passphrase: str | None = None,
    with_keys: bool = False,
    with_crls: bool = False,
    limits: Limits = LIMITS,
) -> Estate:
    """Read the certificates of many devices, judged ``at`` a moment: aware UTC, a date or ISO text.

    ``source`` is a folder with one folder for each device, or a CSV file with the columns
    ``device`` and ``file`` (paths count from the table’s folder and stay in it) and, if you like,
    ``store`` (presents, root or intermediate). In a device’s folder, files whose name or folder
    speaks of roots or trust are what it trusts, and so is a file of nothing but self-signed CAs;
    what is called intermediate-store it has at hand; the rest is what it presents: its own
    certificate and those above it, which it sends along.

    Without an inventory (or an ``inventory.csv`` in the folder) names and roles come from the
    certificates and the folders, and the notes say so. Private keys are noticed and not read,
    unless ``with_keys``. CRLs are read; the verdicts use them only ``with_crls``, for files do not
    renew themselves as an authority does, and a stale list refuses good certificates. What is not
    a certificate is listed, not fatal. Raises ``InvalidInput`` when the table is faulty or nothing
    was found.
    """
    path, moment_of, problems = Path(source), moment(at), list[Problem]()
    if path.is_dir():
        own = path / "inventory.csv"
        if inventory is None and own.is_file():
            inventory = read_inventory(own)
        layout = folder_layout(path, problems)
    else:
        layout = table_layout(path)
    found = read_files(*layout.paths, passphrase=passphrase, with_keys=with_keys, limits=limits)
    problems += found.problems
    names = names_in(inventory, layout.devices, problems)
    holdings = _sorted_out(layout, found, names, inventory, moment_of, problems)
    if not holdings:
        raise InvalidInput(
            "no device with a certificate was found",
            problems=tuple(problems),
            where=str(path),
            expected="a folder for each device, or a table with the columns device, file and store",
        )
    notes: list[str] = []
    known = _guessed(holdings, notes) if inventory is None else inventory
    # Not begin(): what a real device trusts stands in its files, not in the inventory.
    deployment = Deployment(known, moment_of, outside_crls=_newest(found.crls) if with_crls else ())
    for holding in holdings:
        deployment = holding.put_into(deployment)
    how = "put it into a folder roots" if path.is_dir() else "write root into its column store"
    notes += _remarks(deployment, found, how)
    if taken := [holding.taken for holding in holdings if holding.taken]:
        notes.append(
            f"Taken as the device’s own, though it says CA:TRUE as a CA’s certificate does "
            f"(openssl’s default): {listed(taken)}. If it is a root that the device trusts, put it "
            "into a folder roots, or write root into the column store of a table."
        )
    whose = {
        file.path: tuple(
            dict.fromkeys(
                names[one.device]
                for one in layout.place(file.path)
                if names.get(one.device) in known.devices
            )
        )
        for file in found.files
    }
    return Estate(deployment, found, tuple(problems), tuple(notes), whose)


# --- what is which ------------------------------------------------------------------------------

_SAYS_ROOT = re.compile(
    r"root|trust|anchor|(?<![a-z])ca[-_ ]?(?:bundle|cert|list|file)", re.IGNORECASE
)
_SAYS_HELD = re.compile(r"intermediate[-_ ]store", re.IGNORECASE)
_SAYS_CHAIN = re.compile(r"chain|issuing|intermediate", re.IGNORECASE)


@dataclass
class _Holding:
    """The certificates of one device: those it presents or sends, and those it trusts."""

    name: str
    presents: list[Certificate] = field(default_factory=list)
    held: list[Certificate] = field(default_factory=list)
    roots: list[Certificate] = field(default_factory=list)
    keys: list[KeyPair] = field(default_factory=list)
    guessed: list[tuple[Certificate, FoundFile]] = field(default_factory=list)
    """Those among the roots that are there for what they say, not for the name of their file."""
    server: Certificate | None = None
    client: Certificate | None = None
    taken: str = ""
    """The file of a certificate that says CA:TRUE and is its own nevertheless."""

    def add(self, placed: Placed, file: FoundFile, problems: list[Problem]) -> None:
        """Put the contents of one file where they belong."""
        whole = []
        for certificate in file.contents.certificates:
            if certificate.malformed:
                problems.append(Problem(certificate.malformed, file=str(file.path)))
            else:
                whole.append(certificate)
        store = placed.store or _store_told_by(placed.within, whole)
        {"root": self.roots, "intermediate": self.held, "presents": self.presents}[store] += whole
        if store == "root" and not placed.store and not _SAYS_ROOT.search(placed.within):
            self.guessed += [(one, file) for one in whole]
        self.keys += file.contents.keys

    def choose(self, fqdn: str | None, at: datetime) -> None:
        """Decide what it presents: its own name first, then valid now, then valid longest."""

        def rank(one: Certificate) -> tuple[bool, bool, datetime]:
            valid = one.not_before <= at <= one.not_after
            named = fqdn in [name.lower() for name in one.dns_names]
            return named, valid, one.not_after

        own = [one for one in self.presents if not one.is_ca]
        own = own or [one for one in self.presents if one.is_self_signed and one.dns_names]
        own = own or self._taken_back(fqdn)
        self.server = max((o for o in own if _serves(o, Purpose.SERVER)), key=rank, default=None)
        self.client = max((o for o in own if _serves(o, Purpose.CLIENT)), key=rank, default=None)
        if self.server is None:
            self.server, self.client = self.client or max(own, key=rank, default=None), None
        elif _serves(self.server, Purpose.CLIENT):
            self.client = None

    def _taken_back(self, fqdn: str | None) -> list[Certificate]:
        """A root by what it says that is the device's by its key or name, and nothing else is."""
        mine = {self.name.casefold(), file_name(self.name).casefold(), fqdn}
        keys = {key.fingerprint for key in self.keys}
        for one, file in self.guessed:
            names = {file.path.stem.casefold(), (one.common_name or "").casefold()}
            names |= {name.partition(".")[0] for name in names}
            if one.key_fingerprint in keys or file.contents.private_keys or mine & names:
                self.roots.remove(one)
                self.presents.append(one)
                self.taken = _shown(file.path)
                return [one]
        return []

    def missing(self) -> Problem:
        """That it has nothing to present, and which file was taken for something else."""
        what = f"{self.name} has no certificate that it could present"
        remedy = "Add its own certificate to its files."
        if self.guessed:
            files = listed(_shown(file.path) for _, file in self.guessed)
            what += f": taken as a root was {files} (self-signed, CA:TRUE, no host name)"
            remedy += (
                f" If that is its own, call the file {file_name(self.name)}.pem, or name it in a "
                "table with the store presents."
            )
        return Problem(what, remedy)

    def put_into(self, deployment: Deployment) -> Deployment:
        """The Deployment in which the device holds all this."""
        sent = set()
        for purpose, one in ((Purpose.MUTUAL, self.server), (Purpose.CLIENT, self.client)):
            if one is not None:
                above = _above(one, self.presents)
                sent |= {one, *above}
                deployment = deployment.with_credential(self.name, one, above, purpose)
        beside = [one for one in self.presents if one not in sent]
        for store, several in (
            (Store.ROOT, self.roots),
            (Store.INTERMEDIATE, [*self.held, *(one for one in beside if one.is_ca)]),
            (Store.PERSONAL, [one for one in beside if not one.is_ca]),
        ):
            for certificate in several:
                deployment = deployment.with_imported(self.name, store, certificate)
        for key in self.keys:
            deployment = deployment.with_key(self.name, key)
        return deployment


def _sorted_out(
    layout: Layout,
    found: Found,
    names: Mapping[str, str],
    inventory: Inventory | None,
    at: datetime,
    problems: list[Problem],
) -> list[_Holding]:
    """What each device holds; those with nothing at all are left out."""
    holdings = {name: _Holding(name) for name in names.values()}
    for file in found.files:
        for placed in layout.place(file.path):
            if placed.device in names:
                holdings[names[placed.device]].add(placed, file, problems)
    for holding in holdings.values():
        holding.choose(inventory.device(holding.name).fqdn.lower() if inventory else None, at)
        needs_one = inventory is None or inventory.peers[holding.name]
        if holding.server is None and needs_one:
            problems.append(holding.missing())
        mine = {one.key_fingerprint for one in holding.presents}
        strange = [key for key in holding.keys if key.fingerprint not in mine]
        if strange:
            what = f"a private key of {holding.name} belongs to none of its certificates"
            problems.append(Problem(what, "Look for the certificate that was made for it."))
        holding.keys = [key for key in holding.keys if key not in strange]
    return [one for one in holdings.values() if one.presents or one.roots]


def _store_told_by(name: str, certificates: Iterable[Certificate]) -> str:
    """The store that a file is for, by its name, or else by what is in it."""
    if _SAYS_HELD.search(name):
        return "intermediate"
    if _SAYS_ROOT.search(name):
        return "root"
    if not _SAYS_CHAIN.search(name) and all(map(_is_root, certificates)):
        return "root"
    return "presents"


def _is_root(certificate: Certificate) -> bool:
    """Whether it is a CA's own certificate; one with host names is a device's."""
    return certificate.is_ca and certificate.is_self_signed and not certificate.dns_names


def _shown(file: Path) -> str:
    """The file with the folder it is in, as text."""
    return printable("/".join(file.parts[-2:]))


def _serves(certificate: Certificate, purpose: Purpose) -> bool:
    uses = certificate.extended_key_usage
    return uses is None or set(purpose.uses) <= set(uses)


def _above(certificate: Certificate, known: Iterable[Certificate]) -> list[Certificate]:
    """The issuing certificates up from this one, as far as they are known, best match first."""
    above, ahead = [], [one for one in known if one.is_ca and one != certificate]
    while not certificate.is_self_issued:
        issuers = [one for one in ahead if one.comparable_subject == certificate.comparable_issuer]
        if not issuers:
            break
        certificate = next((one for one in issuers if certificate.is_signed_by(one)), issuers[0])
        ahead.remove(certificate)
        above.append(certificate)
    return above


# --- what has to be assumed ---------------------------------------------------------------------

_ROLES = {"um": Role.UM_SERVER, "ex": Role.EXCHANGE, "pbx": Role.PBX}


def _guessed(holdings: Iterable[_Holding], notes: list[str]) -> Inventory:
    """An inventory from the folders' names and the certificates."""
    plan = DialPlan("estate", SecurityMode.SIP_SECURED)
    devices = []
    for holding in holdings:
        name = holding.name
        starts = (role for start, role in _ROLES.items() if name.lower().startswith(start))
        role = next(starts, Role.GATEWAY)
        plans = () if role is Role.EXCHANGE else (plan.name,)
        devices.append(Device(name, _fqdn(name, holding.server), role, plans))
    told = ", ".join(f"{device.name}: {device.role.title}" for device in devices[:6])
    notes.append(
        f"Without an inventory, roles were taken from names ({told}{', …' if devices[6:] else ''}),"
        " and all devices stand in one secured dial plan. Hand in an inventory to correct that."
    )
    # Not Inventory.of(): those who share a certificate are told one full name by it.
    inventory = Inventory({device.name: device for device in devices}, {plan.name: plan})
    if not inventory.links:
        notes.append(
            "No UM server is known, so no link is. trust_matrix(…, pairs='all') judges every pair."
        )
    return inventory


def _fqdn(name: str, certificate: Certificate | None) -> str:
    """The full name by which a device is reached: of those in its certificate, the likeliest."""
    found = []
    for text in (*certificate.dns_names, certificate.common_name or "") if certificate else ():
        try:
            found.append(fully_qualified(text))
        except InvalidInput:
            continue
    mine = [one for one in found if name.lower() in (one, one.partition(".")[0])]
    return next(iter((*mine, *found)), f"{file_name(name).lower()[:60]}.invalid")


def _remarks(deployment: Deployment, found: Found, how: str) -> Iterator[str]:
    holders: dict[str, list[str]] = {}
    for device in deployment.inventory:
        for presented in deployment.presented_by(device.name):
            holders.setdefault(presented.certificate.key_fingerprint, []).append(device.name)
    for devices in holders.values():
        if len(set(devices)) > 1:
            yield (
                f"{listed(devices)} present one and the same key: who has one is all of them. "
                f"Where a file is only what a device trusts, {how}."
            )
    if found.key_files:
        yield f"Private keys lie in {listed(path.name for path in found.key_files)}." + (
            "" if found.keys else " They were not read."
        )
    if found.crls and not deployment.outside_crls:
        yield "The verdicts do not look at the CRLs that were found. with_crls=True makes them."


def _newest(crls: Iterable[CertificateRevocationList]) -> tuple[CertificateRevocationList, ...]:
    """The last list of each issuer."""
    by_age = sorted(crls, key=lambda crl: crl.last_update_utc)
    return tuple({comparable_name(crl.issuer): crl for crl in by_age}.values())
