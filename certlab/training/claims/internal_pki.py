"""The house's own PKI: C42, C49 to C52, C54, C55, C57 to C67 and C74 to C76."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import rsa

from ...deployment import (
    Deployment,
    ImportAnchor,
    ImportInto,
    InstallCertificate,
    InternalPKI,
    IssueCertificate,
    PublishCRL,
    PushRoot,
    RefuseRequest,
    RemoveFrom,
    Renew,
    RequestCertificate,
    Revoke,
    SecurityMode,
    SendChain,
    Step,
    Store,
    SwitchDialPlan,
    ThirdPartyCA,
    begin,
    vet,
)
from ...live import Party, mutual_tls
from ...pki import (
    CertificateAuthority,
    CertificateRequest,
    KeyPair,
    as_pem,
    as_pkcs7,
    as_pkcs12,
    read_contents,
    request_certificate,
    self_signed,
)
from ...validation import OPENSSL_DEFAULT, RFC5280, validate
from .certificates import point_of
from .claim import Seen
from .stage import (
    GATEWAY,
    OFFICE,
    PUBLIC_CA,
    PUBLIC_ROOT,
    TODAY,
    UM,
    call,
    chain,
    draft,
    judged,
    key,
    lab,
    now,
    office,
    peers_say,
    refusal,
    rsa_key,
    says,
    shown,
    working,
)

CA, ROOT = "Lab PKI", "Lab PKI root"
PKI = InternalPKI()
PLAN = PKI.procedure(OFFICE)


def one_import_everywhere() -> Seen:
    """Deploy a PKI, and look at what was imported where."""
    house = lab(PKI)
    held = {anchor.label for device in OFFICE for anchor in house.anchors_of(device.name)}
    yield "what the root stores hold, all together", held, {f"{ROOT} (lab only)"}
    yield "imports", sum(isinstance(step, ImportAnchor) for step in PLAN), len(OFFICE)
    yield "directions that work, of six", working(house), 6


def request_is_made() -> Seen:
    """Let gw1 write a request, read it, and change the name in it."""
    request = CertificateRequest.from_pem(request_certificate(draft(GATEWAY), key(GATEWAY)).pem)
    changed = CertificateRequest.from_der(request.der.replace(b"gw1.office", b"um1.office"))
    yield "it asks for", tuple(name.value for name in request.alternative_names), (GATEWAY,)
    yield "it is about gw1's key", request.key_fingerprint == key(GATEWAY).fingerprint, True
    yield "it proves that gw1 holds the key", request.proves_possession, True
    yield "and after the change", changed.proves_possession, False


def duties_are_apart() -> Seen:
    """Let the registration authority vet, then the CA sign, and look at what each left behind."""
    house = lab(PKI, 2)
    vetting = vet(house, "gw1", CA)
    yield "vetting approves", vetting.approved, True
    yield "certificates after vetting", len(house.authority(CA).issued), 0
    yield "after signing", len(house.run(IssueCertificate("gw1", CA)).authority(CA).issued), 1
    unvetted = house.authority(CA).ca.issue(vetting.request, draft("bank.example"))
    yield "what the CA alone would sign", unvetted.dns_names, ("bank.example",)


def each_party_is_verified() -> Seen:
    """Read the vetting log; then call in both directions, and once without a certificate."""
    house = lab(PKI, at=now())
    yield "approved", sum(line.approved for line in house.authority(CA).log), len(OFFICE)
    yield "gw1 calls um1", call(house, "gw1", "um1"), "answered"
    yield "um1 calls gw1", call(house, "um1", "gw1"), "answered"
    nobody = replace(Party.of(house, "gw1"), certificate=None, key=None)
    exchange = mutual_tls(nobody, Party.of(house, "um1"))
    yield "who refuses a caller without a certificate", exchange.refused_by, "um1"


def life_cycle() -> Seen:
    """Follow gw1's certificate from its request to its revocation and renewal."""
    house = lab(PKI, 2)
    stages: tuple[tuple[str, list[Step], str], ...] = (
        ("asked for", [], "requested"),
        ("vetted and signed", [IssueCertificate("gw1", CA)], "issued"),
        ("installed", [InstallCertificate("gw1", CA)], "root not trusted"),
        ("root pushed to um1 by the domain", [PushRoot("um1", ROOT)], "accepted"),
        ("revoked", [Revoke(CA, "gw1"), PublishCRL(CA)], "revoked"),
        ("renewed", [Renew("gw1", CA)], "accepted"),
    )
    for words, steps, expected in stages:
        house = house.run(steps)
        yield words, _state(house), expected


def _state(house: Deployment) -> str:
    pending = house.requests.get(("gw1", CA))
    if pending is not None:
        return "issued" if pending.issued else "requested"
    return says(house, "um1", "gw1")


