"""Dial plans: the security mode decides which links need what, and what is left to do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from certlab.deployment import (
    Device,
    DialPlan,
    InternalPKI,
    Inventory,
    Role,
    SecurityMode,
    SelfSigned,
    SwitchDialPlan,
    begin,
    deploy,
    trust_matrix,
)
from certlab.errors import UnknownName

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def two_plans() -> Inventory:
    return Inventory.of(
        [
            Device("um1", "um1.office.example", Role.UM_SERVER, ("in", "out")),
            Device("gw1", "gw1.office.example", Role.GATEWAY, ("in",)),
            Device("gw2", "gw2.office.example", Role.GATEWAY, ("out",)),
        ],
        [DialPlan("in", SecurityMode.SECURED), DialPlan("out", SecurityMode.UNSECURED)],
    )


@pytest.mark.parametrize(
    ("mode", "port", "media", "secure"),
    [
        (SecurityMode.UNSECURED, 5060, "RTP in clear", False),
        (SecurityMode.SIP_SECURED, 5061, "RTP in clear", True),
        (SecurityMode.SECURED, 5061, "SRTP", True),
    ],
)
def test_a_mode_decides_port_media_and_whether_a_link_needs_mutual_tls(
    two_plans: Inventory, mode: SecurityMode, port: int, media: str, secure: bool
) -> None:
    switched = two_plans.with_security("out", mode)
    link = switched.link_between("gw2", "um1")
    assert link is not None
    assert (link.security.port, link.security.media) == (port, media)
    assert (link in switched.links) is secure


@pytest.mark.parametrize("model", [SelfSigned(), InternalPKI()])
def test_securing_a_plan_adds_links_and_steps_and_only_those(
    two_plans: Inventory, model: SelfSigned | InternalPKI
) -> None:
    lab = deploy(two_plans, model, at=NOW)
    assert lab.certificate_of("gw2") is None
    secured = lab.run(SwitchDialPlan("out", SecurityMode.SIP_SECURED))
    matrix = trust_matrix(secured)
    assert len(secured.inventory.links) == 2
    assert set(matrix.refused) >= {("um1", "gw2")}
    left = model.procedure(secured.inventory).remaining(secured)
    assert len(left) == (1 + 2 if isinstance(model, SelfSigned) else 4)
    assert all(step.place in {"gw2", "um1"} for step in left)
    assert trust_matrix(secured.run(left)).all_accepted


def test_taking_security_away_leaves_nothing_to_do(two_plans: Inventory) -> None:
    lab = begin(two_plans, at=NOW).run(SwitchDialPlan("in", SecurityMode.UNSECURED))
    assert not lab.inventory.links
    assert len(SelfSigned().procedure(lab.inventory)) == 0
    assert trust_matrix(lab).headline == "No link needs mutual TLS"


def test_a_switch_is_undone_with_the_run_it_was_part_of(two_plans: Inventory) -> None:
    lab = begin(two_plans, at=NOW)
    step = SwitchDialPlan("out", SecurityMode.SECURED)
    switched = lab.run(step)
    assert switched.run(step) is switched
    assert switched.journal[0].tell() == "dial plan out becomes Secured"
    assert switched.undo().inventory is two_plans
    assert "Set-UMDialPlan -Identity 'out' -VoIPSecurity Secured" in step.command(lab)


def test_a_plan_that_is_not_there_is_named_with_those_that_are(two_plans: Inventory) -> None:
    with pytest.raises(UnknownName, match="in, out"):
        begin(two_plans, at=NOW).run(SwitchDialPlan("home", SecurityMode.SECURED))
