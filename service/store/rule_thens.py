"""What the rows of each rule set say: one marshmallow schema for each kind of `then` of `core.rulebook`.

RULE_SETS names every rule set, the attribute of the Rulebook that holds it and the schema of its `then`.
Neighbours: `rule_schemas` has the documents around it, `rule_facts` the words a fact may have.
"""

from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from service.core import diagnosis_rules as diagnoses
from service.core import rule_answers as answers
from service.core import rulebook as book
from service.core.codes import BilledBy, ClaimType, Component, Exam, Modifier, Procedure
from service.core.finding_codes import FindingCode
from service.store.payer_thens import (
    ClinicalMeaningThen,
    CoverageKindThen,
    FrequencyLimitThen,
    IndicationThen,
    PayerIdentityThen,
    PayerStanceThen,
)
from service.store.rule_facts import BILLED_AS, MEANINGS
from service.store.rule_then import (
    DIAGNOSIS,
    DIAGNOSIS_CODE,
    DIAGNOSIS_PREFIX,
    DIAGNOSIS_TEMPLATE,
    DIAGNOSIS_TOKEN,
    SLUG,
    Then,
)
from service.store.yaml_fields import NEEDED, OneOf, Several, Text, Whole, Word, YesNo
from service.store.yaml_text import did_you_mean


class ExamMeaningThen(Then):
    exams = Several(OneOf(Exam), required=True, collect=frozenset)

    makes = book.ExamMeaning


class LinesThen(Then):
    procedures = Several(OneOf(Procedure), required=True, may_be_empty=True)

    makes = book.Lines


