"""What `bench.intake` compares with: a bare program that does the same durable writes, and a naive Flask view."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from flask import Flask, request
from psycopg_pool import ConnectionPool

MAKE_TABLES = """
create table if not exists bare_checks (id uuid primary key, record bytea not null, sha256 text not null);
create table if not exists bare_files (sha256 text primary key, size bigint not null, check_id uuid);
create table if not exists bare_answers (
    check_id uuid, item text, verdict text, note text, primary key (check_id, item)
);
"""


class Bare:
    """The least that can be called durable: hash, write, fsync, rename, fsync the folder, rows, commit."""

    def __init__(self, url: str, folder: Path):
        self.folder = folder
        self.connection = psycopg.connect(url)
        self.connection.execute(MAKE_TABLES)
        self.connection.commit()

    def take(self, record: bytes, photos: list[bytes]) -> None:
        store(self.connection, self.folder, record, photos)

    def take_records(self, records: list[bytes]) -> None:
        """Records and their answers, parsed as JSON and judged in no way."""
        read = [(json.loads(each), each) for each in records]
        answers = [
            (tree["id"], each["item"], each["verdict"], each["note"])
            for tree, _ in read
            for each in tree["answers"]
        ]
        checks = [(tree["id"], each, hashlib.sha256(each).hexdigest()) for tree, each in read]
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.executemany("insert into bare_checks values (%s, %s, %s)", checks)
            cursor.executemany("insert into bare_answers values (%s, %s, %s, %s)", answers)

    def close(self) -> None:
        self.connection.close()


def store(connection: psycopg.Connection[Any], folder: Path, record: bytes, photos: list[bytes]) -> None:
    check = uuid4()
    with connection.transaction():
        for photo in photos:
            name = hashlib.sha256(photo).hexdigest()
            write(folder, name, photo)
            add_file(connection, name, len(photo), check)
        name = hashlib.sha256(record).hexdigest()
        connection.execute("insert into bare_checks values (%s, %s, %s)", (check, record, name))


def add_file(connection: psycopg.Connection[Any], name: str, size: int, check: UUID) -> None:
    connection.execute("insert into bare_files values (%s, %s, %s) on conflict do nothing", (name, size, check))


def write(folder: Path, name: str, content: bytes) -> None:
    target, temporary = folder / name[:2] / name, folder / f"tmp-{uuid4()}"
    target.parent.mkdir(exist_ok=True)
    with temporary.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def naive_app() -> Flask:
    """A view as most would write it: a form with the record and its photos. It knows no accounts."""
    app = Flask(__name__)
    folder = Path(os.environ["BENCH_FOLDER"])
    pool: list[ConnectionPool] = []

    @app.post("/checks")
    def receive() -> str:
        if not pool:  # after the fork
            pool.append(ConnectionPool(os.environ["BENCH_DATABASE"], min_size=4, max_size=8, open=True))
        photos = [file.read() for file in request.files.getlist("photo")]
        with pool[0].connection() as connection:
            store(connection, folder, request.form["record"].encode(), photos)
        return "stored"

    return app
