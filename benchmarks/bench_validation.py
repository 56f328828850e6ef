"""Path validation: how long a verdict takes, beside pyca's verifier, pyHanko's and bare signatures.

Everything runs in one process on one core, by turns, so that a busy machine slows all alike. The
chain is leaf, issuing CA and root, EC P-256. "Fresh" begins at the DER, for pyca's verifier too;
everywhere else the same parsed objects are judged again, as a deployment and a server do.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import verification

from certlab.pki import (
    Certificate,
    CertificateAuthority,
    Draft,
    FreshKeys,
    KeyPair,
    KeyStore,
    profile,
)
from certlab.validation import RevocationList, SignatureCache, validate

NAME = "um01.example.com"
AT = datetime(2026, 11, 23, tzinfo=UTC)
MADE = AT - timedelta(days=30)
ROUNDS, SECONDS = 7, 0.08


class World:
    """A leaf, its issuing CA and the root, the lists of both CAs, and a leaf that has expired."""

    def __init__(self) -> None:
        keys, source = KeyStore(), FreshKeys()
        root = CertificateAuthority.create_root("Root", keys=keys, source=source, not_before=MADE)
        issuing = root.create_issuing("Issuing CA", source=source, not_before=MADE)
        self.root, self.issuing = root.certificate, issuing.certificate
        key = KeyPair.generate().public_key
        draft = Draft((NAME,), profile("mutual-tls"), MADE)
        self.leaf = issuing.sign(draft, key)
        self.expired = issuing.sign(
            Draft((NAME,), profile("mutual-tls"), MADE, timedelta(days=3)), key
        )
        self.crls = tuple(_crl(authority) for authority in (root, issuing))


def _crl(authority: CertificateAuthority) -> x509.CertificateRevocationList:
    key = authority.keys.get(authority.certificate.key_fingerprint)
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject_name)
        .last_update(AT - timedelta(days=1))
        .next_update(AT + timedelta(days=6))
        .add_extension(x509.CRLNumber(1), critical=False)
        .sign(key.private_key, key.signature_hash)
    )


def medians(**tasks: Callable[[], object]) -> dict[str, float]:
    """Microseconds a call: the median of several rounds, in which the tasks take turns."""
    found: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(ROUNDS):
        for name, task in tasks.items():
            task()
            calls, begin = 0, time.perf_counter()
            while (spent := time.perf_counter() - begin) < SECONDS:
                task()
                calls += 1
            found[name].append(spent / calls * 1e6)
    return {name: statistics.median(times) for name, times in found.items()}


def rows() -> list[dict[str, object]]:
    """One row for each claim about speed; ``target`` says what ``ok`` asks of it."""
    world = World()
    root, issuing, leaf = world.root, world.issuing, world.leaf
    cache, lists = SignatureCache(), tuple(map(RevocationList, world.crls))

    def ours(certificate: Certificate = leaf, **further: Any) -> None:
        verdict = validate(
            certificate,
            intermediates=[issuing],
            anchors=[root],
            at=AT,
            purpose="server",
            name=NAME,
            **further,
        )
        assert verdict.accepted is (certificate is not world.expired), verdict.findings

    ders = [certificate.der for certificate in (leaf, issuing, root)]

    def fresh() -> None:
        one, above, top = map(Certificate.from_der, ders)
        verdict = validate(
            one, intermediates=[above], anchors=[top], at=AT, purpose="server", name=NAME
        )
        assert verdict.accepted

    found = medians(
        ours=ours,
        fresh=fresh,
        known=lambda: ours(signatures=cache),
        refused=lambda: ours(world.expired),
        lists=lambda: ours(crls=lists, require_revocation=True),
        pyca=lambda: _pyca(leaf.x509, issuing.x509, root.x509),
        pyca_fresh=lambda: _pyca(*map(x509.load_der_x509_certificate, ders)),
        signatures=lambda: _signatures(world),
        pyhanko=_pyhanko(world),
    )
    pyca, accepted = found["pyca"], found["ours"]
    raw = {"two bare signatures": found["signatures"]}
    return [
        _row("chain of three", accepted, {"pyca": pyca, **raw}, "0.7 of pyca's rate", pyca / 0.7),
        _row(
            "chain of three, fresh from DER",
            found["fresh"],
            {"pyca": found["pyca_fresh"], **raw},
            "a quarter of pyca's rate",
            found["pyca_fresh"] / 0.25,
        ),
        _row("signatures known", found["known"], raw, "15,000 a second", 1e6 / 15_000),
        _row(
            "refused: leaf expired",
            found["refused"],
            {"accepted": accepted},
            "twice an accepted one",
            2 * accepted,
        ),
        _row(
            "with two CRLs, required",
            found["lists"],
            {"pyHanko": found["pyhanko"]},
            "3 times pyHanko's rate",
            found["pyhanko"] / 3,
        ),
    ]


def _row(
    name: str, ours: float, peers: dict[str, float], target: str, at_most: float
) -> dict[str, object]:
    return {
        "name": name,
        "ours": round(ours, 1),
        "unit": "µs",
        "peers": {peer: round(took, 1) for peer, took in peers.items()},
        "target": f"{target}: {at_most:.0f} µs",
        "ok": ours <= at_most,
        "memory_mb": None,
    }


def _pyca(leaf: x509.Certificate, issuing: x509.Certificate, root: x509.Certificate) -> None:
    verifier = verification.PolicyBuilder().store(verification.Store([root]))
    server = verifier.time(AT.replace(tzinfo=None)).build_server_verifier(x509.DNSName(NAME))
    server.verify(leaf, [issuing])


def _signatures(world: World) -> None:
    for signed, signer in ((world.leaf, world.issuing), (world.issuing, world.root)):
        key = signer.public_key
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(
            signed.x509.signature, signed.x509.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256())
        )


def _pyhanko(world: World) -> Callable[[], object]:
    import asyncio

    from asn1crypto import crl as asn1_crl
    from asn1crypto import x509 as asn1_x509
    from pyhanko_certvalidator import CertificateValidator, ValidationContext

    root, issuing, leaf = (
        asn1_x509.Certificate.load(one.der) for one in (world.root, world.issuing, world.leaf)
    )
    crls = [asn1_crl.CertificateList.load(one.public_bytes(Encoding.DER)) for one in world.crls]

    # "require" asks for the lists even of a certificate that does not say where they are.
    async def judge() -> object:
        context = ValidationContext(
            trust_roots=[root], crls=crls, moment=AT, revocation_mode="require"
        )
        validator = CertificateValidator(leaf, [issuing], context)
        found: object = await validator.async_validate_usage(  # type: ignore[no-untyped-call]
            {"digital_signature"}, {"server_auth"}
        )
        return found

    return lambda: asyncio.run(judge())


if __name__ == "__main__":
    for row in rows():
        print(row)
