"""What happens in the exercises: the cases that are predicted, and what is broken and mended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

from ..deployment import (
    CreateAuthority,
    Deployment,
    ImportAnchor,
    ImportInto,
    PublishCRL,
    RemoveAnchor,
    Renew,
    Revoke,
    SelfSigned,
    SendChain,
    Step,
    Store,
    ThirdPartyCA,
    begin,
    trust_matrix,
)
from ..deployment.steps import listed
from ..validation import (
    IGNORES_REVOCATION,
    OPENSSL_DEFAULT,
    RFC5280,
    SIP_IGNORES_NAMES,
)
from .diagnosis import outcome, told
from .exercise_makers import (
    MEND,
    NOW,
    PKI,
    PUBLIC_ROOT,
    ROOT,
    Change,
    broken,
    count,
    estate,
    office,
    verdict,
)
from .fault_steps import IssueByHand, NeglectCRL, SetClock
from .faults import FAULTS
from .problems import (
    Prediction,
    Problem,
    Repair,
    given,
)


def _imported(**changes: object) -> Change:
    """The presenter has such a self-signed certificate, and the verifier has imported it."""
    return lambda lab, who, whom: (
        RemoveAnchor(whom, who),
        IssueByHand(who, **changes),  # type: ignore[arg-type]
        ImportAnchor(whom, who),
    )


_LEAD = "{verifier} has {presenter}’s self-signed certificate among its trusted roots. "
USES = {
    _LEAD + "It was made 366 days ago for 365 days.": _imported(since_days=-366),
    _LEAD + "It was made a minute ago, on a machine whose clock runs a day ahead of {verifier}’s.":
        _imported(since_days=1),
    _LEAD + "Its extended key usage lists TLS server authentication, and nothing else.":
        _imported(profile="tls-server"),
    _LEAD + "Its extended key usage lists TLS client authentication, and nothing else.":
        _imported(profile="tls-client"),
    _LEAD + "It was made 200 days ago for 365 days, for servers and clients.":
        _imported(since_days=-200),
}  # fmt: skip
"""An imported certificate whose dates or uses may be wrong."""


def _named(*patterns: str, common_name: str = "") -> Change:
    def change(lab: Deployment, who: str, whom: str) -> tuple[Step, ...]:
        fqdn = lab.inventory.device(who).fqdn
        names = tuple(pattern.format(fqdn=fqdn, host=who) for pattern in patterns)
        made = IssueByHand(who, names=names, common_name=common_name.format(fqdn=fqdn))
        return RemoveAnchor(whom, who), made, ImportAnchor(whom, who)

    return change


NAMES = {
    _LEAD + "Its only alternative name is *.office.example; it is reached as {fqdn}.":
        _named("*.office.example"),
    _LEAD + "Its only alternative name is office.example; it is reached as {fqdn}.":
        _named("office.example"),
    _LEAD + "Its common name is {fqdn}, and its only alternative name is voice.office.example.":
        _named("voice.office.example", common_name="{fqdn}"),
    _LEAD + "Its alternative names are voice.office.example and {fqdn}; the common name is "
        "voice.office.example.": _named("voice.office.example", "{fqdn}"),
    _LEAD + "Its only alternative name is *.example; it is reached as {fqdn}.":
        _named("*.example"),
}  # fmt: skip
"""An imported certificate with other names than the one that is called."""


def _only(*steps: Callable[[str, str], Step]) -> Change:
    """The verifier loses the PKI's root, and this is done instead."""
    return lambda lab, who, whom: (RemoveAnchor(whom, ROOT), *(make(who, whom) for make in steps))


STORES: dict[str, Change] = {
    "Among {verifier}’s trusted roots is the PKI’s issuing CA, and not the PKI’s root.":
        _only(lambda who, whom: ImportAnchor(whom, PKI)),
    "{verifier} holds the PKI’s root among the intermediates, and no CA among its trusted roots.":
        _only(lambda who, whom: ImportInto(whom, ROOT, Store.INTERMEDIATE)),
    "Among {verifier}’s trusted roots is {presenter}’s own certificate, and no CA.":
        _only(lambda who, whom: ImportAnchor(whom, who)),
    "Among {verifier}’s trusted roots is the root of another PKI of the house.":
        lambda lab, who, whom: (
            CreateAuthority("Other PKI", "Other PKI root"), RemoveAnchor(whom, ROOT),
            ImportAnchor(whom, "Other PKI root")),
    "{presenter} has signed for itself over the weekend; {verifier} holds the PKI’s root.":
        lambda lab, who, whom: (IssueByHand(who),),
    "{verifier} holds the issuing CA among the intermediates, and the PKI’s root nowhere.":
        _only(lambda who, whom: ImportInto(whom, PKI, Store.INTERMEDIATE)),
}  # fmt: skip
"""What a verifier holds of a PKI, and in which store."""

