"""Writes the reference of certlab's rooms as HTML that needs no network.

    python3 lab.py reference

It is made from the docstrings; the pages are in artifacts/reference, index.html first.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pdoc.doc
import pdoc.doc_ast
import pdoc.render

ROOMS = (
    "errors", "reports", "pki", "validation", "deployment", "live", "planning", "records",
    "training", "views", "widgets",
)  # fmt: skip
PAGES = Path(__file__).parents[1] / "artifacts" / "reference"


def page_of(room: ModuleType) -> pdoc.doc.Module:
    """What a room offers, each thing with what is said of it; not the files it is made in."""
    page = pdoc.doc.Module(room)
    page.submodules = []
    for member in page.own_members:
        member.docstring = member.docstring or words_on(member.name, getattr(room, member.name))
    return page


def words_on(name: str, value: object) -> str:
    """Find what is said of a value: where it is made, by itself, or by the library it is from."""
    for module in [module for key, module in sys.modules.items() if key.startswith("certlab.")]:
        said = pdoc.doc_ast.walk_tree(module).var_docstrings.get(name)
        if said and getattr(module, name, None) is value:
            return said
    home = getattr(value, "__module__", "certlab")
    elsewhere = "" if home.startswith("certlab") else f"``{home}.{name}``, handed on as it is."
    return str(getattr(value, "explanation", elsewhere))


def write(folder: Path) -> Path:
    """Write the pages into this folder and return the first one."""
    templates = Path(__file__).with_name("templates")
    pdoc.render.configure(show_source=False, footer_text="certlab", template_directory=templates)
    pages = {f"certlab.{room}": page_of(import_module(f"certlab.{room}")) for room in ROOMS}
    (folder / "certlab").mkdir(parents=True, exist_ok=True)
    for name, page in pages.items():
        html = pdoc.render.html_module(page, pages)
        (folder / f"{name.replace('.', '/')}.html").write_text(html, "utf-8")
    (folder / "index.html").write_text(pdoc.render.html_index(pages), "utf-8")
    (folder / "search.js").write_text(pdoc.render.search_index(pages), "utf-8")
    return folder / "index.html"


if __name__ == "__main__":
    print(f"Open {write(Path(sys.argv[1]) if sys.argv[1:] else PAGES)}")
