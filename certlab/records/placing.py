"""Which file of an estate belongs to which device: a folder for each, or a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..deployment import Inventory
from ..deployment.reading import read_table
from ..deployment.steps import file_name, listed
from ..errors import InvalidInput, Problem, UnknownName

COLUMNS = ("device", "file", "store")
STORES = ("presents", "root", "intermediate")


@dataclass(frozen=True, slots=True)
class Placed:
    """Whose a file is, by what name within that device’s files, and its store if that is told."""

    device: str
    within: str
    store: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """What there is to read, for which devices, and whose a file is then."""

    paths: tuple[Path, ...]
    devices: tuple[str, ...]
    place: Callable[[Path], tuple[Placed, ...]]


def folder_layout(folder: Path, problems: list[Problem]) -> Layout:
    """A folder for each device; a file beside them belongs to none, which is a problem."""
    try:
        inside = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    except OSError as error:
        raise InvalidInput(
            f"the folder cannot be read ({error.strerror})", where=str(folder)
        ) from None
    folders = tuple(path for path in inside if path.is_dir())
    remedy = "Put it into the folder of the device it belongs to."
    problems += (
        Problem("this file is in no device’s folder", remedy, file=str(path))
        for path in inside
        if not path.is_dir() and path.name != "inventory.csv"
    )

    def place(file: Path) -> tuple[Placed, ...]:
        device, *within = file.relative_to(folder).parts
        return (Placed(device, "/".join(within)),)

    return Layout(folders, tuple(path.name for path in folders), place)


def table_layout(table: Path) -> Layout:
    """A CSV file with a row for each file; one file may belong to several devices.

    Raises ``InvalidInput`` with every fault in the table.
    """
    header, rows = read_table(table, COLUMNS[:2])
    columns = [name.strip().lower() for name in header]
    problems = [
        Problem("this column is missing", "Add it.", 1, name)
        for name in COLUMNS[:2]
        if name not in columns
    ]
    problems += (
        Problem("this column is not known", f"Use {', '.join(COLUMNS)}.", 1, name or "(blank)")
        for name in columns
        if name not in COLUMNS
    )
    placed: dict[Path, list[Placed]] = {}
    for number, cells in enumerate(rows if not problems else (), start=2):
        cell = dict(zip(columns, (text.strip() for text in cells), strict=False))
        if any(cell.values()):
            faults = list(_faults_in(table.parent, cell))
            problems += (replace(fault, row=number) for fault in faults)
            if not faults:
                path, store = table.parent / cell["file"], cell.get("store", "").lower()
                placed.setdefault(path, []).append(Placed(cell["device"], path.name, store))
    if problems:
        raise InvalidInput("the table was not read", problems=tuple(problems), where=str(table))
    devices = dict.fromkeys(one.device for several in placed.values() for one in several)
    return Layout(tuple(placed), tuple(devices), lambda file: tuple(placed[file]))


def _faults_in(folder: Path, cell: Mapping[str, str]) -> Iterator[Problem]:
    for column in COLUMNS[:2]:
        if not cell.get(column):
            yield Problem("this cell is empty", "Fill it in.", column=column)
    file, fault = cell.get("file", ""), ""
    try:
        if not (folder / file).resolve().is_relative_to(folder.resolve()):
            fault = "this path leads out of the table’s folder"
        elif file and (folder / file).is_dir():
            fault = "this is a folder"
    except (OSError, ValueError):
        fault = "this is no path"
    if fault:
        yield Problem(fault, "Name a file beside the table, or below.", column="file", value=file)
    if (store := cell.get("store", "").lower()) not in ("", *STORES):
        remedy = f"Use {', '.join(STORES)}, or leave it empty."
        yield Problem("this store is not known", remedy, column="store", value=store)


def names_in(
    inventory: Inventory | None, wanted: Iterable[str], problems: list[Problem]
) -> dict[str, str]:
    """What each device of an estate is called in the inventory; those it does not have are out."""
    if inventory is None:
        return {name: name for name in wanted}
    called = {file_name(device.name).casefold(): device.name for device in inventory}
    called |= {device.fqdn.casefold(): device.name for device in inventory}
    called |= {device.name.casefold(): device.name for device in inventory}
    names = {}
    for name in wanted:
        try:
            names[name] = called.get(name.casefold()) or inventory.device(name).name
        except UnknownName as error:
            problems.append(Problem(error.what, error.remedy))
    without = [device.name for device in inventory if device.name not in names.values()]
    if without:
        problems.append(Problem(f"there are no files of {listed(without)}", "Add them."))
    return names
