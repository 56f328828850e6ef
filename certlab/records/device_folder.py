"""What a device is handed: a folder with its files, a README, and the commands for its platform."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ..deployment import Deployment, Device, Presented, SecurityMode, Store
from ..deployment.steps import on_windows, printable
from ..errors import KeyUnavailable, StepRefused, UnknownName
from ..live.configurations import (
    CERTIFICATE,
    CLIENT_CERTIFICATE,
    CLIENT_KEY,
    CRLS,
    ISSUING,
    KEY,
    ROOTS,
    Wiring,
)
from ..live.parties import crls_pem
from ..pki import (
    Certificate,
    NoPassphrase,
    Passphrase,
    as_pem,
    as_pkcs7,
    as_pkcs12,
    key_as_pem,
)
from ..pki.formats import OLD_ENCRYPTION
from .folders import SUMS, write_folder
from .platforms import GUIDES, Kit, Platform, configuration_for, safe_name

README = "README.md"


@dataclass(frozen=True, slots=True)
class DeviceFolder:
    """Where the files are, their names there, and what to know before they are carried away."""

    path: Path
    files: tuple[str, ...]
    notes: tuple[str, ...]


def export_device(
    deployment: Deployment,
    device: str,
    folder: str | Path,
    platform: Platform | str | None = None,
    *,
    with_key: bool = False,
    passphrase: Passphrase = None,
    old_encryption: bool = False,
    check_revocation: bool = False,
    at_device: str | None = None,
    replace: bool = False,
) -> DeviceFolder:
    """Write what a device needs into a new folder of its name inside ``folder``.

    Certificates are there as PEM, DER and PKCS#7; with them the roots it trusts, the CRLs in
    force, a request that waits, a configuration where the platform has one, a README with the
    commands, and SHA-256 sums. ``platform`` is by default that of the device's role. A private key
    is written only ``with_key``, as PKCS#8 and PKCS#12, encrypted with ``passphrase`` (see
    ``NoPassphrase``), readable by the owner of the folder alone (on Windows, by whoever may read
    ``folder``). ``old_encryption`` is for devices that cannot read today's, and warns.
    ``at_device`` is the folder in which the configuration will look for the files.
    ``check_revocation`` makes it use the CRLs.

    All is written or nothing, and nothing outside ``folder``. Raises ``InvalidInput`` when the
    folder is already there (``replace=True`` replaces one that was written by this function),
    ``KeyUnavailable`` for a key that is not held here or that comes from a lesson's seed, and
    ``UnknownName``.
    """
    packing = _Packing(deployment, deployment.inventory.device(device))
    try:
        chosen = Platform(platform) if platform else packing.usual_platform
    except ValueError:
        known = ", ".join(Platform)
        raise UnknownName(
            f"no platform is called {platform!r}", expected=f"one of {known}"
        ) from None
    packing.certificates()
    if with_key:
        packing.keys(passphrase, old=old_encryption)
    packing.instructions(chosen, at_device, check_revocation=check_revocation)
    path = write_folder(
        Path(folder), safe_name(device), packing.files, packing.secret, replace=replace
    )
    return DeviceFolder(path, tuple(sorted(packing.files)), tuple(packing.notes))


@dataclass(slots=True)
class _Packing:
    """One folder in the making: all of it is in memory before anything is written."""

    deployment: Deployment
    device: Device
    files: dict[str, bytes] = field(default_factory=dict, repr=False)
    secret: set[str] = field(default_factory=set)
    words: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def presented(self) -> tuple[Presented, ...]:
        return self.deployment.presented_by(self.device.name)

    @property
    def usual_platform(self) -> Platform:
        return Platform.EXCHANGE if on_windows(self.device) else Platform.OPENSSL

    def put(self, name: str, data: bytes, words: str, *, secret: bool = False) -> None:
        self.files[name], self.words[name] = data, words
        if secret:
            self.secret.add(name)

    def certificates(self) -> None:
        """Everything that anybody may see."""
        name, deployment = self.device.name, self.deployment
        for (file, _, which), presented in zip(_HALVES, self.presented, strict=False):
            own, chain = presented.certificate, (presented.certificate, *presented.chain)
            sends = "with the issuing certificates it sends" if presented.chain else "alone"
            self.put(f"{file}.pem", as_pem(chain), f"the certificate{which} (PEM), {sends}")
            self.put(f"{file}.cer", own.der, f"the certificate{which} alone (DER)")
            self.put(f"{file}.p7b", as_pkcs7(chain), "the same certificates in one bundle (PKCS#7)")
        issuing = list(dict.fromkeys(above for one in self.presented for above in one.chain))
        self._several("issuing", ISSUING, issuing, "issuing certificates")
        held = deployment.held_in(name, Store.INTERMEDIATE)
        self._several("intermediate-store", "intermediate-store.pem", held, "intermediates it has")
        self._several("roots", ROOTS, deployment.anchors_of(name), "the roots it trusts")
        crls = deployment.crls
        if crls:
            self.put(CRLS, crls_pem(crls), "the CRLs in force (PEM)")
        for crl in crls:
            issuer = _label_of(crl.issuer)
            file = self._free(f"crls/{safe_name(issuer)}", ".crl")
            until = f", next by {crl.next_update_utc:%Y-%m-%d}" if crl.next_update_utc else ""
            self.put(file, crl.public_bytes(Encoding.DER), f"the CRL of {issuer} (DER){until}")
        for (owner, authority), pending in deployment.requests.items():
            if owner == name and pending.request is not None and pending.issued is None:
                file = self._free(f"request-{safe_name(authority)}", ".csr")
                data = pending.request.pem.encode()
                self.put(file, data, f"the request that waits at {authority} (PKCS#10)")
        if not self.files:
            raise StepRefused(
                f"{name} holds nothing yet: no certificate, no root, no request",
                remedy="Run the steps of a trust model first.",
            )

    def _several(self, folder: str, bundle: str, found: Iterable[Certificate], words: str) -> None:
        several = list(found)
        if several:
            self.put(bundle, as_pem(several), f"{words} (PEM, {len(several)})")
        for certificate in several:
            owner = self.deployment.owner_of(certificate) or certificate.label
            file = self._free(f"{folder}/{safe_name(owner)}", ".cer")
            self.put(file, certificate.der, f"{certificate.label} alone (DER)")

    def _free(self, stem: str, ending: str) -> str:
        """A file name that no other file here has, on systems that ignore case too."""
        taken = {name.casefold() for name in self.files}
        number, name = 1, f"{stem}{ending}"
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}{ending}"
        return name

    def keys(self, passphrase: Passphrase, *, old: bool) -> None:
        """The private keys, encrypted."""
        if not self.presented:
            raise KeyUnavailable(
                f"{self.device.name} has no certificate, so there is no key to go with it"
            )
        for (file, key_file, _), presented in zip(_HALVES, self.presented, strict=False):
            _, certificate, chain = presented
            key, name = self.deployment.keys.get(certificate.key_fingerprint), self.device.name
            pem = key_as_pem(key, passphrase)
            self.put(key_file, pem, "the private key (PKCS#8)", secret=True)
            pfx = as_pkcs12(key, certificate, chain, passphrase=passphrase, name=name, old=old)
            words = "private key and certificates in one file (PKCS#12)"
            self.put(f"{file}.pfx", pfx, words, secret=True)
        if passphrase is NoPassphrase.REFUSED_TWICE:
            self.notes.append(
                "The private key lies here in the clear: whoever copies the file is "
                f"{self.device.name}. Carry it by hand, and delete it when it is imported."
            )
        else:
            self.notes.append(
                "The private key is here, encrypted. Tell the passphrase by another way than the "
                "files, and delete the folder when they are imported."
            )
            if old:
                self.notes.append(OLD_ENCRYPTION)

    def instructions(
        self, platform: Platform, at_device: str | None, *, check_revocation: bool
    ) -> None:
        """The configuration of this platform, the README and the sums."""
        guide, kit = GUIDES[platform], self._kit(platform, at_device, check_revocation)
        configuration = configuration_for(platform, kit.wiring)
        for name, text in configuration.files.items():
            self.put(name, text.encode(), f"configuration of {guide.title}")
        if configuration.note:
            self.notes.append(configuration.note)
        if kit.certificates and not kit.identities:
            self.notes.append(
                "No private key is here: the one that belongs to the certificate is expected on "
                "the device."
            )
        if configuration.files and CRLS in self.files and not check_revocation:
            self.notes.append(
                "The configuration does not use the CRLs: with one of them missing or out of date, "
                "good certificates are refused too. Write check_revocation=True to use them."
            )
        if not guide.tried and not configuration.note:
            self.notes.append(
                f"The commands for {guide.title} are documented, not run: try them on one device."
            )
        commands = "\n".join(guide.commands(kit))
        self.put(README, self._readme(guide.title, guide.language, commands).encode(), "this text")
        sums = "".join(
            f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in self.files.items()
        )
        self.put(SUMS, sums.encode(), "")

    def _kit(self, platform: Platform, at_device: str | None, check_revocation: bool) -> Kit:
        inventory, presented = self.deployment.inventory, self.presented
        links = [
            link
            for peer in inventory.peers[self.device.name]
            if (link := inventory.link_between(self.device.name, peer))
        ]
        wiring = Wiring(
            host=self.device.fqdn,
            address="0.0.0.0",  # noqa: S104 - a device serves its network; nothing listens here
            folder=GUIDES[platform].folder if at_device is None else at_device,
            has_chain=ISSUING in self.files,
            has_crls=check_revocation and CRLS in self.files,
            split=len(presented) > 1,
            peers=tuple(inventory.device(p).fqdn for p in inventory.peers[self.device.name]),
            srtp=any(link.security is SecurityMode.SECURED for link in links),
        )
        return Kit(
            wiring,
            self._named("", ".cer"),
            self._named("", ".pfx"),
            self._named("issuing/", ".cer") + self._named("intermediate-store/", ".cer"),
            self._named("roots/", ".cer"),
            self._named("crls/", ".crl"),
            f"{presented[0].certificate.serial:x}" if presented else "",
        )

    def _named(self, folder: str, ending: str) -> tuple[str, ...]:
        return tuple(
            name
            for name in self.files
            if name.startswith(folder) and name.endswith(ending) and ("/" in name) == bool(folder)
        )

    def _readme(self, title: str, language: str, commands: str) -> str:
        device, when = self.device, f"{self.deployment.at:%Y-%m-%d %H:%M} UTC"
        lines = [
            f"# Files for {printable(device.name)}",
            "",
            f"{device.role.title} {device.fqdn}, as things stand at {when}.",
            "",
            *(f"- `{name}`: {printable(words)}" for name, words in self.words.items()),
            "",
            "## Fingerprints (SHA-256)",
            "",
            "Before importing a certificate, have its owner read its fingerprint out to you.",
            "",
            *(f"- presents {_told(presented.certificate)}" for presented in self.presented),
            *(
                f"- trusts {_told(root)}"
                for root in self.deployment.held_in(device.name, Store.ROOT)
            ),
            "",
            f"## {title}",
            "",
            f"```{language}",
            commands,
            "```",
            "",
            "## What to know",
            "",
            *(f"- {note}" for note in self.notes),
            "",
        ]
        return "\n".join(lines)


_HALVES = (
    (CERTIFICATE.removesuffix(".pem"), KEY, ""),
    (CLIENT_CERTIFICATE.removesuffix(".pem"), CLIENT_KEY, " for calling"),
)
"""The file names of what a device presents, and of the other half of a split pair."""


def _told(certificate: Certificate) -> str:
    groups = certificate.fingerprint.upper()
    spaced = " ".join(groups[place : place + 4] for place in range(0, len(groups), 4))
    until = f"until {certificate.not_after:%Y-%m-%d}"
    return f"{printable(certificate.label)}, {until}: {spaced}"


def _label_of(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()
