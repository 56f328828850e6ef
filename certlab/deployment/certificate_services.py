"""How an internal CA is set up with the Certificate Services of Windows Server: commands in order.

They are documented, not run. ``%8`` and ``%4`` tell the lists and certificates of later keys apart.
"""

from __future__ import annotations

from ..pki import KeyType, profile
from .steps import as_pem_file, certificate_file, file_name, powershell

TEMPLATE = "WebServerAndClient"
"""The template of what devices ask for: the built-in WebServer has no client authentication."""

_PROVIDERS = {
    KeyType.EC_P256: ("ECDSA_P256", 256),
    KeyType.EC_P384: ("ECDSA_P384", 384),
    KeyType.RSA_2048: ("RSA", 2048),
    KeyType.RSA_3072: ("RSA", 3072),
    KeyType.RSA_4096: ("RSA", 4096),
}


def set_up(
    name: str,
    root: str,
    host: str,
    *,
    key_type: KeyType,
    lifetime_days: int,
    crl_days: int,
    root_crl_days: int,
) -> str:
    """The commands for an issuing CA below an offline root, or for one CA that is both.

    ``host`` is the web server from which lists and CA certificates are fetched.
    """
    names = " and ".join(map(powershell, dict.fromkeys((root, name))))
    lines = [
        f"# Windows Server 2012 and later. Choose names of your own for {names}, in files too.",
        f"# {host} is a web server: http shows its share pki, where {powershell(name)} may write.",
    ]
    life = f" -ValidityPeriod Days -ValidityPeriodUnits {profile('root-ca').lifetime.days}"
    if name == root:
        lines += [
            "# On the CA, which is in the domain:",
            *_installed("EnterpriseRootCA", name, key_type, life),
        ]
    else:
        lines += [
            *_offline_root(root, host, key_type, life, root_crl_days),
            "# On the issuing CA, which is in the domain and gets these files:",
            f"Copy-Item {file_name(root)}.crl {_shared(host, file_name(root) + '.crl')}",
            f"Copy-Item {file_name(root)}.der {_shared(host, certificate_file(root))}",
            f"certutil -addstore Root {certificate_file(root)}  # so that it trusts the root",
            *_subordinate(name, key_type),
        ]
    file = file_name(name)
    lines += [
        *_settings(host, file, _published(host, file), crl_days, lifetime_days),
        f"certutil -ca.cert {file}.der",
        *([as_pem_file(name)] if name == root else []),
        f"Copy-Item {file}.der {_shared(host, certificate_file(name))}",
        (
            f"certtmpl.msc: Web Server, Duplicate Template. General: name {TEMPLATE}, valid for "
            f"{lifetime_days} days. Extensions, Application Policies: add Client Authentication. "
            "Cryptography: a minimum key size that the requests have (EC P-256: 256). Security: "
            "Enroll for who submits the requests."
        ),
        f"Add-CATemplate -Name {TEMPLATE} -Force",
    ]
    return "\n".join(lines)


def carry_out(root: str) -> str:
    """The commands by which an offline root makes a list that others then fetch."""
    return (
        f"certutil -crl\ncertutil -getcrl {file_name(root)}.crl"
        "  # take it to the web server that certificates name"
    )


def _offline_root(root: str, host: str, key_type: KeyType, life: str, crl_days: int) -> list[str]:
    file = file_name(root)
    local = r"1:C:\Windows\System32\CertSrv\CertEnroll\%3%8.crl"
    signs = profile("issuing-ca").lifetime.days
    return [
        "# The root, on a machine that stays offline:",
        *_installed("StandaloneRootCA", root, key_type, life),
        *_settings(host, file, local, crl_days, signs),
        f"certutil -getcrl {file}.crl",
        f"certutil -ca.cert {file}.der",
        as_pem_file(root),
    ]


def _subordinate(name: str, key_type: KeyType) -> list[str]:
    file = file_name(name)
    return [
        *_installed(
            "EnterpriseSubordinateCA", name, key_type, f" -OutputCertRequestFile {file}.csr"
        ),
        "# On the root:",
        f"certreq -submit {file}.csr  # shows its REQUESTID",
        "certutil -resubmit REQUESTID",
        f"certreq -retrieve REQUESTID {certificate_file(name)}",
        "# On the issuing CA:",
        f"certutil -installcert {certificate_file(name)}",
    ]


def _installed(kind: str, name: str, key_type: KeyType, further: str) -> list[str]:
    provider, length = _PROVIDERS.get(key_type, ("PROVIDER", "LENGTH"))
    return [
        "Install-WindowsFeature ADCS-Cert-Authority -IncludeManagementTools",
        (
            f"Install-AdcsCertificationAuthority -CAType {kind} -CACommonName {powershell(name)} "
            f"-CryptoProviderName '{provider}#Microsoft Software Key Storage Provider' "
            f"-KeyLength {length} -HashAlgorithmName SHA256{further}"
        ),
    ]


def _settings(
    host: str, file: str, publish: str, crl_days: int, lifetime_days: int
) -> tuple[str, ...]:
    """What a CA writes into what it signs, how long that and its lists are good, its first list."""
    lists = powershell(rf"{publish}\n2:http://{host}/{file}%8.crl")
    return (
        rf"certutil -setreg CA\CRLPublicationURLs {lists}",
        rf"certutil -setreg CA\CACertPublicationURLs '2:http://{host}/{file}%4.cer'",
        r"certutil -setreg CA\CRLPeriod Days",
        rf"certutil -setreg CA\CRLPeriodUnits {crl_days}",
        r"certutil -setreg CA\CRLDeltaPeriodUnits 0",
        r"certutil -setreg CA\ValidityPeriod Days",
        rf"certutil -setreg CA\ValidityPeriodUnits {lifetime_days}  # the most of what it signs",
        "Restart-Service certsvc",
        "certutil -crl",
    )


def _shared(host: str, file: str) -> str:
    return powershell(rf"\\{host}\pki\{file}")


def _published(host: str, file: str) -> str:
    # certutil takes \n for the end of a line; Windows takes either case for the same file.
    return rf"1:file://\\{host}\pki\{file[:1].upper()}{file[1:]}%8.crl"
