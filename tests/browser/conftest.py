"""The workbook in a real browser.

`workbook` is what a browser test asks for. It is one page of Chromium on a JupyterLab that was
started with the settings of lab.py, on a copy of the notebooks. It opens in the light theme, and
is looked at in both: a screenshot or a search for accessibility faults leaves it in the other one.

    def test_a_refused_cell_says_why(workbook):
        workbook.open("02-self-signed.ipynb")
        workbook.run_all()
        workbook.page.get_by_role("button", name="Import the certificate of um1").click()
        workbook.settle()
        workbook.screenshot("02-repaired")

A test of what a theme does says ``@pytest.mark.parametrize("theme", THEMES)``. When a test ends,
`workbook` fails it if the page threw an error, wrote one on the console, or asked any address but
this machine's for anything. `workbook.write(name, *cells)` makes a notebook for the test alone.
Screenshots go to artifacts/browser, which git ignores.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import nbformat
import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    expect,
    sync_playwright,
)

import lab

ARTIFACTS = lab.ROOT / "artifacts" / "browser"
WIDTHS = (1280, 1920)
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
HEIGHT = 1000
DRAWN = "for (let n = 0; n < 3; n++) await new Promise(drawn => requestAnimationFrame(drawn))"
PATIENCE = 60_000  # milliseconds: what no step takes, on a slow machine that does other work too

CHROMIUM = (
    "--no-sandbox",  # the tests may run as root; every page is our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Names of other machines do not exist for this browser, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
)


@dataclass(frozen=True)
class JupyterLab:
    """A running server: where it answers, its secret, its notebooks, what it writes."""

    url: str
    token: str
    folder: Path
    state: Path

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Ask the server's own interface, `path` being below /api or /lab/api."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE / 1000) as answer:
            return json.loads(answer.read() or "null")


@pytest.fixture(scope="session")
def jupyterlab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterLab]:
    """JupyterLab as lab.py starts it, but on copies, and on a port that the system chooses."""
    folder = tmp_path_factory.mktemp("work book ä")
    state = tmp_path_factory.mktemp("state")
    if (lab.ROOT / "notebooks").exists():
        shutil.copytree(lab.ROOT / "notebooks", folder / "notebooks")
    log = (state / "log").open("wb")
    process = subprocess.Popen(
        [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.port=0",
            f"--ServerApp.root_dir={folder}", "--LabApp.expose_app_in_browser=True",
        ],
        cwd=folder, env=lab.jupyter_environment(state), stdin=subprocess.DEVNULL,
        stdout=log, stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C is for pytest, which then ends it
    )  # fmt: skip
    try:
        yield await_server(process, folder, state)
    finally:
        process.terminate()  # it ends its kernels itself
        process.wait(timeout=30)
        log.close()
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        shutil.copy(state / "log", ARTIFACTS / "jupyterlab.log")


def await_server(process: subprocess.Popen[bytes], folder: Path, state: Path) -> JupyterLab:
    """Wait until the server answers; it tells its port and secret in its runtime folder."""
    told = state / "runtime" / f"jpserver-{process.pid}.json"
    until = time.monotonic() + PATIENCE / 1000
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError, json.JSONDecodeError):
            facts = json.loads(told.read_text("utf-8"))
            url = f"http://127.0.0.1:{facts['port']}"
            server = JupyterLab(url, facts["token"], folder, state)
            server.ask("GET", "/api/status")
            return server
        time.sleep(0.1)
    log = (state / "log").read_text("utf-8", errors="replace")
    pytest.fail(f"JupyterLab did not start:\n{log}")


# For a module at a time: while Playwright lives, no other test in the process can run asyncio.
@pytest.fixture(scope="module")
def chromium(require_tool: Callable[[str], str]) -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=require_tool("chromium"), args=list(CHROMIUM)
        )
        yield browser
        browser.close()


@pytest.fixture
def theme() -> Theme:
    """JupyterLab's theme when the page opens."""
    return "light"


@pytest.fixture
def workbook(jupyterlab: JupyterLab, chromium: Browser, theme: Theme) -> Iterator["Workbook"]:
    """An empty page that can open notebooks: see the top of this file."""
    jupyterlab.ask(
        "PUT",
        "/lab/api/settings/@jupyterlab/apputils-extension:themes",
        {"raw": json.dumps({"theme": f"JupyterLab {theme.title()}"})},
    )
    context = chromium.new_context(viewport={"width": WIDTHS[0], "height": HEIGHT})
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE / 4)
    workbook = Workbook(jupyterlab, context.new_page(), theme)
    yield workbook
    context.close()
    for session in jupyterlab.ask("GET", "/api/sessions"):
        jupyterlab.ask("DELETE", f"/api/sessions/{session['id']}")
    assert workbook.errors == [], "the page reported errors"
    assert workbook.asked_elsewhere == [], "the page asked other machines"


