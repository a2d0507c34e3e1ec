"""The web server, however it is started: `gunicorn --bind=… wsgi:app` in this folder reads this file by itself."""

import gc
import socket
import struct
from pathlib import Path

from webapp.config import read

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a disk that hangs must not look like a worker that does
SILENCE = struct.pack("ll", read()["SILENCE_SECONDS"], 0)

preload_app = True  # importing takes longer than forking; no connection is open at that moment
worker_class = "gthread"
workers = 2
# A phone with a weak signal holds one for minutes, an open live board as long as it is looked at. Boards have a
# limit of their own: they never take the threads of phones. A thread is only made when all others are busy.
threads = 40 + read()["VIEWERS"]
timeout = 60
graceful_timeout = 20
loglevel = "warning"
control_socket_disable = True
worker_tmp_dir = str(SHARED_MEMORY) if SHARED_MEMORY.is_dir() else None


def when_ready(server):
    """A phone that has lost its signal says no good-bye: without a limit it would hold a thread for ever.

    Connections inherit the options of the socket that accepts them.
    """
    for listener in server.LISTENERS:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            listener.sock.setsockopt(socket.SOL_SOCKET, option, SILENCE)
    # What was imported stays for good: no collection need walk through it, in the middle of some phone's request,
    # and the workers' copies stay shared.
    gc.collect()
    gc.freeze()


def post_worker_init(worker):
    """A worker often follows one that was killed: what that one left half written is swept.

    When it is told to stop itself, open boards don't keep it: they come again to the next one.
    """
    worker.wsgi.extensions["store"].sweep()
    worker.wsgi.extensions["feed"].is_serving = lambda: worker.alive
