"""A runbook: every Step left, in an order that works, for teams and devices, with the way back."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from certlab.deployment import (
    AddDevice,
    CellState,
    Device,
    DialPlan,
    InstallCertificate,
    InternalPKI,
    Inventory,
    Phase,
    PublishCRL,
    PushRoot,
    RemoveAnchor,
    RemoveFrom,
    Role,
    SecurityMode,
    SelfSigned,
    Store,
    SwitchDialPlan,
    ThirdPartyCA,
    begin,
    deploy,
    migrate,
    read_inventory,
    trust_matrix,
)
from certlab.deployment.steps import Step
from certlab.errors import InvalidInput
from certlab.pki import Draft, KeyPair, profile, self_signed
from certlab.planning import (
    ASSUMPTIONS,
    Runbook,
    due,
    estate_of_size,
    plan_for,
    runbook,
    what_if,
)
from certlab.planning.runbook import _HOW, Task, inverse

REGION = Path(__file__).parents[2] / "notebooks" / "data" / "region.csv"
MODELS = [SelfSigned(), InternalPKI(), ThirdPartyCA(), ThirdPartyCA(split=True)]
TITLES = ["self-signed", "internal", "third-party", "split"]


@pytest.fixture(scope="module")
def region():
    return read_inventory(REGION)


@pytest.fixture(scope="module")
def live(region):
    """The runbook from self-signed to an internal PKI."""
    lab = deploy(region, SelfSigned(), at="2026-11-24", seed="runbook")
    return runbook(lab, migrate(lab, InternalPKI()).procedure)


def waits(book: Runbook) -> dict[str, list[str]]:
    """For each job of a sheet, what it waits for, by number."""
    return {job.number: [j.number for j in book.gates[job.number]] for job in book.jobs}


@pytest.mark.parametrize("model", MODELS, ids=TITLES)
def test_working_through_the_jobs_in_their_order_makes_every_link_work(region, model):
    lab = begin(region, at="2026-11-24", seed="runbook")
    book = runbook(lab, model.procedure(region))
    assert sorted(task.number for task in book) == list(range(1, len(book) + 1))
    after = lab.run(task.step for task in book)
    assert trust_matrix(after).all_accepted
    assert len(runbook(after, model.procedure(region))) == 0


@pytest.mark.parametrize("live", [False, True], ids=["new", "live"])
@pytest.mark.parametrize("model", MODELS, ids=TITLES)
def test_no_device_presents_before_those_that_must_trust_it_hold_its_anchor(region, model, live):
    lab = begin(region, at="2026-11-24", seed="runbook")
    if live:
        other = ThirdPartyCA() if isinstance(model, SelfSigned) else SelfSigned()
        lab = lab.run(other.procedure(region))
        assert trust_matrix(lab).all_accepted
    presented = {name: lab.presented_by(name) for name in region.devices}
    for job in runbook(lab, model.procedure(region)).jobs:
        lab = lab.run(task.step for task in job.tasks)
        now = {name: lab.presented_by(name) for name in region.devices}
        if live:
            assert trust_matrix(lab).all_accepted, job.title
        elif now != presented:
            for name in region.devices:
                for shown in now[name]:
                    top = (shown.certificate, *shown.chain)[-1]
                    for peer in region.peers[name]:
                        keys = {anchor.subject for anchor in lab.anchors_of(peer)}
                        assert top.issuer in keys, (job.title, peer, name)
        presented = now


def test_a_self_signed_certificate_is_made_first_and_presented_when_its_peers_hold_it(region):
    book = runbook(begin(region, at="2026-11-24", seed="runbook"), SelfSigned().procedure(region))
    kinds = [type(job.tasks[0].step).__name__ for job in book.jobs]
    assert kinds.index("GenerateSelfSigned") < kinds.index("ImportAnchor")
    assert set(kinds[-2:]) == {"InstallCertificate"}
    more = book.touches - SelfSigned().procedure(region).touches
    assert book.notes[0].startswith(f"For {more} touches more than setting up counts")


def test_the_next_list_of_an_offline_root_is_the_last_job_with_its_day(region):
    lab = begin(region, at="2026-11-24", seed="runbook")
    *_, last = runbook(lab, InternalPKI().procedure(region)).jobs
    (task,) = last.tasks
    assert task.step == PublishCRL("Lab PKI root")
    assert "before 2027-11-24" in last.title
    after = lab.run(InternalPKI().procedure(region))
    ends = next(item for item in due(after, 400) if item.what == "revocation list").at
    assert f"{ends:%Y-%m-%d}" in last.title
    single = runbook(lab, InternalPKI(tiers=1).procedure(region))
    assert not any(isinstance(task.step, PublishCRL) for task in single)


@pytest.mark.parametrize("model", MODELS, ids=TITLES)
def test_every_file_that_a_command_uses_is_made_by_an_earlier_one(region, model):
    book = runbook(begin(region, at="2026-11-24", seed="runbook"), model.procedure(region))
    makes = r"(?:-FilePath|Set-Content|-out|-keyout|-ca\.cert|-OutputCertRequestFile"
    makes += r"|-encode \S+|-retrieve REQUESTID|-submit -attrib \S+ \S+|download|its root as"
    makes += r"|certificate as) (\S+?\.(?:cer|der|csr|key))\b"
    made: dict[str, str] = {}
    for task in book:
        for line in task.command.splitlines():
            if "-setreg" in line:  # addresses
                continue
            new = set() if "Import-" in line else set(re.findall(makes, line))
            used = set(re.findall(r"[\w.-]+\.(?:cer|der|csr|key)\b", line)) - new
            assert used <= set(made), (task.command, used)
            clash = {file: made[file] for file in new & set(made) if file.endswith(".key")}
            assert not clash, f"{task.command} writes over what {clash} made"
            made |= dict.fromkeys(new, repr(task.step))


@pytest.mark.parametrize("model", MODELS[1:], ids=TITLES[1:])
def test_a_migration_works_job_by_job_with_a_device_that_joins_on_the_way(region, model):
    lab = deploy(region, SelfSigned(), at="2026-11-24", seed="runbook")
    joins = AddDevice("gw99", "gw99.north.region.example", Role.GATEWAY, ("north",))
    plan = what_if(lab, joins, model=model)
    book = runbook(lab, plan.procedure)
    steps = {task.step for task in book if not isinstance(task.step, PublishCRL)}
    assert steps == set(plan.steps)
    after = lab.run(task.step for task in book)
    assert trust_matrix(after).headline == plan.after.headline
    assert {job.phase for job in book.for_device("gw99").jobs} >= {1, 2, 3, 4}
    assert "gw99" not in lab.inventory.devices


def test_one_touch_more_is_told_as_one():
    small = estate_of_size(1, 1)
    lab = deploy(small, SelfSigned(), at="2026-11-24", seed="runbook").run(
        AddDevice("gw2", "gw2.estate.example", Role.GATEWAY, ("plan",))
    )
    book = runbook(lab, SelfSigned().procedure(lab.inventory))
    assert book.notes[0].startswith("For 1 touch more than setting up counts")


def test_teams_and_devices_have_their_part_and_the_parts_are_the_whole(region):
    book = runbook(begin(region, at="2026-11-24"), InternalPKI().procedure(region))
    assert set(book.teams) == {"PKI", "Exchange", "telephony", "directory"}
    parts = [book.for_team(team) for team in book.teams]
    assert sum(map(len, parts)) == len(book)
    assert all(task.device == "gw1" for task in book.for_device("gw1"))
    assert sum(part.touches for part in parts) == book.touches < len(book)
    assert len(book.for_device("gw1")) == 4  # request, issue, install, import the root
    for name in region.devices:
        ways = [job.inverse for job in book.for_device(name).jobs if job.inverse]
        assert ways
        assert {back.device for back in ways} == {name}
    with pytest.raises(InvalidInput, match="one of PKI"):
        book.for_team("gardeners")


def test_a_job_has_one_number_on_every_sheet(live):
    whole = {job.number: job for job in live.jobs}
    assert len(whole) == len(live.jobs)
    sheets = [live.for_team(team) for team in live.teams]
    sheets += [live.for_device(name) for name in live.deployment.inventory.devices]
    for sheet in sheets:
        assert sheet.jobs
        for job in sheet.jobs:
            assert set(job.tasks) <= set(whole[job.number].tasks)
    assert [job.number for job in live.for_team("Exchange").jobs] == ["1.2", "3.1", "4.1"]


def test_a_sheet_names_the_jobs_of_others_that_must_be_finished_first(live):
    assert waits(live.for_team("Exchange")) == {
        "1.2": ["1.1"],
        "3.1": ["1.3", "1.4", "2.1", "2.2"],
        "4.1": ["3.2"],
    }
    assert waits(live.for_device("gw1")) == {
        "1.3": ["1.1"],
        "1.4": ["1.1", "1.2", "1.3"],
        "2.2": ["1.2", "1.3", "1.4"],  # of its own job the other devices' part
        "3.2": ["2.1", "2.2"],
        "4.2": ["3.1", "3.2"],
    }
    assert waits(live)["5.1"] == [], "what has its day does not wait for the others"


@pytest.mark.parametrize("model", MODELS, ids=TITLES)
def test_teams_that_wait_as_their_sheets_say_stop_no_link_whoever_is_quick(region, model):
    other = ThirdPartyCA() if isinstance(model, SelfSigned) else SelfSigned()
    start = deploy(region, other, at="2026-11-24", seed="runbook")
    book = runbook(start, migrate(start, model).procedure)
    for quick in (book.teams, book.teams[::-1]):
        sheets = {team: book.for_team(team) for team in quick}
        left = {team: list(sheet.jobs) for team, sheet in sheets.items()}
        lab, finished = start, set()
        while any(left.values()):
            job, team = next(
                (jobs[0], team)
                for team, jobs in left.items()
                if jobs and {j.number for j in sheets[team].gates[jobs[0].number]} <= finished
            )
            lab = lab.run(task.step for task in left[team].pop(0).tasks)
            finished.add(job.number)
            assert trust_matrix(lab).all_accepted, job.number


def test_renewals_of_one_day_are_made_imported_and_presented_in_this_order(region):
    lab = deploy(region, SelfSigned(), at="2026-11-24", seed="runbook")
    book = runbook(lab, due(lab, 400).procedure)
    assert len(book.jobs) == 6
    for job in book.jobs:
        lab = lab.run(task.step for task in job.tasks)
        assert trust_matrix(lab).all_accepted, job.number
    assert waits(book)["1.3"] == ["1.2"], "what is imported was made"
    assert waits(book)["1.5"] == ["1.4"], "the switches wait for the imports"
    assert book.pilot is None


def ring() -> Inventory:
    """Four dial plans, one unsecured, each UM server in two, and an Exchange server in none."""
    devices = [Device("ex", "ex.ring.example", Role.EXCHANGE, (), domain_joined=True)]
    for place, plan in enumerate("abcd"):
        plans = (plan, "abcd"[(place + 1) % 4])
        devices += [
            Device(f"um-{plan}", f"um-{plan}.ring.example", Role.UM_SERVER, plans,
                   domain_joined=plan != "a"),
            Device(f"gw-{plan}", f"gw-{plan}.ring.example", Role.GATEWAY, (plan,)),
            Device(f"pbx-{plan}", f"pbx-{plan}.ring.example", Role.PBX, (plan,)),
        ]  # fmt: skip
    devices.append(Device("pbx-a2", "pbx-a2.ring.example", Role.PBX, ("a",)))
    modes = dict.fromkeys("abcd", SecurityMode.SECURED) | {"d": SecurityMode.UNSECURED}
    return Inventory.of(devices, [DialPlan(plan, mode) for plan, mode in modes.items()])


def numbers(said: str) -> set[int]:
    """The phases that a sentence names."""
    first, *rest = map(int, re.findall(r"\d+", said))
    return set(range(first, rest[0] + 1)) if " to " in said else {first, *rest}


def in_words(book: Runbook) -> list[Task]:
    """The Steps that somebody does who reads the sentences of the pilot and nothing else."""
    inventory, said = book.deployment.inventory, " ".join(book.pilot.words)
    (plan,) = re.findall(r"steps \([\d,]+\) in dial plan (\w+)\.", said)
    ready = numbers(found[1]) if (found := re.search(r"Finish (.*?) for everybody", said)) else ()
    turns = numbers(re.search(r"Do (.*?) first for the devices in it alone", said)[1])
    imports, others = re.search(
        r"the imports of (.*?) also for the devices (.*?),? which", said
    ).groups()
    plans = set(re.findall(r"\b[a-d]\b", others))
    first = []
    for job in book.jobs:
        for task in job.tasks:
            device = inventory.devices.get(task.device)
            inside = device is None or plan in device.dial_plans
            near = device is not None and (
                plans & {*device.dial_plans} if device.dial_plans else "in no dial plan" in others
            )
            pushed = isinstance(task.step, PushRoot) and "A policy brings its import" in said
            if job.phase in ready or (
                job.phase in turns
                and (inside or (job.phase in numbers(imports) and (near or pushed)))
            ):
                first.append(task)
    return first


@pytest.mark.parametrize("live", [False, True], ids=["new", "live"])
@pytest.mark.parametrize("model", MODELS, ids=TITLES)
def test_one_dial_plan_can_go_first_as_the_pilot_says_and_no_working_link_stops(model, live):
    inventory = ring()
    lab = begin(inventory, at="2026-11-24", seed="pilot")
    procedure = model.procedure(inventory)
    if live:
        lab = lab.run(InternalPKI("Old PKI").procedure(inventory))
        assert trust_matrix(lab).all_accepted
        procedure = migrate(lab, model).procedure
    book = runbook(lab, procedure)
    first = in_words(book)
    assert tuple(first) == book.pilot.tasks
    assert f"({len(first)})" in book.pilot.words[0]
    assert inventory.dial_plans[book.pilot.plan].security.needs_mutual_tls
    inside = {d.name for d in inventory if book.pilot.plan in d.dial_plans}
    switched = {t.device for t in first if isinstance(t.step, InstallCertificate)}
    assert switched == inside < set(inventory.devices)
    rest = [task for task in book if task not in set(first)]
    before = trust_matrix(lab)
    for task in (*first, *rest):
        lab = lab.run(task.step)
        if isinstance(task.step, InstallCertificate | RemoveFrom) or task is first[-1]:
            now = trust_matrix(lab)
            stopped = [pair for pair, cell in before
                       if cell.state is CellState.ACCEPTED
                       and now.cell(*pair).state is not CellState.ACCEPTED]  # fmt: skip
            assert not stopped, (task.step, stopped)
            before = now
        if task is first[-1]:
            assert all(cell.state is CellState.ACCEPTED for (one, other), cell in before
                       if {one, other} <= inside)  # fmt: skip
    assert before.all_accepted


def test_a_pilot_without_the_imports_of_its_neighbours_would_stop_working_links():
    inventory = ring()
    lab = deploy(inventory, SelfSigned(), at="2026-11-24", seed="pilot")
    pilot = runbook(lab, migrate(lab, InternalPKI()).procedure).pilot
    inside = {"", *(d.name for d in inventory if pilot.plan in d.dial_plans)}
    after = lab.run(task.step for task in pilot.tasks if task.device in inside)
    assert not trust_matrix(after).all_accepted
    assert trust_matrix(lab.run(task.step for task in pilot.tasks)).all_accepted


@pytest.mark.parametrize("model", MODELS, ids=TITLES)
def test_of_what_is_left_after_any_job_a_pilot_is_told_until_the_switches_have_begun(model):
    lab = deploy(ring(), InternalPKI("Old PKI"), at="2026-11-24", seed="pilot")
    procedure = migrate(lab, model).procedure
    book = runbook(lab, procedure)
    for job in book.jobs:
        lab = lab.run(task.step for task in job.tasks)
        left = runbook(lab, procedure)
        if not any(isinstance(task.step, InstallCertificate) for task in job.tasks):
            if left.pilot is not None:
                after = lab.run(task.step for task in left.pilot.tasks)
                assert trust_matrix(after).all_accepted
            switches = any(isinstance(task.step, InstallCertificate) for task in left)
            assert (left.pilot is not None) == switches, job.number


def test_no_pilot_is_told_where_one_dial_plan_is_everybody_or_a_device_joins_on_the_way(region):
    alone = Inventory.of(
        [replace(device, dial_plans=("one",)) for device in region],
        [DialPlan("one", SecurityMode.SIP_SECURED)],
    )
    assert runbook(begin(alone, at="2026-11-24"), InternalPKI().procedure(alone)).pilot is None
    lab = deploy(region, SelfSigned(), at="2026-11-24", seed="runbook")
    assert runbook(lab, what_if(lab, model=InternalPKI()).procedure).pilot is not None
    joins = AddDevice("gw99", "gw99.north.region.example", Role.GATEWAY, ("north",))
    assert runbook(lab, what_if(lab, joins, model=InternalPKI()).procedure).pilot is None


def test_the_hours_are_the_touches_by_hand_and_tell_what_they_assume(region):
    each = ASSUMPTIONS.changed(hours_per_touch=0.25).figure("hours_per_touch")
    lab, procedure = begin(region, at="2026-11-24"), InternalPKI().procedure(region)
    assert runbook(lab, procedure).hours is None
    book = runbook(lab, procedure, hours_per_touch=each)
    for sheet in (book, book.for_team("PKI"), book.for_device("gw1")):
        assert float(sheet.hours) == sheet.touches / 4
    assert any("your value" in line for line in book.hours.explain())
    plan = plan_for(region, at="2026-11-24", model="internal", today="self-signed")
    assert float(plan.runbook.hours) == plan.runbook.touches / 2


def test_a_push_is_one_log_on_and_one_job_of_the_directory_team(region):
    book = runbook(begin(region, at="2026-11-24"), InternalPKI().procedure(region))
    (push,) = book.for_team("directory").jobs
    assert push.touches == 1 < len(push)
    assert len({task.command for task in push.tasks}) == 1


def test_a_runbook_names_no_serial_number_that_the_lab_made_up_and_every_other(region):
    lab = deploy(region, SelfSigned(), at="2026-11-24")
    draft = Draft(("pbx1.example",), profile("mutual-tls"), lab.at, common_name="pbx1")
    real = self_signed(draft, KeyPair.generate(), 0x1D2337BE)
    lab = lab.with_imported("um1", Store.ROOT, real)
    joins = AddDevice("gw99", "gw99.north.region.example", Role.GATEWAY, ("north",),
                      ships_roots=("Another Root",))  # fmt: skip
    way = what_if(lab, joins, model=InternalPKI()).procedure
    removal = Phase("By hand", (RemoveAnchor("um1", "pbx1", fingerprint=real.fingerprint),))
    held, known = set(lab.keys), set(lab.certificates)
    book = runbook(lab, replace(way, phases=(*way.phases, removal)))
    words = {word for task in book for word in re.split(r"[^0-9a-z]+", task.command)}
    assert sum("-delstore" in task.command for task in book) > 50
    assert f"{real.serial:x}" in words
    made_up = {f"{one.serial:x}" for one in book.deployment.certificates.values() if one != real}
    assert not made_up & words
    assert (set(lab.keys), set(lab.certificates)) == (held, known), "nothing is changed"


def test_every_kind_of_step_in_a_procedure_has_words_of_its_own(region):
    lab = deploy(region, SelfSigned(), at="2026-11-24", seed="runbook")
    for model in MODELS:
        for procedure in (model.procedure(region), what_if(lab, model=model).procedure):
            for step in procedure:
                assert any(kind in _HOW for kind in type(step).__mro__ if kind is not Step), step


def test_a_runbook_without_its_deployment_is_refused_with_the_call_that_works(region):
    lab = begin(region, at="2026-11-24", seed="runbook")
    for given in [(SelfSigned().procedure(region),), (lab,)]:
        with pytest.raises(InvalidInput, match=r"runbook\(lab, migrate"):
            runbook(*given)


def test_an_inverse_step_takes_back_what_was_done(region):
    lab = deploy(region, InternalPKI(), at="2026-11-24", seed="runbook")
    ready = lab.run(SelfSigned().procedure(region).phases[0].steps[0].parts[0])
    (imports, *_) = SelfSigned().procedure(region).phases[1].steps
    source = next(s for s in SelfSigned().procedure(region).phases[1] if s.certificate_of == "um1")
    for step in (source, SwitchDialPlan("south", SecurityMode.UNSECURED)):
        back = inverse(step, ready)
        assert not step.is_done(ready)
        again = ready.run(step).run(back)
        assert trust_matrix(again).headline == trust_matrix(ready).headline
        assert again.inventory.dial_plans == ready.inventory.dial_plans
        assert [again.anchors_of(d.name) for d in region] == [
            ready.anchors_of(d.name) for d in region
        ]
    assert inverse(imports, replace(lab)) is not None
