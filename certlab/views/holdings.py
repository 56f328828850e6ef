"""What one device holds: its three stores told apart, and what each certificate does there."""

from __future__ import annotations

from ..deployment import Deployment, Store
from ..pki import Certificate, mozilla_roots
from .bench import button, buttons, card
from .cards import validity
from .parts import more
from .seals import Seals, called, draw
from .signs import ACCEPTED, NOTED, REFUSED, Sign, mark
from .svg import picture
from .text import Markup, dotted, plural, tag

_MOST = 40
"""So many certificates of a store are shown; the others are counted."""

TITLES = {
    Store.ROOT: ("Trusted roots", "whose seals this device believes: only these are anchors"),
    Store.INTERMEDIATE: ("Intermediates", "help to build a chain, and are believed by nobody"),
    Store.PERSONAL: ("Personal", "its own certificates, with their keys"),
}


def offers(deployment: Deployment) -> tuple[str, ...]:
    """The names whose certificate can be imported: authorities, devices, public roots."""
    there = sorted(deployment.authorities)
    there += [name for name in deployment.inventory.devices if deployment.offered_by(name)]
    public = [name for name in sorted(mozilla_roots()) if name not in there]
    return (*there, *public)


def owner_in_words(deployment: Deployment, certificate: Certificate) -> str | None:
    """The name under which this certificate is imported or removed, or None."""
    for name, authority in deployment.authorities.items():
        if authority.certificate == certificate:
            return name
    holder = deployment.key_holders.get(certificate.key_fingerprint)
    if holder is not None:
        return holder
    return next((n for n, root in mozilla_roots().items() if root == certificate), None)


def what_it_does(deployment: Deployment, device: str, store: Store,
                 certificate: Certificate) -> tuple[Sign, str]:  # fmt: skip
    """What a certificate does in this store of this device, and whether it belongs there."""
    if deployment.at > certificate.not_after:
        return NOTED, f"expired {certificate.not_after:%Y-%m-%d}"
    own = deployment.key_holders.get(certificate.key_fingerprint) == device
    if store is Store.PERSONAL:
        if not own:
            return REFUSED, "without its private key it can prove nothing here"
        presented = [shown.certificate for shown in deployment.presented_by(device)]
        return (ACCEPTED, "presented") if certificate in presented else (NOTED, "not presented")
    if store is Store.INTERMEDIATE:
        if certificate.is_self_signed:
            return NOTED, "does nothing here: a root counts only among the trusted roots"
        if not certificate.is_ca:
            return NOTED, "does nothing here: it can sign nobody"
        return ACCEPTED, "helps to build chains"
    if certificate.is_ca:
        return ACCEPTED, "an anchor: whoever it signs is believed, within its limits"
    if certificate.is_self_signed:
        return ACCEPTED, "trusted, and can vouch for nobody else"
    return NOTED, "pins this one certificate, where a verifier allows that at all"


def stores_card(
    deployment: Deployment, device: str, seals: Seals, *, editable: bool = True
) -> Markup:
    """The three stores of a device; ``editable`` ones offer to remove what is in them."""
    found = deployment.inventory.device(device)
    held = deployment.store_of(device)
    title = f"{device} trusts {plural(len(held.root), 'key')}"
    facts = f"{found.role.title}, {found.fqdn}"
    columns = [_store(deployment, device, store, seals, editable) for store in TITLES]
    return card(
        tag("h3", title, class_="cl-title"),
        tag("p", facts, class_="cl-text cl-muted"),
        tag("div", columns, class_="cl-stores"),
        label="The three stores",
    )


def _store(
    deployment: Deployment, device: str, store: Store, seals: Seals, editable: bool
) -> Markup:
    title, meaning = TITLES[store]
    held = sorted(deployment.held_in(device, store), key=lambda c: (called(c), c.fingerprint))
    lines = [_held(deployment, device, store, c, seals, editable) for c in held[:_MOST]]
    rest = len(held) - len(lines)
    return tag(
        "section",
        tag("h4", f"{title} ({len(held):,})", class_="cl-heading cl-flush"),
        tag("p", meaning, class_="cl-hint"),
        tag("ul", lines, class_="cl-holdings")
        if lines
        else tag("p", "empty", class_="cl-text cl-muted"),
        tag("p", f"and {rest:,} more", class_="cl-hint") if rest else None,
        aria_label=title,
    )


def _held(
    deployment: Deployment, device: str, store: Store, certificate: Certificate, seals: Seals,
    editable: bool,
) -> Markup:  # fmt: skip
    """A certificate in a store: with its own seal, as a tray has it, or that of its signer.

    What a device trusts is a key; what it presents is a statement that somebody signed.
    """
    sign, does = what_it_does(deployment, device, store, certificate)
    own = store is not Store.PERSONAL
    seal = seals.of_key(certificate) if own else seals.on(certificate)
    stale = not validity(certificate, deployment)[1]
    drawn = draw(seal, 16, 16, self_signed=certificate.is_self_signed, stale=stale)
    said = f"This is the key of {seal.name}." if own else f"The key of {seal.name} signed it."
    icon = picture(32, 32, f"Seal of {seal.name}", said, drawn)
    owner = owner_in_words(deployment, certificate)
    remove = (
        button("Remove", f"remove:{store.value}:{certificate.fingerprint}",
               says=f"Remove {called(certificate)} from the {store.value} store")
        if editable and owner and store is not Store.PERSONAL
        else None
    )  # fmt: skip
    return tag(
        "li",
        icon,
        tag(
            "div",
            tag("p", dotted(called(certificate)), class_="cl-text cl-bold cl-flush"),
            tag("p", mark(sign), f" {does}", class_="cl-text cl-flush"),
            tag("p", f"until {certificate.not_after:%Y-%m-%d}", class_="cl-hint")
            if deployment.at <= certificate.not_after
            else None,
            more("Fingerprint", tag("p", certificate.fingerprint, class_="cl-code"),
                 key=f"{store.value}-{certificate.fingerprint[:16]}"),
        ),
        remove,
    )  # fmt: skip


def import_card(fields: Markup) -> Markup:
    """Which certificate to import, into which store, and the fingerprint its owner reads out."""
    return card(
        tag("h3", "Import a certificate", class_="cl-heading"),
        fields,
        buttons(button("Import", "do:import", primary=True)),
        label="Import a certificate",
    )


def fingerprint_note(certificate: Certificate | None, read_out: str) -> Markup:
    """Whether what the owner read out is the fingerprint of the certificate in hand."""
    if certificate is None:
        return tag("p", mark(REFUSED), " it has no certificate yet", class_="cl-problem")
    wanted = read_out.replace(":", "").replace(" ", "").lower()
    if not wanted:
        hint = f"the file in hand has {certificate.fingerprint}; ask its owner to read theirs out"
        return tag("p", mark(NOTED), f" not compared: {hint}", class_="cl-hint")
    if wanted == certificate.fingerprint:
        return tag("p", mark(ACCEPTED), " the same as the file in hand", class_="cl-hint")
    told = "another one than the file in hand: do not import it"
    if certificate.fingerprint.startswith(wanted):
        told = f"{plural(len(wanted), 'digit')} of 64 so far, and they agree"
        return tag("p", mark(NOTED), f" {told}", class_="cl-hint")
    return tag("p", mark(REFUSED), f" {told}", class_="cl-problem")
