"""The chain picture: a ladder of certificates that ends in the verifier's tray."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..pki import Certificate
from ..validation import Remedy, Verdict
from .seals import Seal, Seals, called, draw
from .signs import ACCEPTED, OPEN, REFUSED, Sign, badge
from .svg import box, group, picture, stroke, words
from .text import Markup, shorten, width

WIDTH, HEIGHT, GAP = 400, 58, 40
_LINE, _OWN = 36.0, 36.0
_MISSING_ABOVE = (Remedy.IMPORT_ANCHOR, Remedy.SEND_INTERMEDIATE)


def chain_picture(
    verdict: Verdict,
    *,
    verifier: str = "the verifier",
    tray: Sequence[Seal] | None = None,
    seals: Seals | None = None,
) -> Markup:
    """The path of a verdict as SVG, leaf first, down to the verifier's tray; broken where it fails.

    ``tray`` are the seals that lie in it, those that matter first; None when they are not known.
    """
    path = verdict.path
    seals = seals or Seals.among(path)
    reason = verdict.reason
    failures = [finding for finding in reversed(verdict.findings) if finding.fails]
    above = next((f for f in reversed(failures) if f.remedy in _MISSING_ABOVE), None)
    failing = {f.certificate: f for f in failures if f.remedy not in _MISSING_ABOVE}
    y, parts, told = 1.0, [], []
    for place, certificate in enumerate(path):
        fault, last = failing.get(certificate), place == len(path) - 1
        own = seals.of_key(certificate) if last and not above and _was_issued(certificate) else None
        rung, height = _rung(certificate, seals, y, fault is not None, verdict.at, own)
        parts.append(rung)
        broken = above if last and above else fault
        says = broken.short if broken else "its key is trusted" if last else "signed by"
        told.append(f"{called(certificate)}: {fault.short if fault else 'right in itself'}")
        if own:
            told.append(f"own key: {own.name}")
        parts.append(_link(y + height, says, REFUSED if broken else ACCEPTED))
        y += height + GAP
    top, missing = path[-1], None
    importable = above is not None and above.remedy is Remedy.IMPORT_ANCHOR
    if above:
        missing = seals.on(top)  # of a self-signed one, its own
        if not top.malformed and not top.is_self_issued:
            told.append(f"{top.issuer}: missing")
            parts.append(_ghost(top.issuer, missing, y))
            parts.append(_link(y + HEIGHT, "", REFUSED if importable else OPEN))
            y += HEIGHT + GAP
    held = list(tray) if tray is not None else ([] if reason else [seals.of_key(top)])
    known = tray is not None or not reason
    parts.append(_tray(verifier, held, missing if importable else None, y, known=known))
    if not above or importable:
        lies = "is missing from" if above else "lies in"
        told.append(f"the seal at the top {lies} the tray of {verifier}")
    said = f"refuses {called(verdict.certificate)}: {reason.short}" if reason else (
        f"accepts {called(verdict.certificate)}")  # fmt: skip
    return picture(WIDTH + 2, y + HEIGHT + 1, f"{verifier} {said}", ". ".join(told) + ".", parts,
                   class_="cl-chain")  # fmt: skip


def _was_issued(certificate: Certificate) -> bool:
    """Whether another key than its own signed it."""
    return not certificate.malformed and not certificate.is_self_signed


def _rung(
    certificate: Certificate, seals: Seals, y: float, refused: bool, at: datetime, own: Seal | None
) -> tuple[Markup, float]:
    """A certificate, and how high it is drawn: a long name of the signer has a line of its own.

    An anchor that is no root shows its ``own`` seal too, since that is the one in the tray.
    """
    self_signed, facts, stale = False, ["cannot be read"], False
    if not certificate.malformed:
        self_signed = certificate.is_self_signed
        stale = not certificate.not_before <= at <= certificate.not_after
        signer = seals.on(certificate)
        name = certificate.issuer if signer.hue is None else signer.name
        by = "signed itself" if self_signed else f"signed by {name}"
        when = f"{certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}"
        facts = [f"{when}, {by}"] if width(f"{when}, {by}", 12) <= WIDTH - 80 else [when, by]
    seal, signed = seals.on(certificate), HEIGHT + 18 * (len(facts) - 1)
    height = signed + (_OWN if own else 0)
    drawn = group(
        box(1, 0, WIDTH, height, "cl-box-no" if refused else "cl-box"),
        draw(seal, _LINE, signed / 2, self_signed=self_signed, stale=stale),
        words(64, 24, called(certificate), size=14, bold=True, room=WIDTH - 104),
        [words(64, 43 + 18 * n, fact, class_="cl-muted", room=WIDTH - 80)
         for n, fact in enumerate(facts)],
        group(
            draw(own, _LINE, signed + _OWN / 2 - 8),
            words(64, signed + _OWN / 2 - 4, f"own key, of {own.name}", room=WIDTH - 80),
        ) if own else None,
        badge(REFUSED if refused else ACCEPTED, WIDTH - 20, 20),
        at=(0, y),
    )  # fmt: skip
    return drawn, height


def _link(y: float, says: str, sign: Sign) -> Markup:
    broken = sign is REFUSED
    class_ = "cl-no" if broken else "cl-muted"
    look = "cl-open" if sign is OPEN else sign.class_
    line = stroke([(_LINE, y), (_LINE, y + GAP)], f"cl-half {look}")
    if not says:
        return line
    middle = y + GAP / 2
    text = words(64, middle + 4, says, bold=broken, class_=class_, room=WIDTH - 72)
    return group(line, badge(REFUSED, _LINE, middle) if broken else None, text)


def _ghost(name: str, seal: Seal, y: float) -> Markup:
    """The certificate that would come next, and is nowhere."""
    return group(
        box(1, 0, WIDTH, HEIGHT, "cl-box-no cl-dashed"),
        draw(seal, _LINE, HEIGHT / 2, missing=True),
        words(64, 24, name, size=14, bold=True, room=WIDTH - 80),
        words(64, 43, "not sent, and not in the store", class_="cl-no", room=WIDTH - 80),
        at=(0, y),
    )


def _tray(
    verifier: str, held: list[Seal], missing: Seal | None, y: float, *, known: bool
) -> Markup:
    """The seals that lie in the tray; in a dashed box beside it the one to import."""
    wide = WIDTH - 96 if missing else WIDTH
    drawn = held[: 6 if missing else 9]
    more = len(held) - len(drawn)
    text = f"+ {more:,} more" if more else "" if drawn else "nobody" if known else "not shown here"
    beside = missing and group(
        box(0, 0, 88, HEIGHT, "cl-box-no cl-dashed"),
        words(12, 20, "missing", bold=True, class_="cl-no"),
        draw(missing, 24, 40, missing=True),
        at=(WIDTH - 87, 0),
    )
    return group(
        box(1, 0, wide, HEIGHT, "cl-tray cl-tray-no" if missing else "cl-tray"),
        words(16, 20, shorten(verifier, wide - 84, 12, bold=True) + " trusts", size=12, bold=True),
        [draw(seal, 28 + 28 * n, 40) for n, seal in enumerate(drawn)],
        words(20 + 28 * len(drawn) if drawn else 16, 44, text, class_="cl-muted"),
        beside,
        at=(0, y),
    )
