import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.store import MemoryStore

from inspections.errors import Invalid, StorageFailed, StorageFull, UnsupportedMedia
from inspections.evidence.crash_points import POINTS
from inspections.evidence.store import BlobMissing, BlobStore, ContentMismatch, derived_key, open_store
from inspections.evidence.store.local import LocalStore
from inspections.evidence.store.objects import ObjectStore

PHOTO = b"a photo, as far as a store can tell " * 9999
NAME = sha256(PHOTO).hexdigest()


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    """The bucket is obstore's own store in memory: the same calls as to S3, without its network."""
    return open_store(str(tmp_path)) if request.param == "folder" else ObjectStore(MemoryStore())


def put(store: BlobStore, content: bytes = PHOTO, name: str = NAME) -> bool:
    return store.put([content[:1000], b"", content[1000:]], len(content), name).already


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_what_was_put_comes_back_byte_for_byte(store: BlobStore) -> None:
    assert store.put([PHOTO], len(PHOTO), NAME) == (NAME, len(PHOTO), False)
    with store.open(NAME) as file:
        assert file.read() == PHOTO
    assert store.exists(NAME)
    assert store.intact(NAME)


def test_putting_again_is_harmless_and_said(store: BlobStore) -> None:
    assert [put(store), put(store), put(store)] == [False, True, True]
    assert store.intact(NAME)


@pytest.mark.parametrize(
    ("content", "size", "name"),
    [
        (PHOTO[:-1], len(PHOTO), NAME),
        (PHOTO + b"!", len(PHOTO), NAME),
        (PHOTO[:-1] + b"?", len(PHOTO), NAME),
        (b"", len(PHOTO), NAME),
        (PHOTO, len(PHOTO) - 1, NAME),
        (PHOTO, len(PHOTO), "0" * 64),
    ],
    ids=["too short", "too long", "one byte changed", "empty body", "wrong size stated", "wrong hash stated"],
)
def test_bytes_other_than_announced_are_refused(store: BlobStore, content: bytes, size: int, name: str) -> None:
    with pytest.raises(ContentMismatch, match="与手机上的不一致"):
        store.put([content], size, name)
    assert not store.exists(name)


def test_a_mismatch_leaves_nothing_in_the_folder(tmp_path: Path) -> None:
    with pytest.raises(ContentMismatch):
        LocalStore(tmp_path).put([PHOTO], len(PHOTO), "0" * 64)
    assert files(tmp_path) == []


def test_a_stream_that_never_ends_is_cut_at_the_announced_size(store: BlobStore) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield bytes(1000)

    with pytest.raises(ContentMismatch):
        store.put(endless(), 5000, NAME)


def test_a_lost_connection_is_not_taken_for_a_broken_disk(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield PHOTO[:1000]
        raise ConnectionResetError(errno.ECONNRESET, "gone")

    with pytest.raises(ConnectionResetError):
        LocalStore(tmp_path).put(broken(), len(PHOTO), NAME)
    assert files(tmp_path) == []


def test_content_that_inspection_refuses_is_not_kept(store: BlobStore) -> None:
    def refuse(file: BinaryIO) -> None:
        assert file.read() == PHOTO
        raise UnsupportedMedia

    with pytest.raises(UnsupportedMedia):
        store.put([PHOTO], len(PHOTO), NAME, inspect=refuse)
    assert not store.exists(NAME)


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", NAME.upper(), NAME + "\n", NAME[:-1], "照片.jpg", "\u202egpj"]
)
def test_only_a_hash_is_a_name(store: BlobStore, name: str) -> None:
    with pytest.raises(Invalid, match="校验值"):
        store.put([PHOTO], len(PHOTO), name)
    with pytest.raises(Invalid):
        store.open(name)


def test_a_missing_blob_is_named(store: BlobStore) -> None:
    for read in (store.open, store.intact, lambda name: store.open_derived(name, "320")):
        with pytest.raises(BlobMissing):
            read(NAME)


