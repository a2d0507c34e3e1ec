import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from geo import warming

ROOT = Path(__file__).parents[2]


def test_every_module_with_compiled_loops_is_warmed():
    looping = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for package in ("geo", "inspections", "webapp")
        for file in (ROOT / package).rglob("*.py")
        if "@njit" in file.read_text("utf-8")
    }
    assert looping - {"geo.streams"} == set(warming.LOOPS)


def test_the_web_processes_start_without_numba():
    code = "import sys, webapp.cli, webapp.desk, webapp.field, webapp.api, webapp.portal, inspections.tables"
    code += "; sys.exit('numba' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_machine_code_is_kept_where_it_is_told(tmp_path):
    told = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    code = "from geo.permutation import _draw; import numpy; _draw(0, 1, 0, 3, numpy.empty((1, 2), numpy.int64))"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=told, check=True)
    assert list(tmp_path.rglob("permutation._draw*.nbi"))


def test_a_loop_that_cannot_be_compiled_stops_no_worker(monkeypatch, caplog: pytest.LogCaptureFixture):
    monkeypatch.setattr(warming, "LOOPS", ("geo.no_such_module",))
    with caplog.at_level(logging.ERROR):
        warming.warm_behind().join()
    assert "could not be made ready" in caplog.text
