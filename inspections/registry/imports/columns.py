"""Which column of a file is which field: usual headers, and the user's own choice over them."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from ...errors import Invalid, Message, say


class Subject(StrEnum):
    """What a file brings in."""

    AREAS = "areas"
    SITES = "sites"
    CHECKLIST = "checklist"


IMPORTED = (Subject.AREAS, Subject.SITES)  # those that come in through `runs`, together or one after the other


@dataclass(frozen=True, slots=True)
class Field:
    """A field a column can fill. `headers` are its usual names, the best known first."""

    name: str
    label: Message
    headers: tuple[str, ...]
    required: bool = False


def _field(name: str, label: Message, headers: str, required: bool = False) -> Field:
    return Field(name, label, tuple(headers.split()), required)


SITE_FIELDS = (
    _field(
        "name",
        say("名称"),
        "学校名称 机构名称 校名 单位名称 培训机构名称 企业名称 点位名称 场所名称 办学点名称 名称 全称 "
        "学校 机构 店名 "
        "name school_name institution_name site_name",
        required=True,
    ),
    _field(
        "external_key",
        say("编号"),
        "编号 机构编号 学校标识码 学校代码 标识码 点位编号 唯一标识 主键 id external_key code school_code",
    ),
    _field(
        "kind",
        say("类别"),
        "类别 点位类别 类型 单位类型 办学类型 学校类别 学段 机构类别 机构类型 kind type category",
    ),
    _field(
        "credit_code",
        say("统一社会信用代码"),
        "统一社会信用代码 信用代码 社会信用代码 统一信用代码 机构代码 注册号 credit_code uscc",
    ),
    _field(
        "permit_no",
        say("办学许可证号"),
        "办学许可证号 办学许可证编号 办学许可证 许可证号 许可证编号 permit_no permit licence_no license_no",
    ),
    _field(
        "address", say("地址"), "地址 详细地址 办学地址 学校地址 机构地址 注册地址 经营地址 住址 位置 address addr"
    ),
    _field(
        "township",
        say("所属镇街"),
        "所属镇街 乡镇 街道 镇街 乡镇街道 乡镇/街道 镇/街道 所属乡镇 所在乡镇 所属街道 所在镇街 镇办 "
        "乡镇名称 "
        "township town street",
    ),
    _field("village", say("所属村社区"), "村 社区 村社区 村/社区 所属社区 所属村居 村居 行政村 village community"),
    _field("lon", say("经度"), "经度 东经 lng lon long longitude x x坐标"),
    _field("lat", say("纬度"), "纬度 北纬 lat latitude y y坐标"),
    _field(
        "position",
        say("坐标"),
        "坐标 经纬度 位置坐标 地理坐标 定位 点位坐标 gps coordinates coordinate position location lonlat lnglat",
    ),
    _field(
        "principal",
        say("负责人"),
        "负责人 校长 法定代表人 法人 园长 举办者 联系人 校长姓名 负责人姓名 principal contact head",
    ),
    _field(
        "phone", say("联系电话"), "联系电话 电话 手机 手机号 手机号码 电话号码 联系方式 phone tel telephone mobile"
    ),
    _field(
        "pupils",
        say("学生数"),
        "学生数 学生人数 在校生数 在校学生数 学员人数 人数 在校生 pupils students enrolment enrollment",
    ),
    _field("staff", say("教职工数"), "教职工数 教师数 教师人数 专任教师数 教职工人数 staff teachers"),
    _field("ownership", say("办学性质"), "办学性质 性质 公办民办 举办者类型 ownership"),
    _field("premises", say("场所类型"), "场所类型 房屋类型 场所性质 premises"),
    _field("remark", say("备注"), "备注 说明 note notes remark remarks description"),
)

AREA_FIELDS = (
    _field(
        "name",
        say("名称"),
        "名称 行政区名称 区划名称 乡镇名称 村名 社区名称 村社区名称 name mc xzqmc distname",
        required=True,
    ),
    _field(
        "code",
        say("区划代码"),
        "区划代码 代码 行政区划代码 行政区代码 统计用区划代码 编码 code adcode gb xzqdm dm",
    ),
    _field("level", say("级别"), "级别 层级 行政级别 level"),
    _field(
        "parent", say("上级名称"), "上级名称 上级 所属镇街 乡镇 街道 所属乡镇 所属街道 parent parent_name township"
    ),
    _field("parent_code", say("上级代码"), "上级代码 父级代码 镇街代码 parent_code streetcode areacode pcode"),
    _field("alias", say("别名"), "别名 曾用名 简称 alias aliases"),
)

CHECKLIST_FIELDS = (
    _field("code", say("编号"), "编号 条目编号 项目编号 序号 代码 code item_code id no number"),
    _field("section", say("分组"), "分组 项目 类别 板块 一级指标 检查项目 章节 section group category"),
    _field(
        "text",
        say("条目内容"),
        "条目内容 内容 主要内容 条目 检查内容 检查要点 二级指标 督导内容 text text_of_the_item item content",
        required=True,
    ),
    _field("kinds", say("适用对象"), "适用对象 适用点位 对象 适用范围 applies_to kinds site_kinds"),
    _field(
        "department", say("归哪个部门"), "归哪个部门 部门 责任部门 主管部门 执法部门 department whose_matter_is_it"
    ),
    _field(
        "proof",
        say("不符合时要的证明"),
        "不符合时要的证明 证明 证明材料 佐证材料 proof proof_where_not_met evidence",
    ),
    _field("source", say("依据"), "依据 来源 政策依据 文件依据 source based_on"),
    _field("section_en", say("英文分组"), "英文分组 分组英文 section_en english_section"),
    _field("text_en", say("英文内容"), "英文内容 条目英文 内容英文 text_en english_text"),
    _field("proof_en", say("英文证明"), "英文证明 证明英文 proof_en english_proof"),
)

FIELDS = {Subject.SITES: SITE_FIELDS, Subject.AREAS: AREA_FIELDS, Subject.CHECKLIST: CHECKLIST_FIELDS}


@dataclass(frozen=True)
class ColumnMap:
    """Column of each field, and the columns that mean nothing to us."""

    columns: Mapping[str, str]
    unknown: tuple[str, ...]


@lru_cache(maxsize=4096)
def folded(header: str) -> str:
    """A header without what people add to it: brackets with units, signs, spaces, case."""
    text = unicodedata.normalize("NFKC", header).lower()
    text = re.sub(r"[(【\[].*?[)】\]]", "", text)
    return re.sub(r"[\s*_:：、·.\-/]+", "", text)


_KNOWN = {
    subject: {folded(header): field.name for field in reversed(fields) for header in field.headers}
    for subject, fields in FIELDS.items()
}


@lru_cache(maxsize=4096)
def recognise(header: str, subject: Subject | None = None) -> str | None:
    """Name of the field a header stands for, or None; without a subject, any field of what `runs` brings in."""
    for each in [subject] if subject else IMPORTED:
        if found := _KNOWN[each].get(folded(header)):
            return found
    return None


def map_columns(
    columns: Sequence[str], subject: Subject, chosen: Mapping[str, str] | None = None, *, cut: bool = False
) -> ColumnMap:
    """Recognised columns under the user's choice (column → field; an empty field leaves the column out).

    A field takes the column whose header stands first in its list. `cut` says that headers may be cut off, as
    DBF cuts them at 10 bytes. Raises Invalid, naming the columns that are missing or unknown.
    """
    chosen = chosen or {}
    _check_choice(columns, subject, chosen)
    taken = {field: column for column, field in chosen.items() if field}
    free = [column for column in columns if column not in chosen]
    for field in FIELDS[subject]:
        if field.name not in taken:
            best = _best_column(field, [c for c in free if c not in taken.values()], cut)
            if best:
                taken[field.name] = best
    unknown = tuple(c for c in columns if c not in taken.values())
    return ColumnMap(taken, unknown)


def missing(mapping: ColumnMap, subject: Subject, *, has_geometry: bool) -> list[Message]:
    """What the user has to be told before rows are read."""
    fields = FIELDS[subject]
    messages = [
        say("缺少“{label}”列：没有认出哪一列是{label}，请指定", label=f.label)
        for f in fields
        if f.required and f.name not in mapping.columns
    ]
    halves = [f.label for f in fields if f.name in ("lon", "lat") and f.name in mapping.columns]
    if len(halves) == 1 and not has_geometry:
        messages.append(say("只有“{label}”列，经度和纬度要成对", label=halves[0]))
    return messages


def _check_choice(columns: Sequence[str], subject: Subject, chosen: Mapping[str, str]) -> None:
    names = {field.name for field in FIELDS[subject]}
    used: dict[str, str] = {}
    for column, field in chosen.items():
        if column not in columns:
            raise Invalid(
                message=say("文件里没有“{column}”这一列；现有：{columns}", column=column, columns=list(columns))
            )
        if field and field not in names:
            raise Invalid(
                message=say("没有名为“{field}”的字段；可用：{fields}", field=field, fields=sorted(names))
            )
        if field and used.setdefault(field, column) != column:
            raise Invalid(message=say("“{a}”和“{b}”两列指定了同一个字段", a=used[field], b=column))


def _best_column(field: Field, columns: Iterable[str], cut: bool) -> str | None:
    order = [folded(header) for header in field.headers]
    ranked = [(order.index(folded(c)), c) for c in columns if folded(c) in order]
    if ranked:
        return min(ranked)[1]
    if not cut:
        return None
    candidates = ((c, folded(c).rstrip("\ufffd")) for c in columns)
    return next((c for c, stem in candidates if len(stem) >= 3 and any(h.startswith(stem) for h in order)), None)
