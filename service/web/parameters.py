"""Query parameters, typed by marshmallow; what cannot be typed refuses the request with all that is wrong."""

from typing import Any

from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError, fields

from service.errors import Problem, Refusal, problem
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
    """The parameters of this request as the schema types them; each at most once, and no stranger.

    A misspelt dryRun that was passed over would keep a claim its sender did not want kept.
    """
    names = [str(field.data_key) for field in schema.fields.values()]
    wrong: list[Problem] = []
    if request.args.keys() - {*names, *ABOUT_THE_ANSWER}:
        known = ", ".join([*names, *sorted(ABOUT_THE_ANSWER)])
        wrong.append(problem("PARAMETER-UNKNOWN", f"A query parameter is none of {known}."))
    try:
        read: dict[str, Any] = schema.load(request.args.to_dict())
    except ValidationError as error:
        wrong += [problem("PARAMETER-VALUE", says) for _, says in messages(error.messages)]
    wrong += [
        problem("PARAMETER-VALUE", f"{name} is given once.")
        for name in names
        if len(request.args.getlist(name)) > 1
    ]
    if wrong:
        raise Refusal(*wrong)
    return read


def is_strict() -> bool:
    """Whether a search with a parameter we do not know is to be refused (Prefer: handling=strict)."""
    preferences = (part.strip() for line in request.headers.getlist("Prefer") for part in line.split(","))
    return any(preference.split(";")[0].replace(" ", "") == "handling=strict" for preference in preferences)
