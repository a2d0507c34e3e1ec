"""A check with three photos of 400 KB comes in and is durable: each file hashed and fsynced, rows committed.

Ours through gunicorn as bin/serve starts it, signed in and through row-level security: by tus (a creation with all
its bytes for each photo, then the record), and in one framed body. The peers: a bare program that does the same
writes without any HTTP (hash, write, fsync, rename, fsync of the folder, rows, one commit for a check, which the
database has on its disk before it answers), and a naive Flask view that takes a form, knows no accounts and checks
nothing. Everybody takes turns, one client and eight; milliseconds a check are the time of the round by the checks
of the round. What a phone has done before it sends, hashing and putting bodies together, is done before the clock
starts; each client is someone else, as eight phones are. After the first round, which warms up, the database
counts its rows, as autovacuum does in a county that runs: else it would go on with plans for empty tables. No job
worker runs: pictures are made later, by it. Then records without photos in bodies of 500, and the memory of our
workers while 1 GB of photos arrives (all of it resident, shared pages too).
"""

import hashlib
import json
import os
import struct
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from uuid import uuid4

import numpy as np
import psycopg
from PIL import Image
from uuid_utils.compat import uuid7

from .intake_peers import Bare
from .result import Result
from .tiles_county import LOGIN, ROOT, add_dispatcher, county_of, psycopg_url
from .tiles_peers import free_port, serving, sign_in

NAME = "intake"
PHOTOS, PHOTO_BYTES = 3, 400_000
BATCH = 500
# As gunicorn.conf.py says for ours, without what it does to our application
AS_OURS = ["--config=/dev/null", "--preload", "--worker-class=gthread", "--workers=2", "--threads=16",
           "--no-control-socket", "--log-level=warning"]  # fmt: skip
CLIENTS = 8
Check = tuple[bytes, list[bytes]]  # a record and its photos
Send = Callable[[Any], None]


class Way(NamedTuple):
    """`prepare` makes of a check what `client` sends; it is not timed."""

    prepare: Callable[[Check], Any]
    client: Callable[[int], AbstractContextManager[Send]]


def run(full: bool) -> list[Result]:
    server = os.environ.get("MINGCHA_BENCH_DATABASE_URL") or os.environ["MINGCHA_TEST_DATABASE_URL"]
    checks, rounds = (40, 7) if full else (24, 3)
    (ROOT / "var").mkdir(exist_ok=True)
    with ExitStack() as stack:
        county = stack.enter_context(county_of(server, 1_000))
        name = stack.enter_context(tempfile.TemporaryDirectory(dir=ROOT / "var"))  # on a real disk
        for number in range(CLIENTS):
            add_dispatcher(county.url, f"{LOGIN}{number}")
        site = one_site(county.url)
        url, folder = psycopg_url(county.url), Path(name)
        require_durable(url)
        ours = stack.enter_context(our_server(county.app_url, folder))
        naive = stack.enter_context(naive_server(url, folder))
        ways = {
            "bare": Way(lambda check: check, lambda _: bare_client(url, folder)),
            "tus": Way(by_tus, lambda number: our_client(ours, number)),
            "framed": Way(framed, lambda number: our_client(ours, number)),
            "naive": Way(as_form, lambda _: naive_client(naive)),
        }
        results = intake(ways, url, site, 1, checks, rounds)
        results += intake(ways, url, site, CLIENTS, 4 * checks, rounds)
        results += batches(ours, url, folder, site, 8 if full else 4)
        return [*results, memory(ours, site)]


def intake(ways: dict[str, Way], url: str, site: str, clients: int, checks: int, rounds: int) -> list[Result]:
    photo = a_photo()
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            made = [way.prepare(a_check(site, photo)) for _ in range(checks)]
            with ExitStack() as stack:
                took = one_round([stack.enter_context(way.client(each)) for each in range(clients)], made)
            if number:  # the first warms up
                times[name].append(took / checks * 1000)
        if not number:
            count_rows(url)
    figure = {name: median(each) for name, each in times.items()}
    who = "1 client" if clients == 1 else f"{clients} clients"
    note = ", ".join(f"{name} {1000 / value:.0f}/s" for name, value in figure.items())
    return [
        Result(f"tus, {who}", figure["tus"], figure["bare"], "≤ 2 ×", note, peer_name="bare program"),
        Result(f"framed, {who}", figure["framed"], figure["bare"], "≤ 1.43 ×", peer_name="bare program"),
        Result(f"framed, {who}", figure["framed"], figure["naive"], "", peer_name="naive Flask form"),
    ]


