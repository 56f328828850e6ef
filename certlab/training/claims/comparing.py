"""What the models ask for, counted: C05, C16, C37 to C39, C43 to C48, C53, C56, C83, C84."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise, permutations

from ...deployment import (
    Deployment,
    GenerateSelfSigned,
    ImportAnchor,
    InternalPKI,
    Inventory,
    PublishCRL,
    RemoveAnchor,
    Renew,
    Revoke,
    SelfSigned,
    Step,
    ThirdPartyCA,
    TrustModel,
    moment,
)
from ...planning import estate_of_size, grow
from .claim import Seen
from .stage import (
    GATEWAY,
    OFFICE,
    PUBLIC_ROOT,
    SHIPPING,
    TODAY,
    UM,
    chain,
    draft,
    judged,
    key,
    lab,
    peers_say,
    shown,
    working,
)

OWN, PKI, BOUGHT = SelfSigned(), InternalPKI(), ThirdPartyCA()
MODELS: dict[str, TrustModel] = {"self-signed": OWN, "internal PKI": PKI, "third party": BOUGHT}
OWN_CA_PRICE = 600
"""USD a year for a CA that others run, at 50 a month: illustrative."""


def each_is_best_at_something() -> Seen:
    """Set each model up where all ship the public root, and put four figures side by side.

    They are: steps, imports, places to visit after a theft, and USD for certificates.
    """
    k, d = 4, 3
    expected = ((k + 2 * d, 2 * d, d, 0), (4 * k + 1, k, 1, 0), (3 * k + 1, 0, 1, 100 * k))
    counts = [_measured(model) for model in MODELS.values()]
    yield from zip(MODELS, counts, expected, strict=True)
    ahead = [any(a < b for a, b in zip(x, y, strict=True)) for x, y in permutations(counts, 2)]
    yield "of six comparisons, ahead in some figure", sum(ahead), 6


def _measured(model: TrustModel) -> tuple[int, ...]:
    house = lab(model, inventory=SHIPPING)
    return len(model.procedure(SHIPPING)), imports(model, SHIPPING), _visits(house), _spent(house)


def three_models_work() -> Seen:
    """Deploy each of the three models on the same office."""
    for name, model in MODELS.items():
        yield f"{name}: directions that work", working(lab(model)), 2 * len(OFFICE.links)


def imports_grow_with_the_square() -> Seen:
    """Count imports for estates of growing size, and find where self-signed takes more steps."""
    for n, d in ((2, 5), (4, 16), (10, 70)):
        counted = imports(OWN, estate_of_size(n, d))
        yield f"imports for {n} UM servers and {d} devices", counted, n * (n - 1) + 2 * n * d
    for n, d in ((2, 6), (3, 2), (4, 1)):
        yield f"{n} UM servers: more steps than a PKI from so many devices on", _crossing(n), d


def overhead_stays_linear() -> Seen:
    """Add machine after machine to a PKI; then wait until its certificates end, and its root."""
    plan, house = PKI.procedure(OFFICE), lab(PKI)
    sizes = [len(PKI.procedure(estate_of_size(1, devices))) for devices in range(1, 20)]
    yield "steps for each further machine", {b - a for a, b in pairwise(sizes)}, {4}
    open_again = plan.remaining(house.moved_to("2027-12-01"))
    yield "steps open a year later, for four machines", len(open_again), 3 * 4
    new_root = house.moved_to("2047-12-01").run(plan.phases[0])
    yield "imports open when the root has ended", _imports_in(plan.remaining(new_root)), 4


def common_root_is_no_guarantee() -> Seen:
    """Judge certificates of one root that is in the store: dates, use and name still count."""
    issued, later = chain(), TODAY + timedelta(days=730)
    server = issued.issuing.sign(draft(use="tls-server"), key().public_key)
    other = issued.issuing.sign(draft(GATEWAY), key(GATEWAY).public_key)
    yield "um1's", issued.judged(), "accepted"
    yield "two years later", issued.judged(at=later), "expired"
    yield (
        "one for servers, and it calls",
        issued.judged(server, purpose="client"),
        "not for clients",
    )
    yield "gw1's, when um1 was called", issued.judged(other), "wrong name"
    yield "gw1's, when it calls", issued.judged(other, purpose="client", name=None), "accepted"


def often_the_dearer_one() -> Seen:
    """Set up estates of 1 to 20 devices, and count when self-signed takes more steps than a PKI."""
    for n in range(1, 5):
        growth = grow({"own": OWN, "pki": PKI}, servers=n, devices=range(1, 21)).counts
        dearer = sum(own > pki for own, pki in zip(growth["own"], growth["pki"], strict=True))
        formula = sum(n + d + n * (n - 1) + 2 * n * d > 4 * (n + d) + 1 for d in range(1, 21))
        yield f"UM servers: {n}. Self-signed is dearer, of 20 times", dearer, formula


def small_is_never_dearer() -> Seen:
    """Count the steps for one UM server and up to 40 devices, then for two UM servers."""
    yield "UM servers: 1. Dearer from so many devices on", _crossing(1, 40), "never"
    yield "UM servers: 2. Dearer from so many devices on", _crossing(2, 40), 6


def cheapest_while_small() -> Seen:
    """Ask which of the house's own models takes fewer steps, in a small and in a larger estate."""
    for n, d, cheaper in ((1, 3, "self-signed"), (4, 16, "internal PKI")):
        own, pki = (len(model.procedure(estate_of_size(n, d))) for model in (OWN, PKI))
        fewer = "self-signed" if own < pki else "internal PKI"
        yield f"UM servers: {n}, devices: {d}. Fewer steps", fewer, cheaper
    yield "USD for certificates", _spent(lab(OWN)), 0


