"""The certificate studio's views: the form, the certificate before it is signed, and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from ..pki import (
    PROFILES,
    Certificate,
    CertificateRequest,
    Draft,
    KeyPair,
    KeyType,
    profile,
    self_signed,
    use_in_words,
)
from ..pki.profiles import USES
from ..validation import Purpose, validate
from ..validation.review import CA, RemarkKind, review
from .drafting import RSA, Entries, Reading
from .fields import check, check_group, field, section_of, select_field
from .ladders import chain_picture
from .parts import listing, more
from .sheets import FIELDS, certificate_sheet
from .signs import ACCEPTED, NOTED, REFUSED, mark
from .text import Markup, join, listed, plural, tag

SECTIONS = {
    "Version": "4.1.2.1",
    "Serial number": "4.1.2.2",
    "Subject": "4.1.2.6",
    "Subject alternative name": "4.2.1.6",
    "Issuer": "4.1.2.4",
    "Valid from": "4.1.2.5",
    "Valid until": "4.1.2.5",
    "Public key": "4.1.2.7",
    "Signature": "4.1.1.2",
    "Basic constraints": "4.2.1.9",
    "Key usage": "4.2.1.3",
    "Extended key usage": "4.2.1.12",
    "Subject key identifier": "4.2.1.2",
    "Authority key identifier": "4.2.1.1",
}
"""Where RFC 5280 speaks of each field of a certificate."""

_ROLES: dict[str, Purpose | str] = {
    "mutual-tls": Purpose.MUTUAL, "tls-server": Purpose.SERVER, "tls-client": Purpose.CLIENT,
    "any-use": Purpose.MUTUAL, "email": Purpose.EMAIL, "ipsec": Purpose.IPSEC,
    "code-signing": Purpose.CODE_SIGNING, "file-encryption": Purpose.FILE_ENCRYPTION,
    "ocsp-responder": Purpose.OCSP_SIGNING, "root-ca": CA, "issuing-ca": CA,
}  # fmt: skip
"""What each profile's certificate is reviewed and judged as."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was generated: from which entries, under which name, and the cell that does the same."""

    entries: Entries
    label: str
    document: Certificate | CertificateRequest
    source: str

    @property
    def title(self) -> str:
        """What it is, in words."""
        if isinstance(self.document, CertificateRequest):
            return f"a request for {self.label}"
        kind = "a CA certificate" if self.document.is_ca else "a certificate"
        return f"{kind} for {self.label}, valid until {self.document.not_after:%Y-%m-%d}"


def studio_parts(
    reading: Reading,
    made: tuple[Made, ...],
    *,
    prefix: str,
    at: datetime,
    source: str | None = None,
    busy: bool = False,
) -> dict[str, Markup]:
    """The cards of the studio: the form, every field before signing, and what was made last."""
    fine = reading.draft is not None and not busy
    result = [
        busy and tag("progress", class_="cl-progress", aria_label="Making a key"),
        listing(source) if source else None,
        _finished(made[-1], at) if made else None,
    ]
    return {
        "form": tag("section", studio_form(prefix), class_="cl-card",
                    aria_label="What it says"),
        "draft": tag("section", draft_sheet(reading), class_="cl-card",
                     aria_label="Before signing"),
        "actions": tag(
            "div",
            _button("generate", "Generate", fine, "cl-primary"),
            _button("request", "As a request (PKCS#10)", fine),
            _button("code", "Hide the code" if source else "Show as code",
                    fine or bool(made)),
            _button("undo", "Undo", bool(made) and not busy),
            class_="cl-row",
        ),
        "result": tag("section", result, class_="cl-card", aria_label="What was made")
        if any(result) else Markup(""),
    }  # fmt: skip


def _button(name: str, label: str, enabled: bool, class_: str = "") -> Markup:
    return tag("button", label, type="button", data_id=name, class_=f"cl-button {class_}".rstrip(),
               aria_disabled=None if enabled else "true")  # fmt: skip


