"""The server's keys: one pair signs receipts, one opens parcels; one secret makes the tokens of links, one the
receipt codes of tips. All follow from the installation's secret; what seals identities may have one of its own.

Every web process has them without asking another, and no key is stored. When the secret is changed, what the
earlier one signed can still be verified, and what was sealed for it still opened, while it is named as earlier.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..errors import Invalid, say

CURVE = ec.SECP256R1()
# The order of P-256 (FIPS 186-5, SP 800-186)
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SALT = b"mingcha keys 1"
COORDINATE_BYTES = 32
# RFC 6979: the same receipt asked for twice is the same bytes
SIGNING = ec.ECDSA(SHA256(), deterministic_signing=True)
VERIFYING = ec.ECDSA(SHA256())


@dataclass(frozen=True)
class Key:
    """A pair on P-256. `key_id` is the RFC 7638 thumbprint of the public half."""

    private: ec.EllipticCurvePrivateKey

    @cached_property
    def jwk(self) -> dict[str, str]:
        return jwk_of(self.private.public_key())

    @cached_property
    def key_id(self) -> str:
        return thumbprint(self.jwk)

    def sign(self, content: bytes) -> str:
        """ECDSA with SHA-256 as browsers read it: r and s of 32 bytes each, base64url."""
        r, s = decode_dss_signature(self.private.sign(content, SIGNING))
        return b64(r.to_bytes(COORDINATE_BYTES, "big") + s.to_bytes(COORDINATE_BYTES, "big"))


@dataclass(frozen=True)
class KeyRing:
    """The keys of now first, then those of earlier secrets. Empty where the installation has no secret.

    `identity` wraps the keys of who complained (`intake.sealing`), `draw` those of the seeds of draws,
    `sweep` those of plans of sweeps and of what phones are given before one starts.
    """

    receipt: tuple[Key, ...] = ()
    parcel: tuple[Key, ...] = ()
    link: tuple[bytes, ...] = ()
    tip: tuple[bytes, ...] = ()
    identity: tuple[bytes, ...] = ()
    draw: tuple[bytes, ...] = ()
    sweep: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, secrets: Sequence[str], for_identities: Sequence[str] = ()) -> "KeyRing":
        """What `for_identities` names comes first; what was sealed before there was any still opens."""
        return _ring(
            tuple(secret for secret in secrets if secret), tuple(secret for secret in for_identities if secret)
        )

    def sign(self, content: bytes) -> dict[str, str] | None:
        """{"key_id", "value"}, or None where there is no key."""
        return {"key_id": self.receipt[0].key_id, "value": self.receipt[0].sign(content)} if self.receipt else None

    def verifies(self, content: bytes, signature: Mapping[str, str]) -> bool:
        """Whether one of these keys made a signature."""
        named = [key for key in self.receipt if key.key_id == signature.get("key_id")]
        return any(verifies(key.jwk, content, signature.get("value", "")) for key in named)

    def opens(self, key_id: str) -> Key | None:
        """The key that a parcel was sealed for, if we have it."""
        return next((key for key in self.parcel if key.key_id == key_id), None)

    def public(self) -> dict[str, Any]:
        """What phones are told: the keys that receipts may be signed with, and the one to seal parcels for."""
        shown = [{"key_id": key.key_id, "jwk": key.jwk} for key in (*self.receipt, *self.parcel[:1])]
        return {"receipt": shown[: len(self.receipt)], "parcel": shown[-1] if self.parcel else None}


@lru_cache(maxsize=8)
def _ring(secrets: tuple[str, ...], for_identities: tuple[str, ...]) -> KeyRing:
    return KeyRing(
        tuple(_derive(secret, "receipt") for secret in secrets),
        tuple(_derive(secret, "parcel") for secret in secrets),
        tuple(_secret(secret, "link") for secret in secrets),
        tuple(_secret(secret, "tip") for secret in secrets),
        tuple(_secret(secret, "identity") for secret in (*for_identities, *secrets)),
        tuple(_secret(secret, "draw") for secret in secrets),
        tuple(_secret(secret, "sweep") for secret in secrets),
    )


def _secret(secret: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, SALT, f"mingcha {purpose} key 1".encode()).derive(secret.encode())


def _derive(secret: str, purpose: str) -> Key:
    # 16 bytes more than the order has, so that the remainder is not skewed (FIPS 186-5, A.2.1)
    hkdf = HKDF(SHA256(), COORDINATE_BYTES + 16, SALT, f"mingcha {purpose} key 1".encode())
    number = int.from_bytes(hkdf.derive(secret.encode()), "big")
    return Key(ec.derive_private_key(number % (ORDER - 1) + 1, CURVE))


def jwk_of(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """A public key as WebCrypto takes it (RFC 7517)."""
    numbers = key.public_numbers()
    x, y = (b64(number.to_bytes(COORDINATE_BYTES, "big")) for number in (numbers.x, numbers.y))
    return {"crv": "P-256", "kty": "EC", "x": x, "y": y}


def read_jwk(jwk: Any) -> ec.EllipticCurvePublicKey:
    """A public key on P-256. Raises `Invalid` for anything else, points off the curve too."""
    try:
        if (jwk["kty"], jwk["crv"]) != ("EC", "P-256"):
            raise ValueError
        x, y = (int.from_bytes(unb64(jwk[name]), "big") for name in ("x", "y"))
        return ec.EllipticCurvePublicNumbers(x, y, CURVE).public_key()
    except (KeyError, TypeError, ValueError):
        raise Invalid(message=say("密钥的格式不对，请刷新页面后重试")) from None


def thumbprint(jwk: Mapping[str, str]) -> str:
    """The name of a key that follows from the key (RFC 7638)."""
    return b64(hashlib.sha256(canonical({name: jwk[name] for name in ("crv", "kty", "x", "y")})).digest())


def verifies(jwk: Any, content: bytes, signature: str) -> bool:
    """Whether the key made a signature (r and s, base64url) over the content."""
    try:
        raw = unb64(signature)
        if len(raw) != 2 * COORDINATE_BYTES:
            return False
        r, s = (int.from_bytes(half, "big") for half in (raw[:COORDINATE_BYTES], raw[COORDINATE_BYTES:]))
        read_jwk(jwk).verify(encode_dss_signature(r, s), content, VERIFYING)
    except (InvalidSignature, Invalid, ValueError):
        return False
    return True


def canonical(value: Mapping[str, Any]) -> bytes:
    """JSON that both sides write alike: keys in order, no spaces, letters as they are, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def b64(content: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unb64(text: Any) -> bytes:
    """The bytes again. Raises ValueError for any other text, and where bits that mean nothing are set."""
    if not isinstance(text, str):
        raise ValueError
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError from error
    if b64(content) != text.rstrip("="):
        raise ValueError
    return content
