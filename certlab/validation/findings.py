"""What a check can find: one closed list, in the order in which findings explain a refusal."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from ..pki import Certificate
from . import words


class Outcome(StrEnum):
    """How one check ended."""

    PASS = "pass"  # noqa: S105 (an outcome, not a password)
    FAIL = "fail"
    NOTED = "noted"
    NOT_APPLICABLE = "not applicable"


class Remedy(StrEnum):
    """What kind of step repairs a finding."""

    IMPORT_ANCHOR = "import anchor"
    SEND_INTERMEDIATE = "send intermediate"
    REPLACE_CERTIFICATE = "replace certificate"
    REPLACE_ISSUER = "replace issuer"
    CORRECT_CLOCK_OR_WAIT = "correct clock or wait"
    REFRESH_REVOCATION = "refresh revocation"
    CORRECT_NAME = "correct name"
    SIMPLIFY = "simplify"
    NONE = "none"

    @property
    def advice(self) -> str:
        """One sentence: what to do."""
        return words.ADVICE[self.value]


class FindingKind(StrEnum):
    """Everything a check can find. The order is the rank: what stands first explains first.

    What cannot be read comes first, then what is wrong with one certificate, then what is missing
    around it, and notes last.
    """

    MALFORMED = "malformed"
    BUDGET_EXHAUSTED = "budget exhausted"
    REVOKED = "revoked"
    SAME_NAME_OTHER_KEY = "same name, other key"
    BAD_SIGNATURE = "bad signature"
    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    WEAK_ALGORITHM = "weak algorithm"
    WEAK_KEY = "weak key"
    NOT_A_CA = "not a CA"
    PATH_TOO_LONG = "path too long"
    KEY_USAGE = "key usage"
    UNKNOWN_CRITICAL_EXTENSION = "unknown critical extension"
    NAME_CONSTRAINT = "name constraint"
    PURPOSE = "purpose"
    NAME_ONLY_IN_CN = "name only in CN"
    NAME_MISMATCH = "name mismatch"
    OUT_OF_SCOPE = "out of scope"
    REVOCATION_BADLY_SIGNED = "revocation badly signed"
    REVOCATION_UNREADABLE = "revocation unreadable"
    REVOCATION_UNKNOWN = "revocation unknown"
    REVOCATION_STALE = "revocation stale"
    REVOCATION_MISSING = "revocation missing"
    NOT_IMPORTED = "not imported"
    ISSUER_MISSING = "issuer missing"
    UNTRUSTED_ROOT = "untrusted root"
    STRICT_WOULD_REFUSE = "strict would refuse"
    NO_AKI = "no authority key identifier"
    NO_STATED_PURPOSE = "no stated purpose"
    PINNED_LEAF = "pinned leaf"
    PARTIAL_CHAIN = "partial chain"
    CA_PINNED_AS_ROOT = "CA pinned as root"
    VERSION_1_ANCHOR = "version 1 anchor"

    @property
    def rank(self) -> int:
        """The place in the order of explanation: 0 explains first."""
        return _RANKS[self]


_RANKS = {kind: rank for rank, kind in enumerate(FindingKind)}


class Rule(NamedTuple):
    """One rule of the standard: what a check asks, where it stands, and how a pass reads."""

    title: str
    section: str
    holds: str

    def passed(
        self, certificate: Certificate, seen: object = None, expected: object = None
    ) -> Check:
        return Check(self, certificate, Outcome.PASS, seen, expected)

    def skipped(self, certificate: Certificate, why: str) -> Check:
        """The rule is not asked of this certificate."""
        return Check(self, certificate, Outcome.NOT_APPLICABLE, None, why)

    def failed(
        self,
        certificate: Certificate,
        kind: FindingKind,
        seen: object = None,
        expected: object = None,
        *,
        fatal: bool = True,
    ) -> Finding:
        """The rule is broken, which is a note where this verifier does not insist."""
        outcome = Outcome.FAIL if fatal else Outcome.NOTED
        return Finding(self, certificate, outcome, seen, expected, kind)


class Check(NamedTuple):
    """One line of the trace: a rule, the certificate it was asked of, and what came out.

    ``seen`` and ``expected`` are the raw values; their words are made when asked for. For a check
    that does not apply, ``expected`` says why.
    """

    rule: Rule
    certificate: Certificate | None
    outcome: Outcome
    seen: object = None
    expected: object = None
    kind: FindingKind | None = None

    @property
    def title(self) -> str:
        """What was asked, in plain words."""
        return self.rule.title

    @property
    def section(self) -> str:
        """Where the rule stands, such as ``RFC 5280 6.1.3 (a)(2)``."""
        return self.rule.section

    @property
    def seen_text(self) -> str:
        return words.text_of(self.seen, self.expected)

    @property
    def expected_text(self) -> str:
        return words.text_of(self.expected, self.seen)

    @property
    def words(self) -> str:
        """What came out, as one sentence."""
        if self.kind is not None:
            template = words.SENTENCES[self.kind.value].sentence
        elif self.outcome is Outcome.NOT_APPLICABLE:
            template = "Not asked of “{who}”: {expected}."
        else:
            template = self.rule.holds
        who = words.name_of(self.certificate)
        return template.format(who=who, seen=self.seen_text, expected=self.expected_text)


class Finding(Check):
    """A check that failed or that noted something, with the step that repairs it."""

    __slots__ = ()
    kind: FindingKind

    @property
    def short(self) -> str:
        """Two or three words for a table cell."""
        said = words.SENTENCES[self.kind.value].short
        if self.kind is FindingKind.PURPOSE:
            return words.PURPOSE_SHORT.get(self.expected_text, said)
        return said

    @property
    def remedy(self) -> Remedy:
        return Remedy(words.SENTENCES[self.kind.value].remedy)

    @property
    def fails(self) -> bool:
        """Whether this refuses the certificate; otherwise it is a note."""
        return self.outcome is Outcome.FAIL


def ranked(trace: Iterable[Check]) -> tuple[Finding, ...]:
    """The findings of a trace: failures before notes, then by rank, then the leaf's first."""
    found = [check for check in trace if type(check) is Finding]
    if len(found) > 1:
        found.reverse()
        found.sort(key=lambda finding: (finding.outcome is not Outcome.FAIL, finding.kind.rank))
    return tuple(found)
