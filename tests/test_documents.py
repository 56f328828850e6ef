"""The documents beside the workbook: what they quote is said, and what they name is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import certlab
from certlab.validation.words import PURPOSE_SHORT, SENTENCES

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
SOURCE = "\n".join(
    path.read_text("utf-8")
    for place in ("certlab", "jupyter", "tests", "lab.py")
    for path in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
    if path != Path(__file__) and "state" not in path.parts
)
SPOKEN = re.sub(r"\"\s*\n\s*f?\"", "", re.sub(r"\s+", " ", SOURCE.replace("\n", " ")))
"""The source with its line breaks taken out, so that a message is found in one piece."""


def _headings(path: Path) -> list[str]:
    return re.findall(r"^### (.*)$", path.read_text("utf-8"), re.MULTILINE)


QUOTED = [
    quote
    for heading in _headings(ROOT / "docs" / "troubleshooting.md")
    for quote in re.findall(r"`([^`]+)`", heading)
]


def test_the_page_on_trouble_is_keyed_by_messages() -> None:
    assert len(QUOTED) > 20


@pytest.mark.parametrize("quote", QUOTED)
def test_every_message_explained_is_really_said(quote: str) -> None:
    for piece in quote.split("…"):
        said = re.sub(r'" f?"', "", SPOKEN)
        assert piece.strip() in said, piece


def test_every_word_of_a_cell_explained_is_a_word_of_a_finding() -> None:
    text = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    explained = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)
    shorts = {sentence.short for sentence in SENTENCES.values()} | set(PURPOSE_SHORT.values())
    assert explained
    assert set(explained) <= shorts


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_of_a_document_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_test_a_document_names_exists(path: Path) -> None:
    for name in re.findall(r"`(test_[a-z0-9_]+)`", path.read_text("utf-8")):
        assert f"def {name}(" in SOURCE or f"{name}.py" in str(list(ROOT.rglob(f"{name}.py"))), name


def test_the_reference_tells_of_every_public_name_and_asks_nobody(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", ROOT / "docs" / "reference.py", tmp_path],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    pages = {path.stem: path.read_text("utf-8") for path in tmp_path.rglob("*.html")}
    for room, names in certlab._ROOMS.items():
        for name in names:
            assert f'id="{name}"' in pages[room], f"{room}.{name} is told of nowhere"
    elsewhere = r"<(?:script|link|img)[^>]+(?:src|href)=.https?://"
    assert not re.findall(elsewhere, "".join(pages.values()))
