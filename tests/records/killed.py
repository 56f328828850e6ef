"""Works on a lab in a child process, kills it at random moments, and looks at what is left.

Run as a script by test_lab_killed: a process of its own, without threads, may fork. It prints how
often it killed, how many lines were acknowledged, and how often a last one was more than that.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from certlab.deployment import Deployment, GenerateSelfSigned, ImportAnchor, begin, read_inventory
from certlab.errors import InvalidInput, StepRefused
from certlab.pki import KeyStore
from certlab.records import Lab
from certlab.records.story import Story

DATA = Path(__file__).parents[2] / "notebooks" / "data"
PASSPHRASE = "correct horse battery staple"
EACH = 25


def digest(deployment: Deployment) -> str:
    stores = {
        name: [sorted(store.root), sorted(store.personal)]
        for name, store in deployment.stores.items()
    }
    shown = {name: one.certificate for name, one in deployment.credentials.items()}
    return hashlib.sha256(json.dumps([stores, shown], sort_keys=True).encode()).hexdigest()


def work(folder: Path, start: Deployment, pipe: int, dice: random.Random) -> None:
    """Do things at random for ever, and say after each what there is."""
    lab = Lab.open(folder, start, passphrase=PASSPHRASE)
    names = list(start.inventory.devices)
    while True:
        lines = len(lab.history)
        os.write(pipe, f"{lines} {digest(lab.deployment)}\n".encode())
        one, other = dice.sample(names, 2)
        with contextlib.suppress(InvalidInput, StepRefused):
            match dice.randrange(6):
                case 0:
                    lab.undo()
                case 1:
                    lab.redo()
                case 2 | 3:
                    lab.run(ImportAnchor(one, other))
                case _:
                    lab.run(GenerateSelfSigned(one))


def kill_once(folder: Path, start: Deployment, dice: random.Random) -> tuple[int, str]:
    """Let a child work and kill it: the last it acknowledged, lines and digest."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        work(folder, start, writing, random.Random(dice.random()))
    os.close(writing)
    said, after = b"", dice.randrange(5)  # after none, it is killed while it opens the lab
    while said.count(b"\n") < after:
        said += os.read(reading, 4096)
    time.sleep(dice.expovariate(1 / 0.008))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as rest:
        acknowledged = (said + rest.read()).decode().splitlines()
    if not acknowledged:
        return 0, ""
    lines, state = acknowledged[-1].split()
    return int(lines), state


def main(base: Path, kills: int) -> dict[str, int]:
    start = begin(read_inventory(DATA / "small-office.csv"), at="2026-11-24")
    dice = random.Random(26)
    acknowledged = unasked = before = 0
    for number in range(kills):
        folder = base / f"lab{number // EACH}"
        if number % EACH == 0:
            before = 0
        lines, state = kill_once(folder, start, dice)
        with Lab.open(folder, start, passphrase=PASSPHRASE) as lab:
            there = len(lab.history)
            least = max(lines, before, 1)
            assert least <= there <= least + 1, (number, lines, before, there)
            if state:
                story = Story(KeyStore())
                for record in lab._journal.records[:lines]:
                    story.read(record)
                assert digest(story.now) == state, number
            for device in lab.deployment.inventory.devices:
                for shown in lab.deployment.presented_by(device):
                    lab.deployment.keys.get(shown.certificate.key_fingerprint)
        acknowledged += max(0, lines - before)
        unasked += there - least
        before = there
    return {"kills": kills, "acknowledged": acknowledged, "one more": unasked}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
