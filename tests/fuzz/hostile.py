"""Hostile certificates, CRLs, OCSP responses and PEM bundles end in a verdict or a CertlabError.

    python -m tests.fuzz.hostile --count 200000

An input that ends otherwise, or takes over two seconds or 500 MB, is shown with its number;
``--only NUMBER`` runs that one alone.
"""

from __future__ import annotations

import argparse
import gc
import resource
import sys
import time
import traceback
import warnings
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import ip_network
from random import Random

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from certlab.errors import CertlabError
from certlab.pki import (
    Certificate,
    CertificateAuthority,
    Draft,
    KeyPair,
    KeyStore,
    LessonKeys,
    profile,
    read_pem,
)
from certlab.validation import POLICIES, RFC5280, validate
from certlab.validation.review import CA, review
from tests.fuzz.der import Node, damage, parse, splice

AT = datetime(2026, 11, 23, tzinfo=UTC)
SECONDS, MEGABYTES = 2.0, 500
NAMES = (
    "um01.example.com",
    "192.0.2.10",
    "sip:um01.example.com",
    "a@example.com",
    "bücher.example",
)


class Stage:
    """A sound chain with every kind of extension, its lists and answers, and how to sign again."""

    def __init__(self) -> None:
        source, keys, day = LessonKeys("fuzz"), KeyStore(), timedelta(days=1)
        self.root = CertificateAuthority.create_root(
            "Root", keys=keys, source=source, not_before=AT - 400 * day
        )
        self.issuing = self.root.create_issuing(
            "Issuing",
            source=source,
            not_before=AT - 300 * day,
            extensions=[
                (self._constraints, True),
                (self._pointers, False),
                (self._policies, False),
            ],
        )
        self.leaf_key = KeyPair(ec.derive_private_key(99, ec.SECP256R1()), lesson=True)
        self.leaf = self.issuing.sign(
            Draft(
                (
                    "um01.example.com",
                    "*.example.com",
                    "192.0.2.10",
                    "2001:db8::7",
                    "sip:um01.example.com",
                    "a@example.com",
                ),
                profile("mutual-tls"),
                AT - 30 * day,
            ),
            self.leaf_key.public_key,
            77,
            extensions=[(self._pointers, False), (self._policies, False), (self._access, False)],
        )
        self._now = AT.replace(tzinfo=None)

    _constraints = x509.NameConstraints(
        [
            x509.DNSName("example.com"),
            x509.RFC822Name("example.com"),
            x509.IPAddress(ip_network("192.0.2.0/24")),
            x509.IPAddress(ip_network("2001:db8::/32")),
        ],
        [
            x509.DNSName("example.net"),
            x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "XX")])),
        ],
    )
    _pointers = x509.CRLDistributionPoints(
        [
            x509.DistributionPoint(
                [x509.UniformResourceIdentifier("http://pki.example.com/ca.crl")], None, None, None
            )
        ]
    )
    _policies = x509.CertificatePolicies(
        [x509.PolicyInformation(x509.ObjectIdentifier("2.999.1"), ["https://example.com"])]
    )
    _access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                AuthorityInformationAccessOID.OCSP,
                x509.UniformResourceIdentifier("http://o.example.com"),
            )
        ]
    )

    @cached_property
    def signer(self) -> ec.EllipticCurvePrivateKey:
        key = self.issuing.keys.get(self.issuing.certificate.key_fingerprint).private_key
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key

    @cached_property
    def responder_key(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(98, ec.SECP256R1())

    @cached_property
    def crl(self) -> bytes:
        builder = x509.CertificateRevocationListBuilder(
            self.issuing.certificate.subject_name,
            self._now - timedelta(days=1),
            self._now + timedelta(days=6),
        )
        for value, critical in (
            (x509.CRLNumber(3), False),
            (
                x509.AuthorityKeyIdentifier(self.issuing.certificate.subject_key_id, None, None),
                False,
            ),
            (
                x509.IssuingDistributionPoint(
                    [x509.UniformResourceIdentifier("http://pki.example.com/ca.crl")],
                    None,
                    True,
                    False,
                    None,
                    False,
                    False,
                ),
                True,
            ),
        ):
            builder = builder.add_extension(value, critical)
        for serial in (5, 78):
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder(serial, self._now - timedelta(days=2))
                .add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), False)
                .build()
            )
        return builder.sign(self.signer, hashes.SHA256()).public_bytes(Encoding.DER)

    @cached_property
    def answer(self) -> bytes:
        key = KeyPair(self.responder_key, lesson=True)
        responder = self.issuing.sign(
            Draft((), profile("ocsp-responder"), AT - timedelta(days=1), common_name="Responder"),
            key.public_key,
            79,
            extensions=[(x509.OCSPNoCheck(), False)],
        )
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                self.leaf.x509,
                self.issuing.certificate.x509,
                hashes.SHA256(),
                ocsp.OCSPCertStatus.GOOD,
                self._now - timedelta(hours=1),
                self._now + timedelta(hours=12),
                None,
                None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.x509)
            .certificates([responder.x509])
            .add_extension(x509.OCSPNonce(b"0123456789abcdef"), False)
        )
        return builder.sign(key.private_key, hashes.SHA256()).public_bytes(Encoding.DER)

    def signed_again(self, data: bytes, signer: ec.EllipticCurvePrivateKey) -> bytes:
        """Sign the (damaged) first part anew, so that it is looked into."""
        try:
            node = whole = parse(data)
            if node.children[0].tag == b"\x0a":  # an OCSP response wraps what is signed
                node = node.children[1].children[0].children[1].children[0]
            signature = signer.sign(node.children[0].encode(), ec.ECDSA(hashes.SHA256()))
            node.children[2] = Node(b"\x03", b"\x00" + signature)
            return whole.encode()
        except (AssertionError, IndexError, RecursionError):
            return data


