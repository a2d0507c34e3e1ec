"""ledger: one row for each confirmed finding, kept by triggers; who answers for it; views, and work on many"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import APP_ROLE, secure

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_items()
    create_owners()
    for table in ("ledger_items", "ledger_words"):
        secure(table, "select")
    create_views_and_runs()
    secure("owners", "select, insert, update")
    secure("saved_views", "select, insert, update")
    secure("ledger_runs", "select, insert, update")
    secure("ledger_run_items", "select, insert, update")
    op.execute(WORD_SQL)
    op.execute(WRITE_SQL)
    op.execute(TRIGGERS_SQL)
    op.execute(f"revoke execute on function write_ledger, ledger_word from public, {APP_ROLE}")
    op.execute(
        "select write_ledger(county, array_agg(id)) from findings"
        " where state not in ('proposed', 'rejected') group by county"
    )


def downgrade() -> None:
    for table, names in TRIGGERS.items():
        for name in names:
            op.execute(f"drop trigger {name} on {table}")
    for name in ("finding", "item", "order", "step", "closure", "site", "check"):
        op.execute(f"drop function ledger_of_{name}")
    op.execute("drop function ledger_of_owner")
    op.execute("drop function write_ledger")
    op.execute("drop function ledger_word")
    for table in ("ledger_run_items", "ledger_runs", "saved_views", "owners", "ledger_items", "ledger_words"):
        op.drop_table(table)


def word(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=32), nullable=nullable)


def create_items() -> None:
    op.create_table(
        "ledger_words",
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_ledger_words_county")),
        sa.PrimaryKeyConstraint("county", "no", name=op.f("pk_ledger_words")),
        sa.UniqueConstraint("county", "word", name=op.f("uq_ledger_words_county_word")),
    )
    op.create_table(
        "ledger_items",
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("site_name", sa.Text(), nullable=False),
        word("site_kind"),
        sa.Column("township_id", sa.Uuid(), nullable=True),
        word("check_kind", nullable=True),
        sa.Column("item_code", sa.Text(), nullable=True),
        sa.Column("rule_code", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        word("state"),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("found_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("confirmed_by_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("suspended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        word("paper"),
        sa.Column("numbers", sa.Text(), nullable=True),
        sa.Column("measures", sa.Text(), nullable=True),
        sa.Column("lead", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        word("step", nullable=True),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("packed", postgresql.BYTEA(), nullable=False),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_ledger_items_county")),
        sa.ForeignKeyConstraint(
            ["county", "id"], ["findings.county", "findings.id"], ondelete="CASCADE",
            name=op.f("fk_ledger_items_county_id"),
        ),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_ledger_items")),
    )  # fmt: skip
    for column in ("due_on", "found_at"):
        op.create_index(f"ix_ledger_items_county_{column}", "ledger_items", ["county", column, "id"])
    for column in ("site_id", "township_id"):
        op.create_index(f"ix_ledger_items_county_{column}", "ledger_items", ["county", column])


def create_owners() -> None:
    op.create_table(
        "owners",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("set_by_id", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Uuid(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(withdrawn_at is null) = (withdrawn_by_id is null)", name=op.f("ck_owners_withdrawal_whole")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_owners_county")),
        sa.ForeignKeyConstraint(
            ["county", "finding_id"], ["findings.county", "findings.id"], name=op.f("fk_owners_county_finding_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "set_by_id"], ["people.county", "people.id"], name=op.f("fk_owners_county_set_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "withdrawn_by_id"], ["people.county", "people.id"],
            name=op.f("fk_owners_county_withdrawn_by_id"),
        ),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_owners")),
    )  # fmt: skip
    op.create_index("ix_owners_county_finding_id", "owners", ["county", "finding_id"])


def choice(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def stamps() -> list[sa.Column[str]]:
    return [
        sa.Column(name, sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    ]


def create_views_and_runs() -> None:
    op.create_table(
        "saved_views",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("question", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_shared", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("removed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *stamps(),
        sa.CheckConstraint("name <> ''", name=op.f("ck_saved_views_name")),
        sa.CheckConstraint("not (is_default and is_shared)", name=op.f("ck_saved_views_own_default")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_saved_views_county")),
        sa.ForeignKeyConstraint(
            ["county", "person_id"], ["people.county", "people.id"], name=op.f("fk_saved_views_county_person_id")
        ),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_saved_views")),
    )
    op.create_index("ix_saved_views_county_person_id", "saved_views", ["county", "person_id"])
    op.create_index(
        "uq_saved_views_default",
        "saved_views",
        ["county", "person_id"],
        unique=True,
        postgresql_where=sa.text("is_default and removed_at is null"),
    )
    op.create_table(
        "ledger_runs",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("deed", choice("deed", "recheck", "remind", "extend", "own", "export"), nullable=False),
        sa.Column(
            "state", choice("state", "planned", "queued", "running", "done", "failed", "undone"), nullable=False
        ),
        sa.Column("question", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("form", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("rows_total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=True),
        sa.Column("finished_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("undone_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *stamps(),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_ledger_runs_county")),
        sa.ForeignKeyConstraint(
            ["county", "person_id"], ["people.county", "people.id"], name=op.f("fk_ledger_runs_county_person_id")
        ),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_ledger_runs")),
    )
    op.create_index(
        "ix_ledger_runs_county_person_id_created_at", "ledger_runs", ["county", "person_id", "created_at"]
    )
    op.create_table(
        "ledger_run_items",
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("result", choice("result", "planned", "refused", "done", "undone", "kept"), nullable=False),
        sa.Column("reason", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("made_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["county", "finding_id"], ["findings.county", "findings.id"],
            name=op.f("fk_ledger_run_items_county_finding_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "run_id"], ["ledger_runs.county", "ledger_runs.id"], ondelete="CASCADE",
            name=op.f("fk_ledger_run_items_county_run_id"),
        ),
        sa.PrimaryKeyConstraint("county", "run_id", "position", name=op.f("pk_ledger_run_items")),
    )  # fmt: skip


# The number of a word, the same for ever. Two who meet a new word at once get the same number.
WORD_SQL = """
create function ledger_word(c char(6), w text) returns int language plpgsql security definer
set search_path = public, pg_temp as $$
declare found_no int;
begin
    if w is null then return 0; end if;
    loop
        select no into found_no from ledger_words where county = c and word = w;
        if found then return found_no; end if;
        insert into ledger_words (county, no, word)
        select c, coalesce(max(no), 0) + 1, w from ledger_words where county = c
        on conflict do nothing;
    end loop;