def root_stays_offline() -> Seen:
    """Set up two tiers, ask the root for a device's certificate, and compare one tier."""
    house, single = lab(PKI), lab(InternalPKI(tiers=1)).authority(CA)
    yield "whom the root signed for", set(house.authority(ROOT).issued.values()), {CA}
    asked = house.run(RequestCertificate("gw1", ROOT))
    yield "it refuses gw1", vet(asked, "gw1", ROOT).reasons, (f"{ROOT} issues to no device",)
    offline = "on a machine that stays offline" in PLAN.steps[0].command(house)
    yield "it stays offline", offline, True
    signs = single.ca.root == single.certificate and len(single.issued)
    yield "with one tier, the root signs for devices", signs, len(OFFICE)


def from_request_to_certificate() -> Seen:
    """Let the CA of the domain sign the request of one of its servers."""
    house = lab(PKI, 2)
    request = vet(house, "um1", CA).request
    issued = shown(house.run(IssueCertificate("um1", CA), InstallCertificate("um1", CA)), "um1")
    yield "it is about the requested key", issued.key_fingerprint == request.key_fingerprint, True
    yield "it names", issued.dns_names, (UM,)
    yield "the CA signed it", issued.is_signed_by(house.authority(CA).certificate), True


def outsiders_refuse() -> Seen:
    """Show um1's certificate to a machine of the house, and to a neighbour with another root."""
    house, other = lab(PKI), CertificateAuthority.create_root("Neighbour Root", not_before=TODAY)
    sent = house.chain_of("um1")
    for who, anchors, words in (
        ("gw1", house.anchors_of("gw1"), "accepted"),
        ("the neighbour", (other.certificate,), "root not trusted"),
    ):
        answer = judged(shown(house, "um1"), anchors, intermediates=sent, name=UM)
        yield f"{who} about um1", answer, words


def vetted_then_signed() -> Seen:
    """Let gw2 ask for um1's name and be refused; then let it ask for its own."""
    house = lab(PKI, 1).run(RequestCertificate("gw2", CA, names=(UM,)))
    reason = f"{UM} is um1’s name, not gw2’s"
    told = refusal(lambda: house.run(IssueCertificate("gw2", CA)))
    yield "the CA", told, f"{CA} refuses gw2’s request: {reason}"
    refused = house.run(RefuseRequest("gw2", CA))
    yield "certificates that this left", len(refused.authority(CA).issued), 0
    honest = refused.run(RequestCertificate("gw2", CA), IssueCertificate("gw2", CA))
    yield "certificates after an honest request", len(honest.authority(CA).issued), 1
    log = tuple("approved" if line.approved else "refused" for line in honest.authority(CA).log)
    yield "the log", log, ("refused", "approved")


def only_an_identifier_of_the_key() -> Seen:
    """Look for the CA's public key in gw1's certificate, and then among what a call brings."""
    house = lab(PKI, at=now())
    gw1, ca = shown(house, "gw1"), house.authority(CA).certificate
    yield "the CA's key is in it", point_of(ca) in gw1.der, False
    yield "an identifier of that key is", gw1.authority_key_id == ca.subject_key_id, True
    exchange = mutual_tls(Party.of(house, "gw1"), Party.of(house, "um1"))
    yield "what gw1 sends in a call", tuple(exchange.sent["gw1"]), (gw1, ca)
    yield "the call is answered", exchange.answered, True


def nothing_is_decrypted() -> Seen:
    """Read a certificate with no key at all, and raise an RSA signature to the public exponent."""
    ca = self_signed(draft("ca.office.example", "root-ca"), rsa_key())
    public_key, statement = ca.public_key, ca.x509.tbs_certificate_bytes
    assert isinstance(public_key, rsa.RSAPublicKey)
    numbers = public_key.public_numbers()
    raised = pow(int.from_bytes(ca.x509.signature), numbers.e, numbers.n).to_bytes(256)
    info = _SHA256_INFO + hashlib.sha256(statement).digest()
    padded = b"\0\1".ljust(255 - len(info), b"\xff") + b"\0" + info
    yield "it can be read as it is", b"ca.office.example" in statement, True
    yield "signature^e mod n is the padded hash of it", raised == padded, True
    for kind, public in (("RSA", public_key), ("EC", key().public_key)):
        recovers = hasattr(public, "recover_data_from_signature")
        yield f"{kind}: a signature gives something back", recovers, kind == "RSA"


_SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
"""How PKCS #1 names SHA-256 before the hash (RFC 8017 section 9.2, note 1)."""


def root_is_enough() -> Seen:
    """Judge gw1 by a verifier with the root alone, when the issuing CA is sent and when not."""
    house = lab(PKI)
    held = tuple(anchor.label for anchor in house.anchors_of("um1"))
    yield "what um1 holds", held, (f"{ROOT} (lab only)",)
    yield "um1 about gw1", says(house, "um1", "gw1"), "accepted"
    forgetful = house.run(SendChain("gw1", send=False))
    yield "um1 about gw1, issuing CA not sent", says(forgetful, "um1", "gw1"), "issuer missing"


def certificates_go_to_the_devices() -> Seen:
    """Watch gw1's personal and root store while its certificate and the root are brought to it."""
    for words, phases, expected in (
        ("at first", 3, (0, 0)),
        ("with its certificate", 4, (1, 0)),
        ("with the root too", 6, (1, 1)),
    ):
        house = lab(PKI, phases)
        held = len(house.held_in("gw1", Store.PERSONAL)), len(house.anchors_of("gw1"))
        yield f"certificates held {words}", held, expected
    yield "gw1 and um1 of each other", peers_say(house, "gw1"), {"accepted"}