STAGE = Stage()
assert validate(
    STAGE.leaf,
    intermediates=[STAGE.issuing.certificate],
    at=AT,
    purpose="mutual",
    anchors=[STAGE.root.certificate],
    crls=[STAGE.crl],
    ocsp=[STAGE.answer],
).accepted
TREES = [
    parse(data)
    for data in (
        STAGE.leaf.der,
        STAGE.issuing.certificate.der,
        STAGE.root.certificate.der,
        STAGE.crl,
        STAGE.answer,
    )
]


def _changed(data: bytes, random: Random, signer: ec.EllipticCurvePrivateKey | None) -> bytes:
    if random.random() < 0.15:
        return damage(data, random)
    changed = splice(parse(data), TREES, random)
    if signer is not None and random.random() < 0.8:
        changed = STAGE.signed_again(changed, signer)
    return changed


def _ask(
    random: Random,
    leaf: Certificate,
    intermediates: list[Certificate],
    anchors: list[Certificate],
    crls: tuple[bytes, ...] = (),
    answers: tuple[bytes, ...] = (),
) -> str:
    """Ask for a verdict, read every word of it, and look at the certificates in a review."""
    policy = random.choice([RFC5280, *POLICIES.values()])
    verdict = validate(
        leaf,
        intermediates=intermediates,
        anchors=anchors,
        at=AT,
        purpose=random.choice(("server", "client", "mutual", "email")),
        name=random.choice((None, *NAMES)),
        crls=crls,
        ocsp=answers,
        policy=policy,
        require_revocation=random.random() < 0.3,
    )
    for check in verdict.trace:
        assert check.words
        assert isinstance(check.seen_text + check.expected_text, str)
    for finding in verdict.findings:
        assert finding.short
        assert finding.remedy
    assert repr(verdict)
    review(leaf, random.choice((CA, "server", "mutual")), at=AT, public=True)
    return "accepted" if verdict.accepted else verdict.findings[0].kind


def leaf(random: Random) -> str:
    data = _changed(STAGE.leaf.der, random, STAGE.signer)
    return _ask(
        random,
        Certificate.from_der(data),
        [STAGE.issuing.certificate],
        [STAGE.root.certificate],
        (STAGE.crl,),
    )


