"""Reading an inventory from a CSV file or a DataFrame: all of it, or every problem at once."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InvalidInput, Problem, alike
from ..pki import fully_qualified
from .inventory import Device, DialPlan, Inventory, Role, SecurityMode
from .steps import printable

if TYPE_CHECKING:
    import pandas as pd

REQUIRED = ("name", "fqdn", "role", "dial_plans", "security")
OPTIONAL = ("domain_joined", "ships_roots")
KNOWN = REQUIRED + OPTIONAL
MAX_BYTES = 64 * 1024 * 1024

_ROLES = {
    "um": Role.UM_SERVER, "um server": Role.UM_SERVER, "unified messaging": Role.UM_SERVER,
    "gateway": Role.GATEWAY, "ip gateway": Role.GATEWAY, "sbc": Role.GATEWAY,
    "pbx": Role.PBX, "ip pbx": Role.PBX,
    "exchange": Role.EXCHANGE, "exchange server": Role.EXCHANGE,
}  # fmt: skip
_MODES = {mode.value.lower(): mode for mode in SecurityMode}
_TAKEN = "um (um server), gateway (ip gateway, sbc), pbx (ip pbx) or exchange (exchange server)"
_SAVE = "In a spreadsheet, save as “CSV UTF-8”."
_BINARY = {
    b"\x89PNG": "a PNG picture", b"\xff\xd8\xff": "a JPEG picture", b"%PDF": "a PDF",
    b"PK\x03\x04": "a workbook (.xlsx) or another archive",
    b"\xd0\xcf\x11\xe0": "a workbook of the old kind (.xls)",
}  # fmt: skip
"""What is handed in for a table, by its first bytes."""
_YES = {"yes", "true", "1", "y", "x"}
_NO = {"no", "false", "0", "n", ""}


def read_inventory(source: str | Path | bytes | pd.DataFrame, *, name: str = "") -> Inventory:
    """Read devices and dial plans from a CSV file (UTF-8), its bytes, or a DataFrame.

    One row is one device. Columns: ``name``, ``fqdn``, ``role`` (um, gateway, pbx, exchange; an
    SBC is a gateway), ``dial_plans`` (several are parted by ``;``), ``security`` (Unsecured,
    SIPSecured or Secured: one for all plans of the row, or one for each), and, if you like,
    ``domain_joined`` (yes or no) and ``ships_roots`` (names of public roots, parted by ``;``).
    Other columns are not used: ``unused_columns`` of the inventory names them. Errors call bytes
    ``name``.

    Raises ``InvalidInput`` with every problem found, each with its row (the header is row 1),
    column, value and remedy. Nothing is read by half.
    """
    problems: tuple[Problem, ...] = ()
    if isinstance(source, str | Path):
        where, data = str(source), _content(Path(source))
        header, rows, problems = _table(data, where, REQUIRED)
    elif isinstance(source, bytes):
        where = name or "the file"
        header, rows, problems = _table(source, where, REQUIRED)
    else:
        where = "the DataFrame"
        header = [str(column) for column in source.columns]
        known = source.astype(object).where(source.notna(), "")
        rows = [[str(value) for value in row] for row in known.itertuples(index=False, name=None)]
    return _Reader(where, header, rows, problems).inventory()


def read_table(path: Path, columns: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of a CSV file (UTF-8), parted by commas or semicolons.

    ``columns`` are those that an error tells to write. Raises ``InvalidInput``.
    """
    header, rows, problems = _table(_content(path), str(path), columns)
    if problems:
        raise InvalidInput("the file was not read", problems=problems, where=str(path))
    return header, rows


