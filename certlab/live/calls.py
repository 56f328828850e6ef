"""Calls between the devices of a Deployment, for real, beside what was predicted."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from ..deployment import (
    Deployment,
    ImportInto,
    RemoveFrom,
    Revoke,
    SecurityMode,
    Step,
    trust_matrix,
    why,
)
from ..errors import InvalidInput
from ..validation import OPENSSL_DEFAULT, Purpose, VerificationPolicy
from .differences import explanation
from .handshake import Exchange, mutual_tls, over_loopback
from .opinions import PYTHON_SSL, Opinion
from .parties import Contexts, Party, TlsVersion, clock, crls_today
from .tries import Tried, Verdicts

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Call(Tried):
    """A call between two devices of a Deployment, beside the verdicts and the trust matrix.

    ``verdicts`` are by ``policy``. ``matrix`` holds what the trust matrix says of the same two
    directions, for the lab's own date and policy and for both roles at once.
    """

    deployment: Deployment
    security: SecurityMode
    matrix: Verdicts

    @property
    def predicted_refusal(self) -> str | None:
        """Who refuses by our verdicts, or None. The caller judges first; in clear nobody does."""
        return super().predicted_refusal if self.security.needs_mutual_tls else None

    @property
    def dates(self) -> str:
        """What to know when the lab's date is not this computer's; empty when they agree."""
        lab = self.deployment.at
        if abs(lab - self.at) < timedelta(days=1) or not self.security.needs_mutual_tls:
            return ""
        return (
            f"The lab's date is {lab:%Y-%m-%d}, and the TLS library judges by this computer's "
            f"clock, {self.at:%Y-%m-%d}. moved_to_today(lab) makes the same lab with its dates "
            "moved to today."
        )

    @cached_property
    def explanations(self) -> tuple[str, ...]:
        """Why it went otherwise than predicted, or otherwise than the trust matrix says."""
        found = [] if self.agrees else [self._surprise()]
        if self.security.needs_mutual_tls:
            found += filter(None, map(self._beside_the_matrix, (0, 1)))
        return tuple(found)

    def _surprise(self) -> str:
        import ssl

        refuser = self.exchange.refused_by
        verdict = self.verdicts[refuser == self.called.name]
        if verdict is not None:
            said = Opinion(PYTHON_SSL, ssl.OPENSSL_VERSION, refuser is None, self.words)
            pool = (*self.caller.sends, *self.called.sends, *self.caller.anchors)
            known = explanation(verdict, said, (*pool, *self.called.anchors))
            if known is not None:
                return known.explanation
        return f"Predicted was “{self.prediction}”, and nobody here knows why it went otherwise."

    def _beside_the_matrix(self, side: int) -> str:
        """What the matrix says of this direction, where it is not what this verdict says."""
        here, there = self.verdicts[side], self.matrix[side]
        if here is None or there is None or here.accepted is there.accepted:
            return ""
        verifier, subject = (self.caller, self.called)[:: -1 if side else 1]
        reason = (there if here.accepted else here).reason
        return (
            f"The trust matrix says that {verifier.name} "
            f"{'accepts' if there.accepted else 'refuses'} {subject.name} in both roles, by "
            f"{there.policy.title} on {there.at:%Y-%m-%d}; here it "
            f"{'accepts' if here.accepted else 'refuses'} it as a "
            f"{'caller' if side else 'server'}, by {here.policy.title} on {here.at:%Y-%m-%d}. "
            f"{reason.words if reason else ''}"
        )

    def _remarks(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.dates, *self.explanations)))


def call(
    deployment: Deployment,
    caller: str,
    called: str,
    *,
    version: TlsVersion | str | None = None,
    policy: VerificationPolicy = OPENSSL_DEFAULT,
    timeout: float = 10.0,
) -> Call:
    """Let one device call another for real: mutual TLS over loopback, SIP OPTIONS, its answer.

    Both sides are Python's ssl with the devices' own certificates and stores, set up to judge by
    ``policy`` as far as OpenSSL can. ``version`` is TLS 1.2 or 1.3; left out, they agree on one.
    Where the two share only unsecured dial plans, the call is plain TCP. It takes at most
    ``timeout`` seconds. Raises ``UnknownName``, and ``InvalidInput`` for one that calls itself.
    """
    if deployment.inventory.device(caller) == deployment.inventory.device(called):
        raise InvalidInput("a device does not call itself", where=repr(caller))
    link = deployment.inventory.link_between(caller, called)
    security = link.security if link is not None else SecurityMode.SIP_SECURED
    contexts = (
        Contexts(None if version is None else TlsVersion(version), policy)
        if security.needs_mutual_tls
        else None
    )
    crls = crls_today(deployment)
    ends = (
        Party.of(deployment, caller, Purpose.CLIENT, crls=crls),
        Party.of(deployment, called, Purpose.SERVER, crls=crls),
    )
    exchange = over_loopback(*ends, contexts, timeout=timeout)
    matrix = (
        why(deployment, caller, trusts=called).verdict,
        why(deployment, called, trusts=caller).verdict,
    )
    return _call(deployment, ends, security, policy, exchange, matrix)


@dataclass(frozen=True)
class Calls:
    """Many calls beside their predictions. ``complete`` is False when they were cut short."""

    calls: tuple[Call, ...]
    complete: bool = True

    @property
    def disagreements(self) -> tuple[Call, ...]:
        """The calls that went otherwise than predicted, or otherwise than the matrix says."""
        return tuple(made for made in self.calls if made.explanations)

    @property
    def headline(self) -> str:
        """What came of them in one line."""
        answered = sum(made.answered for made in self.calls)
        agree = sum(made.agrees for made in self.calls)
        told = f"{answered} of {len(self.calls)} calls were answered, {agree} went as predicted"
        return told if self.complete else f"{told}; the rest was not tried"

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each call: prediction beside outcome, and why they differ."""
        import pandas as pd  # when asked for: pandas takes longer to import than certlab

        rows = [
            (
                made.caller.name,
                made.called.name,
                made.exchange.version,
                made.prediction,
                made.outcome,
                made.agrees,
                " ".join(made.explanations),
            )
            for made in self.calls
        ]
        names = ["caller", "called", "version", "predicted", "outcome", "agrees", "explanation"]
        return pd.DataFrame(rows, columns=names)

    def __iter__(self) -> Iterator[Call]:
        return iter(self.calls)

    def __len__(self) -> int:
        return len(self.calls)

    def __repr__(self) -> str:
        return f"Calls({self.headline})"


