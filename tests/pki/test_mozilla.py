"""The real public roots, as a table by name."""

from __future__ import annotations

from certlab.pki import mozilla_roots


def test_the_real_roots_are_there_by_name_and_each_is_a_self_signed_ca() -> None:
    roots = mozilla_roots()
    assert len(roots) > 100
    assert roots["ISRG Root X1"].issuer.startswith("CN=ISRG Root X1,O=Internet Security")
    assert all(root.is_ca and root.is_self_issued for root in roots.values())
    assert len({root.fingerprint for root in roots.values()}) == len(roots)
    assert sum(name.startswith("CN=GlobalSign,") for name in roots) > 1, "one name, several roots"
    assert mozilla_roots() is roots