CHAINS: dict[str, Change] = {
    "{presenter} sends its own certificate and nothing else.":
        lambda lab, who, whom: (SendChain(who, send=False),),
    "{presenter} sends only its own certificate; {verifier} has the issuing CA among the "
    "intermediates.":
        lambda lab, who, whom: (SendChain(who, send=False),
                                ImportInto(whom, PKI, Store.INTERMEDIATE)),
    "{presenter} sends the issuing CA along; {verifier} has lost the root.":
        lambda lab, who, whom: (RemoveAnchor(whom, ROOT),),
    "{presenter} has a new certificate from the PKI, with a new key, and tells nobody.":
        lambda lab, who, whom: (IssueByHand(who, PKI),),
}  # fmt: skip
"""What a device sends beside its certificate."""

REVOKED: dict[str, Change] = {
    "The PKI has just revoked {presenter}’s certificate. Its next list is due on schedule.":
        lambda lab, who, whom: (Revoke(PKI, who),),
    "The PKI has revoked {presenter}’s certificate and published a list at once.":
        lambda lab, who, whom: (Revoke(PKI, who), PublishCRL(PKI)),
    "The PKI revoked {presenter}’s certificate eight days ago; it publishes a list every week.":
        lambda lab, who, whom: (Revoke(PKI, who), SetClock("2026-12-02")),
    "The PKI revoked {presenter}’s certificate, published, and issued a new one, which is "
    "installed.":
        lambda lab, who, whom: (Revoke(PKI, who), PublishCRL(PKI), Renew(who, PKI)),
    "The PKI has revoked nothing, and its last list ended three days ago.":
        lambda lab, who, whom: (NeglectCRL(PKI),),
}  # fmt: skip
"""Certificates and lists of a PKI that revokes."""

_JUDGES: dict[str, Change] = {
    "{presenter}’s certificate is for its old name.": FAULTS["name"].steps,
    "{presenter}’s certificate is revoked, and the list is published.": FAULTS["revoked"].steps,
    "Among {verifier}’s trusted roots is the issuing CA and not the root.":
        _only(lambda who, whom: ImportAnchor(whom, PKI)),
    "Among {verifier}’s trusted roots is {presenter}’s own certificate and no CA.":
        _only(lambda who, whom: ImportAnchor(whom, who)),
}  # fmt: skip


def judged_by(chance: Random) -> Problem:
    """The same facts before one of several verifiers."""
    policy = chance.choice((RFC5280, OPENSSL_DEFAULT, SIP_IGNORES_NAMES, IGNORES_REVOCATION))
    lead = f"{policy.title} is the judge. {policy.explanation} "
    cases = {lead + words: change for words, change in _JUDGES.items()}
    return verdict("pki", cases, chance, office("pki").with_policy(policy))


def new_keys(chance: Random) -> Problem:
    """One or two devices have new keys, and nobody was told of them."""
    lab = office("self-signed", *chance.choice(((1, 2, 1), (1, 3, 0), (2, 2, 0))))
    who = sorted(chance.sample(list(lab.inventory.devices), chance.choice((1, 2))))
    story = f"{' and '.join(who)} made a new self-signed certificate overnight. Nobody was told."
    peers = [f"{name} has a link with {listed(lab.inventory.peers[name])}" for name in who]
    clue = (f"{'; '.join(peers)}. Look into the trusted roots on both sides of each link: who "
            f"holds the old certificate of {' or '.join(who)}? Each such direction fails. What "
            f"{' and '.join(who)} hold{'s' * (len(who) == 1)} has not changed.")  # fmt: skip
    return count(lab, story, tuple(IssueByHand(name) for name in who), clue)


def imports(chance: Random) -> Problem:
    """How many imports it takes where everybody signs for himself."""
    servers, others = chance.randint(1, 4), chance.randint(3, 9)
    devices = estate(servers, others, 0)
    procedure = SelfSigned().procedure(devices)
    wrong = {servers + others, servers * others, 2 * servers * others, (servers + others) ** 2}
    right = sum(len(phase) for phase in procedure.phases[1:])
    told_as = "; ".join(f"{phase.title}: {len(phase)}" for phase in procedure.phases)
    many = "one UM server" if servers == 1 else f"{servers} UM servers, which talk to each other,"
    return Prediction(
        begin(devices, at=NOW, seed="exercises"),
        f"An office has {many} and {others} gateways. Everybody signs for himself. How many "
        "imports does it take until every link works both ways?",
        (),
        {str(n): f"{n} imports" for n in sorted(wrong | {right})},
        lambda after: (str(right), f"{told_as}."),
        clue=f"There are {len(devices.links)} links. Each has two ends, and both have to know "
             "the other.",
    )  # fmt: skip


