"""Cards of the panels that take files out and bring them in."""

from __future__ import annotations

from collections.abc import Iterable

from ..records import Platform
from .bench import button, buttons, card
from .fields import check, check_group, select_field, text_field
from .text import Markup, tag


def secret_field(prefix: str, name: str, label: str) -> Markup:
    """A field whose text is sent once, with the next press, and wiped."""
    id_ = f"{prefix}-{name}"
    return tag(
        "div",
        tag("div", tag("label", label, for_=id_, class_="cl-label"), class_="cl-head"),
        tag("input", id=id_, type="password", data_secret=name, class_="cl-input",
            autocomplete="new-password", spellcheck="false"),
        class_="cl-field",
    )  # fmt: skip


def import_fields(prefix: str) -> Markup:
    """Where files come from: picked, dropped, or a folder of this computer."""
    id_ = f"{prefix}-files"
    return card(
        tag(
            "div",
            tag("label", "Pick files, or drop them here", for_=id_, class_="cl-label"),
            tag("input", id=id_, type="file", multiple=True, data_files="files", class_="cl-files"),
            tag("p", "PEM, DER, PKCS#7, PKCS#12; up to 4 MiB each. They go to your own kernel and "
                "nowhere else.", class_="cl-hint"),
            class_="cl-field cl-drop",
            data_drop="files",
        ),
        text_field(prefix, "folder", "Or a folder with one folder for each device"),
        secret_field(prefix, "passphrase", "Passphrase, where a file has one"),
        buttons(
            button("Read the folder", "do:folder", primary=True),
            button("Read the files again", "do:read"),
        ),
        label="Bring in",
    )  # fmt: skip


def export_fields(prefix: str, devices: Iterable[str], *, with_key: bool) -> Markup:
    """Which device, for which platform, where to, and how the key goes along, if it does."""
    platforms = [("", "that of its role"), *((one.value, one.value) for one in Platform)]
    return card(
        select_field(prefix, "device", "Device", list(devices)),
        select_field(prefix, "platform", "Platform", platforms),
        text_field(prefix, "folder", "Folder to write into"),
        check_group(
            prefix,
            "key",
            "Private key",
            "",
            check("with_key", "Write it too, encrypted"),
            check("old", "Encrypt as old gateways need it") if with_key else Markup(""),
        ),
        secret_field(prefix, "passphrase", "Passphrase for the key") if with_key else None,
        secret_field(prefix, "again", "The passphrase once more") if with_key else None,
        label="Take out",
    )


def export_actions(*, exists: bool) -> Markup:
    """Write; and, where something is there already, replace it once that was asked."""
    return card(
        buttons(
            button("Write the files", "do:write", primary=not exists),
            button("Replace what is there", "do:replace", primary=True) if exists else None,
        ),
        label="Write",
    )
