"""Topics of a bulletin (S0, 五), as the items of checklists that are about each. A county's copy of a list keeps
the codes of its items.
"""

from ...errors import say
from ...vocabulary import Choice


class Topic(Choice):
    HOMEWORK = "homework", say("学校作业设计管理")
    SERVICE = "service", say("课后服务")
    FUNDS = "funds", say("资金监管和风险防范")


# zd: 25 key points of supervision; wx: five managements; cs: premises of training
ITEMS: dict[Topic, tuple[str, ...]] = {
    Topic.HOMEWORK: ("zd-05", "zd-06", "zd-07", "zd-08", "wx-01", "wx-02", "wx-03", "wx-04", "wx-05"),
    Topic.SERVICE: ("zd-09", "zd-10", "zd-11", "zd-12", "zd-13", "zd-14"),
    Topic.FUNDS: ("zd-16", "zd-18", "zd-21", "zd-22", "zd-25", "cs-09"),
}
