"""The keys that sign: good ones are read, others refused with a sentence; new ones are made and never written over."""

import base64
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_public_key

from mailer.deliver.dkim_key import make_key, read_key
from mailer.errors import AdminError

RSA = rsa.generate_private_key(65537, 2048)
SHORT = Ed25519PrivateKey.generate()


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def written(path: Path, raw: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(raw)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("raw", "mode", "kind", "said"),
    [
        (pem(RSA), 0o644, "rsa", "kan läsas av andra"),
        (pem(RSA), 0o640, "rsa", "kan läsas av andra"),
        (b"hemligt", 0o600, "rsa", "ingen signeringsnyckel"),
        (pem(rsa.generate_private_key(65537, 1024)), 0o600, "rsa", "minst 2048 bitar"),
        (pem(ec.generate_private_key(ec.SECP256R1())), 0o600, "rsa", "ingen RSA-nyckel"),
        (pem(SHORT), 0o600, "rsa", "ingen RSA-nyckel"),
        (pem(RSA), 0o600, "ed25519", "ingen Ed25519-nyckel"),
    ],
    ids=["open", "open to the group", "no key", "weak", "another kind", "the other", "the other way"],
)
def test_refuses_a_key_that_is_no_good(tmp_path: Path, raw: bytes, mode: int, kind: str, said: str) -> None:
    with pytest.raises(AdminError, match=said):
        read_key(written(tmp_path / "nyckel", raw, mode), "v1", kind)


def test_says_when_there_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(AdminError, match="går inte att läsa"):
        read_key(tmp_path / "nyckel", "v1", "rsa")


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_makes_a_key_that_only_its_owner_may_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "keys" / "dkim" / "v1"
    made = make_key(path, "v1", kind)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert read_key(path, "v1", kind).public == made.public
    raw = base64.b64decode(made.public)
    assert len(raw) == 32 if kind == "ed25519" else load_der_public_key(raw).key_size == 2048  # type: ignore[union-attr]


def test_never_writes_over_a_key(tmp_path: Path) -> None:
    path = tmp_path / "v1"
    before = make_key(path, "v1", "ed25519").public
    with pytest.raises(AdminError, match="skrivs aldrig över"):
        make_key(path, "v1", "rsa")
    assert read_key(path, "v1", "ed25519").public == before