def call_all(
    deployment: Deployment,
    pairs: Literal["links", "all"] = "links",
    *,
    sample: int | None = None,
    version: TlsVersion | str | None = None,
    policy: VerificationPolicy = OPENSSL_DEFAULT,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Calls:
    """Call over every link that needs mutual TLS, in both directions, or between all pairs.

    The handshakes are real; their bytes pass in memory, and a device's TLS contexts are made
    once. ``sample`` takes so many of the calls, always the same ones. ``progress(done, total)`` is
    told after each; where ``cancelled()`` turns true, the calls made so far come back.
    """
    inventory = deployment.inventory
    if pairs == "all":
        wanted = [(a, b) for a in inventory.devices for b in inventory.devices if a != b]
    else:
        wanted = [pair for link in inventory.links for pair in link.directions]
    if sample is not None and sample < len(wanted):
        chosen = random.Random(0).sample(range(len(wanted)), sample)  # noqa: S311 - to pick calls
        wanted = [wanted[place] for place in sorted(chosen)]
    contexts = Contexts(None if version is None else TlsVersion(version), policy)
    crls, matrix = crls_today(deployment), trust_matrix(deployment, pairs)
    callers = {a: Party.of(deployment, a, Purpose.CLIENT, crls=crls) for a, _ in wanted}
    servers = {b: Party.of(deployment, b, Purpose.SERVER, crls=crls) for _, b in wanted}
    made: list[Call] = []
    for caller, called in wanted:
        if cancelled is not None and cancelled():
            break
        ends = callers[caller], servers[called]
        exchange = mutual_tls(*ends, contexts=contexts)
        beside = matrix.cell(caller, called).verdict, matrix.cell(called, caller).verdict
        made.append(_call(deployment, ends, SecurityMode.SIP_SECURED, policy, exchange, beside))
        if progress is not None:
            progress(len(made), len(wanted))
    return Calls(tuple(made), len(made) == len(wanted))


def moved_to_today(deployment: Deployment) -> Deployment:
    """The same lab as it would be if its moment were now, by this computer's clock.

    Everything that was run is run again, as long before now as it was before the lab's moment; so
    certificates have the ages they had, and new dates. A lab from a seed keeps its keys. What was
    there before the first run, such as the roots that devices ship, stays as it is.
    """
    history = [deployment]
    while history[-1].previous is not None:
        history.append(history[-1].previous)
    moved_by = clock() - deployment.at
    before = history.pop()
    again = replace(before, at=before.at + moved_by)
    made_again: dict[str, str] = {}
    for lab in reversed(history):
        assert lab.entry is not None, "every Deployment after the first comes from a run"
        steps = [_for(step, made_again) for step in lab.entry.steps]
        again = again.moved_to(before.at + moved_by).run(steps)
        for name in (*lab.inventory.devices, *lab.authorities):
            old, new = lab.offered_by(name), again.offered_by(name)
            if old is not None and new is not None:
                made_again[old.fingerprint] = new.fingerprint
        before = lab
    return again.moved_to(deployment.at + moved_by).with_policy(deployment.policy)


def _for(step: Step, made_again: Mapping[str, str]) -> Step:
    """A Step that names a certificate by its fingerprint, for the one made in its place."""
    if isinstance(step, ImportInto | RemoveFrom | Revoke) and step.fingerprint is not None:
        return replace(step, fingerprint=made_again.get(step.fingerprint))
    return step


def _call(
    deployment: Deployment,
    ends: tuple[Party, Party],
    security: SecurityMode,
    policy: VerificationPolicy,
    exchange: Exchange,
    matrix: Verdicts,
) -> Call:
    (caller, called), at = ends, clock()
    verdicts: Verdicts = (None, None)
    if security.needs_mutual_tls:
        verdicts = (
            caller.judges(called, Purpose.SERVER, at, policy),
            called.judges(caller, Purpose.CLIENT, at, policy),
        )
    return Call(caller, called, exchange, verdicts, at, deployment, security, matrix)