end $$
"""

# As the owner: the app can't write these rows by hand, so that they always say what the records say.
WRITE_SQL = """
create function write_ledger(c char(6), ids uuid[]) returns void language sql security definer
set search_path = public, pg_temp as $$
    delete from ledger_items where county = c and id = any(ids) and exists (
        select from findings f where f.county = c and f.id = ledger_items.id
        and f.state in ('proposed', 'rejected'));
    insert into ledger_items as l (
        county, id, site_id, site_name, site_kind, township_id, check_kind, item_code, rule_code, text, severity,
        state, is_open, found_at, confirmed_at, confirmed_by_id, due_on, suspended_at, closed_at, reopened,
        order_id, paper, numbers, measures, lead, department, step, searched, packed)
    select f.county, f.id, f.site_id, s.name, s.kind, s.township_id, k.kind, f.item_code, j.rule_code, f.text,
        f.severity, f.state, f.state <> 'struck_off', f.found_at, coalesce(f.confirmed_at, f.found_at),
        f.confirmed_by_id, f.due_on, f.suspended_at,
        case when f.state = 'struck_off' then coalesce(closed.at, f.struck_off_at) end, coalesce(closed.reopened, 0),
        o.order_id, coalesce(o.paper, 'none'), o.numbers, o.measures,
        answers.lead, answers.department, steps.kind,
        lower(concat_ws(chr(10), f.text, s.name, f.item_code, j.rule_code, o.numbers, answers.lead,
            answers.department)),
        int4send(ledger_word(c, s.township_id::text)) || int4send(ledger_word(c, s.kind))
        || int4send(ledger_word(c, k.kind)) || int4send(ledger_word(c, f.item_code))
        || int4send(ledger_word(c, j.rule_code)) || int4send(f.severity) || int4send(ledger_word(c, f.state))
        || int4send(case when f.state = 'struck_off' then 0 else 1 end)
        || int4send(case when f.suspended_at is null then 0 else 1 end)
        || int4send(case when coalesce(closed.reopened, 0) = 0 then 0 else 1 end)
        || int4send(ledger_word(c, f.confirmed_by_id::text)) || int4send(ledger_word(c, coalesce(o.paper, 'none')))
        || int4send(ledger_word(c, answers.lead)) || int4send(ledger_word(c, answers.department))
        || int4send(ledger_word(c, coalesce(steps.kind, 'no step')))
        || int4send(coalesce(f.due_on - date '2000-01-01', -1))
        || int4send((f.found_at at time zone 'Asia/Shanghai')::date - date '2000-01-01')
    from findings f
    join sites s on s.county = f.county and s.id = f.site_id
    left join checks k on k.county = f.county and k.id = f.check_id
    left join lateral (
        select min(rule_code) as rule_code from judgements
        where county = f.county and check_id = f.check_id and finding_id = f.id) j on true
    left join lateral (
        select (array_agg(i.order_id order by d.issued_at desc nulls last))[1] as order_id,
            (array_agg(i.measures order by d.issued_at desc nulls last))[1] as measures,
            (array_agg(i.lead order by d.issued_at desc nulls last))[1] as lead,
            (array_agg(i.department order by d.issued_at desc nulls last))[1] as department,
            max(coalesce(d.issued_at, d.created_at)) as at,
            case when bool_or(i.kind = 'supervision' and d.state <> 'draft') then 'supervision'
                when bool_or(d.state <> 'draft') then 'rectification' else 'draft' end as paper,
            string_agg(d.number_text, '、' order by d.issued_at) as numbers
        from order_items i join orders d on d.county = i.county and d.id = i.order_id
        where i.county = f.county and i.finding_id = f.id and i.is_live
        having count(*) > 0) o on true
    left join lateral (
        select lead, department, set_at from owners
        where county = f.county and finding_id = f.id and withdrawn_at is null
        order by set_at desc, id desc limit 1) w on true
    left join lateral (
        select case when o.at is null or w.set_at > o.at then coalesce(w.lead, o.lead) else o.lead end as lead,
            case when o.at is null or w.set_at > o.at then coalesce(w.department, o.department)
                else o.department end as department) answers on true
    left join lateral (
        select kind from steps where county = f.county and finding_id = f.id and state = 'done'
        order by array_position(array['due_soon', 'reminder', 'overdue', 'supervision', 'interview', 'notice',
            'accountability'], kind::text) desc limit 1) steps on true
    left join lateral (
        select max(closed_at) filter (where reopened_at is null) as at,
            count(reopened_at)::int as reopened
        from closures where county = f.county and finding_id = f.id) closed on true
    where f.county = c and f.id = any(ids) and f.state not in ('proposed', 'rejected')
    on conflict (county, id) do update set
        site_id = excluded.site_id, site_name = excluded.site_name, site_kind = excluded.site_kind,
        township_id = excluded.township_id, check_kind = excluded.check_kind, item_code = excluded.item_code,
        rule_code = excluded.rule_code, text = excluded.text, severity = excluded.severity,
        state = excluded.state, is_open = excluded.is_open, found_at = excluded.found_at,
        confirmed_at = excluded.confirmed_at, confirmed_by_id = excluded.confirmed_by_id,
        due_on = excluded.due_on, suspended_at = excluded.suspended_at, closed_at = excluded.closed_at,
        reopened = excluded.reopened, order_id = excluded.order_id, paper = excluded.paper,
        numbers = excluded.numbers, measures = excluded.measures, lead = excluded.lead,
        department = excluded.department, step = excluded.step, searched = excluded.searched,
        packed = excluded.packed;
