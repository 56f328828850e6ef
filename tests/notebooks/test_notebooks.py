"""The notebooks are the product: saved clean, run from a fresh kernel, keeping their secrets."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import nbformat
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from nbclient import NotebookClient

from certlab.pki import KeyPair

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted([*FOLDER.glob("[0-9][0-9]-*.ipynb"), FOLDER / "facilitator.ipynb"])
"""Those of the workbook: whoever works in it has others beside them."""
PRIVATE_KEY = re.compile(r"BEGIN [A-Z ]*PRIVATE KEY|PrivateKey object at|private_value")

END = re.compile(rb"-----BEGIN .*?-----END PRIVATE KEY-----", re.DOTALL)
KEYS = """
import gc
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from certlab.pki import KeyPair
found = [one for one in gc.get_objects() if isinstance(one, KeyPair)][:100]
form = Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
with open({kept!r}, "wb") as file:
    file.writelines(one.private_key.private_bytes(*form) for one in found)
"""
"""A last cell: it writes the private keys that the kernel holds where the test finds them."""

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_there_are_notebooks_to_test() -> None:
    numbered = [path.stem[:2] for path in NOTEBOOKS if path.stem != "facilitator"]
    assert numbered == sorted(set(numbered))
    assert set(numbered) >= {f"{number:02}" for number in range(8)}


def committed(path: Path) -> str:
    """What git has of a file, or is about to have: whoever works in a notebook leaves outputs."""
    git = shutil.which("git")
    words = [git or "", "show", f":./{path.name}"]
    kept = subprocess.run(words, cwd=FOLDER, capture_output=True, check=False) if git else None
    return (kept.stdout if kept and not kept.returncode else path.read_bytes()).decode()


@each_notebook
def test_a_notebook_is_committed_without_outputs_counts_or_widget_state(path: Path) -> None:
    notebook = nbformat.reads(committed(path), as_version=4)
    nbformat.validate(notebook)
    assert "widgets" not in notebook.metadata
    for cell in notebook.cells:
        assert not cell.get("outputs"), cell.source
        assert cell.get("execution_count") is None, cell.source
        assert not cell.metadata, cell.source


@each_notebook
def test_a_notebook_tells_a_story_in_short_cells(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert notebook.cells[0].source.startswith("# ")
    assert notebook.cells[-1].cell_type == "markdown"
    since_heading = 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            since_heading = 0 if re.search(r"^#+ ", cell.source, re.MULTILINE) else since_heading
            continue
        since_heading += 1
        assert since_heading <= 6, f"no heading for long before: {cell.source}"
        most = 12 if "import" in cell.source else 8
        assert len(cell.source.splitlines()) <= most, cell.source
        assert not re.search(r"^\s*(def|class|async def) ", cell.source, re.MULTILINE), cell.source


@each_notebook
def test_a_lesson_ends_with_a_decision_to_fill_in(path: Path) -> None:
    if path.stem in ("10-decide", "facilitator"):  # the one is about it, the other is no lesson
        return
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    last = code[-2] if "hand_in" in code[-1].source else code[-1]
    assert re.search(r"(?ms)^decide\(\n.*context=.*options=.*evidence=", last.source)


@each_notebook
def test_every_link_between_notebooks_leads_somewhere(path: Path) -> None:
    text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (path.parent / target).exists(), target


@each_notebook
def test_a_notebook_runs_top_to_bottom_and_shows_no_private_key(
    path: Path, tmp_path: Path, leaks: Callable[[Iterable[KeyPair]], set[bytes]]
) -> None:
    notebook = nbformat.read(path, as_version=4)
    kept = tmp_path / "keys.pem"
    notebook.cells.append(nbformat.v4.new_code_cell(KEYS.format(kept=str(kept))))
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(FOLDER)}},
        store_widget_state=True,
    )
    done = client.execute()
    ran = [cell for cell in done.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in ran)
    for cell in ran:
        cell.source = ""  # what the cell shows counts here, not what it says
        for output in cell.outputs:
            assert output.output_type != "error"
            if output.output_type == "stream":
                assert output.name != "stderr", output.text
    shown = nbformat.writes(done)
    assert not re.search(r"… \([\d,]+ characters\)", shown), "a text of ours is cut off"
    assert not PRIVATE_KEY.search(shown), "a private key is shown"
    keys = (KeyPair(load_pem_private_key(one, None)) for one in END.findall(kept.read_bytes()))
    assert not [leak for leak in leaks(keys) if leak in shown.encode()], "a private key is shown"