class BilledCode(OneOf[Procedure]):
    """A procedure, `same` or `nothing`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        return value if value in ("same", "nothing") else super()._deserialize(value, attr, data, **more)


class PartCodeThen(Then):
    bills = BilledCode(Procedure, required=True)
    component_modifier = YesNo(load_default=False)

    makes = book.PartCode


class RetiredCodeThen(Then):
    says = Text(required=True)

    makes = book.RetiredCode


class ClaimPlanSchema(Then):
    claim = OneOf(ClaimType, required=True)
    billed_by = OneOf(BilledBy, required=True)
    components = Several(OneOf(Component), required=True)

    makes = book.ClaimPlan


class ClaimsPlanThen(Then):
    claims = Several(fields.Nested(ClaimPlanSchema()), required=True, may_be_empty=True)
    flips = Text(required=True)
    unbilled = Text(load_default="")

    @validates_schema
    def _bills_or_says_why_not(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("claims") == () and not data.get("unbilled"):
            raise ValidationError("says why nothing is billed", field_name="unbilled")

    makes = book.ClaimsPlan


class BilledAsThen(Then):
    billed_as = Word(*BILLED_AS, required=True)

    makes = answers.BilledAs


class ModifierThen(Then):
    modifier = OneOf(Modifier, required=True)
    rank = Whole(load_default=0)
    left_off = Text(load_default="")
    warns = Text(load_default="")
    needs_diagnosis = Text(*DIAGNOSIS_CODE, load_default="")

    @validates_schema
    def _carried_or_not(self, data: dict[str, Any], **_: Any) -> None:
        if "rank" in data and "left_off" in data and bool(data["rank"]) == bool(data["left_off"]):
            says = "says a rank (the line carries it) or left_off with the reason, one of the two"
            raise ValidationError(says, field_name="rank")
        if data.get("left_off") and (data.get("warns") or data.get("needs_diagnosis")):
            raise ValidationError(
                "is left off, so it warns of nothing and needs nothing", field_name="left_off"
            )

    makes = answers.ModifierChoice


class ModifierConflictThen(Then):
    first = OneOf(Modifier, required=True)
    second = OneOf(Modifier, required=True)
    keep = Text(load_default="")

    @validates_schema
    def _keeps_one(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("keep") and data["keep"] not in (data.get("first"), data.get("second")):
            raise ValidationError("is neither first nor second", field_name="keep")

    makes = answers.ModifierConflict


class NeverCarriedThen(Then):
    says = Text(required=True)

    makes = answers.NeverCarried


class PlaceClassThen(Then):
    technical_part = YesNo(required=True, error_messages=NEEDED)
    reading = YesNo(required=True, error_messages=NEEDED)

    makes = answers.PlaceClass


class UniformBillCodeThen(Then):
    condition_code = Text("[0-9A-Z]{2}", "is a condition code of two characters", load_default="")
    occurrence_code = Text("[0-9A-Z]{2}", "is an occurrence code of two characters", load_default="")

    @validates_schema
    def _one_code(self, data: dict[str, Any], **_: Any) -> None:
        if bool(data.get("condition_code")) == bool(data.get("occurrence_code")):
            says = "says a condition code or an occurrence code, one of the two"
            raise ValidationError(says, field_name="condition_code")

    makes = answers.UniformBillCode


class PlaceThen(Then):
    place_of_service = Text(r"\d\d", "is a place of service of two digits", required=True)

    makes = book.Place


class InstitutionalThen(Then):
    type_of_bill = Text(r"0\d\d", "is a type of bill without its frequency digit, e.g. 013", required=True)
    revenue_code = Text(r"0\d{3}", "is a revenue code of four digits, e.g. 0320", required=True)

    makes = book.InstitutionalFacts


class ServiceDayThen(Then):
    day = Word("scan", "reading", required=True)

    makes = book.ServiceDay


def _tokens(*, required: bool = False) -> Several[str]:
    says = "is an ICD-10-CM code, class:NAME, level:FAMILY, late-effect:FAMILY, found:NAME or reasons"
    token = Text(DIAGNOSIS_TOKEN.pattern, says)
    if required:
        return Several(token, required=True, may_be_empty=True)
    return Several(token, load_default=(), may_be_empty=True)


class DiagnosisPatternThen(Then):
    lead = _tokens(required=True)
    also = _tokens()
    drop = fields.Dict(keys=Text(*SLUG), values=Text(), load_default=dict)
    hold = Text(load_default="")

    makes = diagnoses.DiagnosisPattern


class ReasonClassThen(Then):
    reason_class = Text(*SLUG, required=True)
    rank = Whole(required=True)

    makes = diagnoses.ReasonClass


class LastResortThen(Then):
    code = Text(*DIAGNOSIS_CODE, required=True)
    beside = Several(Text(*DIAGNOSIS_PREFIX), required=True)
    says = Text(load_default="")

    makes = diagnoses.LastResort


class LevelCodeThen(Then):
    code = Text(rf"{DIAGNOSIS}|{DIAGNOSIS_TEMPLATE}", DIAGNOSIS_CODE[1], required=True)

    makes = diagnoses.LevelCode


class CodeCharacterThen(Then):
    character = Text("[0-9A-Z]", "is a single digit or letter", required=True)

    makes = diagnoses.CodeCharacter


class ScreeningCodeThen(Then):
    code = Text(*DIAGNOSIS_CODE, required=True)

    makes = diagnoses.ScreeningCode


class CoderReviewThen(Then):
    says = Text(required=True)

    makes = diagnoses.CoderReview


class CodeAlsoThen(Then):
    code = Text(*DIAGNOSIS_PREFIX, required=True)
    needs = Several(Text(*SLUG), required=True, collect=frozenset)
    says = Text(required=True)

    makes = diagnoses.CodeAlso


class CodeFamilyThen(Then):
    seventh_characters = Several(
        Text("[A-Z]", "is a single letter"), load_default=frozenset(), may_be_empty=True, collect=frozenset
    )
    length = Whole(required=True)

    @validates_schema
    def _seven_long(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("seventh_characters") and data.get("length") not in (None, 7):
            raise ValidationError("a code with a seventh character is 7 long", field_name="length")

    makes = diagnoses.CodeFamily


class TranslationThen(Then):
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

    makes = book.Translation


class CodePairThen(Then):
    first = Text(*DIAGNOSIS_PREFIX, required=True)
    second = Text(*DIAGNOSIS_PREFIX, required=True)
    keep = Text(load_default="")
    holds = Text(load_default="unless they are unrelated")

    @validates_schema
    def _keeps_one(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("keep") and data["keep"] not in (data.get("first"), data.get("second")):
            raise ValidationError("is neither first nor second", field_name="keep")

    makes = diagnoses.CodePair


class NcciPairThen(Then):
    column_one = OneOf(Procedure, required=True)
    column_two = OneOf(Procedure, required=True)
    indicator = Word("0", "1", "9", required=True)
    tables = Several(OneOf(ClaimType), required=True, collect=frozenset)

    makes = book.NcciPair


class UnitsLimitThen(Then):
    procedure = OneOf(Procedure, required=True)
    units = Whole(required=True)
    adjudication_indicator = Word("1", "2", "3", required=True)

    makes = book.UnitsLimit


class ConsequenceThen(Then):
    finding = OneOf(FindingCode, required=True)
    says = Text(required=True)

    makes = book.Consequence


class SupportThen(Then):
    support = Word("strong", "weak", "failing", required=True)
    low_density = YesNo(load_default=False)

    @validates_schema
    def _low_where_weak(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("low_density") and data.get("support") != "weak":
            raise ValidationError("matters only where the support is weak", field_name="low_density")

    makes = answers.Support


class TermMeaningThen(Then):
    kind = Text(*SLUG, required=True)
    value = Text(r"[a-z0-9_-]+", "is a word in small letters", load_default="")

    makes = book.TermMeaning


class SectionMeaningThen(Then):
    section = Text(*SLUG, required=True)

    makes = book.SectionMeaning


class ReviewReasonThen(Then):
    says = Text(required=True)

    makes = book.ReviewReason


class PrecedenceThen(Then):
    stands = OneOf(book.Stands, required=True)
    settled = YesNo(required=True, error_messages=NEEDED)

    makes = book.Precedence


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Where a rule set goes in the Rulebook and what its rows say."""

    attribute: str
    then: type[Then]