def test_derivatives_are_replaced_and_lie_apart(store: BlobStore) -> None:
    put(store)
    for content in (b"first", b"second"):
        store.put_derived(NAME, "320", content)
    with store.open_derived(NAME, "320") as file:
        assert file.read() == b"second"
    assert store.intact(NAME)
    with pytest.raises(BlobMissing):
        store.open_derived(NAME, "1600")
    with pytest.raises(ValueError, match="not the name"):
        derived_key(NAME, "../320")


def test_an_original_lies_under_its_hash_and_can_not_be_written_to(tmp_path: Path) -> None:
    put(LocalStore(tmp_path))
    path = tmp_path / NAME[:2] / NAME
    assert files(tmp_path) == [str(path.relative_to(tmp_path))]
    assert path.stat().st_mode & 0o222 == 0


def test_a_changed_original_is_noticed_set_aside_and_made_good(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = LocalStore(tmp_path)
    put(store)
    path = tmp_path / NAME[:2] / NAME
    path.chmod(0o600)
    path.write_bytes(PHOTO[:-1] + b"?")
    assert not store.intact(NAME)
    assert put(store) is False
    assert store.intact(NAME)
    assert "were changed" in caplog.text
    assert [aside.read_bytes()[-1:] for aside in (tmp_path / "aside").iterdir()] == [b"?"]


def test_a_full_disk_is_said_nothing_is_kept_and_room_helps(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    with small_disk(store), pytest.raises(StorageFull, match="存储空间已满"):
        put(store)
    assert files(tmp_path) == []
    assert put(store) is False


class small_disk:  # noqa: N801 - reads as a word
    """Writes of this process go to a device that is always full."""

    def __init__(self, store: LocalStore):
        self.store = store

    def __enter__(self) -> None:
        self.open_locked = self.store._open_locked
        self.store._open_locked = self.on_full_device  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        self.store._open_locked = self.open_locked  # type: ignore[method-assign]

    def on_full_device(self):  # type: ignore[no-untyped-def]
        file = self.open_locked()
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, file.fileno())
        os.close(full)
        return file


def test_a_file_size_limit_is_a_storage_failure_not_a_crash(tmp_path: Path) -> None:
    program = f"""
import resource, signal
from inspections.evidence.store.local import LocalStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
from inspections.errors import StorageFailed
try:
    LocalStore({str(tmp_path)!r}).put([bytes(200_000)], 200_000, "0" * 64)
except StorageFailed:
    print("named")
"""
    assert run(program).stdout == "named\n"
    assert files(tmp_path) == []


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_failed_fsync_is_never_believed_on_retry(tmp_path: Path, nth: int) -> None:
    """The first sync is of the file, the next two are of the folders that lead to it."""
    calls = iter(range(1, 100))

    def fsync(descriptor: int) -> None:
        if next(calls) == nth:
            raise OSError(errno.EIO, "lost pages")
        os.fsync(descriptor)

    failing = LocalStore(tmp_path, fsync=fsync)
    for store in (failing, failing, LocalStore(tmp_path)):
        with pytest.raises(StorageFailed, match="没有被接收"):
            put(store)
    assert list(failing.tmp.iterdir()) == []
    (tmp_path / "STOPPED").unlink()
    put(LocalStore(tmp_path))
    assert LocalStore(tmp_path).intact(NAME)


def test_no_room_at_fsync_is_a_full_disk(tmp_path: Path) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    with pytest.raises(StorageFull):
        put(LocalStore(tmp_path, fsync=fsync))
    assert put(LocalStore(tmp_path)) is False


def test_the_folders_are_synced_also_for_content_that_is_there(tmp_path: Path) -> None:
    """Its writer may have died between the rename and the sync."""
    put(LocalStore(tmp_path))
    synced: list[str] = []

    def fsync(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))

    put(LocalStore(tmp_path, fsync=fsync))
    folder = tmp_path / NAME[:2]
    assert sorted(synced[1:]) == [str(tmp_path), str(folder)]


