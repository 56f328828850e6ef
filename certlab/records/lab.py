"""A lab on disk: a Deployment that outlives its notebook, with everything that was done to it."""

from __future__ import annotations

import base64
import os
import weakref
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from ..deployment import Deployment, Entry, Step
from ..errors import InvalidInput, KeyUnavailable, StorageUnavailable
from ..pki import Certificate, LessonKeys
from .disk import write_files
from .journal import Journal
from .lab_folder import IN_THE_CLEAR, KeysOnDisk, LabFolder, Seat, user_name
from .story import NOTHING, History, Line, Story, read_story


class Lab:
    """A Deployment on disk, with its history. ``Lab.open`` makes one.

    ``deployment`` is the present value. ``run``, ``keep``, ``undo`` and ``redo`` are on the disk
    when they return. The journal holds everything but the private keys; ``certificates/`` holds
    copies for other tools, ``keys/`` the private keys, for their owner alone to read.
    """

    def __init__(
        self, folder: LabFolder, name: str, story: Story, keys: KeysOnDisk, seat: Seat | None,
        journal: Journal, who: str,
    ) -> None:  # fmt: skip
        self.folder, self.name, self.who = folder.path, name, who
        self.notices: tuple[str, ...] = () if folder.encrypted else (IN_THE_CLEAR,)
        """What whoever opens it should know."""
        self._folder, self._story, self._keys = folder, story, keys
        self._seat, self._journal, self._process = seat, journal, os.getpid()
        if seat:
            weakref.finalize(self, seat.leave)

    @classmethod
    def open(
        cls,
        folder: str | Path,
        start: Deployment | None = None,
        *,
        name: str = "main",
        passphrase: str | None = None,
        read_only: bool = False,
        who: str | None = None,
    ) -> Lab:
        """Open what is saved in a folder under a name; what is not there yet begins with ``start``.

        ``passphrase`` encrypts the private keys of a new lab, and opens those of one that was begun
        with it. ``who`` is written beside what is done; left out, it is the user's name. Opened
        again in one notebook, the Lab opened before is closed.

        Raises ``StorageUnavailable`` (open elsewhere, damaged, of another format, or the disk
        refuses), ``KeyUnavailable`` (the passphrase; a lesson's keys), ``UnknownName`` and
        ``InvalidInput``.
        """
        path = Path(folder).expanduser().absolute()
        found = LabFolder.find(path)
        if start is not None:
            _refuse_lesson(start)
        if found is None:
            if start is None or read_only:
                raise InvalidInput(
                    "there is no lab in this folder",
                    where=str(path),
                    remedy="Begin one: Lab.open(folder, start=begin(inventory, at=…))",
                )
            found = LabFolder.begin(path, passphrase)
        may_begin = start is not None and not read_only
        file = found.journal(name) if may_begin else found.there(name)
        keys, who = KeysOnDisk(found, passphrase), who or user_name()
        if (earlier := _OPEN.get((os.getpid(), file))) is not None and not read_only:
            earlier.close()
        seat = None if read_only else Seat(file, who)
        try:
            journal = Journal(file)
            lab = cls(found, name, read_story(journal, keys), keys, seat, journal, who)
            lab._begin(start)
        except BaseException:
            if seat:
                seat.leave()
            raise
        if seat:
            _OPEN[os.getpid(), file] = lab
        return lab

    def _begin(self, start: Deployment | None) -> None:
        journal, story = self._journal, self._story
        story.check()
        if journal.trouble and self._seat:
            raise StorageUnavailable(
                journal.trouble,
                where=str(journal.path),
                remedy=f"Look at what is sound with Lab.open(…, read_only=True). “python3 lab.py "
                f"check {self.folder}” keeps that part and sets the rest aside",
            )
        if journal.trouble:
            self._notice(f"Only a part is shown: {journal.trouble}.")
        if self._seat and journal.torn:
            self._notice(f"A line was cut short before it counted. It is in {journal.mend()}.")
        if self._seat and self._seat.left_open:
            self._notice(f"It was last open {self._seat.left_open}, and not closed.")
        if not story.done:
            if start is None or not self._seat:
                raise StorageUnavailable("nothing is in this journal", where=str(journal.path))
            earlier = list(start._history())[::-1]
            self._write(zip([self._story.empty, *earlier], earlier, strict=False), "")

    # --- asking -----------------------------------------------------------------------------

    @property
    def deployment(self) -> Deployment:
        """The present value."""
        return self._story.now

    @property
    def history(self) -> History:
        """What was done, oldest first: when, who, what, and the note given with it."""
        undone = self._story.gone.union(state.line for state in self._story.undone)
        return History(
            replace(line, told=entry.tell() if entry else line.told, undone=line.number in undone)
            for line, entry in self._story.lines
        )

    @property
    def names(self) -> tuple[str, ...]:
        """What is saved in the same folder, by name."""
        return self._folder.names

    @property
    def read_only(self) -> bool:
        """Whether it can only be looked at."""
        return self._seat is None

    # --- changing ---------------------------------------------------------------------------

    def run(self, *steps: Step | Iterable[Step], note: str = "") -> Lab:
        """Run Steps on the deployment, and keep it. See ``Deployment.run`` for what it raises."""
        self._must_write()
        return self.keep(self.deployment.run(*steps), note=note)

    def keep(self, deployment: Deployment, *, note: str = "") -> Lab:
        """Make this the present value: what follows from it by runs, undos, another moment, policy.

        Raises ``InvalidInput`` for one that does not, ``StorageUnavailable`` when it cannot be
        written; then nothing has changed, on disk and here.
        """
        self._must_write()
        now = self.deployment
        if deployment is now:
            return self
        for back, state in enumerate(self._story.done[-2::-1], start=1):
            if state.deployment is deployment:
                return self._turn(-back, note)
        chain = []
        for link in deployment._history():
            if link is now:
                break
            chain.append(link)
            if link.keys is now.keys and link.previous is now.previous and link.entry is now.entry:
                break
        else:
            raise InvalidInput(
                "this deployment does not follow from the lab’s present one",
                where=repr(deployment),
                remedy="Save it under a name of its own: lab.save_as(name, deployment)",
            )
        chain.reverse()
        self._write(zip([now, *chain], chain, strict=False), note)
        return self

    def undo(self, *, note: str = "") -> Lab:
        """Take back the last line, from whenever it is. Raises ``InvalidInput`` when there is none.

        Certificates that were issued stay in ``certificates/``, and their keys in ``keys/``.
        """
        self._must_write()
        if len(self._story.done) < 2:
            raise InvalidInput("there is nothing to undo", remedy="This is how the lab began.")
        return self._turn(-1, note)

    def redo(self, *, note: str = "") -> Lab:
        """Do again what was undone last. Raises ``InvalidInput`` when nothing was."""
        self._must_write()
        if not self._story.undone:
            raise InvalidInput(
                "there is nothing to redo", remedy="What is run after an undo takes its place."
            )
        return self._turn(1, note)

    def save_as(self, name: str, deployment: Deployment | None = None) -> Lab:
        """Save a value under another name in the same folder, and open that: a what-if.

        Left out, it is the present one. Raises as ``open`` does, and ``InvalidInput`` when there
        is something of that name.
        """
        if self._folder.journal(name).exists():
            raise InvalidInput(
                f"there is something saved as {name!r}", remedy="Choose another name."
            )
        return Lab.open(
            self.folder,
            deployment or self.deployment,
            name=name,
            passphrase=self._keys.passphrase,
            who=self.who,
        )

    def follow(self, panel: Any) -> None:
        """Keep what is done on a panel from now on, as ``explore(lab.deployment)`` makes one."""
        self.keep(panel.deployment)
        panel.observe(lambda change: self.keep(change["new"]), "deployment")

    def close(self) -> None:
        """Let others write to it. It can still be looked at."""
        seat, self._seat = self._seat, None
        if seat:
            seat.leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        shown = f"Lab({str(self.folder)!r}, {self.name!r}): {self.deployment!r}"
        closed = "only to be looked at. " if self.read_only else ""
        last = f"{closed}{len(self._story.lines)} lines; the last: {self.history[-1]}"
        return "\n".join([shown, last, *self.notices])

    # --- writing ----------------------------------------------------------------------------

    def _must_write(self) -> None:
        if self._seat is None or self._process != os.getpid():
            raise StorageUnavailable(
                "this lab was opened only to look at, is closed, or was opened by another process",
                where=str(self._journal.path),
                remedy="Open it again: Lab.open(…)",
            )

    def _notice(self, text: str) -> None:
        self.notices = (*self.notices, text)

    def _turn(self, lines: int, note: str) -> Lab:
        states, verb = (
            (self._story.done[lines:], "undone")
            if lines < 0
            else (self._story.undone[-lines:], "done again")
        )
        numbers = ", ".join(str(number) for number in sorted(state.line for state in states))
        line = self._line(f"{verb}: line {numbers}", note)
        self._journal.append({**_head(line), "turn": lines})
        self._story.take(line, None, lines)
        return self

    def _write(self, links: Iterable[tuple[Deployment, Deployment]], note: str) -> None:
        """Keep Deployments, each with the one before it: keys and copies first, then the lines."""
        notation, met = self._story.notation, list[Certificate]()
        records, taken = [], list[tuple[Line, Entry | None, Deployment]]()
        try:
            for before, after in links:
                ran = after.entry if after.previous is before else None
                line = self._line("" if ran else _told(before, after), note, len(taken))
                record = {**_head(line), "changes": notation.changes(before, after)}
                if ran:
                    record["steps"] = notation.write(ran.steps)
                new, notation.new = notation.new, []
                met += new
                record["certificates"] = [base64.b64encode(one.der).decode() for one in new]
                record["keys"] = self._keys.keep(after)
                records.append({name: part for name, part in record.items() if part})
                taken.append((line, ran, after))
            copies = {self._folder.certificate(one): one.pem.encode() for one in met}
            write_files(copies, settled=False)  # ``check`` writes them again from the journal
            self._journal.append(*records)
        except BaseException:
            for one in (*met, *notation.new):
                notation.known.pop(one.fingerprint, None)
            notation.new = []
            raise
        for line, ran, after in taken:
            self._story.take(line, ran, after)

    def _line(self, told: str, note: str, further: int = 0) -> Line:
        number = len(self._story.lines) + 1 + further
        return Line(number, datetime.now(UTC).replace(microsecond=0), self.who, told, note)


_OPEN: weakref.WeakValueDictionary[tuple[int, Path], Lab] = weakref.WeakValueDictionary()
"""The labs that this process can write to."""


def _head(line: Line) -> dict[str, Any]:
    told = {"told": line.told} if line.told else {}
    note = {"note": line.note} if line.note else {}
    return {"when": line.at.isoformat(), "who": line.who, **told, **note}


def _told(before: Deployment, after: Deployment) -> str:
    """What happened between two Deployments without a Step."""
    if before.inventory is NOTHING.inventory:
        return f"begins with {len(after.inventory)} devices"
    what = []
    if before.at != after.at:
        what.append(f"judged for {after.at:%Y-%m-%d %H:%M} UTC")
    if before.policy != after.policy:
        what.append(f"judged by {after.policy.title}")
    return " and ".join(what) or "changed without a Step"


def _refuse_lesson(deployment: Deployment) -> None:
    if isinstance(deployment.source, LessonKeys):
        raise KeyUnavailable(
            "this deployment is a lesson’s: whoever has the seed has its private keys",
            remedy="Run its cells again and it is there, to the byte. For a lab on disk, begin "
            "without a seed",
        )
