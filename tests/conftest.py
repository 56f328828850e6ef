"""What all tests share: the word on tools that may be missing, and how a key that leaked looks.

On a user's machine a test whose tool is not installed is skipped, and the skip names the tool and
how to get it. Where CERTLAB_REQUIRE=all is set, as in CI, nothing may be skipped: every skip, of
whatever kind, is a failure.
"""

import base64
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TypeVar

import hypothesis
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import doctor
from certlab.pki import KeyPair

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
hypothesis.settings.register_profile("certlab", deadline=None)  # no test is timed
hypothesis.settings.load_profile("certlab")
NOTHING_IS_SKIPPED = os.environ.get("CERTLAB_REQUIRE") == "all"


@pytest.fixture(scope="session")
def require_tool() -> Callable[[str], str]:
    """`require_tool("nginx")` returns the path of a tool that `lab.py doctor` knows, or skips."""

    def require(name: str) -> str:
        _, _, package = doctor.TOOLS[name]
        path = doctor.find_tool(name)
        if path is None:
            pytest.skip(f"{name} is not installed (Debian, Ubuntu: apt install {package})")
        return path

    return require


@pytest.fixture(scope="session")
def leaks() -> Callable[[Iterable[KeyPair]], set[bytes]]:
    """`leaks(keys)`: what stands in a file if one of these private keys does, in whatever form."""

    def forms(keys: Iterable[KeyPair]) -> set[bytes]:
        plain, found = serialization.NoEncryption(), set[bytes]()
        for key in (pair.private_key for pair in keys):
            shapes = [serialization.PrivateFormat.PKCS8]
            if isinstance(key, ec.EllipticCurvePrivateKey):
                shapes.append(serialization.PrivateFormat.TraditionalOpenSSL)
                scalar = key.private_numbers().private_value
                found.add(str(scalar).encode())
                raw = scalar.to_bytes((key.key_size + 7) // 8)
                found |= {raw, raw.hex().encode(), base64.b64encode(raw)[:40]}
            for shape in shapes:
                der = key.private_bytes(serialization.Encoding.DER, shape, plain)
                pem = key.private_bytes(serialization.Encoding.PEM, shape, plain)
                found |= {der, der.hex().encode(), base64.b64encode(der), pem.splitlines()[1]}
        return found | {one.upper() for one in found}

    return forms


@pytest.fixture(scope="session", autouse=True)
def record_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Exercises that a test does are no part of the learner's record."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CERTLAB_PROGRESS", str(tmp_path_factory.mktemp("progress")))
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return fail_if_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return fail_if_skipped((yield))


def fail_if_skipped(report: Report) -> Report:
    """Turn a skip into a failure where nothing may be skipped; an expected failure is no skip."""
    if NOTHING_IS_SKIPPED and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, though CERTLAB_REQUIRE=all: {report.longrepr}"
    return report
