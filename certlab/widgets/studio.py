"""The certificate studio: fill in the fields, see every one before signing, sign for real."""

from __future__ import annotations

from datetime import date, datetime

from ..deployment import moment
from ..errors import CertlabError
from ..live import clock
from ..pki import (
    Certificate,
    CertificateRequest,
    Draft,
    FreshKeys,
    KeySource,
    KeyStore,
    LessonKeys,
    request_certificate,
    self_signed,
)
from ..views.drafting import RSA, Entries, Reading, code, read
from ..views.studio import Made, studio_notes, studio_parts
from .form import Form


class Studio(Form):
    """A desk on which certificates are drafted and made.

    ``certificate``, ``request`` and ``draft`` are values for the next cell, None when there is
    none. The private keys stay in ``key_store``, which shows none of them.
    """

    def __init__(self, at: datetime, seed: str | None = None) -> None:
        self.at, self.key_store = at, KeyStore()
        self._source: KeySource = FreshKeys() if seed is None else LessonKeys(seed)
        self._seeded, self._shows_code = seed is not None, False
        self._entries = Entries.of(at)
        self._made: tuple[Made, ...] = ()
        super().__init__(label="The certificate studio", look="cl-studio")
        self._draw("Every field that the certificate will have stands with the form")

    @property
    def certificate(self) -> Certificate | None:
        """The last certificate generated."""
        found = (m.document for m in self._made[::-1] if isinstance(m.document, Certificate))
        return next(found, None)

    @property
    def request(self) -> CertificateRequest | None:
        """The last request made."""
        found = (m.document for m in self._made[::-1] if isinstance(m.document, CertificateRequest))
        return next(found, None)

    @property
    def draft(self) -> Draft | None:
        """What the fields say now, or None while one of them needs another look."""
        return self._reading.draft

    def __repr__(self) -> str:
        return f"Studio(draft {self._reading.label!r}, made {len(self._made)})"

    @property
    def _reading(self) -> Reading:
        return read(self._entries, seeded=self._seeded)

    def fill(self, field: str, value: str | bool) -> None:
        self._entries = self._entries.with_field(field, value)
        self._draw()

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        if id in ("generate", "request") and self.draft is not None:
            self._make(asks=id == "request")
        elif id == "undo" and self._made:
            *rest, last = self._made
            self._made = tuple(rest)
            self._draw(f"Undone: {last.title}")
        elif id == "code":
            self._shows_code = not self._shows_code
            self._draw("The code is shown" if self._shows_code else "The code is hidden")

    def _make(self, *, asks: bool) -> None:
        """Make the key, sign with it, and show what came of it."""
        reading = self._reading
        draft, number = reading.draft, self._number(reading.label)
        assert draft is not None, "the buttons are there for a draft without problems"
        if reading.key_type in RSA:
            self._draw(f"Making a key, {reading.key_type}: this takes a moment", busy=True)
        label = f"{reading.label}/{number}"
        try:
            key = self._source.key_pair(reading.key_type, label)
            document = (
                request_certificate(draft, key)
                if asks
                else self_signed(draft, key, self._source.serial_number(label))
            )
        except CertlabError as error:
            self._draw(str(error))
            return
        self.key_store.add(key)
        source = code(reading, number=number, seeded=self._seeded, request=asks)
        made = Made(self._entries, reading.label, document, source)
        self._made = (*self._made, made)
        self._draw(f"Made: {made.title}")

    def _draw(self, status: str | None = None, *, busy: bool = False) -> None:
        reading = self._reading
        with self.hold_sync():
            self.status = self.status if status is None else status
            self.values, self.notes = reading.entries.values(), studio_notes(reading)
            self.parts = studio_parts(
                reading,
                self._made,
                prefix=self._prefix,
                at=self.at,
                source=self.code if self._shows_code else None,
                busy=busy,
            )

    @property
    def code(self) -> str:
        """The cell that does the same: makes what was made last, or what the fields say now."""
        reading, last = self._reading, self._made[-1] if self._made else None
        if last and (last.entries == self._entries or reading.draft is None):
            return last.source
        return code(reading, number=self._number(reading.label), seeded=self._seeded)

    def _number(self, label: str) -> int:
        """How many have been made for this name, this one included: each has a key of its own."""
        return 1 + sum(made.label == label for made in self._made)


def studio(at: datetime | date | str | None = None, seed: str | None = None) -> Studio:
    """A desk for making certificates: fields, every line before signing, and real signing.

    ``at`` is the day on which validity begins and for which it is judged: aware UTC, a date or
    ISO text; today when left out. With ``seed`` the lesson's keys are used, so the same clicks
    give the same bytes; else keys are random.
    """
    return Studio(clock() if at is None else moment(at), seed)
