"""The house of DESIGN: rooms import only from rooms below, heavy things only where they live."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import certlab

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "certlab"
ROOMS = (
    "pki", "validation", "deployment", "live", "planning", "records", "training", "views",
    "widgets",
)  # fmt: skip
MAY_IMPORT = {
    "cryptography": {"pki", "validation", "deployment", "live", "records", "training"},
    "pandas": {"deployment", "live", "planning", "records", "views"},
    "ipywidgets": {"widgets"},
    "anywidget": {"widgets"},
}
FILES = sorted(PACKAGE.rglob("*.py"))


def imports(file: Path) -> Iterator[str]:
    """Every module a file imports, wherever in it, as an absolute name."""
    package = [PACKAGE.name, *file.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def room_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_room_imports_only_from_rooms_below_it(file: Path) -> None:
    room = room_of(file)
    if room not in ROOMS:
        assert room == "", f"{room} is no room of the house"
        return
    for module in imports(file):
        name, _, rest = module.partition(".")
        reached = rest.partition(".")[0]
        if name == "certlab" and reached in ROOMS:
            assert ROOMS.index(reached) <= ROOMS.index(room), f"{room} reaches up to {reached}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_library_is_imported_only_in_the_rooms_that_are_for_it(file: Path) -> None:
    for module in imports(file):
        library = module.partition(".")[0]
        if library in MAY_IMPORT and room_of(file):
            assert room_of(file) in MAY_IMPORT[library], f"{room_of(file)} imports {library}"


def test_every_public_name_of_certlab_is_there() -> None:
    assert "why" in certlab.__all__
    for name in certlab.__all__:
        assert getattr(certlab, name) is not None
    with pytest.raises(AttributeError, match="why_not"):
        _ = certlab.why_not


@pytest.mark.parametrize("room", [room for room in ROOMS if (PACKAGE / room).is_dir()])
def test_the_public_face_of_a_room_lists_what_it_has(room: str) -> None:
    face = importlib.import_module(f"certlab.{room}")
    source = ast.parse((PACKAGE / room / "__init__.py").read_text("utf-8"))
    for name in face.__all__:
        assert getattr(face, name) is not None
    kinds = (ast.Expr, ast.Import, ast.ImportFrom, ast.Assign)
    assert all(isinstance(node, kinds) for node in source.body), "nothing but imports and __all__"


def test_importing_certlab_loads_neither_widgets_nor_pandas() -> None:
    code = (
        "import sys, certlab; certlab.deploy; certlab.validate;"
        "print([m for m in ('ipywidgets', 'anywidget', 'pandas', 'ssl') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "notebook", sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb")), ids=lambda path: path.stem
)
def test_a_notebook_uses_public_names_alone(notebook: Path) -> None:
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    for cell in cells:
        source = "".join(cell["source"]) if cell["cell_type"] == "code" else ""
        for node in ast.walk(ast.parse(source)):
            module = getattr(node, "module", None) or ""
            if isinstance(node, ast.ImportFrom) and module.partition(".")[0] == "certlab":
                public = importlib.import_module(module).__all__
                for alias in node.names:
                    assert alias.name in public, f"{module} does not offer {alias.name}"
