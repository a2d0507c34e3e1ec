"""What the papers of steps say, as plain data frozen with the step, and line by line in the order of GB/T 9704."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from ..days import CHINA, day_of
from .interview_corrections import InterviewCorrection
from .papers import Line, in_words
from .steps import Step, StepKind

FORMAT = "mingcha-step/1"
TITLES = {
    "due_soon": "整改临期提醒函",
    "reminder": "整改催办通知",
    "overdue": "整改逾期告知书",
    "interview": "约谈通知书",
    "interview_record": "约谈记录",
    "notice": "通　报",
    "accountability": "问责情况",
    "handover": "案件移送函",
}


def compose_reminder(kind: StepKind, row: Any, names: Mapping[str, str], today: date) -> dict[str, Any]:
    """What the clock tells a site: `row` has the problem, `names` also the order that named it, if any did."""
    return _head(kind.value, names, today.isoformat()) | {
        "addressee": names.get("addressee") or row.site,
        "problem": row.text,
        "deadline": row.deadline.isoformat(),
        "order": names.get("order") or "",
    }


def compose_step(
    step: Step, problem: str, site: str, names: Mapping[str, str], *, number_text: str, issued_on: date | None
) -> dict[str, Any]:
    """The paper of a step that a person decides, from what was prepared. A draft has no number and no day."""
    day = issued_on.isoformat() if issued_on else None
    return (
        _head(step.kind.value, names, day)
        | {"number": number_text, "site": site, "problem": problem}
        | {"deadline": step.deadline.isoformat() if step.deadline else None}
        | dict(step.draft or {})
    )


def compose_handover(
    values: Mapping[str, Any], site: str, names: Mapping[str, str], *, number_text: str
) -> dict[str, Any]:
    """The letter that goes with a case to another department."""
    back = values["due_back_on"]
    return _head("handover", names, values["handed_on"].isoformat()) | {
        "number": number_text,
        "site": site,
        "recipient": values["recipient"],
        "matter": values["matter"],
        "papers": list(values["papers"]),
        "due_back_on": back.isoformat() if back else None,
    }


def _head(kind: str, names: Mapping[str, str], issued_on: str | None) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "kind": kind,
        "number": "",
        "county": names["county"],
        "bureau": names["bureau"],
        "issued_on": issued_on,
    }


def record_of_interview(step: Step, newest: InterviewCorrection | None = None) -> dict[str, Any]:
    """The record of an interview as a paper of its own, under the number of its notice: its newest version."""
    assert step.content is not None
    assert step.record is not None
    if newest is None:
        return step.content | step.record | {"kind": "interview_record"}
    corrected = {"version": newest.version, "corrected_on": day_of(newest.at).isoformat(), "why": newest.reason}
    return step.content | newest.content | corrected | {"kind": "interview_record"}


def step_lines(content: Mapping[str, Any]) -> list[Line]:
    """The paper, line by line. It is Chinese whatever the reader's language is."""
    kind = content["kind"]
    number = [] if OF_KIND[kind] is _of_reminder else [Line("number", content["number"])]
    head = [Line("organ", content["bureau"]), *number, Line("title", TITLES[kind])]
    return [*head, *OF_KIND[kind](content)]


def _of_reminder(content: Mapping[str, Any]) -> list[Line]:
    named = f"《整改文书》（{content['order']}）" if content["order"] else "检查中"
    deadline = in_words(content["deadline"])
    said = {
        "due_soon": f"整改期限为{deadline}，即将到期。请按要求完成整改，并及时报送整改情况和佐证材料。",
        "reminder": f"整改期限为{deadline}，请务必按期完成整改，并报送整改情况和佐证材料；逾期的将按规定督办。",
        "overdue": f"整改期限为{deadline}，现已逾期。请立即完成整改，书面说明逾期原因；仍不整改的将督办、约谈。",
    }[content["kind"]]
    return [
        Line("to", f"{content['addressee']}："),
        Line("body", f"你单位在{named}指出的下列问题："),
        Line("body", content["problem"]),
        Line("body", said),
        *_signed(content),
    ]


