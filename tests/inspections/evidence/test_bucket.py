"""The real S3 client against the part of S3's protocol that we use, over HTTP on this machine."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from inspections.errors import StorageFailed
from inspections.evidence.store import BlobMissing, BlobStore, ContentMismatch, open_store

PHOTO = b"larger than one part of a multipart upload " * 150_000
NAME = hashlib.sha256(PHOTO).hexdigest()


class Bucket(ThreadingHTTPServer):
    """Keeps objects in memory; `damage` changes them on their way, `broken` answers every request with 500."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Requests)
        self.objects: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.damage = self.broken = self.forgetful = False


class Requests(BaseHTTPRequestHandler):
    server: Bucket
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(f"PUT {self.path}")
        if self.server.damage:
            content = b"?" + content[1:]
        checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
        if self.server.broken:
            return self.answer(503)
        if self.headers["x-amz-checksum-sha256"] != checksum:
            return self.answer(400, b"<Error><Code>BadDigest</Code></Error>")
        self.server.objects[self.path] = content[:-1] if self.server.forgetful else content
        return self.answer(200, etag=True)

    def do_GET(self) -> None:
        content = self.server.objects.get(self.path)
        if self.server.broken:
            return self.answer(503)
        return self.answer(404) if content is None else self.answer(200, content, etag=True)

    def do_HEAD(self) -> None:
        self.do_GET()

    def answer(self, status: int, content: bytes = b"", *, etag: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        if etag:
            self.send_header("ETag", '"1"')
            self.send_header("Last-Modified", "Sat, 21 Nov 2026 12:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    server = Bucket()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def store(bucket: Bucket) -> BlobStore:
    return open_store(
        "s3://evidence/county",
        endpoint=f"http://127.0.0.1:{bucket.server_address[1]}",
        region="cn-north-1",
        access_key_id="key",
        secret_access_key="secret",
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )


def test_a_photo_goes_up_in_one_piece_under_its_hash_and_comes_back(store: BlobStore, bucket: Bucket) -> None:
    assert store.put([PHOTO], len(PHOTO), NAME).already is False
    assert store.put([PHOTO], len(PHOTO), NAME).already is True
    assert bucket.requests == [f"PUT /evidence/county/{NAME[:2]}/{NAME}"]
    assert store.intact(NAME)


def test_a_bucket_that_got_other_bytes_refuses_them_and_nothing_is_acknowledged(
    store: BlobStore, bucket: Bucket
) -> None:
    bucket.damage = True
    with pytest.raises(StorageFailed):
        store.put([PHOTO], len(PHOTO), NAME)
    assert bucket.objects == {}


def test_a_bucket_that_keeps_less_than_it_got_is_found_out(store: BlobStore, bucket: Bucket) -> None:
    bucket.forgetful = True
    with pytest.raises(StorageFailed):
        store.put([PHOTO], len(PHOTO), NAME)


def test_a_bucket_out_of_order_is_a_storage_failure_and_no_missing_photo(store: BlobStore, bucket: Bucket) -> None:
    bucket.broken = True
    for work in (store.exists, store.open, lambda name: store.put([PHOTO], len(PHOTO), name)):
        with pytest.raises(StorageFailed):
            work(NAME)
    bucket.broken = False
    with pytest.raises(BlobMissing):
        store.open(NAME)


def test_a_wrong_photo_never_leaves_for_the_bucket(store: BlobStore, bucket: Bucket) -> None:
    with pytest.raises(ContentMismatch):
        store.put([PHOTO[:-1] + b"?"], len(PHOTO), NAME)
    assert bucket.requests == []
