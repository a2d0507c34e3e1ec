"""Files that came with a form: kept one by one, each by itself, after the words."""

from flask_babel import gettext as _

from inspections.casework.attaching import not_taken
from inspections.errors import Invalid, StorageFailed, StorageFull, say
from inspections.evidence.recordings import largest
from inspections.intake.following import note_added_files
from inspections.intake.tip_attaching import attach_to_tip, why_refused
from inspections.intake.tips import Tip

from ...api.files import store
from ...auth import now
from ...db import session
from ...i18n import translated
from ...sender_counts import count, counted
from .entering import allowance, reporter
from .letter_body import Incoming, LetterBody

MB = 1_000_000
MEGABYTES = "megabytes of tips"
MOST_MEGABYTES = 600  # of one address in an hour, so that one machine doesn't use up what is everybody's


def keep_files(tip: Tip, body: LetterBody, *, is_later: bool) -> list[str]:
    """Keep what came. Gives what to say of the files that could not be kept, each by its name."""
    problems, kept = [], 0
    for each in body.files:
        try:
            with session().begin_nested():
                _keep(tip, each)
            kept += 1
        except Invalid as error:
            problems.append(translated(error.message))
        except (StorageFull, StorageFailed):
            problems.append(no_room(each.name))
    if is_later and kept:
        note_added_files(session(), tip, kept, now())
    if body.is_cut:
        problems.append(_("网络中断，最后的图片没有传完。"))
    return problems


def refuse_flood(size: int, name: str) -> None:
    """Raise NotTaken where one address sends more than anybody has to report with."""
    if counted(MEGABYTES) + size // MB > MOST_MEGABYTES:
        raise not_taken(name, say("没有收下：这一小时从这个网络传来的图片太多，请过一会儿再补"))


def note_size(size: int) -> None:
    count(MEGABYTES, max(1, size // MB))


def no_room(name: str) -> str:
    return translated(
        not_taken(name, say("没有收下：服务器暂时放不下图片。文字已经收到，图片请改天凭查询码补")).message
    )


def _keep(tip: Tip, each: Incoming) -> None:
    if each.lost:
        raise StorageFull
    limits = allowance()
    if each.size > each.most or each.size > largest(limits.max_photo_bytes):
        raise not_taken(each.name, why_refused("too_big", each.name))
    refuse_flood(each.size, each.name)
    attach_to_tip(session(), store(), reporter(tip), tip, each.name, each.file, now(), limits)
    note_size(each.size)
