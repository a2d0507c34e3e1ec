"""An identity sealed for one row: AES-256-GCM under a key of its own, wrapped by a key outside the database.

Who has the database, its dumps or its backups reads nothing; who copies the bytes into another row can't open them
there. Layout in bytes: version 1, name of the wrapping key 8, nonce 12, wrapped key 48, nonce 12, content.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..errors import InspectionError, say

VERSION = b"\x01"
NAME, NONCE, WRAPPED = 8, 12, 48
HEAD = len(VERSION) + NAME + NONCE + WRAPPED + NONCE
MARK_BYTES = 16


class CannotUnseal(InspectionError):
    message = say("这份身份信息打不开：密钥已更换，或者数据被改动过，请联系系统管理员")


def seal(keys: Sequence[bytes], content: bytes, row: bytes) -> bytes:
    """Sealed with the first of the wrapping keys, for the row that is named and no other."""
    key, first, second = AESGCM.generate_key(256), os.urandom(NONCE), os.urandom(NONCE)
    name = name_of(keys[0])
    wrapped = AESGCM(keys[0]).encrypt(first, key, VERSION + name + row)
    return VERSION + name + first + wrapped + second + AESGCM(key).encrypt(second, content, row)


def unseal(keys: Sequence[bytes], sealed: bytes, row: bytes) -> bytes:
    """Raises CannotUnseal where the key is gone, the bytes were changed or belong to another row."""
    name, rest = sealed[1 : 1 + NAME], sealed[1 + NAME :]
    known = next((key for key in keys if hmac.compare_digest(name_of(key), name)), None)
    if known is None or sealed[:1] != VERSION or len(sealed) < HEAD:
        raise CannotUnseal
    first, wrapped, second = (
        rest[:NONCE],
        rest[NONCE : NONCE + WRAPPED],
        rest[NONCE + WRAPPED : 2 * NONCE + WRAPPED],
    )
    try:
        key = AESGCM(known).decrypt(first, wrapped, VERSION + name + row)
        return AESGCM(key).decrypt(second, rest[2 * NONCE + WRAPPED :], row)
    except InvalidTag:
        raise CannotUnseal from None


def mark(keys: Sequence[bytes], value: str) -> bytes:
    """Tells whether two rows hold the same value, to who can't read either: an HMAC under the wrapping key.

    Without that key a list of all phone numbers doesn't help: each would have to be marked with it.
    """
    return hmac.digest(keys[0], b"mark " + value.encode(), "sha256")[:MARK_BYTES]


def name_of(key: bytes) -> bytes:
    return hashlib.sha256(b"mingcha name of key " + key).digest()[:NAME]
