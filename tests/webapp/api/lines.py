"""Lines to a server that break, over real sockets."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlsplit


class BrokenLine:
    """Carries bytes both ways, and `times` times breaks after `up` bytes of requests or `down` of answers."""

    def __init__(self, url: str, up: int | None, down: int | None, times: int) -> None:
        parts = urlsplit(url)
        self.target = (parts.hostname, parts.port)
        self.up, self.down, self.left = up, down, times
        self.sockets: list[socket.socket] = []
        self.threads: list[threading.Thread] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.start(self.accept)

    def start(self, work: object, *values: object) -> None:
        thread = threading.Thread(target=work, args=values)  # type: ignore[arg-type]
        self.threads.append(thread)
        thread.start()

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                far = socket.create_connection(self.target)
                self.sockets += [near, far]
                self.start(self.carry, near, far, self.up)
                self.start(self.carry, far, near, self.down)

    def carry(self, source: socket.socket, sink: socket.socket, most: int | None) -> None:
        carried = 0
        with suppress(OSError):
            while data := source.recv(16_384):
                if most is not None and self.left > 0 and carried + len(data) > most:
                    self.left -= 1
                    sink.sendall(data[: max(0, most - carried)])
                    break
                carried += len(data)
                sink.sendall(data)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with ExitStack() as stack:
            for each in (self.listener, *self.sockets):
                stack.callback(each.close)
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            for thread in self.threads:
                thread.join(10)


@contextmanager
def broken_line(url: str, *, up: int | None = None, down: int | None = None, times: int) -> Iterator[str]:
    """The address of such a line to the server at `url`."""
    line = BrokenLine(url, up, down, times)
    try:
        yield line.url
    finally:
        line.close()
