"""An import from the desk: uploaded, examined, confirmed, done by a job, taken back."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from geo.coordinates import Datum
from inspections import jobs
from inspections.db import scope
from inspections.errors import Conflict, Forbidden, Invalid
from inspections.evidence.store import open_store
from inspections.registry.imports import runs
from inspections.registry.imports.columns import Subject
from inspections.registry.imports.files import read_bytes, read_path
from inspections.registry.imports.importing import apply
from inspections.registry.imports.plans import Options
from inspections.registry.imports.runs import ImportRun, RunState
from inspections.registry.licences import Licence
from inspections.registry.people import Role
from inspections.registry.sites import LicenceState, Site
from tests.factories import make_person

pytestmark = pytest.mark.shared
COUNTY = "361129"


@pytest.fixture
def store(tmp_path):
    return open_store((tmp_path / "blobs").as_uri())


@pytest.fixture
def dispatcher(session):
    return make_person(session, Role.DISPATCHER)


@pytest.fixture
def work(session, store):
    """Do the jobs that wait, as the worker would."""

    def perform():
        session.flush()
        waiting = session.connection().exec_driver_sql(
            "select id, task_name, args from procrastinate_jobs where status = 'todo' order by id"
        )
        for job_id, name, arguments in waiting.all():
            arguments = dict(arguments)
            assert arguments.pop("county") == COUNTY
            session.connection().exec_driver_sql(f"delete from procrastinate_jobs where id = {job_id}")
            jobs.HANDLERS[name](jobs.Work(session, COUNTY, store), **arguments)
            session.flush()

    return perform


@pytest.fixture
def county(session, shared_data):
    folder = shared_data / "admin/wannian_361129"
    for name in ("county_cgcs2000", "townships_wgs84"):
        table = read_path(folder / f"{name}.geojson")
        apply(session, COUNTY, Subject.AREAS, table, Options(datum=Datum.WGS84))


@pytest.fixture
def upload(session, dispatcher, store, county, work):
    def start(data, subject=Subject.SITES, name="名单.csv"):
        run = runs.start(session, dispatcher, store, subject, name, data)
        work()
        return run

    return start


def count(session):
    return session.scalar(select(func.count()).select_from(Site).where(Site.county == COUNTY))


def test_an_upload_is_examined_and_nothing_is_stored(session, upload, written, places):
    run = upload(written.as_csv(written.in_datum(places, Datum.GCJ02)))
    assert run.state is RunState.EXAMINED
    assert run.preview["datum"] == "gcj02"
    assert run.counts["new"] == len(places)
    assert [line["datum"] for line in run.preview["verdict"]["evidence"]] == ["wgs84", "gcj02", "bd09"]
    assert count(session) == 0


def test_a_confirmed_run_is_stored_with_its_progress(session, upload, written, places, dispatcher, work):
    run = upload(written.as_csv(written.in_datum(places, Datum.BD09)))
    runs.confirm(session, dispatcher, run.id)
    work()
    assert (run.state, run.rows_done, run.rows_total) == (RunState.DONE, len(places), len(places))
    assert count(session) == len(places)


def test_a_run_with_refused_rows_waits_for_a_decision(session, upload, written, places, dispatcher, store, work):
    rows = written.in_datum(places, Datum.WGS84)
    rows[0] |= {"经度": "0", "纬度": "0"}
    run = upload(written.as_csv(rows))
    with pytest.raises(Invalid, match="有 1 行有错误"):
        runs.confirm(session, dispatcher, run.id)
    assert [(p.row, str(p.message)) for p in runs.problems_of(store, run)] == [(2, "坐标是 0,0：多半是没有填")]
    runs.confirm(session, dispatcher, run.id, skip_refused=True)
    work()
    assert count(session) == len(places) - 1


def test_a_run_that_cannot_tell_its_datum_waits_for_one(session, upload, written, rows, dispatcher, work):
    run = upload(written.as_csv(rows[:3]))
    assert run.state is RunState.EXAMINED
    assert not run.is_ready
    with pytest.raises(Conflict, match="选定坐标系"):
        runs.confirm(session, dispatcher, run.id)
    runs.change_options(session, dispatcher, run.id, {"datum": "wgs84"})
    work()
    assert run.is_ready


def test_a_file_without_a_known_name_column_waits_for_the_users_choice(session, upload, dispatcher, work):
    run = upload("单位,经度,纬度\n石镇小学,117.07,28.69\n".encode())
    assert run.state is RunState.FAILED
    assert [str(m) for m in run.refusals] == ["缺少“名称”列：没有认出哪一列是名称，请指定"]
    assert [c["name"] for c in run.preview["columns"]] == ["单位", "经度", "纬度"]
    runs.change_options(session, dispatcher, run.id, {"columns": {"单位": "name"}, "datum": "wgs84"})
    work()
    assert run.state is RunState.EXAMINED
    assert run.counts["new"] == 1


def test_a_file_that_cannot_be_read_says_why(upload):
    run = upload(b"%PDF-1.7", name="名单.pdf")
    assert run.state is RunState.FAILED
    assert "这是 PDF 文件" in str(run.refusals[0])


def test_an_import_is_taken_back_whole(session, upload, written, rows, dispatcher, work):
    first = upload(written.as_csv(rows[:20]))
    runs.change_options(session, dispatcher, first.id, {"datum": "wgs84"})
    work()
    runs.confirm(session, dispatcher, first.id)
    work()
    changed = [row | {"备注": "改过"} for row in rows]
    second = upload(written.as_csv(changed))
    runs.change_options(session, dispatcher, second.id, {"datum": "wgs84"})
    work()
    runs.confirm(session, dispatcher, second.id)
    work()
    assert count(session) == len(rows)
    with pytest.raises(Conflict, match="请先撤销后者"):
        runs.take_back(session, dispatcher, first.id)
    runs.take_back(session, dispatcher, second.id)
    assert count(session) == 20
    assert set(session.scalars(select(Site.remark))) == {None}
    x = session.scalar(select(func.ST_X(Site.location)).where(Site.name == "第1小学"))
    assert x == pytest.approx(float(rows[0]["经度"]), abs=1e-7)
    runs.take_back(session, dispatcher, first.id)
    assert count(session) == 0


def test_licences_that_an_import_added_go_with_it(session, upload, written, dispatcher, work):
    header = ["机构名称", "类别", "经度", "纬度", "办学许可证号"]
    row = {"机构名称": "晨光美术", "类别": "文化艺术类", "经度": "117.07", "纬度": "28.69"}

    def bring(**more):
        run = upload(written.as_csv([row | more], header))
        runs.change_options(session, dispatcher, run.id, {"datum": "wgs84"})
        work()
        runs.confirm(session, dispatcher, run.id)
        work()
        return run

    # In life each import is its own transaction; here `now()` stands still, so the first is given an older moment.
    bring(办学许可证号="教民1号")
    session.execute(update(Site).values(updated_at=func.now() - timedelta(days=1)))
    session.execute(update(Licence).values(created_at=func.now() - timedelta(days=1)))
    second = bring(办学许可证号="教民2号")
    assert set(session.scalars(select(Licence.number))) == {"教民1号", "教民2号"}
    runs.take_back(session, dispatcher, second.id)
    assert session.scalars(select(Licence.number)).all() == ["教民1号"]
    assert session.scalars(select(Site.licence_state)).one() is LicenceState.PERMIT_ONLY


def test_an_import_in_use_is_not_taken_back(session, upload, written, rows, dispatcher, work):
    run = upload(written.as_csv(rows))
    runs.change_options(session, dispatcher, run.id, {"datum": "wgs84"})
    work()
    runs.confirm(session, dispatcher, run.id)
    work()
    site = session.scalars(select(Site).limit(1)).one()
    dispatcher.site_id = site.id
    session.flush()
    with pytest.raises(Conflict, match="不能撤销"):
        runs.take_back(session, dispatcher, run.id)
    assert count(session) == len(rows)


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.DISPATCHER])
def test_only_a_dispatcher_brings_lists_in(session, store, role):
    person = make_person(session, role)
    with pytest.raises(Forbidden):
        runs.start(session, person, store, Subject.SITES, "a.csv", b"x")
    with pytest.raises(Forbidden):
        runs.list_runs(session, person)


def test_another_county_sees_no_run(session, upload, written, rows):
    upload(written.as_csv(rows))
    scope(session, "421303")
    session.expire_all()
    assert session.scalars(select(ImportRun)).all() == []


@pytest.fixture
def queued(app_engine, owner_engine, store, places, written):
    """A run that waits for the worker, on connections of its own; gives the run's id."""
    with Session(app_engine) as session:
        scope(session, COUNTY)
        person = make_person(session, Role.DISPATCHER)
        data = written.as_csv(written.in_datum(places, Datum.WGS84))
        run = runs.start(session, person, store, Subject.SITES, "a.csv", data)
        run.state, run.options = RunState.QUEUED, {"datum": "wgs84"}
        run_id = str(run.id)
        session.commit()
    yield run_id
    with owner_engine.begin() as connection:
        for table in TABLES:
            connection.exec_driver_sql(f"delete from {table}")


