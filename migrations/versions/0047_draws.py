"""draws: committed, frozen, drawn, published, in this order"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.security import APP_ROLE, secure

revision = "0047"
down_revision = "0042"
branch_labels = None
depends_on = None

READABLE = (
    "county", "id", "number", "title", "plan", "first_day", "last_day", "stage", "commitment", "salt",
    "committed_at", "committed_by_id", "frozen_at", "frozen_by_id", "pool", "pool_sha256", "codes", "drawn_at",
    "drawn_by_id", "public_number", "published_at", "published_by_id", "seed", "file", "ended_at", "ended_by_id",
    "ended_reason", "supersedes_id",
)  # fmt: skip
FROZEN = ("frozen_at", "frozen_by_id", "pool", "pool_sha256", "codes")
DRAWN = ("drawn_at", "drawn_by_id", "public_number")
PUBLISHED = ("published_at", "published_by_id", "seed", "file")
ENDED = ("ended_at", "ended_by_id", "ended_reason")
STAGES = ("committed", "frozen", "drawn")
WHYS = ("ill", "recusal", "certificate", "left", "duty", "closed", "moved", "in_case", "capped")
OUTCOMES = ("clean", "mended", "pending", "not_found", "unwilling", "no_activity", "not_visited")


def _changed(columns: tuple[str, ...]) -> str:
    new, old = (", ".join(f"{row}.{name}" for name in columns) for row in ("new", "old"))
    return f"row({new}) is distinct from row({old})"


# Whoever writes to the table, the owner too: no step is left out, none is done twice, nothing is changed afterwards
KEEP_ORDER = f"""
create function keep_order_of_draws() returns trigger language plpgsql as $$
begin
    if row(new.county, new.id, new.number, new.title, new.plan, new.first_day, new.last_day, new.commitment,
            new.salt, new.sealed, new.committed_at, new.committed_by_id, new.supersedes_id)
        is distinct from row(old.county, old.id, old.number, old.title, old.plan, old.first_day, old.last_day,
            old.commitment, old.salt, old.sealed, old.committed_at, old.committed_by_id, old.supersedes_id)
    then raise exception 'what a draw was committed with does not change'; end if;
    if not (new.stage = old.stage or (old.ended_at is null and new.ended_at is null and (
        (old.stage = 'committed' and new.stage = 'frozen') or (old.stage = 'frozen' and new.stage = 'drawn'))))
    then raise exception 'a draw goes from % to the next step only', old.stage; end if;
    if {_changed(FROZEN)} and not (old.stage = 'committed' and new.stage = 'frozen')
    then raise exception 'a frozen pool does not change'; end if;
    if {_changed(DRAWN)} and not (old.stage = 'frozen' and new.stage = 'drawn')
    then raise exception 'a draw is drawn once'; end if;
    if {_changed(PUBLISHED)} and (old.published_at is not null or not (old.stage = 'drawn' or old.ended_at is not null))
    then raise exception 'a draw is published once, and after it was drawn'; end if;
    if {_changed(ENDED)} and (old.ended_at is not null or old.published_at is not null)
    then raise exception 'a draw ends once'; end if;
    return new;
end $$;
"""
# The one way to a sealed seed, not before the pool is frozen and drawn from; it leaves a line of history
OPEN = """
create function open_draw_seed(draw uuid) returns bytea
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    home char(6) := nullif(current_setting('app.county', true), '');
    one draws;
begin
    select d.* into one from draws d where d.county = home and d.id = draw;
    if one.id is null or not (one.stage = 'drawn' or one.ended_at is not null) then
        return null;
    end if;
    insert into events (county, id, person_id, verb, subject, subject_id, detail) values (
        home, gen_random_uuid(), nullif(current_setting('app.person', true), '')::uuid, 'open_seed', 'draws', draw, '{}');
    return one.sealed;
