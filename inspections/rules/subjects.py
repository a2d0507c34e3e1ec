"""What facts are about: the things an officer looks at, and the words that describe them."""

from ..errors import say
from ..registry.sites import SiteKind
from ..vocabulary import Choice


class Subject(Choice):
    HOMEWORK = "homework", say("书面作业")
    EXAM = "exam", say("考试")
    AFTER_SCHOOL = "after_school", say("课后服务")
    LESSON = "lesson", say("培训课")
    FEE = "fee", say("一笔收费")
    PREPAID = "prepaid", say("预收费资金")
    TEACHERS = "teachers", say("教学人员")
    CONTENT = "content", say("培训内容")
    CONTRACT = "contract", say("培训合同")
    ADVERT = "advert", say("培训广告")
    APPROVAL = "approval", say("办学审批")
    POSTING = "posting", say("上墙公示")


AT_SCHOOLS = (Subject.HOMEWORK, Subject.EXAM, Subject.AFTER_SCHOOL, Subject.ADVERT)
AT_INSTITUTIONS = (
    Subject.LESSON, Subject.FEE, Subject.PREPAID, Subject.TEACHERS, Subject.CONTENT, Subject.CONTRACT,
    Subject.ADVERT, Subject.APPROVAL, Subject.POSTING,
)  # fmt: skip


def subjects_at(kind: SiteKind) -> tuple[Subject, ...]:
    """What can be looked at in a site of that kind."""
    return AT_SCHOOLS if kind is SiteKind.SCHOOL else AT_INSTITUTIONS


class ExamKind(Choice):
    FINAL = "final", say("期末考试")
    MIDTERM = "midterm", say("期中考试")
    OTHER = "other", say("周考、月考、单元测验等")


class Audience(Choice):
    PRESCHOOL = "preschool", say("学龄前儿童")
    COMPULSORY = "compulsory", say("义务教育阶段学生")
    SENIOR = "senior", say("普通高中学生")


class Posted(Choice):
    PERMIT = "permit", say("办学许可证")
    REGISTRATION = "registration", say("登记证书")
    TEACHERS = "teachers", say("教师信息")
    FEES = "fees", say("收费信息")
    CONTENT = "content", say("培训内容")
    SAFETY = "safety", say("安全信息")


class Rest(Choice):
    """Why a day is none of teaching: what the calendars say of it."""

    HOLIDAY = "holiday", say("法定节假日")
    WEEKEND = "weekend", say("休息日")
    WINTER = "winter", say("寒假")
    SUMMER = "summer", say("暑假")
