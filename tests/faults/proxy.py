"""The network between a phone and the server, which can be made as bad as it is in a village."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections import Counter, deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Literal, Self

PIECE = 16 * 1024
LOGIN_PAGE = b"<!doctype html><title>Free WiFi</title><form>Please sign in to the network</form>"

Kind = Literal[
    "clear",  # all is well
    "dark",  # no connection at all
    "cut_up",  # the connection breaks after `after` bytes of the request
    "cut_down",  # … of the answer: 0 is an answer that is lost, though all was done
    "stall",  # after `after` bytes of the request nothing moves, and nobody is told
    "slow",  # `after` bytes a second, each way
    "portal",  # 200 with a login page, whatever was asked
    "bad_gateway",  # 502 with a page of a proxy
    "busy",  # 503 and Retry-After of `after` seconds
]


@dataclass(frozen=True)
class Weather:
    kind: Kind = "clear"
    after: int = 0


CLEAR = Weather()


class Proxy:
    """One phone's network. `weather` holds until changed; what stands in `coming` befalls one connection each.

    `befell` counts what really happened to a connection: a cut that lies beyond the end of a request is none.
    """

    def __init__(self, server_port: int) -> None:
        self.weather = CLEAR
        self.coming: deque[Weather] = deque()
        self.befell: Counter[str] = Counter()
        self.port = 0
        self._server_port = server_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")
        self._open: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._connection, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def break_all(self) -> None:
        """End every connection there is, stalled ones too."""
        self._do(self._break_all())

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _close(self) -> None:
        self._server.close()
        await self._break_all()

    async def _break_all(self) -> None:
        tasks = list(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._open.add(task)
        weather = self.coming.popleft() if self.coming else self.weather
        try:
            await self._suffer(weather, reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            reset(writer)
            self._open.discard(task)

    async def _suffer(self, weather: Weather, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if weather.kind == "dark":
            self.befell["dark"] += 1
            return
        if answer := canned(weather):
            self.befell[weather.kind] += 1
            await read_request(reader)
            writer.write(answer)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            return
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self._server_port)
        except OSError:
            return
        try:
            await self._carry(weather, (reader, to_server), (from_server, writer))
        finally:
            to_server.close()

    async def _carry(self, weather: Weather, up: Any, down: Any) -> None:
        """Whoever ends first ends both: a client that has its answer, a server that closes, a cut."""
        limits = {weather.kind: weather.after}
        rate = limits.get("slow")
        upwards = self._pump(*up, limit=limits.get("cut_up", limits.get("stall")), rate=rate)
        downwards = self._pump(*down, limit=limits.get("cut_down"), rate=rate)
        tasks = [asyncio.create_task(each) for each in (upwards, downwards)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if any(task.result() for task in done):
                self.befell[weather.kind] += 1
                if weather.kind == "stall":
                    await asyncio.sleep(3600)  # until `break_all`: the server isn't told either
            elif weather.kind == "slow":
                self.befell["slow"] += 1
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _pump(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        *,
        limit: int | None,
        rate: int | None,
    ) -> bool:
        """Carry bytes until the source ends; True when `limit` bytes were carried and more came."""
        carried = 0
        while piece := await source.read(max(1, rate // 8) if rate else PIECE):
            if limit is not None and carried + len(piece) > limit:
                target.write(piece[: limit - carried])
                await target.drain()
                await asyncio.sleep(0.02)  # so that they arrive before the end does
                return True
            target.write(piece)
            await target.drain()
            carried += len(piece)
            if rate:
                await asyncio.sleep(len(piece) / rate)
        return False


def canned(weather: Weather) -> bytes:
    """What something else than our server answers; empty where our server is to be asked."""
    if weather.kind == "portal":
        return page(b"200 OK", LOGIN_PAGE)
    if weather.kind == "bad_gateway":
        return page(b"502 Bad Gateway", b"<h1>502 Bad Gateway</h1>")
    if weather.kind == "busy":
        return page(b"503 Service Unavailable", b"<h1>503</h1>", b"Retry-After: %d\r\n" % weather.after)
    return b""


def page(status: bytes, content: bytes, header: bytes = b"") -> bytes:
    length = b"Content-Length: %d\r\n" % len(content)
    return b"HTTP/1.1 %s\r\nContent-Type: text/html\r\n%s%sConnection: close\r\n\r\n%s" % (
        status, header, length, content,
    )  # fmt: skip


async def read_request(reader: asyncio.StreamReader) -> None:
    """All of it: who closes with bytes unread resets the connection, and the answer may be lost."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b"content-length:" in head:
        await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))


def reset(writer: asyncio.StreamWriter) -> None:
    """End it as a lost signal does: no good-bye, and what was under way is gone."""
    if writer.is_closing():
        return
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
