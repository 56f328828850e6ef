"""From one trust model to another without an outage: what to do in which order, or why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..errors import StepRefused
from ..pki import FreshKeys, KeyPair, KeyStore, KeyType
from .deployment import Deployment
from .enrolment import InstallCertificate
from .judging import CellState
from .matrix import TrustMatrix, trust_matrix
from .models import ships
from .procedure import Phase, Procedure, TrustModel
from .steps import Step, plural
from .store_steps import ImportInto, RemoveAnchor


@dataclass(frozen=True, repr=False)
class Migration:
    """How to come from a Deployment to a trust model while every link that works goes on working.

    ``procedure`` makes ready, imports the new anchors everywhere, switches certificates, and
    removes old anchors. It was rehearsed on a copy with other keys: ``broken`` are the (verifier,
    subject) pairs that would stop working at some point, and ``refusal`` says which Step cannot be
    applied. With either, no such order of these Steps exists. ``after`` is who accepts whom when
    all of it is done, as far as the rehearsal came.
    """

    procedure: Procedure
    after: TrustMatrix
    broken: tuple[tuple[str, str], ...] = ()
    refusal: str = ""
    why_broken: str = ""

    @property
    def exists(self) -> bool:
        return not (self.broken or self.refusal)

    @property
    def imports(self) -> int:
        """How many imports it takes: only those that are missing."""
        return sum(isinstance(step, ImportInto) for step in self.procedure)

    @property
    def statement(self) -> str:
        """Whether there is such an order, and what it costs or what is in the way."""
        if self.refusal:
            return f"There is no way there: {self.refusal}"
        if self.broken:
            stops = told_broken(self.broken)
            return f"There is no order without an outage: {stops}. {self.why_broken}"
        imports = "an import" if self.imports == 1 else "imports"
        return (
            f"{plural(len(self.procedure), 'step')} with "
            f"{plural(self.procedure.touches, 'touch', 'touches')}, {self.imports:,} of them "
            f"{imports}; no link that works stops working."
        )

    def __repr__(self) -> str:
        return f"{self.procedure.title}. {self.statement}"


def told_broken(broken: Sequence[tuple[str, str]]) -> str:
    """How many (verifier, subject) pairs stop working, and the first of them, in a clause."""
    verifier, subject = broken[0]
    if len(broken) == 1:
        return f"1 direction of a link stops working, where {verifier} judges {subject}"
    return (
        f"{len(broken):,} directions of links stop working, the first where {verifier} judges "
        f"{subject}"
    )


_PHASES = (
    "Make ready: nothing that is presented changes",
    "Import the new anchors everywhere",
    "Switch to the new certificates",
)


def _place_of(step: Step) -> int:
    """In which of the phases a Step belongs."""
    return 2 if isinstance(step, InstallCertificate) else int(isinstance(step, ImportInto))


def migrate(deployment: Deployment, to: TrustModel) -> Migration:
    """Order what is left of a model's procedure so that nothing that works stops working.

    An import only adds to what is accepted, and a switch of one device is judged by its peers
    alone. So when every link works before and after each phase, it works between the Steps of the
    phase too. Old anchors go last, where no peer's certificate needs them any more.
    """
    title = f"Migration to {to.title}"
    parts = [part for step in to.procedure(deployment.inventory) for part in step.parts]
    phases: list[Phase] = []
    broken: dict[tuple[str, str], str] = {}
    rehearsal = replace(deployment, source=_StandIns(), keys=KeyStore())
    matrix = trust_matrix(rehearsal)
    for place, words in enumerate(_PHASES):
        steps = tuple(p for p in parts if _place_of(p) == place and not p.is_done(rehearsal))
        if steps:
            phases.append(Phase(words, steps))
            try:
                rehearsal = rehearsal.run(steps)
            except StepRefused as error:
                return Migration(Procedure(title, tuple(phases)), matrix, refusal=str(error))
            matrix = _compared(matrix, rehearsal, broken)
    if old := _unneeded(deployment, matrix):
        phases.append(Phase("Remove the old anchors", old))
        matrix = _compared(matrix, rehearsal.run(old), broken)
    why_broken = next(iter(broken.values()), "")
    return Migration(Procedure(title, tuple(phases)), matrix, tuple(broken), why_broken=why_broken)


def _compared(
    before: TrustMatrix, after: Deployment, broken: dict[tuple[str, str], str]
) -> TrustMatrix:
    """The matrix after a phase; what was accepted and is not any more is added to ``broken``."""
    matrix = trust_matrix(after)
    for pair, cell in matrix:
        worked = before.cell(*pair).state is CellState.ACCEPTED
        if worked and cell.state is CellState.REFUSED:
            reason = cell.verdict.reason if cell.verdict is not None else None
            broken.setdefault(pair, reason.words if reason else "Nothing is presented any more.")
    return matrix


def _unneeded(deployment: Deployment, final: TrustMatrix) -> tuple[Step, ...]:
    """Removals of anchors that this lab made and that end no accepted path in the final matrix."""
    needed: dict[str, set[str]] = {}
    for (verifier, _), cell in final:
        for verdict in cell.verdicts:
            needed.setdefault(verifier, set()).add(verdict.path[-1].fingerprint)
    names = {
        authority.certificate.fingerprint: name
        for name, authority in deployment.authorities.items()
    }
    removals: list[Step] = []
    for device in deployment.inventory:
        for certificate in deployment.anchors_of(device.name):
            fingerprint = certificate.fingerprint
            holder = deployment.key_holders.get(certificate.key_fingerprint)
            owner = names.get(fingerprint) or holder
            if (
                owner
                and not ships(device, owner)
                and (fingerprint not in needed.get(device.name, ()))
            ):
                removals.append(RemoveAnchor(device.name, owner, fingerprint=fingerprint))
    return tuple(removals)


class _StandIns(FreshKeys):
    """Keys for the rehearsal: quickly made ones, whatever type is asked for."""

    def key_pair(self, key_type: KeyType, label: str) -> KeyPair:
        return KeyPair.generate()
