"""static/vendor as Chromium loads it: every script and every module is whole."""

import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.bin.house import BIN, ROOT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (ROOT / "node_modules/idb").exists(), reason="bin/setup has not run here"),
]

PAGE = """<!doctype html><meta charset="utf-8">
<script src="/leaflet/leaflet.js"></script>
<script src="/htmx/htmx.min.js"></script>
<script type="module" src="/page.js"></script>
"""
MODULE = """
import { openDB } from "/idb/index.js";
import { Upload } from "/tus/index.js";
import jsQR from "/jsqr/index.js";
const database = await openDB("probe", 1, { upgrade: (it) => it.createObjectStore("rows") });
await database.put("rows", "kept", 1);
window.found = {
  idb: await database.get("rows", 1),
  tus: Upload.name !== undefined && typeof Upload,
  codes: jsQR(new Uint8ClampedArray(40 * 40 * 4), 40, 40),
  script: typeof L.map,
  htmx: window.htmx.version.split(".")[0],
};
"""


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("static") / "vendor"
    subprocess.run(["node", BIN / "lib/vendor.mjs", folder], check=True)
    return folder


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address(vendor: Path) -> Iterator[str]:
    (vendor / "page.html").write_text(PAGE)
    (vendor / "page.js").write_text(MODULE)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(vendor))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_browser_loads_every_script_and_module(address: str, chromium: Browser) -> None:
    with chromium.new_page() as page:
        trouble: list[str] = []
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.goto(f"{address}/page.html")
        page.wait_for_function("window.found", timeout=30_000)
        found = page.evaluate("window.found")

    assert trouble == []
    assert found == {
        "idb": "kept",
        "tus": "function",
        "codes": None,
        "script": "function",
        "htmx": "2",
    }


def test_every_package_carries_its_licence_and_version(vendor: Path) -> None:
    for folder in vendor.iterdir():
        if folder.is_dir():
            assert (folder / "LICENSE").stat().st_size > 200, folder
            assert (folder / "VERSION").read_text().strip()


def test_the_stylesheets_find_their_pictures(vendor: Path) -> None:
    style = (vendor / "leaflet/leaflet.css").read_text()
    for picture in ("layers.png", "layers-2x.png", "marker-icon.png"):
        assert f"images/{picture}" in style
        assert (vendor / "leaflet/images" / picture).exists()
