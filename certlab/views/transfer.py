"""What was taken out and what was brought in: folders and files, and everything odd in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from ..errors import Problem
from ..pki import Certificate
from ..records import DeviceFolder, Estate, Found
from .parts import more, row_head, table
from .seals import called
from .sheets import deployment_view
from .signs import ACCEPTED, NOTED, REFUSED, Sign, mark
from .text import Markup, join, plural, tag

_FEW, _MOST = 12, 100
"""From so many rows on a table scrolls; so many are shown, and the others counted."""


def folder_view(folder: DeviceFolder) -> Markup:
    """Where a device's files were written, their names, and what to know about them."""
    files = [tag("li", "", tag("span", name, class_="cl-code")) for name in folder.files]
    return join(
        tag("h3", f"{plural(len(folder.files), 'file')} for {folder.path.name}", class_="cl-title"),
        tag("p", mark(ACCEPTED), " Written to ",
            tag("span", str(folder.path), class_="cl-code"), class_="cl-text"),
        _lines(NOTED, folder.notes),
        more("The files", tag("ul", files, class_="cl-list"), key="files"),
    )  # fmt: skip


def found_view(found: Found, *, at: datetime | None = None, estate: Estate | None = None) -> Markup:
    """What was found in files, and every problem; ``at`` says which certificates have expired.

    Of an ``estate``, also by which device each is used, and as what.
    """
    counts = (
        (len(found.certificates), "certificate", None),
        (len(found.requests), "request", None),
        (len(found.crls), "revocation list", None),
        (len(found.key_files), "file with a private key", "files with a private key"),
    )
    title = ", ".join(plural(*count) for count in counts if count[0]) or "Nothing was found"
    rows = [
        (row_head(_name(file.path)), *used, *_certificate(one, at))
        for file in found.files
        for one in file.contents.certificates
        for used in (((),) if estate is None else estate.uses(file.path, one) or (("–", "–"),))
    ]
    uses = () if estate is None else ("Device", "Use")
    heads = ("File", *uses, "Certificate", "Signed by", "Valid until", "Fingerprint (SHA-256)")
    aside = [_name(path) for path in found.others]
    return join(
        tag("h3", title, class_="cl-title"),
        _problems(found.problems),
        _lines(NOTED, [f"{_name(path)} holds a private key." for path in found.key_files]),
        table("Certificates found", heads, rows[:_MOST], long=len(rows) > _FEW) if rows else None,
        _rest(len(rows)),
        more(f"{plural(len(aside), 'file')} of another kind", tag("p", ", ".join(aside[:_MOST]),
             class_="cl-text cl-muted"), key="others") if aside else None,
    )  # fmt: skip


def estate_view(estate: Estate) -> Markup:
    """A real estate: its state, what had to be assumed, and every problem in what was read."""
    at = estate.deployment.at
    return join(
        deployment_view(estate.deployment),
        _problems(estate.problems),
        _lines(NOTED, estate.notes),
        more("What was read", found_view(estate.found, at=at, estate=estate), key="read"),
    )


def _certificate(one: Certificate, at: datetime | None) -> tuple[object, ...]:
    ends: tuple[object, ...] = (f"{one.not_after:%Y-%m-%d}",)
    if at is not None and at > one.not_after:
        ends = (mark(REFUSED), f" expired {one.not_after:%Y-%m-%d}")
    signer = "itself" if one.is_self_signed else one.issuer
    short = tag("span", f"{one.fingerprint[:16]}…", class_="cl-code", title=one.fingerprint)
    return called(one), signer, ends, short


def _problems(problems: Iterable[Problem]) -> Markup | None:
    said = [str(problem) for problem in problems]
    return join(_lines(REFUSED, said[:_MOST]), _rest(len(said))) if said else None


def _lines(sign: Sign, said: Iterable[str]) -> Markup | None:
    lines = [tag("li", mark(sign), tag("span", one)) for one in said]
    return tag("ul", lines, class_="cl-list") if lines else None


def _name(path: Path) -> str:
    """The file with the folder it is in, which is where people look for it."""
    return "/".join(path.parts[-2:])


def _rest(count: int) -> Markup | None:
    if count <= _MOST:
        return None
    return tag("p", f"and {count - _MOST:,} more", class_="cl-text cl-muted")
