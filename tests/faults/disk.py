"""The disk that photos are kept on: a small one of its own, where that is permitted, so that it can be filled."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

MEGABYTES = 320


@dataclass(frozen=True)
class Disk:
    root: Path
    is_small: bool

    def fill(self, leave_bytes: int = 0) -> None:
        """Leave no room but `leave_bytes`."""
        with self._filler.open("ab", buffering=0) as file:
            for piece in (1 << 20, 4096):
                with suppress(OSError):
                    while file.write(bytes(piece)):
                        pass
            file.truncate(max(0, file.tell() - leave_bytes))

    def clear(self) -> None:
        self._filler.unlink(missing_ok=True)

    @property
    def _filler(self) -> Path:
        return self.root / "filler"


@contextmanager
def small_disk(place: Path) -> Iterator[Disk]:
    """A tmpfs in a folder; an ordinary folder where only root may mount and we are not root."""
    place.mkdir()
    mounted = os.geteuid() == 0 and _run("mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", place)
    try:
        yield Disk(place, mounted)
    finally:
        if mounted:
            _run("umount", "--lazy", place)


def _run(*command: str | Path) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