def what_a_ca_asks_for() -> Seen:
    """Compare what there is to learn, to run and to pay for in a small office.

    These are kinds of steps, authorities, and USD for certificates.
    """
    expected = ((2, 0, 0), (6, 2, 0), (6, 2, 400))
    for (name, model), figures in zip(MODELS.items(), expected, strict=True):
        house, kinds = lab(model), {type(step) for step in model.procedure(OFFICE)}
        yield name, (len(kinds), len(house.authorities), _spent(house)), figures


def few_steps_while_small() -> Seen:
    """Count the steps to set up an office, and those that one more device takes."""
    yield "office of four: self-signed, with a PKI", tuple(_sizes(1, 3)), (10, 17)
    for n, more in ((1, (3, 4)), (2, (5, 4))):
        added = tuple(b - a for a, b in zip(_sizes(n, 3), _sizes(n, 4), strict=True))
        yield f"UM servers: {n}. One more device: self-signed, with a PKI", added, more


def _sizes(servers: int, devices: int) -> list[int]:
    return [len(model.procedure(estate_of_size(servers, devices))) for model in (OWN, PKI)]


def harder_over_the_years() -> Seen:
    """Renew um1's certificate, and end trust in um1, in an office with and without a CA."""
    own, pki = lab(OWN), lab(PKI)
    yield "self-signed: a renewal breaks", 6 - working(GenerateSelfSigned("um1").apply(own)), 3
    renewed = pki
    for step in Renew("um1", "Lab PKI").parts:  # applied though the old one is still good
        renewed = step.apply(renewed)
    yield (
        "with a PKI: um1 shows the old certificate",
        shown(renewed, "um1") == shown(pki, "um1"),
        False,
    )
    yield "with a PKI: a renewal breaks", 6 - working(renewed), 0
    yield "places to visit until nobody accepts um1", (_visits(own), _visits(pki)), (3, 1)


