"""A room full of learners on one machine: JupyterHub, and every learner an account of its own.

    cd /srv/certlab-room        # where the hub keeps its state; readable by root alone
    /opt/certlab/.venv/bin/jupyterhub -f /opt/certlab/deploy/jupyterhub_config.py

Each learner's server and kernels run as that learner's own user of this machine. What keeps one
learner's keys from another is therefore the operating system: files, memory and processes of
another user cannot be read. Only root can start processes as other users, so without root the
hub does not start: there is no weaker mode. deploy/README.md has the steps.

The hub listens on the loopback interface. To open the room, put a TLS certificate in front:

    --JupyterHub.bind_url=https://:443 --JupyterHub.ssl_cert=… --JupyterHub.ssl_key=…
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
CLASS = os.environ.get("CERTLAB_CLASS", "class")

if not hasattr(os, "geteuid") or os.geteuid() != 0:
    sys.exit(
        "The hub has to be started by root: it gives every learner's server to that learner's own "
        "user, and this is what keeps their keys apart. For yourself alone: python3 lab.py"
    )

c = get_config()  # noqa: F821 - JupyterHub puts it here

c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.ConfigurableHTTPProxy.command = [str(DEPLOY / "node_modules/.bin/configurable-http-proxy")]

# Who may enter: the machine's users in this group, with the password they have there.
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {"certlab"}

# What they get: JupyterLab in their own home folder, with the workbook's settings.
c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
c.Spawner.cmd = [sys.executable, str(DEPLOY / "learner.py")]
c.Spawner.notebook_dir = "~/certlab"
c.Spawner.default_url = "/lab/tree/notebooks/00-start.ipynb"
c.Spawner.environment = {
    "JUPYTER_CONFIG_PATH": str(ROOT / "jupyter"),
    # A seed for each learner from one name for the class: see notebooks/facilitator.ipynb.
    "CERTLAB_SEED": lambda spawner: f"{CLASS}/{spawner.user.name}",
}
c.Spawner.start_timeout = c.Spawner.http_timeout = 120  # twelve at once, on a small machine
