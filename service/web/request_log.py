"""One JSON line for each request, and its id. No body, id, query or address of the sender is written.

A line has the request id, method, route template, status, milliseconds, how many studies came out in which
state, the codes of problems, and the digests of what decided.
"""

import re
import time
import traceback
from collections import Counter
from collections.abc import Iterable
from typing import Any, TextIO
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request

from service import __version__
from service.web.context import current

HEADER = "X-Request-Id"
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def make_logger(file: TextIO | None = None) -> Any:
    """A logger that writes a JSON object a line; None is standard output."""
    return structlog.wrap_logger(
        structlog.PrintLogger(file),
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.add_log_level,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.BoundLogger,
    )


def log_requests(app: Flask, logger: Any) -> None:
    """Gives every request an id and writes its line."""

    def begin() -> None:
        g.began = time.perf_counter()
        given = request.headers.get(HEADER, "")
        g.request_id = given if ID.fullmatch(given) else str(uuid4())

    def end(answer: Response) -> Response:
        answer.headers[HEADER] = g.request_id
        level = logger.error if answer.status_code >= 500 or _is_ours() else logger.info
        level("request", **_line(answer))
        return answer

    app.before_request(begin)
    app.after_request(end)


def note_states(states: Iterable[str]) -> None:
    """Counts the states of the studies that were answered, for the line of this request."""
    g.studies = dict(sorted(Counter(states).items()))


def note_problems(codes: Iterable[str]) -> None:
    """The codes of why a request was refused, or of a fault in its answer, for its line."""
    g.problems = sorted(set(codes))


def note_failure(error: Exception) -> None:
    """Where an unforeseen failure came from; its message is left out, it may quote the sender."""
    frames = traceback.extract_tb(error.__traceback__)
    g.failure = {
        "type": type(error).__name__,
        "at": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames[-8:]],
    }


def _is_ours() -> bool:
    """Whether an answer was given although something failed here: a study of it is held for our fault."""
    return any(code.startswith("FAULT-") for code in g.get("problems", ()))


def _line(answer: Response) -> dict[str, Any]:
    line: dict[str, Any] = {
        "request_id": g.request_id,
        "method": request.method if request.method in METHODS else "other",
        "route": request.url_rule.rule if request.url_rule else None,
        "status": answer.status_code,
        "ms": round((time.perf_counter() - g.began) * 1000, 2),
        "version": __version__,
        **current().knowledge.digests,
    }
    for name in ("studies", "problems", "failure"):
        if name in g:
            line[name] = g.get(name)
    return line
