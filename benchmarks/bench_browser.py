"""What a reader waits for: JupyterLab in Debian's Chromium, driven as the browser tests drive it.

A time runs in the page, from the click or key to the frame in which the answer is painted, through
the kernel and back. The browser has no graphics card here, so it paints more slowly than a
reader's. Without Chromium or Playwright there is nothing to measure, and it says so.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the harness of the browser tests, and lab.py

CLICKS, ROUNDS = 500, 25
SET_UP = """from certlab import *
from certlab.views import whole_matrix
from certlab.widgets import Canvas
model = SelfSigned()
every = read_inventory("data/enterprise.csv")
inventory = Inventory.of(sorted(every, key=lambda device: device.dial_plans)[:{size}],
                         every.dial_plans.values())
lab = begin(inventory, at="2026-11-24").run(model.procedure(inventory).phases[:2])
"""
# The first thing that a reader touches, in a kernel that has not imported anything yet.
FIRST = """from certlab import SelfSigned, begin, explore, read_inventory
office = read_inventory("data/small-office.csv")
plan = SelfSigned().procedure(office)
explore(begin(office, at="2026-11-24").run(plan.phases[0]), plan)
"""
MANY = """from certlab import *
devices = [Device(f"gw{n}", f"gw{n}.corp.example",
                  Role.GATEWAY if n % 100 > 1 else Role.UM_SERVER, (f"plan{n // 100}",))
           for n in range(10_000)]
