"""Every refusal of geo has its words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import geo
from geo.boxes import BoundingBox
from geo.coordinates import LonLat
from geo.errors import GeoError, InvalidGeometry
from geo.geojson import PROBLEMS, read_geometry
from inspections.refused_places import REASONS, why


def _raised() -> Iterator[tuple[str, str]]:
    """(class, code) of every error that geo raises by a literal code."""
    for path in Path(geo.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                name, code = getattr(node.exc.func, "id", ""), node.exc.args[0]
                if name.startswith(("Invalid", "OutOfRange")) and isinstance(code, ast.Constant):
                    yield name, code.value


def test_every_code_that_geo_raises_has_words() -> None:
    raised = set(_raised())
    assert ("InvalidGrid", "too_fine") in raised
    assert ("OutOfRange", "looks_swapped") in raised
    assert [each for each in sorted(raised) if each[1] not in REASONS.get(each[0], {})] == []


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_every_problem_of_a_shape_has_words(code: str) -> None:
    said = str(why(InvalidGeometry(code, lon=117.0, lat=28.5, type="Polygon", crs="EPSG:3857")))
    assert "{" not in said


def test_the_words_say_where_a_shape_is_wrong() -> None:
    bow_tie = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    with pytest.raises(GeoError) as refused:
        read_geometry(bow_tie)
    assert str(why(refused.value)) == "边界自相交，位置 0.500000, 0.500000"


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (lambda: LonLat(31.7, 115.3), "经度和纬度像是写反了"),
        (lambda: LonLat(float("nan"), 1), "坐标不是有效的数字"),
        (lambda: LonLat.parse("31°70'0\"N 115°0'0\"E"), "分和秒都要小于 60"),
        (lambda: BoundingBox.parse("1,2,3"), "范围应是 西,南,东,北 四个经纬度"),
        (lambda: BoundingBox(2, 1, 1, 2), "范围的次序不对：应是 西,南,东,北"),
    ],
)
def test_what_is_refused_is_said_in_plain_words(attempt, words: str) -> None:
    with pytest.raises(GeoError) as refused:
        attempt()
    assert str(why(refused.value)) == words
