"""The process that does jobs, until it is told to stop: an outage of the database is waited for, and what another
worker had begun when it died is begun again."""

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import suppress

import procrastinate
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status

from .db import DatabaseGone

log = logging.getLogger(__name__)

DEAD_S = 30  # a worker that lives says so every ten seconds
LOOK_S = 20
WATCH_S = 2
WAIT_S = 5
MOST_TRIES = 5
# A county is not kept waiting for its refresh by one long job
AT_ONCE = 2


def work(make_app: Callable[[], procrastinate.App], watch: Callable[[], None]) -> None:
    """Work until SIGTERM or SIGINT; then the job under way is finished. `watch` is called every two seconds."""
    asyncio.run(_work(make_app, watch))


async def _work(make_app: Callable[[], procrastinate.App], watch: Callable[[], None]) -> None:
    told_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    stopping = asyncio.create_task(told_to_stop.wait())
    while not told_to_stop.is_set():
        working = asyncio.create_task(_work_while_it_lasts(make_app(), watch))
        await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
        if told_to_stop.is_set():
            working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        if not told_to_stop.is_set():
            log.warning("the worker begins again in %s s", WAIT_S)
            await asyncio.wait([stopping], timeout=WAIT_S)


async def _work_while_it_lasts(app: procrastinate.App, watch: Callable[[], None]) -> None:
    """One worker of the queue. It ends by itself when it loses the database."""
    try:
        async with app.open_async():
            beside = [asyncio.create_task(_rescue(app)), asyncio.create_task(_watch(watch))]
            try:
                await app.run_worker_async(install_signal_handlers=False, concurrency=AT_ONCE)
            finally:
                for each in beside:
                    each.cancel()
    except ConnectorException as error:
        log.error("the database is away: %s", error.__cause__ or error)


async def _rescue(app: procrastinate.App) -> None:
    while True:
        try:
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_S):
                await _begin_again(app, job)
        except ConnectorException as error:
            log.warning("dead workers could not be looked for: %s", error.__cause__ or error)
        await asyncio.sleep(LOOK_S)


async def _watch(watch: Callable[[], None]) -> None:
    while True:
        try:
            await asyncio.to_thread(watch)
        except DatabaseGone as error:
            log.warning("nobody could look for what is new: %s", error.orig)
        except Exception:
            log.exception("nobody could look for what is new")
        await asyncio.sleep(WATCH_S)


async def _begin_again(app: procrastinate.App, job: Job) -> None:
    """A job that has taken its worker with it too often is given up; so is one that waits a second time."""
    log.warning("job %s (%s) was left by a worker that died", job.id, job.task_name)
    if job.attempts < MOST_TRIES:
        try:
            await app.job_manager.retry_job(job)
            return
        except ConnectorException as error:
            if not isinstance(error, procrastinate.exceptions.UniqueViolation):
                raise
    await app.job_manager.finish_job(job, Status.FAILED, delete_job=False)
