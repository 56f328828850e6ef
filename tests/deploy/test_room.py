"""A room full of learners: one hub, several users of this machine, and walls between them.

The hub, its proxy, the users, their passwords and their processes are all real. The users are
made for this test and removed after it.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import websocket
import yaml
from playwright.sync_api import sync_playwright

from certlab.training import seeds_for
from tests.browser.conftest import CHROMIUM

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
PATIENCE = 90  # seconds: what no step takes, on a slow machine that does other work too
NAMES = ("lena", "jonas", "mia")


@dataclass
class Learner:
    """A user of this machine, who can sign in and have a server."""

    name: str
    password: str
    home: Path
    hub: str
    token: str = ""
    session: requests.Session | None = None

    def sign_in(self) -> requests.Response:
        """Sign in by the form, as from a browser, and follow to where that leads."""
        self.session = requests.Session()
        self.session.get(f"{self.hub}/hub/login", timeout=PATIENCE)
        form = {
            "username": self.name,
            "password": self.password,
            "_xsrf": self.session.cookies["_xsrf"],
        }
        return self.session.post(f"{self.hub}/hub/login", data=form, timeout=PATIENCE)

    def begin(self) -> None:
        """Sign in, take a token of one's own, and wait until one's server answers."""
        assert self.sign_in().ok
        xsrf = next(c.value for c in self.session.cookies if c.name == "_xsrf" and c.value)
        made = self.session.post(
            f"{self.hub}/hub/api/users/{self.name}/tokens",
            json={"note": "test"}, headers={"X-XSRFToken": xsrf}, timeout=PATIENCE,
        )  # fmt: skip
        self.token = made.json()["token"]
        started = self.ask("POST", f"/hub/api/users/{self.name}/server")
        assert started.status_code in (201, 202), started.text
        until = time.monotonic() + PATIENCE
        while not self.ask("GET", f"/hub/api/users/{self.name}").json()["server"]:
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.2)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Ask the hub or a server, below its address, with this learner's token."""
        headers = {"Authorization": f"token {self.token}"}
        return requests.request(
            method, self.hub + path, headers=headers, timeout=PATIENCE, **options
        )

    def kernel(self) -> str:
        """Start a kernel among the notebooks and return its id."""
        made = self.ask(
            "POST", f"/user/{self.name}/api/sessions",
            json={"path": f"notebooks/{uuid.uuid4()}.ipynb", "name": "", "type": "notebook",
                  "kernel": {"name": "python3"}},
        )  # fmt: skip
        assert made.status_code == 201, made.text
        return made.json()["kernel"]["id"]

    def run(self, kernel: str, code: str) -> str:
        """Run a cell in this learner's kernel and return what it printed or raised."""
        address = f"{self.hub.replace('http', 'ws')}/user/{self.name}/api/kernels/{kernel}/channels"
        talk = websocket.create_connection(
            address, header=[f"Authorization: token {self.token}"], timeout=PATIENCE
        )
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        said: list[str] = []
        with contextlib.closing(talk):
            wait_for_kernel(talk)
            asked = send(talk, "execute_request", content)
            while True:
                message = json.loads(talk.recv())
                if message["parent_header"].get("msg_id") != asked:
                    continue
                match message["msg_type"], message["content"]:
                    case "stream", {"text": text}:
                        said.append(text)
                    case "error", {"ename": name, "evalue": value}:
                        said.append(f"{name}: {value}")
                    case "status", {"execution_state": "idle"}:
                        return "".join(said).strip()


def send(talk: websocket.WebSocket, kind: str, content: dict[str, object]) -> str:
    """Send a message to the kernel at the other end; return its id."""
    id_ = uuid.uuid4().hex
    header = {"msg_id": id_, "msg_type": kind, "username": "", "session": id_, "version": "5.3"}
    talk.send(json.dumps({"header": header, "parent_header": {}, "metadata": {},
                          "content": content, "channel": "shell"}))  # fmt: skip
    return id_


def wait_for_kernel(talk: websocket.WebSocket) -> None:
    """Ask until it answers: what reaches the server before the kernel has started may be lost."""
    talk.settimeout(2)
    until = time.monotonic() + PATIENCE
    while True:
        assert time.monotonic() < until, "the kernel does not answer"
        send(talk, "kernel_info_request", {})
        with contextlib.suppress(websocket.WebSocketTimeoutException):
            while json.loads(talk.recv())["msg_type"] != "kernel_info_reply":
                pass
            break
    talk.settimeout(PATIENCE)


@dataclass
class Room:
    learners: tuple[Learner, ...]
    hub: str
    folder: Path


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


