"""What exercises are made from: small labs, and one maker for each kind of question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from random import Random

from ..deployment import (
    Deployment,
    Device,
    DialPlan,
    ImportAnchor,
    InternalPKI,
    Inventory,
    RemoveAnchor,
    Role,
    SecurityMode,
    SelfSigned,
    Step,
    ThirdPartyCA,
    TrustModel,
    deploy,
    moment,
    trust_matrix,
)
from ..deployment.steps import listed
from ..errors import StepRefused
from .diagnosis import diagnose, outcome, reason_told, together, told
from .exercise_demands import steps_at_most
from .fault_steps import CLOCK
from .faults import FAULTS
from .problems import (
    Demand,
    Design,
    Diagnosis,
    Prediction,
    Problem,
    Repair,
    given,
    works,
)

BEGUN, NOW = moment("2026-07-27"), moment("2026-11-24")
PKI, ROOT = "Lab PKI", "Lab PKI root"
PUBLIC, PUBLIC_ROOT = "Example Public CA", "Example Public Root"
MODELS: dict[str, TrustModel] = {
    "self-signed": SelfSigned(),
    "pki": InternalPKI(),
    "bought": ThirdPartyCA(),
}
Pair = tuple[str, str]
Change = Callable[[Deployment, str, str], tuple[Step, ...]]


@cache
def estate(servers: int, gateways: int, pbxs: int, shipping: int = 0) -> Inventory:
    """So many devices in one dial plan; the first few ship the simulated public root."""
    kinds = (Role.UM_SERVER, "um", servers), (Role.GATEWAY, "gw", gateways), (Role.PBX, "pbx", pbxs)
    names = [(f"{short}{n}", role) for role, short, count in kinds for n in range(1, count + 1)]
    return Inventory.of(
        (
            Device(name, f"{name}.office.example", role, ("office",), role is Role.UM_SERVER,
                   (PUBLIC_ROOT,) if place < shipping else ())
            for place, (name, role) in enumerate(names)
        ),
        [DialPlan("office", SecurityMode.SIP_SECURED)],
    )  # fmt: skip


@cache
def office(model: str, servers: int = 1, gateways: int = 2, pbxs: int = 1) -> Deployment:
    """A working office of some months, without a journal."""
    devices = estate(servers, gateways, pbxs, shipping=2 if model == "bought" else 0)
    return given(deploy(devices, MODELS[model], at=BEGUN, seed="exercises").moved_to(NOW))


def pair_of(lab: Deployment, chance: Random, *, anyone: bool = False) -> Pair:
    """A presenter and a verifier.

    Of a server that signs for itself, several would have to know of a new certificate; so it
    presents only where ``anyone`` can.
    """
    directions = [pair for link in lab.inventory.links for pair in link.directions]
    if not lab.authorities and not anyone:
        directions = [(a, b) for a, b in directions if len(lab.inventory.peers[a]) == 1]
    return chance.choice(directions)


# --- predict --------------------------------------------------------------------------------------


def verdict(
    model: str,
    cases: Mapping[str, Change],
    chance: Random,
    lab: Deployment | None = None,
    clue: str = "",
) -> Problem:
    """Ask for the verdict after one of these changes; the keys tell them."""
    lab = lab or office(model)
    presenter, verifier = pair_of(lab, chance)
    ends = (lab.run(change(lab, presenter, verifier)) for change in cases.values())
    options = dict(sorted(outcome(end, verifier, presenter) for end in ends))
    words, change = chance.choice(list(cases.items()))
    lead = words.format(presenter=presenter, verifier=verifier,
                        fqdn=lab.inventory.device(presenter).fqdn)  # fmt: skip
    return Prediction(
        lab,
        f"{lead} Does {verifier} accept {presenter} on a mutual TLS link?",
        change(lab, presenter, verifier),
        options,
        lambda after: (outcome(after, verifier, presenter)[0], told(after, verifier, presenter)),
        (presenter, verifier),
        clue,
    )


def count(lab: Deployment, question: str, steps: tuple[Step, ...], clue: str) -> Problem:
    """Ask how many directions work after these Steps; of each reason, one refusal is explained."""
    total = 2 * len(lab.inventory.links)

    def ask(after: Deployment) -> tuple[str, str]:
        refused: dict[str, list[str]] = {}
        reasons: dict[str, str] = {}  # by kind
        for verifier, subject in trust_matrix(after).refused:
            refused.setdefault(subject, []).append(verifier)
            kind, _ = outcome(after, verifier, subject)
            reasons.setdefault(kind, reason_told(after, verifier, subject))
        whom = "; ".join(f"{listed(who)} refuse{'s' * (len(who) == 1)} {subject}"
                         for subject, who in refused.items())  # fmt: skip
        said = (f"{works(after)} of {total} directions work.", f"{whom}." if whom else "",
                *reasons.values())  # fmt: skip
        return str(works(after)), together(filter(None, said))

    options = {str(n): f"{n} of {total}" for n in range(total + 1)}
    return Prediction(lab, f"{question} How many of the {total} directions work then?",
                      steps, options, ask, clue=clue)  # fmt: skip


# --- diagnose -------------------------------------------------------------------------------------


def hidden(
    model: str,
    keys: Iterable[str],
    count: int,
    chance: Random,
    size: tuple[int, int, int] = (1, 2, 1),
    refused: int = 0,
    anyone: bool = False,
) -> Problem:
    """A lab with so many of these faults, each at another place, as the engine finds them.

    At least so many directions are ``refused`` by then. ``anyone`` can present, see ``pair_of``.
    """
    lab, pool = office(model, *size), list(keys)
    while True:
        broken, chosen = lab, chance.sample(pool, count)
        try:
            for key in chosen:
                broken = FAULTS[key].apply(broken, *pair_of(lab, chance, anyone=anyone))
        except StepRefused:
            continue
        if len(trust_matrix(broken).refused) < refused:
            continue
        found = diagnose(broken, NOW)
        apart = len({place for _, place in found}) == count
        if apart and sorted(key for key, _ in found) == sorted(chosen):
            break
    many = "One thing is" if count == 1 else f"{('Two', 'Three')[count - 2]} things are"
    question = (f"It is {NOW:%Y-%m-%d}. {many} wrong in this office. Look at what each device "
                "presents and trusts, and find what is wrong, and where.")  # fmt: skip
    places = (*lab.inventory.devices, *sorted(lab.authorities), CLOCK)
    return Diagnosis(given(broken), question, NOW, possible(model), places)


@cache
def possible(model: str) -> tuple[str, ...]:
    """The faults that can be had in such an office at all."""
    lab, found = office(model), []
    for key, fault in FAULTS.items():
        try:
            fault.steps(lab, "gw1", "um1")
        except StepRefused:
            continue
        if lab.authorities or key != "self-signed":  # where all sign for themselves it is no fault
            found.append(key)
    return tuple(found)


# --- repair ---------------------------------------------------------------------------------------

MEND = " Make every link work again, in as few steps as it takes, and open no hole."


def broken(
    model: str, story: str, fault: Change, mend: Change, chance: Random, pair: Pair | None = None
) -> Problem:
    """A lab with a fault between two devices, and the Steps that mend it."""
    lab = office(model)
    presenter, verifier = pair or pair_of(lab, chance)
    broken = given(lab.run(fault(lab, presenter, verifier)))
    words = story.format(presenter=presenter, verifier=verifier)
    return Repair(broken, words + MEND, NOW, mend(broken, presenter, verifier))


def told_all(lab: Deployment, who: str, *first: Step) -> tuple[Step, ...]:
    """These Steps, and then every peer imports the device's certificate."""
    return *first, *(ImportAnchor(peer, who) for peer in lab.inventory.peers[who])