def _finished(made: Made, at: datetime) -> Markup:
    kind = "request" if isinstance(made.document, CertificateRequest) else "certificate"
    head = (
        tag("h3", f"Made: {made.title}", class_="cl-title"),
        tag("p", "In the next cell it is ", _code(f"desk.{kind}"), ", if you called the studio ",
            _code("desk"), ". Its private key stays in Python, in ", _code("desk.key_store"), ".",
            class_="cl-text cl-muted"),
    )  # fmt: skip
    if isinstance(made.document, CertificateRequest):
        return join(head, request_document(made.document))
    return join(head, certificate_document(made.document, made.entries.profile, at))


def _code(text: str) -> Markup:
    return tag("code", text, class_="cl-code")


# --- the form -----------------------------------------------------------------------------------


def studio_form(prefix: str) -> Markup:
    """The fields to fill in. ``prefix`` keeps their ids apart from another studio's."""
    profiles = [(p.key, p.title) for p in PROFILES.values()]
    keys = [(kind.value, kind.value) for kind in KeyType]
    uses = [check(f"use:{oid.dotted_string}", use_in_words(oid)) for oid in USES]
    return join(
        select_field(prefix, "profile", "Purpose", profiles),
        field(prefix, "names", "Names, one a line", "textarea", section="4.2.1.6", rows=3),
        field(prefix, "common_name", "Common name", "input", section="4.1.2.6", type="text"),
        field(prefix, "start", "Valid from", "input", section="4.1.2.5", type="date"),
        field(prefix, "days", "Lifetime in days", "input", section="4.1.2.5", type="number", min=1),
        select_field(prefix, "key_type", "Key", keys, "4.1.2.7"),
        check_group(prefix, "uses", "Extended key usage", "4.2.1.12", *uses[:2],
                    more("Other uses", *uses[2:], key="uses")),
        check_group(prefix, "ca", "Basic constraints", "4.2.1.9", check("ca", "a CA (CA:TRUE)")),
    )  # fmt: skip


def studio_notes(reading: Reading) -> dict[str, Markup]:
    """What stands below each field: what is wrong with it, and what it is for."""
    draft, entries = reading.draft, reading.entries
    uses = [use_in_words(oid) for oid in USES if oid.dotted_string in entries.uses]
    about = {
        "profile": f"for {profile(entries.profile).what_for}",
        "names": "DNS name, IP address, sip: address or e-mail: what a caller compares with",
        "common_name": "for people; left empty, the first name stands in",
        "start": "at midnight UTC",
        "days": f"until {draft.not_after:%Y-%m-%d}" if draft else "365 is a year",
        "key_type": _KEYS[reading.key_type.name[:2]],
        "uses": f"it may serve for {listed(uses, 9)}" if uses else "left out: no use is excluded",
        "ca": "whether it may sign other certificates",
    }
    problems = {
        name: join(*(tag("p", mark(REFUSED), " ", problem, class_="cl-problem")
                     for problem in told.splitlines()))
        for name, told in reading.problems.items()
    }  # fmt: skip
    return {name: join(problems.get(name), tag("p", said, class_="cl-hint"))
            for name, said in about.items()}  # fmt: skip


_KEYS = {
    "EC": "an elliptic curve: small, quick, and enough for every device of today",
    "RS": "what old devices understand; the larger, the longer it takes to make",
    "ED": "modern and quick, but few devices and browsers accept it",
}


# --- before it is signed ------------------------------------------------------------------------


