"""The web server's address, HOST:PORT or unix:PATH.

address.py free BIND      exit 0 when it can be listened on
address.py answers BIND   exit 0 as soon as a page is served there, 1 after a second without, 3 when it is an error
address.py url BIND       how a person on this machine opens it
"""

import http.client
import socket
import sys
import time

ANY = {"", "0.0.0.0", "::"}  # noqa: S104 - recognised here, never bound to by default


def main() -> int:
    question, bind = sys.argv[1:]
    if bind.startswith("unix:"):
        sys.stdout.write(f"{bind}\n" if question == "url" else "")
        return 0
    host, _, port = bind.rpartition(":")
    host = host.strip("[]")
    if not port.isdigit():
        sys.stderr.write(f"MINGCHA_BIND={bind}: HOST:PORT\n")
        return 2
    return {"free": free, "answers": answers, "url": url}[question](host, int(port))


def free(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            sys.stderr.write(f"{error.strerror}\n")
            return 1
    return 0


def answers(host: str, port: int) -> int:
    until = time.monotonic() + 1
    while time.monotonic() < until:
        connection = http.client.HTTPConnection(reachable(host), port, timeout=30)
        try:
            connection.request("GET", "/")
            return 0 if connection.getresponse().status < 500 else 3
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    return 1


def url(host: str, port: int) -> int:
    name = reachable(host)
    sys.stdout.write(f"http://[{name}]:{port}\n" if ":" in name else f"http://{name}:{port}\n")
    return 0


def reachable(host: str) -> str:
    if host not in ANY:
        return host
    return "::1" if host == "::" else "127.0.0.1"


if __name__ == "__main__":
    sys.exit(main())