end $$;
"""


def upgrade() -> None:
    op.create_table(
        "draws",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("plan", JSONB(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("stage", _words("stage", STAGES), nullable=False),
        sa.Column("commitment", sa.CHAR(64), nullable=False),
        sa.Column("salt", sa.CHAR(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("committed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("committed_by_id", sa.Uuid(), nullable=False),
        sa.Column("frozen_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("frozen_by_id", sa.Uuid(), nullable=True),
        sa.Column("pool", sa.LargeBinary(), nullable=True),
        sa.Column("pool_sha256", sa.CHAR(64), nullable=True),
        sa.Column("codes", JSONB(), nullable=True),
        sa.Column("drawn_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("drawn_by_id", sa.Uuid(), nullable=True),
        sa.Column("public_number", sa.Text(), nullable=True),
        sa.Column("published_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("published_by_id", sa.Uuid(), nullable=True),
        sa.Column("seed", sa.LargeBinary(), nullable=True),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        sa.Column("supersedes_id", sa.Uuid(), nullable=True),
        *_row("draws"),
        *(
            _in_county("draws", f"{step}_by_id", "people")
            for step in ("committed", "frozen", "drawn", "published", "ended")
        ),
        _in_county("draws", "supersedes_id", "draws"),
        sa.UniqueConstraint("county", "number", name=op.f("uq_draws_county_number")),
        sa.UniqueConstraint("county", "commitment", name=op.f("uq_draws_county_commitment")),
        _check("draws", "days", "first_day <= last_day"),
        _check("draws", "commitment", "commitment = encode(sha256(seed), 'hex')"),
        _check("draws", "pool_sha256", "pool_sha256 = encode(sha256(pool), 'hex')"),
        _check("draws", "moments", "frozen_at >= committed_at and drawn_at >= frozen_at"),
        _check(
            "draws", "frozen", "(stage = 'committed') = (pool is null) and (pool is null) = (frozen_at is null)"
        ),
        _check("draws", "drawn", "(stage = 'drawn') = (drawn_at is not null)"),
        _check(
            "draws", "published", "(published_at is null) = (seed is null) and (seed is null) = (file is null)"
        ),
        _check("draws", "ended", "(ended_at is null) = (btrim(coalesce(ended_reason, '')) = '')"),
    )
    op.create_index(
        "uq_draws_under_way",
        "draws",
        ["county"],
        unique=True,
        postgresql_where=sa.text("stage <> 'drawn' and ended_at is null"),
    )
    _make_children()
    _let_the_app_in()


def _make_children() -> None:
    op.create_table(
        "draw_turns",
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("turn", sa.SmallInteger(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("why", _words("why", WHYS), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("result", JSONB(), nullable=False),
        *_row("draw_turns"),
        _in_county("draw_turns", "draw_id", "draws"),
        _in_county("draw_turns", "site_id", "sites"),
        _in_county("draw_turns", "person_id", "people"),
        _in_county("draw_turns", "by_id", "people"),
        sa.UniqueConstraint("county", "draw_id", "turn", name=op.f("uq_draw_turns_county_draw_id_turn")),
        _check("draw_turns", "first", "(turn = 0) = (site_id is null) and (turn = 0) = (why is null)"),
    )
    op.create_table(
        "draw_tasks",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("draw_id", "site_id", "person_id", "task_id")),
        *_row("draw_tasks"),
        _in_county("draw_tasks", "draw_id", "draws"),
        _in_county("draw_tasks", "site_id", "sites"),
        _in_county("draw_tasks", "person_id", "people"),
        _in_county("draw_tasks", "task_id", "tasks"),
        sa.UniqueConstraint(
            "county",
            "draw_id",
            "site_id",
            "person_id",
            name=op.f("uq_draw_tasks_county_draw_id_site_id_person_id"),
        ),
    )
    op.create_table(
        "draw_outcomes",
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", _words("outcome", OUTCOMES), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        *_row("draw_outcomes"),
        _in_county("draw_outcomes", "draw_id", "draws"),
        _in_county("draw_outcomes", "site_id", "sites"),
        _in_county("draw_outcomes", "by_id", "people"),
    )
    op.create_index("ix_draw_outcomes_county_draw_id", "draw_outcomes", ["county", "draw_id"])


def _let_the_app_in() -> None:
    secure("draws", "insert")
    op.execute(f"grant select ({', '.join(READABLE)}) on draws to {APP_ROLE}")
    op.execute(
        f"grant update ({', '.join(('stage', *FROZEN, *DRAWN, *PUBLISHED, *ENDED))}) on draws to {APP_ROLE}"
    )
    for table in ("draw_turns", "draw_tasks", "draw_outcomes"):
        secure(table, "select, insert")
    op.execute(KEEP_ORDER)
    op.execute(
        "create trigger keep_order before update on draws for each row execute function keep_order_of_draws()"
    )
    op.execute(OPEN)
    op.execute("revoke execute on function open_draw_seed(uuid) from public")
    op.execute(f"grant execute on function open_draw_seed(uuid) to {APP_ROLE}")


def _words(name: str, words: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _row(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("county", "id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f(f"fk_{table}_county")),
    )


def _in_county(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["county", column], [f"{other}.county", f"{other}.id"], name=op.f(f"fk_{table}_county_{column}")
    )


def downgrade() -> None:
    op.execute("drop function open_draw_seed(uuid)")
    for table in ("draw_outcomes", "draw_tasks", "draw_turns", "draws"):
        op.drop_table(table)
    op.execute("drop function keep_order_of_draws()")
