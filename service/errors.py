"""Trouble that is not about a claim: a Refusal is the sender's input (4xx), a Fault is ours (5xx).

Findings, the third kind, are about one claim and live with the decision. Every code here is written once, in
CODES, with its FHIR issue type, HTTP status, meaning and cure; docs/errors.md is generated from it.
No text may carry patient data: say what is wrong and where, never the value found there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

OUTCOME_SYSTEM = "https://w3id.org/vfa-claims/fhir/CodeSystem/outcome"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What one stable code means, which FHIR issue-type and HTTP status it has, what to do about it."""

    meaning: str
    issue_type: str
    status: int
    what_to_do: str


def _code(status: int, issue_type: str, meaning: str, what_to_do: str) -> Code:
    return Code(meaning=meaning, issue_type=issue_type, status=status, what_to_do=what_to_do)


CODES: Mapping[str, Code] = MappingProxyType(
    {
        # JSON text
        "JSON-INVALID": _code(
            400,
            "invalid",
            "The body is not JSON.",
            "Send one JSON value; the text names the line and column.",
        ),
        "JSON-ENCODING": _code(
            400,
            "invalid",
            "The body is not valid UTF-8.",
            "Encode the JSON as UTF-8, without lone surrogates.",
        ),
        "JSON-DUPLICATE-KEY": _code(
            400, "invalid", "A JSON object has the same key twice.", "Send each element once per object."
        ),
        "JSON-NUL": _code(
            400, "invalid", "A string contains the NUL character.", "Remove \\u0000 from the string."
        ),
        "JSON-NUMBER": _code(
            400,
            "invalid",
            "A number has more digits or a larger exponent than any amount or measurement has.",
            "Send at most 38 characters and an exponent between -38 and 38.",
        ),
        "JSON-DEPTH": _code(
            400,
            "too-costly",
            "The JSON is nested too deeply.",
            "Send at most 100 levels of objects and arrays.",
        ),
        # The envelope
        "ENVELOPE-TOO-LARGE": _code(
            413, "too-long", "The body is larger than this service accepts.", "Send fewer studies at a time."
        ),
        "ENVELOPE-MEDIA-TYPE": _code(
            415,
            "not-supported",
            "The Content-Type is not one this service reads.",
            "Send application/fhir+json (or application/json, text/json) in UTF-8, FHIR version 4.0.",
        ),
        "ENVELOPE-NOT-FHIR": _code(
            400, "structure", "The JSON is not a FHIR resource.", "Send an object with a resourceType of R4."
        ),
        "ENVELOPE-NOT-A-BUNDLE": _code(
            400,
            "structure",
            "The resource is neither a Bundle nor Parameters with exactly one Bundle in it.",
            "Send a Bundle, or Parameters whose parameter `resource` holds it.",
        ),
        "ENVELOPE-PARAMETER": _code(
            400,
            "invalid",
            "A parameter is repeated or has the wrong type of value.",
            "Send `dryRun` once, as valueBoolean.",
        ),
        "ENVELOPE-BUNDLE-TYPE": _code(
            422,
            "not-supported",
            "The Bundle type is missing or not one a study can be sent in.",
            "Send a collection, transaction, batch, message or searchset.",
        ),
        "ENVELOPE-ENTRY": _code(
            400, "structure", "Bundle.entry is not a list of entries.", "Send entries as FHIR JSON describes."
        ),
        "ENVELOPE-MESSAGE-HEADER": _code(
            422,
            "required",
            "The first entry of a message is not a MessageHeader.",
            "Put the MessageHeader first, or send a collection.",
        ),
        "ENVELOPE-ENTRY-SKIPPED": _code(
            200,
            "informational",
            "An entry carries nothing to read and was left out.",
            "Nothing, unless a resource was meant to be there.",
        ),
        "ENVELOPE-DELETE-IGNORED": _code(
            200,
            "informational",
            "An entry that asks for a deletion was left out.",
            "Send the resource with status entered-in-error instead.",
        ),
        "ENVELOPE-NOTHING-OURS": _code(
            422,
            "required",
            "There is no ServiceRequest, DiagnosticReport or Procedure in the Bundle.",
            "Send the order, the report, or the procedure of the study.",
        ),
        # R4
        "FHIR-TYPE": _code(
            422,
            "structure",
            "A resourceType is missing or not a type of FHIR R4.",
            "Send R4 (4.0.1) resources.",
        ),
        "FHIR-UNKNOWN-ELEMENT": _code(
            422,
            "structure",
            "The element does not exist in R4 at this place.",
            "Remove or rename the element.",
        ),
        "FHIR-REQUIRED": _code(
            422, "required", "A required element is missing.", "Send the element named in the text."
        ),
        "FHIR-VALUE": _code(
            422,
            "value",
            "The value does not have the type or form R4 gives the element.",
            "Send the element as the R4 definition describes it.",
        ),
        "FHIR-CODE": _code(
            422,
            "code-invalid",
            "The code is not in the list R4 requires for the element.",
            "Send one of the codes of the required value set.",
        ),
        "FHIR-EMPTY": _code(
            422,
            "structure",
            "An object, array or string is empty.",
            "Leave the element out when there is nothing to say.",
        ),
        "FHIR-NULL": _code(
            422,
            "structure",
            "null stands where R4 allows none (it is only a placeholder in a list of primitive values).",
            "Leave the element out when there is nothing to say.",
        ),
        "FHIR-DATE": _code(
            422, "value", "The date is not a day of the calendar.", "Send a date that exists."
        ),
        "FHIR-PERIOD": _code(
            422, "invariant", "The period ends before it starts (per-1).", "Send start at or before end."
        ),
        "FHIR-QUANTITY": _code(
            422,
            "invariant",
            "The quantity has a coded unit without its system (qty-3).",
            "Send system beside code.",
        ),
        "FHIR-REFERENCE": _code(
            422,
            "invariant",
            "A reference to a contained resource finds none in its resource (ref-1).",
            "Contain the resource, or refer to an entry of the Bundle.",
        ),
        "FHIR-FULL-URL": _code(
            422,
            "invariant",
            "Two entries have the same fullUrl and version (bdl-7).",
            "Give every entry its own fullUrl.",
        ),
        "FHIR-ABSENT-REASON": _code(
            422,
            "invariant",
            "The Observation has both a value and a reason why there is none (obs-6).",
            "Send one of them.",
        ),
        "FHIR-TOO-MANY": _code(
            422,
            "too-costly",
            "There are more problems than are listed here.",
            "Correct those listed and send the resource again.",
        ),
        # Requests
        "HTTP-INVALID": _code(
            400,
            "invalid",
            "The request is not one HTTP allows.",
            "Correct the request line, headers or encoding.",
        ),
        "HTTP-NOT-FOUND": _code(
            404, "not-found", "There is nothing at this address.", "GET /fhir/metadata lists what there is."
        ),
        "HTTP-METHOD": _code(
            405,
            "not-supported",
            "This address does not take this HTTP method.",
            "Use a method that the header Allow of the answer names.",
        ),
        "HTTP-NOT-ACCEPTABLE": _code(
            406,
            "not-supported",
            "The answer cannot be had in the format asked for.",
            "Ask for application/fhir+json in FHIR version 4.0, by Accept or _format.",
        ),
        "HTTP-LENGTH-REQUIRED": _code(
            411,
            "required",
            "The request has neither Content-Length nor a chunked body.",
            "Send Content-Length, or Transfer-Encoding: chunked.",
        ),
        "PARAMETER-VALUE": _code(
            400, "invalid", "The value of a parameter is not one it can have.", "Send a value the text names."
        ),
        "SEARCH-PARAMETER-UNKNOWN": _code(
            400,
            "not-supported",
            "The search parameter is not known here; without Prefer: handling=strict it is ignored.",
            "Search Claims by identifier.",
        ),
        "SEARCH-PARAMETER-MISSING": _code(
            400,
            "required",
            "The search has no identifier.",
            "Send identifier=value or identifier=system|value.",
        ),
        "CLAIM-NOT-FOUND": _code(
            404,
            "not-found",
            "No Claim with this id is kept here.",
            "Look for it with GET /fhir/Claim?identifier=.",
        ),
        # Faults
        "FAULT-CLAIM-INVALID": _code(
            500,
            "exception",
            "A claim made here is not valid FHIR R4, so it was not sent out.",
            "Report it; the input is not at fault.",
        ),
        "FAULT-UNEXPECTED": _code(
            500,
            "exception",
            "Something failed here that nobody foresaw.",
            "Report it with the X-Request-Id of the answer; the input is not at fault.",
        ),
        "FAULT-LEDGER": _code(
            503,
            "transient",
            "The ledger did not answer, so nothing was kept.",
            "Send the same request again.",
        ),
        "FAULT-LEDGER-VERSION": _code(
            500,
            "exception",
            "The ledger was written by another version of this service.",
            "Name the ledger of this version in VFA_DATABASE.",
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with what was sent, at a FHIRPath; the text never quotes the sender's values."""

    code: str
    text: str
    expression: tuple[str, ...] = ()
    severity: str = "error"

    @property
    def issue_type(self) -> str:
        """The code of the FHIR issue-type value set."""
        return CODES[self.code].issue_type

    @property
    def status(self) -> int:
        """The HTTP status a refusal for this reason has."""
        return CODES[self.code].status

    def issue(self) -> dict[str, Any]:
        """OperationOutcome.issue."""
        issue: dict[str, Any] = {
            "severity": self.severity,
            "code": self.issue_type,
            "details": {"coding": [{"system": OUTCOME_SYSTEM, "code": self.code}], "text": self.text},
        }
        if self.expression:
            issue["expression"] = list(self.expression)
        return issue


def problem(code: str, text: str | None = None, *expression: str) -> Problem:
    """A Problem whose code is registered; without a text it says what the code means."""
    return Problem(code=code, text=text or CODES[code].meaning, expression=expression)


def note(code: str, text: str | None = None, *expression: str) -> Problem:
    """The same as information: said to the sender, and no reason to refuse."""
    return Problem(code=code, text=text or CODES[code].meaning, expression=expression, severity="information")


def outcome(problems: Iterable[Problem]) -> dict[str, Any]:
    """The OperationOutcome that reports these problems."""
    return {"resourceType": "OperationOutcome", "issue": [each.issue() for each in problems]}


class Refusal(Exception):
    """The sender's input is refused, for all the reasons found at once; the first reason gives the status."""

    def __init__(self, *problems: Problem, status: int | None = None) -> None:
        if not problems:
            raise ValueError("a refusal has at least one problem")
        super().__init__(", ".join(each.code for each in problems))
        self.problems = problems
        self.status = status or problems[0].status

    def outcome(self) -> dict[str, Any]:
        """The OperationOutcome of the answer."""
        return outcome(self.problems)


class Fault(Exception):
    """Something of ours failed; retryable says whether the same request may succeed later."""

    def __init__(self, code: str, *, retryable: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retryable = retryable
        self.status = 503 if retryable else CODES[code].status

    def outcome(self) -> dict[str, Any]:
        """The OperationOutcome of the answer."""
        return outcome([Problem(code=self.code, text=CODES[self.code].meaning, severity="fatal")])
