"""Signatures by the standard library, checked by OpenSSL."""

import subprocess

import pytest

from cutover_registry.providers._rsa import NotRsaKey, rsa_key


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Private keys in files: PKCS #8 and PKCS #1 of two sizes, a small one, and one of another kind."""
    folder = tmp_path_factory.mktemp("keys")
    rsa = ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt"]
    for name, bits in (("k2048", 2048), ("k3072", 3072), ("small", 1024)):
        made = [*rsa, f"rsa_keygen_bits:{bits}", "-out", folder / name]
        subprocess.run(made, check=True, capture_output=True)
    traditional = ["openssl", "rsa", "-in", folder / "k2048", "-traditional", "-out", folder / "old"]
    subprocess.run(traditional, check=True, capture_output=True)
    curve = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", folder / "curve"]
    subprocess.run(curve, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("name", ["k2048", "k3072", "old"])
@pytest.mark.parametrize("message", [b"", b"head.claims", bytes(range(256)) * 40])
def test_openssl_takes_a_signature(keys, tmp_path, name, message):
    (tmp_path / "message").write_bytes(message)
    (tmp_path / "signature").write_bytes(rsa_key((keys / name).read_text()).signed(message))
    public = ["openssl", "rsa", "-in", keys / name, "-pubout", "-out", tmp_path / "public"]
    subprocess.run(public, check=True, capture_output=True)
    checked = ["openssl", "dgst", "-sha256", "-verify", tmp_path / "public", "-signature", tmp_path / "signature"]
    subprocess.run([*checked, tmp_path / "message"], check=True, capture_output=True)


def test_a_signature_is_the_same_each_time(keys):
    key = rsa_key((keys / "k2048").read_text())
    assert key.signed(b"text") == key.signed(b"text") != key.signed(b"other")


def test_a_weak_key_is_refused(keys):
    with pytest.raises(NotRsaKey, match="its RSA key has 1024 bits; 2048 are the least"):
        rsa_key((keys / "small").read_text())


def test_what_is_no_rsa_key_is_refused_without_a_word_of_it(keys):
    curve = (keys / "curve").read_text()
    whole = (keys / "k2048").read_text()
    cut = "\n".join([*whole.splitlines()[:9], whole.splitlines()[-1]])
    framed = ["-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----"]
    for text in ("", "hush", curve, cut, whole.replace("PRIVATE KEY", "PUBLIC KEY"), *framed):
        with pytest.raises(NotRsaKey) as caught:
            rsa_key(text)
        assert str(caught.value) == "it is not a private RSA key in PEM"


def test_a_key_is_in_no_representation(keys):
    key = rsa_key((keys / "k2048").read_text())
    assert repr(key) == "<RsaKey of 2048 bits>"
