"""The list of bulletins."""

from typing import Any

from sqlalchemy import Select, and_, func
from sqlalchemy.orm import aliased

from ..errors import say
from ..registry.people import Person
from ..reporting.bulletins.bulletins import Audience, Bulletin, BulletinKind, BulletinState
from .listing import Column, Listing
from .narrowing import word_filter

Author, Signer = aliased(Person), aliased(Person)


def _joined(query: Select[Any]) -> Select[Any]:
    return query.join(
        Author, and_(Author.county == Bulletin.county, Author.id == Bulletin.drafted_by_id)
    ).outerjoin(Signer, and_(Signer.county == Bulletin.county, Signer.id == Bulletin.signed_by_id))


BULLETINS = Listing(
    name="bulletins",
    title=say("通报"),
    model=Bulletin,
    joined=_joined,
    columns=(
        Column("title", say("标题"), Bulletin.title, "name"),
        Column("number_text", say("文号"), Bulletin.number_text, "code"),
        Column("kind", say("种类"), Bulletin.kind, "word"),
        Column("state", say("状态"), Bulletin.state, "state"),
        Column("audience", say("发布范围"), Bulletin.audience, "word"),
        Column("first_day", say("起"), Bulletin.first_day, "day"),
        Column("last_day", say("止"), Bulletin.last_day, "day"),
        Column("signed_at", say("签发时间"), Bulletin.signed_at, "moment"),
        Column("author", say("拟稿人"), Author.name, on_screen=False),
        Column("signer", say("签发人"), Signer.name, on_screen=False),
        Column("as_of", say("统计截至"), Bulletin.as_of, "moment", on_screen=False),
        Column("published_at", say("发布时间"), Bulletin.published_at, "moment", on_screen=False),
        Column("withdrawn_reason", say("撤回原因"), Bulletin.withdrawn_reason, on_screen=False),
    ),
    filters=(
        word_filter("kind", say("种类"), Bulletin.kind, BulletinKind, as_chips=True),
        word_filter("state", say("状态"), Bulletin.state, BulletinState, as_chips=True),
        word_filter("audience", say("发布范围"), Bulletin.audience, Audience),
    ),
    searched=(func.coalesce(Bulletin.number_text, ""), Bulletin.title, Author.name),
    order="last_day",
    newest_first=True,
)
