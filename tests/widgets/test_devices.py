"""The device table: what is filled in, what is found, and the cell that finds the same."""

from certlab.deployment import Device, DialPlan, Inventory, Role, SecurityMode, SelfSigned, begin
from certlab.widgets import device_table

MANY = 130


def estate():
    devices = [
        Device(f"gw{n}" if n else "um1", f"d{n}.corp.example",
               Role.GATEWAY if n else Role.UM_SERVER, (f"plan{n % 2}", "plan2")[: 2 - n % 2])
        for n in range(MANY)
    ]  # fmt: skip
    plans = [DialPlan(f"plan{n}", SecurityMode.SECURED) for n in range(3)]
    inventory = Inventory.of(devices, plans)
    making, into_devices, _ = SelfSigned().procedure(inventory).phases
    return begin(inventory, at="2026-11-24").run(making, into_devices)


def test_the_table_finds_what_its_code_finds():
    lab = estate()
    table = device_table(lab)
    assert len(table.devices) == MANY
    assert table.code == ""
    for field, value in (("text", " corp "), ("role", "gateway"), ("verdict", "not imported")):
        table.fill(field, value)
        namespace = {"lab": lab}
        *lines, last = table.code.splitlines()
        exec("\n".join(lines), namespace)
        assert eval(last, namespace) == table.devices
    assert {device.dial_plans[0] for device in table.devices} == {"plan0"}
    table.fill("plan", "plan1")
    assert table.devices == ()
    assert "No device answers" in table.parts["devices"]


def test_the_table_shows_a_page_at_a_time_and_the_device_that_is_pressed():
    table = device_table(estate())
    assert "Devices 1 to 50 of 130" in table.parts["devices"]
    table.press("page:-1")
    assert "Devices 1 to 50 of 130" in table.parts["devices"]
    table.press("page:1")
    table.press("page:1")
    table.press("page:1")
    assert "Devices 101 to 130 of 130" in table.parts["devices"]
    table.press("device:gw129")
    assert table.selected == "gw129"
    assert "gw129: no link needs mutual TLS" in table.parts["device"]
    table.press("device:gw128")
    table.press("pair:um1:gw128")
    assert "um1 refuses gw128" in table.parts["device"]
    table.press("device:gw128")
    assert "gw128: 1 of 2 directions refused" in table.parts["device"]
    fields = table.parts["filters"]
    table.fill("text", "gw12")
    assert "11 of 130 devices" in table.parts["devices"]
    assert table.parts["filters"] is fields  # what is being typed in stays


def test_a_table_of_hostile_names_holds_no_markup_of_theirs():
    name = '<img src=x onerror="alert(1)">'
    device = Device(name, "a.corp.example", Role.GATEWAY, ("plan",))
    plans = [DialPlan("plan", SecurityMode.SECURED)]
    table = device_table(begin(Inventory.of([device], plans), at="2026-11-24"))
    table.fill("text", "<img")
    table.press("device:" + "".join(f"%{byte:02X}" for byte in name.encode()))
    assert table.selected == name
    assert not any("<img" in part for part in table.parts.values())
