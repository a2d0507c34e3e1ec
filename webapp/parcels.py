"""What a view needs to take in a parcel: its bytes in a file that can be read twice, our keys and limits."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import BinaryIO

from flask import current_app

from inspections.evidence.store import storage_errors
from inspections.field.carrying import Carrier, Limits

from .auth import now
from .keys import key_ring


def carrier() -> Carrier:
    config = current_app.config
    limits = Limits(config["MAX_RECORD_BYTES"], config["MAX_PHOTO_BYTES"], config["MAX_PIXELS"])
    return Carrier(current_app.extensions["store"], key_ring(), now(), limits)


@contextmanager
def spooled(chunks: Iterable[bytes]) -> Iterator[BinaryIO]:
    """The chunks as a nameless file on disk: a parcel may be larger than the memory. Raises `StorageFull`."""
    with storage_errors():
        file = TemporaryFile()  # noqa: SIM115 - closed by the with that follows
    with file:
        for chunk in chunks:
            with storage_errors():
                file.write(chunk)
        with storage_errors():
            file.flush()
        yield file