def pinned(random: Random) -> str:
    found = Certificate.from_der(_changed(STAGE.leaf.der, random, STAGE.signer))
    return _ask(random, found, [], [found])


def issuing(random: Random) -> str:
    root_key = STAGE.root.keys.get(STAGE.root.certificate.key_fingerprint).private_key
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)
    data = _changed(STAGE.issuing.certificate.der, random, root_key)
    pool = [
        Certificate.from_der(data),
        *random.sample([STAGE.issuing.certificate], k=random.randrange(2)),
    ]
    return _ask(random, STAGE.leaf, pool, [STAGE.root.certificate], (STAGE.crl,))


def anchor(random: Random) -> str:
    data = _changed(STAGE.root.certificate.der, random, None)
    return _ask(random, STAGE.leaf, [STAGE.issuing.certificate], [Certificate.from_der(data)])


def revocation_list(random: Random) -> str:
    data = _changed(STAGE.crl, random, STAGE.signer)
    return _ask(random, STAGE.leaf, [STAGE.issuing.certificate], [STAGE.root.certificate], (data,))


def answer(random: Random) -> str:
    data = _changed(STAGE.answer, random, STAGE.responder_key)
    return _ask(
        random, STAGE.leaf, [STAGE.issuing.certificate], [STAGE.root.certificate], answers=(data,)
    )


def bundle(random: Random) -> str:
    blocks = [STAGE.leaf.der, STAGE.issuing.certificate.der, STAGE.root.certificate.der]
    if random.random() < 0.5:
        place = random.randrange(3)
        blocks[place] = _changed(blocks[place], random, None)
    text = b"".join(
        b"-----BEGIN CERTIFICATE-----\n" + b64encode(block) + b"\n-----END CERTIFICATE-----\n"
        for block in blocks
    )
    if random.random() < 0.5:
        text = damage(text, random)
    found = read_pem(text)
    return _ask(random, found[0], found[1:], [STAGE.root.certificate])


TARGETS: tuple[Callable[[Random], str], ...] = (
    leaf,
    leaf,
    issuing,
    anchor,
    pinned,
    revocation_list,
    answer,
    bundle,
)


def run(number: int, seed: str) -> str:
    """Run one input; return how it ended. Whatever it raises is a fault of ours."""
    random = Random(f"{seed}/{number}")
    target = random.choice(TARGETS)
    try:
        return f"{target.__name__}: {target(random)}"
    except CertlabError:
        return f"{target.__name__}: not readable"


def faults(count: int, seed: str, ends: Counter[str], start: int = 0) -> Iterator[str]:
    """Run so many inputs and tell each that crashed, hung or grew."""
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    gc.freeze()  # the collector walks over what earlier tests left on nobody's account
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cryptography warns of what it will refuse one day
        for number in range(start, start + count):
            began = time.thread_time()  # what others do in this process or machine does not count
            try:
                ends[run(number, seed)] += 1
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException:  # noqa: BLE001 - a panic in a library is no Exception
                yield f"number {number} crashed:\n{traceback.format_exc()}"
            took = time.thread_time() - began
            if took > SECONDS:
                yield f"number {number} took {took:.1f} s"
            used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            if used - grown > MEGABYTES * 1024:
                yield f"number {number} brought memory to {used // 1024} MB"
                grown = used
    gc.unfreeze()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--seed", default="certlab")
    parser.add_argument("--only", type=int)
    options = parser.parse_args()
    if options.only is not None:
        options.count = 1
    ends: Counter[str] = Counter()
    began, found = time.perf_counter(), 0
    for fault in faults(options.count, options.seed, ends, options.only or 0):
        found += 1
        sys.stdout.write(fault + "\n")
    for end, often in sorted(ends.items()):
        sys.stdout.write(f"{often:8} {end}\n")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(
        f"{options.count} inputs, {found} faults, "
        f"{time.perf_counter() - began:.0f} s, peak memory {peak} MB\n"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
