"""Words that names are made of. Whatever they resemble, nobody and nothing real is meant."""

from .chance import Chance

COUNTY_CODE = "990101"  # GB/T 2260 assigns nothing under 99
COUNTY = "青岚县（演示）"
COUNTY_PLAIN = "青岚县"
BUREAU = "青岚县教育体育局（演示）"
PREFECTURE = "云岫市（演示）"
PROVINCE = "演示省"
PREFECTURE_CODE, PROVINCE_CODE = "990100", "990000"
NEIGHBOURS = (("990102", "白石县（演示）"), ("990103", "清溪县（演示）"))


def _words(text: str) -> list[str]:
    return text.split()


TOWNSHIPS = _words("青岚镇 石桥镇 柳河镇 白泉镇 青松镇 望湖镇 枫林乡 竹园乡 梅岭镇 清渡镇 东岗镇 大坪乡")
VILLAGE_HEADS = "上下前后东西南北大小新老"
VILLAGE_TAILS = _words("塘 湾 坪 岗 沟 庄 岭 畈 埠 圩 桥头 井 坝 洼 堰 渡")
COMMUNITIES = _words("桃李 文昌 迎春 和平 东湖 西关 南门 北苑")
STREETS_EAST = _words("桃李路 文昌路 迎春大道 青岚大道 和平路 建设路 滨河路 学府路 南环路")
STREETS_NORTH = _words("一中路 西关路 人民路 解放路 振兴路 中山路 朝阳路 东湖路 创业路 长青路 新城大道")
COMPOUND_HEADS = _words("翠湖 金桂 书香 阳光 锦绣 紫荆 和顺 清水 观澜 东方 万和 丽景 星河 南苑 凤栖")
COMPOUND_TAILS = _words("花园 家园 小区 新村 雅苑 华庭 名邸 公寓")

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁"
GIVEN = _words(
    "敏 静 丽 强 磊 洋 艳 勇 军 杰 娟 涛 超 霞 平 刚 桂英 建华 文博 晓燕 志强 "
    "海燕 子涵 雪梅 国庆 春梅 立新 慧敏 永红 明远 思雨 佳琪 家豪 晓东"
)

SCHOOL_WORDS = _words("实验 育才 新华 希望 文昌 桃李 东湖 城南 城北 明德 朝阳 启明")
KINDERGARTEN_WORDS = _words("蓝天 小天使 金苹果 童心 七彩 春苗 阳光 爱弥儿 小红花 星星 贝贝 晨曦")
BRANDS = _words(
    "小星星 启智 博雅 童画 新思维 金钥匙 蓝鲸 彩虹 优学 向日葵 起点 乐学 群星 飞跃 墨香 "
    "天音 雅韵 小叮当 智慧树 未来星 青藤 朗读者 橙子 七色光 启航 百灵鸟 悦动"
)
TUTOR_BRANDS = _words(
    "小太阳 快乐 爱心 书香 勤学 状元 好习惯 雨露 育苗 贝壳 小书虫 金榜 优加 卓越 春芽 "
    "童乐 笑笑 学霸 学而 知行 大拇指 三味 萤火虫 小状元 诚信 博文 阿姨 温馨"
)


def person(chance: Chance) -> str:
    return chance.choice(SURNAMES) + chance.choice(GIVEN)


def phone(chance: Chance) -> str:
    """No line in the country has such a number."""
    return f"000-0000-{chance.randrange(10_000):04}"


class Unique:
    """Names that are given once only; the second of a kind gets a number."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def __call__(self, name: str) -> str:
        self._given[name] = self._given.get(name, 0) + 1
        number = self._given[name]
        return name if number == 1 else f"{name}（{number}店）"

    def free(self, name: str) -> bool:
        return name not in self._given
