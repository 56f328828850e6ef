"""Why: a verdict as one sentence, its ladder, and the whole trace as list and as table."""

from __future__ import annotations

from ..deployment import Explanation, TrustMatrix
from ..pki import Certificate
from ..validation import Check, Finding, Outcome, Purpose, Verdict
from .cards import trayed
from .ladders import chain_picture
from .parts import more, table
from .seals import Seals, called
from .signs import mark, sign_of
from .text import Markup, join, plural, tag

_AS = {
    Purpose.MUTUAL: "Judged for both roles of mutual TLS",
    Purpose.SERVER: "Judged as a server",
    Purpose.CLIENT: "Judged as a client",
}
_WORDS = {
    Outcome.PASS: "✓ passed",
    Outcome.FAIL: "✗ failed",
    Outcome.NOTED: "! noted",
    Outcome.NOT_APPLICABLE: "· does not apply",
}


def explanation_view(
    explanation: Explanation,
    *,
    matrix: TrustMatrix | None = None,
    seals: Seals | None = None,
    actions: Markup | None = None,
) -> Markup:
    """Why one device accepts or refuses another: sentence, what repairs it, ladder and trace.

    ``actions`` takes the place of the repairing Step's code.
    """
    deployment, verdict = explanation.deployment, explanation.verdict
    when = f"Judged for {deployment.at:%Y-%m-%d %H:%M} UTC"
    head = [
        tag("h3", explanation.headline, class_="cl-title"),
        tag("p", when if verdict is None else _asked(verdict), class_="cl-text cl-small cl-muted"),
        tag("p", explanation.sentence, class_="cl-text"),
        _repair(explanation) if actions is None else actions,
    ]
    if verdict is None:
        return join(head)
    seals = seals or Seals.of(deployment)
    if matrix is not None:
        tray, _ = trayed(explanation.verifier, matrix, seals)
    else:
        tray = [seals.of_key(anchor) for anchor in deployment.anchors_of(explanation.verifier)]
    parts: list[Markup] = []
    for judged in explanation.verdicts:
        ladder = chain_picture(judged, verifier=explanation.verifier, tray=tray, seals=seals)
        both = _ladder_and_trace(ladder, judged)
        if judged is verdict:
            parts.insert(0, both)
        else:  # the certificate for the other role of mutual TLS
            said = judged.reason.short if judged.reason else "accepted"
            parts.append(more(f"As {judged.purpose}: {said}", both, key=judged.purpose))
    return join(head, parts)


def _ladder_and_trace(ladder: Markup, verdict: Verdict) -> Markup:
    return tag("div", ladder, tag("div", trace_list(verdict)), class_="cl-two")


def _repair(explanation: Explanation) -> Markup | None:
    """What repairs a refusal: a Step as code, or advice where no single Step does."""
    if explanation.fix:
        step = tag("code", repr(explanation.fix), class_="cl-code")
        then = f", {explanation.afterwards}." if explanation.afterwards else None
        return tag("p", "To repair it: ", step, then, class_="cl-text")
    if explanation.reason:
        return tag("p", explanation.reason.remedy.advice, class_="cl-text")
    return None


def _asked(verdict: Verdict) -> str:
    name = f" under the name {verdict.name}" if verdict.name else ""
    purpose = _AS.get(verdict.purpose, f"Judged for {verdict.purpose}")
    moment = f"for {verdict.at:%Y-%m-%d %H:%M} UTC"
    return f"{purpose}{name}, {moment}, by {verdict.policy.title}"


