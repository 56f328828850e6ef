"""What stands in the fields of the certificate studio, read as a draft or told as problems."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ..errors import CertlabError
from ..pki import PROFILES, Draft, KeyType, Profile, general_name, profile, use_in_words
from ..pki.profiles import USES

_MOST_NAMES = 100
_MOST_TOLD = 5
RSA = {KeyType.RSA_2048, KeyType.RSA_3072, KeyType.RSA_4096}
_OIDS = {oid.dotted_string: oid for oid in USES}


@dataclass(frozen=True, slots=True)
class Entries:
    """The fields as typed. ``uses`` are dotted numbers; none leaves the extension out."""

    profile: str = "mutual-tls"
    key_type: str = KeyType.EC_P256.value
    names: str = "gw1.office.example"
    common_name: str = ""
    start: str = ""
    days: str = "365"
    uses: frozenset[str] = frozenset()
    ca: bool = False

    @classmethod
    def of(cls, at: datetime, key: str = "mutual-tls") -> Entries:
        """The fields as the studio opens: a profile with what it proposes, from this day on."""
        return cls(start=f"{at:%Y-%m-%d}").with_profile(key)

    def with_profile(self, key: str) -> Entries:
        """Another profile, and with it what it proposes for lifetime, uses and CA."""
        use = profile(key)
        return replace(
            self,
            profile=key,
            days=str(use.lifetime.days),
            uses=frozenset(oid.dotted_string for oid in use.extended_key_usage or ()),
            ca=use.ca,
        )

    def with_field(self, name: str, value: object) -> Entries:
        """The entries after somebody changed one field. What no field can hold changes nothing."""
        text = str(value)
        if name == "profile":
            return self.with_profile(text) if text in PROFILES else self
        if name == "ca":
            return replace(self, ca=bool(value))
        kind, _, oid = name.partition(":")
        if kind == "use" and oid in _OIDS:
            return replace(self, uses=self.uses | {oid} if value else self.uses - {oid})
        if name not in _TEXTS:
            return self
        changed: dict[str, Any] = {name: text}
        return replace(self, **changed)

    def values(self) -> dict[str, str | bool]:
        """What stands in each field of the form, by the field's name."""
        texts = {name: str(getattr(self, name)) for name in ("profile", *sorted(_TEXTS))}
        uses = {f"use:{oid}": oid in self.uses for oid in _OIDS}
        return {**texts, **uses, "ca": self.ca}


