"""The web door: a Flask application, one blueprint a subject."""

from collections.abc import Callable
from datetime import datetime
from typing import TextIO

from flask import Flask, Response
from werkzeug.routing import BaseConverter

from service import fhir_r4
from service.intake import reading_prose
from service.settings import Knowledge, Settings, load_knowledge
from service.store.ledger import Ledger
from service.web import claims, derive, health, metadata
from service.web.context import EXTENSION, Context, utc_now
from service.web.request_log import log_requests, make_logger
from service.web.troubles import answer_troubles


class ResourceId(BaseConverter):
    """What R4 allows as the id of a resource; `$derive` is none."""

    regex = r"[A-Za-z0-9.-]{1,64}"


def create_app(
    settings: Settings,
    *,
    knowledge: Knowledge | None = None,
    log: TextIO | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Flask:
    """The application, ready to answer: knowledge loaded (or given), ledger open, FHIR models imported,
    words of reports ready.

    `log` is where the request log goes (standard output). Raises SettingsError, or Fault if the ledger cannot
    be used. It may be made before a server forks.
    """
    loaded = knowledge or load_knowledge(settings)
    app = Flask("service.web", static_folder=None)
    app.extensions[EXTENSION] = Context(
        settings=settings,
        knowledge=loaded,
        ledger=Ledger(settings.database),
        now=now,
    )
    # A chunked body is cut off here without a word, so that one byte too many must get through to be seen.
    app.config["MAX_CONTENT_LENGTH"] = settings.body_limit + 1
    app.url_map.strict_slashes = False
    app.url_map.converters["id"] = ResourceId
    app.after_request(_for_the_sender_alone)
    log_requests(app, make_logger(log))
    answer_troubles(app)
    for subject in (derive, claims, metadata, health):
        app.register_blueprint(subject.blueprint)
    fhir_r4.warm()
    reading_prose.warm(loaded.rulebook)
    return app


def _for_the_sender_alone(answer: Response) -> Response:
    """Answers name patients: no cache between us and the sender keeps one, and none is taken for a page."""
    answer.headers.setdefault("Cache-Control", "private, no-cache")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