def draft_sheet(reading: Reading) -> Markup:
    """Every field that the certificate will have, beside what it is for."""
    title = tag("h3", f"Before signing: {reading.label}", class_="cl-heading cl-flush")
    count = plural(len(reading.problems), "field needs", "fields need")
    look = tag("p", mark(REFUSED), f" {count} another look.", class_="cl-text cl-after")
    if reading.readable is None:
        return join(title, look)
    rehearsal = rehearse(reading.readable, reading.key_type)
    rows = []
    for name, read, purpose in FIELDS:
        value = _MADE_LATER.get(name) or read(rehearsal)
        if name == "Public key":
            value = f"{reading.key_type.value}, made when you generate"
        if value and name in SECTIONS:
            later = "cl-muted" if name in _MADE_LATER else None
            about = tag("span", purpose, " · ", section_of(SECTIONS[name]), class_="cl-hint")
            rows.append(tag("tr", tag("th", name, scope="row"),
                            tag("td", tag("span", value, class_=later), about)))  # fmt: skip
    table = tag("table", tag("tbody", rows), class_="cl-table cl-plain cl-facts",
                aria_label="The fields before signing")  # fmt: skip
    return join(title, look if reading.problems else None, table, _remarks(rehearsal, reading))


_MADE_LATER = {
    "Serial number": "159 bits, drawn when you generate",
    "Subject key identifier": "a digest of the key, made when you generate",
    "Authority key identifier": "the same, because it signs itself",
}


def rehearse(draft: Draft, key_type: KeyType) -> Certificate:
    """The certificate that this draft would be, signed by a key that is never used for anything."""
    return self_signed(draft, _scratch_key(KeyType.RSA_2048 if key_type in RSA else key_type), 1)


@cache
def _scratch_key(key_type: KeyType) -> KeyPair:
    return KeyPair.generate(key_type)


def _remarks(certificate: Certificate, reading: Reading) -> Markup:
    """What will bite, told before it does."""
    lines = [
        tag("li", mark(NOTED), tag("span", remark.words, " ",
            tag("span", remark.section, class_="cl-section")))
        for remark in review(certificate, _ROLES[reading.entries.profile])
        if remark.kind is not RemarkKind.SERIAL
    ]  # fmt: skip
    return tag("ul", lines, class_="cl-list") if lines else Markup("")


# --- after --------------------------------------------------------------------------------------


def certificate_document(certificate: Certificate, profile_key: str, at: datetime) -> Markup:
    """The finished certificate: its sheet, and what a verifier that imported it says."""
    role = _ROLES[profile_key]
    if role == CA:
        picture, said = None, "A CA is judged by what it signs, never by itself."
    else:
        verdict = validate(certificate, anchors=[certificate], at=at, purpose=role)
        picture, said = chain_picture(verdict, verifier="the importer"), "Nobody vouches for it."
    return tag(
        "div",
        tag("div", certificate_sheet(certificate), class_="cl-wide"),
        tag(
            "div",
            tag("h3", "To whoever imports it", class_="cl-heading"),
            picture,
            tag("p", f"{said} Compare the fingerprint with its owner before you import it.",
                class_="cl-text cl-after"),
        ),
        class_="cl-split",
    )  # fmt: skip


def request_document(request: CertificateRequest) -> Markup:
    """A finished request: what it asks, and what it leaves to the authority."""
    names = ", ".join(str(name.value) for name in request.alternative_names)
    proof = "its key signed it" if request.proves_possession else "its key did not sign it"
    sign = ACCEPTED if request.proves_possession else REFUSED
    rows = (
        ("Subject", request.subject or "empty", "whose it will be"),
        ("Subject alternative name", names, "the names it asks for"),
        ("Key fingerprint", request.key_fingerprint, "the private half stays in the key store"),
        ("Proof of possession", join(mark(sign), " ", proof), "whoever asks has the private key"),
    )  # fmt: skip
    return join(
        tag("table", tag("tbody", [
            tag("tr", tag("th", name, scope="row"), tag("td", value),
                tag("td", purpose, class_="cl-muted"))
            for name, value, purpose in rows if value
        ]), class_="cl-table cl-plain", aria_label="Fields of the request"),
        tag("p", "Dates, serial number, uses and CA flag are not asked for: the authority that "
            "signs decides them.", class_="cl-text cl-after"),
        more("PKCS#10 as PEM", listing(request.pem, "The request"), key="pem"),
    )  # fmt: skip
