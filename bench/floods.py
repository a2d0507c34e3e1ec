"""Ten thousand garbage tips through the app, as fast as one process takes them, with real tips between them.

As the app's role behind row-level security, each request with its own commit on a durable disk, without the
network. The real ones bring their proof of work and a photo, and their time is that of the whole request.
"""

import os
import statistics
from io import BytesIO
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from altcha import Challenge, Payload, solve_challenge
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import Engine, make_url, text
from sqlalchemy.orm import Session

from inspections.db import APP_ROLE, connect, new_id
from inspections.registry.counties import create_county
from webapp import create_app

from .intake import require_durable
from .result import Result
from .tiles_county import COUNTY, database, psycopg_url

NAME = "floods"
GARBAGE, EVERY, ADDRESSES = 10_000, 250, 1_000
LIMIT_MS, LIMIT_MB = 1_000.0, 260.0  # the disk: as many as are kept in a day, of the longest words
HERE = f"/report/{COUNTY}"


def run(full: bool) -> list[Result]:
    server = os.environ.get("MINGCHA_BENCH_DATABASE_URL") or os.environ["MINGCHA_TEST_DATABASE_URL"]
    require_durable(psycopg_url(server))
    with database(server) as url, TemporaryDirectory() as folder:
        engine = connect(url)
        with Session(engine) as session:
            create_county(session, COUNTY, "测量县", "测量县教育局")
            session.commit()
        app_url = make_url(url).set(username=APP_ROLE, password=None).render_as_string(hide_password=False)
        app = create_app({"APP_DATABASE_URL": app_url, "BLOB_STORE": f"file://{folder}", "SECRET_KEY": "bench"})
        before = megabytes(engine)
        garbage, real = flood(app.test_client())
        grown = megabytes(engine) - before
        app.extensions["engine"].dispose()
        engine.dispose()
    name = f"a real tip with its photo, one of {len(real)} among {GARBAGE:,} garbage ones"
    return [
        Result(f"{name}: median", statistics.median(real), LIMIT_MS, "≤ 1 ×", peer_name="limit"),
        Result(f"{name}: slowest", max(real), LIMIT_MS, "≤ 1 ×", peer_name="limit"),
        Result("a garbage tip, median", statistics.median(garbage), LIMIT_MS, peer_name="limit"),
        Result("what they leave in the database", grown, LIMIT_MB, "≤ 1 ×", unit="MB", peer_name="a day's most"),
    ]


def flood(client: FlaskClient) -> tuple[list[float], list[float]]:
    garbage, real = [], []
    for n in range(GARBAGE):
        garbage.append(once_of(client, letter(f"{n} 垃圾 " * 60), n % ADDRESSES))
        if n % EVERY == EVERY - 1:
            form = letter("真的：三楼有人在家里收费补数学，每次十来个孩子。")
            form |= {"altcha": worked(client, form["form_id"]), "files": (BytesIO(photo()), "广告.jpg")}
            real.append(once_of(client, form, ADDRESSES + n))
    return garbage, real


def once_of(client: FlaskClient, form: dict[str, Any], address: int) -> float:
    where = {"REMOTE_ADDR": f"10.{address >> 16}.{address >> 8 & 255}.{address & 255}"}
    start = perf_counter()
    answer = client.post(HERE, data=form, content_type="multipart/form-data", environ_base=where)
    took = (perf_counter() - start) * 1000
    assert answer.status_code == 201, answer.status_code
    return took


def letter(words: str) -> dict[str, Any]:
    return {"form_id": str(new_id()), "text": words, "place": "中学后门理发店楼上", "ends": "1"}


def worked(client: FlaskClient, form_id: str) -> str:
    challenge = Challenge.from_dict(client.get(f"{HERE}/challenge?form={form_id}").json)
    solution = solve_challenge(challenge)
    assert solution is not None
    return Payload(challenge, solution).to_base64()


def photo() -> bytes:
    file = BytesIO()
    Image.frombytes("RGB", (800, 600), os.urandom(800 * 600 * 3)).save(file, "JPEG", quality=80)
    return file.getvalue()


def megabytes(engine: Engine) -> float:
    with engine.connect() as connection:
        return (connection.scalar(text("select pg_database_size(current_database())")) or 0) / 1e6
