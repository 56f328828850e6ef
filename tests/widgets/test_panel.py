"""The panel without a browser: a message becomes a Step, and the next Deployment is shown."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from certlab.deployment import (
    Deployment,
    Device,
    DialPlan,
    ImportAnchor,
    Inventory,
    Role,
    SecurityMode,
    SelfSigned,
    Step,
    begin,
    trust_matrix,
)
from certlab.errors import StepRefused, UnknownName
from certlab.views import device_id, pair_id, plan_id
from certlab.widgets import Canvas, TrustPanel, explore
from certlab.widgets import bench as bench_module
from certlab.widgets import panel as panel_module


def inventory(gateways: int) -> Inventory:
    devices = [Device("um1", "um1.office.example", Role.UM_SERVER, ("office",))]
    devices += [
        Device(f"gw{n}", f"gw{n}.office.example", Role.GATEWAY, ("office",))
        for n in range(1, gateways + 1)
    ]
    return Inventory.of(devices, [DialPlan("office", SecurityMode.SIP_SECURED)])


@pytest.fixture
def lab() -> Deployment:
    """Two gateways trust um1, and um1 trusts nobody yet."""
    office = inventory(2)
    phases = SelfSigned().procedure(office).phases
    return begin(office, at="2026-11-24", seed="panel").run(phases[0], phases[1])


@pytest.fixture
def panel(lab) -> TrustPanel:
    return explore(lab, SelfSigned().procedure(lab.inventory))


def press(widget: Canvas, id_: object) -> None:
    """What the page sends when something is pressed."""
    widget._handle_custom_msg({"kind": "press", "id": id_}, [])


def ids(widget: Canvas, part: str) -> list[str | None]:
    root = ET.fromstring(f"<all>{widget.parts[part]}</all>")
    return [node.get("data-id") for node in root.iter() if node.get("data-id")]


def test_it_opens_on_the_first_refusal_and_offers_its_repair(panel):
    assert panel.selected == ("um1", "gw1")
    assert panel.status == "um1 refuses gw1: not imported"
    assert "Repair: um1 imports gw1’s certificate into its root store" in panel.parts["why"]


def test_pressing_a_cell_selects_it_in_every_view(panel):
    press(panel, pair_id("um1", "gw2"))
    assert panel.selected == ("um1", "gw2")
    assert "um1 refuses gw2" in panel.parts["why"]
    for part in ("map", "matrix"):
        root = ET.fromstring(f"<all>{panel.parts[part]}</all>")
        marked = [n.get("data-id") for n in root.iter() if n.get("aria-current")]
        assert pair_id("um1", "gw2") in marked


def test_pressing_the_repair_runs_the_step_and_the_journal_gains_a_line(panel, lab):
    before = len(lab.journal)
    press(panel, "do:fix")
    assert panel.deployment == lab.run(ImportAnchor("um1", certificate_of="gw1"))
    assert len(panel.deployment.journal) == before + 1
    assert "um1 imports gw1’s certificate into its root store" in panel.parts["journal"]
    assert "um1 accepts gw1" in panel.parts["matrix"]
    assert panel.status.startswith("um1 imports gw1’s certificate into its root store.")


def test_undo_takes_it_back_and_never_more_than_was_done_here(panel, lab):
    press(panel, "do:fix")
    press(panel, "do:undo")
    assert panel.deployment is lab
    assert panel.status.startswith("Undone.")
    press(panel, "do:undo")
    assert panel.deployment is lab


def test_the_rest_of_the_procedure_is_one_press_and_one_line(panel, lab):
    press(panel, "do:rest")
    assert trust_matrix(panel.deployment).all_accepted
    assert len(panel.deployment.journal) == len(lab.journal) + 1
    assert "do:rest" not in ids(panel, "journal")
    assert "Self-signed: all 2 links work both ways" in panel.parts["map"]


def test_from_a_repaired_link_the_next_refusal_is_one_press_away(panel):
    press(panel, "do:fix")
    press(panel, "do:next")
    assert panel.selected == ("um1", "gw2")


def test_what_was_done_is_a_cell_that_gives_the_same_deployment(panel, lab):
    assert panel.code == ""
    for id_ in ("do:fix", "do:rest"):
        press(panel, id_)
    names = {"lab": lab}
    exec(panel.code, names)
    assert names["lab"] == panel.deployment
    press(panel, "do:undo")
    names = {"lab": lab}
    exec(panel.code, names)
    assert names["lab"] == panel.deployment


def test_a_device_shows_its_links(panel):
    press(panel, device_id("um1"))
    assert panel.selected == ("um1",)
    assert "um1: 2 of 4 directions refused" in panel.parts["why"]
    assert pair_id("um1", "gw2") in ids(panel, "why")


def test_a_dial_plan_of_many_devices_opens_and_closes():
    office = inventory(40)
    panel = explore(begin(office, at="2026-11-24", seed="many"))
    assert device_id("gw1") not in ids(panel, "map")
    press(panel, plan_id("office"))
    assert device_id("gw1") in ids(panel, "map")
    press(panel, plan_id(""))
    assert device_id("gw1") not in ids(panel, "map")


def test_a_deployment_given_from_outside_is_shown_and_can_be_observed(panel, lab):
    seen = []
    panel.observe(lambda change: seen.append(change.new), "deployment")
    panel.deployment = lab.moved_to("2028-01-01")
    assert seen == [lab.moved_to("2028-01-01")]
    assert "expired" in panel.parts["matrix"]


def test_a_step_that_is_refused_is_said_and_changes_nothing(panel, lab):
    class Impossible(ImportAnchor):
        def apply(self, deployment):
            raise StepRefused("this cannot be done")

    panel.run([Impossible("um1", certificate_of="gw1")])
    assert panel.deployment is lab
    assert "this cannot be done" in panel.status
    assert "this cannot be done" in panel.parts["trouble"]


def test_a_long_run_shows_how_far_it_is(panel, monkeypatch):
    monkeypatch.setattr(bench_module, "PATIENCE", 0.0)
    seen = []
    panel.observe(lambda change: seen.append(change.new["journal"]), "parts")
    press(panel, "do:rest")
    assert any("<progress" in journal for journal in seen)
    assert "<progress" not in panel.parts["journal"]


def test_a_selection_judges_nothing_again(panel, monkeypatch):
    monkeypatch.setattr(panel_module, "trust_matrix", _never)
    monkeypatch.setattr(bench_module, "trust_matrix", _never)
    press(panel, pair_id("gw1", "um1"))
    assert panel.selected == ("gw1", "um1")


NONSENSE = [
    *(
        None,
        {},
        "press",
        {"kind": "press"},
        {"kind": "press", "id": 3},
        {"kind": "x", "id": "do:fix"},
    ),
    *({"kind": "press", "id": id_} for id_ in ("do:nothing", "", ":::", "device:nobody")),
    *({"kind": "press", "id": id_} for id_ in ("pair:um1:um1", "pair:um1:x", "plan:nowhere")),
]


@pytest.mark.parametrize("content", NONSENSE, ids=str)
def test_a_message_that_says_nothing_sensible_changes_nothing(panel, lab, content):
    shown, selected = panel.parts, panel.selected
    panel._heard(None, content, [])
    assert panel.deployment is lab
    assert (panel.parts, panel.selected) == (shown, selected)


def test_selecting_a_device_that_is_not_there_is_an_error_in_python(panel):
    with pytest.raises(UnknownName):
        panel.select("gw9")


def test_what_goes_to_the_page_is_markup_and_ids_and_no_key(panel, lab):
    state = panel.get_state()
    ours = {"parts", "status", "label", "look"}
    assert ours <= set(state)
    assert "deployment" not in state
    secrets = [
        format(key.private_key.private_numbers().private_value, form)
        for key in (lab.keys.get(c.key_fingerprint) for c in lab.certificates.values())
        for form in ("x", "d")
    ]
    shown = repr(state).lower()
    assert len(secrets) == 6
    assert not any(secret in shown for secret in secrets)
    assert "private key" not in shown


def test_where_no_widget_can_live_its_picture_of_the_moment_is_shown(panel):
    bundle = panel._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "um1 refuses gw1" in data["text/html"]
    assert "<script" not in data["text/html"]


def test_a_step_has_a_name_that_the_package_hands_out(panel):
    import certlab

    steps: list[Step] = list(SelfSigned().procedure(panel.deployment.inventory))
    assert all(hasattr(certlab, type(step).__name__) for step in steps)


def _never(*_):
    raise AssertionError("this was asked again")