@pytest.fixture(scope="module")
def room(require_tool: Callable[[str], str]) -> Iterator[Room]:
    """A running hub with three learners: two have signed in and started their servers."""
    if os.name == "nt" or os.geteuid() != 0:
        pytest.skip("only root can give every learner a user of their own (sudo python3 lab.py …)")
    require_tool("node")
    if not (DEPLOY / "node_modules/.bin/configurable-http-proxy").exists():
        pytest.skip("configurable-http-proxy is not installed (npm ci --prefix deploy)")
    folder = Path(tempfile.mkdtemp(prefix="certlab-room-"))
    folder.chmod(0o755)  # homes lie in it, each closed to the others
    group = f"certlab-{secrets.token_hex(3)}"
    with contextlib.ExitStack() as after:
        after.callback(shutil.rmtree, folder, ignore_errors=True)
        subprocess.run(["groupadd", group], check=True)
        after.callback(subprocess.run, ["groupdel", group], check=False)
        public, hub, api = free_ports(3)
        url = f"http://127.0.0.1:{public}"
        learners = []
        for name in NAMES:
            user, word = f"{group}-{name}", secrets.token_urlsafe(12)
            home = folder / name
            subprocess.run(["useradd", "--create-home", "--home-dir", home, "--groups", group,
                            "--key", "HOME_MODE=0700", user], check=True)  # fmt: skip
            after.callback(subprocess.run, ["userdel", user], check=False)
            subprocess.run(["chpasswd"], input=f"{user}:{word}", text=True, check=True)
            learners.append(Learner(user, word, home, url))
        state = folder / "hub"
        state.mkdir(mode=0o700)
        after.enter_context(running_hub(state, group, public, hub, api))
        with ThreadPoolExecutor() as pool:
            list(pool.map(Learner.begin, learners[:2]))
        yield Room(tuple(learners), url, folder)


@contextlib.contextmanager
def running_hub(state: Path, group: str, public: int, hub: int, api: int) -> Iterator[None]:
    """The hub on loopback and free ports, ended by its own process id."""
    with (state / "log").open("wb") as log:
        process = subprocess.Popen(
            ["unshare", "--mount", sys.executable, str(Path(__file__).with_name("room.py")),
             f"--JupyterHub.bind_url=http://127.0.0.1:{public}", f"--JupyterHub.hub_port={hub}",
             f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{api}",
             f"--PAMAuthenticator.allowed_groups={{'{group}'}}"],
            cwd=state, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            until = time.monotonic() + PATIENCE
            while True:
                with contextlib.suppress(requests.ConnectionError):
                    if requests.get(f"http://127.0.0.1:{public}/hub/api", timeout=5).ok:
                        break
                said = (state / "log").read_text("utf-8", errors="replace")
                assert process.poll() is None, f"the hub ended:\n{said}"
                assert time.monotonic() < until, f"the hub did not start:\n{said}"
                time.sleep(0.2)
            yield
        finally:
            process.send_signal(signal.SIGTERM)  # it ends the learners' servers and its proxy
            process.wait(timeout=PATIENCE)


def test_learners_open_the_workbook_at_the_same_time(room):
    for learner in room.learners[:2]:
        page = learner.ask("GET", f"/user/{learner.name}/lab/tree/notebooks/00-start.ipynb")
        assert page.ok
        assert "JupyterLab" in page.text
        path = f"/user/{learner.name}/api/contents/notebooks/00-start.ipynb"
        notebook = learner.ask("GET", path).json()["content"]
        cells = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
        said = learner.run(learner.kernel(), f"{cells[0]}\nprint(check_workbook())")
        assert "encrypted" in said
        assert "not encrypted" not in said


@pytest.mark.browser
def test_two_learners_do_their_own_exercises_in_their_browsers(room, require_tool):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=require_tool("chromium"), args=list(CHROMIUM)
        )
        for learner in room.learners[:2]:
            page = browser.new_context().new_page()
            page.set_default_timeout(PATIENCE * 1000)
            page.goto(f"{room.hub}/hub/login?next=/hub/user-redirect/lab/tree/notebooks/{SHORT}")
            page.get_by_label("Username:").fill(learner.name)
            page.get_by_label("Password:").fill(learner.password)
            page.get_by_role("button", name="Sign in").click()
            page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
            page.get_by_role("menuitem", name="Run").click()
            page.get_by_text("Run All Cells", exact=True).click()
            page.get_by_text(f"predict-3 · seed class/{learner.name}").wait_for()
        browser.close()


SHORT = "02-self-signed.ipynb"
KEEP = """
import os
from certlab import InternalPKI, NoPassphrase, deploy, export_device, read_inventory
lab = deploy(read_inventory("data/small-office.csv"), InternalPKI(), at="2026-11-24")
twice = NoPassphrase.REFUSED_TWICE
made = export_device(lab, "um1", "out", with_key=True, passphrase=twice)
print(os.getpid(), *(made.path.absolute() / name for name in made.files), sep="\\n")
"""
TRY = """
for path in {paths}:
    try:
        open(path, "rb").read()
        print("READ", path)
    except PermissionError:
        print("refused", path)
"""