plans = [DialPlan(f"plan{n}", SecurityMode.SECURED) for n in range(100)]
many = Inventory.of(devices, plans)
lab = begin(many, at="2026-11-24").run(SelfSigned().procedure(many).phases[0])
"""
# From an action to the frame that shows what came of it in one part of a widget.
TIMED = """async ([part, act, argument]) => {
  const watched = document.querySelector(`[data-part="${part}"]`);
  const painted = new Promise(done => new MutationObserver((_, observer) => {
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now())));
  }).observe(watched, {childList: true, subtree: true}));
  const begun = performance.now();
  new Function("argument", act)(argument);
  return (await painted) - begun;
}"""
CLICK = "document.querySelectorAll('[data-part=matrix] [data-id^=\"pair:\"]')[argument].click()"
TYPE = (
    "const field = document.querySelector('[data-field=text]'); field.value = argument;"
    "field.dispatchEvent(new Event('input', {bubbles: true}))"
)
ASSUME = TYPE.replace("[data-field=text]", "[data-field=rate]")
# From running the selected cell to the frame that shows what it made.
SHOWN = """async (selector) => {
  const begun = performance.now();
  jupyterapp.commands.execute('notebook:run-cell');
  while (!document.querySelector(selector)) await new Promise(next => requestAnimationFrame(next));
  await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - begun;
}"""
SCROLLED = """async (selector) => {
  const box = document.querySelector(selector), frames = [];
  for (let n = 1; n <= 40; n++) {
    const begun = performance.now();
    box.scrollTo(n * 100, n * 100);
    await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    frames.push(performance.now() - begun);
  }
  return frames;
}"""
ASKED = """async (expression) => {
  const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const asked = {code: "", user_expressions: {said: expression}};
  const reply = await kernel.requestExecute(asked).done;
  return reply.content.user_expressions.said.data["text/plain"];
}"""
HELD = (
    "len(__import__('ipywidgets').widgets.widget._instances),"
    " int(open('/proc/self/statm').read().split()[1]) * 4096 / 1e6"
)


def rows() -> list[dict[str, Any]]:
    try:
        import playwright  # noqa: F401 - is it there?
    except ImportError:
        return [missing("Playwright")]
    if not shutil.which("chromium"):
        return [missing("Debian's chromium")]
    with workbooks() as workbook:
        return [
            *first(workbook),
            *panel(workbook, 40, 150),
            *panel(workbook, 400, 500),
            *matrix(workbook),
            *table(workbook),
            *planner(workbook),
            *notebooks(workbook),
        ]


@contextlib.contextmanager
def workbooks() -> Iterator[Any]:
    """One page on a JupyterLab of its own."""
    from playwright.sync_api import sync_playwright

    import lab
    from tests.browser import conftest as harness

    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        folder, state = Path(place) / "work", Path(place) / "state"
        state.mkdir()
        shutil.copytree(ROOT / "notebooks", folder / "notebooks")
        environment = {**lab.jupyter_environment(state)}
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, (str(ROOT), environment.get("PYTHONPATH")))
        )
        server = subprocess.Popen(
            [
                sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.port=0",
                f"--ServerApp.root_dir={folder}", "--LabApp.expose_app_in_browser=True",
            ],
            cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            (state / "log").touch()
            running = harness.await_server(server, folder, state)
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=list(harness.CHROMIUM)
            )
            page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
            page.set_default_timeout(harness.PATIENCE)
            yield harness.Workbook(running, page, "light")
            browser.close()
        finally:
            server.terminate()
            server.wait(timeout=30)


def opened(workbook: Any, name: str, *cells: str) -> None:
    """A notebook of these cells with all but the last one run, and the last one selected."""
    workbook.write(name, *cells)
    workbook.open(name)
    for number in range(len(cells)):
        workbook.cell(number).locator(".jp-InputPrompt").click()
        if number < len(cells) - 1:
            workbook.page.evaluate("jupyterapp.commands.execute('notebook:run-cell')")
            workbook.settle()


def first(workbook: Any) -> list[dict[str, Any]]:
    """The panel of a lesson, with the import of certlab before it."""
    opened(workbook, "first.ipynb", FIRST)
    taken = workbook.page.evaluate(SHOWN, ".cl-panel [data-part=why] button")
    return [timed("first widget usable after its cell, import and all", [taken], 3000)]


def panel(workbook: Any, size: int, promise: float) -> list[dict[str, Any]]:
    """Clicks in the trust panel, on the pairs of one dial plan."""
    shown = "panel = explore(lab)\npanel.open_plan(next(iter(inventory.dial_plans)))\npanel"
    opened(workbook, "panel.ipynb", SET_UP.format(size=size), shown)
    first = workbook.page.evaluate(SHOWN, ".cl-panel [data-part=why] button")
    workbook.settle()
    count = workbook.page.locator('[data-part=matrix] [data-id^="pair:"]').count()

    def click(number: int) -> float:
        taken: float = workbook.page.evaluate(TIMED, ["why", CLICK, number * 7 % count])
        return taken

    found = [
        timed(f"first widget usable after its cell, {size} devices", [first], 3000),
        timed(f"click to redraw, {size} devices", [click(n) for n in range(ROUNDS)], promise),
    ]
    if size == 400:
        return found
    before = held(workbook)
    for n in range(CLICKS):
        click(n)
    after = held(workbook)
    names = ("widgets", "MB of the kernel", "MB of the page")
    bounds = (0, 10, 10)
    for name, one, other, most in zip(names, before, after, bounds, strict=True):
        found.append(
            row(f"{name} more after {CLICKS} clicks", other - one, "", f"at most {most}",
                other - one <= most)
        )  # fmt: skip
    return found


def held(workbook: Any) -> tuple[float, float, float]:
    """Widgets and memory of the kernel, and memory of the page after a collection."""
    workbook.settle()
    widgets, kernel = workbook.page.evaluate(ASKED, HELD).strip("()").split(",")
    session = workbook.page.context.new_cdp_session(workbook.page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"] / 1e6
    session.detach()
    return float(widgets), float(kernel), used


def matrix(workbook: Any) -> list[dict[str, Any]]:
    """The whole matrix of 400 devices: drawn, and scrolled."""
    shown = 'Canvas(parts={"whole": whole_matrix(all_pairs)})'
    set_up = SET_UP.format(size=400) + 'all_pairs = trust_matrix(lab, "all")\n'
    opened(workbook, "matrix.ipynb", set_up, "whole_matrix(all_pairs); None", shown)
    drawn = workbook.page.evaluate(SHOWN, ".cl-whole")
    frames = workbook.page.evaluate(SCROLLED, ".cl-scroll:has(.cl-whole)")
    return [
        timed("400 × 400 matrix drawn", [drawn], 1000),
        timed("400 × 400 matrix scrolled, a frame", frames, 100),
    ]


def table(workbook: Any) -> list[dict[str, Any]]:
    """The table of 10,000 devices: a search while it is typed."""
    opened(workbook, "table.ipynb", MANY, "device_table(lab)")
    first = workbook.page.evaluate(SHOWN, "[data-part=devices] td")
    workbook.settle()
    words = [f"gw{n}" for n in range(1, ROUNDS + 1)]
    taken = [workbook.page.evaluate(TIMED, ["devices", TYPE, word]) for word in words]
    return [
        row("table of 10,000 devices judged and shown", first, "ms", "–", ok=True),
        timed("table of 10,000 devices filtered", taken, 200),
    ]


def planner(workbook: Any) -> list[dict[str, Any]]:
    """What an hour costs is changed in the planner: until the answer shows the new numbers."""
    opened(workbook, "planner.ipynb", "from certlab import planner", 'planner("data/region.csv")')
    workbook.page.evaluate(SHOWN, "[data-part=answer] td")
    workbook.settle()
    taken = []
    for rate in range(80, 80 + ROUNDS):
        taken.append(workbook.page.evaluate(TIMED, ["answer", ASSUME, f"{rate}"]))
        workbook.settle()
    return [timed("an assumption changed, region.csv", taken, 150)]


def notebooks(workbook: Any) -> list[dict[str, Any]]:
    """Every notebook run from its first cell to its last."""
    total, names = 0.0, sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
    for name in names:
        workbook.open(name)
        began = time.perf_counter()
        workbook.run_all()
        total += time.perf_counter() - began
    said = f"the {len(names)} notebooks run, one after the other"
    return [row(said, total, "s", "under 60 s", total < 60)]


def timed(name: str, taken: list[float], promise: float) -> dict[str, Any]:
    """Milliseconds: the median and, beside it, the slowest."""
    middle = statistics.median(taken)
    found = row(name, middle, "ms", f"under {promise:g} ms", middle < promise)
    return {**found, "peers": {"the slowest": max(taken)} if len(taken) > 1 else {}}


def row(name: str, ours: float, unit: str, target: str, ok: bool) -> dict[str, Any]:
    return {
        "name": name, "ours": ours, "unit": unit, "peers": {}, "target": target, "ok": ok,
        "memory_mb": None,
    }  # fmt: skip


def missing(what: str) -> dict[str, Any]:
    return row(f"not measured: {what} is not here", 0, "", "–", ok=True)
