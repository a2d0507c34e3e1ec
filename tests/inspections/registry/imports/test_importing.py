"""Bringing the real county and made-up lists in, on a real database."""

import itertools
import json

import pytest
import shapely
from geoalchemy2.shape import to_shape
from sqlalchemy import Engine, func, select

from geo.coordinates import Datum
from inspections.errors import Invalid, NotFound
from inspections.registry import credit_code
from inspections.registry.areas import Area, AreaLevel
from inspections.registry.imports.columns import Subject
from inspections.registry.imports.files import read_bytes, read_path
from inspections.registry.imports.importing import apply, plan
from inspections.registry.imports.plans import Action, Options
from inspections.registry.licences import Licence, LicenceKind
from inspections.registry.sites import LicenceState, Site, SiteCategory, SiteKind, SiteState

COUNTY = "361129"
ZENGDU = "421303"
WGS84 = Options(datum=Datum.WGS84)

pytestmark = pytest.mark.shared


def bring_in(session, path, options=WGS84, county=COUNTY, subject=Subject.AREAS):
    return apply(session, county, subject, read_path(path), options)


def bring_list(session, data, options=WGS84, name="名单.csv"):
    return apply(session, COUNTY, Subject.SITES, read_bytes(name, data), options)


def look(session, data, options=WGS84, name="名单.csv", subject=Subject.SITES):
    return plan(session, COUNTY, subject, read_bytes(name, data), options)


def messages(planned):
    return [(p.row, str(p.message)) for p in planned.problems]


def count(session, model=Site):
    return session.scalar(select(func.count()).select_from(model).where(model.county == COUNTY))


def with_code(body):
    return body + credit_code.check_digit(body)


@pytest.fixture
def county(session, shared_data):
    """Wannian with its outline and its twelve townships."""
    folder = shared_data / "admin/wannian_361129"
    bring_in(session, folder / "county_cgcs2000.geojson")
    bring_in(session, folder / "townships_wgs84.geojson", Options(level="township"))
    return COUNTY


# -- areas ----------------------------------------------------------------------------------------------------


def test_the_real_county_comes_in_with_its_twelve_townships(session, county):
    root = session.scalars(select(Area).where(Area.level == AreaLevel.COUNTY)).one()
    townships = session.scalars(select(Area).where(Area.level == AreaLevel.TOWNSHIP)).all()
    assert (root.name, root.code) == ("万年县", "361129")
    assert len(townships) == 12
    assert {t.parent_id for t in townships} == {root.id}
    assert to_shape(root.boundary).is_valid


def test_townships_in_gcj02_land_on_the_same_ground_as_those_in_wgs84(session, shared_data):
    folder = shared_data / "admin/wannian_361129"
    bring_in(session, folder / "county_cgcs2000.geojson")
    planned = bring_in(session, folder / "townships_gcj02.geojson", Options(level="township"))
    assert planned.datum is Datum.GCJ02
    stored = {a.name: to_shape(a.boundary) for a in session.scalars(select(Area)) if a.level is AreaLevel.TOWNSHIP}
    for row in read_path(folder / "townships_wgs84.geojson").rows():
        same = shapely.intersection(stored[row.values["name"]], row.geometry).area
        assert same > 0.9999 * row.geometry.area


def test_an_outline_without_a_name_is_the_countys(session, shared_data):
    path = shared_data / "admin/wannian_361129/county_gcj02.geojson"
    planned = bring_in(session, path, Options(datum=Datum.GCJ02, level="county"))
    assert [(c.name, c.action) for c in planned.changes] == [("万年县", Action.NEW)]


def test_the_first_outline_of_a_county_cannot_tell_its_datum(session, shared_data):
    path = shared_data / "admin/wannian_361129/county_gcj02.geojson"
    with pytest.raises(Invalid) as refusal:
        bring_in(session, path, Options(level="county"))
    assert str(refusal.value.message) == "请先选择坐标系：本县还没有边界，无从比对，请选择坐标系"


