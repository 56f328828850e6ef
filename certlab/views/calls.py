"""Calls that were made, beside what was predicted: one, many, and trials before real peers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..live import Call, Calls, PeerCall, Prediction, Trial, Trials
from ..live.tries import Foretold
from ..pki import Certificate
from ..validation import Verdict
from .exchange import headline, outcome, pictured
from .parts import more, row_head, table
from .seals import called
from .signs import ACCEPTED, NOTED, OPEN, REFUSED, Sign, mark
from .text import Markup, join, plural, tag, visible

_FEW, _MOST = 12, 200
"""From so many rows on a table scrolls; so many are shown, and the others counted."""


def call_view(made: Call) -> Markup:
    """A call between two devices: the outcome beside what the verdicts said of it before."""
    return _call(made, (made.dates, *made.explanations), None, {})


def peer_call_view(made: PeerCall) -> Markup:
    """A call in which one end is a real peer, with the peer's own words."""
    said = tag("p", "In its log: ", tag("span", made.said, class_="cl-code"), class_="cl-text")
    return _call(made, (), said if made.said else None, made.played)


def _call(
    made: Call | PeerCall, remarks: Iterable[str], said: Markup | None, played: Mapping[str, str]
) -> Markup:
    notes = [tag("li", mark(NOTED), tag("span", remark)) for remark in remarks if remark]
    return join(
        tag("h3", headline(made.exchange), class_="cl-title"),
        beside(made, made),
        said,
        tag("ul", notes, class_="cl-list") if notes else None,
        tag("div", _findings(made), class_="cl-text"),
        pictured(made.exchange, played),
        _sent(made),
    )


def prediction_view(said: Prediction) -> Markup:
    """What will come of a call that nobody has made yet, and what each end makes of the other."""
    title = f"{said.caller.name} calls {said.called.name}: not tried yet"
    return join(tag("h3", title, class_="cl-title"), beside(said, None), _findings(said))


def beside(said: Foretold, made: Call | PeerCall | None) -> Markup:
    """Prediction and outcome side by side, and whether they agree."""
    predicted = ACCEPTED if said.predicted_refusal is None else REFUSED
    if made is None:
        happened, agree = _half("What happened", OPEN, "Nobody has called yet."), None
    else:
        sign = ACCEPTED if made.answered else REFUSED
        happened = _half("What happened", sign, outcome(made.exchange))
        agree = tag("p", mark(ACCEPTED if made.agrees else NOTED),
                    " Prediction and outcome agree." if made.agrees
                    else " That is not what was predicted.", class_="cl-text")  # fmt: skip
    foretold = _half("Predicted", predicted, f"{said.prediction}.")
    return join(tag("div", foretold, happened, class_="cl-beside"), agree)


def _half(title: str, sign: Sign, words: str) -> Markup:
    return tag(
        "div",
        tag("p", title, class_="cl-small cl-muted cl-flush"),
        tag("p", mark(sign), f" {words}", class_="cl-text cl-flush"),
        class_=f"cl-half-card {sign.class_}-edge",
    )


def _findings(said: Foretold) -> Markup:
    """What each end makes of the other, by our verdicts."""
    ends = ((said.caller.name, said.called.name), (said.called.name, said.caller.name))
    lines = [_judged(*names, verdict)
             for names, verdict in zip(ends, said.verdicts, strict=True)]  # fmt: skip
    if said.verdicts == (None, None) and said.predicted_refusal is None:
        lines = [_line(NOTED, "In clear nobody is asked for a certificate.")]
    return tag("ul", lines, class_="cl-list")


def _judged(verifier: str, subject: str, verdict: Verdict | None) -> Markup:
    if verdict is None:
        return _line(OPEN, f"{verifier} has nothing to judge: {subject} presents no certificate.")
    if verdict.reason is None:
        return _line(ACCEPTED, f"{verifier} accepts {subject} (policy: {verdict.policy.title}).")
    return _line(REFUSED, f"{verifier} refuses {subject} (policy: {verdict.policy.title}). "
                 f"{verdict.reason.words}")  # fmt: skip


def _line(sign: Sign, words: str) -> Markup:
    return tag("li", mark(sign), tag("span", words))


def _sent(made: Call | PeerCall) -> Markup | None:
    """Which certificates each side put on the wire, its own first."""
    sent = made.exchange.sent
    if not any(sent.values()):
        return None
    rows = [(row_head(name), _chain(chain)) for name, chain in sent.items()]
    heads = ("Who", "Its own, then those that it sends along")
    return more("The certificates that were sent", table("Certificates sent", heads, rows),
                key="sent")  # fmt: skip