_TEXTS = {"key_type", "names", "common_name", "start", "days"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the entries mean: a draft, or at each field what is wrong with it.

    ``readable`` is the draft of those fields that can be read, to look at while one is typed.
    """

    entries: Entries
    key_type: KeyType
    readable: Draft | None
    problems: dict[str, str]

    @property
    def draft(self) -> Draft | None:
        """The draft to sign; None while one field needs another look."""
        return None if self.problems else self.readable

    @property
    def label(self) -> str:
        """What the certificate would be called."""
        return self.entries.common_name.strip() or next(iter(self.entries.names.split()), "nobody")


def read(entries: Entries, *, seeded: bool = False) -> Reading:
    """Read the fields. With a seed RSA keys cannot be had, so that is a problem too."""
    problems: dict[str, str] = {}
    key_type = KeyType(entries.key_type) if entries.key_type in set(KeyType) else KeyType.EC_P256
    if seeded and key_type in RSA:
        problems["key_type"] = "A seed gives EC and Ed25519 keys only. Leave it out to use RSA."
    names = _names(entries.names, problems)
    start = _start(entries.start, problems)
    lifetime = _lifetime(entries.days, start, problems)
    draft = Draft(
        names,
        _profile(entries),
        start,
        lifetime,
        entries.common_name.strip() or None,
        ca=None if entries.ca is profile(entries.profile).ca else entries.ca,
    )
    try:
        draft.subject()
    except CertlabError as error:
        problems["common_name"] = str(error)
        draft = replace(draft, common_name="…")
    if not names and not draft.common_name:
        problems.setdefault("names", "Nobody is named. Give a name here, or a common name.")
        return Reading(entries, key_type, None, problems)
    return Reading(entries, key_type, draft, problems)


def _names(text: str, problems: dict[str, str]) -> tuple[str, ...]:
    """The names that can be read; each line that cannot is told, on a line of its own."""
    lines = [(n, line.strip()) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    names, wrong = [], []
    if len(lines) > _MOST_NAMES:
        wrong.append(f"{len(lines):,} names; the studio takes {_MOST_NAMES}.")
    for number, name in lines[:_MOST_NAMES]:
        try:
            general_name(name)
        except CertlabError as error:
            wrong.append(f"Line {number}: {error}")
        else:
            names.append(name)
    if len(wrong) > _MOST_TOLD:
        wrong[_MOST_TOLD:] = [f"{len(wrong) - _MOST_TOLD} more lines need another look."]
    if wrong:
        problems["names"] = "\n".join(wrong)
    return tuple(names)


def _start(text: str, problems: dict[str, str]) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        problems["start"] = "Not a date. Write it as year-month-day, such as 2026-11-24."
        return datetime(2026, 1, 1, tzinfo=UTC)
    if day.year < 1950:
        problems["start"] = "Certificates cannot begin before 1950."
        return datetime(1950, 1, 1, tzinfo=UTC)
    return datetime.combine(day, time(tzinfo=UTC))


def _lifetime(text: str, start: datetime, problems: dict[str, str]) -> timedelta:
    try:
        lifetime = timedelta(days=int(text))
    except (ValueError, OverflowError):
        problems["days"] = "Give a whole number of days."
        return timedelta(days=1)
    if lifetime <= timedelta():
        problems["days"] = "It must be valid for at least one day."
        return timedelta(days=1)
    if lifetime > datetime.max.replace(tzinfo=UTC) - start:
        problems["days"] = "That is after the year 9999, the last that a certificate can name."
        return timedelta(days=1)
    return lifetime


def _profile(entries: Entries) -> Profile:
    """The profile, with other extended key usages when others were chosen."""
    use = profile(entries.profile)
    if entries.uses == {oid.dotted_string for oid in use.extended_key_usage or ()}:
        return use
    chosen = tuple(oid for text, oid in _OIDS.items() if text in entries.uses)
    return replace(use, extended_key_usage=chosen or None)


def code(reading: Reading, *, number: int = 1, seeded: bool = False, request: bool = False) -> str:
    """The cell that does the same. ``number`` counts the certificates made for this name.

    The seed itself is left out, as it is as good as the keys: the cell calls it ``seed``.
    """
    draft, entries = reading.draft, reading.entries
    if draft is None:
        return "# Some fields need another look first."
    own_uses = draft.profile != profile(entries.profile)
    make = "request_certificate" if request else "self_signed"
    what = "request" if request else "certificate"
    kind, label = f"KeyType.{reading.key_type.name}", _literal(f"{reading.label}/{number}")
    names = ["Draft", "KeyType", "moment", "profile", make] + ([] if seeded else ["KeyPair"])
    lines = [
        "from dataclasses import replace" if own_uses else "",
        "from datetime import timedelta",
        "from cryptography.x509 import ObjectIdentifier" if own_uses and entries.uses else "",
        f"from certlab import {', '.join(sorted(names, key=_import_order))}",
        "from certlab.pki import LessonKeys" if seeded else "",
        f'\nuse = profile("{entries.profile}")',
        f"use = replace(use, extended_key_usage={_uses_code(entries)})" if own_uses else "",
        "draft = Draft(",
        f"    names=({', '.join(map(_literal, draft.names))}{',' * (len(draft.names) == 1)}),",
        "    profile=use,",
        f'    not_before=moment("{draft.not_before:%Y-%m-%d}"),',
        f"    lifetime=timedelta(days={(draft.lifetime or draft.profile.lifetime).days}),",
        f"    common_name={_literal(draft.common_name)}," if draft.common_name else "",
        f"    ca={draft.ca}," if draft.ca is not None else "",
        ")",
        "keys = LessonKeys(seed)  # the text that was given to studio(seed=…)" if seeded else "",
        f"key = keys.key_pair({kind}, {label})" if seeded else f"key = KeyPair.generate({kind})",
        f"{what} = {make}(draft, key{f', keys.serial_number({label})' * (seeded and not request)})",
    ]
    return "\n".join(filter(None, lines))


def _uses_code(entries: Entries) -> str:
    chosen = [
        f'    ObjectIdentifier("{text}"),  # {use_in_words(oid)}\n'
        for text, oid in _OIDS.items()
        if text in entries.uses
    ]
    return f"(\n{''.join(chosen)})" if chosen else "None"


def _literal(text: str) -> str:
    """The text as Python source, in double quotes where that is as plain."""
    written = repr(text)
    return f'"{written[1:-1]}"' if written[0] == "'" and '"' not in written else written


def _import_order(name: str) -> tuple[bool, str]:
    return name[0].islower(), name
