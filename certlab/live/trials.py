"""Cases put before real peers: what each was predicted to say, and what it said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol

from cryptography import x509

from ..errors import CertlabError
from ..pki import Certificate, Draft, KeyPair, profile, self_signed
from ..validation import FindingKind as Kind
from ..validation import Outcome, Purpose, Verdict
from .parties import Contexts, Party, clock, crls_pem
from .peer_kinds import PEERS
from .peers import Peer, PeerCall, start_peer

if TYPE_CHECKING:
    import pandas as pd


class Case(Protocol):
    """One question to a verifier; the scenarios' cases are such."""

    @property
    def certificate(self) -> Certificate: ...
    @property
    def key(self) -> KeyPair: ...
    @property
    def intermediates(self) -> tuple[Certificate, ...]: ...
    @property
    def anchors(self) -> tuple[Certificate, ...]: ...
    @property
    def crls(self) -> tuple[x509.CertificateRevocationList, ...]: ...
    @property
    def ocsp(self) -> Sequence[object]: ...
    @property
    def name(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class PeerDifference:
    """A known reason why a peer comes to another verdict than its preset, as seen in trials.

    Where it ``accepts``, ``kinds`` are the failures it overlooks; where it refuses, ``words`` are
    found in what it says. ``role`` is that of the one it judges, None for both.
    """

    peer: str
    role: Purpose | None
    accepts: bool
    explanation: str
    kinds: frozenset[Kind] = frozenset()
    words: str = ""
    holds: Callable[[Verdict], bool] = field(default=lambda verdict: True, repr=False)

    def explains(self, trial: Trial) -> bool:
        """Whether this is why the peer said something else than predicted."""
        verdict = trial.predicted
        if (
            verdict is None
            or (self.peer, self.accepts) != (trial.peer, trial.accepted)
            or self.role not in (None, trial.role)
            or not self.holds(verdict)
        ):
            return False
        failing = {found.kind for found in verdict.findings if found.outcome is Outcome.FAIL}
        return failing <= self.kinds if self.accepts else bool(re.search(self.words, trial.words))


def _a_ca_was_revoked(verdict: Verdict) -> bool:
    return verdict.reason is not None and verdict.reason.certificate != verdict.certificate


# fmt: off
PEER_DIFFERENCES = (
    PeerDifference("stunnel", Purpose.CLIENT, True,
        "It looks at the list of the CA that issued the leaf, and at none further up.",
        kinds=frozenset({Kind.REVOKED}), holds=_a_ca_was_revoked),
    PeerDifference("gnutls", Purpose.CLIENT, True,
        "gnutls-serv does not ask what a caller's certificate may be used for.",
        kinds=frozenset({Kind.PURPOSE})),
    PeerDifference("gnutls", None, True,
        "GnuTLS takes RSA keys of 1024 bits unless its priorities ask for more.",
        kinds=frozenset({Kind.WEAK_KEY})),
    PeerDifference("gnutls", Purpose.CLIENT, True,
        "gnutls-serv reads a list that should have been replaced as if it were current.",
        kinds=frozenset({Kind.REVOCATION_STALE})),
    PeerDifference("gnutls", None, False,
        "GnuTLS follows the first way up and does not go back for another when that has ended.",
        words="expired|Error in the certificate", holds=lambda verdict: verdict.accepted),
    PeerDifference("gnutls", Purpose.SERVER, False,
        "gnutls-cli takes a list only when the CA that signed it is itself in the store.",
        words="CRL verification"),
)
# fmt: on
"""Every difference that is known, with the versions of Debian 12; anything else is news."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one peer said to one case, beside what its preset predicted.

    ``role`` is the one in which the peer judged the certificate. ``accepted`` is None where the
    case could not be shown to it; then ``words`` tell why.
    """

    case: str
    peer: str
    role: Purpose
    predicted: Verdict | None = field(repr=False)
    accepted: bool | None
    words: str
    alert: str | None = None

    @property
    def agrees(self) -> bool:
        """Whether it said what was predicted, or was not asked."""
        if self.accepted is None or self.predicted is None:
            return True
        return self.predicted.accepted is self.accepted

    @property
    def explanation(self) -> str:
        """Why it did not say what was predicted; empty when it did, or when nobody knows."""
        if self.agrees:
            return ""
        return next((d.explanation for d in PEER_DIFFERENCES if d.explains(self)), "")

    @property
    def prediction(self) -> str:
        """What its preset says, in two or three words."""
        if self.predicted is None:
            return ""
        return self.predicted.reason.short if self.predicted.reason else "accepted"


@dataclass(frozen=True)
class Trials:
    """Many trials, as values and as a table."""

    trials: tuple[Trial, ...]

    @property
    def unexplained(self) -> tuple[Trial, ...]:
        """Those that went otherwise than predicted and that no known difference explains."""
        return tuple(one for one in self.trials if not one.agrees and not one.explanation)

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each trial."""
        import pandas as pd  # when asked for: pandas takes longer to import than certlab

        outcomes = {True: "accepted", False: "refused", None: "not shown"}
        rows = [
            (
                one.case,
                one.peer,
                one.role.value,
                one.prediction,
                outcomes[one.accepted],
                one.words,
                one.alert or "",
                one.agrees,
                one.explanation,
            )
            for one in self.trials
        ]
        names = (
            *("case", "peer", "as", "predicted", "outcome"),
            *("its words", "alert", "agrees", "explanation"),
        )
        return pd.DataFrame(rows, columns=list(names))

    def __iter__(self) -> Iterator[Trial]:
        return iter(self.trials)

    def __len__(self) -> int:
        return len(self.trials)

    def __repr__(self) -> str:
        asked = [one for one in self.trials if one.accepted is not None]
        agree = sum(one.agrees for one in asked)
        return f"Trials({len(asked)} questions to real peers, {agree} answered as predicted)"


def try_peers(
    cases: Mapping[str, Case],
    peers: Iterable[str] | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Trials:
    """Put cases before real peers, in each role a peer can judge, and note what they say.

    ``cases`` are as of now (``scenario.build(clock())``): peers go by this computer's clock.
    ``peers`` are keys of ``PEERS``; left out, those that are installed. Cases with the same trusted
    roots and CRLs share one run of a peer. Raises ``ToolUnavailable`` for a peer that is not there.
    """
    chosen = [key for key, kind in PEERS.items() if kind.path] if peers is None else list(peers)
    alike: dict[tuple[tuple[Certificate, ...], bytes], list[str]] = {}
    for key, case in cases.items():
        alike.setdefault((case.anchors, crls_pem(case.crls)), []).append(key)
    key_pair = KeyPair.generate()
    draft = Draft(("peer.example",), profile("mutual-tls"), clock() - timedelta(hours=1))
    own = Party("the peer", self_signed(draft, key_pair), key_pair, host="peer.example")
    made: list[Trial] = []
    total = len(chosen) * len(cases)
    for kind in chosen:
        contexts = Contexts(weak_keys=True)
        done = 0
        for keys in alike.values():
            if cancelled is not None and cancelled():
                return Trials(tuple(made))
            first = cases[keys[0]]
            with start_peer(kind, replace(own, anchors=first.anchors, crls=first.crls)) as peer:
                for key in keys:
                    made += _try_one(peer, key, cases[key], contexts)
            done += len(keys)
            if progress is not None:
                progress(chosen.index(kind) * len(cases) + done, total)
    order = {key: place for place, key in enumerate(cases)}
    return Trials(tuple(sorted(made, key=lambda one: order[one.case])))


def _try_one(peer: Peer, key: str, case: Case, contexts: Contexts) -> Iterator[Trial]:
    assert peer.party.certificate is not None
    presenter = Party(
        "the presenter",
        case.certificate,
        case.key,
        case.intermediates,
        (peer.party.certificate,),
        host=case.name,
    )
    ways: list[tuple[Purpose, Callable[..., PeerCall]]] = [(Purpose.CLIENT, peer.called_by)]
    if peer.kind.can_call:
        ways.append((Purpose.SERVER, peer.calls))
    for role, way in ways:
        told = partial(Trial, key, peer.kind.key, role)
        if case.ocsp:
            yield told(None, None, "No peer here asks an OCSP responder.")
            continue
        try:
            call = way(presenter, contexts=contexts)
        except CertlabError as error:
            yield told(None, None, error.what)
            continue
        verdict, words = call.verdicts[role is Purpose.CLIENT], call.said or call.words
        if call.exchange.refused_by == presenter.name or _NOTHING_PRESENTED.search(words):
            yield told(verdict, None, "No TLS here signs with a key of this kind.")
            continue
        yield told(verdict, call.answered, "" if call.answered else words, call.exchange.alert)


_NOTHING_PRESENTED = re.compile(
    "did not return a certificate|no required SSL certificate|ertificate is required"
)
