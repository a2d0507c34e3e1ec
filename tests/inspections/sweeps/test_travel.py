"""Ways by a routing engine: asked over real HTTP in the forms of OSRM and Valhalla, and never waited for."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from geo.coordinates import LonLat
from inspections.sweeps import travel as module
from inspections.sweeps.travel import PART, Ways, travel

PLACES = [LonLat(117.07, 28.69), LonLat(117.08, 28.69), LonLat(117.09, 28.70)]
Answer = Callable[["Engine", str, bytes], Any]


class Engine:
    """A server that speaks an engine's table service; `seconds` is what it says from one place to another."""

    def __init__(self, answer: Answer, seconds: Callable[[LonLat, LonLat], float | None]) -> None:
        self.asked: list[tuple[str, str]] = []
        self.seconds = seconds
        engine = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.reply(b"")

            def do_POST(self) -> None:
                self.reply(self.rfile.read(int(self.headers["Content-Length"])))

            def reply(self, body: bytes) -> None:
                engine.asked.append((self.command, urlsplit(self.path).path))
                found = answer(engine, self.path, body)
                content = found if isinstance(found, bytes) else json.dumps(found).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign] # who asked has hung up
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


def osrm(engine: Engine, path: str, body: bytes) -> Any:
    """The documented answer of /table/v1/driving/{lon,lat;…}?sources=…&destinations=…"""
    url = urlsplit(path)
    head, _, there = url.path.rpartition("/")
    assert head == "/table/v1/driving"
    places = [LonLat(*map(float, each.split(","))) for each in there.split(";")]
    assert len(places) <= 100  # osrm-routed's default
    asked = {name: [int(n) for n in values[0].split(";")] for name, values in parse_qs(url.query).items()
             if name != "annotations"}  # fmt: skip
    rows = [[engine.seconds(places[a], places[b]) for b in asked["destinations"]] for a in asked["sources"]]
    return {"code": "Ok", "durations": rows, "sources": [], "destinations": []}


def valhalla(engine: Engine, path: str, body: bytes) -> Any:
    """The documented answer of /sources_to_targets."""
    asked = json.loads(body)
    assert path == "/sources_to_targets"
    assert asked["costing"] == "auto"
    ends = {name: [LonLat(each["lon"], each["lat"]) for each in asked[name]] for name in ("sources", "targets")}
    assert len(ends["sources"]) * len(ends["targets"]) <= 2500  # valhalla's default
    return {"units": "kilometers", "sources_to_targets": [
        [{"from_index": i, "to_index": j, "time": engine.seconds(a, b), "distance": 1.0}
         for j, b in enumerate(ends["targets"])] for i, a in enumerate(ends["sources"])
    ]}  # fmt: skip


def one_way(a: LonLat, b: LonLat) -> float:
    """Eastward twice as long: a table that is turned round shows."""
    away = round((b.lon - a.lon) * 10_000)
    return 2.0 * away if away > 0 else -1.0 * away


@pytest.fixture
def start() -> Iterator[Callable[..., Engine]]:
    engines: list[Engine] = []

    def begin(answer: Answer, seconds: Callable[[LonLat, LonLat], float | None] = one_way) -> Engine:
        engines.append(Engine(answer, seconds))
        return engines[-1]

    yield begin
    for each in engines:
        each.server.shutdown()
        each.server.server_close()
    module._tables.clear()


@pytest.mark.parametrize(("kind", "answer"), [("osrm", osrm), ("valhalla", valhalla)])
def test_an_engine_says_the_ways_in_both_directions(start: Any, kind: str, answer: Answer) -> None:
    engine = start(answer)
    found = travel(PLACES, f"{kind}:{engine.url}", 1.3, 25)
    assert found.ways is Ways.ROAD
    assert found.seconds.tolist() == [[0, 200, 400], [100, 0, 200], [200, 100, 0]]
    assert found.seconds.dtype == np.int64


@pytest.mark.parametrize(("kind", "answer"), [("osrm", osrm), ("valhalla", valhalla)])
def test_more_places_than_an_engine_takes_are_asked_in_parts_and_only_once(
    start: Any, kind: str, answer: Answer
) -> None:
    engine = start(answer)
    places = [LonLat(117.0 + n / 1000, 28.6) for n in range(2 * PART + 7)]
    found = travel(places, f"{kind}:{engine.url}", 1.3, 25)
    assert found.ways is Ways.ROAD
    assert found.seconds[0, 106] == 2 * 1060
    assert found.seconds[106, 0] == 1060
    assert len(engine.asked) == 9
    assert travel(places, f"{kind}:{engine.url}", 1.3, 25).seconds.tolist() == found.seconds.tolist()
    assert len(engine.asked) == 9


def test_where_the_engine_knows_no_way_the_straight_line_stands(start: Any) -> None:
    engine = start(osrm, lambda a, b: None if b == PLACES[2] else 60)
    found = travel(PLACES, f"osrm:{engine.url}", 1.3, 25)
    straight = travel(PLACES, "", 1.3, 25).seconds
    assert found.ways is Ways.ROAD
    assert found.seconds[0, 1] == 60
    assert found.seconds[0, 2] == straight[0, 2] > 0


NONSENSE: dict[str, Any] = {
    "not json": b"<html>",
    "no table": {"code": "NoTable"},
    "another size": {"durations": [[0, 1], [1, 0]]},
    "negative": {"durations": [[0, -1, 1], [1, 0, 1], [1, 1, 0]]},
    "endless": {"durations": [[0, 1e9, 1], [1, 0, 1], [1, 1, 0]]},
    "words": {"durations": [["a", "b", "c"]] * 3},
    "a list": [1, 2, 3],
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_not_believed_and_said(start: Any, name: str, caplog: pytest.LogCaptureFixture) -> None:
    engine = start(lambda *_: NONSENSE[name])
    found = travel(PLACES, f"osrm:{engine.url}", 1.3, 25)
    assert found.ways is Ways.UNANSWERED
    assert found.seconds.tolist() == travel(PLACES, "", 1.3, 25).seconds.tolist()
    assert "no travel times" in caplog.text
    assert "117" not in caplog.text  # no place stands in a log


def test_an_engine_that_is_slow_away_or_misnamed_is_not_waited_for(
    start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.3)
    slow = start(lambda *_: time.sleep(1.5))
    before = time.monotonic()
    assert travel(PLACES, f"osrm:{slow.url}", 1.3, 25).ways is Ways.UNANSWERED
    assert time.monotonic() - before < 1.4
    away = start(osrm)
    away.server.shutdown()
    away.server.server_close()
    assert travel(PLACES, f"osrm:{away.url}", 1.3, 25).ways is Ways.UNANSWERED
    for url in ("http://127.0.0.1:1", "osrm:ftp://x", "valhalla:", "osrm:http://"):
        assert travel(PLACES, url, 1.3, 25).ways is Ways.UNANSWERED


def test_a_plan_of_one_place_asks_nobody() -> None:
    assert travel(PLACES[:1], "osrm:http://127.0.0.1:1", 1.3, 25).ways is Ways.STRAIGHT