def one_round(senders: list[Send], checks: list[Any]) -> float:
    """Seconds until every check is acknowledged; each client sends its share, one after the other."""
    shares = [checks[number :: len(senders)] for number in range(len(senders))]

    def work(send: Send, share: list[Any]) -> None:
        for check in share:
            send(check)

    start = time.perf_counter()
    with ThreadPoolExecutor(len(senders)) as pool:
        list(pool.map(work, senders, shares))
    return time.perf_counter() - start


def batches(ours: "Served", url: str, folder: Path, site: str, rounds: int) -> list[Result]:
    """Records with all 25 answers, and with one; ours judges each, the bare program only stores them."""
    found = []
    connection, bare = ours.connection(), Bare(url, folder)
    for answers in (25, 1):
        own, other = [], []
        for number in range(rounds + 1):
            records = [a_record(site, [], answers) for _ in range(2 * BATCH)]
            body = b"".join(frame(each) for each in records[:BATCH])
            start = time.perf_counter()
            answer = json.loads(ours.post(connection, Request("/api/v1/checks/batch", body, FRAMES)))
            middle = time.perf_counter()
            bare.take_records(records[BATCH:])
            end = time.perf_counter()
            assert {each["status"] for each in answer["results"]} == {201}, answer["results"][0]
            if number:
                own.append((middle - start) * 1000)
                other.append((end - middle) * 1000)
            else:
                count_rows(url)
        name = f"{BATCH} records without photos, {answers} answers each"
        note = f"{BATCH / median(own) * 1000:,.0f} records/s"
        target = "≥ 10,000 records/s" if answers == 1 else ""
        found.append(Result(name, median(own), median(other), target, note, peer_name="bare program"))
    connection.close()
    bare.close()
    return found


def memory(ours: "Served", site: str) -> Result:
    """The largest worker's resident memory, after some traffic and after 1 GB of photos of 15 MB."""
    before = ours.memory_mb()
    photo = a_photo(15_000_000)
    connection = ours.connection()
    for _ in range(23):
        ours.post(connection, *framed(a_check(site, photo)))
    connection.close()
    return Result(
        "memory of a worker while 1 GB of photos arrives",
        ours.memory_mb(),
        before,
        "≤ 1.1 ×",
        unit="MB",
        peer_name="before",
    )


class Request(NamedTuple):
    path: str
    body: bytes
    headers: dict[str, str]


class Served:
    """Our server, some people signed in, and the processes that answer."""

    def __init__(self, port: int, parent: int, cookies: list[str]):
        self.port, self.parent, self.cookies = port, parent, cookies

    def connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=120)

    def post(self, connection: HTTPConnection, request: Request, number: int = 0) -> bytes:
        headers = request.headers | {"Cookie": self.cookies[number], "Sec-Fetch-Site": "same-origin"}
        connection.request("POST", request.path, request.body, headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status not in {200, 201}:
            raise RuntimeError(f"{request.path}: {answer.status} {content[:300]!r}")
        return content

    def memory_mb(self) -> float:
        children = Path(f"/proc/{self.parent}/task/{self.parent}/children").read_text().split()
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in children]
        return max(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def our_server(app_url: str, folder: Path) -> Iterator[Served]:
    port = free_port()
    command = [str(ROOT / ".venv/bin/gunicorn"), f"--bind=127.0.0.1:{port}"]
    settings = {"APP_DATABASE_URL": app_url, "MINGCHA_SECRET_KEY": "bench", "MINGCHA_VAR": str(folder)}
    settings |= {"MINGCHA_BYTES_A_DAY": "1000000000000"}
    with serving([*command, f"--pid={folder}/ours.pid", "wsgi:app"], port, settings) as connection:
        cookies = [sign_in(connection, f"{LOGIN}{number}") for number in range(CLIENTS)]
        yield Served(port, int((folder / "ours.pid").read_text()), cookies)


@contextmanager
def naive_server(url: str, folder: Path) -> Iterator[int]:
    port = free_port()
    command = [
        str(ROOT / ".venv/bin/gunicorn"),
        *AS_OURS,
        "--no-control-socket",
        f"--bind=127.0.0.1:{port}",
        "--log-level=warning",
    ]
    settings = {"BENCH_DATABASE": url, "BENCH_FOLDER": str(folder)}
    with serving([*command, "bench.intake_peers:naive_app()"], port, settings):
        yield port


@contextmanager
def bare_client(url: str, folder: Path) -> Iterator[Send]:
    bare = Bare(url, folder)
    yield lambda check: bare.take(*check)
    bare.close()


@contextmanager
def our_client(ours: Served, number: int) -> Iterator[Send]:
    connection = ours.connection()

    def send(requests: list[Request]) -> None:
        for request in requests:
            answer = ours.post(connection, request, number)
        assert json.loads(answer)["state"] == "received", answer

    yield send
    connection.close()


@contextmanager
def naive_client(port: int) -> Iterator[Send]:
    connection = HTTPConnection("127.0.0.1", port, timeout=120)

    def send(request: Request) -> None:
        connection.request("POST", request.path, request.body, request.headers)
        answer = connection.getresponse()
        if answer.status != 200 or answer.read() != b"stored":
            raise RuntimeError(f"naive view: {answer.status}")

    yield send
    connection.close()


FRAMES = {"Content-Type": "application/vnd.mingcha.check"}


def framed(check: Check) -> list[Request]:
    record, photos = check
    body = b"".join([frame(record), *(frame(photo) for photo in photos)])
    return [Request("/api/v1/checks/whole", body, FRAMES)]


def by_tus(check: Check) -> list[Request]:
    record, photos = check
    headers = {"Content-Type": "application/json", "X-Record-Sha256": hashlib.sha256(record).hexdigest()}
    return [*(creation(photo) for photo in photos), Request("/api/v1/checks", record, headers)]


def creation(photo: bytes) -> Request:
    name = b64encode(hashlib.sha256(photo).hexdigest().encode()).decode()
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(len(photo)),
        "Upload-Metadata": f"sha256 {name},type aW1hZ2UvanBlZw==",
        "Content-Type": "application/offset+octet-stream",
    }
    return Request("/api/v1/files", photo, headers)