def test_areas_come_in_twice_and_stay_the_same(session, county, shared_data):
    planned = bring_in(
        session, shared_data / "admin/wannian_361129/townships_wgs84.geojson", Options(level="township")
    )
    assert planned.counts["unchanged"] == 12
    assert count(session, Area) == 13


def test_codes_of_two_sources_meet_on_the_name(session, shared_data):
    from inspections.db import scope

    scope(session, ZENGDU)
    folder = shared_data / "admin/suizhou"
    bring_in(session, folder / "streets_421303.csv", Options(level="township"), ZENGDU)
    other = "code,name\n421303122,何店镇\n421303003,南郊街道（办事处）\n".encode()
    planned = apply(session, ZENGDU, Subject.AREAS, read_bytes("a.csv", other), Options(level="township"))
    assert [c.action for c in planned.changes] == [Action.CHANGED, Action.CHANGED]
    hedian = session.scalars(select(Area).where(Area.name == "何店镇")).one()
    assert (hedian.code, hedian.aliases) == ("421303102", ["421303122"])
    villages = bring_in(session, folder / "villages_421303.csv", Options(level="village"), ZENGDU)
    assert villages.counts["new"] == 213
    parents = {a.id: a for a in session.scalars(select(Area).where(Area.level == AreaLevel.TOWNSHIP))}
    for village in session.scalars(select(Area).where(Area.level == AreaLevel.VILLAGE)):
        assert village.code[:9] == parents[village.parent_id].code
    again = bring_in(session, folder / "villages_421303.csv", Options(level="village"), ZENGDU)
    assert again.counts["unchanged"] == 213


def test_villages_without_their_township_are_refused(session, shared_data):
    data = "code,name,streetCode\n361129100001,某某村,361129100\n".encode()
    with pytest.raises(Invalid, match="有 1 行有错误，一行也没有导入"):
        apply(session, COUNTY, Subject.AREAS, read_bytes("a.csv", data), Options())
    assert messages(look(session, data, Options(), subject=Subject.AREAS)) == [
        (2, "找不到上级镇街；请先导入镇街，或在文件里写明上级名称")
    ]


def test_neighbours_in_the_same_file_are_passed_over(session, shared_data):
    from inspections.db import scope

    scope(session, ZENGDU)
    path = shared_data / "admin/suizhou/districts_cgcs2000.geojson"
    planned = bring_in(session, path, Options(datum=Datum.CGCS2000), ZENGDU)
    assert [(c.name, c.action) for c in planned.changes if c.action is Action.NEW] == [("曾都区", Action.NEW)]
    assert planned.counts["skipped"] == 2
    assert "不是本县（曾都区），跳过" in [text for _, text in messages(planned)]


@pytest.fixture(scope="module")
def shared_engine(app_engine: Engine) -> Engine:
    """What the owner commits here is for this module alone."""
    return app_engine


def test_a_city_without_counties_takes_its_towns(session, owner_engine, shared_data):
    from sqlalchemy.orm import Session

    from inspections.db import scope
    from inspections.registry.counties import County

    with Session(owner_engine) as owner:
        owner.merge(County(code="441900", name="东莞市", bureau="东莞市教育局"))
        owner.commit()
    scope(session, "441900")
    path = shared_data / "admin/dongguan_441900_townships_wgs84.geojson"
    planned = bring_in(session, path, Options(datum=Datum.WGS84, level="township"), "441900")
    assert planned.counts["new"] == 34
    root = session.scalars(select(Area).where(Area.parent_id.is_(None))).one()
    assert (root.level, root.name) == (AreaLevel.PREFECTURE, "东莞市")


