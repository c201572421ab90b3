"""Query parameters, typed by marshmallow; what cannot be typed refuses the request with all that is wrong."""

from typing import Any

from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError, fields

from service.errors import Refusal, problem
from service.store.yaml_text import messages

ABOUT_THE_ANSWER = frozenset({"_format", "_pretty"})
"""Parameters that any request may have."""


class DeriveParameters(Schema):
    """`dryRun`: answer, and keep nothing."""

    class Meta:
        unknown = EXCLUDE

    dry_run = fields.Boolean(
        data_key="dryRun",
        load_default=False,
        truthy={"true"},
        falsy={"false"},
        error_messages={"invalid": "dryRun is true or false."},
    )


def read_parameters(schema: Schema) -> dict[str, Any]:
    """The parameters of this request as the schema types them."""
    try:
        read: dict[str, Any] = schema.load(request.args.to_dict())
    except ValidationError as error:
        raise Refusal(*(problem("PARAMETER-VALUE", says) for _, says in messages(error.messages))) from error
    return read


def is_strict() -> bool:
    """Whether a search with a parameter we do not know is to be refused (Prefer: handling=strict)."""
    preferences = (part.strip() for line in request.headers.getlist("Prefer") for part in line.split(","))
    return any(preference.split(";")[0].replace(" ", "") == "handling=strict" for preference in preferences)
