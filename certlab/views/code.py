"""Steps as the cell that does them: what a click did can be kept, read and run again."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from ..deployment import Deployment, Step


def code_since(start: Deployment, deployment: Deployment, name: str = "lab") -> str:
    """The cell that leads from ``start`` to ``deployment``; empty when nothing was run."""
    runs = []
    while deployment is not start and deployment.previous and deployment.entry:
        runs.append(deployment.entry.steps)
        deployment = deployment.previous
    return cell_code(runs[::-1], name) if runs else ""


def cell_code(runs: Sequence[Iterable[Step]], name: str = "lab") -> str:
    """A cell that runs these Steps on the Deployment called ``name``, one line for each run."""
    lines = []
    for run in runs:
        inside = [repr(step) for step in run]
        if sum(map(len, inside)) < 72:
            lines.append(f"{name} = {name}.run({', '.join(inside)})")
        else:
            lines.append(f"{name} = {name}.run(\n    " + ",\n    ".join(inside) + ",\n)")
    return importing("\n".join(lines), name)


def importing(cell: str, *known: str) -> str:
    """The cell under a line that imports what it uses of certlab, but for the names ``known``."""
    used = {node.id for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.Name)}.difference(
        known
    )
    return f"from certlab import {', '.join(sorted(used))}\n\n{cell}"
