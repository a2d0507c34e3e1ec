import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "module",
    ["boxes", "coordinates", "datums", "errors", "exif", "geojson", "fixes.fix", "fixes.settling", "measurement"],
)
def test_examples_in_docstrings_are_true(module):
    result = doctest.testmod(importlib.import_module(f"geo.{module}"))
    assert result.attempted > 0
    assert result.failed == 0
