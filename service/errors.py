"""Trouble that is not about a claim: a Refusal is the sender's input (4xx), a Fault is ours (5xx).

Findings, the third kind, are about one claim and live with the decision. Every code here is written once, in
CODES, with its FHIR issue type, HTTP status, meaning and cure; docs/errors.md is generated from it.
What another server answers badly is none of these: who asked judges what `Unavailable` and `Declined` mean.
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


# fmt: off
CODES: Mapping[str, Code] = MappingProxyType({
    # JSON text
    "JSON-INVALID": Code(status=400, issue_type="invalid",
        meaning="The body is not JSON.",
        what_to_do="Send one JSON value; the text names the line and column."),
    "JSON-ENCODING": Code(status=400, issue_type="invalid",
        meaning="The body is not valid UTF-8.",
        what_to_do="Encode the JSON as UTF-8, without lone surrogates."),
    "JSON-DUPLICATE-KEY": Code(status=400, issue_type="invalid",
        meaning="A JSON object has the same key twice.",
        what_to_do="Send each element once per object."),
    "JSON-NUL": Code(status=400, issue_type="invalid",
        meaning="A string contains the NUL character.",
        what_to_do="Remove \\u0000 from the string."),
    "JSON-CONTROL": Code(status=400, issue_type="invalid",
        meaning="A string contains a control character (below U+0020, but for tab, CR and LF).",
        what_to_do="Remove it from the string; FHIR allows it in none."),
    "JSON-NUMBER": Code(status=400, issue_type="invalid",
        meaning="A number has more digits or a larger exponent than any amount or measurement has.",
        what_to_do="Send at most 38 characters and an exponent between -38 and 38."),
    "JSON-DEPTH": Code(status=400, issue_type="too-costly",
        meaning="The JSON is nested too deeply.",
        what_to_do="Send at most 100 levels of objects and arrays."),
    # The envelope
    "ENVELOPE-TOO-LARGE": Code(status=413, issue_type="too-long",
        meaning="The body is larger than this service accepts.",
        what_to_do="Send fewer studies at a time."),
    "ENVELOPE-MEDIA-TYPE": Code(status=415, issue_type="not-supported",
        meaning="The Content-Type is not one this service reads.",
        what_to_do="Send application/fhir+json (or application/json, text/json) in UTF-8, FHIR version 4.0."),
    "ENVELOPE-NOT-FHIR": Code(status=400, issue_type="structure",
        meaning="The JSON is not a FHIR resource.",
        what_to_do="Send an object with a resourceType of R4."),
    "ENVELOPE-NOT-A-BUNDLE": Code(status=400, issue_type="structure",
        meaning="The resource is neither a Bundle nor Parameters with exactly one Bundle in it.",
        what_to_do="Send a Bundle, or Parameters whose parameter `resource` holds it."),
    "ENVELOPE-PARAMETER": Code(status=400, issue_type="invalid",
        meaning="A parameter is unknown, repeated or has the wrong type of value.",
        what_to_do="Send the Bundle as `resource`, and `dryRun` at most once, as valueBoolean."),
    "ENVELOPE-BUNDLE-TYPE": Code(status=422, issue_type="not-supported",
        meaning="The Bundle type is missing or not one a study can be sent in.",
        what_to_do="Send a collection, transaction, batch, message or searchset."),
    "ENVELOPE-ENTRY": Code(status=400, issue_type="structure",
        meaning="Bundle.entry is not a list of entries.",
        what_to_do="Send entries as FHIR JSON describes."),
    "ENVELOPE-MESSAGE-HEADER": Code(status=422, issue_type="required",
        meaning="The first entry of a message is not a MessageHeader.",
        what_to_do="Put the MessageHeader first, or send a collection."),
    "ENVELOPE-ENTRY-SKIPPED": Code(status=200, issue_type="informational",
        meaning="An entry carries nothing to read and was left out.",
        what_to_do="Nothing, unless a resource was meant to be there."),
    "ENVELOPE-DELETE-IGNORED": Code(status=200, issue_type="informational",
        meaning="An entry that asks for a deletion was left out.",
        what_to_do="Send the resource with status entered-in-error instead."),
    "ENVELOPE-NOTHING-OURS": Code(status=422, issue_type="required",
        meaning="There is no ServiceRequest, DiagnosticReport or Procedure of such a study in the Bundle.",
        what_to_do="Send the order, the report, or the procedure of the study."),
    # R4
    "FHIR-TYPE": Code(status=422, issue_type="structure",
        meaning="A resourceType is missing or not a type of FHIR R4.",
        what_to_do="Send R4 (4.0.1) resources."),
    "FHIR-UNKNOWN-ELEMENT": Code(status=422, issue_type="structure",
        meaning="The element does not exist in R4 at this place.",
        what_to_do="Remove or rename the element."),
    "FHIR-REQUIRED": Code(status=422, issue_type="required",
        meaning="A required element is missing.",
        what_to_do="Send the element named in the text."),
    "FHIR-VALUE": Code(status=422, issue_type="value",
        meaning="The value does not have the type or form R4 gives the element.",
        what_to_do="Send the element as the R4 definition describes it."),
    "FHIR-CODE": Code(status=422, issue_type="code-invalid",
        meaning="The code is not in the list R4 requires for the element.",
        what_to_do="Send one of the codes of the required value set."),
    "FHIR-EMPTY": Code(status=422, issue_type="structure",
        meaning="An object, array or string is empty.",
        what_to_do="Leave the element out when there is nothing to say."),
    "FHIR-NULL": Code(status=422, issue_type="structure",
        meaning="null stands where R4 allows none (only in a list of primitive values, as a placeholder).",
        what_to_do="Leave the element out when there is nothing to say."),
    "FHIR-DATE": Code(status=422, issue_type="value",
        meaning="The date is not a day of the calendar.",
        what_to_do="Send a date that exists."),
    "FHIR-PERIOD": Code(status=422, issue_type="invariant",
        meaning="The period ends before it starts (per-1).",
        what_to_do="Send start at or before end."),
    "FHIR-QUANTITY": Code(status=422, issue_type="invariant",
        meaning="The quantity has a coded unit without its system (qty-3).",
        what_to_do="Send system beside code."),
    "FHIR-REFERENCE": Code(status=422, issue_type="invariant",
        meaning="A reference to a contained resource finds none in its resource (ref-1).",
        what_to_do="Contain the resource, or refer to an entry of the Bundle."),
    "FHIR-FULL-URL": Code(status=422, issue_type="invariant",
        meaning="Two entries have the same fullUrl and version (bdl-7).",
        what_to_do="Give every entry its own fullUrl."),
    "FHIR-ABSENT-REASON": Code(status=422, issue_type="invariant",
        meaning="The Observation has both a value and a reason why there is none (obs-6).",
        what_to_do="Send one of them."),
    "FHIR-TOO-MANY": Code(status=422, issue_type="too-costly",
        meaning="There are more problems than are listed here.",
        what_to_do="Correct those listed and send the resource again."),
    # Requests
    "HTTP-INVALID": Code(status=400, issue_type="invalid",
        meaning="The request is not one HTTP allows.",
        what_to_do="Correct the request line, headers or encoding."),
    "HTTP-NOT-FOUND": Code(status=404, issue_type="not-found",
        meaning="There is nothing at this address.",
        what_to_do="GET /fhir/metadata lists what there is."),
    "HTTP-METHOD": Code(status=405, issue_type="not-supported",
        meaning="This address does not take this HTTP method.",
        what_to_do="Use a method that the header Allow of the answer names."),
    "HTTP-NOT-ACCEPTABLE": Code(status=406, issue_type="not-supported",
        meaning="The answer cannot be had in the format asked for.",
        what_to_do="Ask for application/fhir+json in FHIR version 4.0, by Accept or _format."),
    "HTTP-LENGTH-REQUIRED": Code(status=411, issue_type="required",
        meaning="The request has neither Content-Length nor a chunked body.",
        what_to_do="Send Content-Length, or Transfer-Encoding: chunked."),
    "PARAMETER-VALUE": Code(status=400, issue_type="invalid",
        meaning="The value of a parameter is not one it can have.",
        what_to_do="Send a value the text names."),
    "PARAMETER-UNKNOWN": Code(status=400, issue_type="not-supported",
        meaning="A query parameter is not one this operation has.",
        what_to_do="Send dryRun=true or dryRun=false, spelled so; nothing was decided or kept."),
    "SEARCH-PARAMETER-UNKNOWN": Code(status=400, issue_type="not-supported",
        meaning="The search parameter is not known here; without Prefer: handling=strict it is ignored.",
        what_to_do="Search Claims by identifier."),
    "SEARCH-PARAMETER-MISSING": Code(status=400, issue_type="required",
        meaning="The search has no identifier.",
        what_to_do="Send identifier=value or identifier=system|value."),
    "CLAIM-NOT-FOUND": Code(status=404, issue_type="not-found",
        meaning="No Claim with this id is kept here.",
        what_to_do="Look for it with GET /fhir/Claim?identifier=."),
    # Faults: ours, not the sender's
    "FAULT-CLAIM-INVALID": Code(status=500, issue_type="exception",
        meaning="A claim made here is not valid FHIR R4. No answer has this status: the study is held with "
        "CLAIM-NOT-VALID, the others of the Bundle are answered, and this code stands in the log line.",
        what_to_do="Look at the practice file, whose entries go into every Claim; else report it."),
    "FAULT-UNEXPECTED": Code(status=500, issue_type="exception",
        meaning="Something failed here that nobody foresaw.",
        what_to_do="Report it with the X-Request-Id of the answer; the input is not at fault."),
    "FAULT-LEDGER": Code(status=503, issue_type="transient",
        meaning="The ledger did not answer, so nothing was kept.",
        what_to_do="Send the same request again."),
    "FAULT-LEDGER-ADDRESS": Code(status=500, issue_type="exception",
        meaning="The ledger is not one this service can open.",
        what_to_do="Name a SQLite file, by path or sqlite:///path, in VFA_DATABASE."),
    "FAULT-LEDGER-VERSION": Code(status=500, issue_type="exception",
        meaning="The ledger was written by another version of this service.",
        what_to_do="Name the ledger of this version in VFA_DATABASE."),
})
# fmt: on


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
            "diagnostics": CODES[self.code].what_to_do,
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


class Refusal(Exception):  # noqa: N818 - a word of this house, no error of the program
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


class Fault(Exception):  # noqa: N818
    """Something of ours failed; retryable says whether the same request may succeed later."""

    def __init__(self, code: str, *, retryable: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retryable = retryable
        self.status = 503 if retryable else CODES[code].status

    def outcome(self) -> dict[str, Any]:
        """The OperationOutcome of the answer."""
        return outcome([Problem(code=self.code, text=CODES[self.code].meaning, severity="fatal")])


class Unavailable(Exception):  # noqa: N818
    """Another server gave no answer: down, slow, 5xx. Neither a yes nor a no; `says` has no patient data."""

    def __init__(self, says: str) -> None:
        super().__init__(says)
        self.says = says


class Declined(Exception):  # noqa: N818
    """Another server answered, and not with what was asked for; `status` is that of HTTP.

    `says` has codes and element names of its OperationOutcome, never its prose: that may quote a patient.
    """

    def __init__(self, says: str, *, status: int) -> None:
        super().__init__(says)
        self.says = says
        self.status = status
