"""POST /fhir/Claim/$derive: order and report in, the Claims and everything said about them out."""

from dataclasses import replace

from flask import Blueprint, Response, request
from werkzeug.exceptions import LengthRequired

from service.errors import Refusal, problem
from service.intake.envelope import open_envelope
from service.outputs.answer import states_of, withheld
from service.pipeline import derive
from service.store.fhir_lookup import looking_up
from service.web.context import current
from service.web.parameters import DeriveParameters, read_parameters
from service.web.representation import FHIR_JSON, fhir, wanted
from service.web.request_log import note_problems, note_states

blueprint = Blueprint("derive", __name__)


@blueprint.post("/fhir/Claim/$derive")
def derive_claims() -> Response:
    """200 whatever is decided about the studies; 4xx only where the body cannot be read as studies."""
    wanted(FHIR_JSON)
    dry_run = read_parameters(DeriveParameters())["dry_run"]
    context = current()
    envelope = open_envelope(request.content_type, _body(), context.settings.body_limit)
    with looking_up(context.settings.fhir_servers) as resolver:
        answer = derive(
            replace(envelope, dry_run=envelope.dry_run or dry_run),
            rulebook=context.knowledge.rulebook,
            practice=context.knowledge.practice,
            engine=context.knowledge.engine,
            strict=context.knowledge.strict,
            prose=context.knowledge.prose,
            now=context.now(),
            ledger=context.ledger,
            resolver=resolver,
        )
    note_states(states_of(answer))
    if withheld(answer):
        note_problems(["FAULT-CLAIM-INVALID"])
    return fhir(answer)


def _body() -> bytes:
    """The body, read no further than the limit."""
    if request.content_length is None and not request.environ.get("wsgi.input_terminated"):
        raise LengthRequired
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Refusal(
            problem("ENVELOPE-MEDIA-TYPE", "A Content-Encoding is not read here; send the JSON as it is.")
        )
    return request.get_data(cache=False)