def test_a_store_finds_out_once_that_a_folder_lasts(tmp_path: Path) -> None:
    synced: list[str] = []
    store = LocalStore(tmp_path, fsync=lambda each: synced.append(str(Path(f"/proc/self/fd/{each}").readlink())))
    put(store)
    synced.clear()
    put(store)
    assert synced[1:] == [str(tmp_path / NAME[:2])]


def test_files_that_come_together_are_all_stored_or_none(tmp_path: Path) -> None:
    contents = [PHOTO[number:] for number in range(5)]
    names = [sha256(content).hexdigest() for content in contents]
    store = LocalStore(tmp_path)
    with suppress(RuntimeError), store.together() as together:
        for content, name in zip(contents, names, strict=True):
            together([content], len(content), name)
        raise RuntimeError
    assert [store.exists(name) for name in names] == [False] * 5
    with store.together() as together:
        for content, name in zip(contents, names, strict=True):
            together([content], len(content), name)
        with pytest.raises(ContentMismatch):
            together([b"other"], 5, names[0])
    assert [store.intact(name) for name in names] == [True] * 5
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_reserve_of_the_disk_is_left_free(tmp_path: Path) -> None:
    free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    with pytest.raises(StorageFull):
        put(LocalStore(tmp_path, reserve_bytes=free + 1))
    assert not LocalStore(tmp_path).exists(NAME)
    put(LocalStore(tmp_path, reserve_bytes=1))


def test_sweeping_takes_dead_writers_files_and_leaves_living_ones(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    (store.tmp / "left-by-the-dead").write_bytes(PHOTO)

    def chunks() -> Iterator[bytes]:
        yield PHOTO[:1000]
        assert LocalStore(tmp_path).sweep() == 1
        yield PHOTO[1000:]

    store.put(chunks(), len(PHOTO), NAME)
    assert store.sweep() == 0
    assert store.intact(NAME)


def test_opening_the_store_sweeps_it(tmp_path: Path) -> None:
    (LocalStore(tmp_path).tmp / "left-by-the-dead").write_bytes(PHOTO)
    open_store(str(tmp_path))
    assert files(tmp_path) == []


STORE_POINTS = ("after_tmp_write", "after_fsync", "after_rename", "after_folder_sync")


@pytest.mark.parametrize("point", STORE_POINTS)
def test_killed_at_any_point_the_store_is_whole_and_the_retry_succeeds(tmp_path: Path, point: str) -> None:
    program = f"""
from inspections.evidence.store.local import LocalStore
LocalStore({str(tmp_path)!r}).put([{PHOTO[:36]!r} * 9999], {len(PHOTO)}, {NAME!r})
print("acknowledged")
"""
    died = run(program, CRASH_AT=point)
    assert (died.returncode, died.stdout) == (-9, "")
    store = LocalStore(tmp_path)
    store.sweep()
    assert list(store.tmp.iterdir()) == []
    assert store.exists(NAME) == (point in {"after_rename", "after_folder_sync"})
    put(store)
    assert store.intact(NAME)


def test_a_crash_point_that_does_not_exist_is_refused() -> None:
    assert "names no crash point" in run("import inspections.evidence.crash_points", CRASH_AT="nowhere").stderr
    assert set(STORE_POINTS) <= set(POINTS)


def run(program: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | environment,
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
    )


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_however_it_is_cut_the_content_is_the_same(chunks: list[bytes]) -> None:
    content = b"".join(chunks)
    store = ObjectStore(MemoryStore())
    store.put(chunks, len(content), sha256(content).hexdigest())
    with store.open(sha256(content).hexdigest()) as file:
        assert file.read() == content


def test_sixteen_writers_of_one_photo_leave_one_file(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    store = LocalStore(tmp_path)
    with ThreadPoolExecutor(16) as pool:
        assert False in list(pool.map(lambda _: put(store), range(48)))
    assert len(files(tmp_path)) == 1
    assert store.intact(NAME)