def test_one_learners_kernel_can_read_neither_files_nor_memory_of_another(room):
    lena, jonas = room.learners[:2]
    pid, *files = lena.run(lena.kernel(), KEEP).splitlines()
    assert any("key" in Path(one).name for one in files), files
    runtime = next(lena.home.rglob("kernel-*.json"))
    secret = [*files, str(runtime), f"/proc/{pid}/mem", f"/proc/{pid}/environ"]
    code = TRY.format(paths=secret)
    said = jonas.run(jonas.kernel(), code).splitlines()
    assert said == [f"refused {path}" for path in secret]
    hub = [str(one) for one in (room.folder / "hub").iterdir()]
    assert any("cookie_secret" in one for one in hub)
    assert "READ" not in jonas.run(jonas.kernel(), TRY.format(paths=hub)), "nor the hub's secrets"
    # What was refused is there, and its owner reads it: the walls refuse, not the paths.
    assert "refused" not in lena.run(lena.kernel(), TRY.format(paths=files))


def test_one_learners_token_opens_nobody_elses_server(room):
    lena, jonas = room.learners[:2]
    for path in ("api/contents/notebooks", "api/kernels", "lab", "api/sessions"):
        assert lena.ask("GET", f"/user/{lena.name}/{path}").ok
        refused = jonas.ask("GET", f"/user/{lena.name}/{path}", allow_redirects=False)
        assert refused.status_code == 403, path
    kernel = lena.kernel()
    thief = Learner(lena.name, "", lena.home, lena.hub, jonas.token)
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        thief.run(kernel, "print('here')")
    for path in (f"users/{lena.name}", f"users/{lena.name}/tokens", "users"):
        assert jonas.ask("GET", f"/hub/api/{path}").status_code in (403, 404), path


def test_a_browser_that_is_signed_in_as_one_learner_does_not_get_anothers_page(room):
    lena, jonas = room.learners[:2]
    own = jonas.session.get(f"{room.hub}/user/{jonas.name}/lab", timeout=PATIENCE)
    assert own.status_code == 200
    other = jonas.session.get(f"{room.hub}/user/{lena.name}/lab", timeout=PATIENCE)
    assert other.status_code in (403, 404)


def test_nobody_enters_with_a_wrong_password_or_from_outside_the_group(room):
    lena = room.learners[0]
    wrong = Learner(lena.name, "a guess", lena.home, lena.hub)
    assert wrong.sign_in().status_code == 403
    stranger = Learner("nobody", "", Path("/nonexistent"), lena.hub)
    assert stranger.sign_in().status_code == 403
    assert room.learners[2].sign_in().ok


def test_each_learner_has_a_seed_of_their_own_from_the_name_of_the_class(room):
    code = "import os; print(os.environ['CERTLAB_SEED'])"
    said = [one.run(one.kernel(), code) for one in room.learners[:2]]
    assert said == [f"class/{one.name}" for one in room.learners[:2]]


def test_each_learner_works_on_copies_that_nobody_else_can_read(room):
    for learner in room.learners[:2]:
        folder = learner.home / "certlab" / "notebooks"
        assert {one.name for one in folder.iterdir()} >= {"00-start.ipynb", "data"}
        assert folder.owner() == learner.name
        assert not folder.stat().st_mode & 0o077
        assert learner.home.stat().st_mode & 0o777 == 0o700


def test_a_hub_that_was_not_started_by_root_says_why_it_does_not_start(tmp_path):
    if os.name == "nt" or os.geteuid() != 0:
        pytest.skip("asks root to start it as somebody else")
    config = (DEPLOY / "jupyterhub_config.py").read_text("utf-8")
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "python3", "-"],
        input=config.replace("__file__", repr("/deploy/jupyterhub_config.py")), cwd="/",
        env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "has to be started by root" in done.stderr


def test_a_deleted_notebook_comes_back_and_a_changed_one_stays(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(DEPLOY)
    from learner import lay_out

    lay_out(tmp_path)
    changed, deleted = tmp_path / "00-start.ipynb", tmp_path / "01-certificates.ipynb"
    original = deleted.read_bytes()
    changed.write_text("mine", "utf-8")
    deleted.unlink()
    lay_out(tmp_path)
    assert changed.read_text("utf-8") == "mine"
    assert deleted.read_bytes() == original


def test_the_values_for_kubernetes_name_what_is_there_and_room_for_what_was_measured():
    values = yaml.safe_load((DEPLOY / "kubernetes-values.yaml").read_text("utf-8"))
    learner = values["singleuser"]
    program, settings = learner["cmd"][1], learner["extraEnv"]["JUPYTER_CONFIG_PATH"]
    assert all(
        (ROOT / place.removeprefix("/opt/certlab/")).exists() for place in (program, settings)
    )
    assert learner["memory"] == {"guarantee": "512M", "limit": "1G"}
    assert "512 MB for each learner" in (DEPLOY / "README.md").read_text("utf-8")
    assert values["hub"]["config"]["JupyterHub"]["authenticator_class"] != "dummy"
    seeds, spawner = values["hub"]["extraConfig"]["seeds"], SimpleNamespace(environment={})
    exec(seeds, {"c": SimpleNamespace(Spawner=spawner)})
    anna = SimpleNamespace(user=SimpleNamespace(name="anna"))
    assert spawner.environment["CERTLAB_SEED"](anna) == seeds_for("class", ["anna"])["anna"]
