"""For The Littlest JupyterHub: the workbook's settings, and a seed for each learner.

Documented, not run. It goes to /opt/tljh/config/jupyterhub_config.d/certlab.py. For “class”, write
the name of yours, as it stands in notebooks/facilitator.ipynb.
"""

c = get_config()  # noqa: F821 - JupyterHub puts it here

c.Spawner.default_url = "/lab"
c.Spawner.environment = {
    "JUPYTER_CONFIG_PATH": "/opt/certlab/jupyter",
    "CERTLAB_SEED": lambda spawner: f"class/{spawner.user.name}",
}
