"""A runbook: every Step left, in an order that works, for teams and devices, with the way back."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from certlab.deployment import (
    AddDevice,
    InternalPKI,
    PublishCRL,
    Role,
    SelfSigned,
    SwitchDialPlan,
    ThirdPartyCA,
    begin,
    deploy,
    read_inventory,
    trust_matrix,
)
from certlab.deployment.inventory import SecurityMode
from certlab.deployment.steps import Step
from certlab.errors import InvalidInput
from certlab.planning import due, estate_of_size, runbook, what_if
from certlab.planning.runbook import _HOW, inverse

REGION = Path(__file__).parents[2] / "notebooks" / "data" / "region.csv"
MODELS = [SelfSigned(), InternalPKI(), ThirdPartyCA(), ThirdPartyCA(split=True)]
TITLES = ["self-signed", "internal", "third-party", "split"]


@pytest.fixture(scope="module")
def region():
    return read_inventory(REGION)


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
    makes = r"(?:-FilePath|-Path|-out|-keyout|-ca\.cert|-OutputCertRequestFile"
    makes += r"|-encode \S+|-retrieve REQUESTID|-submit -attrib \S+ \S+|download|its root as"
    makes += r"|certificate as) (\S+?\.(?:cer|der|csr|key))\b"
    made: dict[str, str] = {}
    for task in book:
        for line in task.command.splitlines():
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
    assert len(book.for_device("gw1")) == 4  # request, issue, install, import the root
    for name in region.devices:
        ways = [job.inverse for job in book.for_device(name).jobs if job.inverse]
        assert ways
        assert {back.device for back in ways} == {name}
    with pytest.raises(InvalidInput, match="one of PKI"):
        book.for_team("gardeners")


def test_a_push_is_one_log_on_and_one_job_of_the_directory_team(region):
    book = runbook(begin(region, at="2026-11-24"), InternalPKI().procedure(region))
    (push,) = book.for_team("directory").jobs
    assert push.touches == 1 < len(push)
    assert len({task.command for task in push.tasks}) == 1


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
