"""The web door: a Flask application, one blueprint a subject."""

from collections.abc import Callable
from datetime import datetime
from typing import TextIO

from flask import Flask

from service import fhir_r4
from service.settings import Settings, load_knowledge
from service.store.ledger import Ledger
from service.web import claims, derive, health, metadata
from service.web.context import EXTENSION, Context, utc_now
from service.web.request_log import log_requests, make_logger
from service.web.troubles import answer_troubles


def create_app(
    settings: Settings, *, log: TextIO | None = None, now: Callable[[], datetime] = utc_now
) -> Flask:
    """The application, ready to answer: knowledge loaded, ledger open, FHIR models imported.

    `log` is where the request log goes (standard output). Raises SettingsError, or Fault if the ledger cannot
    be used. It may be made before a server forks.
    """
    app = Flask("service.web", static_folder=None)
    app.extensions[EXTENSION] = Context(
        settings=settings,
        knowledge=load_knowledge(settings),
        ledger=Ledger(settings.database),
        now=now,
    )
    app.config["MAX_CONTENT_LENGTH"] = settings.body_limit
    app.url_map.strict_slashes = False
    log_requests(app, make_logger(log))
    answer_troubles(app)
    for subject in (derive, claims, metadata, health):
        app.register_blueprint(subject.blueprint)
    fhir_r4.warm()
    return app
