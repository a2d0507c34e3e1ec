import contextlib
import datetime as dt
import io
import json
import re
import sqlite3
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from inspections.registry.imports.files import read_bytes, read_path
from inspections.registry.imports.tables import MAX_FILE_BYTES, FileKind, Unreadable


def _cells(table):
    return [row.values for row in table.rows()]


@pytest.fixture
def small():
    return [
        {"学校名称": "石镇镇中心小学", "所属镇街": "石镇镇", "经度": "117.10", "纬度": "28.80"},
        {"学校名称": "𠮷祥幼儿园（东）", "所属镇街": "梓埠镇", "经度": "117.01", "纬度": "28.90"},
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_csv_is_read_in_every_encoding(written, small, encoding, delimiter):
    table = read_bytes("名单.csv", written.as_csv(small, encoding=encoding, delimiter=delimiter))
    assert table.kind is FileKind.CSV
    assert [row.number for row in table.rows()] == [2, 3]
    assert [c["学校名称"] for c in _cells(table)] == ["石镇镇中心小学", "𠮷祥幼儿园（东）"]
    assert [c["经度"] for c in _cells(table)] == ["117.10", "117.01"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_geojson_is_read_in_every_encoding(written, small, encoding):
    table = read_bytes("名单.geojson", written.as_geojson(small, encoding))
    assert [c["学校名称"] for c in _cells(table)] == ["石镇镇中心小学", "𠮷祥幼儿园（东）"]
    assert next(table.rows()).geometry.coords[0] == (117.10, 28.80)


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030"])
@pytest.mark.parametrize("with_cpg", [True, False])
def test_a_zipped_shapefile_is_read_in_utf8_and_gbk(written, rows, tmp_path, encoding, with_cpg):
    table = read_bytes("名单.zip", written.as_shapefile(tmp_path, rows, encoding, with_cpg))
    assert table.kind is FileKind.SHAPEFILE
    assert table.encoding == encoding
    read = list(table.rows())
    assert [row.values["所属镇街"[:3] if encoding == "UTF-8" else "所属镇街"] for row in read] == [
        row["所属镇街"] for row in rows
    ]
    assert read[0].geometry.x == pytest.approx(float(rows[0]["经度"]))


@pytest.mark.parametrize(
    ("driver", "suffix", "kind"), [("GPKG", ".gpkg", FileKind.GEOPACKAGE), ("KML", ".kml", FileKind.KML)]
)
def test_a_geopackage_and_a_kml_are_read(written, rows, tmp_path, driver, suffix, kind):
    table = read_path(written.with_gdal(tmp_path, rows, driver, suffix))
    assert table.kind is kind
    assert [row.values["所属镇街"] for row in table.rows()] == [row["所属镇街"] for row in rows]
    assert next(table.rows()).geometry.y == pytest.approx(float(rows[0]["纬度"]))


def test_a_dbf_header_cut_inside_a_character_is_read(written, rows, tmp_path):
    data = written.as_shapefile(tmp_path, rows, "UTF-8")
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for member in source.infolist():
            whole = "学校名".encode() + b"\0"
            target.writestr(member, source.read(member).replace(whole, whole[:-1] + b"\xe7"))
    assert read_bytes("a.zip", out.getvalue()).columns[0] == "学校名"


def test_a_kml_in_gb18030_is_read(written, rows, tmp_path):
    text = written.with_gdal(tmp_path, rows, "KML", ".kml").read_text("utf-8")
    data = re.sub('encoding="utf-8"', 'encoding="GB2312"', text, flags=re.IGNORECASE)
    assert data != text
    table = read_bytes("名单.kml", data.encode("gb18030"))
    assert next(table.rows()).values["所属镇街"] == rows[0]["所属镇街"]


def test_a_kmz_is_read(written, rows, tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.write(written.with_gdal(tmp_path, rows, "KML", ".kml"), "doc.kml")
    assert len(list(read_bytes("名单.kmz", out.getvalue()).rows())) == len(rows)


def test_a_workbook_keeps_codes_dates_and_truth_as_people_read_them():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["学校名称", "统一社会信用代码", "成立日期", "寄宿", "学生数", "经度"])
        sheet.write_row(1, 0, ["一小", 361129000000123])
        sheet.write_datetime(1, 2, dt.datetime(2019, 9, 1), date)  # noqa: DTZ001 - a sheet knows no zone
        sheet.write_row(1, 3, [True, 820, 117.0512345])
    assert _cells(read_bytes("a.xlsx", out.getvalue())) == [
        {
            "学校名称": "一小",
            "统一社会信用代码": "361129000000123",
            "成立日期": "2019-09-01",
            "寄宿": "是",
            "学生数": "820",
            "经度": "117.0512345",
        }
    ]


def test_the_header_is_found_under_a_merged_title(written, small):
    table = read_bytes("a.xlsx", written.as_xlsx(small, title="万年县学校一览表（2026 年）"))
    assert table.columns[:2] == ("学校名称", "所属镇街")
    assert [row.number for row in table.rows()] == [3, 4]
    assert [str(note) for note in table.notes] == ["表头在第 2 行"]


def test_a_header_of_two_rows_is_joined():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["学校名称", "所属镇街", "空间位置", ""])
        sheet.write_row(1, 0, ["", "", "经度", "纬度"])
        sheet.write_row(2, 0, ["一小", "石镇镇", 117.1, 28.8])
    table = read_bytes("a.xlsx", out.getvalue())
    assert table.columns == ("学校名称", "所属镇街", "经度", "纬度")
    assert [row.number for row in table.rows()] == [3]


def test_repeated_and_blank_headers_get_names_of_their_own():
    table = read_bytes("a.csv", "名称,电话,电话,\n一小,1,2,3\n".encode())
    assert table.columns == ("名称", "电话", "电话 (2)", "第4列")


def test_an_empty_first_sheet_is_passed_over():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet("说明")
        sheet = book.add_worksheet("数据")
        sheet.write_row(0, 0, ["学校名称", "地址"])
        sheet.write_row(1, 0, ["一小", "建德大街 1 号"])
    table = read_bytes("a.xlsx", out.getvalue())
    assert table.layer == "数据"
    assert table.layers == ("说明", "数据")


def test_a_workbook_named_csv_is_read_by_its_content(written, small):
    assert read_bytes("名单.csv", written.as_xlsx(small)).kind is FileKind.WORKBOOK


def test_control_characters_and_zero_width_spaces_are_cleaned_away():
    table = read_bytes("a.csv", "名称,地址\n\u200b一\x00小\u202e,\u3000街 1\n".encode())
    assert _cells(table) == [{"名称": "一小", "地址": "街 1"}]


def test_projected_coordinates_become_degrees(shared_data):
    document = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4548"}},
        "features": [
            {
                "type": "Feature",
                "properties": {"名称": "一小"},
                "geometry": {"type": "Point", "coordinates": [500000.0, 3186000.0]},
            }
        ],
    }
    table = read_bytes("a.geojson", json.dumps(document).encode())
    point = next(table.rows()).geometry
    assert point.x == pytest.approx(117.0, abs=1e-6)
    assert point.y == pytest.approx(28.79, abs=0.02)
    assert "已换算成经纬度" in str(table.notes[0])