@dataclass
class Workbook:
    """One page on JupyterLab, and what has gone wrong on it so far."""

    server: JupyterLab
    page: Page
    theme: Theme
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heed)
        self.page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        self.page.context.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))

    def _heed(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            where = message.location.get("url", "")
            self.errors.append(f"{message.text} ({where})")

    @property
    def asked_elsewhere(self) -> list[str]:
        """The addresses asked for that are not this machine's."""
        local = {urlsplit(self.server.url).hostname, "localhost"}
        return [
            url
            for url in self.requests
            if urlsplit(url).scheme in ("http", "https", "ws", "wss")
            and urlsplit(url).hostname not in local
        ]

    def write(self, name: str, *cells: str) -> None:
        """Make a notebook of code cells for this test; overwrites one with this name."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells]
        )
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
        path = self.server.folder / "notebooks" / name
        path.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, path)

    def open(self, name: str) -> None:
        """Open a notebook, fresh as committed, and wait until its kernel is ready."""
        committed = lab.ROOT / "notebooks" / name
        if committed.exists():
            shutil.copy(committed, self.server.folder / "notebooks" / name)
        # A workspace of its own: nothing from the last test is open beside it.
        workspace = f"{self.theme}-{time.monotonic_ns()}"
        self.page.goto(
            f"{self.server.url}/lab/workspaces/{workspace}/tree/notebooks/{name}"
            f"?token={self.server.token}"
        )
        self.page.wait_for_function(
            "name => window.jupyterapp?.shell.currentWidget?.context?.path.endsWith(name)"
            " && jupyterapp.shell.currentWidget.content.model",
            arg=name,
        )
        self.await_notebook()

    def await_notebook(self) -> None:
        """Wait until the notebook in front is read and drawn, and its kernel is ready."""
        self._in_notebook("await panel.context.ready; await panel.sessionContext.ready")
        self.settle()

    def run_all(self, *, expect_errors: bool = False) -> dict[str, Any]:
        """Run all cells, wait for the end, and return the notebook with its outputs.

        A cell that raised fails the test, unless errors are expected.
        """
        self._in_notebook("await jupyterapp.commands.execute('notebook:run-all-cells')")
        self.settle()
        notebook = self.notebook()
        raised = [
            f"{output['ename']}: {output['evalue']}"
            for cell in notebook["cells"]
            for output in cell.get("outputs", ())
            if output["output_type"] == "error"
        ]
        assert expect_errors or not raised, f"cells raised {raised}"
        return notebook

    def notebook(self) -> dict[str, Any]:
        """Return the open notebook as it would be saved now."""
        notebook: dict[str, Any] = self._in_notebook("return panel.context.model.toJSON()")
        return notebook

    def save(self) -> dict[str, Any]:
        """Save the open notebook and return what is then on disk."""
        path = self._in_notebook("await panel.context.save(); return panel.context.path")
        notebook: dict[str, Any] = json.loads(
            (self.server.folder / path).read_text(encoding="utf-8")
        )
        return notebook

    def settle(self) -> None:
        """Wait until the kernel has done all it was asked and the page has drawn the result."""
        self._in_notebook(
            "const kernel = panel.sessionContext.session.kernel; await kernel.info;"
            f"do {{ await kernel.requestKernelInfo(); }} while (kernel.status !== 'idle'); {DRAWN}"
        )

    def cell(self, number: int) -> Locator:
        """Return the cell with this number, from 0, prose cells included."""
        return self.page.locator(".jp-Notebook:visible .jp-Cell").nth(number)

    def output(self, number: int) -> Locator:
        """Return the output of the cell with this number."""
        return self.cell(number).locator(".jp-Cell-outputArea")

    def wear(self, theme: Theme) -> None:
        """Change the theme of the open page."""
        if theme == self.theme:
            return
        self.theme = theme
        change = "theme => jupyterapp.commands.execute('apputils:change-theme', { theme })"
        self.page.evaluate(change, f"JupyterLab {theme.title()}")
        light = str(theme == "light").lower()
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-light", light)
        self.page.evaluate(f"async () => {{ {DRAWN} }}")

    def in_both_themes(self) -> Iterator[Theme]:
        """The page in each theme, the present one first; it stays in the other."""
        for theme in sorted(THEMES, key=self.theme.__ne__):
            self.wear(theme)
            yield theme

    def screenshot(self, name: str, of: Locator | None = None, height: int = HEIGHT) -> None:
        """Save what is seen, or a part of it, in both themes and at each width.

        A part that is higher than the page is seen whole only when ``height`` leaves room for it.
        Where CERTLAB_SCREENSHOTS is “no”, nobody will look, and none is taken.
        """
        if os.environ.get("CERTLAB_SCREENSHOTS") == "no":
            return
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        for theme in self.in_both_themes():
            for width in WIDTHS:
                self.page.set_viewport_size({"width": width, "height": height})
                self.page.wait_for_timeout(300)  # JupyterLab lays itself out a moment later
                path = ARTIFACTS / f"{name}-{theme}-{width}.png"
                (of or self.page).screenshot(path=path)
        self.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})

    def accessibility_faults(self, selector: str, *but: str) -> list[str]:
        """Let axe-core judge a part of the page (WCAG 2 A and AA), and return what it finds.

        ``but`` names rules that are left out.
        """
        from axe_core_python.sync_playwright import Axe

        options = {
            "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
            "resultTypes": ["violations"],
            "rules": {rule: {"enabled": False} for rule in but},
        }
        self.page.evaluate(Axe().axe_script)
        judge = "([selector, options]) => axe.run(selector, options)"
        return [
            f"{fault['id']}: {fault['help']} at {node['target']}, {theme}"
            for theme in self.in_both_themes()
            for fault in self.page.evaluate(judge, [selector, options])["violations"]
            for node in fault["nodes"]
        ]

    def _in_notebook(self, script: str) -> Any:
        """Run JavaScript in which `panel` is the open notebook."""
        try:
            return self.page.evaluate(
                f"async () => {{ const panel = jupyterapp.shell.currentWidget; {script} }}"
            )
        except Error as error:
            ARTIFACTS.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=ARTIFACTS / f"failed-{self.theme}.png")
            raise AssertionError(f"JupyterLab: {error}; errors so far: {self.errors}") from error
