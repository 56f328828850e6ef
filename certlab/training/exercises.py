"""The exercises: a table. Each has a maker, its cases, changes or faults, and its goal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from random import Random

from ..deployment import (
    CreateAuthority,
    Deployment,
    GenerateSelfSigned,
    ImportAnchor,
    ImportInto,
    InternalPKI,
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
from ..errors import UnknownName
from ..validation import (
    IGNORES_REVOCATION,
    OPENSSL_DEFAULT,
    RFC5280,
    SIP_IGNORES_NAMES,
)
from .diagnosis import outcome, told
from .exercise import Task
from .exercise_demands import ALONE, BOUNDS, GUESTS, NOTHING_BOUGHT, OFFLINE, THEFT, WORKS
from .exercise_makers import (
    MEND,
    NOW,
    PKI,
    PUBLIC_ROOT,
    ROOT,
    Change,
    anybody,
    broken,
    count,
    design,
    estate,
    forgotten,
    hidden,
    office,
    told_all,
    verdict,
)
from .fault_steps import IssueByHand, NeglectCRL, SetClock
from .faults import FAULTS
from .problems import (
    Prediction,
    Problem,
    Repair,
    sealed,
)


# --- predict --------------------------------------------------------------------------------------
def _imported(**changes: object) -> Change:
    """The presenter has such a self-signed certificate, and the verifier has imported it."""
    return lambda lab, who, whom: (
        RemoveAnchor(whom, who),
        IssueByHand(who, **changes),  # type: ignore[arg-type]
        ImportAnchor(whom, who),
    )


_LEAD = "{verifier} has {presenter}’s self-signed certificate among its trusted roots. "
_USES = {
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


def _named(*patterns: str, common_name: str = "") -> Change:
    def change(lab: Deployment, who: str, whom: str) -> tuple[Step, ...]:
        fqdn = lab.inventory.device(who).fqdn
        names = tuple(pattern.format(fqdn=fqdn, host=who) for pattern in patterns)
        made = IssueByHand(who, names=names, common_name=common_name.format(fqdn=fqdn))
        return RemoveAnchor(whom, who), made, ImportAnchor(whom, who)

    return change


_NAMES = {
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


def _only(*steps: Callable[[str, str], Step]) -> Change:
    """The verifier loses the PKI's root, and this is done instead."""
    return lambda lab, who, whom: (RemoveAnchor(whom, ROOT), *(make(who, whom) for make in steps))


_STORES: dict[str, Change] = {
    "In {verifier}’s root store lies the PKI’s issuing CA, and not the PKI’s root.":
        _only(lambda who, whom: ImportAnchor(whom, PKI)),
    "{verifier} holds the PKI’s root among the intermediates, and no CA among the roots.":
        _only(lambda who, whom: ImportInto(whom, ROOT, Store.INTERMEDIATE)),
    "{verifier}’s root store holds {presenter}’s own certificate, and no CA.":
        _only(lambda who, whom: ImportAnchor(whom, who)),
    "{verifier}’s root store holds the root of another PKI of the house.":
        lambda lab, who, whom: (
            CreateAuthority("Other PKI", "Other PKI root"), RemoveAnchor(whom, ROOT),
            ImportAnchor(whom, "Other PKI root")),
    "{presenter} has signed for itself over the weekend; {verifier} holds the PKI’s root.":
        lambda lab, who, whom: (IssueByHand(who),),
    "{verifier} holds the issuing CA among the intermediates, and the PKI’s root nowhere.":
        _only(lambda who, whom: ImportInto(whom, PKI, Store.INTERMEDIATE)),
}  # fmt: skip

