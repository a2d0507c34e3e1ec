"""tips are found by place and by words; whistles and what departments answer"""

import sqlalchemy as sa
from alembic import op

from migrations.security import secure

revision = "0037"
down_revision = "0038"
branch_labels = None
depends_on = None

# Pairs of neighbouring Han and whole words of letters and digits, each behind its county's code, so that one index
# serves every county. Python's `intake.wording.grams` makes the same of a text.
TIP_WORDS = r"""
create function tip_words(county char, words text, place text) returns text[] language sql immutable parallel safe as $$
    select coalesce(array_agg(distinct county || gram), '{}') from (
        select substr(run, at, case when run ~ '^[a-z0-9]' then 20 else 2 end) as gram
        from regexp_matches(lower(left(words, 600) || ' ' || coalesce(left(place, 200), '')),
                '[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+|[a-z0-9]+', 'g') as found(runs),
            lateral (select runs[1] as run) as one,
            lateral generate_series(1, case when run ~ '^[a-z0-9]' then 1 else greatest(length(run) - 1, 1) end)
                as at
    ) as grams
$$
"""
# Behind a policy no index of array operators may be used (they are not leakproof), so this runs as the owner and
# keeps to the county of the transaction itself. The rarest words of a text, by the statistics that PostgreSQL keeps
# of the index, find few tips each; those that share most of them come first.
SHARING = """
create function tips_sharing_words(words text, most int) returns table (id uuid, n int)
language sql stable security definer set search_path = public, pg_temp as $$
    with own as (select nullif(current_setting('app.county', true), '')::char(6) as county),
    known as (
        select gram, share from pg_stats s,
            unnest(s.most_common_elems::text::text[],
                s.most_common_elem_freqs[1:cardinality(s.most_common_elems::text::text[])]) as m(gram, share)
        where s.schemaname = 'public' and s.tablename = 'ix_tips_words'
    ),
    rare as (
        select given.gram
        from own, unnest(tip_words(own.county, words, null)) as given(gram) left join known using (gram)
        where coalesce(known.share, 0) < 0.005
        order by coalesce(known.share, 0), given.gram limit 12
    )
    select t.id, count(*)::int from rare
    cross join lateral (
        select tips.id from tips
        where tip_words(tips.county, tips.text, tips.place) @> array[rare.gram] limit 600
    ) t
    group by t.id order by count(*) desc, t.id desc limit most
$$
"""
# For searches: a word of two Han or more, as it stands in a tip's text or place. Texts that are longer than what the
# index looks at are few and read one by one.
SAYING = """
create function tips_saying(word text) returns table (id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
    with own as (select nullif(current_setting('app.county', true), '')::char(6) as county)
    select tips.id from tips
    where tip_words(county, text, place) @> (select tip_words(county, word, null) from own)
        and county = (select county from own) and (strpos(text, word) > 0 or strpos(place, word) > 0)
    union all
    select tips.id from tips
    where char_length(text) > 500 and county = (select county from own) and strpos(text, word) > 0
$$
"""
STATES = "'called', 'done', 'cancelled'"
ANSWERS = "'waiting', 'accepted', 'refused', 'arrived'"


