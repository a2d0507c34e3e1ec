"""The shift that the browser gives to GCJ-02 tiles, against the product's own datums."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from geo.datums import Datum, from_wgs84

ROOT = Path(__file__).parents[3]
SCRIPT = """
import { toGcj02 } from "./static/desk/map/gcj02.js";
let text = "";
for await (const piece of process.stdin) text += piece;
console.log(JSON.stringify(JSON.parse(text).map(toGcj02)));
"""


def test_the_browser_shifts_tiles_exactly_as_the_server_shifts_positions() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    numbers = np.random.default_rng(20261121)
    lon, lat = numbers.uniform(60, 145, 2000), numbers.uniform(-5, 60, 2000)
    given = json.dumps(np.column_stack([lon, lat]).tolist())
    run = subprocess.run(
        [node, "--input-type=module", "-e", SCRIPT],
        input=given,
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    browser = np.array(json.loads(run.stdout))
    server = np.column_stack(from_wgs84(lon, lat, Datum.GCJ02))
    assert np.abs(browser - server).max() < 1e-10
    assert np.abs(server - np.column_stack([lon, lat])).max() > 1e-3
