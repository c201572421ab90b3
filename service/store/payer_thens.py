"""What rows about payers, frequency and clinical indications say. Neighbours: `rule_thens`."""

from typing import Any

from marshmallow import ValidationError, validates_schema

from service.core import rulebook as book
from service.core.codes import PayerKind, Procedure
from service.core.situations import ClinicalFact
from service.store.rule_then import DIAGNOSIS_PREFIX, SLUG, STANCES, Then
from service.store.yaml_fields import OneOf, Several, Text, Whole, Word

PLAIN = ("covered", "unknown")
"""Stances that let expect no denial."""


class IndicationThen(Then):
    says = Text(required=True)

    makes = book.Indication


class ClinicalMeaningThen(Then):
    fact = OneOf(ClinicalFact, required=True)

    makes = book.ClinicalMeaning


class PayerIdentityThen(Then):
    payer = Text(*SLUG, required=True)
    kind = OneOf(PayerKind, required=True)
    name = Text(required=True)
    plan = Text(*SLUG, load_default="")
    conflict = Text(load_default="")

    makes = book.PayerIdentity


class CoverageKindThen(Then):
    kind = OneOf(PayerKind, required=True)

    makes = book.CoverageKind


class FrequencyLimitThen(Then):
    months = Whole(required=True)
    counts = Several(OneOf(Procedure), required=True, collect=frozenset)
    exceptions = Several(Text(*DIAGNOSIS_PREFIX), load_default=frozenset(), collect=frozenset)

    makes = book.FrequencyLimit


class PayerStanceThen(Then):
    stance = Word(*STANCES, required=True)
    says = Text(required=True)
    denial = Word("expected", "possible", load_default="")
    conflict = Text(load_default="")

    @validates_schema
    def _denies_what_is_in_doubt(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("denial") and data.get("stance") in PLAIN:
            raise ValidationError("is for a stance that is neither covered nor unknown", field_name="denial")

    makes = book.PayerStance
