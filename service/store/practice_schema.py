"""The shape of `practice.yaml`: marshmallow schemas whose values are the entries of `core.practice`.

Every scalar arrives as text (see `yaml_text`); a message says what is wrong and what would be right.
"""

import re
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from marshmallow import ValidationError, fields, post_load, validates_schema
from stdnum.exceptions import ValidationError as NotAnEin
from stdnum.us import ein

from service.core.codes import Component, Exam, PayerKind, Procedure, SiteKind
from service.core.npi import is_npi
from service.core.practice import Days, ExamCodeEntry, OrganizationEntry, PayerEntry, ReaderEntry, SiteEntry
from service.core.situations import Circumstance, SiteDetail
from service.core.study import Address
from service.store.yaml_fields import NEEDED, Day, Entry, Lines, OneOf, Several, Text, YesNo
from service.store.yaml_text import did_you_mean

AMOUNT = re.compile(r"\d{1,9}(\.\d{1,2})?")


class Npi(Text):
    """A national provider identifier."""

    def _read(self, text: str) -> str:
        if not is_npi(text):
            raise ValidationError("is not an NPI: ten digits, the last one a check digit")
        return text


class TaxId(Text):
    """An employer identification number."""

    def _read(self, text: str) -> str:
        try:
            return ein.format(ein.validate(text))
        except NotAnEin as error:
            raise ValidationError("is not an EIN: NN-NNNNNNN with a prefix the IRS uses") from error


class TimeZone(Text):
    """An IANA time zone."""

    def _read(self, text: str) -> str:
        try:
            ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            near = did_you_mean(text, available_timezones())
            raise ValidationError(f"is not an IANA time zone{near}") from error
        return text


class Money(fields.Field[Decimal]):
    """An amount in US dollars with at most two places."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Decimal:
        if not isinstance(value, str) or not AMOUNT.fullmatch(value):
            raise ValidationError("is not an amount: digits, and at most two after the point")
        return Decimal(value).quantize(Decimal("0.01"))


class DaysSchema(Entry):
    from_ = Day(data_key="from", required=True)
    through = Day(load_default=None, may_be_open=True)

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("through") and data.get("from_") and data["through"] < data["from_"]:
            raise ValidationError("ends before it begins", field_name="through")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Days:
        return Days(**data)


class AddressSchema(Entry):
    line = Lines(required=True, error_messages=NEEDED)
    city = Text(required=True)
    state = Text("[A-Z]{2}", "is a two-letter state", required=True)
    postal_code = Text(r"\d{5}(-?\d{4})?", "is a ZIP code: 5 or 9 digits", required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Address:
        return Address(**data)


def _address() -> fields.Nested:
    return fields.Nested(AddressSchema(), load_default=None)


def _in_force() -> fields.Nested:
    return fields.Nested(DaysSchema(), required=True, error_messages=NEEDED)


IDENTIFIER = ("[a-z0-9]+(-[a-z0-9]+)*", "is written in small letters, digits and hyphens")
LOCALITY = (r"\d{5}-\d{2}", "is a Medicare contractor and locality: NNNNN-NN")
TAXONOMY = ("[0-9]{3}[0-9A-Z]{6}X", "is a taxonomy code of ten characters that ends in X")


SUBSTITUTIONS = (Circumstance.SUBSTITUTE_RECIPROCAL, Circumstance.SUBSTITUTE_PAID_BY_TIME)


class Window(Text):
    """Calendar days before an admission that a hospital's payment reaches back over."""

    def _read(self, text: str) -> Any:
        if text not in ("0", "1", "3"):
            raise ValidationError(
                "is 3, 1 (a hospital outside the inpatient payment system) or 0 (no window)"
            )
        return int(text)


class OrganizationSchema(Entry):
    id = Text(*IDENTIFIER, required=True)
    name = Text(required=True)
    npi = Npi(required=True)
    tax_id = TaxId(load_default="")
    taxonomy = Text(*TAXONOMY, load_default="")
    address = _address()
    bills_through_us = YesNo(required=True, error_messages=NEEDED)
    approved_procedures = Several(
        Text(r"[0-9A-Z]{5}", "is a procedure code of five characters"),
        load_default=None,
        may_be_empty=True,
        collect=frozenset,
    )
    wholly_owned_by = Text(load_default="")
    payment_window = Window(load_default=None)
    ordering_practitioners = Several(Npi(), load_default=frozenset(), may_be_empty=True, collect=frozenset)
    in_force = _in_force()

    @validates_schema
    def _can_bill(self, data: dict[str, Any], **_: Any) -> None:
        for name in ("tax_id", "address"):
            if data.get("bills_through_us") and name in data and not data[name]:
                says = "is missing; an organization that bills through us needs it"
                raise ValidationError(says, field_name=name)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> OrganizationEntry:
        return OrganizationEntry(**data)


