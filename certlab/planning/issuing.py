"""What is issued when: lifetimes and purposes by the dated facts, and the renewals that follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from ..deployment import (
    SELF,
    InternalPKI,
    SelfSigned,
    ThirdPartyCA,
    TrustModel,
    client_auth_end,
    moment,
)
from ..deployment.authority import PublicRules
from ..errors import InvalidInput
from ..validation import Purpose
from ..validation.facts import FACTS
from .assumptions import Assumptions

_Model = TypeVar("_Model", bound=TrustModel)

YEAR = 365
"""Days."""


def lived(model: _Model, assumed: Assumptions) -> _Model:
    """The model with the lifetimes that are assumed, where it states none but the usual."""
    if isinstance(model, ThirdPartyCA):
        return replace(model, private=lived(model.private, assumed))
    if isinstance(model, SelfSigned | InternalPKI):
        name = "self_signed_days" if isinstance(model, SelfSigned) else "pki_days"
        if model.lifetime_days == type(model)().lifetime_days:
            return replace(model, lifetime_days=int(assumed.value(name)))
    return model


class Terms(NamedTuple):
    """What an authority issues on a day: the longest lifetime, for which purpose, and why so."""

    issuer: str
    days: int
    purpose: Purpose
    facts: tuple[str, ...] = ()


def terms(model: Any, on: datetime | date | str) -> tuple[Terms, ...]:
    """What a trust model's certificates are when issued on that day (UTC), by the dated facts.

    A third party has two issuers from the day its public CA leaves client authentication out, or
    if it is split from the beginning. Raises ``InvalidInput`` for another model than the three.
    """
    day = moment(on).date()
    if isinstance(model, SelfSigned):
        return (Terms(SELF, model.lifetime_days, Purpose.MUTUAL),)
    if isinstance(model, InternalPKI):
        return (Terms(model.name, model.lifetime_days, Purpose.MUTUAL),)
    if not isinstance(model, ThirdPartyCA):
        raise InvalidInput("planning does not know this model", where=repr(model),
                           expected="SelfSigned, InternalPKI or ThirdPartyCA")  # fmt: skip
    rules, end = PublicRules(model.operator, None, ()), client_auth_end(model.operator)
    cap, longest = rules.cap(day), rules.longest(day)
    days = min(model.lifetime_days or longest, longest)
    if not (model.split or end.holds(day)):
        return (Terms(model.name, days, Purpose.MUTUAL, (cap.id,)),)
    ended = (end.id,) if end.holds(day) else ()
    return (
        Terms(model.name, days, Purpose.SERVER, (cap.id, *ended)),
        Terms(model.private.name, model.private.lifetime_days, Purpose.CLIENT, ended),
    )


@lru_cache(maxsize=256)
def terms_over(model: Any, at: date, years: int) -> dict[str, list[tuple[int, Terms]]]:
    """For each issuer: its terms from each day of a plan on, counted from 0, that changes them."""
    dates = {fact.effective for fact in FACTS.values() if fact.effective}
    last = at + timedelta(days=YEAR * years)
    found: dict[str, list[tuple[int, Terms]]] = {}
    for day in (at, *sorted(day for day in dates if at < day < last)):
        for now in terms(model, day):
            known = found.setdefault(now.issuer, [])
            if not known or known[-1][1] != now:
                known.append(((day - at).days, now))
    return found


@lru_cache(maxsize=1024)
def renewals_a_year(cycles: tuple[tuple[int, int], ...], years: int) -> tuple[float, ...]:
    """Renewals of one certificate in each year: (first day, cycle in days) of each period.

    At the beginning the certificates stand evenly spread over their cycle; each then comes back
    after the cycle of the day it was issued on.
    """
    horizon = YEAR * years
    first, begun = cycles[0]
    renewed = [0.0] * horizon
    for day in range(first, min(first + begun, horizon)):
        renewed[day] = 1 / begun
    ends = [start for start, _ in cycles[1:]] + [horizon]
    for (start, cycle), end in zip(cycles, ends, strict=True):
        for day in range(start, min(end, horizon - cycle)):
            renewed[day + cycle] += renewed[day]
    return tuple(sum(renewed[YEAR * year : YEAR * (year + 1)]) for year in range(years))