def bought_then(chance: Random) -> Problem:
    """What a bought certificate is good for on a day before or after client authentication ends."""
    day = chance.choice(("2026-12-01", "2027-02-01", "2027-04-01", "2027-09-01", "2028-03-01"))
    split = chance.choice((False, False, True))
    devices = estate(1, 2, 1, shipping=chance.choice((2, 4)))
    presenter, verifier = chance.choice([p for link in devices.links for p in link.directions])
    model, lab = ThirdPartyCA(split=split), begin(devices, at=day, seed="exercises")
    *most, last = model.procedure(devices).phases
    steps = [step for phase in most for step in phase]
    kept = [step for step in last if split or not isinstance(step, ImportAnchor)]
    with_it = " and a second one, from the house’s own PKI, to call with" if split else ""
    ships = ", ".join(d.name for d in devices if d.ships_roots)
    calls, answers = ("the public CA", "the same")
    if split:
        calls, answers = "its own PKI", "one from the public CA"
    known = "with" if PUBLIC_ROOT in devices.device(verifier).ships_roots else "without"
    problem = Prediction(
        lab,
        f"On {day} each machine gets a certificate from a public CA{with_it}. With the public "
        f"root came {ships}; {'each' if split else 'no'} root that is missing is imported. "
        f"Does {verifier} accept {presenter} on a mutual TLS link?",
        (*steps, *kept),
        {"accepted": "yes, it accepts", "untrusted root": "no: root not trusted",
         "purpose": "no: not for clients", "expired": "no: expired"},
        lambda after: (outcome(after, verifier, presenter)[0], told(after, verifier, presenter)),
        (presenter, verifier),
        f"{presenter} calls with a certificate from {calls}, and answers with {answers}. "
        f"{verifier} came {known} the public root.",
    )  # fmt: skip
    cell = trust_matrix(problem.after(), "all").cell(verifier, presenter)
    reasons = {f.kind for one in cell.verdicts for f in one.findings if f.fails}
    return problem if len(reasons) < 2 else bought_then(chance)  # no answer would be the only one


def calendar(chance: Random) -> Problem:
    """Certificates of several ages, and a day on which some have ended."""
    lab = office("pki")
    ages = {name: chance.choice((300, 200, 100)) for name in lab.inventory.devices}
    later = chance.choice((70, 150, 240, 320))
    day = NOW + timedelta(days=later)
    story = ", ".join(f"{name} {age} days ago" for name, age in ages.items())
    made = (IssueByHand(name, PKI, since_days=-age) for name, age in ages.items())
    clue = (f"365 days less its age: so many days each has left. Which have fewer than {later}? "
            "Such a one is refused by each of its peers, and still accepts them.")  # fmt: skip
    question = (f"Certificates live for 365 days and were issued so: {story}. {later} days from "
                "now nobody has renewed any.")  # fmt: skip
    return count(lab, question, (*made, SetClock(f"{day:%Y-%m-%d}")), clue)


def import_root(root: str) -> Change:
    """The verifier imports this root."""
    return lambda lab, who, whom: (ImportAnchor(whom, root),)


def renew(lab: Deployment, who: str, whom: str) -> tuple[Step, ...]:
    """The presenter gets a new certificate from the PKI."""
    return (Renew(who, PKI),)


def unlisted(chance: Random) -> Problem:
    """An authority has published no list in time."""
    authority, days = chance.choice((PKI, ROOT)), chance.randint(1, 40)
    return broken(
        "pki", "Since this morning nobody accepts anybody.",
        lambda lab, who, whom: (NeglectCRL(authority, days),),
        lambda lab, who, whom: (PublishCRL(authority),), chance,
    )  # fmt: skip


def power_cut(chance: Random) -> Problem:
    """All clocks stand on another day."""
    day = chance.choice(("2020-01-01", "2026-01-01", "2026-07-01", "2027-08-01", "2036-02-07"))
    return broken(
        "pki", f"It is {NOW:%Y-%m-%d}. After a power cut nobody accepts anybody.",
        lambda lab, who, whom: (SetClock(day),),
        lambda lab, who, whom: (SetClock(f"{NOW:%Y-%m-%d}"),), chance,
    )  # fmt: skip


def unpacked(chance: Random) -> Problem:
    """A device has forgotten the public root that it was given."""
    lab = office("bought", 1, 3, 2)
    reset = chance.choice([d.name for d in lab.inventory if PUBLIC_ROOT not in d.ships_roots])
    mend = ImportAnchor(reset, PUBLIC_ROOT)
    question = f"{reset} was reset to what it was when somebody unpacked it."
    return Repair(given(lab.run(RemoveAnchor(reset, PUBLIC_ROOT))), question + MEND, NOW, (mend,))


def two_at_once(chance: Random) -> Problem:
    """Two faults on two devices."""
    lab = office("pki")
    who, other = chance.sample(["gw1", "gw2", "pbx1"], 2)
    broken = FAULTS["root"].apply(FAULTS["name"].apply(lab, who, "um1"), "um1", other)
    question = "Two devices were worked on yesterday, and two things went wrong."
    return Repair(given(broken), question + MEND, NOW, (Renew(who, PKI), ImportAnchor(other, ROOT)))
