"""The shape of the files in `mappings/`: marshmallow schemas whose values are the parts of `core.rulebook`.

What a row says stands in `rule_thens`; `rule_files` reads with these.
"""

import re
from string import Formatter
from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from service.core import rulebook as book
from service.core.codes import Procedure, Severity, Status
from service.core.finding_codes import FindingCode
from service.store.rule_then import Then
from service.store.yaml_fields import NEEDED, Day, Entry, OneOf, Several, Text, Word

ROW_ID = (r"[A-Z0-9]+(-[A-Z0-9.]+)*", "is written in capital letters, digits, points and hyphens")


PREVENTS = re.compile(r"(CO|PR|OA)-[A-Z]?\d+|M\d+|MA\d+|N\d+")
SLOT = re.compile(r"[a-z_]+")


class FactValues(fields.Field[dict[str, frozenset[str]]]):
    """Facts and the value, or the list of values, each may have."""

    def __init__(self, **more: Any) -> None:
        super().__init__(error_messages=NEEDED, **more)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, frozenset[str]]:
        if not isinstance(value, dict):
            raise ValidationError("facts and their values are expected here, e.g. {site: imaging-center}")
        wrong: dict[Any, Any] = {
            name: ["is one value or a list of values"] for name, said in value.items() if not _texts(said)
        }
        if wrong:
            raise ValidationError(wrong)
        return {name: frozenset(_texts(said)) for name, said in value.items()}


def _texts(said: object) -> list[str]:
    texts: list[Any] = said if isinstance(said, list) else [said]
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


ROWS = (ROW_ID[0] + r"|[a-z0-9]+(-[a-z0-9]+)*", "is the id of a row or of a rule set")


class DenialSchema(Entry):
    code = Text(PREVENTS.pattern, "is a CARC with its group (CO-16) or a RARC (M97)", required=True)
    also = Several(Text(r"(CO|PR|OA)-[A-Z]?\d+", "is a CARC with its group (PR-50)"), load_default=())
    remarks = Several(Text(r"M\d+|MA\d+|N\d+", "is a RARC (N264)"), load_default=())
    cause = Text(required=True)
    prevented_by = Text(required=True)
    rows = Several(Text(*ROWS), load_default=())
    outside = Text(load_default="")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> book.Denial:
        return book.Denial(**data)


class FigureSchema(Entry):
    id = Text(*ROW_ID, required=True)
    about = Several(OneOf(Procedure), required=True, collect=frozenset)
    says = Text(required=True)
    in_force = fields.Nested(InForceSchema(), required=True, error_messages=NEEDED)


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


def document_schema(base: type[Entry], then: type[Then]) -> Entry:
    """The schema of a document whose rows say `then`."""
    row = type("Row", (RowSchema,), {"then": fields.Nested(then(), required=True, error_messages=NEEDED)})
    rows = Several(fields.Nested(row()), required=True, may_be_empty=True)
    schema: Entry = type("Document", (base,), {"rows": rows})()
    return schema
