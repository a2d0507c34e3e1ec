"""What officers find and write: a note for each item of the 25 (checklist zd-25), with its gravity."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from ..casework.findings import FindingState
from ..casework.rechecks import RecheckOutcome
from ..registry.sites import SiteKind
from .chance import Chance

SCHOOL_ITEMS = tuple(range(1, 15))
TRAINING_ITEMS = tuple(range(15, 26))
NOTES: dict[int, tuple[int, tuple[str, ...]]] = {
    1: (2, ("课表与实际授课不一致，一年级拼音提前两周教完", "五年级体育课被语文课占用，课表未公示")),
    2: (3, ("二年级教室发现上周数学纸质试卷，学生称为“单元练习”", "一年级有书面期中测试")),
    3: (3, ("查阅教案，七年级组织月考并统计平均分", "以“学情调研”名义组织跨班测验")),
    4: (2, ("班级群公布成绩并排名，已当场拍照取证", "期中成绩以分数形式张贴")),
    5: (1, ("作业公示栏停留在上个月", "未见作业公示")),
    6: (2, ("抽查三年级三名学生，书面作业约 85 分钟", "二年级布置家庭书写作业两页")),
    7: (1, ("作业均为统一练习册，无分层设计",)),
    8: (2, ("要求家长签字并批改听写", "班级群布置打卡作业")),
    9: (2, ("“一校一案”未更新，仍为上学年方案",)),
    10: (2, ("课后服务 16:50 结束，早于当地下班时间", "未提供延时托管")),
    11: (3, ("课后服务时段讲授新课，课件为下一单元", "课后服务期间集体上数学新课")),
    12: (1, ("收费标准未公示",)),
    13: (2, ("课后服务费支出明细不全，缺两个月凭证",)),
    14: (1, ("仅有作业辅导，无兴趣活动",)),
    15: (3, ("未见办学许可证，面向小学生开展学科培训", "招收四至六岁幼儿，教授拼音和算术")),
    16: (3, ("预收费未进监管账户，现场查到个人收款码", "全国平台未录入课程和收费")),
    17: (3, ("检查时正在上数学课，学生十余人", "周末开设英语班，课表已拍照", "晚上 20:50 仍在授课")),
    18: (2, ("收费高于政府指导价",)),
    19: (3, ("讲授下学期内容，布置课后作业", "教材为八年级内容，学生为六年级")),
    20: (3, ("两名教师无资格证", "教师信息未公示，其中一人疑为在职教师，待核实")),
    21: (2, ("一次收取半年费用，未开票据", "收费项目和标准未公示", "一次性收费 6800 元")),
    22: (1, ("未使用示范合同文本", "合同无退费条款")),
    23: (1, ("门头张贴“提分快”广告", "校门口散发招生传单，已收缴")),
    24: (3, ("灭火器过期，仅有一个出口", "安全通道堆放桌椅", "地下室办班，无第二出口")),
    25: (2, ("家长反映退费难，涉及十余户",)),
}
SUSPECT_ITEMS = {17: 30, 15: 24, 20: 14, 21: 12, 24: 14, 23: 4, 22: 2}


@dataclass
class Problem:
    """A fault found on a visit, and what becomes of it; `recheck` is the visit that looked at it again.

    `id` is the finding's, known when the visit was made; `outcome` is what the re-check says of it.
    """

    item: str | None
    text: str
    severity: int
    state: FindingState = FindingState.PROPOSED
    due_on: date | None = None
    confirmed_at: datetime | None = None
    recheck: Any = None
    outcome: RecheckOutcome = RecheckOutcome.FIXED
    id: UUID | None = None


def code(number: int) -> str:
    return f"zd-{number:02}"


def relevant_items(kind: SiteKind) -> tuple[int, ...]:
    return SCHOOL_ITEMS if kind is SiteKind.SCHOOL else TRAINING_ITEMS


def find(chance: Chance, kind: SiteKind, count: int) -> list[Problem]:
    """`count` different faults of the kind of site."""
    if kind is SiteKind.SUSPECTED:
        numbers = sorted({chance.weighted(SUSPECT_ITEMS) for _ in range(count)})
    else:
        numbers = sorted(chance.some(relevant_items(kind), count))
    made = []
    for number in numbers:
        severity, notes = NOTES[number]
        made.append(Problem(code(number), chance.choice(notes), severity))
    return made


def how_many(chance: Chance) -> int:
    return chance.weighted({1: 74, 2: 20, 3: 6})
