"""Every error as an OperationOutcome with a stable code. The only place that catches what nobody foresaw."""

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from service.errors import CODES, Fault, Problem, Refusal, outcome, problem
from service.web.context import current
from service.web.representation import fhir
from service.web.request_log import note_failure, note_problems

CODE_OF_STATUS = {
    404: "HTTP-NOT-FOUND",
    405: "HTTP-METHOD",
    406: "HTTP-NOT-ACCEPTABLE",
    411: "HTTP-LENGTH-REQUIRED",
    413: "ENVELOPE-TOO-LARGE",
    415: "ENVELOPE-MEDIA-TYPE",
}
RETRY_SECONDS = "1"


def answer_troubles(app: Flask) -> None:
    """Registers what answers refusals, faults, errors of HTTP and everything else."""
    app.register_error_handler(Refusal, answer_refusal)
    app.register_error_handler(Fault, _fault)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def answer_refusal(refusal: Refusal) -> Response:
    """The OperationOutcome of a refusal, with its status."""
    note_problems(each.code for each in refusal.problems)
    return fhir(refusal.outcome(), refusal.status)


def _fault(fault: Fault) -> Response:
    note_problems([fault.code])
    answer = fhir(fault.outcome(), fault.status)
    if fault.retryable:
        answer.headers["Retry-After"] = RETRY_SECONDS
    return answer


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return Response(status=status, headers=dict(error.get_headers()))
    code = CODE_OF_STATUS.get(status, "HTTP-INVALID" if status < 500 else "FAULT-UNEXPECTED")
    note_problems([code])
    answer = fhir(outcome([_problem(code)]), status)
    for name, value in error.get_headers():
        if name == "Allow":
            answer.headers[name] = value
    return answer


def _problem(code: str) -> Problem:
    if code == "ENVELOPE-TOO-LARGE":
        return problem(code, f"The body is larger than {current().settings.body_limit} bytes.")
    return problem(code)


def _unforeseen(error: Exception) -> Response:
    note_failure(error)
    note_problems(["FAULT-UNEXPECTED"])
    failed = Problem(code="FAULT-UNEXPECTED", text=CODES["FAULT-UNEXPECTED"].meaning, severity="fatal")
    return fhir(outcome([failed]), 500)