def _content(path: Path) -> bytes:
    where = str(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InvalidInput(
                "the file is too large for a table",
                where=where,
                expected=f"at most {MAX_BYTES // 1024 // 1024} MiB",
            )
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(
            f"the file cannot be opened ({error.strerror})",
            where=where,
            remedy="Check the name; paths count from the notebook's folder.",
        ) from None


def _text(data: bytes, where: str) -> tuple[str, tuple[Problem, ...]]:
    """The text of a file, and what is wrong with its encoding.

    With a problem the text is only good for finding others: it is read as Windows-1252.
    """
    for begins, kind in _BINARY.items():
        if data.startswith(begins):
            raise InvalidInput(f"the file is {kind}, not a CSV", where=where, remedy=_SAVE)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or _every_other_is_nul(data[:400]):
        raise InvalidInput("the file is UTF-16, not UTF-8", where=where, remedy=_SAVE)
    if b"\0" in data:
        raise InvalidInput("the file holds NUL characters, so it is no CSV", where=where,
                           remedy=_SAVE)  # fmt: skip
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
    odd = sum(not _is_utf8(line) for line in data.split(b"\n"))
    more = f", as {odd - 1:,} more {'is' if odd == 2 else 'are'} not" if odd > 1 else ""
    problem = Problem(f"this row is not UTF-8{more}", _SAVE, row=row)
    return data.decode("cp1252", errors="replace"), (problem,)


def _every_other_is_nul(data: bytes) -> bool:
    return len(data) > 3 and any(2 * data[n::2].count(0) > len(data[n::2]) for n in (0, 1))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _table(
    data: bytes, where: str, columns: Sequence[str]
) -> tuple[list[str], list[list[str]], tuple[Problem, ...]]:
    """The header, the rows, and what is wrong with their encoding."""
    text, problems = _text(data, where)
    lines = text.splitlines()
    delimiter = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InvalidInput(f"the file is no CSV: {error}", problems=problems, where=where) from None
    if not table:
        raise InvalidInput(
            "the file is empty", where=where, expected="a header row: " + ", ".join(columns)
        )
    return table[0], table[1:], problems


class _Reader:
    """One reading: collects devices and problems, and gives an Inventory or every problem."""

    def __init__(
        self,
        where: str,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        problems: Sequence[Problem],
    ) -> None:
        self.where, self.rows = where, rows
        self.problems = list(problems)
        self.unused: dict[str, None] = {}
        there = {_plain(column) for column in header}
        absent = [column for column in KNOWN if column not in there]
        self.columns = [self._column(column.strip(), absent) for column in header]
        self.read = {column for column in KNOWN if self.columns.count(column) == 1}
        self.plans: dict[str, tuple[SecurityMode, int]] = {}
        self.served: set[str] = set()
        self.any_served = False
        self.seen: dict[str, dict[str, tuple[str, int]]] = {"name": {}, "fqdn": {}, "plan": {}}

    def inventory(self) -> Inventory:
        self._check_header()
        devices = [
            self._device(number, cells)
            for number, cells in enumerate(self.rows, start=2)
            if any(cell.strip() for cell in cells)
        ]
        if not devices:
            self._problem("there is no device under the header", "Add one row for each device.")
        self._check_plans()
        unused = tuple(self.unused)
        if self.problems:
            count = len(alike(self.problems))
            raise InvalidInput(
                f"the inventory was not read: {count} problem{'' if count == 1 else 's'}",
                problems=tuple(sorted(self.problems, key=lambda problem: problem.row or 0)),
                where=self.where,
                remedy=f"Columns not used: {', '.join(unused)}." if unused else "",
            )
        plans = [DialPlan(name, mode) for name, (mode, _) in self.plans.items()]
        known = Inventory.of([device for device in devices if device], plans)
        return replace(known, unused_columns=unused)

    def _column(self, column: str, absent: list[str]) -> str:
        """Which column this is, or "". A misspelt one is a problem, and read as what it means."""
        name = _plain(column)
        if name in KNOWN:
            return name
        close = difflib.get_close_matches(name, absent, n=1, cutoff=0.7)
        if not close:
            self.unused[printable(column) or "(blank)"] = None
            return ""
        remedy = f"Did you mean {close[0]}? If not, give it another name."
        self._problem("this column is not known", remedy, row=1, column=column)
        return close[0]

    def _check_header(self) -> None:
        for column in REQUIRED:
            if column not in self.columns:
                self._problem(
                    "this column is missing",
                    f"Add it; the columns are {', '.join(REQUIRED)}, and "
                    f"if you like {', '.join(OPTIONAL)}.",
                    row=1,
                    column=column,
                )
        for column in KNOWN:
            if self.columns.count(column) > 1:
                self._problem("this column stands there twice", "Keep one.", row=1, column=column)

    def _device(self, row: int, cells: Sequence[str]) -> Device | None:
        """The device of this row. What the header lacks or has twice is not looked at."""
        before = len(self.problems)
        cell = {
            column: value.strip()
            for column, value in zip(self.columns, cells, strict=False)
            if column in self.read
        }
        role = _ROLES.get(cell.get("role", "").lower().replace("_", " "))
        if len(cells) != len(self.columns):
            self._problem(
                f"the row has {len(cells)} cells, the header {len(self.columns)}",
                "Quote a cell that contains the separator.",
                row,
            )
            self.served.update(*map(_parts, cells))  # so no other row is blamed
            return None
        name = self._name(row, cell)
        fqdn = self._fqdn(row, cell)
        if role is None and "role" in cell:
            self._problem(
                "this role is not known",
                f"Use {_TAKEN}.",
                row,
                "role",
                cell["role"],
            )
        dial_plans = self._dial_plans(row, cell, role)
        self._serve(role, dial_plans)
        joined = cell.get("domain_joined", "")
        if joined.lower() not in _YES | _NO:
            self._problem(
                "neither yes nor no",
                "Write yes or no; y, n, true, false, 1 and 0 are taken too.",
                row,
                "domain_joined",
                joined,
            )
        if len(self.problems) > before or role is None:
            return None
        ships_roots = _parts(cell.get("ships_roots", ""))
        return Device(name, fqdn, role, dial_plans, joined.lower() in _YES, ships_roots)

    def _serve(self, role: Role | None, plans: Sequence[str]) -> None:
        """Note what this row may serve: with its plans unread, a UM server may serve any."""
        if role in (None, Role.UM_SERVER):
            self.served.update(plans)
            self.any_served |= not plans

    def _name(self, row: int, cell: Mapping[str, str]) -> str:
        name = cell.get("name", "")
        if name:
            self._unique(row, "name", name)
        elif "name" in cell:
            self._problem(
                "the device has no name", "Give it a short one, such as gw1.", row, "name", name
            )
        return name

    def _fqdn(self, row: int, cell: Mapping[str, str]) -> str:
        if "fqdn" not in cell:
            return ""
        try:
            fqdn = fully_qualified(cell["fqdn"])
        except InvalidInput:
            self._problem(
                "not a fully qualified domain name",
                "Write host and domain, such as gw1.office.example.",
                row,
                "fqdn",
                cell["fqdn"],
            )
            return ""
        self._unique(row, "fqdn", fqdn)
        return fqdn

    def _unique(self, row: int, column: str, value: str) -> None:
        first, there = self.seen[column].setdefault(value.casefold(), (value, row))
        if there != row:
            self._problem(
                f"row {there} has the same {column}"
                + ("" if first == value else f", written {first}"),
                "Each device needs its own; capitals do not tell two apart.",
                row,
                column,
                value,
            )

    def _dial_plans(self, row: int, cell: Mapping[str, str], role: Role | None) -> tuple[str, ...]:
        if "dial_plans" not in cell:
            return ()
        named = dict.fromkeys(_parts(cell["dial_plans"].replace(",", ";")))
        plans = tuple(self._spelt(row, plan) for plan in named)
        if "," in cell["dial_plans"]:
            self._problem(
                "a dial plan’s name holds no comma",
                'Part plans by “;”. Where “;” parts the cells too, quote the cell: "north;south".',
                row,
                "dial_plans",
                cell["dial_plans"],
            )
            return plans  # so no other row is blamed
        if not plans:
            if role not in (None, Role.EXCHANGE):
                self._problem(
                    "the device is in no dial plan",
                    "Name at least one.",
                    row,
                    "dial_plans",
                    cell["dial_plans"],
                )
            return ()
        if "security" not in cell:
            return plans
        modes = _parts(cell["security"])
        if len(modes) not in (1, len(plans)):
            self._problem(
                f"{len(plans)} dial plans, {len(modes)} security modes",
                "Give one mode for all plans of the row, or one for each.",
                row,
                "security",
                cell["security"],
            )
            return plans
        for plan, text in zip(plans, modes if len(modes) > 1 else modes * len(plans), strict=True):
            mode = _MODES.get(text.lower().replace(" ", ""))
            if mode is None:
                self._problem(
                    "this security mode is not known",
                    "Use Unsecured, SIPSecured or Secured.",
                    row,
                    "security",
                    text,
                )
                continue
            known, first = self.plans.setdefault(plan, (mode, row))
            if known is not mode:
                self._problem(
                    f"row {first} says that dial plan {plan} is {known}",
                    "A plan has one mode.",
                    row,
                    "security",
                    text,
                )
        return plans

    def _spelt(self, row: int, plan: str) -> str:
        """The dial plan as the first row that names it writes it."""
        first, there = self.seen["plan"].setdefault(plan.casefold(), (plan, row))
        if first != plan:
            self._problem(
                f"row {there} writes this dial plan {first}",
                "Write it in one way: capitals do not tell two apart.",
                row,
                "dial_plans",
                plan,
            )
        return first

    def _check_plans(self) -> None:
        for plan, (_, row) in () if self.any_served else self.plans.items():
            if plan not in self.served:
                self._problem(
                    "no UM server serves this dial plan",
                    "Add the plan to a UM server's row.",
                    row,
                    "dial_plans",
                    plan,
                )

    def _problem(
        self,
        what: str,
        remedy: str,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        self.problems.append(Problem(what, remedy, row, column, value))


def _plain(column: str) -> str:
    return column.strip().lower().replace(" ", "_")


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())