def _polygon(name, ring):
    feature = {
        "type": "Feature",
        "properties": {"name": name},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


BOW_TIE = [[117.0, 28.7], [117.1, 28.8], [117.1, 28.7], [117.0, 28.8], [117.0, 28.7]]


def test_a_polygon_that_crosses_itself_is_refused_with_its_place(session, county):
    planned = look(session, _polygon("新设镇", BOW_TIE), subject=Subject.AREAS)
    assert messages(planned) == [(1, "边界自相交，位置 117.05 28.75；请修好，或选择自动修复")]
    assert planned.counts["refused"] == 1


def test_a_polygon_that_crosses_itself_is_mended_when_asked(session, county):
    table = read_bytes("a.geojson", _polygon("新设镇", BOW_TIE))
    planned = apply(session, COUNTY, Subject.AREAS, table, Options(datum=Datum.WGS84, repair=True))
    assert messages(planned)[0] == (1, "边界自相交，已自动修复，面积变化 100.00%")
    stored = session.scalars(select(Area).where(Area.name == "新设镇")).one()
    assert to_shape(stored.boundary).is_valid


def test_a_township_drawn_elsewhere_is_refused(session, county):
    ring = [[x + 3, y] for x, y in [[117.0, 28.7], [117.1, 28.7], [117.1, 28.8], [117.0, 28.7]]]
    planned = look(session, _polygon("外地镇", ring), subject=Subject.AREAS)
    assert messages(planned) == [(1, "边界的大半在万年县以外，请核对坐标系")]


def test_a_swapped_polygon_is_named(session, county):
    ring = [[28.7, 117.0], [28.7, 117.1], [28.8, 117.1], [28.7, 117.0]]
    planned = look(session, _polygon("新设镇", ring), subject=Subject.AREAS)
    assert messages(planned) == [(1, "经度和纬度像是写反了")]


def test_a_county_that_is_not_there_is_named(session, shared_data):
    with pytest.raises(NotFound, match="还没有代码为 999999 的区县"):
        bring_in(session, shared_data / "admin/suizhou/streets_421303.csv", county="999999")


# -- sites ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("datum", [Datum.WGS84, Datum.GCJ02, Datum.BD09])
@pytest.mark.parametrize(
    "form", ["csv", "csv-gb18030", "csv-utf16", "xlsx", "geojson", "shapefile", "gpkg", "kml"]
)
def test_a_list_in_any_form_and_datum_finds_its_townships(session, county, places, written, tmp_path, form, datum):
    rows = written.in_datum(places, datum)
    match form:
        case "csv" | "csv-gb18030" | "csv-utf16":
            encoding = {"csv": "utf-8-sig", "csv-gb18030": "gb18030", "csv-utf16": "utf-16"}[form]
            table = read_bytes("a.csv", written.as_csv(rows, encoding=encoding))
        case "xlsx":
            table = read_bytes("a.xlsx", written.as_xlsx(rows, title="全县学校名单"))
        case "geojson":
            table = read_bytes("a.geojson", written.as_geojson(rows, "gb18030"))
        case "shapefile":
            table = read_bytes("a.zip", written.as_shapefile(tmp_path, rows, "GB18030", with_cpg=False))
        case "gpkg" | "kml":
            table = read_path(written.with_gdal(tmp_path, rows, form.upper(), f".{form}"))
    planned = apply(session, COUNTY, Subject.SITES, table, Options())
    assert planned.datum is datum
    assert planned.counts["new"] == len(rows)
    township = {a.id: a.name for a in session.scalars(select(Area))}
    stored = {
        s.name: (township[s.township_id], x, y)
        for s, x, y in session.execute(select(Site, func.ST_X(Site.location), func.ST_Y(Site.location)))
    }
    for i, (name, lon, lat) in enumerate(places, start=1):
        found = stored[f"第{i}小学"]
        assert found[0] == name
        assert found[1:] == pytest.approx((lon, lat), abs=2e-6)
    site = session.scalars(select(Site).limit(1)).one()
    assert (site.kind, site.category, site.state) == (SiteKind.SCHOOL, SiteCategory.PRIMARY, SiteState.LICENSED)
    assert site.location_datum == datum.value


def test_the_same_list_again_changes_nothing(session, county, written, rows):
    assert bring_list(session, written.as_csv(rows)).counts["new"] == len(rows)
    again = bring_list(session, written.as_xlsx(rows), name="a.xlsx")
    assert again.counts["unchanged"] == len(rows)
    assert count(session) == len(rows)


def test_a_changed_list_changes_only_what_differs(session, county, written, rows):
    bring_list(session, written.as_csv(rows))
    rows[3] |= {"备注": "搬迁"}
    planned = bring_list(session, written.as_csv(rows))
    assert [(c.row, c.fields) for c in planned.changes if c.action is Action.CHANGED] == [
        (5, {"remark": ("", "搬迁")})
    ]
    assert session.scalars(select(Site).where(Site.name == rows[3]["学校名称"])).one().remark == "搬迁"


def test_a_blank_cell_leaves_what_is_there(session, county, written, rows):
    rows[0] |= {"备注": "寄宿制"}
    bring_list(session, written.as_csv(rows))
    bring_list(session, written.as_csv([row | {"备注": ""} for row in rows]))
    assert session.scalars(select(Site).where(Site.name == rows[0]["学校名称"])).one().remark == "寄宿制"


def test_a_dry_run_stores_nothing(session, county, written, rows):
    planned = look(session, written.as_csv(rows))
    assert planned.counts["new"] == len(rows)
    assert count(session) == 0


def test_a_mistake_in_row_4999_stores_no_row_at_all(session, county, places, written):
    many = written.in_datum([places[i % 600] for i in range(5000)], Datum.WGS84)
    many[4997] |= {"经度": "0", "纬度": "0"}
    with pytest.raises(Invalid, match="有 1 行有错误，一行也没有导入"):
        bring_list(session, written.as_csv(many))
    assert count(session) == 0


def test_rows_with_mistakes_are_left_out_when_asked(session, county, written, rows):
    rows[1] |= {"经度": "0", "纬度": "0"}
    planned = bring_list(session, written.as_csv(rows), Options(datum=Datum.WGS84, skip_refused=True))
    assert planned.counts["refused"] == 1
    assert count(session) == len(rows) - 1


GOOD = {"学校名称": "石镇镇中心小学", "所属镇街": "陈营镇", "经度": "117.0709", "纬度": "28.6946"}

BAD_ROWS = [
    ({"学校名称": ""}, "名称是空的"),
    ({"学校名称": "小" * 121}, "名称有 121 个字，超过 120 个"),
    ({"经度": "0", "纬度": "0"}, "坐标是 0,0：多半是没有填"),
    ({"经度": "28.6946", "纬度": "117.0709"}, "经度和纬度像是写反了"),
    ({"经度": "120.1", "纬度": "30.2"}, "在本县以外"),
    ({"经度": "abc"}, "不是坐标；请写成度数，如 117.0709, 28.6946"),
    ({"经度": ""}, "经度和纬度只填了一个"),
    ({"经度": "500709.1", "纬度": "3186094.2"}, "像是以米为单位的投影坐标"),
    ({"经度": "217", "纬度": "28"}, "超出经纬度的范围"),
    ({"经度": "inf", "纬度": "28"}, "超出经纬度的范围"),
    ({"统一社会信用代码": "52361129MJB012345X"}, "校验位不对：至少有一位写错了，请核对原件"),
    ({"统一社会信用代码": "3.61129E+14"}, "被表格软件写成了科学计数法"),
    ({"学校名称": "阳光之家"}, "看不出是哪一类"),
]


@pytest.mark.parametrize(("wrong", "words"), BAD_ROWS)
def test_a_bad_row_is_refused_in_words(session, county, written, wrong, words):
    planned = look(session, written.as_csv([GOOD | {"学校名称": "好小学"}, GOOD | wrong]))
    assert planned.counts["refused"] == 1
    [(number, text)] = [m for m in messages(planned) if words in m[1]]
    assert number == 3
    assert text.startswith(words)


WORTH_A_WORD = [
    ({"经度": "", "纬度": ""}, "没有坐标，按“位置未知”保存"),
    ({"所属镇街": "不存在镇"}, "本县没有这个镇街"),
]


@pytest.mark.parametrize(("odd", "words"), WORTH_A_WORD)
def test_an_odd_row_comes_in_with_a_warning(session, county, written, odd, words):
    planned = bring_list(session, written.as_csv([GOOD | odd]))
    assert planned.counts["new"] == 1
    assert (2, words) in messages(planned)


def test_a_township_that_the_map_denies_is_reported_and_the_map_is_believed(session, county, written, places):
    name, lon, lat = next(p for p in places if p[0] != "陈营镇")
    row = GOOD | {"经度": str(lon), "纬度": str(lat)}
    planned = bring_list(session, written.as_csv([row]))
    assert (2, f"填的是陈营镇，地图上在{name}") in messages(planned)
    site = session.scalars(select(Site)).one()
    assert session.get(Area, (COUNTY, site.township_id)).name == name
    assert site.stated_township == "陈营镇"


def test_a_site_without_position_takes_the_township_it_states(session, county, written):
    bring_list(session, written.as_csv([GOOD | {"经度": "", "纬度": "", "所属镇街": "石镇"}]))
    site = session.scalars(select(Site)).one()
    assert site.location is None
    assert session.get(Area, (COUNTY, site.township_id)).name == "石镇镇"


def test_a_point_on_the_border_goes_to_the_township_it_states(session, county, wannian, written):
    left, right, point = next(
        (left, right, point)
        for left, right in itertools.combinations(sorted(wannian.townships), 2)
        for point in shapely.get_coordinates(wannian.townships[left])
        if shapely.intersects_xy(wannian.townships[right], *point)
        and shapely.intersects_xy(wannian.townships[left], *point)
    )
    for name in (left, right):
        row = {
            "学校名称": f"{name}小学",
            "所属镇街": name,
            "经度": repr(float(point[0])),
            "纬度": repr(float(point[1])),
        }
        planned = bring_list(session, written.as_csv([row]))
        assert messages(planned) == []
        site = session.scalars(select(Site).where(Site.name == f"{name}小学")).one()
        assert session.get(Area, (COUNTY, site.township_id)).name == name


def test_the_same_key_twice_in_a_file_is_refused_with_the_first_row(session, county, written):
    header = ["编号", "学校名称", "经度", "纬度"]
    rows = [{"编号": "A1"} | GOOD, {"编号": "A2"} | GOOD, {"编号": "A1"} | GOOD | {"学校名称": "另一小学"}]
    planned = look(session, written.as_csv(rows, header))
    assert messages(planned) == [(4, "与第 2 行重复")]
    nameless = look(session, written.as_csv([GOOD, GOOD]))
    assert messages(nameless) == [(3, "与第 2 行重复")]


def test_a_renamed_site_is_known_by_its_number(session, county, written):
    header = ["编号", "学校名称", "经度", "纬度"]
    bring_list(session, written.as_csv([{"编号": "A1"} | GOOD], header))
    planned = bring_list(session, written.as_csv([{"编号": "A1"} | GOOD | {"学校名称": "石镇第一小学"}], header))
    assert [c.fields for c in planned.changes] == [{"name": ("石镇镇中心小学", "石镇第一小学")}]
    assert count(session) == 1


def test_a_renamed_institution_is_known_by_its_credit_code(session, county, written):
    code = with_code("91361129MA35TXY21")
    header = ["机构名称", "类别", "统一社会信用代码", "办学许可证号", "经度", "纬度"]
    row = GOOD | {
        "机构名称": "晨光艺术培训",
        "类别": "文化艺术类",
        "统一社会信用代码": code,
        "办学许可证号": "教民3611290001",
    }
    bring_list(session, written.as_csv([row], header))
    bring_list(
        session, written.as_csv([row | {"机构名称": "晨光美术中心", "统一社会信用代码": code.lower()}], header)
    )
    site = session.scalars(select(Site)).one()
    assert (site.name, site.licence_state) == ("晨光美术中心", LicenceState.COMPLETE)
    papers = session.scalars(select(Licence)).all()
    assert {(p.kind, p.number, p.credit_code) for p in papers} == {
        (LicenceKind.BUSINESS, code, code),
        (LicenceKind.PERMIT, "教民3611290001", None),
    }


def test_two_campuses_under_one_credit_code_are_told_apart_by_name(session, county, written):
    code = with_code("12361129MB1234567")
    rows = [GOOD | {"学校名称": f"实验小学{campus}", "统一社会信用代码": code} for campus in ("东校区", "西校区")]
    bring_list(session, written.as_csv(rows))
    again = bring_list(session, written.as_csv(rows))
    assert again.counts["unchanged"] == 2
    assert {p.kind for p in session.scalars(select(Licence))} == {LicenceKind.PUBLIC_BODY}


def test_what_people_type_stays_text(session, county, written):
    names = [
        "${alert(1)}小学",
        "</script>小学",
        '=HYPERLINK("http://x","小学")',
        "'; drop table sites; --小学",
        "{n}小学",
    ]
    rows = [GOOD | {"学校名称": name, "经度": f"117.070{i}"} for i, name in enumerate(names)]
    bring_list(session, written.as_csv(rows))
    assert {s.name for s in session.scalars(select(Site))} == set(names)


def test_missing_columns_are_named(session, county):
    with pytest.raises(Invalid) as refusal:
        look(session, "门牌,经度\n1,117\n".encode())
    assert [str(m) for m in refusal.value.fields.values()] == [
        "缺少“名称”列：没有认出哪一列是名称，请指定",
        "只有“经度”列，经度和纬度要成对",
    ]


def test_a_short_list_must_say_its_datum(session, county, written, rows):
    with pytest.raises(Invalid) as refusal:
        bring_list(session, written.as_csv(rows[:3]), Options())
    assert "请先选择坐标系：几种坐标系下点位落在的镇街几乎一样" in str(refusal.value.message)


def test_a_datum_that_the_evidence_denies_is_doubted(session, county, places, written):
    planned = look(session, written.as_csv(written.in_datum(places, Datum.GCJ02)), WGS84)
    assert planned.datum is Datum.WGS84
    assert "但比对结果更像 GCJ-02（高德、腾讯地图），请再核对" in str(planned.notes[-1])


def test_swapped_columns_can_be_swapped_back(session, county, written):
    swapped = GOOD | {"经度": GOOD["纬度"], "纬度": GOOD["经度"]}
    planned = bring_list(session, written.as_csv([swapped]), Options(datum=Datum.WGS84, swapped=True))
    assert planned.counts["new"] == 1
    assert session.scalar(select(func.ST_X(Site.location))) == pytest.approx(117.0709)


def test_positions_in_one_column_and_in_degrees_and_minutes_are_read(session, county, written):
    header = ["学校名称", "坐标"]
    rows = [
        {"学校名称": "甲小学", "坐标": "117.0709，28.6946"},
        {"学校名称": "乙小学", "坐标": "东经117°4′15″ 北纬28°41′40″"},
    ]
    bring_list(session, written.as_csv(rows, header))
    positions = session.execute(
        select(func.ST_X(Site.location), func.ST_Y(Site.location)).order_by(Site.name)
    ).all()
    assert positions[0] == pytest.approx((117.0708, 28.6944), abs=1e-3)
    assert positions[1] == pytest.approx((117.0709, 28.6946), abs=1e-9)


def test_fifty_thousand_rows_come_in_and_report_their_progress(session, county, places, written):
    many = written.in_datum([places[i % 600] for i in range(50_000)], Datum.GCJ02)
    heard = []
    table = read_bytes("a.csv", written.as_csv(many, encoding="gb18030"))
    apply(
        session,
        COUNTY,
        Subject.SITES,
        table,
        Options(datum=Datum.GCJ02),
        progress=lambda done, total: heard.append((done, total)),
    )
    assert count(session) == 50_000
    assert heard == [(n, 50_000) for n in range(5000, 50_001, 5000)]


def test_new_boundaries_place_the_sites_that_were_there(session, written, places, shared_data):
    rows = written.in_datum(places[:30], Datum.WGS84)
    bring_list(session, written.as_csv(rows))
    assert {s.township_id for s in session.scalars(select(Site))} == {None}
    bring_in(
        session,
        shared_data / "admin/wannian_361129/townships_wgs84.geojson",
        Options(datum=Datum.WGS84, level="township"),
    )
    names = {a.id: a.name for a in session.scalars(select(Area))}
    assert [names[s.township_id] for s in session.scalars(select(Site).order_by(Site.id))] == [
        p[0] for p in places[:30]
    ]
