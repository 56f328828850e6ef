"""An evidence bundle: the record, its tables and certificates, and a manifest of their hashes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ..deployment.steps import printable
from ..pki import as_pem
from .decision import Decision
from .log import as_json, file_stem, without_keys
from .madr import as_markdown
from .platforms import safe_name
from .verifying import FORMAT, MANIFEST, VERSION

if TYPE_CHECKING:
    import pandas as pd

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can say
_FORMULA = frozenset("=+-@|%＝＋－＠")  # noqa: RUF001 - a spreadsheet takes wide ones too
_NUMBER = re.compile(r"[+-]?[\d,]*\.?\d+(e[+-]?\d+)?%?", re.IGNORECASE)


def bundle_of(decision: Decision, page: str) -> bytes:
    """The bundle as the bytes of a zip file: the same ones every time, on every system.

    ``page`` is the decision as HTML. Raises ``KeyUnavailable`` should a private key be among it.
    """
    document, stem = as_markdown(decision), file_stem(decision)
    files = {
        f"{stem}.md": document.encode(),
        f"{stem}.json": as_json(decision, document).encode(),
        f"{stem}.html": page.encode(),
    }
    for number, one in enumerate(decision.exhibits, start=1):
        named = f"tables/{number:02}-{safe_name(one.name.lower().replace(' ', '-'))}"
        parts = [(g, i, text) for g, items in one.parts.items() for i, text in items.items()]
        files[f"{named}-rests-on.csv"] = as_csv(("group", "item", "value"), parts)
        if (table := one.table) is not None:
            files[f"{named}.csv"] = _table(table)
        for certificate in one.certificates:
            name = f"{safe_name(certificate.label)[:60]}-{certificate.fingerprint[:16]}"
            files[f"certificates/{name}.pem"] = as_pem([certificate])
    about = {
        "title": decision.title,
        "date": str(decision.on),
        "state": decision.status,
        "evidence_sha256": decision.digest,
    }
    return packed(files, about)


def packed(files: Mapping[str, bytes], about: Mapping[str, str]) -> bytes:
    """These files and the manifest that lists them, as the bytes of a zip file."""
    without_keys(files)
    listed = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in sorted(files.items())
    }
    manifest = {"format": FORMAT, "version": VERSION, **about, "files": listed}
    whole = {MANIFEST: (json.dumps(manifest, indent=1) + "\n").encode(), **files}
    out = io.BytesIO()
    # Stored, not packed: two zlibs pack differently, and the bytes are to be the same everywhere.
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as bundle:
        for name in sorted(whole):
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system, member.external_attr = 3, 0o100644 << 16
            bundle.writestr(member, whole[name])
    return out.getvalue()


def _table(table: pd.DataFrame) -> bytes:
    """A table with the names of its rows, unless they only count."""
    if table.index.name is not None or table.index.inferred_type != "integer":
        name = "" if table.index.name is None else str(table.index.name)
        table = table.rename_axis(name).reset_index()
    return as_csv(map(str, table.columns), table.to_numpy().tolist())


def as_csv(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """A table for any spreadsheet; none of its cells is run there as a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_cell(head) for head in heads])
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _cell(value: object) -> str:
    text = "" if value is None else "\n".join(map(printable, str(value).split("\n")))
    lead = str(value).lstrip()[:1]
    return f"'{text}" if lead in _FORMULA and not _NUMBER.fullmatch(text) else text
