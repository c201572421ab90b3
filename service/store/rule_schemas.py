"""The shape of the files in `mappings/`: marshmallow schemas whose values are the parts of `core.rulebook`.

RULE_SETS names every rule set, the attribute of the Rulebook that holds it and the schema of its `then`.
Neighbours: `rule_files` reads with these, `rule_facts` knows the words a fact may have.
"""

import re
from dataclasses import dataclass
from string import Formatter
from typing import Any, Generic, TypeVar

from marshmallow import ValidationError, fields, post_load, validates_schema

from service.core import rulebook as book
from service.core.codes import (
    BilledBy,
    ClaimType,
    Component,
    Exam,
    Modifier,
    PayerKind,
    Procedure,
    Severity,
    Status,
)
from service.core.finding_codes import FindingCode
from service.store.practice_schema import NEEDED, Day, Entry, OneOf, Text
from service.store.rule_facts import MEANINGS
from service.store.yaml_text import did_you_mean

T = TypeVar("T")
ROW_ID = (r"[A-Z0-9]+(-[A-Z0-9.]+)*", "is written in capital letters, digits, points and hyphens")
SLUG = (r"[a-z0-9]+(-[a-z0-9]+)*", "is written in small letters, digits and hyphens")
DIAGNOSIS = r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?"
DIAGNOSIS_CODE = (DIAGNOSIS, "is an ICD-10-CM code with its point, e.g. M80.08XA")
DIAGNOSIS_PREFIX = (rf"[A-Z]|{DIAGNOSIS}", "is an ICD-10-CM code or the beginning of one, e.g. M80")
DIAGNOSIS_TOKEN = re.compile(rf"{DIAGNOSIS}|class:[a-z0-9-]+|level:[A-Za-z0-9.-]+")
PREVENTS = re.compile(r"(CO|PR|OA)-[A-Z]?\d+|M\d+|MA\d+|N\d+")
SLOT = re.compile(r"[a-z_]+")
STANCES = (
    *("covered", "covered-with-density-only", "adjunct", "not-separately-paid", "investigational"),
    "unknown",
)


class Word(Text):
    """One of a few words that are no vocabulary of the core."""

    def __init__(self, *words: str, **more: Any) -> None:
        super().__init__(**more)
        self.words = words

    def _read(self, text: str) -> str:
        if text not in self.words:
            near = did_you_mean(text, self.words) or f"; one of {', '.join(self.words)}"
            raise ValidationError(f"is not known{near}")
        return text


class Whole(Text):
    """A whole number."""

    def _read(self, text: str) -> Any:
        if not (text.isascii() and text.isdigit()):
            raise ValidationError("is not a whole number")
        return int(text)


class Several(fields.Field[tuple[T, ...]], Generic[T]):
    """A list of values of one kind; empty only where that says something."""

    def __init__(self, inner: fields.Field[T], *, may_be_empty: bool = False, **more: Any) -> None:
        super().__init__(error_messages=NEEDED, **more)
        self.inner, self.may_be_empty = inner, may_be_empty

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise ValidationError("a list is expected here, e.g. [one, two]")
        if not value and not self.may_be_empty:
            raise ValidationError("is empty")
        read, wrong = [], {}
        for index, item in enumerate(value):
            try:
                read.append(self.inner.deserialize(item))
            except ValidationError as error:
                wrong[index] = error.messages
        if wrong:
            raise ValidationError(wrong)  # type: ignore[arg-type]  # as marshmallow's own List does
        return tuple(read)


class FactValues(fields.Field[dict[str, frozenset[str]]]):
    """Facts and the value, or the list of values, each may have."""

    def __init__(self, **more: Any) -> None:
        super().__init__(error_messages=NEEDED, **more)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, frozenset[str]]:
        if not isinstance(value, dict):
            raise ValidationError("facts and their values are expected here, e.g. {site: imaging-center}")
        wrong = {
            name: ["is one value or a list of values"] for name, said in value.items() if not _texts(said)
        }
        if wrong:
            raise ValidationError(wrong)  # type: ignore[arg-type]  # messages by key
        return {name: frozenset(_texts(said)) for name, said in value.items()}


def _texts(said: object) -> list[str]:
    texts = said if isinstance(said, list) else [said]
    return texts if all(isinstance(text, str) and text for text in texts) else []


class InForceSchema(Entry):
    from_ = Day(data_key="from", required=True)
    through = Day(load_default=None, may_be_open=True)
    source = Text(required=True)
    where = Text(required=True)
    status = OneOf(Status, required=True)

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("through") and data.get("from_") and data["through"] < data["from_"]:
            raise ValidationError("ends before it begins", field_name="through")