def upgrade() -> None:
    op.add_column(
        "tips",
        sa.Column("tile_key", sa.BigInteger(), sa.Computed("tile_key(location)", persisted=True), nullable=True),
    )
    op.create_index("ix_tips_county_tile_key", "tips", ["county", "tile_key"])
    op.create_index("ix_tips_county_near_site_id", "tips", ["county", "near_site_id"])
    op.create_index(
        "ix_tips_county_compound", "tips", ["county", "compound"],
        postgresql_where=sa.text("compound is not null"),
    )  # fmt: skip
    op.create_index(
        "ix_tips_open", "tips", ["county", "state", "received_at", "id"],
        postgresql_where=sa.text("state in ('new', 'assigned')"),
    )  # fmt: skip
    op.create_index(
        "ix_tips_key", "tips", ["county", "key_since"], postgresql_where=sa.text("key_since is not null")
    )
    op.execute("create index ix_tips_newest on tips (county, received_at desc nulls last, id desc)")
    op.create_index(
        "ix_tips_long", "tips", ["county"], postgresql_where=sa.text("char_length(text) > 500")
    )  # fmt: skip
    op.create_index(
        "ix_tips_decided", "tips", ["county", "channel", "state", "received_at"],
        postgresql_include=["taken_by_id", "reference_from"],
        postgresql_where=sa.text("state in ('confirmed', 'unfounded')"),
    )  # fmt: skip
    op.create_index("ix_tip_moves_county_by_id_at", "tip_moves", ["county", "by_id", "at"])
    op.execute(TIP_WORDS)
    op.execute("create index ix_tips_words on tips using gin (tip_words(county, text, place))")
    op.execute("alter index ix_tips_words alter column 1 set statistics 1000")
    op.execute(SHARING)
    op.execute(SAYING)
    for function in ("tips_sharing_words(text, int)", "tips_saying(text)"):
        op.execute(f"revoke execute on function {function} from public")
        op.execute(f"grant execute on function {function} to mingcha_app")
    _whistles()
    _departments()


def _row(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("county", "id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f(f"fk_{table}_county")),
    ]


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["county", column], [f"{other}.county", f"{other}.id"], name=op.f(f"fk_{table}_county_{column}")
    )


def _whistles() -> None:
    moments = ("blown_at", "starts_at", "ends_at", "answer_by")
    op.create_table(
        "whistles",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("tip_id", sa.Uuid(), nullable=True),
        sa.Column("township_id", sa.Uuid(), nullable=True),
        sa.Column("blown_by_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.TIMESTAMP(timezone=True), nullable=False) for name in moments),
        sa.Column("meeting_point", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), server_default="called", nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        *_row("whistles"),
        _to("whistles", "site_id", "sites"),
        _to("whistles", "tip_id", "tips"),
        _to("whistles", "township_id", "areas"),
        _to("whistles", "blown_by_id", "people"),
        sa.CheckConstraint(f"state in ({STATES})", name=op.f("ck_whistles_state")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_whistles_window")),
        sa.CheckConstraint("btrim(meeting_point) <> ''", name=op.f("ck_whistles_meeting_point")),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_whistles_reason")),
    )
    for column in ("starts_at", "tip_id", "site_id"):
        op.create_index(f"ix_whistles_county_{column}", "whistles", ["county", column])
    secure("whistles", "select, insert, update")


def _departments() -> None:
    name = "whistle_departments"
    op.create_table(
        name,
        sa.Column("whistle_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(32), server_default="waiting", nullable=False),
        sa.Column("answered_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("arrived_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        *_row(name),
        _to(name, "whistle_id", "whistles"),
        _to(name, "department_id", "departments"),
        _to(name, "answered_by_id", "people"),
        _to(name, "person_id", "people"),
        _to(name, "task_id", "tasks"),
        sa.CheckConstraint(f"state in ({ANSWERS})", name=op.f(f"ck_{name}_state")),
    )
    op.create_index(f"uq_{name}_once", name, ["county", "whistle_id", "department_id"], unique=True)
    op.create_index(f"ix_{name}_county_department_id", name, ["county", "department_id"])
    secure(name, "select, insert, update")


def downgrade() -> None:
    op.drop_table("whistle_departments")
    op.drop_table("whistles")
    op.execute("drop function tips_sharing_words(text, int)")
    op.execute("drop function tips_saying(text)")
    op.drop_index("ix_tips_words", table_name="tips")
    op.execute("drop function tip_words(char, text, text)")
    op.drop_index("ix_tip_moves_county_by_id_at", table_name="tip_moves")
    for name in (
        "newest",
        "long",
        "decided",
        "key",
        "open",
        "county_compound",
        "county_near_site_id",
        "county_tile_key",
    ):
        op.drop_index(f"ix_tips_{name}", table_name="tips")
    op.drop_column("tips", "tile_key")
