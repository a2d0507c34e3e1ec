"""What a view needs to take in a parcel: its bytes in a file that can be read twice, our keys and limits."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import BinaryIO

from flask import current_app

from inspections.field.carrying import Carrier, Limits

from .auth import now
from .keys import key_ring


def carrier() -> Carrier:
    config = current_app.config
    limits = Limits(config["MAX_RECORD_BYTES"], config["MAX_PHOTO_BYTES"], config["MAX_PIXELS"])
    return Carrier(current_app.extensions["store"], key_ring(), now(), limits)


@contextmanager
def spooled(chunks: Iterable[bytes]) -> Iterator[BinaryIO]:
    """The chunks as a nameless file on disk: a parcel may be larger than the memory."""
    with TemporaryFile() as file:
        for chunk in chunks:
            file.write(chunk)
        yield file
