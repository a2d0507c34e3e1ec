"""Words that are probably a person's name. A guess, to be looked at before a text is opened: it hides nothing."""

import re
from collections.abc import Mapping
from typing import Any

# The surnames of nineteen in twenty, by the ministry's yearly lists; and a few of two characters
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温"
    "康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍"
    "涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤"
)
DOUBLE = ("欧阳", "上官", "司马", "诸葛", "司徒", "慕容", "皇甫", "尉迟")
SURNAME = f"(?:{'|'.join(DOUBLE)}|[{SURNAMES}])"
TITLES = "老师|教师|校长|园长|主任|院长|书记|同学|家长|女士|先生|师傅|督学|所长|镇长|局长"
ROLES = "家长|学生|教师|老师|负责人|举报人|投诉人|当事人|经营者|举办者|法定代表人|联系人|校长|园长|督学|其子|其女"
# Words that begin like a surname and are no names
NO_NAMES = re.compile(
    "任课|任教|任何|任职|高中|高年|高质|高水|高素|高级|高校|高一|高二|高三|华南|安全|安排|安置|万年|万名|"
    "万元|文化|文艺|文具|文明|成人|成绩|成长|成立|方面|石油|包括|包班|于|左右|管理|解释|马上|向|路|"
    "毕业|单位|单独|武术|江西|季度|曾经|严禁|严格|严重|温馨|康复|白天|白名|金额|关系|关注|时间|应当|支付|"
    "艾滋|雷同|游泳|游戏|梅花|龙头|费用|施教|辛苦|舒适|关于|童年"
)
ONE = re.compile(rf"(?:(?<![\u4e00-\u9fff])|(?<=[的位由被与及是为让给映诉报称说对向]))({SURNAME})({TITLES})")
SEVERAL = re.compile(rf"({SURNAME}[\u4e00-\u9fff]{{1,2}}?)({TITLES})")
AFTER_ROLE = re.compile(
    rf"(?:{ROLES})[：:为是]?\s*({SURNAME}[\u4e00-\u9fff]{{1,2}}?)"
    r"(?=[，。、；：:（）()“”\s]|$|反映|投诉|举报|表示|承认|在|等|说|称|的|于|已|将|被|和|与)"
)
MOST = 30


def names_left(text: str) -> list[str]:
    """Each probable name with the word that tells it, in the order of the text: 陈老师, 家长王丽."""
    found: dict[int, str] = {}
    for pattern in (AFTER_ROLE, SEVERAL, ONE):
        place = 0
        while each := pattern.search(text, place):
            name = next(part for part in each.groups() if part)
            is_name = "某" not in name and not NO_NAMES.match(name)
            if is_name and not _inside(found, each):
                found[each.start()] = each[0]
            # A word that is no name may have one behind it: 任课陈老师
            place = each.end() if is_name else each.start() + 1
    return list(dict.fromkeys(found[place] for place in sorted(found)))[:MOST]


def _inside(found: Mapping[int, str], each: re.Match[str]) -> bool:
    return any(start < each.end() and each.start() < start + len(text) for start, text in found.items())


def names_in(content: Mapping[str, Any]) -> list[str]:
    """The same of all that a bulletin's content says in words."""
    texts = [content["title"], *(each["text"] for each in content["sections"])]
    texts += [each["text"] for each in content["cases"]]
    return list(dict.fromkeys(name for text in texts for name in names_left(text)))[:MOST]
