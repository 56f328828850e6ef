"""The adviser: which model, why and why not, how sure, and what would change the advice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from ..deployment import SELF, Inventory, ThirdPartyCA, TrustModel, client_auth_end
from ..deployment.steps import listed
from .assumptions import ASSUMPTIONS, Assumptions
from .comparing import Comparison, Flip, compare
from .counting import IMPORT
from .effort import MODELS
from .figures import Figure, counted, times, total


@dataclass(frozen=True)
class Reason:
    """A sentence, with the Figure it rests on and the ids of its facts."""

    words: str
    figure: Figure | None = None
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Advice:
    """A recommendation. ``model`` is a key of the models, empty where none is needed.

    ``reasons`` speak for it and ``against`` it; ``others`` says by key why not another model;
    ``also`` is what to do besides. ``confidence`` is “high” when no single assumption within what
    is plausible changes the choice, “fair” when up to two do, else “low”. ``flips`` are the nearest
    changes, three at most; of the size of the estate, if no assumption would do it.
    """

    model: str
    title: str
    headline: str
    reasons: tuple[Reason, ...]
    against: tuple[Reason, ...]
    others: Mapping[str, Reason]
    also: tuple[Reason, ...]
    confidence: str
    flips: tuple[Flip, ...]
    comparison: Comparison = field(repr=False)


def advise(
    inventory: Inventory,
    *,
    at: datetime | date | str,
    assumptions: Assumptions = ASSUMPTIONS,
    models: Mapping[str, TrustModel] = MODELS,
    years: int = 5,
) -> Advice:
    """Recommend a model for this inventory, from ``at`` on (UTC). Raises as ``compare`` does."""
    found = compare(inventory, at=at, assumptions=assumptions, models=models, years=years)
    return advise_on(found)


def advise_on(found: Comparison) -> Advice:
    """Recommend one of the models that are compared."""
    inventory, years = found.inventory, found.years
    linked = sum(bool(peers) for peers in inventory.peers.values())
    if not linked:
        said = "No link needs mutual TLS, so no certificate is needed yet."
        return Advice("", "Nothing", said, (), (), {}, (), "high", (), found)
    key = found.choice
    flips = found.flips() or found.size_flips()
    near = [flip for flip in flips if flip.plausible]
    confidence = "high" if not near else "fair" if len(near) <= 2 else "low"
    chosen, yearly = found.costs[key], found.efforts[key].touches[-1]
    headline = (
        f"{chosen.title} for the {linked:,} devices that need mutual TLS: "
        f"{chosen.total.text} over {years} years, {yearly.text} in the last of them."
    )
    return Advice(
        key,
        chosen.title,
        headline,
        tuple(_for(found, key)),
        tuple(_against(found, key)),
        {other: _why_not(found, key, other) for other in found.costs if other != key},
        tuple(_also(found, key)),
        confidence,
        flips[:3],
        found,
    )


def _for(found: Comparison, key: str) -> Iterator[Reason]:
    ours = found.costs[key]
    others = [found.costs[other] for other in found.fit if other != key]
    least = min(others, key=lambda other: other.total.value, default=None)
    if least is None:
        alone = "compared" if len(found.costs) == 1 else "that can be"
        said = f"It is the only one {alone}: {ours.total.text}."
    elif least.total.value > ours.total.value:
        said = f"It costs least: {ours.total.text}; the next, {least.title}, costs "
        said += f"{least.total.text}."
    else:
        said = f"It costs {ours.total.text}, nearly as little as {least.title} at "
        said += f"{least.total.text}, and asks for fewer touches."
    yield Reason(said, ours.total)
    fewest = min(touches.value for touches in found.touches.values())
    if others and found.touches[key].value <= fewest:
        yield Reason(f"It asks for the fewest touches: {found.touches[key].text} in all years.",
                     found.touches[key])  # fmt: skip
    if _signs_itself(found, key):
        round_ = ours.effort.parts[0].round
        yield Reason("There is no CA to set up, to run or to pay.", ours.by_item["running a CA"])
        yield Reason("Even so, one round of renewals, each device once, is no more than "
                     f"{round_.text}.", round_)  # fmt: skip
    else:
        yield Reason("A renewal is three touches wherever it is; nobody else is touched.")
        yield Reason("A lost key is revoked in one place; who reads the CA’s list learns it.")
    if not isinstance(found.models[key], ThirdPartyCA) and "third-party" in found.models:
        end = _end(found)
        yield Reason(f"In public certificates client authentication {_tense(found)} on {end[1]}; "
                     "certificates of one’s own serve both ways.", None, (end[0],))  # fmt: skip


def _against(found: Comparison, key: str) -> Iterator[Reason]:
    work, ours = found.efforts[key], found.costs[key]
    if _signs_itself(found, key):
        most = max(len(peers) for peers in found.inventory.peers.values())
        figure = counted("stores that hold one certificate", most, "stores",
                         "the most links of one device in the inventory")  # fmt: skip
        yield Reason("Nothing can be revoked: a lost key is removed by hand, "
                     f"from up to {figure.text}.", figure)  # fmt: skip
        yield Reason("A renewal touches every peer of the device, and cannot be automated.")
    if ours.by_item["running a CA"].value:
        both = total("setting up and running a CA", "USD",
                     (ours.by_item["setting up a CA"], ours.by_item["running a CA"]))  # fmt: skip
        yield Reason(f"A CA has to be set up and run: {both.text}.", both)
        by_hand = sum(
            count for part in work.parts for did, count in part.tally.touches.items()
            if did.kind == IMPORT and not did.issuer
        )  # fmt: skip
        if by_hand:
            figure = counted("roots imported by hand", by_hand, "imports",
                             "the Steps of the procedure on what no policy reaches")  # fmt: skip
            yield Reason(f"The root is imported by hand on what no policy reaches: {figure.text}.",
                         figure)  # fmt: skip
    if isinstance(found.models[key], ThirdPartyCA):
        yield _shorter(found, key)


def _why_not(found: Comparison, key: str, other: str) -> Reason:
    gap = found.costs[other].total.value - found.costs[key].total.value
    way = "more" if gap >= 0 else "less"
    both = found.costs[other].total, found.costs[key].total
    more = Figure(abs(gap), "USD", "the difference of the two costs", both, (), "it costs " + way)
    said = f"{found.costs[other].title} costs {more.text} {way}"
    if isinstance(found.models[other], ThirdPartyCA):
        reason = _shorter(found, other)
        return Reason(f"{said}. {reason.words}", more, reason.facts)
    if _signs_itself(found, other):
        yearly = found.efforts[other].touches[-1]
        return Reason(f"{said}, and takes {yearly.text} a year to renew.", yearly)
    return Reason(f"{said}, mostly for the CA.", more)


def _shorter(found: Comparison, key: str) -> Reason:
    """What the dated facts do to public certificates in these years."""
    (end, day), work = _end(found), found.efforts[key]
    last = work.parts[0].periods[-1].terms
    said = (
        f"Client authentication {_tense(found)} on {day}, so it needs a private CA beside it for "
        f"the calling side, and its certificates come to live {last.days} days: "
        f"{work.touches[-1].text} in the last year."
    )
    facts = (end, *last.facts)
    if found.unfit:
        said += f" And no public CA may certify the names of {listed(found.unfit)}."
        facts = (*facts, "internal-names")
    return Reason(said, work.touches[-1], facts)


def _also(found: Comparison, key: str) -> Iterator[Reason]:
    assumed, work = found.assumptions, found.efforts[key]
    rate, outsiders = assumed.figure("rate"), assumed.figure("outsiders")
    end = _end(found)
    if outsiders.value and not isinstance(found.models[key], ThirdPartyCA):
        price = assumed.figure("certificate_price")
        bought = times("public certificates a year", "USD", outsiders, price)
        yield Reason(
            f"Where outsiders call in ({outsiders.value:.0f} devices), add a public certificate "
            f"for the answering side alone: {bought.text} a year. The calling side keeps the "
            "private one: two certificates on such a host.", bought, (end[0],))  # fmt: skip
    if isinstance(found.models[key], ThirdPartyCA):
        yield Reason(
            f"Split each pair by {end[1]}: a private CA for client authentication, and public "
            "certificates only where outsiders connect.", None, (end[0],))  # fmt: skip
    high = assumed["automation"].high
    if not _signs_itself(found, key) and assumed.value("automation") < high:
        other = replace(found, assumptions=assumed.changed(automation=high))
        automated = other.costs[key]
        gain = found.costs[key].total.value - automated.total.value
        if gain > 0:
            inputs = found.costs[key].total, automated.total, rate
            figure = Figure(gain, "USD", "cost by hand − cost when automated", inputs, (), "saved")
            yield Reason(f"Let {high:.0f} % of the certificates renew by themselves: it saves "
                         f"{figure.text}.", figure)  # fmt: skip
    if _signs_itself(found, key):
        part = work.parts[0]
        yield Reason(f"Renew in time: each certificate lives {part.periods[0].terms.days} days.",
                     part.rates[0])  # fmt: skip


def _signs_itself(found: Comparison, key: str) -> bool:
    return found.efforts[key].parts[0].issuer == SELF


def _tense(found: Comparison) -> str:
    day = _end(found)[1]
    return "ended" if day and day <= found.at else "ends"


def _end(found: Comparison) -> tuple[str, date | None]:
    """When public certificates lose client authentication: the id of the fact, and the day."""
    public = [m.operator for m in found.models.values() if isinstance(m, ThirdPartyCA)]
    end = client_auth_end(public[0] if public else "")
    return end.id, end.effective