TABLES = ("procrastinate_jobs", "import_changes", "import_runs", "sites", "blobs", "person_roles", "people")


def stored(engine):
    with Session(engine) as session:
        scope(session, COUNTY)
        return session.scalars(select(ImportRun)).one(), count(session)


def test_progress_is_seen_from_outside_while_the_import_runs(app_engine, store, queued, monkeypatch):
    monkeypatch.setattr("inspections.registry.imports.site_writes.BATCH", 200)
    seen = []
    tell = runs._tell

    def listen(work, run_id, **values):
        tell(work, run_id, **values)
        run, sites = stored(app_engine)
        seen.append((run.state, run.rows_done, sites))

    monkeypatch.setattr(runs, "_tell", listen)
    jobs.run(app_engine, store, "imports.apply", COUNTY, run_id=queued)
    assert seen == [(RunState.RUNNING, n, 0) for n in (0, 200, 400, 600)]
    assert stored(app_engine)[1] == 600


def test_a_fault_in_the_middle_stores_nothing_and_says_so(app_engine, store, queued, monkeypatch):
    """As when the machine fails between two batches."""
    monkeypatch.setattr("inspections.registry.imports.site_writes.BATCH", 200)
    tell = runs._tell

    def fail(work, run_id, **values):
        if values.get("rows_done") == 400:
            raise RuntimeError
        tell(work, run_id, **values)

    monkeypatch.setattr(runs, "_tell", fail)
    with pytest.raises(RuntimeError):
        jobs.run(app_engine, store, "imports.apply", COUNTY, run_id=queued)
    run, sites = stored(app_engine)
    assert (run.state, sites) == (RunState.FAILED, 0)
    assert [str(m) for m in run.refusals] == ["系统出错了，没有写入；请重试，仍不行请联系管理员"]


def test_two_imports_of_one_list_at_once_store_it_once(app_engine, store, queued, places, written):
    data = written.as_csv(written.in_datum(places, Datum.WGS84))
    heard = []

    def bring():
        with Session(app_engine) as session:
            scope(session, COUNTY)
            options = Options(datum=Datum.WGS84)
            planned = apply(session, COUNTY, Subject.SITES, read_bytes("a.csv", data), options)
            session.commit()
            heard.append(planned.counts)

    threads = [threading.Thread(target=bring) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(c["new"] for c in heard) == [0, 600]
    assert sorted(c["unchanged"] for c in heard) == [0, 600]
    assert stored(app_engine)[1] == 600
