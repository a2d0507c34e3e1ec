"""How people tell of a class next door: openings, what was seen, what they ask for, in many tones."""

from datetime import datetime

from ..registry.sites import SiteCategory, SiteKind
from . import rhythm
from .chance import Chance
from .spots import Spot

OPENINGS = (
    "你好，我要反映一个情况。",
    "您好，",
    "举报：",
    "请有关部门管一管，",
    "我是附近住户，",
    "反映一下，",
    "教育局的同志你们好，",
    "",
    "",
    "在群里看到有人说，",
    "楼下商户反映，",
    "接孩子时发现，",
    "我家楼上，",
    "路过看到，",
)
WHERE = (
    "{place}有人办班",
    "{place}这里",
    "就在{place}",
    "{place}，门口没挂牌子",
    "{place}（{name}）",
    "{name}，地址{place}",
)
SEEN_SUBJECT = (
    "{when}给小学生补数学，大概{n}个孩子",
    "{when}还在上课，听见在讲英语，{n}来个学生",
    "{when}一屋子初中生在做卷子，有{n}个左右",
    "{when}看到家长陆续送孩子上去，说是作业辅导，其实在讲课",
    "白板上写的是下学期的数学，{when}{n}人左右",
    "{when}有老师在讲奥数，窗帘拉得严严的",
)
SEEN_CARE = (
    "中午和晚上都有孩子在吃饭写作业，{n}个左右，厨房就在过道里",
    "{when}接了{n}来个孩子，挤在一个客厅里写作业，没见消防器材",
    "说是托管，{when}其实有人讲课，还发练习卷",
    "孩子上下楼很吵，{when}经常到八点多",
    "电动车在楼道里充电，里面{n}个小孩，担心出事",
)
SEEN_YOUNG = (
    "招五六岁的孩子，教拼音和算术，{n}个左右",
    "打着幼小衔接的名义教小学一年级的课，{when}都有课",
    "幼儿园大班的孩子在里面写字算题，{n}人一个班",
)
MONEY = (
    "一次收了{fee}元，不开票。",
    "学费{fee}元一期，微信转账。",
    "听说一节课{lesson}元。",
    "交了{fee}元，现在要退不给退。",
    "报名要先交{fee}元，没有合同。",
    "",
    "",
    "",
    "",
)
WISHES = (
    "请尽快查一下。",
    "希望查处。",
    "请来看看有没有证。",
    "麻烦核实，不想透露姓名。",
    "请不要说是我反映的。",
    "已经不是第一次了。",
    "望回复。",
    "",
    "",
    "之前查过又开了。",
    "放假天天上课，孩子根本没休息。",
    "消防通道都堵了，很危险。",
    "建议晚上去，白天没人。",
)
SCHOOL_SEEN = (
    "{name}放学后收费补课，{when}还没放学",
    "{name}有老师在外面给自己班的学生补课",
    "{name}布置作业太多，孩子写到十点半",
    "{name}月考还排名次，在家长群里发了",
    "{name}课后服务在讲新课，不参加的跟不上",
)
YOUNG = {SiteCategory.PRESCHOOL, SiteCategory.BRIDGING, SiteCategory.MINDING, SiteCategory.CHILDCARE}
CARE = {SiteCategory.AFTER_CARE, SiteCategory.LUNCH_TABLE, SiteCategory.STUDY_ROOM}


def tell(chance: Chance, spot: Spot | None, place: str, happened: datetime) -> str:
    """What a reporter writes. `happened` is in local time."""
    name = spot.name if spot else "补习班"
    gaps = {
        "place": place,
        "name": name,
        "when": _when(happened, chance),
        "n": chance.randint(5, 32),
        "fee": chance.choice([680, 980, 1200, 1580, 2400, 3600, 4800, 5800, 6800]),
        "lesson": chance.choice([50, 80, 100, 120, 150, 200, 260]),
    }
    opening, wish = chance.choice(OPENINGS), chance.choice(WISHES)
    if spot and spot.kind is SiteKind.SCHOOL:
        return f"{opening}{chance.choice(SCHOOL_SEEN)}。{wish}".format(**gaps)
    told = f"{opening}{chance.choice(WHERE)}，{chance.choice(_seen(spot))}。{chance.choice(MONEY)}{wish}"
    return told.format(**gaps)


def _seen(spot: Spot | None) -> tuple[str, ...]:
    if spot and spot.category in YOUNG:
        return SEEN_YOUNG
    return SEEN_CARE if spot and spot.category in CARE else SEEN_SUBJECT


def _when(happened: datetime, chance: Chance) -> str:
    part = _part_of_day(happened.hour)
    day = happened.date()
    if rhythm.is_holiday(day):
        return f"放假期间{part}"
    if rhythm.is_weekend(day):
        return chance.choice(["周末", f"每个{'周六' if day.weekday() == 5 else '周日'}", "双休日"]) + part
    if rhythm.is_vacation(day):
        return f"{'寒' if day.month < 4 else '暑'}假里{part}"
    return chance.choice(["", "每天", "周一到周五", f"{happened.month}月{happened.day}日"]) + part


def _part_of_day(hour: int) -> str:
    if hour < 11:
        return "上午"
    if hour < 14:
        return "中午"
    if hour < 17:
        return "下午"
    return "傍晚" if hour < 19 else "晚上"
