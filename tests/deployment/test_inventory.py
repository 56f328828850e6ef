"""Reading an inventory: what follows from it, and every problem of a bad one at once."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from certlab.deployment import Inventory, Role, SecurityMode, read_inventory
from certlab.errors import InvalidInput, UnknownName

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
    assert all(str(problem) in str(caught.value) for problem in caught.value.problems)
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
        + "gw5,gw5.office.example\n"
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


def test_missing_unknown_and_doubled_columns_are_named(tmp_path: Path) -> None:
    found = problems(tmp_path, "name,fqdn,rôle,dial_plans,name\nx,y,z,a,b\n")
    assert {(1, "role"), (1, "security"), (1, "rôle"), (1, "name")} == set(found)


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
