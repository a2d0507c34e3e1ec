"""The lock of a packet: AES-256-GCM under a key of its own, which also opens with a code that can be spoken.

A phone holds the envelope before the start and can't open it: the key comes at the start, or twelve digits are
read out where there is no signal. An envelope is JSON; bytes in it are base64url without padding. WebCrypto opens
it (`static/field/models/packet.js`).
"""

import hashlib
import json
import os
import secrets
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..errors import InspectionError, say
from ..evidence.keys import b64, canonical, unb64

FORMAT = "mingcha-sweep-packet/1"
HEAD = ("format", "packet_id", "county", "sweep_id", "team_id", "revision")
CODE_DIGITS = 12
# OWASP's Password Storage Cheat Sheet for PBKDF2-HMAC-SHA256: twelve digits are 40 bits, so a guess must cost
ITERATIONS = 600_000
NONCE, SALT = 12, 16


class DoesNotOpen(InspectionError):
    message = say("密封包打不开：口令或密钥不对，或者内容被改动过")


class Lock(NamedTuple):
    """A code with what was derived from it (32 bytes, by `salt` and `iterations`), so that it is derived once."""

    code: str
    salt: bytes
    iterations: int
    derived: bytes


def new_lock() -> Lock:
    """A code of twelve random digits. Deriving takes about 0.3 s of a core and lets other threads run."""
    code, salt = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}", os.urandom(SALT)
    return Lock(code, salt, ITERATIONS, _derived(code, salt, ITERATIONS))


def make_envelope(head: dict[str, Any], content: bytes, key: bytes, lock: Lock) -> dict[str, Any]:
    """`head` (`HEAD`) says what the envelope is for; it is bound in: no other packet can take its place."""
    iv, code_iv = os.urandom(NONCE), os.urandom(NONCE)
    bound = canonical(head)
    return head | {
        "iv": b64(iv),
        "sealed": b64(AESGCM(key).encrypt(iv, content, bound)),
        "code": {
            "kdf": "PBKDF2-SHA-256",
            "iterations": lock.iterations,
            "salt": b64(lock.salt),
            "iv": b64(code_iv),
            "wrapped": b64(AESGCM(lock.derived).encrypt(code_iv, key, b"code " + bound)),
        },
    }


def open_with_key(envelope: dict[str, Any], key: bytes) -> dict[str, Any]:
    """What was sealed. Raises DoesNotOpen where the key is another one or anything was changed."""
    try:
        content = AESGCM(key).decrypt(unb64(envelope["iv"]), unb64(envelope["sealed"]), _bound(envelope))
    except (InvalidTag, KeyError, ValueError):
        raise DoesNotOpen from None
    opened: dict[str, Any] = json.loads(content)
    return opened


def open_with_code(envelope: dict[str, Any], code: str) -> dict[str, Any]:
    """The same by the spoken code, with or without the blanks between its digits."""
    try:
        lock = envelope["code"]
        derived = _derived("".join(code.split()), unb64(lock["salt"]), int(lock["iterations"]))
        key = AESGCM(derived).decrypt(unb64(lock["iv"]), unb64(lock["wrapped"]), b"code " + _bound(envelope))
    except (InvalidTag, KeyError, ValueError):
        raise DoesNotOpen from None
    return open_with_key(envelope, key)


def spoken(code: str) -> str:
    """In groups of four, as it is read out."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def _bound(envelope: dict[str, Any]) -> bytes:
    return canonical({name: envelope[name] for name in HEAD})


def _derived(code: str, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", code.encode(), salt, iterations)
