"""Runs each benchmark in a process of its own and prints one table.

A benchmark is a file `bench_NAME.py` here with a function `rows()` that returns a list of
dictionaries with these keys:

    name       what was measured, in a few words
    ours       our median
    unit       "ms", "s", "1/s", ...
    peers      the medians of others in the same run and unit, by name; may be empty
    target     what we promise, in words
    ok         whether we keep it
    memory_mb  peak memory of the measured work; None: that of the whole process

`python3 lab.py bench` runs all of them, `python3 lab.py bench matrix issuing` those two, and
`python3 lab.py bench --save` also writes the results, with the date, into docs/benchmarks.md. The
exit code is 1 if a promise is not kept or a benchmark fails.
"""

import importlib.metadata
import json
import os
import platform
import runpy
import ssl
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import certlab

HERE = Path(__file__).resolve().parent
HEADINGS = ("what", "ours", "peer", "its value", "ours ÷ peer", "MB", "promise", "kept")
VERSIONS = (
    "cryptography", "pandas", "rpds-py", "anywidget", "jupyterlab", "trustme",
    "pyhanko-certvalidator",
)  # fmt: skip
PAGE = HERE.parent / "docs" / "benchmarks.md"
ABOUT = """# How fast, beside whom

Measured on {date} by `python3 lab.py bench --save`, on:

{machine}

Ours and a peer run in one session, so what slows the machine slows both; times are medians. \
Look at the ratios: they hold elsewhere, the times do not. Of a time less is better, of a rate \
(1/s) more. MB is the most memory that the measured work took, or the process that did it. A \
promise that was not kept says **NO**.

{table}

To measure on your own machine: `python3 lab.py bench`, or one part of it by its name \
(`python3 lab.py bench validation`). What each part does is said at the top of its file in \
`benchmarks/`.
"""

Row = dict[str, Any]


def main(arguments: list[str]) -> int:
    names = [argument for argument in arguments if argument != "--save"]
    known = {path.stem.removeprefix("bench_"): path for path in sorted(HERE.glob("bench_*.py"))}
    if unknown := set(names) - set(known):
        print(f"No benchmark {', '.join(sorted(unknown))}. There are: {', '.join(known)}.")
        return 2
    print(about_this_machine(), flush=True)
    rows: list[Row] = []
    failed = []
    for name in names or known:
        print(f"running {name} ...", flush=True)
        measured = in_own_process(known[name])
        if measured is None:
            failed.append(name)
        else:
            rows += measured
    print("\n" + table(rows))
    if failed:
        print(f"\nThese benchmarks failed: {', '.join(failed)}")
    if "--save" in arguments:
        PAGE.write_text(page(rows, failed), "utf-8")
        print(f"\nWritten: {PAGE}")
    return int(bool(failed) or not all(row["ok"] for row in rows))


def in_own_process(path: Path) -> list[Row] | None:
    """Run one benchmark; its rows, or None if it failed (it has then said why)."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "rows.json"
        done = subprocess.run([sys.executable, __file__, "--rows-of", path, result], check=False)
        if done.returncode:
            return None
        rows: list[Row] = json.loads(result.read_text("utf-8"))
        return rows


def write_rows(path: str, result: str) -> None:
    rows: list[Row] = runpy.run_path(path)["rows"]()
    for row in rows:
        if row["memory_mb"] is None:
            row["memory_mb"] = peak_memory_mb()
    Path(result).write_text(json.dumps(rows), "utf-8")


def peak_memory_mb() -> float:
    """Return the most memory that this process has held, in megabytes (10^6 bytes)."""
    if sys.platform == "win32":
        import psutil

        return float(psutil.Process().memory_info().peak_wset) / 1e6
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # bytes on macOS, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def lines_of(rows: list[Row]) -> list[tuple[str, ...]]:
    """Put the rows under their headings, a line for each peer."""
    lines: list[tuple[str, ...]] = [HEADINGS]
    for row in rows:
        first = (row["name"], f"{row['ours']:.4g} {row['unit']}")
        last = (f"{row['memory_mb']:.0f}", row["target"], "yes" if row["ok"] else "NO")
        peers = [
            (name, f"{value:.4g} {row['unit']}", f"{row['ours'] / value:.2f}")
            for name, value in row["peers"].items()
        ]
        for number, peer in enumerate(peers or [("", "", "")]):
            lines.append((*first, *peer, *last) if number == 0 else ("", "", *peer, "", "", ""))
    return lines


def table(rows: list[Row]) -> str:
    """Lay the rows out for a terminal."""
    lines = lines_of(rows)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def page(rows: list[Row], failed: list[str]) -> str:
    """Lay the rows out as a page that says when and where they were measured, and what was not."""
    head, *lines = lines_of(rows)
    told = (f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *lines))
    missing = f"These failed and are not in the table: {', '.join(failed)}."
    return ABOUT.format(
        date=datetime.now(UTC).date(),
        machine="\n".join(f"- {line}" for line in about_this_machine().splitlines()),
        table="\n".join(told).replace("| NO |", "| **NO** |")
        + (f"\n\n**{missing}**" if failed else ""),
    )


def about_this_machine() -> str:
    memory = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        memory = f", {size / 1e9:.0f} GB of memory"
    versions = [f"certlab {certlab.__version__}"]
    for name in VERSIONS:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"no {name}")
    return (
        f"{system()}, {processor()}, {os.cpu_count()} cores{memory}\n"
        f"Python {platform.python_version()}, {ssl.OPENSSL_VERSION}, {', '.join(versions)}"
    )


def system() -> str:
    """Name the system as its makers do: a kernel's own name may tell whose machine it is."""
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {platform.machine()}"
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}, {platform.machine()}"


def processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--rows-of"]:
        write_rows(*sys.argv[2:4])
    else:
        sys.exit(main(sys.argv[1:]))