_CHAINS: dict[str, Change] = {
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

_REVOKED: dict[str, Change] = {
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

_JUDGES: dict[str, Change] = {
    "{presenter}’s certificate is for its old name.": FAULTS["name"].steps,
    "{presenter}’s certificate is revoked, and the list is published.": FAULTS["revoked"].steps,
    "{verifier}’s root store holds the issuing CA and not the root.":
        _only(lambda who, whom: ImportAnchor(whom, PKI)),
    "{verifier}’s root store holds {presenter}’s own certificate and no CA.":
        _only(lambda who, whom: ImportAnchor(whom, who)),
}  # fmt: skip


def _judged_by(chance: Random) -> Problem:
    policy = chance.choice((RFC5280, OPENSSL_DEFAULT, SIP_IGNORES_NAMES, IGNORES_REVOCATION))
    lead = f"{policy.title} is the judge. {policy.explanation} "
    cases = {lead + words: change for words, change in _JUDGES.items()}
    return verdict("pki", cases, chance, office("pki").with_policy(policy))


def _new_keys(chance: Random) -> Problem:
    lab = office("self-signed", *chance.choice(((1, 2, 1), (1, 3, 0), (2, 2, 0))))
    who = sorted(chance.sample(list(lab.inventory.devices), chance.choice((1, 2))))
    story = f"{' and '.join(who)} made a new self-signed certificate over night. Nobody was told."
    peers = [f"{name} has a link with {listed(lab.inventory.peers[name])}" for name in who]
    clue = (f"{'; '.join(peers)}. Look into the roots on both sides of each link: who holds the "
            f"old certificate of {' or '.join(who)}? Each such direction fails. What "
            f"{' and '.join(who)} hold has not changed.")  # fmt: skip
    return count(lab, story, tuple(IssueByHand(name) for name in who), clue)


def _imports(chance: Random) -> Problem:
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


def _bought_then(chance: Random) -> Problem:
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
    return problem if len(reasons) < 2 else _bought_then(chance)  # no answer would be the only one


def _calendar(chance: Random) -> Problem:
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


# --- repair ---------------------------------------------------------------------------------------
def _import_root(root: str) -> Change:
    return lambda lab, who, whom: (ImportAnchor(whom, root),)


def _renew(lab: Deployment, who: str, whom: str) -> tuple[Step, ...]:
    return (Renew(who, PKI),)


def _unlisted(chance: Random) -> Problem:
    authority, days = chance.choice((PKI, ROOT)), chance.randint(1, 40)
    return broken(
        "pki", "Since this morning nobody accepts anybody.",
        lambda lab, who, whom: (NeglectCRL(authority, days),),
        lambda lab, who, whom: (PublishCRL(authority),), chance,
    )  # fmt: skip


def _power_cut(chance: Random) -> Problem:
    day = chance.choice(("2020-01-01", "2026-01-01", "2026-07-01", "2027-08-01", "2036-02-07"))
    return broken(
        "pki", f"It is {NOW:%Y-%m-%d}. After a power cut nobody accepts anybody.",
        lambda lab, who, whom: (SetClock(day),),
        lambda lab, who, whom: (SetClock(f"{NOW:%Y-%m-%d}"),), chance,
    )  # fmt: skip


def _unpacked(chance: Random) -> Problem:
    lab = office("bought", 1, 3, 2)
    reset = chance.choice([d.name for d in lab.inventory if PUBLIC_ROOT not in d.ships_roots])
    mend = ImportAnchor(reset, PUBLIC_ROOT)
    question = f"{reset} was reset to what it was when somebody unpacked it."
    return Repair(sealed(lab.run(RemoveAnchor(reset, PUBLIC_ROOT))), question + MEND, NOW, (mend,))


def _two_at_once(chance: Random) -> Problem:
    lab = office("pki")
    who, other = chance.sample(["gw1", "gw2", "pbx1"], 2)
    broken = FAULTS["root"].apply(FAULTS["name"].apply(lab, who, "um1"), "um1", other)
    question = "Two devices were worked on yesterday, and two things went wrong."
    return Repair(
        sealed(broken), question + MEND, NOW, (Renew(who, PKI), ImportAnchor(other, ROOT))
    )


_SELF = ("self-signed", "Self-signed everywhere", SelfSigned())
_PKI = ("internal", "Internal PKI, two tiers", InternalPKI())
_ONE = ("one-tier", "Internal PKI, one tier", InternalPKI(tiers=1))
_FREE = ("any-name", "Internal PKI, two tiers, for any name", InternalPKI(name_constraints=False))
_BOUGHT = ("bought", "Public CA, one certificate each", ThirdPartyCA())
_SPLIT = ("split", "Public CA to answer, own PKI to call", ThirdPartyCA(split=True))
_ALL = (_SELF, _PKI, _ONE, _BOUGHT, _SPLIT)
_TASKS = (
    Task("predict-1", "In the store, and yet", "01",
         "“Imported means accepted.” Dates and uses of an imported certificate still count.",
         "Being among the roots makes a key trusted. What else is looked at?",
         partial(verdict, "self-signed", _USES,
                 clue="Is it good today, by the clock of the one who judges? And each end of a "
                      "mutual TLS link is judged as a client and as a server.")),
    Task("predict-2", "What is in a name", "01",
         "“The common name is the name.” Verifiers read the subject alternative names.",
         "Which field does a verifier compare with the name it called, and what does * stand for?",
         partial(verdict, "self-signed", _NAMES,
                 clue="Where there are alternative names, they alone count. And * stands for one "
                      "label, the first: it covers no dot.")),
    Task("predict-3", "New key, old name", "02",
         "“The name is what was imported.” A key was, and a new key is a stranger.",
         "Who had imported the old certificate? Only they notice.", _new_keys),
    Task("predict-4", "Count the imports", "05",
         "“One import each.” That holds for one server only, and each link needs two.",
         "Both ends of a link import. Do not forget the servers among themselves.", _imports),
    Task("predict-5", "The right certificate in which store", "03",
         "“It is installed somewhere, so it works.” Only the root store makes anchors.",
         "Which store makes anchors? And must an anchor be a root?",
         partial(verdict, "pki", _STORES)),
    Task("predict-6", "What is sent along", "03",
         "“The verifier will find the issuing CA.” It has what is sent and what it holds.",
         "The verifier builds a path from the leaf to one of its roots. Is any piece missing?",
         partial(verdict, "pki", _CHAINS)),
    Task("predict-7", "Bought, and on which day", "04",
         "“A public certificate does for both roles.” From early 2027 on it does not.",
         "Two questions: may it still serve as a client, and is its root already there?",
         _bought_then),
    Task("predict-8", "Revoked, and who knows", "06",
         "“Revoked is refused at once.” Verifiers know what the list they hold says.",
         "What does the list that is in force at this moment say?",
         partial(verdict, "pki", _REVOKED)),
    Task("predict-9", "The same facts, another judge", "06",
         "“Valid is valid.” Verifiers differ in what they look at.",
         "Read what this judge looks at, then look for that in the story.", _judged_by),
    Task("predict-10", "What the calendar does", "07",
         "“It works, so it will.” Every certificate has a day on which it stops.",
         "Take each device alone: is its certificate still valid on that day?", _calendar),
    Task("diagnose-1", "Everybody for himself, but one", "02",
         "“The one who is refused is at fault.” Often it is the one who refuses.",
         "Who refuses, and what does that device hold under the other’s name?",
         partial(hidden, "self-signed", ("root", "store"), 1, size=(1, 3, 1), anyone=True)),
    Task("diagnose-2", "Which end of the chain", "08",
         "“Install the root again.” The missing piece may be the issuing CA.",
         "Does one device refuse everybody, or do all refuse one?",
         partial(hidden, "pki", ("root", "store", "chain", "self-signed"), 1)),
    Task("diagnose-3", "Read the certificate", "06",
         "“TLS error” is no finding. The certificate says which of five it is.",
         "Find the device that others refuse, and read its certificate field by field.",
         partial(hidden, "pki", ("expired", "early", "purpose", "name", "revoked"), 1)),
    Task("diagnose-4", "One cause, many refusals", "08",
         "“Many failures, many faults.” Look for what they have in common.",
         "What do all refused directions share?",
         partial(hidden, "pki", ("stale", "clock", "chain", "root", "store", "self-signed",
                                  "expired", "early", "name", "revoked"), 1, size=(2, 2, 1),
                 refused=3)),
    Task("diagnose-5", "The fault nobody complains about", "08",
         "“All links work, so all is well.” A hole refuses nobody.",
         "One fault shows as a refusal. The other one shows as nothing: read what is trusted.",
         lambda chance: hidden(
             "self-signed", ("ca", chance.choice(("root", "key", "expired"))), 2, chance)),
    Task("diagnose-6", "Two at once", "08",
         "“I found it.” After one finding, look again.",
         "Take one refused direction at a time.",
         partial(hidden, "pki", ("expired", "purpose", "name", "root", "store", "chain",
                                  "self-signed", "revoked"), 2, size=(2, 2, 0))),
    Task("diagnose-7", "An office you have never seen", "08",
         "Guessing. Three faults cannot be guessed; they can be read.",
         "Who refuses whom? Sort the refusals by verifier, then by subject.",
         partial(hidden, "pki", ("expired", "early", "purpose", "name", "root", "store", "chain",
                                  "self-signed", "revoked", "rotated"), 3, size=(2, 3, 1))),
    Task("repair-1", "It ended over night", "02",
         "“Renewing is one step.” Self-signed, every peer imports again.",
         "Who makes the new certificate, and who has to be told?",
         partial(anybody, "self-signed", "{presenter}’s certificate has expired.",
                 lambda lab, who, whom: told_all(
                     lab, who, *forgotten(lab, who), IssueByHand(who, since_days=-366)),
                 lambda lab, who, whom: told_all(lab, who, GenerateSelfSigned(who)))),
    Task("repair-2", "A piece is missing", "03",
         "“Import what is refused.” A leaf among the roots hides the cause and ends at renewal.",
         "The path from the leaf to the root: which piece does the verifier not get?",
         partial(anybody, "pki", "{presenter} was replaced, and its peers refuse it.",
                 FAULTS["chain"].steps, lambda lab, who, whom: (SendChain(who),))),
    Task("repair-3", "The right file, the wrong drawer", "08",
         "“The certificate is there.” Only the root store makes anchors.",
         "Look into the three stores of the device that refuses.",
         partial(broken, "pki", "{verifier} was installed anew by somebody in a hurry.",
                 FAULTS["store"].steps, _import_root(ROOT))),
    Task("repair-4", "The root that was not shipped", "04",
         "“Everybody has the public root.” Some gateways do not.",
         "Which roots does the device that refuses hold?",
         _unpacked),
    Task("repair-5", "Revoked by mistake", "08",
         "“Undo the revocation.” What is revoked stays revoked; there has to be a new one.",
         "Can a verifier ever accept this certificate again?",
         partial(broken, "pki", "{presenter}’s certificate was revoked by mistake.",
                 FAULTS["revoked"].steps, _renew)),
    Task("repair-6", "A list that nobody renewed", "08",
         "“Turn the clock back.” A stale list needs a new list.",
         "Who says what is revoked, and when did they last say it?",
         _unlisted),
    Task("repair-7", "A new root came too fast", "08",
         "“Change the root in one go.” Old and new have to overlap.",
         "Which root does the new certificate end in, and who lacks it?",
         partial(broken, "pki", "{presenter} has moved to the new authority.",
                 FAULTS["rotated"].steps, _import_root(f"{PKI} G2 root"))),
    Task("repair-8", "It says CA:TRUE", "08",
         "“Import it and it works.” It works, and the device can now sign for anybody.",
         "Read the basic constraints before you import anything.",
         partial(anybody, "self-signed", "{presenter} made its new certificate by default values.",
                 lambda lab, who, whom: (IssueByHand(who, ca=True),),
                 lambda lab, who, whom: told_all(lab, who, GenerateSelfSigned(who)))),
    Task("repair-9", "A clock after a power cut", "08",
         "“Renew them all.” Certificates made under a wrong clock are wrong tomorrow.",
         "All certificates went bad in the same minute. What do they have in common?",
         _power_cut),
    Task("repair-10", "Two repairs, no more", "08",
         "“Do everything again.” Two steps are enough when one knows which.",
         "Each fault has its own device. Find both before you touch one.", _two_at_once),
    Task("design-1", "A small office", "05",
         "“A CA is always better.” With one server, self-signed is the least to set up.",
         "Count the steps of each model for one server.",
         partial(design, "Somebody will do it by hand in an afternoon.", _ALL,
                 (WORKS, NOTHING_BOUGHT), fewest=SelfSigned())),
    Task("design-2", "More than one server", "05",
         "“Self-signed is the least work.” With several servers imports multiply.",
         "Imports grow with servers times devices; an authority’s work grows with their sum.",
         partial(design, "The office grows.", _ALL, (WORKS, NOTHING_BOUGHT), servers=(3, 5),
                 others=(6, 9), fewest=InternalPKI())),
    Task("design-3", "Guests from outside", "04",
         "“Public for everything.” It answers guests, and no longer calls.",
         "Who has to be accepted by strangers, and as what?",
         partial(design, "Partners outside call um1.", _ALL, (WORKS, GUESTS), day="2027-06-01")),
    Task("design-4", "A stolen key", "07",
         "“We would just remove it.” Without an authority that is a visit to every peer.",
         "Who must learn that the key is stolen, and from whom?",
         partial(design, "Machines stand in public places.", _ALL, (WORKS, NOTHING_BOUGHT, THEFT),
                 others=(4, 8))),
    Task("design-5", "A PKI that knows its bounds", "08",
         "“Our root is harmless.” Whoever has its key can be a bank, unless it is constrained.",
         "What in a CA certificate says for whom it may sign?",
         partial(design, "The auditors ask what a stolen CA key could do.",
                 (_FREE, _PKI, _SELF, _BOUGHT), (WORKS, NOTHING_BOUGHT, BOUNDS), servers=(3, 4),
                 fewest=InternalPKI())),
    Task("design-6", "Years later", "07",
         "“Setting up is the work.” Renewals of the coming years weigh more.",
         "Go through a renewal in your head: who has to do something?",
         partial(design, "The office is to run for ten years.", _ALL,
                 (WORKS, NOTHING_BOUGHT, ALONE, OFFLINE))),
)  # fmt: skip


class _Exercises(dict[str, Task]):
    def __missing__(self, id_: str) -> Task:
        raise UnknownName(f"no exercise is called {id_!r}", expected="one of " + ", ".join(self))


EXERCISES = _Exercises({task.id: task for task in _TASKS})
"""Every exercise by its id. Any other raises ``UnknownName``."""