def infrastructure_to_run() -> Seen:
    """Count what a PKI keeps running; then keep last month's revocation lists."""
    house, later = lab(PKI), TODAY + timedelta(days=31)
    yield (
        "CAs to run, self-signed and with a PKI",
        (len(lab(OWN).authorities), len(house.authorities)),
        (0, 2),
    )
    lists = {house.moved_to(TODAY + timedelta(days=d)).crls[0].last_update_utc for d in range(364)}
    yield "lists that a CA publishes in a year", len(lists), 52
    asked = {"intermediates": house.chain_of("gw1"), "require_revocation": True, "at": later}
    for words, crls, expected in (
        ("current", house.moved_to(later).crls, "accepted"),
        ("last month's", house.crls, "CRL/OCSP stale"),
    ):
        answer = judged(shown(house, "gw1"), house.anchors_of("um1"), crls=crls, **asked)
        yield f"gw1's certificate, with {words} lists", answer, expected


def own_ca_pays_from_some_size_on() -> Seen:
    """Buy certificates for more and more machines, and hold that against a CA of 600 USD a year."""
    for devices, cheaper in ((2, "third party"), (9, "internal PKI")):
        bought = _spent(lab(BOUGHT, inventory=estate_of_size(1, devices)))
        found = "third party" if bought < OWN_CA_PRICE else "internal PKI"
        yield f"cheaper for {devices + 1} machines, {bought} USD when bought", found, cheaper
    pki, third = ([type(step) for step in model.procedure(OFFICE)][1:] for model in (PKI, BOUGHT))
    yield "the steps at the machines are the same", pki == third, True


def certificates_cost_money() -> Seen:
    """Buy certificates for four machines at 100 USD each, on days with different rules."""
    for day, days, price in (("2025-11-24", 398, 400), ("2029-11-24", 47, 3200)):
        house = lab(BOUGHT, at=moment(day))
        lifetime = (shown(house, "um1").not_after - house.at).days + 1
        yield f"days of validity, bought on {day}", lifetime, days
        yield f"USD for a year, bought on {day}", _spent(house) * -(-365 // lifetime), price


def dear_for_the_small() -> Seen:
    """Compare a small office of either kind, and ask an outsider who has the public root alone."""
    for name, price, words in (
        ("self-signed", 0, "not imported"),
        ("third party", 400, "accepted"),
    ):
        house = lab(MODELS[name], inventory=SHIPPING)
        outsider = [house.authority(PUBLIC_ROOT).certificate]
        sent = house.chain_of("um1")
        answer = judged(shown(house, "um1"), outsider, name=UM, intermediates=sent)
        yield f"{name}: USD", _spent(house), price
        yield f"{name}: an outsider about um1", answer, words


# --- counted ------------------------------------------------------------------------------------


def imports(model: TrustModel, estate: Inventory) -> int:
    """How many imports there are in a model's procedure."""
    return _imports_in(model.procedure(estate))


def _imports_in(steps: Iterable[Step]) -> int:
    return sum(isinstance(step, ImportAnchor) for step in steps)


def _crossing(servers: int, most: int = 20) -> int | str:
    """From how many devices on self-signed takes more steps than an internal PKI."""
    growth = grow({"own": OWN, "pki": PKI}, servers=servers, devices=range(1, most + 1))
    return next((devices for dearer, _, devices in growth.crossings if dearer == "own"), "never")


def _spent(house: Deployment) -> int:
    """USD paid for certificates."""
    return round(sum(authority.spent for authority in house.authorities.values()))


def _visits(house: Deployment) -> int:
    """To how many places one goes until nobody accepts um1; -1 when somebody still does."""
    issuer = house.issuer_of(shown(house, "um1"))
    steps: list[Step] = [RemoveAnchor(peer, "um1") for peer in OFFICE.peers["um1"]]
    if issuer is not None:
        steps = [Revoke(issuer.name, "um1"), PublishCRL(issuer.name)]
    accepted = "accepted" in peers_say(house.run(steps))
    return -1 if accepted else len({step.place for step in steps})
