"""What a design can be asked to meet: each demand is put to a model at work, and says why not."""

from __future__ import annotations

from datetime import timedelta

from ..deployment import SELF, PublishCRL, RemoveAnchor, Revoke, Step, touches, trust_matrix
from ..validation import validate
from .fault_steps import IssueByHand
from .problems import Demand, Plan, links_work

WORKS = Demand("Every link works both ways", links_work)


def steps_at_most(most: int) -> Demand:
    """The demand for so many steps or fewer."""

    def unmet(plan: Plan) -> str:
        return "" if len(plan.procedure) <= most else f"It takes {len(plan.procedure)} steps."

    return Demand(f"At most {most} steps to set up", unmet)


def _no_money(plan: Plan) -> str:
    spent = sum(authority.spent for authority in plan.deployment.authorities.values())
    return f"The certificates cost {spent:,.0f} USD." if spent else ""


def _visitor(plan: Plan) -> str:
    """A partner who knows only the public root calls um1."""
    lab = plan.deployment
    shipped, presented = lab.authorities.get("Example Public Root"), lab.presented_by("um1")[0]
    if shipped is None:
        return "Nobody outside knows the root that um1’s certificate ends in."
    verdict = validate(presented.certificate, intermediates=presented.chain, at=lab.at,
                       anchors=(shipped.certificate,), purpose="server",
                       name=lab.inventory.device("um1").fqdn)  # fmt: skip
    return verdict.reason.words if verdict.reason else ""


def _thief(plan: Plan) -> str:
    """um1's key is stolen: count the touches until all its peers refuse its certificate."""
    lab = plan.deployment
    steps: list[Step] = []
    for shown in lab.presented_by("um1"):
        if issuer := lab.issuer_of(shown.certificate):
            steps += [Revoke(issuer.name, "um1"), PublishCRL(issuer.name)]
        else:
            steps += [RemoveAnchor(peer, "um1") for peer in lab.inventory.peers["um1"]]
    ended = trust_matrix(lab.run(steps))
    refused = [pair for pair in ended.refused if pair[1] == "um1"]
    assert len(refused) == len(lab.inventory.peers["um1"]), "a stolen key is refused in the end"
    return "" if touches(steps) <= 2 else f"It takes {touches(steps)} touches."


def _forger(plan: Plan) -> str:
    """Whoever has the key of a CA that we trust makes a certificate for a stranger's name."""
    lab, name = plan.deployment, "www.bank.example"
    for authority in (a for a in lab.authorities.values() if a.rules is not None):
        made = IssueByHand("gw1", authority.name, names=(name,)).apply(lab)
        shown = made.presented_by("gw1")[0]
        verdict = validate(shown.certificate, intermediates=shown.chain, at=lab.at,
                           anchors=made.anchors_of("um1"), purpose="server", name=name)  # fmt: skip
        if verdict.accepted:
            return (f"Nothing in the certificates of {authority.name} and its root says for which "
                    f"names it may sign: it can certify {name}, and um1 accepts that.")  # fmt: skip
    return ""


def _renewed(plan: Plan) -> str:
    """A year on um1 gets a new certificate, and nobody else does anything."""
    lab, own = plan.deployment.moved_to(plan.deployment.at + timedelta(days=200)), plan.deployment
    for shown in own.presented_by("um1"):
        issuer = own.issuer_of(shown.certificate)
        lab = lab.run(IssueByHand("um1", issuer.name if issuer else SELF))
    return links_work(Plan(plan.procedure, lab))


def _offline(plan: Plan) -> str:
    roots = [a for a in plan.deployment.authorities.values() if a.ca.root == a.certificate]
    daily = [root.name for root in roots if root.rules is not None]
    return f"{daily[0]} is a root, and signs every day." if daily else ""


NOTHING_BOUGHT = Demand("No certificate is bought", _no_money)
GUESTS = Demand("A partner who knows only the public CA accepts um1 as a server", _visitor)
THEFT = Demand("If um1’s key is stolen, two touches make it worthless", _thief)
BOUNDS = Demand("A stolen CA key makes no certificate for a bank that we would accept", _forger)
ALONE = Demand("When um1 renews, nobody else has anything to do", _renewed)
OFFLINE = Demand("The key of the root is kept offline", _offline)