def _of_interview(content: Mapping[str, Any]) -> list[Line]:
    overdue = f"，整改期限为{in_words(content['deadline'])}" if content.get("deadline") else ""
    return [
        Line("to", f"{content['invited']}："),
        Line("body", f"{content['site']}存在的下列问题至今没有整改到位{overdue}："),
        Line("body", content["problem"]),
        *_paragraphs(f"约谈事由：{content['subject']}"),
        Line("body", f"现请你（单位）于{moment_in_words(content['at'])}到{content['place']}接受约谈。"),
        Line(
            "body",
            f"约谈人：{content['host']}。被约谈人数：{content['headcount']}人。请按时到场，不得委托无关人员代替。",
        ),
        *_signed(content),
        Line("contact", f"（联系人：{content['contact']}，联系电话：{content['telephone']}）"),
    ]


def _of_record(content: Mapping[str, Any]) -> list[Line]:
    return [
        Line("body", f"约谈时间：{moment_in_words(content['held_at'])}"),
        Line("body", f"约谈地点：{content['held_place']}"),
        Line("body", f"约谈人：{content['held_by']}"),
        Line("body", f"被约谈人：{content['attended']}（共{content['attended_count']}人）"),
        Line("body", f"涉及单位：{content['site']}"),
        Line("body", f"涉及问题：{content['problem']}"),
        Line("body", f"记录人：{content['recorder']}"),
        *_version(content),
        Line("item", "一、约谈内容"),
        *_paragraphs(content["said"]),
        Line("item", "二、整改承诺"),
        *_paragraphs(content["commitments"]),
        Line("body", "约谈人（签字）：　　　　　　　被约谈人（签字）："),
    ]


def _version(content: Mapping[str, Any]) -> list[Line]:
    if not content.get("version"):
        return []
    said = f"第{content['version']}版，{in_words(content['corrected_on'])}更正，原因：{content['why']}"
    return [Line("body", f"版本：{said}（此前的版本留存）")]


def _of_notice(content: Mapping[str, Any]) -> list[Line]:
    return [Line("to", f"{content['audience']}："), *_paragraphs(content["text"]), *_signed(content)]


def _of_accountability(content: Mapping[str, Any]) -> list[Line]:
    reference = f"（{content['reference']}）" if content["reference"] else ""
    return [
        Line("body", f"涉及单位：{content['site']}"),
        Line("body", f"涉及问题：{content['problem']}"),
        Line("body", f"问责对象：{content['subject']}（{content['headcount']}人次）"),
        Line("body", f"决定机关：{content['body']}{reference}"),
        Line("body", f"决定日期：{in_words(content['decided_on'])}"),
        *_paragraphs(f"问责方式：{content['measure']}"),
        *_paragraphs(f"依据：{content['basis']}"),
        *_signed(content),
    ]


def _of_handover(content: Mapping[str, Any]) -> list[Line]:
    back = f"请于{in_words(content['due_back_on'])}前将处理结果函告我局。" if content["due_back_on"] else ""
    return [
        Line("to", f"{content['recipient']}："),
        Line("body", f"我局在检查{content['site']}时发现下列情况，属于贵单位职责范围，现予移送。{back}"),
        *_paragraphs(content["matter"]),
        *_attached(content["papers"]),
        *_signed(content),
    ]


def _attached(papers: Sequence[str]) -> list[Line]:
    """GB/T 9704-2012, 7.3.4: a line below the text, each on a line of its own; one alone has no number."""
    if not papers:
        return []
    named = [f"{n}. {each}" for n, each in enumerate(papers, start=1)] if len(papers) > 1 else [*papers]
    first, *others = named
    return [Line("plain", ""), Line("body", f"附件：{first}"), *(Line("body", f"　　　{each}") for each in others)]


def _signed(content: Mapping[str, Any]) -> list[Line]:
    return [Line("sign", content["bureau"]), Line("date", in_words(content["issued_on"]))]


def _paragraphs(text: str) -> list[Line]:
    return [Line("body", each) for each in text.splitlines() if each.strip()]


def moment_in_words(moment: str) -> str:
    """A moment in China, given without a zone as a form has it, or with one.

    >>> moment_in_words("2026-03-09T14:30")
    '2026年3月9日14时30分'
    """
    found = datetime.fromisoformat(moment)
    if found.tzinfo:
        found = found.astimezone(CHINA)
    return f"{found.year}年{found.month}月{found.day}日{found.hour}时{found.minute:02d}分"


OF_KIND = {
    "due_soon": _of_reminder,
    "reminder": _of_reminder,
    "overdue": _of_reminder,
    "interview": _of_interview,
    "interview_record": _of_record,
    "notice": _of_notice,
    "accountability": _of_accountability,
    "handover": _of_handover,
}
