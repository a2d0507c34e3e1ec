"""levels: one problem behind a delivered number, with its photos, for who was let in by the county"""

from alembic import op

from migrations.security import APP_ROLE

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

# As open_by_grant (0027): it runs as the owner, so it asks for itself. The problem must be one of those that the
# delivered snapshot counts in that cell; else there is nothing. Signatures are nobody's business above.
PHOTOS = """
create function problem_behind(given_grant uuid, given_county char, given_delivery uuid, cell text, problem uuid)
returns findings language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_variable
declare
    found_one findings;
begin
    if split_part(cell, '.', 1) not in ('problems', 'done', 'in_progress') then
        return null;
    end if;
    select f.* into found_one
        from deliveries d
        join record_grants g on g.county = d.county and g.id = given_grant
        join figure_snapshots s
            on s.county = d.county and s.id = d.snapshot_id and s.sha256 = d.snapshot_sha256
        cross join jsonb_array_elements(s.content -> 'records' -> cell) pair
        join findings f on f.county = d.county and f.id = (pair ->> 0)::uuid
        where d.county = given_county and d.id = given_delivery and f.id = problem
            and g.to_code = nullif(current_setting('app.county', true), '') and g.revoked_at is null
            and g.expires_at > clock_timestamp() and 'findings' = any(g.kinds)
            and d.first_day >= g.first_day and d.last_day <= g.last_day;
    return found_one;
end $$;

create function photos_of_problem(problem findings) returns table (sha256 char(64), caption text, is_after boolean, at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
    select distinct on (p.sha256) p.sha256, p.caption, p.before_id is not null, coalesce(p.device_taken_at, c.received_at)
    from photos p join checks c on c.county = p.county and c.id = p.check_id
    where p.county = problem.county and p.state = 'received' and p.purpose <> 'signature'
        and p.media_type like 'image/%'
        and (p.finding_id = problem.id
            or p.finding_id is null and p.check_id = problem.check_id and p.item_code = problem.item_code)
    order by p.sha256
$$;
"""
PROBLEM = """
create function open_problem_by_grant(given_grant uuid, given_county char, given_delivery uuid, cell text, problem uuid)
returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
    one findings := problem_behind(given_grant, given_county, given_delivery, cell, problem);
begin
    if one.id is null then
        return null;
    end if;
    perform write_opening(given_county, given_grant, jsonb_build_object(
        'cell', cell, 'delivery', given_delivery, 'finding', one.id));
    return jsonb_build_object(
        'id', one.id, 'text', one.text, 'severity', one.severity, 'state', one.state, 'found_at', one.found_at,
        'confirmed_at', one.confirmed_at, 'due_on', one.due_on, 'struck_off_at', one.struck_off_at,
        'site', (select name from sites where county = given_county and id = one.site_id),
        'township', (select areas.name from sites join areas on areas.county = sites.county
            and areas.id = sites.township_id where sites.county = given_county and sites.id = one.site_id),
        'orders', (select coalesce(jsonb_agg(jsonb_build_object('number', o.number_text, 'on', o.issued_at)
            order by o.issued_at), '[]') from order_items i join orders o on o.county = i.county and o.id = i.order_id
            where i.county = given_county and i.finding_id = one.id and o.issued_at is not null),
        'closed', (select coalesce(jsonb_agg(jsonb_build_object('at', closed_at, 'reopened_at', reopened_at)
            order by closed_at), '[]') from closures where county = given_county and finding_id = one.id),
        'photos', (select coalesce(jsonb_agg(to_jsonb(p) order by p.at, p.sha256), '[]') from photos_of_problem(one) p));
end $$;

create function open_photo_by_grant(
    given_grant uuid, given_county char, given_delivery uuid, cell text, problem uuid, wanted char)
returns boolean language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
    one findings := problem_behind(given_grant, given_county, given_delivery, cell, problem);
begin
    if one.id is null or not exists (select from photos_of_problem(one) p where p.sha256 = wanted) then
        return false;
    end if;
    perform write_opening(given_county, given_grant, jsonb_build_object(
        'cell', cell, 'delivery', given_delivery, 'finding', one.id, 'file', wanted));
    return true;
end $$;
"""
OPENING = """
create function write_opening(given_county char, given_grant uuid, what jsonb) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    viewer text := nullif(current_setting('app.county', true), '');
    viewer_name text;
begin
    select name into viewer_name from people
        where county = viewer and id = nullif(current_setting('app.person', true), '')::uuid;
    insert into events (county, id, person_id, verb, subject, subject_id, detail)
        values (given_county, gen_random_uuid(), null, 'open', 'record_grants', given_grant,
            jsonb_build_object('by', viewer, 'person', viewer_name) || what);
end $$;
"""
WITHIN = (
    "problem_behind(uuid, char, uuid, text, uuid)",
    "photos_of_problem(findings)",
    "write_opening(char, uuid, jsonb)",
)
OPEN = (
    "open_problem_by_grant(uuid, char, uuid, text, uuid)",
    "open_photo_by_grant(uuid, char, uuid, text, uuid, char)",
)


def upgrade() -> None:
    for functions in (PHOTOS, OPENING, PROBLEM):
        op.execute(functions)
    for signature in (*WITHIN, *OPEN):
        op.execute(f"revoke execute on function {signature} from public")
    for signature in OPEN:
        op.execute(f"grant execute on function {signature} to {APP_ROLE}")


def downgrade() -> None:
    for signature in (*OPEN, *reversed(WITHIN)):
        op.execute(f"drop function {signature}")
