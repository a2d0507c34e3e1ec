"""Files as counties send them, written afresh in every format and encoding."""

import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pyogrio.raw
import shapely
import xlsxwriter

from geo.coordinates import from_wgs84
from inspections.registry.imports.datums import Outlines
from inspections.registry.imports.files import read_path

HEADER = ["学校名称", "所属镇街", "经度", "纬度", "统一社会信用代码", "备注"]


def as_csv(rows, header=HEADER, encoding="utf-8", delimiter=","):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows([[row.get(name, "") for name in header] for row in rows])
    return out.getvalue().encode(encoding)


def as_xlsx(rows, header=HEADER, title=None, sheet="名单"):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet(sheet)
        top = 0
        if title:
            page.merge_range(0, 0, 0, len(header) - 1, title)
            top = 1
        for column, name in enumerate(header):
            page.write_string(top, column, name)
            for place, row in enumerate(rows, start=top + 1):
                value = row.get(name, "")
                if isinstance(value, str):
                    page.write_string(place, column, value)
                else:
                    page.write(place, column, value)
    return out.getvalue()


def as_geojson(rows, encoding="utf-8"):
    features = [
        {
            "type": "Feature",
            "properties": {k: v for k, v in row.items() if k not in ("经度", "纬度")},
            "geometry": {"type": "Point", "coordinates": [float(row["经度"]), float(row["纬度"])]},
        }
        for row in rows
    ]
    document = {"type": "FeatureCollection", "features": features}
    return json.dumps(document, ensure_ascii=False).encode(encoding)


def with_gdal(folder: Path, rows, driver, suffix, encoding=None):
    """GeoPackage, KML, or the parts of a shapefile in a folder."""
    names = [name for name in HEADER if name not in ("经度", "纬度")]
    points = [shapely.Point(float(row["经度"]), float(row["纬度"])) for row in rows]
    path = folder / f"名单{suffix}"
    pyogrio.raw.write(
        path,
        shapely.to_wkb(points),
        [np.array([row.get(name, "") for row in rows], dtype=object) for name in names],
        [_cut(name, encoding) if encoding else name for name in names],
        geometry_type="Point",
        crs="EPSG:4326",
        driver=driver,
        encoding=encoding,
    )
    return path


def _cut(name, encoding):
    """DBF keeps 10 bytes of a name."""
    return name.encode(encoding)[:10].decode(encoding, "ignore")


def as_shapefile(folder: Path, rows, encoding, with_cpg=True):
    path = with_gdal(folder, rows, "ESRI Shapefile", ".shp", encoding)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.glob("名单.*")):
            if part.suffix != ".cpg" or with_cpg:
                archive.writestr(f"数据/{path.stem}{part.suffix}", part.read_bytes())
    return out.getvalue()


def in_datum(places, datum):
    """(township, lon, lat) in WGS-84 as rows of a list in `datum`, named 第n小学."""
    lon, lat = from_wgs84(np.array([p[1] for p in places]), np.array([p[2] for p in places]), datum)
    return [
        {"学校名称": f"第{i}小学", "所属镇街": place[0], "经度": f"{x:.7f}", "纬度": f"{y:.7f}"}
        for i, (place, x, y) in enumerate(zip(places, lon, lat, strict=True), start=1)
    ]


def outlines(shared_data: Path) -> Outlines:
    """The real county with its twelve townships, in WGS-84."""
    folder = shared_data / "admin/wannian_361129"
    county = next(read_path(folder / "county_cgcs2000.geojson").rows()).geometry
    townships = {row.values["name"]: row.geometry for row in read_path(folder / "townships_wgs84.geojson").rows()}
    return Outlines(county, townships)


def random_places(known: Outlines, count: int = 600):
    """Seeded random places, each with the township it lies in: (township, lon, lat)."""
    rng = np.random.default_rng(361129)
    names = sorted(known.townships)
    found = []
    while len(found) < count:
        name = names[rng.integers(len(names))]
        west, south, east, north = known.townships[name].bounds
        x, y = rng.uniform(west, east), rng.uniform(south, north)
        if shapely.contains_xy(known.townships[name], x, y):
            found.append((name, float(x), float(y)))
    return found