def verdict_view(verdict: Verdict) -> Markup:
    """A verdict on its own: accepted or not, its ladder and its whole trace."""
    reason = verdict.reason
    said = f"refused: {reason.short}" if reason else "accepted"
    known = verdict.anchors or ()
    ends = [c for c in verdict.path if not c.malformed and c in known]
    held = dict.fromkeys([*ends, *known])  # the one that matters first
    seals = Seals.among((*held, *verdict.path))
    tray = None if verdict.anchors is None else [seals.of_key(anchor) for anchor in held]
    return join(
        tag("h3", f"{called(verdict.certificate)} is {said}", class_="cl-title"),
        tag("p", _asked(verdict), class_="cl-text cl-small cl-muted"),
        tag("p", f"{reason.words} {reason.remedy.advice}", class_="cl-text") if reason else None,
        _ladder_and_trace(chain_picture(verdict, tray=tray, seals=seals), verdict),
        more("The whole trace as a table", trace_table(verdict), key="trace"),
    )


def trace_list(verdict: Verdict) -> Markup:
    """The trace by certificate, leaf first: what failed in words, the rest on demand."""
    parts: list[Markup] = []
    for certificate, checks in _by_certificate(verdict):
        told = [check for check in checks if check.outcome in (Outcome.FAIL, Outcome.NOTED)]
        told.sort(key=lambda check: check.outcome is not Outcome.FAIL)
        passed = [check for check in checks if check.outcome is Outcome.PASS]
        aside = [check for check in checks if check.outcome is Outcome.NOT_APPLICABLE]
        name = called(certificate) if certificate else "the chain"
        parts.append(tag("p", name, class_="cl-text cl-bold cl-cut"))
        if told:
            parts.append(
                tag(
                    "ul",
                    [_line(check, check is verdict.reason) for check in told],
                    class_="cl-list",
                )
            )
        if passed:
            lines = [tag("li", mark(sign_of(check.outcome)), tag("span", check.title,
                         title=check.words)) for check in passed]  # fmt: skip
            parts.append(
                more(
                    f"✓ {plural(len(passed), 'check')} passed",
                    tag("ul", lines, class_="cl-list"),
                    key=f"passed-{len(parts)}",
                )
            )
        if aside:
            dot = tag("span", "·", aria_hidden="true")
            lines = [tag("li", dot, tag("span", check.words)) for check in aside]
            inside = tag("ul", lines, class_="cl-list cl-muted")
            parts.append(
                more(
                    f"{plural(len(aside), 'check')} that did not apply",
                    inside,
                    key=f"aside-{len(parts)}",
                )
            )
    return join(parts)


def _line(check: Check, is_reason: bool) -> Markup:
    """A failure or a note; the reason was said in full above the trace, so here it is short."""
    sign = sign_of(check.outcome)
    bold = " cl-bold" if check.outcome is Outcome.FAIL else ""
    said, rule = check.words, check.section
    if is_reason and isinstance(check, Finding):
        said, rule = check.short, f"asked: {check.title}, {check.section}"
    text = tag("span", said, class_=sign.class_ + bold)
    return tag(
        "li", mark(sign), tag("span", text, " ", tag("span", rule, class_="cl-muted cl-small"))
    )


def _by_certificate(verdict: Verdict) -> list[tuple[Certificate | None, list[Check]]]:
    found: dict[Certificate | None, list[Check]] = {c: [] for c in verdict.path}
    for check in verdict.trace:
        found.setdefault(check.certificate, []).append(check)
    return [(certificate, checks) for certificate, checks in found.items() if checks]


def trace_table(verdict: Verdict) -> Markup:
    """Every check of a verdict: the rule, what was seen and expected, and the section."""
    rows = [
        (
            tag("td", _WORDS[check.outcome], class_=_tint(check.outcome)),
            called(check.certificate) if check.certificate else "the chain",
            check.title,
            "" if check.seen is None else check.seen_text,
            "" if check.expected is None else check.expected_text,
            check.section,
        )
        for check in verdict.trace
    ]
    heads = ("Outcome", "Certificate", "Check", "Seen", "Expected", "Section")
    return table("Every check", heads, rows, "", long=True)


def _tint(outcome: Outcome) -> str | None:
    return None if outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE) else sign_of(outcome).class_
