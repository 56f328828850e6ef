"""Random hierarchies: chains that are good but for a few things, and questions about them."""

import ipaddress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from hypothesis import strategies as st

from certlab.pki import Certificate

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)

SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
ANY_USE = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
MAIL = ExtendedKeyUsageOID.EMAIL_PROTECTION

VALIDITIES = {
    "valid": (AT - timedelta(days=30), AT + timedelta(days=300)),
    "ended": (AT - timedelta(days=400), AT - timedelta(days=5)),
    "ended a second ago": (AT - timedelta(days=400), AT - SECOND),
    "ends now": (AT - timedelta(days=400), AT),
    "begins now": (AT, AT + timedelta(days=30)),
    "begins in a second": (AT + SECOND, AT + timedelta(days=30)),
    "in the future": (AT + timedelta(days=5), AT + timedelta(days=30)),
}

CONSTRAINTS = {
    "permits example.com": (["example.com"], []),
    "permits other.example": (["other.example"], []),
    "permits both": (["other.example", "example.com"], []),
    "permits the host": (["um01.example.com"], []),
    "permits EXAMPLE.com": (["EXAMPLE.com"], []),
    "excludes example.com": ([], ["example.com"]),
    "excludes other.example": ([], ["other.example"]),
    "excludes the host": ([], ["um01.example.com"]),
    "excludes a host below": ([], ["a.um01.example.com"]),
    "permits and excludes": (["example.com"], ["um01.example.com"]),
    "permits 192.0.2.0/24": (["192.0.2.0/24"], []),
    "permits 198.51.100.0/24": (["198.51.100.0/24"], []),
    "excludes 192.0.2.0/28": ([], ["192.0.2.0/28"]),
    "permits an IPv6 network": (["2001:db8::/32"], []),
    "permits mail at example.com": (["@example.com"], []),
    "permits names and addresses": (["example.com", "192.0.2.0/24"], []),
    "permits the office": (["O=Office"], []),
    "excludes the office": ([], ["O=Office"]),
    "permits another office": (["O=Elsewhere"], []),
}

NAMES = [
    "um01.example.com",
    "*.example.com",
    "UM01.Example.COM",
    "um02.example.com",
    "example.com",
    "192.0.2.10",
    "2001:db8::1",
    "a@example.com",
    "sip:um01.example.com",
    "um01.other.example",
    "um01.elsewhere.example",
]
ASKED = [
    "um01.example.com",
    "Um01.Example.com",
    "um02.example.com",
    "a.um01.example.com",
    "example.com",
    "192.0.2.10",
    "2001:db8::1",
    "um01.other.example",
]


@cache
def key(number: int):
    """The same few keys in every run; number 8 is RSA, 9 is P-384."""
    if number == 8:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if number == 9:
        return ec.derive_private_key(4711, ec.SECP384R1())
    return ec.derive_private_key(1000 + number, ec.SECP256R1())


