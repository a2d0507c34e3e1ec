"""closing: a finding is struck off by a closure with evidence and in no other way"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# The reason is read by people
WITHOUT_EVIDENCE = "系统升级：原销号没有复查证据，改回整改中，请复查后重新销号"


def upgrade() -> None:
    op.execute(
        f"""
        with reopened as (
            update findings set state = 'rectifying', struck_off_at = null
            where state = 'struck_off' and not exists (
                select from closures where closures.county = findings.county and finding_id = findings.id
                and reopened_at is null
            )
            returning county, id
        )
        insert into events (county, id, verb, subject, subject_id, detail)
        select county, gen_random_uuid(), 'reopen', 'findings', id, jsonb_build_object('reason', '{WITHOUT_EVIDENCE}')
        from reopened
        """
    )
    _demand_evidence()
    _keep_closures()
    _tie_states_to_closures()


def _demand_evidence() -> None:
    """A closure rests on a re-check that says fixed, that arrived whole and that shows the finding."""
    op.execute(
        """
        create function demand_evidence() returns trigger language plpgsql as $$
        begin
            if not exists (
                select from rechecks
                join checks on checks.county = rechecks.county and checks.id = rechecks.check_id
                join photos on photos.county = rechecks.county and photos.check_id = rechecks.check_id
                    and photos.finding_id = rechecks.finding_id
                where rechecks.county = new.county and rechecks.id = new.recheck_id
                    and rechecks.finding_id = new.finding_id and rechecks.outcome = 'fixed'
                    and checks.state = 'received' and checks.kind <> 'self'
                    and photos.state = 'received' and photos.purpose <> 'signature'
            ) then
                raise exception 'closure of finding % lacks evidence', new.finding_id
                    using errcode = 'check_violation', constraint = 'ck_closures_evidence';
            end if;
            return new;
        end $$
        """
    )
    op.execute(
        "create trigger demand_evidence before insert on closures for each row execute function demand_evidence()"
    )


def _keep_closures() -> None:
    """A closure changes once, when it is reopened, and then only in what says so."""
    op.execute(
        """
        create function keep_closure() returns trigger language plpgsql as $$
        begin
            if old.reopened_at is not null or new.reopened_at is null
                or (new.county, new.id, new.finding_id, new.recheck_id, new.closed_by_id, new.closed_at, new.note)
                is distinct from
                (old.county, old.id, old.finding_id, old.recheck_id, old.closed_by_id, old.closed_at, old.note)
            then
                raise exception 'closure % does not change', old.id
                    using errcode = 'check_violation', constraint = 'ck_closures_kept';
            end if;
            return new;
        end $$
        """
    )
    op.execute(
        "create trigger keep_closure before update on closures for each row execute function keep_closure()"
    )


def _tie_states_to_closures() -> None:
    """At the end of each transaction a finding is struck off if, and only if, it has a closure that stands."""
    op.execute(
        """
        create function tie_closure() returns trigger language plpgsql as $$
        declare
            key uuid := case tg_table_name when 'findings' then new.id
                else (to_jsonb(new) ->> 'finding_id')::uuid end;
            is_struck_off boolean;
        begin
            select state = 'struck_off' into is_struck_off from findings where county = new.county and id = key;
            if is_struck_off is distinct from exists (
                select from closures where county = new.county and finding_id = key and reopened_at is null
            ) then
                raise exception 'finding % and its closures disagree', key
                    using errcode = 'check_violation', constraint = 'ck_findings_closure';
            end if;
            return null;
        end $$
        """
    )
    for name, when in (
        ("insert on findings", "when (new.state = 'struck_off')"),
        (
            "update of state on findings",
            "when (old.state <> new.state and 'struck_off' in (old.state, new.state))",
        ),
        ("insert or update on closures", ""),
    ):
        trigger = "tie_closure_" + name.split()[0] + "_" + name.split()[-1]
        op.execute(
            f"create constraint trigger {trigger} after {name} deferrable initially deferred"
            f" for each row {when} execute function tie_closure()"
        )


def downgrade() -> None:
    for table, trigger in (
        ("closures", "tie_closure_insert_closures"),
        ("findings", "tie_closure_update_findings"),
        ("findings", "tie_closure_insert_findings"),
        ("closures", "keep_closure"),
        ("closures", "demand_evidence"),
    ):
        op.execute(f"drop trigger {trigger} on {table}")
    for function in ("tie_closure", "keep_closure", "demand_evidence"):
        op.execute(f"drop function {function}()")
