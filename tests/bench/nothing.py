"""The service with one more address, which always answers the same bytes: what HTTP and Flask cost."""

import os
from pathlib import Path

from flask import Response, request

from service.settings import read_settings
from service.web import create_app
from service.web.representation import FHIR_JSON
from service.web.server import listen


def main() -> None:
    """Serves with the settings of the environment; the answer is the file named by BENCH_ANSWER."""
    settings = read_settings(os.environ)
    app = create_app(settings)
    answer = Path(os.environ["BENCH_ANSWER"]).read_bytes()

    def nothing() -> Response:
        request.get_data(cache=False)
        return Response(answer, content_type=FHIR_JSON)

    app.add_url_rule("/nothing", view_func=nothing, methods=["POST"])
    listen(app, settings, workers=int(os.environ["BENCH_WORKERS"]), threads=4)


if __name__ == "__main__":
    main()
