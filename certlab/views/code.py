"""Steps as the cell that does them: what a click did can be kept, read and run again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import MISSING, fields
from enum import Enum

from ..deployment import Step


def step_code(step: Step) -> str:
    """The expression that makes this Step; what is as by default stays unsaid."""
    said: list[str] = []
    for field in fields(step):
        value = getattr(step, field.name)
        if field.default is MISSING or value != field.default:
            said.append(_code(value) if not said else f"{field.name}={_code(value)}")
    return f"{type(step).__name__}({', '.join(said)})"


def cell_code(runs: Sequence[Iterable[Step]], name: str = "lab") -> str:
    """A cell that runs these Steps on the Deployment called ``name``, one line for each run."""
    lines, kinds = [], set()
    for run in runs:
        steps = list(run)
        kinds |= {type(value).__name__ for step in steps for value in (step, *_enums(step))}
        inside = [step_code(step) for step in steps]
        if sum(map(len, inside)) < 72:
            lines.append(f"{name} = {name}.run({', '.join(inside)})")
        else:
            lines.append(f"{name} = {name}.run(\n    " + ",\n    ".join(inside) + ",\n)")
    return "\n".join([f"from certlab import {', '.join(sorted(kinds))}\n", *lines])


def _enums(step: Step) -> list[Enum]:
    values = [(getattr(step, field.name), field.default) for field in fields(step)]
    return [value for value, usual in values if isinstance(value, Enum) and value != usual]


def _code(value: object) -> str:
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    return repr(value)
