"""Work that is too slow for a request: enqueued in the same transaction, run by a worker.

The queue is procrastinate, on the same PostgreSQL. A handler takes `(work, **arguments)`; its one transaction is
scoped to the county the job belongs to and committed around it, as a request's is.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import procrastinate
from procrastinate import builtin_tasks
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from .db import scope
from .evidence.keys import KeyRing
from .evidence.store import BlobStore


@dataclass
class Work:
    """What a handler works with."""

    session: Session
    county: str
    store: BlobStore
    keys: KeyRing = field(default_factory=KeyRing)


Handler = Callable[..., None]
HANDLERS: dict[str, Handler] = {}
PRIORITIES: dict[str, int] = {}
PERIODIC: dict[str, str] = {}  # name of a handler → when it runs for every county, as in a crontab
KEEP_DONE_HOURS = 72

Watch = Callable[[Session, str], None]
WATCHES: list[Watch] = []


def job(name: str, *, awaited: bool = False, every: str | None = None) -> Callable[[Handler], Handler]:
    """Register a handler under the name that jobs are enqueued by.

    An `awaited` job has a person looking at its progress: it goes before those that nobody waits for. `every` is a
    crontab line (UTC) by which the worker runs it for each county; it then takes no arguments.
    """

    def register(handler: Handler) -> Handler:
        HANDLERS[name] = handler
        PRIORITIES[name] = 1 if awaited else 0
        if every:
            PERIODIC[name] = every
        return handler

    return register


def watch(function: Watch) -> Watch:
    """Register a function of (session, county) that the worker calls for each county every few seconds.

    It looks whether something is to be done and enqueues it; the work itself is a job's.
    """
    WATCHES.append(function)
    return function


def enqueue(
    session: Session,
    name: str,
    county: str,
    *,
    once: str | None = None,
    **arguments: Any,
) -> None:
    """Queue a job; it exists if and only if the caller's transaction commits.

    `once` is a key: while a job with it waits, another is not queued. Arguments are ids and numbers, since they
    stand in the database in plain text.
    """
    enqueue_each(session, name, county, [(once, arguments)])


def enqueue_each(
    session: Session,
    name: str,
    county: str,
    wanted: Iterable[tuple[str | None, Mapping[str, Any]]],
    *,
    is_last: bool = False,
) -> None:
    """Queue a job for each (`once`, arguments), in one go. Those that are `is_last` let all others pass."""
    if name not in HANDLERS:
        raise KeyError(name)
    priority = -1 if is_last else PRIORITIES[name]
    rows = [
        {"name": name, "priority": priority, "once": once, "arguments": _json({"county": county, **arguments})}
        for once, arguments in wanted
    ]
    if rows:
        session.execute(DEFER, rows)


DEFER = text(
    """
    select procrastinate_defer_jobs_v1(array[row(
        'default', :name, :priority, null, cast(:once as text), cast(:arguments as jsonb), null
    )::procrastinate_job_to_defer_v1])
    where cast(:once as text) is null or not exists (
        select from procrastinate_jobs where queueing_lock = :once and status = 'todo')
    """
)


def deferring(name: str, rows: str) -> str:
    """SQL that queues a job for each row (`once`, `arguments` in JSON) of a query: a part of another statement,
    which must ask it for its `count`, or PostgreSQL passes it over.
    """
    if name not in HANDLERS:
        raise KeyError(name)
    return f"""
        select count(*) from (
            select procrastinate_defer_jobs_v1(array_agg(row(
                'default', '{name}', {PRIORITIES[name]}, null, once, arguments, null
            )\\:\\:procrastinate_job_to_defer_v1))
            from ({rows}) as wanted(once, arguments)
            where not exists (select from procrastinate_jobs where queueing_lock = wanted.once and status = 'todo')
            having count(*) > 0
        ) as deferred
    """  # noqa: S608 - names and queries of our own modules


def _json(arguments: dict[str, Any]) -> str:
    return json.dumps(arguments, default=str)


def worker(engine: Engine, conninfo: str, store: BlobStore, keys: KeyRing | None = None) -> procrastinate.App:
    """A procrastinate app that knows every handler. Five tries, further and further apart."""
    from .casework import climbing, forgetting  # noqa: F401 - it registers its handler; so do these
    from .demo import warnings as demo_warnings  # noqa: F401
    from .evidence import receiving, uploads  # noqa: F401 - they register their handlers; import this module
    from .intake import retention  # noqa: F401
    from .special_campaigns import reporting_days  # noqa: F401
    from .sweeps import positions, starting  # noqa: F401
    from .targeting import standing_runs  # noqa: F401
    from .targeting.backtests import computing  # noqa: F401
    from .targeting.risk import rescoring, training  # noqa: F401
    from .targeting.warnings import raising  # noqa: F401

    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=conninfo))
    retry = procrastinate.RetryStrategy(max_attempts=5, exponential_wait=3)
    for name, handler in HANDLERS.items():
        app.task(name=name, retry=retry)(_edge(handler, engine, store, keys))
    for name, cron in PERIODIC.items():
        everywhere = f"{name} everywhere"
        task = app.task(name=everywhere, queueing_lock=everywhere)(
            _everywhere(HANDLERS[name], engine, store, keys)
        )
        app.periodic(cron=cron)(task)
    forget = app.task(name="forget done jobs", queueing_lock="forget done jobs", pass_context=True)(_forget_done)
    app.periodic(cron="20 19 * * *")(forget)
    return app


def watch_once(engine: Engine) -> None:
    """Let every watch look at every county, each in a transaction of its own."""
    for county in _counties(engine):
        with Session(engine) as session:
            scope(session, county)
            for each in WATCHES:
                each(session, county)
            session.commit()


async def _forget_done(context: procrastinate.JobContext, timestamp: int) -> None:
    await builtin_tasks.remove_old_jobs(context, max_hours=KEEP_DONE_HOURS)


def run(
    engine: Engine, store: BlobStore, name: str, county: str, keys: KeyRing | None = None, **arguments: Any
) -> None:
    """Do a job's work here and now, with the worker's one transaction."""
    _edge(HANDLERS[name], engine, store, keys)(county=county, **arguments)


def _edge(handler: Handler, engine: Engine, store: BlobStore, keys: KeyRing | None = None) -> Callable[..., None]:
    def perform(county: str, **arguments: Any) -> None:
        with Session(engine) as session:
            scope(session, county)
            handler(Work(session, county, store, keys or KeyRing()), **arguments)
            session.commit()

    return perform


def _everywhere(handler: Handler, engine: Engine, store: BlobStore, keys: KeyRing | None) -> Callable[[int], None]:
    perform = _edge(handler, engine, store, keys)

    def perform_everywhere(timestamp: int) -> None:
        for county in _counties(engine):
            perform(county)

    return perform_everywhere


def _counties(engine: Engine) -> Sequence[str]:
    with engine.connect() as connection:
        return connection.scalars(text("select code from counties order by code")).all()
