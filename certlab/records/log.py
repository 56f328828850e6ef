"""The folder of decisions: each a document to read and a record to compare with."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..deployment import moment
from ..deployment.steps import plural, printable
from ..errors import InvalidInput, KeyUnavailable, Problem
from ..live import clock
from .decision import Decision, Freshness, Option, State
from .disk import make_folder, told, write_files
from .evidence import Exhibit
from .madr import as_markdown
from .platforms import safe_name
from .verifying import KEY_MARKS

if TYPE_CHECKING:
    import pandas as pd

FORMAT, VERSION = "certlab decision", 1
_NAME = re.compile(r"(\d{4,6})-[^/\\]*\.json")
_LARGEST = 32 * 1024**2


@dataclass(frozen=True)
class DecisionLog:
    """All decisions of a folder, by number. ``problems`` names the files that were not read."""

    folder: Path
    decisions: tuple[Decision, ...]
    problems: tuple[Problem, ...] = ()

    def only(
        self,
        *,
        state: State | str | None = None,
        freshness: Freshness | str | None = None,
        words: str = "",
    ) -> DecisionLog:
        """Those in this state, of this freshness, and with these words in title, choice or by."""
        kept = [
            one
            for one in self.decisions
            if (state is None or one.state == state)
            and (freshness is None or one.standing == freshness)
            and words.casefold() in f"{one.title} {one.choice} {one.by}".casefold()
        ]
        return replace(self, decisions=tuple(kept))

    @property
    def headline(self) -> str:
        """How many there are, and how many are stale: none that is superseded."""
        count, stale = len(self), len(self.only(freshness=Freshness.STALE))
        return f"{plural(count, 'decision')}, {stale} stale"

    @property
    def frame(self) -> pd.DataFrame:
        """The log as a table."""
        import pandas as pd  # when asked for: pandas takes longer to import than certlab

        rows = [
            (f"{one.number:04}", one.title, one.choice, one.status, one.standing, one.on,
             one.by, "; ".join(one.told))
            for one in self.decisions
        ]  # fmt: skip
        heads = ["number", "title", "choice", "state", "evidence", "date", "by", "what changed"]
        return pd.DataFrame(rows, columns=heads).set_index("number")

    def __iter__(self) -> Iterator[Decision]:
        return iter(self.decisions)

    def __len__(self) -> int:
        return len(self.decisions)

    def __repr__(self) -> str:
        return f"DecisionLog({self.headline})"


def decision_log(
    folder: str | Path = "decisions",
    *live: Decision,
    today: date | datetime | str | None = None,
) -> DecisionLog:
    """Every decision saved in a folder, with its state and whether its evidence still holds.

    Facts are compared with what this program knows today, whatever else; the rest where the
    decision is given ``live``, as a notebook's cell has just made it.
    """
    path = Path(folder)
    day = clock().date() if today is None else moment(today).date()
    records, problems = _read_all(path)
    fresh = {one.number: one for one in live if one.number is not None and one.then is not None}
    return DecisionLog(
        path,
        tuple(
            fresh.get(number) or replace(one, today=day, then=one)
            for number, one in records.items()
        ),
        problems,
    )


def recalled(decision: Decision, folder: Path) -> Decision:
    """The decision beside its saved record, if the folder has one of this title.

    Raises ``InvalidInput`` when there is none and a record there cannot be read.
    """
    records, problems = _read_all(folder)
    kept = _of_title(records, decision.title)
    if kept is None and problems:
        raise InvalidInput("a record there cannot be read: perhaps this one", problems=problems)
    if kept is None:
        return replace(decision, folder=folder)
    superseded = kept.superseded_by is not None
    return replace(
        decision,
        folder=folder,
        then=kept,
        number=kept.number,
        superseded_by=kept.superseded_by,
        supersedes=decision.supersedes or kept.supersedes,
        state=State.SUPERSEDED if superseded else decision.state,
    )


def save(decision: Decision, folder: str | Path | None, *, renew: bool) -> Decision:
    """Write the record and its document, and the link back in what it supersedes."""
    into = Path(folder) if folder is not None else decision.folder
    if into is None:
        raise InvalidInput(
            "no folder is named", where=printable(decision.title), remedy='Say save("decisions").'
        )
    records, problems = _read_all(into)
    if problems:
        raise InvalidInput("records there cannot be read; nothing is written", problems=problems)
    kept = _of_title(records, decision.title)
    if kept is not None:
        decision = replace(decision, supersedes=decision.supersedes or kept.supersedes,
                           renewed=kept.renewed)  # fmt: skip
    _may_be_saved(decision, kept, records, renew=renew)
    number = kept.number if kept and kept.number else max(records, default=0) + 1
    new = replace(decision, number=number, folder=into, then=None)
    if renew:
        new = replace(new, renewed=decision.today)
    records[number] = new
    changed = {number}
    if (before := new.supersedes) is not None:
        records[before] = replace(records[before], state=State.SUPERSEDED, superseded_by=number)
        changed.add(before)
    _write(into, records, changed)
    saved = _read_all(into)[0][number]
    return replace(new, then=saved)


def _may_be_saved(
    decision: Decision, kept: Decision | None, records: Mapping[int, Decision], *, renew: bool
) -> None:
    where = printable(decision.title)
    before = decision.supersedes
    if before is not None and (before not in records or (kept and before == kept.number)):
        there = ", ".join(f"{number:04}" for number in records) or "none yet"
        raise InvalidInput(
            f"there is no record {before:04} to supersede", where=where, expected=f"one of {there}"
        )
    if before is not None and (other := records[before].superseded_by) is not None and not (
        kept and other == kept.number
    ):  # fmt: skip
        raise InvalidInput(
            f"{before:04} is superseded by {other:04} already",
            where=where,
            remedy=f"Supersede {other:04}.",
        )
    if kept is None or kept.state is State.PROPOSED:
        return
    if kept.superseded_by is not None:
        raise InvalidInput(
            f"this record is superseded by {kept.superseded_by:04}",
            where=where,
            remedy="Write a new decision, with a title of its own.",
        )
    if kept.digest != decision.digest and not renew:
        raise InvalidInput(
            "it is decided, and its evidence has changed since",
            where=where,
            remedy=f"Write a new decision with supersedes={kept.number}, or say renew=True if "
            "this one is right on today’s evidence too.",
        )


# --- on disk ------------------------------------------------------------------------------------


def file_stem(decision: Decision) -> str:
    """The name of its files without their ending: “0001-an-internal-pki”."""
    words = re.sub(r"[^a-z0-9]+", "-", decision.title.lower()).strip("-")[:60].strip("-")
    return f"{decision.number or 0:04}-{safe_name(words or 'decision')}"


def as_json(decision: Decision, document: str = "") -> str:
    """The record for machines: everything a later run needs to say what changed."""
    told_by = {
        "format": FORMAT,
        "version": VERSION,
        "number": decision.number,
        "title": decision.title,
        "state": decision.state.value,
        "on": str(decision.on),
        "by": decision.by,
        "context": decision.context,
        "options": [[one.title, one.words] for one in decision.options],
        "choice": decision.choice,
        "reasons": decision.reasons,
        "consequences": decision.consequences,
        "supersedes": decision.supersedes,
        "superseded_by": decision.superseded_by,
        "renewed": str(decision.renewed) if decision.renewed else None,
        "document_sha256": _sha256(document),
        "evidence_sha256": decision.digest,
        "evidence": [
            {
                "name": one.name,
                "kind": one.kind,
                "headline": one.headline,
                "sha256": one.digest,
                "parts": one.parts,
            }
            for one in decision.exhibits
        ],
    }
    return json.dumps(told_by, indent=1) + "\n"


def read_decision(path: str | Path) -> Decision:
    """One saved record. Raises ``InvalidInput`` for what is none, or of an unknown version."""
    file = Path(path)
    with told(file):
        if file.stat().st_size > _LARGEST:
            raise InvalidInput("this is too large for a record", where=printable(file.name))
        data = file.read_bytes()
    try:
        kept = json.loads(data)
        if kept["format"] != FORMAT:
            raise ValueError
        version = kept["version"]
        decision = _decision(kept) if version == VERSION else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InvalidInput(
            "this is no record of a decision",
            where=printable(file.name),
            remedy="It was left as it is. Restore it, or move it elsewhere.",
        ) from None
    if decision is None:
        raise InvalidInput(
            f"this record has format version {version!r}",
            where=printable(file.name),
            expected=f"version {VERSION}",
            remedy="Use a newer certlab. The file was left as it is.",
        )
    return decision


def _decision(kept: dict[str, Any]) -> Decision:
    several = tuple(
        Exhibit(str(one["name"]), str(one["kind"]), str(one["headline"]), _parts(one["parts"]))
        for one in kept["evidence"]
    )
    number, before, after = (kept[name] for name in ("number", "supersedes", "superseded_by"))
    if not all(one is None or type(one) is int for one in (number, before, after)) or not number:
        raise ValueError
    decision = Decision(
        str(kept["title"]), str(kept["context"]),
        tuple(Option(str(title), str(words)) for title, words in kept["options"]),
        str(kept["choice"]), tuple(map(str, kept["reasons"])),
        tuple(map(str, kept["consequences"])), str(kept["by"]), date.fromisoformat(kept["on"]),
        State(kept["state"]), several, number, before, after,
        date.fromisoformat(kept["renewed"]) if kept["renewed"] else None,
    )  # fmt: skip
    if kept["evidence_sha256"] != decision.digest:
        raise ValueError
    return decision


def _parts(kept: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    return {
        str(group): {str(item): str(text) for item, text in items.items()}
        for group, items in kept.items()
    }


def _read_all(folder: Path) -> tuple[dict[int, Decision], tuple[Problem, ...]]:
    """The records by number; superseding links are true both ways, whatever a crash cut short."""
    records: dict[int, Decision] = {}
    problems = []
    for file in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        if not _NAME.fullmatch(file.name):
            continue
        try:
            one = read_decision(file)
            assert one.number is not None
            if one.number in records:
                raise InvalidInput(f"there are two records {one.number:04}", where=file.name)
            records[one.number] = replace(one, folder=folder)
        except InvalidInput as error:
            problems.append(Problem(error.what, error.remedy, file=file.name))
    for one in list(records.values()):
        if one.supersedes in records and one.supersedes is not None:
            before = records[one.supersedes]
            records[one.supersedes] = replace(
                before, state=State.SUPERSEDED, superseded_by=one.number
            )
    return dict(sorted(records.items())), tuple(problems)


def _write(folder: Path, records: Mapping[int, Decision], numbers: Iterable[int]) -> None:
    names = {number: f"{file_stem(one)}.md" for number, one in records.items()}
    files: dict[Path, bytes] = {}
    for number in numbers:
        one = records[number]
        document, path = as_markdown(one, names), folder / names[number]
        _not_edited(path)
        files[path] = document.encode()
        files[path.with_suffix(".json")] = as_json(one, document).encode()
    without_keys({path.name: data for path, data in files.items()})
    make_folder(folder)
    write_files(files)


def without_keys(files: Mapping[str, bytes]) -> None:
    """Raise ``KeyUnavailable`` if a file has a private key in it, as somebody may have pasted."""
    for name, data in files.items():
        if KEY_MARKS.search(data):
            raise KeyUnavailable(
                "a private key is in the text of this decision; it was not written",
                where=printable(name),
                remedy="Take it out, and replace the key: whoever saw it has it.",
            )


def _not_edited(document: Path) -> None:
    """Refuse to write over a document that somebody has changed since it was written."""
    record = document.with_suffix(".json")
    if not document.exists() or not record.exists():
        return
    with told(document):
        now, kept = document.read_text("utf-8"), json.loads(record.read_bytes())
    if kept["document_sha256"] != _sha256(now):
        raise InvalidInput(
            "the document was edited by hand",
            where=printable(document.name),
            remedy="Put your words into the cell that writes it, and delete the file.",
        )


def _of_title(records: Mapping[int, Decision], title: str) -> Decision | None:
    same = (one for one in records.values() if one.title.casefold() == title.casefold())
    return next(same, None)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
