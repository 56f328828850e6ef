"""Files travel: what is written here others read, what others write is read here, by their tools.

The tools are OpenSSL, GnuTLS (certtool), NSS (certutil, pk12util) and, where it is found, Java's
keytool.
"""

from __future__ import annotations

import base64
import itertools
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import hypothesis
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import settings
from hypothesis import strategies as st

from certlab.errors import InvalidInput, KeyUnavailable
from certlab.pki import (
    Certificate,
    CertificateAuthority,
    Contents,
    Draft,
    KeyPair,
    KeyStore,
    KeyType,
    LessonKeys,
    NoPassphrase,
    as_pem,
    as_pkcs7,
    as_pkcs12,
    contents,
    key_as_pem,
    profile,
    read_contents,
    request_certificate,
    self_signed,
)

AT = datetime(2026, 11, 24, tzinfo=UTC)
WORDS = "Grüße an gw1"
Tool = Callable[[str], str]


@dataclass(frozen=True)
class Hierarchy:
    """A gateway's certificate with its key, and the CAs above it."""

    leaf: Certificate
    key: KeyPair
    issuing: CertificateAuthority
    root: Certificate

    @property
    def chain(self) -> list[Certificate]:
        return [self.leaf, self.issuing.certificate, self.root]


@pytest.fixture(scope="module", params=[KeyType.EC_P256, KeyType.RSA_2048], ids=str)
def pki(request: pytest.FixtureRequest) -> Hierarchy:
    root = CertificateAuthority.create_root("Lab root", not_before=AT)
    issuing = root.create_issuing("Lab issuing CA", not_before=AT)
    key = KeyPair.generate(request.param)
    leaf = issuing.sign(Draft(("gw1.office.example",), profile("mutual-tls"), AT), key.public_key)
    return Hierarchy(leaf, key, issuing, root.certificate)


def crl_of(authority: CertificateAuthority) -> x509.CertificateRevocationList:
    signer = authority.keys.get(authority.certificate.key_fingerprint)
    builder = x509.CertificateRevocationListBuilder(authority.certificate.subject_name)
    builder = builder.last_update(AT).next_update(AT + timedelta(days=7))
    return builder.sign(signer.private_key, hashes.SHA256())