$$
"""

TRIGGERS = {
    "findings": ("ledger_added", "ledger_changed"),
    "order_items": ("ledger_written", "ledger_gone"),
    "orders": ("ledger_written",),
    "steps": ("ledger_written",),
    "closures": ("ledger_written",),
    "owners": ("ledger_written",),
    "sites": ("ledger_written",),
    "checks": ("ledger_written",),
}

TRIGGERS_SQL = """
create function ledger_of_finding() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin perform write_ledger(new.county, array[new.id]); return null; end $$;
create trigger ledger_added after insert on findings for each row
    when (new.state not in ('proposed', 'rejected')) execute function ledger_of_finding();
create trigger ledger_changed after update on findings for each row
    when (old.state not in ('proposed', 'rejected') or new.state not in ('proposed', 'rejected'))
    execute function ledger_of_finding();

create function ledger_of_item() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin
    if tg_op = 'DELETE' then perform write_ledger(old.county, array[old.finding_id]);
    else perform write_ledger(new.county, array[new.finding_id]); end if;
    return null;
end $$;
create trigger ledger_written after insert or update on order_items
    for each row execute function ledger_of_item();
create trigger ledger_gone after delete on order_items for each row execute function ledger_of_item();

create function ledger_of_order() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin
    perform write_ledger(new.county, array_agg(finding_id)) from order_items
        where county = new.county and order_id = new.id having count(*) > 0;
    return null;
end $$;
create trigger ledger_written after update on orders for each row
    when ((old.state, old.number_text, old.issued_at) is distinct from (new.state, new.number_text, new.issued_at))
    execute function ledger_of_order();

create function ledger_of_step() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin perform write_ledger(new.county, array[new.finding_id]); return null; end $$;
create trigger ledger_written after insert or update on steps for each row
    when (new.state <> 'proposed') execute function ledger_of_step();

create function ledger_of_closure() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin perform write_ledger(new.county, array[new.finding_id]); return null; end $$;
create trigger ledger_written after insert or update on closures
    for each row execute function ledger_of_closure();

create function ledger_of_owner() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin perform write_ledger(new.county, array[new.finding_id]); return null; end $$;
create trigger ledger_written after insert or update on owners for each row execute function ledger_of_owner();

create function ledger_of_site() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin
    perform write_ledger(new.county, array_agg(id)) from ledger_items
        where county = new.county and site_id = new.id having count(*) > 0;
    return null;
end $$;
create trigger ledger_written after update on sites for each row
    when ((old.name, old.kind, old.township_id) is distinct from (new.name, new.kind, new.township_id))
    execute function ledger_of_site();

create function ledger_of_check() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin
    perform write_ledger(new.county, array_agg(id)) from findings
        where county = new.county and check_id = new.id having count(*) > 0;
    return null;
end $$;
create trigger ledger_written after update on checks for each row
    when (old.kind is distinct from new.kind) execute function ledger_of_check()
"""
