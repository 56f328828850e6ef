"""Reading an inventory: what follows from it, and every problem of a bad one at once."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from certlab.deployment import (
    AddDevice,
    Device,
    DialPlan,
    Inventory,
    Role,
    SecurityMode,
    begin,
    read_inventory,
)
from certlab.errors import InvalidInput, StepRefused, UnknownName, alike

DATA = Path(__file__).parents[2] / "notebooks" / "data"
HEADER = "name,fqdn,role,dial_plans,security,domain_joined,ships_roots\n"
UM1 = "um1,um1.office.example,um,office,SIPSecured,yes,\n"


def read(tmp_path: Path, text: str | bytes) -> Inventory:
    file = tmp_path / "inventory.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_inventory(file)


def problems(tmp_path: Path, text: str | bytes) -> dict[tuple[int | None, str | None], str]:
    with pytest.raises(InvalidInput) as caught:
        read(tmp_path, text)
    for group in alike(caught.value.problems):
        assert len(group) > 1 or str(group[0]) in str(caught.value)
    return {(problem.row, problem.column): problem.what for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("file", "servers", "gateways", "pbxs", "others", "plans"),
    [
        ("small-office.csv", 1, 2, 1, 0, 1),
        ("region.csv", 4, 10, 6, 2, 2),
        ("enterprise.csv", 40, 300, 60, 0, 12),
    ],
)
def test_the_examples_have_the_sizes_they_are_named_for(
    file: str, servers: int, gateways: int, pbxs: int, others: int, plans: int
) -> None:
    inventory = read_inventory(DATA / file)
    counts = [len(inventory.with_role(role)) for role in Role]
    assert counts == [servers, gateways, pbxs, others]
    assert len(inventory.dial_plans) == plans


def test_links_join_um_servers_with_each_other_and_with_the_devices_of_their_secure_plans(
    tmp_path: Path,
) -> None:
    inventory = read(
        tmp_path,
        HEADER
        + UM1
        + "um2,um2.office.example,um,office;fax,SIPSecured;Unsecured,yes,\n"
        + "gw1,gw1.office.example,gateway,office,SIPSecured,no,\n"
        + "gw2,gw2.office.example,gateway,fax,Unsecured,no,\n"
        + "ex1,ex1.office.example,exchange,,,yes,Public Root;Other Root\n",
    )
    pairs = {(link.a, link.b) for link in inventory.links}
    assert pairs == {("um1", "um2"), ("um1", "gw1"), ("um2", "gw1"), ("um1", "ex1"), ("um2", "ex1")}
    fax = inventory.link_between("gw2", "um2")
    assert fax is not None
    assert (fax.security, fax.security.port) == (SecurityMode.UNSECURED, 5060)
    assert inventory.peers["gw2"] == ()
    assert inventory.device("ex1").ships_roots == ("Public Root", "Other Root")


def test_two_devices_in_several_plans_use_the_strictest_mode(tmp_path: Path) -> None:
    inventory = read(
        tmp_path,
        HEADER
        + "um1,um1.a.example,um,voice;fax,Secured;Unsecured,yes,\n"
        + "gw1,gw1.a.example,gateway,fax;voice,Unsecured;Secured,,\n",
    )
    (link,) = inventory.links
    assert link.security is SecurityMode.SECURED
    assert link.security.media == "SRTP"


def test_every_problem_of_a_bad_file_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        HEADER
        + UM1
        + "um1,um2.office.example,um,office,SIPSecured,maybe,\n"
        + ",gw1,gateway,office,Secured,no,\n"
        + "gw2,um1.office.example,toaster,lab,Halfsecured,no,\n"
        + "gw3,gw3.office.example,gateway,,SIPSecured,no,\n"
        + "gw4,gw4.office.example,gateway,a;b;c,Secured;Secured,no,\n"
        + "gw5,gw5.office.example,gateway\n"
        + "gw6,gw6.office.example,gateway,orphan,Secured,no,\n",
    )
    assert set(found) == {
        (3, "name"), (3, "domain_joined"),
        (4, "name"), (4, "fqdn"), (4, "security"),
        (5, "role"), (5, "fqdn"), (5, "security"),
        (6, "dial_plans"), (7, "security"), (8, None), (9, "dial_plans"),
    }  # fmt: skip
    assert "row 2 has the same name" in found[3, "name"]
    assert "row 2 says that dial plan office is SIPSecured" in found[4, "security"]
    assert "no UM server serves" in found[9, "dial_plans"]


def test_missing_misspelt_and_doubled_columns_are_named_with_what_is_wrong_in_the_rows(tmp_path):
    found = problems(tmp_path, "name,fqdn,rôle,dial_plans,name\nx,y,z,a,b\n")
    assert set(found) == {(1, "security"), (1, "rôle"), (1, "name"), (2, "fqdn"), (2, "role")}


def test_a_column_of_ones_own_is_not_used_and_named(tmp_path):
    text = "Site,name,fqdn,role,dial_plans,security,remark\n"
    text += "Berlin,um1,um1.a.example,um,p,Secured,in the cellar\n"
    inventory = read(tmp_path, text)
    assert inventory.unused_columns == ("Site", "remark")
    assert repr(inventory).endswith("; columns not used: Site, remark)")
    assert inventory == read(tmp_path, HEADER.replace(",ships_roots", "") + (
        "um1,um1.a.example,um,p,Secured,no\n"))  # fmt: skip
    assert inventory.with_security("p", SecurityMode.UNSECURED).unused_columns
    with pytest.raises(
        InvalidInput, match=r"1 problem\. Columns not used: Site, remark\.\n.*row 2"
    ):
        read(tmp_path, text.replace(",um,", ",spaceship,"))


@pytest.mark.parametrize("column", ["domain-joined", "Domain joind", "ships_root", "secure"])
def test_a_misspelt_column_is_told_what_it_may_mean_and_is_never_passed_over(tmp_path, column):
    means = {"ships_root": "ships_roots", "secure": "security"}.get(column, "domain_joined")
    header = HEADER.replace(means, column)
    with pytest.raises(InvalidInput, match=f"Did you mean {means}") as caught:
        read(tmp_path, header + UM1 + "gw1,gw1,gateway,office,SIPSecured,nein,\n")
    found = {(problem.row, problem.column) for problem in caught.value.problems}
    assert found == {(1, column), (3, "fqdn"), (3, "domain_joined")}


def test_a_column_that_only_resembles_one_that_is_there_is_ones_own(tmp_path):
    text = HEADER.replace("\n", ",security_zone\n") + UM1.replace("\n", ",inner\n")
    assert read(tmp_path, text).unused_columns == ("security_zone",)


def test_names_that_differ_only_in_capitals_are_one_name(tmp_path):
    found = problems(
        tmp_path,
        HEADER
        + UM1
        + "UM1,GW1.office.example,gateway,office,SIPSecured,no,\n"
        + "gw2,gw1.Office.example,gateway,Office,SIPSecured,no,\n",
    )
    assert found == {
        (3, "name"): "row 2 has the same name, written um1",
        (4, "fqdn"): "row 3 has the same fqdn",
        (4, "dial_plans"): "row 2 writes this dial plan office",
    }


def test_an_inventory_made_by_hand_refuses_what_has_the_name_of_another():
    devices = [
        Device("pbx-6", "pbx-6.a.example", Role.PBX, ("p",)),
        Device("PBX-6", "pbx-7.a.example", Role.PBX, ("p",)),
        Device("gw1", "PBX-6.a.example", Role.GATEWAY, ("p",)),
        Device("gw1", "gw1.a.example", Role.GATEWAY, ("p",)),
    ]
    plans = [DialPlan("p", SecurityMode.SECURED), DialPlan("P", SecurityMode.UNSECURED)]
    with pytest.raises(InvalidInput) as caught:
        Inventory.of(devices, plans)
    assert [(problem.what, problem.value) for problem in caught.value.problems] == [
        ("another device has this name, written pbx-6", "PBX-6"),
        ("another device has this name", "gw1"),
        ("another device has this fqdn", "pbx-6.a.example"),
        ("another dial plan has this name, written p", "P"),
    ]


@pytest.mark.parametrize(("name", "plan"), [("UM1", "office"), ("gw9", "Office")])
def test_no_device_joins_under_a_name_that_differs_only_in_capitals(name, plan):
    lab = begin(read_inventory(DATA / "small-office.csv"), at="2026-11-24")
    with pytest.raises(StepRefused, match=r"taken|written"):
        lab.run(AddDevice(name, "gw9.office.example", Role.GATEWAY, (plan,)))


@pytest.mark.parametrize(
    "refused",
    [
        "um9,um9.office.example,um,branch\n",
        "um9,um9.office.example,um,,Secured,yes,\n",
        "um9,um9.office.example,UM-Server,branch,Secured,yes,\n",
        "um9,um9.office.example,um,Branch,Secured,maybe,\n",
        "um9,um9.office.example,um,branch,Secured;Secured,yes,\n",
    ],
)
def test_a_plan_whose_um_server_was_refused_is_not_called_unserved(tmp_path, refused):
    row = "gw1,gw1.office.example,gateway,branch,Secured,no,\n"
    assert {row for row, _ in problems(tmp_path, HEADER + UM1 + row + refused)} == {4}
    alone = problems(tmp_path, HEADER + UM1 + row)
    assert alone == {(3, "dial_plans"): "no UM server serves this dial plan"}


def test_rows_with_the_same_problem_are_told_together_and_kept_one_by_one(tmp_path):
    rows = "".join(f"g{n},g{n}.a.example,gateway,office,SIPSecured,{'ja' if n % 2 else 'nein'},\n"
                   for n in range(188))  # fmt: skip
    with pytest.raises(InvalidInput) as caught:
        read(tmp_path, HEADER + UM1 + rows + "gw1,gw1,gateway,office,SIPSecured,no,\n")
    assert len(caught.value.problems) == 189
    _, first, second = str(caught.value).splitlines()
    assert "188 rows: 3, 4, 5, 6, 7, …, column domain_joined: neither yes nor no" in first
    assert "(found “nein”, “ja”)" in first
    assert second.startswith("  - row 191, column fqdn")
    assert "not read: 2 problems" in str(caught.value)


@pytest.mark.parametrize("yes", ["yes", "Y", "TRUE", "1", "x"])
@pytest.mark.parametrize("no", ["No", "n", "False", "0", ""])
def test_yes_and_no_are_read_as_spreadsheets_and_people_write_them(tmp_path, yes, no):
    rows = UM1.replace(",yes,", f",{yes},") + f"gw1,gw1.a.example,gateway,office,SIPSecured,{no},\n"
    assert [device.domain_joined for device in read(tmp_path, HEADER + rows)] == [True, False]


def test_a_file_in_another_encoding_says_where_and_how_to_save_it(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"row 3.*UTF-8.*CSV UTF-8") as caught:
        read(tmp_path, (HEADER + UM1 + "gw1,bücher").encode("latin-1"))
    assert caught.value.problems[0].row == 3


def test_a_file_in_another_encoding_is_checked_all_the_same_and_nothing_of_it_is_taken(tmp_path):
    rows = "um1,um1.a.example,um,müller,Secured,yes,\ngw1,gw1,gateway,müller,No,no,\n"
    rows += "gw1,gw2.a.example,spaceship,köln,Secured,no,\n"
    found = problems(tmp_path, (HEADER + rows).encode("cp1252"))
    assert set(found) == {
        (2, None), (3, "fqdn"), (3, "security"), (4, "name"), (4, "role"),
    }  # fmt: skip
    assert found[2, None] == "this row is not UTF-8, as 2 more are not"
    alone = HEADER + "um1,um1.a.example,um,müller,Secured,yes,\n"
    assert set(problems(tmp_path, alone.encode("cp1252"))) == {(2, None)}


def test_an_sbc_is_a_gateway_and_an_unknown_role_is_told_all_that_are_taken(tmp_path):
    row = "sbc1,sbc1.office.example,SBC,office,SIPSecured,no,\n"
    assert read(tmp_path, HEADER + UM1 + row).device("sbc1").role is Role.GATEWAY
    with pytest.raises(InvalidInput, match=r"Use um .*gateway \(ip gateway, sbc\), pbx"):
        read(tmp_path, HEADER + UM1 + row.replace("SBC", "toaster"))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (HEADER.encode(), "no device under the header"),
        ("name;fqdn".encode("utf-16"), "UTF-16, not UTF-8"),
        ("name;fqdn".encode("utf-16-le"), "UTF-16, not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a PNG picture, not a CSV"),
        (b"PK\x03\x04\x14\0", r"a workbook \(.xlsx\)"),
        (b"a,b\x00c\n", "NUL"),
        (b'name,"fqdn\n', "no CSV"),
    ],
)
def test_a_file_that_is_no_inventory_is_refused_in_words(
    tmp_path: Path, data: bytes, says: str
) -> None:
    with pytest.raises(InvalidInput, match=says):
        read(tmp_path, data)


def test_a_missing_file_is_an_invalid_input(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be opened"):
        read_inventory(tmp_path / "nowhere.csv")


def test_a_byte_order_mark_semicolons_and_blank_rows_are_read(tmp_path: Path) -> None:
    text = (HEADER + UM1).replace(",", ";")
    inventory = read(tmp_path, b"\xef\xbb\xbf" + text.encode() + b";;;;;;\n")
    assert list(inventory.devices) == ["um1"]


def test_plans_parted_by_a_comma_are_named_at_their_row_and_quoted_semicolons_are_read(
    tmp_path: Path,
) -> None:
    text = (
        "name;fqdn;role;dial_plans;security\n"
        "um1;um1.a.example;um;north,south;Secured\n"
        "gw1;gw1.a.example;gateway;north;Secured\n"
        "ex1;ex1.a.example;exchange;;\n"
    )
    found = problems(tmp_path, text)
    assert set(found) == {(2, "dial_plans")}
    assert "no comma" in found[2, "dial_plans"]
    assert set(read(tmp_path, text.replace("north,south", '"north;south"')).dial_plans) == {
        "north",
        "south",
    }


def test_a_row_that_cannot_be_parted_into_cells_brings_no_blame_on_others(tmp_path: Path) -> None:
    text = (
        "name,fqdn,role,dial_plans,security\n"
        "um1,um1.a.example,um,north,south,Secured\n"
        "gw1,gw1.a.example,gateway,south,Secured\n"
        "gw2,gw2.a.example,gateway,west,Secured\n"
    )
    found = problems(tmp_path, text)
    assert set(found) == {(2, None), (4, "dial_plans")}


def test_a_dataframe_reads_like_the_file(tmp_path: Path) -> None:
    file = DATA / "region.csv"
    table = pd.read_csv(file)
    assert read_inventory(table) == read_inventory(table.convert_dtypes()) == read_inventory(file)


def test_a_dataframe_is_held_to_the_same_rules() -> None:
    with pytest.raises(InvalidInput, match="role"):
        read_inventory(pd.DataFrame([{"name": "um1", "fqdn": "um1.office.example"}]))


def test_hostile_text_is_only_text(tmp_path: Path) -> None:
    name = '"><img onerror=alert(1)>' + "x" * 10_000
    inventory = read(
        tmp_path, HEADER + UM1.replace("um1,", f'"{name.replace(chr(34), chr(34) * 2)}",', 1)
    )
    assert list(inventory.devices) == [name]


def test_an_unknown_device_is_answered_with_names_that_come_close() -> None:
    with pytest.raises(UnknownName, match="gw1"):
        read_inventory(DATA / "small-office.csv").device("gw11")


def test_the_bytes_of_a_file_are_read_like_the_file_and_called_by_its_name(tmp_path):
    data = b"name,fqdn,role,dial_plans,security\num1,um1.a.example,um,p,Secured\n"
    (tmp_path / "a.csv").write_bytes(data)
    assert read_inventory(data) == read_inventory(tmp_path / "a.csv")
    with pytest.raises(InvalidInput, match=r"mine\.csv: the inventory was not read: 1 problem"):
        read_inventory(data.replace(b",um,", b",spaceship,"), name="mine.csv")