def run(*words: str | Path, stdin: bytes = b"") -> bytes:
    done = subprocess.run(
        [str(word) for word in words], input=stdin, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
    return done.stdout


def printed(output: bytes) -> set[bytes]:
    """The DER of every certificate that a tool printed as PEM, found without our own reader."""
    blocks = re.findall(
        rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", output, re.DOTALL
    )
    return {base64.b64decode(block) for block in blocks}


def der(*certificates: Certificate) -> set[bytes]:
    return {certificate.der for certificate in certificates}


# --- what is written here, others read ----------------------------------------------------------


def openssl_reads(tool: Tool, file: Path, words: str) -> bytes:
    openssl = tool("openssl")
    if file.suffix == ".pfx":
        legacy = ["-legacy"] if "old" in file.name else []
        return run(openssl, "pkcs12", *legacy, "-in", file, "-passin", f"pass:{words}", "-nodes")
    if file.suffix == ".p7b":
        return run(openssl, "pkcs7", "-in", file, "-print_certs")
    if file.suffix == ".cer":
        return run(openssl, "x509", "-inform", "DER", "-in", file)
    return run(openssl, "crl2pkcs7", "-nocrl", "-certfile", file) and run(
        openssl, "storeutl", "-certs", file
    )


def gnutls_reads(tool: Tool, file: Path, words: str) -> bytes:
    certtool = Path(tool("gnutls-serv")).with_name("certtool")
    if file.suffix == ".pfx":
        return run(certtool, "--p12-info", "--inder", "--infile", file, "--password", words)
    if file.suffix == ".p7b":
        return run(certtool, "--p7-info", "--infile", file)
    form = ["--inder"] if file.suffix == ".cer" else []
    return run(certtool, "--certificate-info", *form, "--infile", file)


def nss_reads(tool: Tool, file: Path, words: str) -> bytes:
    pk12util = Path(tool("pk12util"))
    store, certutil = f"sql:{file.parent}", pk12util.with_name("certutil")
    run(certutil, "-N", "-d", store, "--empty-password")
    if file.suffix == ".pfx":
        run(pk12util, "-i", file, "-d", store, "-W", words)
        assert b"gw1" in run(certutil, "-K", "-d", store), "the private key is there"
        listed = run(certutil, "-L", "-d", store).decode()
        names = re.findall(r"^(\S.*?) +[A-Za-z]*,[A-Za-z]*,[A-Za-z]*\s*$", listed, re.MULTILINE)
        return b"".join(run(certutil, "-L", "-d", store, "-n", n, "-a") for n in names)
    form = ["-a"] if file.suffix == ".pem" else []
    run(certutil, "-A", "-d", store, "-n", "one", "-t", ",,", "-i", file, *form)
    return run(certutil, "-L", "-d", store, "-n", "one", "-a")


def keytool_reads(tool: Tool, file: Path, words: str) -> bytes:
    if file.suffix != ".pfx":
        return run("keytool", "-printcert", "-rfc", "-file", file)
    return run("keytool", "-list", "-rfc", "-keystore", file, "-storepass", words)


READERS = [openssl_reads, gnutls_reads, nss_reads]
if shutil.which("keytool"):
    READERS.append(keytool_reads)


@pytest.fixture(params=READERS, ids=lambda reader: str(reader.__name__))
def reads(request: pytest.FixtureRequest, require_tool: Tool) -> Callable[..., set[bytes]]:
    def by_tool(file: Path, words: str = "") -> set[bytes]:
        return printed(request.param(require_tool, file, words))

    return by_tool


Reads = Callable[..., set[bytes]]


def test_others_read_a_certificate_written_as_der(
    pki: Hierarchy, reads: Reads, tmp_path: Path
) -> None:
    (tmp_path / "gw1.cer").write_bytes(pki.leaf.der)
    assert reads(tmp_path / "gw1.cer") == der(pki.leaf)


def test_others_read_a_certificate_written_as_pem(
    pki: Hierarchy, reads: Reads, tmp_path: Path
) -> None:
    (tmp_path / "gw1.pem").write_bytes(as_pem([pki.leaf]))
    assert reads(tmp_path / "gw1.pem") == der(pki.leaf)


def test_others_find_leaf_issuer_and_root_in_a_pkcs12_file(
    pki: Hierarchy, reads: Reads, tmp_path: Path
) -> None:
    data = as_pkcs12(pki.key, pki.leaf, pki.chain[1:], passphrase="a b c", name="gw1")
    (tmp_path / "gw1.pfx").write_bytes(data)
    assert reads(tmp_path / "gw1.pfx", "a b c") == der(*pki.chain)


def test_others_read_the_old_encryption_and_whoever_asks_for_it_is_warned(
    pki: Hierarchy, reads: Reads, tmp_path: Path
) -> None:
    with pytest.warns(UserWarning, match="triple DES"):
        data = as_pkcs12(pki.key, pki.leaf, passphrase="abcdef", name="gw1", old=True)
    (tmp_path / "old.pfx").write_bytes(data)
    assert reads(tmp_path / "old.pfx", "abcdef") == der(pki.leaf)


@pytest.mark.parametrize("reader", [openssl_reads, gnutls_reads])
def test_others_find_the_whole_chain_in_a_pkcs7_bundle(
    pki: Hierarchy, reader: Callable[..., bytes], require_tool: Tool, tmp_path: Path
) -> None:
    (tmp_path / "chain.p7b").write_bytes(as_pkcs7(pki.chain))
    assert printed(reader(require_tool, tmp_path / "chain.p7b", "")) == der(*pki.chain)


def test_openssl_opens_a_written_key_with_the_passphrase_and_not_without(
    pki: Hierarchy, require_tool: Tool, tmp_path: Path
) -> None:
    file, openssl = tmp_path / "gw1.key", require_tool("openssl")
    file.write_bytes(key_as_pem(pki.key, WORDS))
    assert b"ENCRYPTED" in file.read_bytes()
    public = run(openssl, "pkey", "-in", file, "-passin", f"pass:{WORDS}", "-pubout")
    assert public == run(openssl, "x509", "-in", "/dev/stdin", "-noout", "-pubkey",
                         stdin=pki.leaf.pem.encode())  # fmt: skip
    with pytest.raises(AssertionError):
        run(openssl, "pkey", "-in", file, "-passin", "pass:wrong")


# --- what others write is read here -------------------------------------------------------------


@pytest.fixture
def written(pki: Hierarchy, tmp_path: Path) -> Path:
    """A folder with the gateway's key and chain in files, for other tools to pack."""
    (tmp_path / "key.pem").write_bytes(key_as_pem(pki.key, NoPassphrase.REFUSED_TWICE))
    (tmp_path / "leaf.pem").write_bytes(as_pem([pki.leaf]))
    (tmp_path / "above.pem").write_bytes(as_pem(pki.chain[1:]))
    return tmp_path


OPENSSL_OPTIONS = {
    "today's encryption": [],
    "the old encryption": ["-legacy"],
    "RC2 with 40 bits": ["-legacy", "-certpbe", "PBE-SHA1-RC2-40"],
    "no encryption at all": ["-keypbe", "NONE", "-certpbe", "NONE"],
}


@pytest.mark.parametrize("options", OPENSSL_OPTIONS.values(), ids=OPENSSL_OPTIONS)
def test_a_pkcs12_file_of_openssl_is_read(
    pki: Hierarchy, written: Path, options: list[str], require_tool: Tool
) -> None:
    run(require_tool("openssl"), "pkcs12", "-export", "-inkey", written / "key.pem", "-in",
        written / "leaf.pem", "-certfile", written / "above.pem", "-out", written / "gw1.pfx",
        "-passout", f"pass:{WORDS}", *options)  # fmt: skip
    found = read_contents((written / "gw1.pfx").read_bytes(), WORDS)
    assert der(*found.certificates) == der(*pki.chain)
    assert (found.private_keys, found.keys, found.problems) == (1, (), ())


def test_a_pkcs12_file_without_a_passphrase_needs_none(
    pki: Hierarchy, written: Path, require_tool: Tool
) -> None:
    run(require_tool("openssl"), "pkcs12", "-export", "-inkey", written / "key.pem", "-in",
        written / "leaf.pem", "-out", written / "gw1.pfx", "-passout", "pass:")  # fmt: skip
    assert read_contents((written / "gw1.pfx").read_bytes()).certificates == (pki.leaf,)


def test_files_of_gnutls_are_read(pki: Hierarchy, written: Path, require_tool: Tool) -> None:
    certtool = Path(require_tool("gnutls-serv")).with_name("certtool")
    run(certtool, "--to-p12", "--load-certificate", written / "leaf.pem", "--load-privkey",
        written / "key.pem", "--load-ca-certificate", written / "above.pem", "--p12-name", "gw1",
        "--password", "abc", "--outder", "--outfile", written / "gw1.pfx")  # fmt: skip
    found = read_contents((written / "gw1.pfx").read_bytes(), "abc", with_keys=True)
    assert pki.leaf in found.certificates
    assert not found.problems
    assert [key.fingerprint for key in found.keys] == [pki.leaf.key_fingerprint]


def test_a_pkcs12_file_of_nss_is_read_though_it_is_ber(
    pki: Hierarchy, written: Path, require_tool: Tool
) -> None:
    pk12util, store = Path(require_tool("pk12util")), f"sql:{written}"
    run(pk12util.with_name("certutil"), "-N", "-d", store, "--empty-password")
    (written / "in.pfx").write_bytes(
        as_pkcs12(pki.key, pki.leaf, pki.chain[1:], passphrase="abc", name="gw1")
    )
    run(pk12util, "-i", written / "in.pfx", "-d", store, "-W", "abc")
    run(pk12util, "-o", written / "out.pfx", "-n", "gw1", "-d", store, "-W", "def")
    data = (written / "out.pfx").read_bytes()
    assert data.startswith(b"\x30\x80"), "of indefinite length"
    found = read_contents(data, "def")
    assert pki.leaf in found.certificates
    assert not found.problems


def test_a_java_key_store_is_read_where_java_is_found(pki: Hierarchy, written: Path) -> None:
    if shutil.which("keytool"):
        run("keytool", "-importcert", "-noprompt", "-alias", "root", "-storepass", "abcdef",
            "-keystore", written / "roots.p12", "-file", written / "leaf.pem")  # fmt: skip
        data = (written / "roots.p12").read_bytes()
    else:
        from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

        entry = pkcs12.PKCS12Certificate(pki.leaf.x509, b"root")
        data = pkcs12.serialize_java_truststore([entry], BestAvailableEncryption(b"abcdef"))
    found = read_contents(data, "abcdef")
    assert (found.certificates, found.private_keys) == ((pki.leaf,), 0)


def test_bundles_of_openssl_are_read_in_both_encodings(
    pki: Hierarchy, written: Path, require_tool: Tool
) -> None:
    for form in ("PEM", "DER"):
        data = run(require_tool("openssl"), "crl2pkcs7", "-nocrl", "-outform", form,
                   "-certfile", written / "above.pem")  # fmt: skip
        assert der(*read_contents(data).certificates) == der(*pki.chain[1:])
        mislabelled = data.replace(b"PKCS7", b"CERTIFICATE")  # as Certificate Services writes it
        assert der(*read_contents(mislabelled).certificates) == der(*pki.chain[1:])


def test_a_certificate_with_the_remarks_of_openssl_is_read(
    pki: Hierarchy, written: Path, require_tool: Tool
) -> None:
    data = run(require_tool("openssl"), "x509", "-in", written / "leaf.pem", "-trustout",
               "-addtrust", "serverAuth")  # fmt: skip
    assert b"TRUSTED CERTIFICATE" in data
    assert read_contents(data).certificates == (pki.leaf,)


def test_everything_in_one_text_is_told_apart(pki: Hierarchy) -> None:
    crl = crl_of(pki.issuing)
    request = request_certificate(
        Draft(("gw1.office.example",), profile("mutual-tls"), AT), pki.key
    )
    text = b"\n".join(
        (
            b"Bag Attributes\n    friendlyName: gw1",
            as_pem(pki.chain),
            crl.public_bytes(Encoding.PEM),
            request.pem.encode(),
            key_as_pem(pki.key, NoPassphrase.REFUSED_TWICE),
            key_as_pem(pki.key, "abc"),
        )
    )
    found = read_contents(text)
    assert list(found.certificates) == pki.chain
    assert found.crls == (crl,)
    assert [one.der for one in found.requests] == [request.der]
    assert (found.private_keys, found.keys, found.problems) == (2, (), ())
    both = read_contents(text, "abc", with_keys=True)
    assert [key.fingerprint for key in both.keys] == [pki.key.fingerprint] * 2


def test_text_that_powershell_wrote_is_read(pki: Hierarchy) -> None:
    assert read_contents(pki.leaf.pem.encode("utf-16")).certificates == (pki.leaf,)


def test_certificates_in_der_one_behind_the_other_are_read(pki: Hierarchy) -> None:
    data = b"".join(one.der for one in pki.chain) + b"\r\n"
    assert list(read_contents(data).certificates) == pki.chain


# --- keys stay where they are -------------------------------------------------------------------


def test_a_key_is_noticed_and_stays_where_it_is_unless_it_is_asked_for(pki: Hierarchy) -> None:
    data = as_pkcs12(pki.key, pki.leaf, passphrase="abc", name="gw1")
    assert read_contents(data, "abc").keys == ()
    found = read_contents(data, "abc", with_keys=True)
    assert [key.fingerprint for key in found.keys] == [pki.key.fingerprint]
    secret = found.keys[0].private_key.private_numbers()  # type: ignore[union-attr]
    number = getattr(secret, "private_value", None) or secret.d  # type: ignore[union-attr]
    assert str(number) not in repr(found)
    assert f"{number:x}" not in repr(found)


def test_a_key_does_not_leave_without_a_passphrase_unless_that_is_refused_twice(
    pki: Hierarchy,
) -> None:
    for given in (None, "", NoPassphrase.REFUSED):
        with pytest.raises(KeyUnavailable, match="passphrase"):
            key_as_pem(pki.key, given)
        with pytest.raises(KeyUnavailable, match="passphrase"):
            as_pkcs12(pki.key, pki.leaf, passphrase=given, name="gw1")
    assert b"BEGIN PRIVATE KEY" in key_as_pem(pki.key, NoPassphrase.REFUSED_TWICE)


def test_a_lesson_s_key_never_leaves() -> None:
    key = LessonKeys("seed").key_pair(KeyType.EC_P256, "gw1")
    leaf = self_signed(Draft(("gw1.office.example",), profile("mutual-tls"), AT), key)
    with pytest.raises(KeyUnavailable, match="seed"):
        key_as_pem(key, "long enough")
    with pytest.raises(KeyUnavailable, match="seed"):
        as_pkcs12(key, leaf, passphrase="long enough", name="gw1")


def test_a_certificate_is_not_packed_with_another_s_key(pki: Hierarchy) -> None:
    with pytest.raises(InvalidInput, match="not the one"):
        as_pkcs12(KeyPair.generate(), pki.leaf, passphrase="abc", name="gw1")


def test_a_key_that_belongs_to_no_certificate_of_its_file_is_found_out(
    pki: Hierarchy, written: Path, require_tool: Tool
) -> None:
    certtool = Path(require_tool("gnutls-serv")).with_name("certtool")
    other = key_as_pem(KeyPair.generate(), NoPassphrase.REFUSED_TWICE)
    (written / "other.pem").write_bytes(other)
    run(certtool, "--to-p12", "--load-certificate", written / "leaf.pem", "--load-privkey",
        written / "other.pem", "--p12-name", "gw1", "--password", "abc", "--outder",
        "--outfile", written / "gw1.pfx")  # fmt: skip
    found = read_contents((written / "gw1.pfx").read_bytes(), "abc")
    assert [problem.what for problem in found.problems] == [
        "the private key belongs to none of the certificates beside it"
    ]


# --- what cannot be read ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def leaf() -> tuple[KeyPair, Certificate]:
    key = KeyPair.generate()
    return key, self_signed(Draft(("gw1.office.example",), profile("mutual-tls"), AT), key)


Leaf = tuple[KeyPair, Certificate]


@pytest.mark.parametrize(
    ("given", "words"), [("wrong", "passphrase is wrong"), (None, "protected by a passphrase")]
)
def test_a_wrong_passphrase_is_told_from_a_missing_one(
    leaf: Leaf, given: str | None, words: str
) -> None:
    pfx = as_pkcs12(*leaf, passphrase="abc", name="gw1")
    for data in (pfx, key_as_pem(leaf[0], "abc")):
        found = read_contents(data, given, with_keys=True)
        assert words in found.problems[0].what
        assert found.problems[0].remedy
        assert (found.certificates, found.keys) == ((), ())


def test_a_wrong_passphrase_is_called_wrong_even_when_what_it_opens_looks_like_a_key(
    leaf: Leaf,
) -> None:
    pem = key_as_pem(leaf[0], "abc")

    def looks_opened(passphrase: str) -> bool:
        with pytest.raises(ValueError, match=r".") as failed:
            serialization.load_pem_private_key(pem, passphrase.encode())
        return "Incorrect password" not in str(failed.value)

    lucky = next(filter(looks_opened, map(str, itertools.count())))
    assert "passphrase is wrong" in read_contents(pem, lucky, with_keys=True).problems[0].what


def test_a_truncated_file_says_how_much_of_it_is_there(leaf: Leaf) -> None:
    pfx = as_pkcs12(*leaf, passphrase="abc", name="gw1")
    for whole in (pfx, leaf[1].der, as_pkcs7([leaf[1]], pem=False)):
        problem = read_contents(whole[:-100], "abc").problems[0]
        assert problem.what == f"it is cut off: {len(whole) - 100} of {len(whole)} bytes are there"


def test_a_text_that_is_cut_off_still_gives_what_stands_before(leaf: Leaf) -> None:
    text = as_pem([leaf[1]]) * 2
    found = read_contents(text[:-200])
    assert found.certificates == (leaf[1],)
    (problem,) = found.problems
    assert "cut off" in problem.what
    assert text.splitlines()[(problem.row or 0) - 1] == b"-----BEGIN CERTIFICATE-----"


OTHER_FILES = {
    "JKS": (b"\xfe\xed\xfe\xed" + bytes(100), "Java key store"),
    "ZIP": (b"PK\3\4" + bytes(100), "ZIP"),
    "DER of something else": (b"\x30\x81\x83\x02\x01\x05" + bytes(128), "neither certificate"),
    "a sequence of nonsense": (b"\x30\x81\x83" + b"\x30\0" * 65 + b"\0", "neither certificate"),
    "nonsense behind a sequence": (b"\x30\x81\x80" + bytes(128) + b"more", "neither certificate"),
    "base64 of nonsense": (
        b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----", "not base64",
    ),
    "an end without a beginning": (
        b"-----BEGIN A-----\n-----END B-----\n-----END A-----", "not begun",
    ),
    "a public key": (
        b"-----BEGIN PUBLIC KEY-----\nMDA=\n-----END PUBLIC KEY-----", "nothing that is read here",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "words"), OTHER_FILES.values(), ids=OTHER_FILES)
def test_what_is_no_certificate_is_named(data: bytes, words: str) -> None:
    found = read_contents(data, with_keys=True)
    assert words in found.problems[0].what
    assert not found.certificates


@pytest.mark.parametrize(
    "data", [b"", b" \n", b"Dear colleague,", b"\x89PNG\r\n\x1a\n", b"MIIB", b"0a1b2c3d  gw1.cer"]
)
def test_what_is_in_none_of_the_formats_is_foreign_and_no_problem(data: bytes) -> None:
    assert read_contents(data) == Contents(foreign=True)


def test_a_file_that_asks_for_too_much_work_is_given_up(
    pki: Hierarchy, written: Path, require_tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = 0x020001
    run(require_tool("openssl"), "pkcs12", "-export", "-inkey", written / "key.pem", "-in",
        written / "leaf.pem", "-out", written / "gw1.pfx", "-passout", "pass:abc",
        "-iter", str(rounds))  # fmt: skip
    data = (written / "gw1.pfx").read_bytes()
    assert read_contents(data, "abc").certificates == (pki.leaf,)
    patient = bytes.fromhex("0203") + rounds.to_bytes(3, "big")
    assert data.count(patient) == 3
    monkeypatch.setattr(contents, "SECONDS", 0.2)
    found = read_contents(data.replace(patient, bytes.fromhex("02037fffff")), "abc")
    assert [problem.what for problem in found.problems] == [
        "it asks for too much work: it was given up"
    ]


def test_hostile_texts_are_given_up_soon() -> None:
    blocks = b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n" * 100_000
    assert len(read_contents(blocks).problems) <= 101
    opened = b"-----BEGIN X-----" * 500_000
    assert len(read_contents(opened).problems) <= 101
    assert len(read_contents(b"\x30\x82\x00\x00" * 2_000_000).problems) <= 101


CHANGES = st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=4)


@settings(max_examples=150)
@hypothesis.given(st.integers(0, 6), CHANGES)
def test_whatever_is_changed_in_a_file_reading_it_ends_with_contents(
    which: int, changes: list[tuple[int, int]]
) -> None:
    changed = bytearray(some_files()[which])
    for place, value in changes:
        changed[place % len(changed)] = value
    found = read_contents(bytes(changed))
    assert isinstance(found, Contents)
    assert all(map(repr, found.certificates))
    assert all(asked.key_fingerprint for asked in found.requests)


@cache
def some_files() -> list[bytes]:
    """A file of each format that needs no passphrase."""
    key, keys = KeyPair.generate(), KeyStore()
    keys.add(key)
    draft = Draft(("gw1.office.example",), profile("mutual-tls"), AT)
    certificate, request = self_signed(draft, key), request_certificate(draft, key)
    crl = crl_of(CertificateAuthority(certificate, keys))
    return [
        certificate.der,
        as_pem([certificate]),
        as_pkcs7([certificate]),
        as_pkcs7([certificate], pem=False),
        request.der,
        crl.public_bytes(Encoding.DER),
        crl.public_bytes(Encoding.PEM) + request.pem.encode(),
    ]