def as_form(check: Check) -> Request:
    record, photos = check
    parts = [b'Content-Disposition: form-data; name="record"\r\n\r\n' + record]
    kind = b'Content-Disposition: form-data; name="photo"; filename="p.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    body = b"".join(b"--cut\r\n" + part + b"\r\n" for part in [*parts, *(kind + each for each in photos)])
    headers = {"Content-Type": "multipart/form-data; boundary=cut"}
    return Request("/checks", body + b"--cut--\r\n", headers)


def frame(content: bytes) -> bytes:
    header = json.dumps({"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}).encode()
    return struct.pack(">I", len(header)) + header + content


def a_check(site: str, photo: bytes) -> Check:
    photos = [photo + uuid4().bytes for _ in range(PHOTOS)]
    return a_record(site, photos, 25), photos


def a_record(site: str, photos: list[bytes], answers: int) -> bytes:
    """As the phone page makes it: all items answered, three fixes of one visit."""
    now = datetime.now(UTC).isoformat()
    fix = {"at": now, "lon": 113.45, "lat": 31.65, "accuracy_m": 8.5, "source": "device"}
    record: dict[str, Any] = {
        "format": "mingcha-check/1", "id": str(uuid7()), "site_id": site, "task_id": None, "kind": "unannounced",
        "checklist": {"code": "zd-25", "version": 1},
        "device": {"id": str(uuid4()), "sequence": 1, "user_agent": "Bench", "clock_offset_ms": 120},
        "started_at": now, "finished_at": now, "second_person_id": None, "certificates_shown_at": None,
        "recording_told_at": None, "no_fix_reason": None, "last_outdoor_fix": None,
        "fixes": [fix | {"accuracy_m": 8.5 + number} for number in range(3)],
        "answers": [{"item": f"zd-{n:02}", "verdict": "compliant", "note": ""} for n in range(1, answers + 1)],
        "facts": {"pupils_present": 12}, "summary": "正常", "person_in_charge": "王芳",
        "signature": {"refused": None},
        "files": [
            {"id": str(uuid7()), "sha256": hashlib.sha256(photo).hexdigest(), "size": len(photo),
             "type": "image/jpeg", "purpose": "scene", "item": None, "caption": "", "taken_at": now, "fix": fix,
             "position": number}
            for number, photo in enumerate(photos)
        ],
    }  # fmt: skip
    return json.dumps(record, ensure_ascii=False).encode()


def a_photo(size: int = PHOTO_BYTES) -> bytes:
    """A real JPEG with bytes behind its end, as phones append them, up to the size."""
    file = BytesIO()
    noise = np.random.default_rng(20261122).integers(0, 255, (600, 800, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file, "JPEG", quality=60)
    return file.getvalue() + os.urandom(size - file.tell())


def one_site(url: str) -> str:
    with psycopg.connect(psycopg_url(url)) as connection:
        return str(connection.execute("select id from sites limit 1").fetchone()[0])  # type: ignore[index]


def require_durable(url: str) -> None:
    """Both sides write into one cluster: a bare program whose commits wait for no disk would be no peer."""
    with psycopg.connect(url) as connection:
        for name in ("fsync", "synchronous_commit"):
            found = connection.execute("select current_setting(%s)", [name]).fetchone()
            if found != ("on",):
                raise RuntimeError(f"{name} is not on: nothing of this would be durable")


def count_rows(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
