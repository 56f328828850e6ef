"""Panels that bring files in and take a device's files out. A passphrase is used once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ..deployment import Deployment, moment
from ..errors import CertlabError, InvalidInput, Problem
from ..live import clock
from ..pki import read_contents
from ..records import (
    DeviceFolder,
    Estate,
    Found,
    FoundFile,
    Limits,
    export_device,
    import_estate,
    read_files,
)
from ..views import Markup, estate_view, folder_view, found_view, tag
from ..views.bench import as_code, card, trouble_card
from ..views.calling import busy_card
from ..views.carrying import export_actions, export_fields, import_fields
from .errand import Errand
from .form import _HERE, Form

_FILE, _ALL = 4 * 1024**2, 64 * 1024**2
_LIMITS = Limits(seconds=30.0)


class Transfer(Form):
    """A form with secrets and files. Neither is ever part of the state that a notebook saves."""

    _esm = Form._esm.replace(
        "export default { render: form };", (_HERE / "transfer.js").read_text("utf-8")
    )

    def __init__(self, **traits: Any) -> None:
        self._secrets: dict[str, str] = {}
        self._texts: dict[str, str | bool] = {}
        self._trouble, self._busy, self.errand = "", Markup(""), Errand()
        super().__init__(look="cl-calling", **traits)

    def fill(self, field: str, value: str | bool) -> None:
        if field in self._texts and type(value) is type(self._texts[field]):
            self._texts[field] = value
            self.values = dict(self._texts)
            self._filled(field)

    def _filled(self, field: str) -> None:
        """Do what a change of this field asks for."""

    def _heard(self, widget: object, content: object, buffers: object) -> None:
        match content:
            case {"kind": "secret", "id": str(name), "value": str(value)}:
                self._secrets[name] = value
            case _:
                super()._heard(widget, content, buffers)

    def press(self, id: str) -> None:  # noqa: A002 - it is the id, in the page too
        if self.errand.running:
            self._draw("Wait until what is under way has ended")
            return
        secrets, self._secrets = self._secrets, {}
        self._busy = Markup("")

        def errand() -> None:
            try:
                said = self._do(id, secrets)
            except CertlabError as error:
                said = self._trouble = str(error)
            finally:
                secrets.clear()
                self._busy = Markup("")
            self._draw(said)

        if not self.errand.run(errand):
            self._busy = busy_card("Reading and writing", can_cancel=False)
            self._draw("This takes a moment")
            if not self.errand.running:
                self._busy = Markup("")
                self._draw(self.status)

    def _do(self, id_: str, secrets: Mapping[str, str]) -> str:
        """Do what this press asks for, and say what was done."""
        raise NotImplementedError

    def _parts(self) -> dict[str, Markup]:
        raise NotImplementedError

    def _draw(self, said: str) -> None:
        with self.hold_sync():
            self.status, self.values = said, dict(self._texts)
            self.parts = {"trouble": trouble_card(self._trouble), **self._parts(),
                          "busy": self._busy}  # fmt: skip
        self._trouble = ""


class ImportPanel(Transfer):
    """Pick or drop files, or name a folder: see what is in them, and everything odd.

    ``found`` is what was read last. ``estate`` and ``deployment`` are there when it was a folder
    with one folder for each device. Private keys are noticed and not read.
    """

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.found: Found | None = None
        self.estate: Estate | None = None
        self._data: dict[str, bytes] = {}
        self._odd: list[Problem] = []
        super().__init__(label="Bring your own certificates")
        self._texts = {"folder": ""}
        self._draw("Nothing has been read yet")

    @property
    def deployment(self) -> Deployment | None:
        """The estate that was read, as a Deployment."""
        return self.estate.deployment if self.estate else None

    @property
    def code(self) -> str:
        """The cell that does the same; empty for files that came from the browser."""
        if self.estate is None:
            return ""
        folder, at = self._texts["folder"], f"{self.at:%Y-%m-%d %H:%M}+00:00"
        return f"from certlab import import_estate\n\nimport_estate({folder!r}, at={at!r})"

    def add(self, name: str, data: bytes | None, size: int = 0) -> None:
        """Take in one file by the name it had; None is one that the browser did not send."""
        if data is None:
            why = "is too large" if size > _FILE else "cannot be read: a folder, perhaps"
            remedy = f"Up to {_FILE // 1024**2} MiB; no certificate file is that large."
            self._odd.append(Problem(f"the file {why}", remedy, file=name))
        elif len(data) > _FILE or sum(map(len, self._data.values())) + len(data) > _ALL:
            self._odd.append(Problem("it is too much", "Bring fewer at once.", file=name))
        else:
            number = 2
            stem = name
            while name in self._data:
                name, number = f"{stem} ({number})", number + 1
            self._data[name] = data

    def _heard(self, widget: object, content: object, buffers: object) -> None:
        match content:
            case {"kind": "files", "left": int(left)}:
                self._data, self._odd = {}, []
                if left > 0:
                    self._odd.append(Problem(f"{left:,} more files were left out", "Bring fewer."))
            case {"kind": "file", "id": str(name), "size": int(size)}:
                sent = buffers if isinstance(buffers, list) else []
                self.add(name, bytes(sent[0]) if sent else None, size)
            case _:
                super()._heard(widget, content, buffers)

    def _do(self, id_: str, secrets: Mapping[str, str]) -> str:
        passphrase = secrets.get("passphrase")
        if id_ == "do:read":
            self.found, self.estate = self._read(passphrase), None
        elif id_ == "do:folder":
            given = str(self._texts["folder"]).strip()
            if not given:
                raise InvalidInput("no folder is named", remedy="Write its path into the field.")
            folder = Path(given).expanduser()
            self.found = self.estate = None
            try:
                self.estate = import_estate(
                    folder, at=self.at, passphrase=passphrase, limits=_LIMITS
                )
                self.found = self.estate.found
            except InvalidInput:
                self.found = read_files(folder, passphrase=passphrase, limits=_LIMITS)
                if not self.found.files:
                    raise
        return repr(self.found) if self.found else self.status

    def _read(self, passphrase: str | None) -> Found:
        """What is in the files that came from the browser."""
        files, others, problems = [], [], list(self._odd)
        for name, data in self._data.items():
            contents = read_contents(data, passphrase)
            if contents.foreign:
                others.append(Path(name))
            else:
                files.append(FoundFile(Path(name), contents))
                problems += (
                    Problem(p.what, p.remedy, p.row, p.column, p.value, name)
                    for p in contents.problems
                )
        return Found(tuple(files), tuple(others), tuple(problems))

    def _parts(self) -> dict[str, Markup]:
        if self.estate is not None:
            inside = estate_view(self.estate)
        elif self.found is not None:
            inside = found_view(self.found, at=self.at)
        else:
            inside = tag("p", "What is found in your files is shown here.",
                         class_="cl-text cl-muted cl-flush")  # fmt: skip
        return {
            "choice": import_fields(self._prefix),
            "now": card(inside, as_code(self.code), label="What was found"),
        }


class ExportPanel(Transfer):
    """Write what a device needs into a folder: its files, a README, the commands.

    ``folder`` is what was written last. Nothing is replaced before that was asked.
    """

    def __init__(self, deployment: Deployment, folder: str | Path = "", *, name: str = "lab"):
        self.deployment, self._name = deployment, name
        self.folder: DeviceFolder | None = None
        self._exists = False
        self._code = ""
        super().__init__(label="Take a device’s files out")
        first = next(iter(deployment.inventory.devices), "")
        self._texts = {"device": first, "platform": "", "folder": str(folder), "with_key": False,
                       "old": False}  # fmt: skip
        self._draw("Nothing has been written yet")

    @property
    def code(self) -> str:
        """The cell that wrote the last folder; empty while there is none."""
        return self._code

    def _filled(self, field: str) -> None:
        if self._exists or field == "with_key":
            self._exists = False
            self._draw("Not written yet")

    def _do(self, id_: str, secrets: Mapping[str, str]) -> str:
        if id_ not in ("do:write", "do:replace"):
            return self.status
        texts = self._texts
        given, with_key = str(texts["folder"]).strip(), texts["with_key"] is True
        if not given:
            raise InvalidInput("no folder is named", remedy="Write its path into the field.")
        if with_key and secrets.get("passphrase") != secrets.get("again"):
            raise InvalidInput("the two passphrases differ", remedy="Write both once more.")
        device, platform = str(texts["device"]), str(texts["platform"]) or None
        folder = Path(given).expanduser()
        replace = id_ == "do:replace" and self._exists
        self._exists = False
        try:
            self.folder = export_device(
                self.deployment,
                device,
                folder,
                platform,
                with_key=with_key,
                passphrase=secrets.get("passphrase") if with_key else None,
                old_encryption=with_key and texts["old"] is True,
                replace=replace,
            )
        except InvalidInput:
            self._exists = not replace and (folder / device).exists()
            raise
        self._code = self._told(device, given, platform, with_key=with_key, replace=replace)
        return f"Written to {self.folder.path}"

    def _told(
        self, device: str, folder: str, platform: str | None, *, with_key: bool, replace: bool
    ) -> str:
        asked = [self._name, repr(device), repr(folder)]
        asked += [repr(platform)] if platform else []
        asked += ["with_key=True", "passphrase=getpass()"] if with_key else []
        asked += ["old_encryption=True"] if with_key and self._texts["old"] else []
        asked += ["replace=True"] if replace else []
        head = "from getpass import getpass\n\n" if with_key else ""
        return f"{head}from certlab import export_device\n\nexport_device({', '.join(asked)})"

    def _parts(self) -> dict[str, Markup]:
        written = folder_view(self.folder) if self.folder else tag(
            "p", "What is written is listed here.", class_="cl-text cl-muted cl-flush")  # fmt: skip
        return {
            "choice": export_fields(
                self._prefix,
                self.deployment.inventory.devices,
                with_key=self._texts["with_key"] is True,
            ),
            "actions": export_actions(exists=self._exists),
            "now": card(written, as_code(self.code), label="What was written"),
        }


def import_panel(at: datetime | date | str | None = None) -> ImportPanel:
    """A panel to bring certificates in: pick files, drop them, or name a folder of devices.

    ``at`` is the moment they are judged for: aware UTC, a date or ISO text; now when left out.
    ``found``, ``estate`` and ``deployment`` are values for the next cell.
    """
    return ImportPanel(clock() if at is None else moment(at))


def export_panel(deployment: Deployment, folder: str | Path = "") -> ExportPanel:
    """A panel to take a device's files out, into a folder of its name inside ``folder``.

    The private key goes along only when that is ticked, encrypted with a passphrase. What was
    exported before is replaced only when that is asked.
    """
    return ExportPanel(deployment, folder)
