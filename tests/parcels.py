"""Writes parcels as a phone does (`inspections.field.parcel_file`), with any of it made wrong on request."""

import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.orm import Session

from inspections.evidence.keys import CURVE, Key, b64, canonical, read_jwk
from inspections.field.phones import Phone
from inspections.registry.people import Person
from tests.factories import COUNTY, NOW


def new_key() -> Key:
    return Key(ec.generate_private_key(CURVE))


def register(session: Session, person: Person, key: Key, device_id: str = "phone-1") -> Phone:
    """A phone of the person that told its key while it could still speak."""
    phone = Phone(
        county=person.county,
        person_id=person.id,
        device_id=device_id,
        key_id=key.key_id,
        signing_key=key.jwk,
        first_seen_at=NOW,
        seen_at=NOW,
    )
    session.add(phone)
    session.flush()
    return phone


@dataclass
class Writer:
    """A phone that seals what it holds. `given` replaces members of the header before it is signed."""

    person_id: UUID
    server: Key
    signer: Key = field(default_factory=new_key)
    device_id: str = "phone-1"
    given: dict[str, Any] = field(default_factory=dict)
    ephemeral: Key = field(default_factory=new_key)
    salt: bytes = field(default_factory=lambda: os.urandom(16))
    new_iv: Any = lambda index: os.urandom(12)

    def write(self, records: list[tuple[str, str, bytes]], files: list[tuple[str, bytes]] = ()) -> bytes:
        """A parcel of records (kind, id, bytes) and files (media type, bytes)."""
        plain = [
            _plain({"type": "record", "kind": kind, "id": record_id, "sha256": _sha256(content)}, content)
            for kind, record_id, content in records
        ]
        plain += [
            _plain({"type": "file", "sha256": _sha256(content), "media_type": media_type}, content)
            for media_type, content in files
        ]
        frames = self.seal(plain)
        header = {
            "format": "mingcha-parcel/1",
            "county": COUNTY,
            "person_id": str(self.person_id),
            "device_id": self.device_id,
            "made_at": NOW.isoformat(),
            "key_id": self.server.key_id,
            "ephemeral": self.ephemeral.jwk,
            "salt": b64(self.salt),
            "frames": [{"size": len(frame), "sha256": _sha256(frame)} for frame in frames],
            "records": [{"id": record_id, "kind": kind} for kind, record_id, _ in records],
        } | self.given
        header["signature"] = self.signer.sign(canonical(header))
        return assemble(header, frames)

    def seal(self, plain: list[bytes]) -> list[bytes]:
        shared = self.ephemeral.private.exchange(ec.ECDH(), read_jwk(self.server.jwk))
        cipher = AESGCM(HKDF(SHA256(), 32, self.salt, b"mingcha parcel 1").derive(shared))
        ivs = [self.new_iv(index) for index in range(len(plain))]
        return [
            iv + cipher.encrypt(iv, content, struct.pack(">I", index))
            for index, (iv, content) in enumerate(zip(ivs, plain, strict=True))
        ]


def assemble(header: dict[str, Any], frames: list[bytes]) -> bytes:
    head = json.dumps(header, ensure_ascii=False).encode()
    return b"MCQ1" + struct.pack(">I", len(head)) + head + b"".join(frames)


def taken_apart(parcel: bytes) -> tuple[dict[str, Any], list[bytes]]:
    (length,) = struct.unpack_from(">I", parcel, 4)
    header, offset, frames = json.loads(parcel[8 : 8 + length]), 8 + length, []
    for frame in header["frames"]:
        frames.append(parcel[offset : offset + frame["size"]])
        offset += frame["size"]
    return header, frames


def _plain(header: dict[str, Any], content: bytes) -> bytes:
    head = json.dumps(header).encode()
    return struct.pack(">I", len(head)) + head + content


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