def gateways_need_not_be_copied() -> Seen:
    """Look for an import of a device's certificate in the procedure, and ask um1 of its devices."""
    copied = [step for step in PLAN if getattr(step, "certificate_of", "") in OFFICE.devices]
    yield "imports of a device's certificate", len(copied), 0
    answers = {says(lab(PKI), "um1", device) for device in OFFICE.peers["um1"]}
    yield "um1 about its devices", answers, {"accepted"}


def only_secure_plans_need_it() -> Seen:
    """Switch the dial plan through its modes, and see what they ask for.

    These are the port, the media, the links that need mutual TLS, and the steps for a PKI.
    """
    for mode, *expected in (
        (SecurityMode.UNSECURED, 5060, "RTP in clear", 0, 0),
        (SecurityMode.SIP_SECURED, 5061, "RTP in clear", 3, 17),
        (SecurityMode.SECURED, 5061, "SRTP", 3, 17),
    ):
        house = begin(OFFICE, at=TODAY).run(SwitchDialPlan("office", mode))
        plan, estate = house.inventory.dial_plans["office"].security, house.inventory
        seen = plan.port, plan.media, len(estate.links), len(PKI.procedure(estate))
        yield mode, seen, tuple(expected)


def files_go_in_and_out() -> Seen:
    """Write a self-signed and an issued certificate in four formats, and read them again."""
    pair, words = KeyPair.generate(), "only for this check"
    for who, certificate in (
        ("self-signed", self_signed(draft(), pair)),
        ("issued", chain(holder=pair).leaf),
    ):
        files = {
            "PEM": as_pem([certificate]),
            "DER": certificate.der,
            "PKCS#7": as_pkcs7([certificate]),
            "PKCS#12": as_pkcs12(pair, certificate, passphrase=words, name="um1"),
        }
        read = {name: read_contents(data, words).certificates for name, data in files.items()}
        same = tuple(name for name in files if read[name] == (certificate,))
        yield f"{who}: the same in and out", same, tuple(files)


def leaf_is_no_root() -> Seen:
    """Put gw1's certificate into um1's root store in place of the root, and ask two verifiers."""
    wrong = lab(PKI).run(
        RemoveFrom("um1", certificate_of=ROOT, store=Store.ROOT),
        ImportInto("um1", certificate_of="gw1", store=Store.ROOT),
    )
    for policy, words in ((RFC5280, "accepted"), (OPENSSL_DEFAULT, "pinned leaf")):
        yield f"{policy.title}: um1 about gw1", says(wrong.with_policy(policy), "um1", "gw1"), words
    yield "um1 about gw2, from the same CA", says(wrong, "um1", "gw2"), "root not trusted"
    personal = lab(PKI).held_in("gw1", Store.PERSONAL)
    yield "where gw1's belongs: in gw1's personal store", personal, (shown(wrong, "gw1"),)


def policy_pushes_the_root() -> Seen:
    """Push the root by Group Policy to the servers of the domain, and then to a gateway."""
    two = office(2)
    house, pushing = lab(PKI, 4, inventory=two), PKI.procedure(two).phases[4]
    pushed = house.run(pushing)
    yield "machines that the push serves", {step.place for step in pushing}, {"um1", "um2"}
    yield "touches for it", len({sitting for step in pushing for sitting in step.sittings}), 1
    yield "um1 about um2, before", says(house, "um1", "um2"), "root not trusted"
    yield "um1 about um2, after", says(pushed, "um1", "um2"), "accepted"
    told = refusal(lambda: house.run(PushRoot("gw1", ROOT)))
    yield "gw1", told, "gw1 is not joined to the domain, so no policy reaches it"


def same_steps_for_a_bought_one() -> Seen:
    """Run the steps of a PKI with the names of a public CA in place of the PKI's."""
    house, names = lab(ThirdPartyCA(), 1), {CA: PUBLIC_CA, ROOT: PUBLIC_ROOT}
    for step in PLAN.steps[1:]:
        field = "certificate_of" if isinstance(step, ImportAnchor) else "authority"
        changed: Step = replace(step, **{field: names[getattr(step, field)]})
        house = house.run(changed)
    yield "certificates of the public CA", len(house.authority(PUBLIC_CA).issued), len(OFFICE)
    yield "directions that work, of six", working(house), 6


def where_to_read_on() -> Seen:
    """Collect the rules that a verdict's trace cites, and the documents they stand in."""
    issued = chain()
    sent, anchors = issued.issuing.chain, [issued.root.certificate]
    verdict = validate(
        issued.leaf, intermediates=sent, anchors=anchors, at=TODAY, purpose="server", name=UM
    )
    cited = {" ".join(check.section.split()[:2]) for check in verdict.trace}
    yield "documents to read", cited, {"RFC 5280", "RFC 9525"}
    yield "checks without a rule", sum(not check.section for check in verdict.trace), 0
