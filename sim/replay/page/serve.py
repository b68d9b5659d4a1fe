"""Serve one page on this machine: the same bytes to whoever asks, and nothing else."""

from __future__ import annotations

import errno
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sim.errors import DrillError

LOOPBACK = "127.0.0.1"


def serve(content: bytes, port: int = 0, host: str = LOOPBACK, ready: Callable[[str], Any] | None = None) -> None:
    """Serve a page until interrupted.

    Parameters
    ----------
    content : the page. port : 0: any that is free. host : the address to listen on; this machine only unless told
    otherwise. ready : called with the page's address once it can be asked for.

    Raises
    ------
    DrillError when the port is in use or may not be listened on.
    """
    with server(content, port, host) as listening:
        if ready is not None:
            shown = f"[{host}]" if ":" in host else host
            ready(f"http://{shown}:{listening.server_address[1]}/")
        try:
            listening.serve_forever()
        except KeyboardInterrupt:
            return


def server(content: bytes, port: int, host: str) -> ThreadingHTTPServer:
    """Return a server that listens; see `serve`."""

    class Page(BaseHTTPRequestHandler):
        """Answer with the page at /, and with 404 elsewhere."""

        def do_GET(self) -> None:
            self._answer(body=True)

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def _answer(self, *, body: bool) -> None:
            found = self.path.partition("?")[0] == "/"
            told = content if found else b"There is only one page, at /.\n"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", f"text/{'html' if found else 'plain'}; charset=utf-8")
            self.send_header("Content-Length", str(len(told)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if body:
                self.wfile.write(told)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing of requests."""

    try:
        return _Server((host, port), Page)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise DrillError(f"port {port} is in use; name another with --port, or leave it out") from error
        if isinstance(error, PermissionError):
            raise DrillError(f"port {port} may not be listened on; name one above 1023 with --port") from error
        raise DrillError(f"cannot serve on {host}: {error.strerror or error}") from error
    except OverflowError:
        raise DrillError(f"there is no port {port}") from None


class _Server(ThreadingHTTPServer):
    """A server that does not share its port: one that is in use is in use."""

    allow_reuse_address = False
    daemon_threads = True