def forgotten(lab: Deployment, who: str) -> tuple[Step, ...]:
    """Every peer removes the device's certificate."""
    return tuple(RemoveAnchor(peer, who) for peer in lab.inventory.peers[who])


def anybody(model: str, story: str, fault: Change, mend: Change, chance: Random) -> Problem:
    """As ``broken``, at any device, the servers too: all its peers are concerned."""
    who = chance.choice(list(office(model).inventory.devices))
    pair = who, office(model).inventory.peers[who][0]
    return broken(model, story, fault, mend, chance, pair)


# --- design ---------------------------------------------------------------------------------------
def design(
    story: str, models: tuple[tuple[str, str, TrustModel], ...], demands: tuple[Demand, ...],
    chance: Random, *, day: str = "2026-11-24", servers: tuple[int, int] = (1, 1),
    others: tuple[int, int] = (3, 8), fewest: SelfSigned | InternalPKI | None = None,
) -> Problem:  # fmt: skip
    """A choice among models; with ``fewest``, in no more steps than that model takes."""
    size = chance.randint(*servers), chance.randint(*others)
    return _designed(story, models, demands, day, size, fewest)


@cache
def _designed(
    story: str, models: tuple[tuple[str, str, TrustModel], ...], demands: tuple[Demand, ...],
    day: str, size: tuple[int, int], fewest: SelfSigned | InternalPKI | None,
) -> Problem:  # fmt: skip
    devices = estate(*size, 1, shipping=2)
    if fewest is not None:
        demands = *demands, steps_at_most(len(fewest.procedure(devices)))
    many = "one UM server" if size[0] == 1 else f"{size[0]} UM servers"
    wanted = " ".join(f"({n}) {demand.words}." for n, demand in enumerate(demands, start=1))
    question = (
        f"It is {day}. The office has {many} and {size[1] + 1} other devices. {story} {wanted}"
    )
    keyed = {key: (title, model) for key, title, model in models}
    return Design(devices, f"{question} Which model meets all of it?", moment(day), keyed, demands)