class SiteSchema(Entry):
    id = Text(*IDENTIFIER, required=True)
    name = Text(required=True)
    location_identifiers = Lines(load_default=())
    managing_npi = Npi(load_default="")
    npi = Npi(load_default="")
    kind = OneOf(SiteKind, required=True)
    detail = OneOf(SiteDetail, load_default=SiteDetail.NOT_STATED)
    scanner_owner = Text(required=True)
    locality = Text(*LOCALITY, load_default="")
    time_zone = TimeZone(required=True)
    place_of_service = Text(r"\d\d", "is a place of service of two digits", load_default="")
    address = _address()
    in_force = _in_force()

    @validates_schema
    def _can_be_recognised(self, data: dict[str, Any], **_: Any) -> None:
        if not any(data.get(name, "?") for name in ("location_identifiers", "managing_npi", "npi")):
            says = "is missing; name these, npi or managing_npi, or no Location is ever this site"
            raise ValidationError(says, field_name="location_identifiers")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> SiteEntry:
        return SiteEntry(**data)


class ReaderSchema(Entry):
    npi = Npi(required=True)
    family = Text(required=True)
    given = Lines(load_default=())
    taxonomy = Text(*TAXONOMY, load_default="")
    bills_for = Text(required=True)
    site = Text(load_default="")
    reads_at = Text(load_default="")
    locality = Text(*LOCALITY, load_default="")
    address = _address()
    purchase_price = Money(load_default=None)
    substitutes_for = Npi(load_default="")
    substitution = OneOf(Circumstance, load_default=None)
    in_force = _in_force()

    @validates_schema
    def _substitutes(self, data: dict[str, Any], **_: Any) -> None:
        how = data.get("substitution")
        if how and how not in SUBSTITUTIONS:
            says = f"is {' or '.join(SUBSTITUTIONS)}"
            raise ValidationError(says, field_name="substitution")
        if bool(how) != bool(data.get("substitutes_for")):
            says = "names the absent physician (substitutes_for) and how the substitute is paid, both"
            raise ValidationError(says, field_name="substitution")

    @validates_schema
    def _reads_in_one_place(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("reads_at") and data.get("locality"):
            says = "says again where the reading is done; reads_at or locality, not both"
            raise ValidationError(says, field_name="locality")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> ReaderEntry:
        return ReaderEntry(**data)


class ChargeSchema(Entry):
    organization = Text(required=True)
    procedure = OneOf(Procedure, required=True)
    component = OneOf(Component, required=True)
    amount = Money(required=True, error_messages=NEEDED)
    in_force = _in_force()


PUBLISHED = re.compile(
    r"(?i)ama-assn\.org|cms\.gov|loinc\.org|snomed\.info|radlex\.org|hl7\.org"
    r"|urn:oid:2\.16\.840\.1\.113883\.6\."
)
"""Addresses of published code systems: what their codes mean is for the rows to say."""


class SiteSystem(Text):
    """The URI of a site's own code system."""

    def _read(self, text: str) -> str:
        if PUBLISHED.search(text):
            raise ValidationError("is a published code system; rows of mappings/orders.yaml read it")
        return text


class ExamCodeSchema(Entry):
    system = SiteSystem(required=True)
    code = Text(required=True)
    exams = Several(OneOf(Exam), required=True, collect=frozenset)
    in_force = _in_force()

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> ExamCodeEntry:
        return ExamCodeEntry(**data)


class PayerSchema(Entry):
    payer_id = Text(required=True)
    payer = Text(*IDENTIFIER, required=True)
    plan = Text(load_default="")
    name = Text(required=True)
    kind = OneOf(PayerKind, load_default=None)
    in_force = _in_force()

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> PayerEntry:
        return PayerEntry(**data)
