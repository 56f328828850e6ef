"""Documents that leave: a decision as one page and as a bundle, a notebook as a report.

Each stands alone: pictures inside, no script, and a rule in it that forbids the page any network.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .errors import CertlabError, InvalidInput
from .records import Decision, bundle_of, file_stem
from .records.disk import make_folder, write_files
from .records.log import without_keys
from .views.documents import decision_page, notebook_page

__all__ = ["Document", "export_decision", "report"]


@dataclass(frozen=True, slots=True)
class Document:
    """Files that were written, and where."""

    files: tuple[Path, ...]

    def __repr__(self) -> str:
        return "Written: " + (", ".join(map(str, self.files)) or "nothing, in a run for a report")


def export_decision(decision: Decision, folder: str | Path | None = None) -> Document:
    """Write a decision as one HTML file and as an evidence bundle (zip); both replace older ones.

    They go beside its record, or into ``folder``. ``python3 lab.py verify-bundle FILE`` checks the
    bundle. Raises ``InvalidInput``, ``KeyUnavailable`` and ``StorageUnavailable``.
    """
    into = Path(folder or decision.folder or "decisions")
    page, stem = decision_page(decision), into / file_stem(decision)
    files = {
        stem.with_suffix(".html"): page.encode(),
        stem.with_suffix(".zip"): bundle_of(decision, page),
    }
    without_keys({path.name: data for path, data in files.items()})
    make_folder(into)
    write_files(files)
    return Document(tuple(files))


_RUNNING = "CERTLAB_REPORT"  # set for a notebook that is run for a report: it writes none itself


def report(notebook: str | Path, folder: str | Path = "reports") -> Document:
    """Run a notebook from the top, in a kernel of its own, and write it as one HTML file.

    Widgets are there as their pictures and tables. The notebook itself is not changed. Where the
    notebook asks for its own report, that one cell does nothing while the report is made.
    Raises ``InvalidInput``, ``KeyUnavailable`` and ``StorageUnavailable``.
    """
    if _RUNNING in os.environ:
        return Document(())
    import nbformat  # only reports need it, and nbclient
    from nbclient import NotebookClient
    from traitlets.config import Config

    path, target = Path(notebook), Path(folder) / f"{Path(notebook).stem}.html"
    try:
        text = path.read_text("utf-8")
        cells = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError, AttributeError, nbformat.ValidationError) as error:
        raise InvalidInput("this is no notebook that can be read", where=str(path)) from error
    client = NotebookClient(
        cells,
        kernel_name="python3",
        allow_errors=True,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
        config=Config({"KernelManager": {"transport_encryption": "required"}}),
    )
    client.execute(env={**os.environ, _RUNNING: "1"}, stderr=subprocess.DEVNULL)
    page = notebook_page(cells, path.stem)
    data = {target: page.encode()}
    without_keys({target.name: data[target]})
    make_folder(target.parent)
    write_files(data)
    return Document((target,))


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{report(*sys.argv[1:3])}\n")
    except CertlabError as error:
        sys.exit(str(error))