def mostly(good, *others, weight=20):
    """The good choice most of the time; it is also what hypothesis shrinks to."""
    return st.sampled_from([good] * (weight * max(1, len(others) // 2)) + list(others))


@dataclass(frozen=True)
class Make:
    """How one certificate is made, apart from who signs it."""

    validity: str = "valid"
    ca: bool | None = None
    ca_critical: bool = True
    path_length: int | None = None
    usage: str = "right"
    uses: tuple[ObjectIdentifier, ...] | None = None
    subject_key_id: str = "right"
    authority_key_id: str = "right"
    constraints: str | None = None
    unknown_critical: bool = False
    signed: bool = True
    key: int = 0


@dataclass(frozen=True)
class World:
    """A chain from the root down, what is sent, what is trusted, and what is asked."""

    authorities: tuple[Make, ...]
    leaf: Make = Make(ca=False, uses=(SERVER, CLIENT), key=7)
    names: tuple[str, ...] = ("um01.example.com",)
    common_name: str = "UM server"
    cross: Make | None = None
    crossed: int = 0
    same_names: bool = False
    self_signed: bool = False
    sent: str = "all"
    trusted: str = "root"
    purpose: str = "server"
    asked: str | None = "um01.example.com"


_ANY = {
    "validity": [name for name in VALIDITIES if name != "valid"],
    "subject_key_id": ["absent", "other"],
    "authority_key_id": ["absent", "other"],
    "uses": [(SERVER, CLIENT), (SERVER,), (CLIENT,), (ANY_USE,), (MAIL,)],
    "usage": ["absent", "wrong"],
    "unknown_critical": [True],
    "signed": [False],
    "key": [8, 9],
}
CHANGES = {
    "authority": _ANY | {
        "ca": [False, None],
        "ca_critical": [False],
        "path_length": [0, 0, 1, 2],
        "constraints": list(CONSTRAINTS),
    },
    "leaf": _ANY | {"uses": [None, *_ANY["uses"]], "ca": [True, None]},
    "world": {
        "names": [(), *[(name,) for name in NAMES], *pairwise(NAMES)],
        "common_name": ["um01.example.com", "192.0.2.10"],
        "asked": [None, *ASKED],
        "same_names": [True],
        "self_signed": [True],
        "sent": ["reversed", "with the root", "with strangers", "without the last",
                 "without the first", "nothing"],
        "trusted": ["nothing", "another root", "twin of the root", "issuing CA", "leaf",
                    "both roots", "root and leaf"],
    },
}  # fmt: skip
"""What may be changed on a good chain: for each field the values, harmless or fatal."""


@st.composite
def worlds(draw):
    """A good chain with up to five changes, so that about a third is still accepted.

    One in four is about name constraints, which take a name and a constraint that meet.
    """
    made = [Make(ca=True, key=level) for level in range(draw(st.integers(1, 4)))]
    leaf, rest = World(()).leaf, {"purpose": draw(st.sampled_from(["server", "client"]))}
    cross = Make(ca=True) if draw(st.booleans()) else None
    if draw(st.integers(0, 3)) == 1:
        level = draw(st.integers(0, len(made) - 1))
        constraint = draw(st.sampled_from(list(CONSTRAINTS)))
        made[level] = replace(made[level], constraints=constraint)
        rest |= {"names": draw(st.sampled_from(CHANGES["world"]["names"])), "asked": None}
    for _ in range(draw(st.sampled_from([1, 2, 0, 3, 5]))):
        where = draw(st.sampled_from(["authority", "leaf", "world"]))
        name = draw(st.sampled_from(list(CHANGES[where])))
        value = draw(st.sampled_from(CHANGES[where][name]))
        if where == "world":
            rest[name] = value
        elif where == "leaf":
            leaf = replace(leaf, **{name: value})
        else:
            level = draw(st.integers(0, len(made)))
            if level < len(made):
                made[level] = replace(made[level], **{name: value})
            elif cross is not None:
                cross = replace(cross, **{name: value})
    return World(tuple(made), leaf, cross=cross, crossed=draw(st.integers(0, 3)), **rest)


@dataclass(frozen=True)
class Built:
    """The certificates of a world. ``chain`` is what the leaf needs, root first."""

    leaf: Certificate
    intermediates: tuple[Certificate, ...]
    anchors: tuple[Certificate, ...]
    chain: tuple[Certificate, ...]
    keys: tuple[int, ...]


def build(world: World) -> Built:
    """Make the certificates of a world."""

    def subject(level):
        return _name("CA" if world.same_names else f"CA {level}")

    chain = []
    issuer_key, issuer_name = world.authorities[0].key, subject(0)
    for level, make in enumerate(world.authorities):
        chain.append(_certificate(make, subject(level), issuer_name, issuer_key, serial=level + 1))
        issuer_key, issuer_name = make.key, subject(level)
    leaf_name = _name(world.common_name)
    if world.self_signed:
        issuer_key, issuer_name = world.leaf.key, leaf_name
    leaf = _certificate(
        world.leaf, leaf_name, issuer_name, issuer_key, serial=50, names=world.names
    )

    other_root = _certificate(Make(ca=True, key=6), _name("Other root"), _name("Other root"), 6, 60)
    twin = _certificate(Make(ca=True, key=5), subject(0), subject(0), 5, 61)
    pool = list(chain[1:])
    if world.cross is not None:
        level = world.crossed % len(chain)
        crossed = replace(world.cross, key=world.authorities[level].key)
        pool.insert(0, _certificate(crossed, subject(level), _name("Other root"), 6, 62))
    sent = {
        "all": pool,
        "reversed": pool[::-1],
        "with the root": [chain[0], *pool],
        "with strangers": [twin, *pool, other_root],
        "without the last": pool[:-1],
        "without the first": pool[1:],
        "nothing": [],
    }[world.sent]
    trusted = {
        "root": [chain[0]],
        "nothing": [],
        "another root": [other_root],
        "twin of the root": [twin],
        "issuing CA": [chain[-1]],
        "leaf": [leaf],
        "both roots": [other_root, chain[0]],
        "root and leaf": [chain[0], leaf],
    }[world.trusted]
    keys = tuple(make.key for make in world.authorities)
    return Built(leaf, tuple(sent), tuple(trusted), tuple(chain), keys)


def _name(common_name):
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Office"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _certificate(make, subject, issuer, issuer_key, serial, names=()):
    own, signer = key(make.key), key(issuer_key if make.signed else 4)
    begins, ends = VALIDITIES[make.validity]
    builder = x509.CertificateBuilder(
        issuer,
        subject,
        own.public_key(),
        1_000_000 + serial,
        begins.replace(tzinfo=None),
        ends.replace(tzinfo=None),
    )
    for value, critical in _extensions(make, own, key(issuer_key), names):
        builder = builder.add_extension(value, critical)
    algorithm = hashes.SHA384() if getattr(signer, "key_size", 0) == 384 else hashes.SHA256()
    return Certificate(builder.sign(signer, algorithm))


def _extensions(make, own, issuer_key, names):
    if make.ca is not None:
        length = make.path_length if make.ca else None
        yield x509.BasicConstraints(make.ca, length), make.ca_critical
    if make.usage != "absent":
        signs = bool(make.ca) is (make.usage == "right")
        yield x509.KeyUsage(not signs, False, False, False, False, signs, signs, False, False), True
    if make.uses is not None:
        yield x509.ExtendedKeyUsage(make.uses), False
    for choice, public, made in (
        (make.subject_key_id, own.public_key(), x509.SubjectKeyIdentifier),
        (make.authority_key_id, issuer_key.public_key(), x509.AuthorityKeyIdentifier),
    ):
        digest = x509.SubjectKeyIdentifier.from_public_key(public).digest
        digest = digest[::-1] if choice == "other" else digest
        if choice != "absent":
            yield (
                (made(digest) if made is x509.SubjectKeyIdentifier else made(digest, None, None)),
                False,
            )
    if make.constraints is not None:
        permitted, excluded = CONSTRAINTS[make.constraints]
        yield (
            x509.NameConstraints(
                [_subtree(text) for text in permitted] or None,
                [_subtree(text) for text in excluded] or None,
            ),
            True,
        )
    if make.unknown_critical:
        yield x509.UnrecognizedExtension(ObjectIdentifier("2.999.7"), b"\x05\x00"), True
    if names:
        yield x509.SubjectAlternativeName([_general(text) for text in names]), False


def _subtree(text):
    if text.startswith("O="):
        return x509.DirectoryName(
            x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, text[2:])])
        )
    if text.startswith("@"):
        return x509.RFC822Name(text[1:])
    if "/" in text:
        return x509.IPAddress(ipaddress.ip_network(text))
    return x509.DNSName(text)


def _general(text):
    if text.startswith("sip:"):
        return x509.UniformResourceIdentifier(text)
    if "@" in text:
        return x509.RFC822Name(text)
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