RULE_SETS = {
    "exam-meaning": Shape(attribute="orders", then=ExamMeaningThen),
    "era": Shape(attribute="eras", then=ConsequenceThen),
    "procedure": Shape(attribute="procedures", then=LinesThen),
    "retired-code": Shape(attribute="retired_codes", then=RetiredCodeThen),
    "part-code": Shape(attribute="parts", then=PartCodeThen),
    "component": Shape(attribute="components", then=ClaimsPlanThen),
    "patient-status": Shape(attribute="patient_statuses", then=BilledAsThen),
    "modifier": Shape(attribute="modifiers", then=ModifierThen),
    "modifier-conflict": Shape(attribute="modifier_conflicts", then=ModifierConflictThen),
    "never-modifier": Shape(attribute="never_modifiers", then=NeverCarriedThen),
    "place-of-service": Shape(attribute="place_of_service", then=PlaceThen),
    "place-class": Shape(attribute="place_classes", then=PlaceClassThen),
    "institutional-facts": Shape(attribute="institutional", then=InstitutionalThen),
    "uniform-bill-code": Shape(attribute="uniform_bill_codes", then=UniformBillCodeThen),
    "service-date": Shape(attribute="service_dates", then=ServiceDayThen),
    "diagnosis-pattern": Shape(attribute="diagnosis_patterns", then=DiagnosisPatternThen),
    "reason-class": Shape(attribute="reason_classes", then=ReasonClassThen),
    "last-resort": Shape(attribute="last_resorts", then=LastResortThen),
    "level-code": Shape(attribute="level_codes", then=LevelCodeThen),
    "code-character": Shape(attribute="code_characters", then=CodeCharacterThen),
    "screening-code": Shape(attribute="screening_codes", then=ScreeningCodeThen),
    "coder-review": Shape(attribute="coder_reviews", then=CoderReviewThen),
    "given-diagnosis": Shape(attribute="given_diagnoses", then=ConsequenceThen),
    "code-also": Shape(attribute="code_also", then=CodeAlsoThen),
    "code-family": Shape(attribute="code_families", then=CodeFamilyThen),
    "concept": Shape(attribute="translations", then=TranslationThen),
    "excludes1": Shape(attribute="excludes1", then=CodePairThen),
    "ncci": Shape(attribute="ncci", then=NcciPairThen),
    "mue": Shape(attribute="mue", then=UnitsLimitThen),
    "house": Shape(attribute="house_edits", then=ConsequenceThen),
    "report-item": Shape(attribute="report_items", then=ConsequenceThen),
    "clinical-fact": Shape(attribute="clinical_meanings", then=ClinicalMeaningThen),
    "indication": Shape(attribute="indications", then=IndicationThen),
    "support": Shape(attribute="supports", then=SupportThen),
    "payment-order": Shape(attribute="payment_orders", then=ConsequenceThen),
    "frequency": Shape(attribute="frequencies", then=FrequencyLimitThen),
    "payer-identity": Shape(attribute="payers", then=PayerIdentityThen),
    "coverage-kind": Shape(attribute="coverage_kinds", then=CoverageKindThen),
    "payer-stance": Shape(attribute="payer_stances", then=PayerStanceThen),
    "report-term": Shape(attribute="report_terms", then=TermMeaningThen),
    "report-section": Shape(attribute="report_sections", then=SectionMeaningThen),
    "report-review": Shape(attribute="report_reviews", then=ReviewReasonThen),
    "report-precedence": Shape(attribute="report_precedences", then=PrecedenceThen),
}
"""Every rule set by its id, in the order of the story."""
