"""`vfa-claims serve`: gunicorn with threads; the application is made once, before the workers fork.

Gunicorn's own words are kept out of the log and out of its answers: it would quote the request line, which
may name a patient. What it cannot parse is answered as an OperationOutcome, like everything else.
"""

import gc
import socket
import time
from typing import Any, cast

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, NoMoreData, ParseException
from gunicorn.util import close_graceful
from gunicorn.workers.gthread import ThreadWorker

from service import __version__, json_text
from service.errors import Refusal, outcome, problem
from service.settings import Settings
from service.web import create_app
from service.web.context import EXTENSION, Context
from service.web.rehearsal import rehearse
from service.web.representation import FHIR_JSON
from service.web.request_log import make_logger
from service.web.troubles import answer_refusal

GRACE_SECONDS = 20
"""How long a request may go on after the service was asked to end."""

HEARING_SECONDS, HEARING_BYTES = 10, 64 * 1024 * 1024
"""How much of a body that nobody wants is still taken from the wire, and thrown away."""


class Worker(ThreadWorker):
    """A gunicorn worker whose errors are FHIR."""

    def handle_error(self, req: object, client: socket.socket, addr: object, exc: BaseException) -> None:
        """Answers what is no HTTP request; logs the kind of error and nothing of the request."""
        del req, addr
        status = _status(exc)
        make_logger().warning("request not read", error=type(exc).__name__, status=status)
        code = "HTTP-INVALID" if status < 500 else "FAULT-UNEXPECTED"
        body = json_text.write(outcome([problem(code)]))
        head = (
            f"HTTP/1.1 {status} \r\nConnection: close\r\nContent-Type: {FHIR_JSON}; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        try:
            client.sendall(head.encode("ascii") + body)
        except OSError:
            close_graceful(client)

    def handle_request(self, req: object, conn: Any) -> bool:
        """Answers, then takes in a body nobody read: who cannot send to the end misses the answer."""
        keep = super().handle_request(req, conn)
        try:
            heard = conn.parser.finish_body(
                deadline=time.monotonic() + HEARING_SECONDS, max_bytes=HEARING_BYTES
            )
        except ParseException:
            return False
        return bool(keep and heard)


class Server(BaseApplication):
    """Gunicorn's application API around the Flask application."""

    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self._app, self._options = app, options
        super().__init__()

    def load_config(self) -> None:
        """Takes the options given; reads no configuration file and no environment."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, made before the fork."""
        return self._app


def serve(settings: Settings, *, workers: int, threads: int) -> None:
    """Serves until SIGTERM or SIGINT. Raises SettingsError or Fault if the service cannot start."""
    listen(create_app(settings), settings, workers=workers, threads=threads)


def listen(app: Flask, settings: Settings, *, workers: int, threads: int) -> None:
    """Serves an application that was made, until SIGTERM or SIGINT."""
    for error in (ParseException, NoMoreData):
        app.register_error_handler(error, _unreadable_body)
    Server(
        app,
        {
            "bind": _address(settings),
            "worker_class": f"{__name__}.Worker",
            "workers": workers,
            "threads": threads,
            "preload_app": True,
            "graceful_timeout": GRACE_SECONDS,
            "loglevel": "error",
            "control_socket_disable": True,
            "post_worker_init": lambda _: rehearse(_context(app)),
            "when_ready": lambda arbiter: _ready(arbiter, settings, app),
        },
    ).run()


def _ready(arbiter: Any, settings: Settings, app: Flask) -> None:
    """Says where it listens. What is loaded by now stays, so that no worker's collector has to visit it."""
    _announce(arbiter, settings, app)
    gc.collect()
    gc.freeze()


def _announce(arbiter: Any, settings: Settings, app: Flask) -> None:
    knowledge = _context(app).knowledge
    logger = make_logger()
    if settings.is_private:
        logger.info("reachable from this machine or container alone, without VFA_ALLOW_UNAUTHENTICATED=1")
    else:
        logger.warning("reachable from other machines, and nobody is asked who they are")
    listening = [f"http://{_bracketed(*each.sock.getsockname()[:2])}" for each in arbiter.LISTENERS]
    logger.info("serving", at=listening, version=__version__, **knowledge.digests)


def _context(app: Flask) -> Context:
    return cast(Context, app.extensions[EXTENSION])


def _unreadable_body(_: Exception) -> Any:
    return answer_refusal(Refusal(problem("HTTP-INVALID", "The body is not what its headers announce.")))


def _status(error: BaseException) -> int:
    if isinstance(error, LimitRequestLine):
        return 414
    if isinstance(error, LimitRequestHeaders):
        return 431
    return 400 if isinstance(error, ParseException | NoMoreData) else 500


def _address(settings: Settings) -> str:
    return _bracketed(settings.host, settings.port)


def _bracketed(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