class WindowSchema(Entry):
    from_ = Day(data_key="from", required=True)
    through = Day(required=True, may_be_open=True)


class RowSchema(Entry):
    id = Text(*ROW_ID, required=True)
    label = Text(required=True)
    when = FactValues(load_default=dict)
    in_force = Several(fields.Nested(InForceSchema()), required=True)
    overrides = Text(load_default="")
    applies_to = FactValues(load_default=dict)


class AddedSchema(Entry):
    adds_to = Text(required=True)


class RuleSetSchema(Entry):
    rule_set = Text(required=True)
    question = Text(required=True)
    decides = Text(required=True)
    looks_at = Several(Text(), required=True, may_be_empty=True)
    hit = Word("one", "all", required=True)
    modelled = fields.Nested(WindowSchema(), required=True, error_messages=NEEDED)


class SourceSchema(Entry):
    id = Text(r"[A-Z0-9]+(-[A-Z0-9.]+)*", ROW_ID[1], required=True)
    title = Text(required=True)
    publisher = Text(required=True)
    date = Text(required=True)
    address = Text(required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.Source:
        return book.Source(**data)


class CoverageSchema(Entry):
    subject = Text(required=True)
    modelled = Text(required=True)
    verified = Text(required=True)
    not_modelled = Text(required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.Coverage:
        return book.Coverage(**data)


class Sentence(Text):
    """A sentence with `{slots}` that a finding fills."""

    def _read(self, text: str) -> str:
        try:
            parts = list(Formatter().parse(text))
        except ValueError as error:
            raise ValidationError(f"its slots cannot be read ({error})") from error
        for _, slot, form, conversion in parts:
            if slot is not None and (not SLOT.fullmatch(slot) or form or conversion):
                raise ValidationError(f"{{{slot}}} is no slot; a slot is one word, e.g. {{status}}")
        return text


class FindingSchema(Entry):
    id = OneOf(FindingCode, required=True)
    severity = OneOf(Severity, required=True)
    says = Sentence(required=True)
    settle = Sentence(required=True)
    who = Text(required=True)
    prevents = Several(
        Text(PREVENTS.pattern, "is a CARC with its group (CO-16) or a RARC (N264)"),
        load_default=(),
        may_be_empty=True,
    )


class ExamMeaningThen(Entry):
    exams = Several(OneOf(Exam), required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.ExamMeaning:
        return book.ExamMeaning(exams=frozenset(data["exams"]))


class LinesThen(Entry):
    procedures = Several(OneOf(Procedure), required=True, may_be_empty=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.Lines:
        return book.Lines(**data)


class ClaimPlanSchema(Entry):
    claim = OneOf(ClaimType, required=True)
    billed_by = OneOf(BilledBy, required=True)
    components = Several(OneOf(Component), required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.ClaimPlan:
        return book.ClaimPlan(**data)


class ClaimsPlanThen(Entry):
    claims = Several(fields.Nested(ClaimPlanSchema()), required=True)
    flips = Text(required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.ClaimsPlan:
        return book.ClaimsPlan(**data)


class ModifierThen(Entry):
    modifier = OneOf(Modifier, required=True)
    rank = Whole(required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.ModifierChoice:
        return book.ModifierChoice(**data)


class PlaceThen(Entry):
    place_of_service = Text(r"\d\d", "is a place of service of two digits", required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.Place:
        return book.Place(**data)


class InstitutionalThen(Entry):
    type_of_bill = Text(r"0\d\d", "is a type of bill without its frequency digit, e.g. 013", required=True)
    revenue_code = Text(r"0\d{3}", "is a revenue code of four digits, e.g. 0320", required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.InstitutionalFacts:
        return book.InstitutionalFacts(**data)


class ServiceDayThen(Entry):
    day = Word("scan", "reading", required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.ServiceDay:
        return book.ServiceDay(**data)


def _tokens(*, required: bool = False) -> Several[str]:
    says = "is an ICD-10-CM code, class:NAME or level:FAMILY"
    token = Text(DIAGNOSIS_TOKEN.pattern, says)
    if required:
        return Several(token, required=True, may_be_empty=True)
    return Several(token, load_default=(), may_be_empty=True)


class DiagnosisPatternThen(Entry):
    lead = _tokens(required=True)
    also = _tokens()
    drop = fields.Dict(keys=Text(*SLUG), values=Text(), load_default=dict)
    review = Text(load_default="")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.DiagnosisPattern:
        return book.DiagnosisPattern(**data)


class ReasonClassThen(Entry):
    reason_class = Text(*SLUG, required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.ReasonClass:
        return book.ReasonClass(**data)


class LevelCodeThen(Entry):
    code = Text(*DIAGNOSIS_CODE, required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.LevelCode:
        return book.LevelCode(**data)


class CodeFamilyThen(Entry):
    seventh_characters = Several(Text("[A-Z]", "is a single letter"), load_default=(), may_be_empty=True)
    length = Whole(required=True)

    @validates_schema
    def _seven_long(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("seventh_characters") and data.get("length") not in (None, 7):
            raise ValidationError("a code with a seventh character is 7 long", field_name="length")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.CodeFamily:
        return book.CodeFamily(
            seventh_characters=frozenset(data["seventh_characters"]), length=data["length"]
        )


class TranslationThen(Entry):
    means = fields.Dict(keys=Text(), values=Text(), required=True, error_messages=NEEDED)

    @validates_schema
    def _known_words(self, data: dict[str, Any], **_: Any) -> None:
        for name, value in data.get("means", {}).items():
            if name not in MEANINGS:
                says = f"{name} is nothing a concept can mean{did_you_mean(name, MEANINGS)}"
                raise ValidationError(says, field_name="means")
            words = MEANINGS[name]
            if words and value not in words:
                raise ValidationError(f"{value} is no {name}{did_you_mean(value, words)}", field_name="means")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.Translation:
        return book.Translation(**data)


class CodePairThen(Entry):
    first = Text(*DIAGNOSIS_PREFIX, required=True)
    second = Text(*DIAGNOSIS_PREFIX, required=True)
    keep = Text(load_default="")

    @validates_schema
    def _keeps_one(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("keep") and data["keep"] not in (data.get("first"), data.get("second")):
            raise ValidationError("is neither first nor second", field_name="keep")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.CodePair:
        return book.CodePair(**data)


class NcciPairThen(Entry):
    column_one = OneOf(Procedure, required=True)
    column_two = OneOf(Procedure, required=True)
    indicator = Word("0", "1", "9", required=True)
    tables = Several(OneOf(ClaimType), required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.NcciPair:
        return book.NcciPair(**{**data, "tables": frozenset(data["tables"])})


class UnitsLimitThen(Entry):
    procedure = OneOf(Procedure, required=True)
    units = Whole(required=True)
    adjudication_indicator = Word("1", "2", "3", required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.UnitsLimit:
        return book.UnitsLimit(**data)


class ConsequenceThen(Entry):
    finding = OneOf(FindingCode, required=True)
    says = Text(required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.Consequence:
        return book.Consequence(**data)


class PayerIdentityThen(Entry):
    payer = Text(*SLUG, required=True)
    kind = OneOf(PayerKind, required=True)
    name = Text(required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.PayerIdentity:
        return book.PayerIdentity(**data)


class PayerStanceThen(Entry):
    stance = Word(*STANCES, required=True)
    says = Text(required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.PayerStance:
        return book.PayerStance(**data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Where a rule set goes in the Rulebook and what its rows say."""

    attribute: str
    then: type[Entry]


RULE_SETS = {
    "exam-meaning": Shape(attribute="orders", then=ExamMeaningThen),
    "procedure": Shape(attribute="procedures", then=LinesThen),
    "component": Shape(attribute="components", then=ClaimsPlanThen),
    "modifier": Shape(attribute="modifiers", then=ModifierThen),
    "place-of-service": Shape(attribute="place_of_service", then=PlaceThen),
    "institutional-facts": Shape(attribute="institutional", then=InstitutionalThen),
    "service-date": Shape(attribute="service_dates", then=ServiceDayThen),
    "diagnosis-pattern": Shape(attribute="diagnosis_patterns", then=DiagnosisPatternThen),
    "reason-class": Shape(attribute="reason_classes", then=ReasonClassThen),
    "level-code": Shape(attribute="level_codes", then=LevelCodeThen),
    "code-family": Shape(attribute="code_families", then=CodeFamilyThen),
    "concept": Shape(attribute="translations", then=TranslationThen),
    "excludes1": Shape(attribute="excludes1", then=CodePairThen),
    "ncci": Shape(attribute="ncci", then=NcciPairThen),
    "mue": Shape(attribute="mue", then=UnitsLimitThen),
    "house": Shape(attribute="house_edits", then=ConsequenceThen),
    "payer-identity": Shape(attribute="payers", then=PayerIdentityThen),
    "payer-stance": Shape(attribute="payer_stances", then=PayerStanceThen),
}
"""Every rule set by its id, in the order of the story."""


def document_schema(base: type[Entry], then: type[Entry]) -> Entry:
    """The schema of a document whose rows say `then`."""
    row = type("Row", (RowSchema,), {"then": fields.Nested(then(), required=True, error_messages=NEEDED)})
    rows = Several(fields.Nested(row()), required=True, may_be_empty=True)
    schema: Entry = type("Document", (base,), {"rows": rows})()
    return schema
