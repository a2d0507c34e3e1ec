"""Pictures to look at, made from originals in a process that may die.

A photo is untrusted input to large C libraries, so it is decoded by `decoder.py` in one long-lived child with
limits on memory, processor and clock. A child that dies, hangs or swells is replaced. Its death counts
against the photo only when the child was new: what an earlier photo left behind is not this one's fault.
"""

import atexit
import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock, Timer
from typing import Any, BinaryIO, Self, cast

from ..errors import say
from ..vocabulary import Choice
from .photo_check import MAX_PIXELS

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("decoder.py")

ENVIRONMENT = {  # no secrets of ours
    "PYTHONPATH": str(ROOT),
    "LANG": "C.UTF-8",
    # so that the limit on address space measures use
    "MALLOC_ARENA_MAX": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # memory is kept from photo to photo: giving it back costs 7000 page faults, 19 ms, each time
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
}


class Damage(Choice):
    """What is wrong with a photo that was received whole and kept."""

    TRUNCATED = "truncated", say("照片不完整，请在现场重拍")
    UNDECODABLE = "undecodable", say("照片已收到但打不开，请在现场重拍")
    TOO_COSTLY = "too_costly", say("照片已收到但无法生成预览，请在现场重拍")


@dataclass(frozen=True)
class Limits:
    memory_bytes: int = 1 << 30  # address space; 60 megapixels with transparency need 0.6 GiB
    cpu_s: int = 20
    wall_s: float = 60
    max_pixels: int = MAX_PIXELS
    photos_per_process: int = 200


@dataclass(frozen=True)
class Derivatives:
    """JPEG, upright, sRGB, without metadata; `None` where nothing could be decoded.

    `width` and `height` are those of the original held upright.
    """

    damage: Damage | None = None
    large: bytes | None = None
    small: bytes | None = None
    width: int | None = None
    height: int | None = None
    exif: dict[str, Any] = field(default_factory=dict)


class DecoderBroken(RuntimeError):
    """The decoder doesn't start: the fault is the installation's, not the photo's."""


class _ChildLost(Exception):
    pass


class Decoder:
    """Decodes one photo at a time, whichever thread asks."""

    def __init__(self, limits: Limits | None = None):
        self.limits = limits or Limits()
        self._lock = Lock()
        self._child: _Child | None = None

    def derive(self, photo: bytes) -> Derivatives:
        """Never raises for what the photo contains. Raises `DecoderBroken`."""
        with self._lock:
            while True:
                child = self._ready_child()
                fresh = child.photos == 0
                try:
                    result = child.derive(photo)
                except _ChildLost:
                    result = Derivatives(damage=Damage.TOO_COSTLY)
                if result.damage is not Damage.TOO_COSTLY:
                    return result
                self._drop_child()
                if fresh:
                    return result

    def close(self) -> None:
        """Ends the child; the next photo gets a new one."""
        with self._lock:
            self._drop_child()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ready_child(self) -> "_Child":
        if self._child and (self._child.photos >= self.limits.photos_per_process or not self._child.alive):
            self._drop_child()
        self._child = self._child or _Child(self.limits)
        return self._child

    def _drop_child(self) -> None:
        if self._child:
            self._child.kill()
        self._child = None


@cache
def process_decoder() -> Decoder:
    """The one decoder of this process, ended with it."""
    decoder = Decoder()
    atexit.register(decoder.close)
    return decoder


class _Child:
    def __init__(self, limits: Limits):
        self.photos = 0
        self._wall_s = limits.wall_s
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", str(PROGRAM), json.dumps(asdict(limits))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pipesize=1 << 20,
            env=ENVIRONMENT,
            cwd="/",
        )
        try:
            with self._deadline():
                self._answer()
        except _ChildLost:
            self.kill()
            raise DecoderBroken(f"exit status {self._process.returncode}") from None

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def derive(self, photo: bytes) -> Derivatives:
        self.photos += 1
        with self._deadline():
            self._send(photo)
            facts, pictures = self._answer()
        large, small = pictures or (None, None)
        damage = facts.pop("damage")
        return Derivatives(Damage[damage] if damage else None, large, small, **facts)

    def kill(self) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):
                cast(BinaryIO, pipe).close()
        self._process.wait()

    @contextmanager
    def _deadline(self) -> Iterator[None]:
        timer = Timer(self._wall_s, self._process.kill)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _send(self, photo: bytes) -> None:
        pipe = cast(BinaryIO, self._process.stdin)
        try:
            pipe.write(struct.pack(">Q", len(photo)))
            pipe.write(photo)
            pipe.flush()
        except BrokenPipeError:
            raise _ChildLost from None

    def _answer(self) -> tuple[dict[str, Any], list[bytes]]:
        facts = json.loads(self._read(struct.unpack(">I", self._read(4))[0]))
        return facts, [self._read(length) for length in facts.pop("lengths")]

    def _read(self, length: int) -> bytes:
        content = cast(BinaryIO, self._process.stdout).read(length)
        if len(content) < length:
            raise _ChildLost
        return content
