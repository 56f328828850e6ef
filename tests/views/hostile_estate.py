"""Hostile text in every field that takes text: in a value of every kind that shows itself.

It needs certlab alone, so that the notebook of a browser test can import a copy of it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

import certlab as c
from certlab.deployment import Presented
from certlab.live.peers import PeerCall
from certlab.live.trials import Trial, Trials
from certlab.pki import KeyPair
from certlab.planning import ASSUMPTIONS, Assumptions
from certlab.training.collecting import AnswerSheet
from certlab.training.progress import COLUMNS, HandedIn
from certlab.validation import Purpose

AT = "2026-11-24"
PAYLOAD = "'\"><img src=x onerror=hacked=1>\u202e"
"""Closes an attribute, is an element that runs, and turns round the text after it."""
TEXTS = (
    PAYLOAD,
    "<script>hacked=1</script>\x1b[31m",
    "</style></svg><svg onload=hacked=1>",
    "=[a](javascript:hacked=1)`<b>{{hacked}}",
)
PLAIN = PAYLOAD[:-1]
"""The part of it that is ASCII, for what cannot hold more."""


def inventory(address: str = "idle.office.example") -> c.Inventory:
    """Devices, dial plans and roots of which every name is hostile, and maybe one address too."""
    kinds = (c.Role.UM_SERVER, c.Role.GATEWAY, c.Role.PBX, c.Role.UM_SERVER)
    plans = [
        c.DialPlan(f"plan{text}", mode)
        for text, mode in zip(TEXTS[1:], c.SecurityMode, strict=True)
    ]
    devices = [
        c.Device(f"{n}{text}", f"d{n}.office.example", kind,
                 tuple(plan.name for plan in plans), ships_roots=(f"root{text}",))
        for n, (text, kind) in enumerate(zip(TEXTS, kinds, strict=True))
    ]  # fmt: skip
    idle = c.Device(f"idle{PAYLOAD}", address, c.Role.EXCHANGE, (plans[0].name,))
    return c.Inventory.of([*devices, idle], plans)


def certificate(at: datetime) -> c.Certificate:
    """A certificate that is hostile in subject, issuer, names, addresses and policies."""
    key = KeyPair.generate()
    kinds = (
        NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME,
        NameOID.LOCALITY_NAME, NameOID.TITLE,
    )  # fmt: skip
    name = x509.Name([x509.NameAttribute(kind, PAYLOAD) for kind in kinds])
    url = x509.UniformResourceIdentifier("javascript:hacked=1//" + PLAIN)
    asked = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, url)
    more = (
        x509.SubjectAlternativeName(
            [x509.DNSName(PLAIN), url, x509.RFC822Name(PLAIN), x509.DirectoryName(name)]
        ),
        x509.CRLDistributionPoints([x509.DistributionPoint([url], None, None, None)]),
        x509.CertificatePolicies(
            [x509.PolicyInformation(x509.ObjectIdentifier("2.999.1"), [PLAIN])]
        ),
        x509.NameConstraints([x509.DNSName(PLAIN)], None),
        x509.AuthorityInformationAccess([asked]),
    )
    begins = at.replace(tzinfo=None)
    builder = x509.CertificateBuilder(
        name, name, key.public_key, 7, begins, begins + timedelta(days=300)
    )
    for extension in more:
        builder = builder.add_extension(extension, critical=False)
    return c.Certificate(builder.sign(key.private_key, hashes.SHA256()))


def lab() -> c.Deployment:
    """A lesson in which everybody trusts everybody, but one presents the hostile certificate."""
    office = inventory(PAYLOAD)
    made = c.begin(office, at=AT, seed=PAYLOAD).run(*c.SelfSigned().procedure(office).phases)
    return made.with_credential(f"1{TEXTS[1]}", certificate(made.at))


def under_an_authority(run: int = 9) -> c.Deployment:
    """The same devices under a PKI of a hostile name, so many phases on; one was refused once."""
    office, pki = inventory(), c.InternalPKI(PAYLOAD, name_constraints=False)
    phases = pki.procedure(office).phases
    refuse = c.RefuseRequest(f"1{TEXTS[1]}", PAYLOAD, reason=PAYLOAD)
    asked = c.begin(office, at=AT).run(*phases[:2], refuse)
    return asked.run(*phases[:run])


def values(folder: Path) -> Iterator[Any]:
    """Values of every kind that shows itself, each with hostile text in all that takes text."""
    office, own = inventory(), lab()
    um, gw = f"0{TEXTS[0]}", f"1{TEXTS[1]}"
    pki, asked, issued = c.InternalPKI(PAYLOAD), under_an_authority(2), under_an_authority()
    plan, matrix = pki.procedure(office), c.trust_matrix(own)
    refusal = c.why(own, um, trusts=gw)
    yield from (office, plan, own, asked, issued, matrix, refusal, refusal.verdict)
    yield Presented(Purpose.SERVER, certificate(own.at), (certificate(own.at),))
    yield from (certificate(own.at), c.select_certificate(own, um))
    yield replace(c.vet(asked, gw, PAYLOAD), reasons=TEXTS)

    assumed = Assumptions(
        tuple(
            replace(one, words=f"{one.words}{PAYLOAD}", unit=PAYLOAD, source=PAYLOAD)
            for one in ASSUMPTIONS.values()
        )
    )
    costs: dict[str, Any] = {"at": AT, "assumptions": assumed}
    models = {PAYLOAD: pki, "self-signed": c.SelfSigned(title=PAYLOAD)}
    choices = c.compare(office, **costs, models=models)
    yield from (assumed, assumed.figure("rate"), choices, c.advise(office, **costs))
    yield from (c.effort(office, pki, **costs), c.cost(office, pki, **costs))
    yield from (c.forecast(office, pki, runs=50, **costs), c.fact_timeline())
    yield c.grow({PAYLOAD: pki}, servers=2, devices=(3, 4))
    yield from (c.runbook(asked, plan), c.due(issued, 4000), c.outages(issued))
    yield from (c.compromise(issued, PAYLOAD), c.withdraw(issued, um))
    new = c.AddDevice(f"9{PAYLOAD}", "d9.office.example", c.Role.PBX, (f"plan{TEXTS[1]}",))
    yield from (c.what_if(issued, new, model=pki), c.migrate(issued, to=models["self-signed"]))

    now = c.moved_to_today(issued)
    made = c.call(now, um, gw)
    yield from (c.predict(now, um, gw), made, c.call_all(now), made.exchange)
    told = {field.name: getattr(made, field.name) for field in fields(PeerCall)[:-2]}
    yield PeerCall(**told, said=PAYLOAD, played={made.caller.name: PAYLOAD})
    yield Trials((Trial(PAYLOAD, PAYLOAD, Purpose.SERVER, refusal.verdict, True, PAYLOAD),))
    yield from taught(folder / "class")
    yield from kept(folder, own, issued)


def taught(folder: Path) -> Iterator[Any]:
    """What a class leaves: the words of a scenario and a claim are ours, those of learners not."""
    ledger = c.claim_ledger()
    claim = replace(ledger.claims[0], text=PAYLOAD, heading=PAYLOAD, show=lambda: [(PAYLOAD,) * 3])
    yield from (replace(ledger, claims=(claim,)), claim.check())
    played = c.scenario(next(iter(c.SCENARIOS)), AT)
    yield replace(played, scenario=replace(played.scenario, title=PAYLOAD))
    folder.mkdir(parents=True)
    row = (PAYLOAD, next(iter(c.EXERCISES)), PAYLOAD, 1, "no", 0, "no", 1,
           "2026-11-24T09:00:00+00:00")  # fmt: skip
    for name, cells in (("one", row), (f"two{PAYLOAD.replace('/', '')}", (PAYLOAD,) * len(row))):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([COLUMNS, cells])
    overview = c.collect(folder)
    yield from (overview, replace(c.progress(folder), lines=overview.lines))
    yield HandedIn(PAYLOAD, 1, folder / PAYLOAD)
    yield AnswerSheet(TEXTS, ((row[1], PAYLOAD, TEXTS),))
    yield pd.DataFrame({PAYLOAD: TEXTS}, index=TEXTS)


def kept(folder: Path, own: c.Deployment, issued: c.Deployment) -> Iterator[Any]:
    """What lies in files: hostile names of files and folders, hostile words in them."""
    gw = f"1{TEXTS[1]}"
    yield c.export_device(issued, gw, folder / f"out{PLAIN}")
    came = folder / f"in{PLAIN}" / f"gw{PLAIN}"
    came.mkdir(parents=True)
    (came / f"own{PLAIN}.pem").write_text(certificate(own.at).pem, "ascii")
    (came / f"broken{PLAIN}.pem").write_text("-----BEGIN CERTIFICATE-----\n!", "ascii")
    yield c.read_files(came)
    yield c.import_estate(came.parent, at=AT)

    begun = c.begin(inventory(), at=AT)
    with c.Lab.open(folder / f"lab{PLAIN}", start=begun, name="main", who=PAYLOAD) as disk:
        disk.run(c.GenerateSelfSigned(gw), note=PAYLOAD)
        yield from (disk, disk.history)
    said = {"context": PAYLOAD, "options": TEXTS, "choice": PAYLOAD, "by": PAYLOAD,
            "reasons": TEXTS, "consequences": TEXTS}  # fmt: skip
    place = folder / "decisions"
    decision = c.decide(f"a{PAYLOAD}", on=AT, today=AT, **said, evidence={PAYLOAD: own},
                        folder=place).save()  # fmt: skip
    yield from (decision, c.decision_log(place, today=AT))


def widgets(folder: Path) -> Iterator[Any]:
    """Every widget, on the same."""
    office, own, asked, issued = inventory(), lab(), under_an_authority(2), under_an_authority()
    plan = c.InternalPKI(PAYLOAD, name_constraints=False).procedure(office)
    yield from (c.explore(own), c.explore(asked, plan), c.stores(own), c.authority_console(asked))
    yield from (c.compare_models(office, AT, seed=PAYLOAD), c.time_machine(issued))
    yield from (c.walk(asked, plan), c.device_table(own), c.break_it(issued))
    yield from (c.call_panel(issued), c.peer_panel(issued, "openssl"))
    yield from (c.studio(AT, seed=PAYLOAD), c.gallery(AT))
    yield c.exercise(next(iter(c.EXERCISES)), PAYLOAD)
    yield c.export_panel(issued, folder / f"files{PLAIN}")
    carried = c.import_panel(at=AT)
    carried.add(f"{PAYLOAD}.pem", certificate(own.at).der)
    carried.add(f"broken{PAYLOAD}.pem", b"-----BEGIN CERTIFICATE-----\n!")
    carried.press("do:read")
    yield carried
    handed = c.hand_in(PAYLOAD, folder)
    handed._handed = HandedIn(PAYLOAD, 1, folder / PAYLOAD)
    handed._draw(PAYLOAD)
    yield handed
    yield c.decision_form(TEXTS, folder=folder / "decided", on=AT, lab=own, office=office)
    planned = c.planner(office, at=AT, folder=folder)
    planned.errand.wait()
    yield planned
    broken = c.planner(at=AT, folder=folder)
    broken.read(f"name,{PLAIN}\n{PLAIN},{PAYLOAD}\n".encode(), f"{PAYLOAD}.csv")
    broken.errand.wait()
    yield broken
