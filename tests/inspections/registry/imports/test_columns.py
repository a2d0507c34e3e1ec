import pytest

from inspections.errors import Invalid
from inspections.registry.imports.columns import Subject, map_columns, missing, recognise


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("学校名称", "name"),
        ("机构名称（全称）", "name"),
        (" 统一社会信用代码* ", "credit_code"),
        ("乡镇/街道", "township"),
        ("所属镇街", "township"),
        ("经度(GCJ-02)", "lon"),
        ("Latitude", "lat"),
        ("办学许可证号", "permit_no"),
        ("联系电话", "phone"),
        ("在校学生数（人）", "pupils"),
        ("经纬度", "position"),
        ("School Name", "name"),
    ],
)
def test_usual_headers_are_recognised(header, field):
    assert recognise(header, Subject.SITES) == field


def test_the_better_known_header_wins_and_the_other_is_listed_as_unknown():
    found = map_columns(["名称", "学校名称", "门牌颜色"], Subject.SITES)
    assert found.columns == {"name": "学校名称"}
    assert found.unknown == ("名称", "门牌颜色")


def test_the_users_choice_stands_over_the_guess():
    found = map_columns(["学校名称", "曾用名称"], Subject.SITES, {"曾用名称": "name", "学校名称": ""})
    assert found.columns == {"name": "曾用名称"}


def test_headers_cut_off_by_dbf_are_recognised():
    found = map_columns(["学校名", "统一社", "所属镇"], Subject.SITES, cut=True)
    assert found.columns == {"name": "学校名", "credit_code": "统一社", "township": "所属镇"}


def test_a_missing_name_column_is_named():
    found = map_columns(["经度", "地址"], Subject.SITES)
    assert [str(m) for m in missing(found, Subject.SITES, has_geometry=False)] == [
        "缺少“名称”列：没有认出哪一列是名称，请指定",
        "只有“经度”列，经度和纬度要成对",
    ]


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"没有": "name"}, "文件里没有“没有”这一列；现有：名称、地址"),
        ({"名称": "nonsense"}, "没有名为“nonsense”的字段"),
        ({"名称": "name", "地址": "name"}, "“名称”和“地址”两列指定了同一个字段"),
    ],
)
def test_a_wrong_choice_is_explained(chosen, words):
    with pytest.raises(Invalid) as refusal:
        map_columns(["名称", "地址"], Subject.SITES, chosen)
    assert words in str(refusal.value)
