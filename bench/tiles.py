"""Vector tiles of sites at zooms 8 to 14, through row-level security and over HTTP.

Ours through the app's role, in an open transaction, against the best plain SQL over tables that are made for it
and that no policy guards; then both servers, one client: ours with a signed-in cookie, and tipg, which gives
at most 10,000 points a tile and no counts. Medians; the note has the 95th percentiles.
"""

import os
import time
from collections.abc import Callable
from contextlib import ExitStack

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.tiles import Tile
from inspections.db import connect, scope
from inspections.registry.people import Person
from inspections.registry.site_tiles import tile_of_sites

from .result import Result
from .tiles_county import COUNTY, Bench, add_dispatcher, county_of
from .tiles_peers import our_server, peers, plain_sql, tipg_server

NAME = "tiles"
ZOOMS = range(8, 15)
LOW = range(8, 12)
TileOf = Callable[[Tile], bytes]


def run(full: bool) -> list[Result]:
    server = os.environ.get("MINGCHA_BENCH_DATABASE_URL") or os.environ["MINGCHA_TEST_DATABASE_URL"]
    results = []
    for sites in (10_000, 100_000, 1_000_000) if full else (10_000, 100_000):
        with county_of(server, sites) as county:
            results += measure(county, 40 if full else 12)
    return results


def measure(county: Bench, tiles: int) -> list[Result]:
    sites = len(county.lon)
    print(f"{sites:,} sites: loaded in {county.load_s:.1f} s, counted in {county.fold_s:.1f} s", flush=True)
    add_dispatcher(county.url)
    asked = {zoom: tiles_of(county, zoom, tiles) for zoom in ZOOMS}
    with ExitStack() as stack:
        plain = stack.enter_context(plain_sql(county.url))
        own = stack.enter_context(Session(connect(county.app_url)))
        scope(own, COUNTY)
        person = own.scalars(select(Person)).one()  # whoever may see the whole county
        ours: TileOf = lambda tile: tile_of_sites(own, person, tile, {})  # noqa: E731
        results = [
            compare(
                f"{sites:,} sites, zoom {zoom}, SQL", ours, plain, asked[zoom], "plain SQL", target(sites, zoom)
            )
            for zoom in ZOOMS
        ]
        own.rollback()
        if not has_route():
            print("this version serves no tiles: nothing measured over HTTP")
            return results
        if not (peers() / "bin/uvicorn").exists():
            print(f"no tipg in {peers()}: run bin/bench")
            return results
        served = stack.enter_context(our_server(county.app_url))
        tipg = stack.enter_context(tipg_server(county.url))
        return results + [
            compare(
                f"{sites:,} sites, zoom {zoom}, HTTP", served, tipg, asked[zoom], "tipg", http_target(sites, zoom)
            )
            for zoom in ZOOMS
        ]


def target(sites: int, zoom: int) -> str:
    return "≤ 1.5 ×" if sites == 1_000_000 else ""


def http_target(sites: int, zoom: int) -> str:
    return "≥ 5 × less" if sites == 1_000_000 and zoom in LOW else ""


def has_route() -> bool:
    from webapp import create_app

    app = create_app({"APP_DATABASE_URL": "postgresql+psycopg://"})
    return any("/tiles/sites/" in rule.rule for rule in app.url_map.iter_rules())


def tiles_of(county: Bench, zoom: int, most: int) -> list[Tile]:
    """Tiles around sites chosen at random, so that towns come more often, as they do for people."""
    chosen = np.random.default_rng(zoom).integers(0, len(county.lon), 4 * most)
    found = dict.fromkeys(Tile.at(zoom, county.lon[i], county.lat[i]) for i in chosen)
    return list(found)[:most]


def compare(name: str, ours: TileOf, peer: TileOf, tiles: list[Tile], peer_name: str, target: str) -> Result:
    """They take turns; a few tiles are asked for more often, so that there are enough figures."""
    for warm in tiles[:3]:
        assert ours(warm), f"{name}: we give nothing for {warm}"
        assert peer(warm), f"{name}: {peer_name} gives nothing for {warm}"
    asked = tiles * max(1, 12 // len(tiles))
    times = [(milliseconds(ours, tile), milliseconds(peer, tile)) for tile in asked]
    (own, own_slow), (other, other_slow) = np.percentile(times, [50, 95], axis=0).T
    note = f"{len(tiles)} tiles, p95 {own_slow:.3g} and {other_slow:.3g} ms"
    return Result(name, float(own), float(other), target, note, peer_name=peer_name)


def milliseconds(tile_of: TileOf, tile: Tile) -> float:
    """Without collecting garbage first, as `bench.result` does: that takes longer than many a tile."""
    start = time.perf_counter()
    tile_of(tile)
    return (time.perf_counter() - start) * 1000