def test_a_broken_geometry_leaves_its_row(written):
    text = (
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"甲"},"geometry":{"type":"Point",'
        '"coordinates":["x"]}},{"type":"Feature","properties":{"name":"乙"},"geometry":null}]}'
    )
    assert [(r.values["name"], r.geometry) for r in read_bytes("a.json", text.encode()).rows()] == [
        ("甲", None),
        ("乙", None),
    ]


def _zip(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _encrypted(data):
    """The same archive with the encryption flag set in both headers, as a password sets it."""
    out = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = out.find(signature)
        while at >= 0:
            out[at + offset] |= 1
            at = out.find(signature, at + 1)
    return bytes(out)


def _sparse_workbook():
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<sheetData><row r="1048576">'
        '<c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    return _zip({"xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": sheet})


UTF8_WITH_A_BAD_BYTE = ("名称,地址\n" + "石镇镇中心小学,建德大街\n" * 50).encode() + b"\xff\xfe\n"

BAD_FILES = {
    "0 bytes": (b"", "文件是空的（0 字节）"),
    "only spaces": (b"  \n \n", "文件里没有内容"),
    "a PDF named csv": (b"%PDF-1.7 ...", "这是 PDF 文件"),
    "a photo": (b"\xff\xd8\xff\xe0....", "这是 JPEG 文件"),
    "a RAR": (b"Rar!\x1a\x07", "这是 RAR 文件"),
    "a Word file": (_zip({"word/document.xml": "<w/>"}), "这是 Word 文件"),
    "a bare .shp": (b"\x00\x00\x27\x0a" + bytes(100), "请把 .shp .shx .dbf .prj 一起压缩成 zip"),
    "a web page named xls": (b"<html><table><tr><td>1</td></tr></table></html>", "这是网页表格"),
    "a cut zip": (_zip({"a.shp": b"x" * 1000})[:60], "压缩包已损坏"),
    "a zip with a password": (_encrypted(_zip({"a.shp": b"x"})), "压缩包有密码"),
    "a zip of nothing known": (_zip({"a.txt": b"x"}), "压缩包里没有 .shp 或 .kml 文件（有：a.txt）"),
    "a shapefile without dbf": (_zip({"a.shp": b"\x00\x00\x27\x0a", "a.shx": b""}), "缺少同名的 .dbf 文件"),
    "a zip bomb": (_zip({"a.shp": bytes(450 * 2**20)}), "解压后超过 400 MB"),
    "too many members": (_zip({f"{i}.txt": b"" for i in range(2001)}), "压缩包里有 2001 个文件"),
    "a broken workbook": (_zip({"xl/workbook.xml": "<broken", "[Content_Types].xml": "x"}), "工作簿已损坏"),
    "a sheet of one far cell": (_sparse_workbook(), "工作表写到第 1048576 行"),
    "a broken old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "工作簿已损坏"),
    "half a GeoJSON": (b'{"type": "FeatureCollection", "features": [', "不是完整的 JSON：第 1 行第"),
    "JSON of something else": (b'{"type": "Topology", "objects": {}}', "不是 GeoJSON：type 是“Topology”"),
    "no features": (b'{"type": "FeatureCollection", "features": []}', "文件里没有要素"),
    "very deep JSON": (b'{"type":"x","a":' + b"[" * 200_000, "JSON"),
    "an unknown projection": (
        b'{"type":"FeatureCollection","crs":{"properties":{"name":"EPSG:999999"}},"features":[]}',
        "不认识文件声明的坐标系“EPSG:999999”",
    ),
    "XML of something else": (b"<?xml version='1.0'?><gpx></gpx>", "这个 XML 文件不是 KML"),
    "KML with entities": (b"<?xml version='1.0'?><!DOCTYPE kml [<!ENTITY a 'b'>]><kml>&a;</kml>", "DOCTYPE"),
    "half a KML": (b"<?xml version='1.0'?><kml xmlns='http://www.opengis.net/kml/2.2'><Doc", "文件"),
    "a broken GeoPackage": (b"SQLite format 3\0" + bytes(100), "这个 GeoPackage 已损坏"),
    "UTF-8 with a bad byte": (UTF8_WITH_A_BAD_BYTE, "文件是 UTF-8，但第 52 行有损坏的字节"),
    "no encoding at all": (b"\xe5\x90\xff\xff,\xff\xa0\n" * 20, "认不出文字编码"),
    "an open quote": (b'name,address\n"a,b\n' + b"x,y\n" * 60_000, "没成对的引号"),
    "binary rubbish": (bytes(range(1, 32)) * 50, "认不出这是什么文件"),
    "a huge cell": (b"name,address\na," + b"x" * 20_000 + b"\n", "超过 10000 个字"),
    "too many columns": (",".join(f"c{i}" for i in range(301)).encode() + b"\n1\n", "表头有 301 列"),
    "too many rows": (b"name,address\n" + b"a,b\n" * 200_001, "文件超过 200000 行"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_by_name(name):
    data, words = BAD_FILES[name]
    with pytest.raises(Unreadable) as refusal:
        list(read_bytes("名单.csv", data).rows())
    assert words in str(refusal.value)


def test_a_workbook_with_a_password_says_so():
    with pytest.raises(Unreadable, match="工作簿有打开密码"):
        read_bytes("a.xlsx", _password_protected_workbook())


def _password_protected_workbook():
    """An encrypted workbook is a compound file with a stream of this name."""
    magic = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    return magic + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(400)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(Unreadable, match="超过 100 MB"):
        read_path(path)


def test_a_missing_file_is_named():
    with pytest.raises(Unreadable, match="找不到文件“没有"):
        read_path(Path("没有.csv"))


def test_a_geopackage_with_a_virtual_table_is_not_opened(written, rows, tmp_path):
    path = written.with_gdal(tmp_path, rows, "GPKG", ".gpkg")
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA writable_schema=1")
        database.execute(
            "INSERT INTO sqlite_master(type,name,tbl_name,rootpage,sql) VALUES"
            "('table','x','x',0,'CREATE VIRTUAL TABLE x USING VirtualOGR(''/etc/passwd'')')"
        )
        database.commit()
    with pytest.raises(Unreadable, match="含有虚拟表"):
        read_path(path)


def test_names_inside_a_zip_lead_nowhere(written, rows, tmp_path):
    data = written.as_shapefile(tmp_path, rows, "UTF-8")
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for member in source.infolist():
            target.writestr("../../../../tmp/" + member.filename.split("/")[-1], source.read(member))
    table = read_bytes("a.zip", out.getvalue())
    assert len(list(table.rows())) == len(rows)
    assert not list(Path("/tmp").glob("名单.*"))


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_by_name(data):
    with contextlib.suppress(Unreadable):
        list(read_bytes("x", data).rows())
