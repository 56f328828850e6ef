"""The store browser: what one device holds in its three stores; import, remove, compare."""

from __future__ import annotations

from typing import Any

from ..deployment import Deployment, ImportAnchor, ImportInto, RemoveFrom, Store
from ..errors import UnknownName
from ..views import Markup, join, read_id
from ..views.fields import select_field, text_field
from ..views.holdings import (
    TITLES,
    fingerprint_note,
    import_card,
    offers,
    owner_in_words,
    stores_card,
)
from .bench import Bench


class Stores(Bench):
    """The three stores of one device of a Deployment."""

    def __init__(self, deployment: Deployment, device: str = "", *, name: str = "lab") -> None:
        if not deployment.inventory.devices:
            raise UnknownName(
                "no device here has stores", remedy="Read an inventory with at least one device."
            )
        first = device or next(iter(deployment.inventory.devices))
        self.device = deployment.inventory.device(first).name
        self._fields = {"of": "", "store": Store.ROOT.value, "read": ""}
        super().__init__(deployment, name=name, look="cl-stores-bench", label="Certificate stores")

    # --- what can be done --------------------------------------------------------------------

    def put(self, certificate_of: str, store: Store = Store.ROOT, fingerprint: str = "") -> None:
        """Import a certificate; with a fingerprint, only if it is that one."""
        compared = fingerprint or None
        if store is Store.ROOT:
            self.run(ImportAnchor(self.device, certificate_of, fingerprint=compared))
        else:
            self.run(ImportInto(self.device, certificate_of, store, fingerprint=compared))

    def remove(self, store: Store, fingerprint: str) -> None:
        """Remove this certificate from this store."""
        certificate = self.deployment.certificates[fingerprint]
        owner = owner_in_words(self.deployment, certificate)
        if owner is not None:
            self.run(RemoveFrom(self.device, owner, store, fingerprint=fingerprint))

    def fill(self, field: str, value: str | bool) -> None:
        if field == "device" and value in self.deployment.inventory.devices:
            self.device = str(value)
            self._draw(f"The stores of {self.device}")
        elif field in self._fields:
            self._fields[field] = str(value)
            self._draw(self.status)

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        match read_id(id):
            case ("do", "import"):
                chosen = self._fields
                self.put(self._offered(), Store(chosen["store"]), chosen["read"].strip())
            case ("remove", store, fingerprint) if fingerprint in self.deployment.certificates:
                self.remove(Store(store), fingerprint)
            case _:
                super().press(id)

    # --- what is shown -----------------------------------------------------------------------

    def _offered(self) -> str:
        """The name whose certificate is chosen for import."""
        if self._fields["of"] in self._offers:
            return self._fields["of"]
        return next((name for name in self._offers if name != self.device), "")

    def _judge(self) -> None:
        super()._judge()
        self._offers = offers(self.deployment)

    def _moved(self, change: Any) -> None:
        if any(isinstance(step, (ImportAnchor, ImportInto)) for step in self._just_run(change)):
            self._fields["read"] = ""
        super()._moved(change)

    def views(self) -> dict[str, Markup]:
        lab, prefix, offered = self.deployment, self._prefix, self._offered()
        self.values = {**self._fields, "of": offered, "device": self.device}
        certificate = lab.offered_by(offered) if offered else None
        self.notes = {"read": fingerprint_note(certificate, self._fields["read"])}
        stores = [(store.value, title) for store, (title, _) in TITLES.items()]
        fields = join(
            select_field(prefix, "device", "Device", lab.inventory.devices),
            select_field(prefix, "of", "Whose certificate", self._offers),
            select_field(prefix, "store", "Into which store", stores),
            text_field(prefix, "read", "Fingerprint, as its owner reads it out", "optional"),
        )
        return {
            "import": import_card(fields),
            "stores": stores_card(lab, self.device, self._seals),
            **super().views(),
        }


def stores(deployment: Deployment, device: str = "") -> Stores:
    """Browse the three stores of a device: root, intermediate and personal.

    Import a certificate into the right or the wrong store, compare its fingerprint first, remove
    one, and see what it does to the links. The widget's ``deployment`` is for the next cell.
    Raises ``UnknownName`` when there is no such device.
    """
    return Stores(deployment, device)
