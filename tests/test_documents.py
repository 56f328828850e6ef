"""The documents beside the workbook: what they quote is said, and what they name is there."""

from __future__ import annotations

import platform
import re
import runpy
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import certlab
import lab
from certlab.validation.words import PURPOSE_SHORT, SENTENCES

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(path for place in ("", "docs", "deploy") for path in (ROOT / place).glob("*.md"))
CODE = [*(ROOT / "certlab").rglob("*.py"), ROOT / "lab.py", ROOT / "jupyter" / "doctor.py"]
TESTS = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
SPOKEN = re.sub(
    r"\"\s*f?\"", "", re.sub(r"\s+", " ", " ".join(path.read_text("utf-8") for path in CODE))
)
"""The code with its line breaks taken out, so that a message is found in one piece."""


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
        assert piece.strip() in (TESTS if quote.startswith("test_") else SPOKEN), piece


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
def test_every_link_into_a_page_leads_to_a_heading(path: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", path.read_text("utf-8")):
        page = (path.parent / target if target else path).read_text("utf-8")
        headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
        slugs = [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]
        assert anchor in slugs, f"{target}#{anchor}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_picture_is_there_for_both_themes_and_said_in_words(path: Path) -> None:
    text = path.read_text("utf-8")
    dark = re.findall(r'<source media="\(prefers-color-scheme: dark\)" srcset="([^"]+)">', text)
    shown = re.findall(r'<img alt="([^"]+)" src="([^"]+)">', text)
    assert [light.replace("-light.", "-dark.") for _, light in shown] == dark
    for words, light in shown:
        assert len(words.split()) > 10
        assert (path.parent / light).is_file()
    for name in dark:
        assert (path.parent / name).is_file()
    assert text.count("<img") == len(shown)


def test_every_picture_is_shown_and_none_is_heavy() -> None:
    text = "".join(path.read_text("utf-8") for path in DOCUMENTS)
    for picture in (ROOT / "docs" / "pictures").iterdir():
        assert f"pictures/{picture.name}" in text
        assert picture.stat().st_size < 300_000


def test_the_maps_of_the_documents_are_those_that_this_build_draws() -> None:
    maps: dict[str, str] = runpy.run_path(str(ROOT / "docs" / "pictures.py"))["maps"]()
    files = (ROOT / "docs" / "pictures").glob("*.svg")
    kept = {path.name: path.read_text("utf-8") for path in files}
    assert maps == kept, "python3 lab.py pictures draws them anew"


@pytest.mark.parametrize("path", [p for p in DOCUMENTS if "```python" in p.read_text("utf-8")],
                         ids=lambda path: path.name)  # fmt: skip
def test_the_cells_in_a_document_run_one_after_the_other(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "notebooks" / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("getpass.getpass", lambda: "a passphrase of the test")
    names: dict[str, Any] = {}
    cells = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
    for cell in cells.findall(path.read_text("utf-8")):
        exec(compile(cell, path.name, "exec"), names)
    if path.name == "keeping.md":
        assert certlab.trust_matrix(names["estate"].deployment).headline.startswith("All 3 links")
        assert len(list((tmp_path / "decisions").glob("0001-*"))) == 4


def test_every_command_is_in_the_document_of_commands() -> None:
    text = (ROOT / "docs" / "commands.md").read_text("utf-8")
    told = set(re.findall(r"^python3 lab\.py ([a-z][a-z-]*)", text, re.MULTILINE))
    assert told == set(lab.COMMANDS) - {""}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_test_a_document_names_exists(path: Path) -> None:
    for name in re.findall(r"`(test_[a-z0-9_]+)`", path.read_text("utf-8")):
        assert f"def {name}(" in TESTS or list((ROOT / "tests").rglob(f"{name}.py")), name


def test_the_reference_tells_of_every_public_name_and_asks_nobody(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", ROOT / "docs" / "reference.py", tmp_path],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    pages = {path.stem: path.read_text("utf-8") for path in tmp_path.rglob("*.html")}
    reference = runpy.run_path(str(ROOT / "docs" / "reference.py"))
    for room in reference["ROOMS"]:
        face = import_module(f"certlab.{room}")
        words = {one.name: one.docstring for one in reference["page_of"](face).own_members}
        for name in {*getattr(face, "__all__", ()), *certlab._ROOMS.get(room, ())}:
            assert f'id="{name}"' in pages[room], f"{room}.{name} is told of nowhere"
            assert f'{room}.html#{name}"' in pages["index"], f"{room}.{name} is not in the index"
            assert len(words[name].split()) > 2, f"nothing is said of {room}.{name}"
    assert set(certlab._ROOMS) <= set(reference["ROOMS"])
    elsewhere = r"<(?:script|link|img)[^>]+(?:src|href)=.https?://"
    assert not re.findall(elsewhere, "".join(pages.values()))


def test_saved_benchmarks_say_when_and_on_what_but_not_whose_machine(tmp_path: Path) -> None:
    for folder in ("benchmarks", "docs"):
        (tmp_path / folder).mkdir()
    shutil.copy(ROOT / "benchmarks" / "run.py", tmp_path / "benchmarks")
    row = {"name": "issue", "ours": 90.0, "unit": "1/s", "peers": {"bare loop": 100.0, "x": 45.0}}
    row |= {"target": "0.95 of a bare loop", "ok": False, "memory_mb": 81}
    bench = tmp_path / "benchmarks" / "bench_issuing.py"
    bench.write_text(f"def rows():\n    return [{row!r}]\n", "utf-8")
    command = [sys.executable, tmp_path / "benchmarks" / "run.py", "--save"]
    subprocess.run(command, capture_output=True, check=False, cwd=ROOT)
    page = (tmp_path / "docs" / "benchmarks.md").read_text("utf-8")
    assert re.search(r"^Measured on \d{4}-\d\d-\d\d by", page, re.MULTILINE)
    assert f"certlab {certlab.__version__}, cryptography " in page
    assert "| issue | 90 1/s | bare loop | 100 1/s | 0.90 | 81 | 0.95 of a bare" in page
    assert page.count("**NO** |\n") == 1
    assert "|  |  | x | 45 1/s | 2.00 |  |  |  |" in page
    for whose in (platform.node(), platform.release(), str(tmp_path), str(Path.home())):
        assert len(whose) < 4 or whose not in page
    bench.write_text("def rows():\n    raise OSError('gone')\n", "utf-8")
    subprocess.run(command, capture_output=True, check=False, cwd=ROOT)
    page = (tmp_path / "docs" / "benchmarks.md").read_text("utf-8")
    assert "**These failed and are not in the table: issuing.**" in page


def test_every_standard_that_a_check_names_is_in_the_reading_list() -> None:
    rules = (ROOT / "certlab" / "validation").glob("*.py")
    named = {rfc for path in rules for rfc in re.findall(r"RFC (\d{4})", path.read_text("utf-8"))}
    listed = (ROOT / "docs" / "reading.md").read_text("utf-8")
    assert {"5280", "9525", "6960"} <= named
    for rfc in named:
        assert f"[RFC {rfc}](https://www.rfc-editor.org/info/rfc{rfc})" in listed


def test_the_words_stand_in_their_order_each_once() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    words = [word.lower() for word in re.findall(r"^\*\*(.+?)\.?\*\*", text, re.MULTILINE)]
    assert words == sorted(set(words))
    for word in ("deployment", "step", "verdict", "finding", "trust store", "inventory", "seal"):
        assert word in words


def test_the_page_on_the_house_names_every_room_and_files_that_are_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rooms = dict(re.findall(r"^\| `(\w+)` \| [^|]+\? \| (.+) \|$", text, re.MULTILINE))
    assert set(rooms) == {path.parent.name for path in (ROOT / "certlab").glob("*/__init__.py")}
    for room, begin in rooms.items():
        for name in re.findall(r"`([^`]+)`", begin):
            assert (ROOT / "certlab" / room / name).exists(), f"{room}/{name}"
    for name in re.findall(r"`((?:\w+/)+\w+\.py)`", text):
        assert (ROOT / "certlab" / name.removeprefix("certlab/")).exists(), name


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_tells_nothing_of_the_machine_it_was_written_on(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.findall(r"(?<![\w.])/(?:home|root|tmp|work|Users)/\S*", text)
    assert not re.findall(r"https?://(?:localhost|127\.|10\.|192\.168\.)\S*", text)


def test_the_committed_benchmarks_are_of_this_version_and_name_their_peers() -> None:
    text = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    assert f"certlab {certlab.__version__}, " in text
    assert {"bare builder", "trustme", "openssl command"} <= set(re.split(r" \| ", text))
