"""How long ways between places take: by the straight line, or as a routing engine in the county's network says.

`MINGCHA_TRAVEL_URL` is `osrm:http://host:5000` or `valhalla:http://host:8002`. An engine that is slow, away or
talks nonsense is not waited for: the straight line takes its place, and the plan says so.
"""

import json
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from itertools import product
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from geo.coordinates import LonLat

from ..errors import say
from ..vocabulary import Choice

log = logging.getLogger(__name__)

Seconds = NDArray[np.int64]
Ask = Callable[[str, list[LonLat], list[LonLat], float], NDArray[np.float64]]

PATIENCE_S = 3.0  # for all requests of a plan together
PART = 50  # osrm-routed takes a hundred places at once by default, valhalla 50 × 50
MOST_BYTES = 8_000_000
LONGEST_S = 86_400
KEPT = 32
METRES_A_DEGREE = 111_195.0


class Ways(Choice):
    """What travel times are from. UNANSWERED: the engine was asked in vain."""

    STRAIGHT = "straight", say("直线距离乘系数")
    ROAD = "road", say("道路导航")
    UNANSWERED = "unanswered", say("道路导航没有应答，改用直线距离乘系数")


@dataclass(frozen=True)
class Travel:
    """`seconds[a, b]` from place a to place b, and what they are from."""

    seconds: Seconds
    ways: Ways


class Unanswered(Exception):
    """The engine gave no table. The words name no place: they go to the log."""


def travel(places: Sequence[LonLat], url: str, factor: float, speed_kmh: float) -> Travel:
    """The ways between all places. Without a `url`, and where the engine knows no way, the straight line times a
    `factor` at `speed_kmh`.
    """
    straight = _straight(places, factor, speed_kmh)
    if not url or len(places) < 2:
        return Travel(straight, Ways.STRAIGHT)
    try:
        asked = _kept_or_asked(places, url)
    except Unanswered as error:
        log.warning("no travel times: %s", error)
        return Travel(straight, Ways.UNANSWERED)
    return Travel(np.where(np.isnan(asked), straight, np.nan_to_num(asked)).astype(np.int64), Ways.ROAD)


def _straight(places: Sequence[LonLat], factor: float, speed_kmh: float) -> Seconds:
    from geo.routes import straight_line

    lons, lats = (np.array(each) for each in zip(*places, strict=True))
    x_m = lons * METRES_A_DEGREE * np.cos(np.radians(lats.mean()))
    return straight_line(x_m, lats * METRES_A_DEGREE, factor, speed_kmh)


# A plan is solved many times, and the ways stay what they are. In memory alone: places are secret.
_tables: "OrderedDict[tuple[Any, ...], NDArray[np.float64]]" = OrderedDict()
_lock = Lock()


def _kept_or_asked(places: Sequence[LonLat], url: str) -> NDArray[np.float64]:
    key = (url, *(tuple(place) for place in places))
    with _lock:
        if key in _tables:
            _tables.move_to_end(key)
            return _tables[key]
    table = _ask(places, url)
    with _lock:
        _tables[key] = table
        while len(_tables) > KEPT:
            _tables.popitem(last=False)
    return table


def _ask(places: Sequence[LonLat], url: str) -> NDArray[np.float64]:
    kind, _, address = url.partition(":")
    asks: dict[str, Ask] = {"osrm": _osrm, "valhalla": _valhalla}
    if kind not in asks or urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname:
        raise Unanswered("MINGCHA_TRAVEL_URL begins with osrm:http… or valhalla:http…")
    end = monotonic() + PATIENCE_S
    parts = [range(at, min(at + PART, len(places))) for at in range(0, len(places), PART)]
    pairs = list(product(parts, parts))
    table = np.empty((len(places), len(places)))
    with ThreadPoolExecutor(4) as pool:
        blocks = pool.map(lambda pair: asks[kind](address, _of(places, pair[0]), _of(places, pair[1]), end), pairs)
        for (rows, columns), block in zip(pairs, blocks, strict=True):
            table[np.ix_(rows, columns)] = block
    np.fill_diagonal(table, 0)
    return table


def _of(places: Sequence[LonLat], part: range) -> list[LonLat]:
    return [places[n] for n in part]


def _osrm(address: str, sources: list[LonLat], targets: list[LonLat], end: float) -> NDArray[np.float64]:
    """https://project-osrm.org/docs/v5.24.0/api/#table-service: `durations` in seconds, null without a way."""
    there = ";".join(f"{lon:.5f},{lat:.5f}" for lon, lat in (*sources, *targets))
    rows, columns = range(len(sources)), range(len(sources), len(sources) + len(targets))
    asked = f"annotations=duration&sources={_list(rows)}&destinations={_list(columns)}"
    answer = _call(address, f"/table/v1/driving/{there}?{asked}", None, end)
    return _table(answer.get("durations"), len(sources), len(targets))


def _list(numbers: range) -> str:
    return ";".join(map(str, numbers))


def _valhalla(address: str, sources: list[LonLat], targets: list[LonLat], end: float) -> NDArray[np.float64]:
    """https://valhalla.github.io/valhalla/api/matrix/api-reference/: rows of `{"time": seconds or null}`."""
    asked = {name: [{"lon": lon, "lat": lat} for lon, lat in places]
             for name, places in (("sources", sources), ("targets", targets))}  # fmt: skip
    answer = _call(address, "/sources_to_targets", asked | {"costing": "auto"}, end)
    rows = answer.get("sources_to_targets")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise Unanswered("an answer that is no table")
    cells = [[each.get("time") if isinstance(each, dict) else "" for each in row] for row in rows]
    return _table(cells, len(sources), len(targets))


def _table(rows: Any, height: int, width: int) -> NDArray[np.float64]:
    """Seconds, NaN where there is no way. Nothing is believed that an engine says: not the shape, not a number."""
    try:
        table = np.array(rows, dtype=float)
    except (TypeError, ValueError):
        raise Unanswered("an answer that is no table") from None
    if table.shape != (height, width) or not ((table >= 0) & (table < LONGEST_S) | np.isnan(table)).all():
        raise Unanswered("an answer of another size or with impossible times")
    return np.ceil(table)


def _call(address: str, path: str, body: Any, end: float) -> dict[str, Any]:
    url = urlsplit(address)
    left_s = end - monotonic()
    if left_s <= 0:
        raise Unanswered("the engine is too slow")
    make = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = make(url.hostname or "", url.port, timeout=left_s)
    try:
        content = None if body is None else json.dumps(body)
        connection.request("GET" if body is None else "POST", url.path.rstrip("/") + path, content,
                           {"Content-Type": "application/json"} if content else {})  # fmt: skip
        answer = connection.getresponse()
        found = json.loads(_read(answer, end))
    except (OSError, HTTPException, ValueError, RecursionError) as error:
        raise Unanswered(type(error).__name__) from None
    finally:
        connection.close()
    if answer.status != 200 or not isinstance(found, dict):
        raise Unanswered(f"status {answer.status}")
    return found


def _read(answer: HTTPResponse, end: float) -> bytes:
    """The body, of `MOST_BYTES` at most, in the time that is left: a drip of bytes resets a socket's timeout."""
    content = bytearray()
    while piece := answer.read1(65_536):
        content += piece
        if len(content) > MOST_BYTES or monotonic() > end:
            raise Unanswered("the answer is too long or too slow")
    return bytes(content)