def _chain(chain: Iterable[Certificate]) -> Markup:
    links = [tag("div", f"{called(one)}, until {one.not_after:%Y-%m-%d %H:%M} UTC, ",
                 tag("span", f"{one.fingerprint[:16]}…", class_="cl-code", title=one.fingerprint))
             for one in chain]  # fmt: skip
    return join(links) if links else Markup("none")


# --- many calls ---------------------------------------------------------------------------------


def calls_view(calls: Calls) -> Markup:
    """Every call beside its prediction: the sum, what disagreed and why, and the table."""
    different = calls.disagreements
    if not calls.calls:
        said = "There is no link to call over" if calls.complete else "Ended before the first call"
        return tag("h3", said, class_="cl-title")
    named = [_line(NOTED, f"{_pair(one)}: {' '.join(one.explanations)}")
             for one in different[:_MOST]]  # fmt: skip
    rows = [
        (
            row_head(_pair(one)),
            tag("td", _cell(one.predicted_refusal is None, one.prediction)),
            tag("td", _cell(one.answered, one.outcome)),
            one.exchange.version or "",
            tag(
                "td",
                mark(ACCEPTED if one.agrees else NOTED),
                " yes" if one.agrees else " no",
                class_="cl-once",
            ),
        )
        for one in sorted(calls, key=lambda one: one.agrees)[:_MOST]
    ]
    heads = ("Call", "Predicted", "What happened", "Version", "As predicted")
    otherwise = f"{plural(len(different), 'call')} went otherwise than somebody predicted:"
    sum_ = otherwise if different else "Every prediction held."
    return join(
        tag("h3", calls.headline, class_="cl-title"),
        tag("p", mark(NOTED if different else ACCEPTED), f" {sum_}", class_="cl-text"),
        tag("ul", named, class_="cl-list") if named else None,
        table("Calls, prediction beside outcome", heads, rows, long=len(rows) > _FEW),
        _rest(len(calls)),
    )


def _pair(one: Call) -> str:
    return f"{one.caller.name} calls {one.called.name}"


def _cell(good: bool, words: str) -> Markup:
    return join(mark(ACCEPTED if good else REFUSED), f" {words}")


def _rest(count: int) -> Markup | None:
    if count <= _MOST:
        return None
    return tag("p", f"and {count - _MOST:,} more: see its frame", class_="cl-text cl-muted")


# --- trials -------------------------------------------------------------------------------------


def trials_view(trials: Trials) -> Markup:
    """Case by peer: what each said, with what was not as predicted marked and explained."""
    peers = list(dict.fromkeys((one.peer, one.role) for one in trials))
    cases = list(dict.fromkeys(one.case for one in trials))
    by_place = {(one.case, one.peer, one.role): one for one in trials}
    heads = ["Case", *(f"{peer}, of a {'caller' if role == 'client' else 'server'}"
                       for peer, role in peers)]  # fmt: skip
    rows = [
        (row_head(case), *(_trial(by_place.get((case, *place))) for place in peers))
        for case in cases[:_MOST]
    ]
    reasons = list(dict.fromkeys((one.peer, one.explanation) for one in trials if one.explanation))
    known = [_line(NOTED, f"{peer}: {reason}") for peer, reason in reasons]
    unknown = [_line(REFUSED, f"{one.peer} on {one.case}: predicted {one.prediction}, and nobody "
                     f"here knows why it went otherwise.")
               for one in trials.unexplained]  # fmt: skip
    asked = [one for one in trials if one.accepted is not None]
    agree = sum(one.agrees for one in asked)
    title = f"{plural(len(asked), 'question')} to real peers, {agree:,} answered as predicted"
    return join(
        tag("h3", title, class_="cl-title"),
        tag("ul", [*unknown, *known], class_="cl-list") if unknown or known else None,
        table("What each peer said to each case", heads, rows, long=len(rows) > _FEW),
        _rest(len(cases)),
    )


def _trial(one: Trial | None) -> Markup:
    if one is None or one.accepted is None:
        return tag("td", mark(OPEN), " not shown", title=one.words if one else None)
    sign = ACCEPTED if one.accepted else REFUSED
    said = f" {one.alert or visible(one.words, 60)}" if not one.accepted else " accepted"
    differs = None if one.agrees else join(" ", mark(NOTED), f" predicted: {one.prediction}")
    class_ = None if one.agrees else NOTED.class_
    return tag("td", mark(sign), said, differs, class_=class_, title=one.words or None)
