"""Tables and sheets: the same words as the pictures, for those who read."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest

from certlab.deployment import (
    CreateAuthority,
    GenerateSelfSigned,
    ImportAnchor,
    InternalPKI,
    SelfSigned,
    begin,
    deploy,
    trust_matrix,
)
from certlab.pki import KeyType
from certlab.views import (
    Seals,
    cell_code,
    certificate_sheet,
    deployment_view,
    device_view,
    inventory_table,
    journal_list,
    matrix_styler,
    matrix_table,
    pair_id,
    plan_id,
    presented_view,
    procedure_list,
    read_id,
)
from certlab.views.parts import table
from certlab.views.sheets import FIELDS

from .estates import AT, SVG, by_id, estate, lab_of, parsed, texts


def cells(markup: str) -> list[list[str]]:
    return [["".join(c.itertext()) for c in row] for row in parsed(markup).iter("tr")]


def test_a_small_matrix_is_written_in_words():
    matrix = trust_matrix(lab_of(estate(1, 1, 1), phases=2))
    assert cells(matrix_table(matrix)) == [
        ["accepts ↓ whom →", "um1", "gw1", "pbx1"],
        ["um1", "–", "✗ not imported", "✗ not imported"],
        ["gw1", "✓ trusted", "–", "no link"],
        ["pbx1", "✓ trusted", "no link", "–"],
    ]


def test_a_larger_matrix_has_the_same_signs_and_the_words_for_those_who_ask():
    matrix = trust_matrix(lab_of(estate(1, 11, 0), phases=2))
    table = matrix_table(matrix)
    assert cells(table)[1][1:4] == ["–", "✗", "✗"]
    assert by_id(table, pair_id("um1", "gw2")).get("title") == "um1 refuses gw2: not imported"


def test_a_very_large_matrix_is_summed_by_dial_plan():
    matrix = trust_matrix(lab_of(estate(2, 40, 0), phases=2))
    table = matrix_table(matrix)
    heads, office, *others = cells(table)
    assert heads[2:4] == ["UM servers accept UM servers", "UM servers accept IP gateways"]
    assert office[:4] == ["office", "42", "✓accepted all 2", "✗refused 80 of 80 refused"]
    assert others == []
    assert by_id(table, plan_id("office")) is not None
    assert len(cells(matrix_table(matrix, opened="office"))) == 37


def test_the_selected_cell_is_marked_and_only_that():
    matrix = trust_matrix(lab_of(estate(1, 2, 0), phases=2))
    table = matrix_table(matrix, selected=("um1", "gw2"))
    marked = [n.get("data-id") for n in parsed(table).iter() if n.get("aria-current")]
    assert marked == [pair_id("um1", "gw2")]


def test_the_styler_of_the_matrix_holds_the_same_words():
    styled = matrix_styler(trust_matrix(lab_of(estate(1, 1, 0), phases=2)))
    assert list(styled.data.loc["um1"]) == ["–", "✗ not imported"]
    assert "not imported" in styled.to_html()


def test_an_id_can_be_read_back_whatever_the_name():
    for name in ("gw1", "a:b", "Zürich/1", "<script>", "%41", "\u202e"):
        assert read_id(pair_id(name, "um1")) == ("pair", name, "um1")


def test_every_field_of_a_certificate_is_beside_what_it_is_for():
    certificate = lab_of(estate(1, 1, 0)).certificate_of("um1")
    rows = {row[0]: row[1:] for row in cells(certificate_sheet(certificate))[1:]}
    assert set(rows) == {name for name, _, _ in FIELDS}
    assert rows["Subject alternative name"][0] == "um1.office.example"
    assert rows["Fingerprint"][0] == certificate.fingerprint
    assert all(purpose for _, purpose in rows.values())


def test_what_a_device_presents_carries_the_seal_of_its_signer_and_names_what_is_sent_beside():
    lab = deploy(estate(1, 1, 0), InternalPKI(), at=AT, seed="views")
    shown = presented_view(lab.presented_as("gw1", "server"))
    assert "Seal of Lab PKI (lab only)" in texts(shown)
    assert "Sent beside it: Lab PKI (lab only)." in texts(shown)
    own, in_lab = (parsed(one).find(f".//{SVG}path[@d]").get("class") for one in (
        shown, certificate_sheet(lab.certificate_of("gw1"), seals=Seals.of(lab))))  # fmt: skip
    assert own == in_lab == "cl-hue-7"


def test_a_procedure_shows_what_is_done_and_what_is_left():
    lab = lab_of(estate(1, 1, 0), phases=1)
    said = texts(procedure_list(SelfSigned().procedure(lab.inventory), lab))
    assert "Every device makes its own certificate 2 of 2 steps done" in said
    assert "Devices and servers import the UM servers’ certificates 0 of 1 step done" in said


def test_the_journal_tells_what_was_done_the_latest_last():
    lab = lab_of(estate(1, 1, 0), phases=1).run(ImportAnchor("um1", certificate_of="gw1"))
    lines = [li.findtext("span[2]") for li in parsed(journal_list(lab.journal)).iter("li")]
    assert lines == [entry.tell() for entry in lab.journal]


def test_a_device_lists_its_links_the_refused_ones_first():
    matrix = trust_matrix(lab_of(estate(1, 2, 0), phases=2))
    ids = [
        n.get("data-id")
        for n in parsed(device_view(matrix, "um1")).iter("span")
        if n.get("data-id")
    ]
    assert ids[:2] == [pair_id("um1", "gw1"), pair_id("um1", "gw2")]
    assert "um1: 2 of 4 directions refused" in texts(device_view(matrix, "um1"))


def test_an_inventory_is_a_table_of_its_devices():
    table = cells(inventory_table(estate(1, 1, 0)))
    assert table[1] == ["um1", "um1.office.example", "UM server", "office (SIPSecured)", "no", "–"]


def test_the_table_of_an_inventory_names_the_columns_of_its_file_that_are_not_used():
    assert "not used" not in texts(inventory_table(estate(1, 1, 0)))
    read = replace(estate(1, 1, 0), unused_columns=("site", "<remark>"))
    assert "columns not used: site, <remark>" in texts(inventory_table(read))


def test_a_deployment_shows_its_authorities_and_one_seal_everywhere():
    lab = deploy(estate(1, 2, 0), InternalPKI(), at=AT, seed="views")
    said = texts(deployment_view(lab))
    assert "Lab PKI root: a root" in said
    assert "issued 3 certificates" in said
    assert "All 2 links work both ways" in said


STEPS = [
    [ImportAnchor("um1", certificate_of="gw1")],
    [GenerateSelfSigned("um1", KeyType.RSA_2048), CreateAuthority('Lab (1) "PKI"', "")],
]


@pytest.mark.parametrize("steps", STEPS)
def test_the_cell_of_a_run_makes_the_same_steps(steps):
    seen = []

    class Lab:
        def run(self, *given):
            seen.extend(given)
            return self

    cell = cell_code([steps, steps], "lab")
    assert ast.parse(cell)
    exec(cell, {"lab": Lab()})
    assert seen == [*steps, *steps]


def test_the_same_steps_as_code_give_the_same_deployment():
    office = estate(1, 2, 1)
    start = begin(office, at=AT, seed="code")
    done = start.run(SelfSigned().procedure(office))
    names = {"lab": start}
    exec(cell_code([entry.steps for entry in done.journal]), names)
    assert names["lab"] == done


def test_a_table_is_shown_whole_and_of_very_many_rows_all_can_be_asked_for():
    few, many = (
        table("Rows", ("n",), ([n] for n in range(count)), long=True) for count in (60, 61)
    )
    assert "cl-long" not in few
    assert "Show all 61 rows at once" in many
    assert many.index("cl-all") < many.index("cl-long"), "which the style sheet opens"
