"""What fhir.resources says of a resource, at the cost of what it has not said before.

The models look at each element in Python, several times. What they say of one depends on its shape: which
elements it has, its codes, numbers, days and URIs, and of a string only that there is one. So an element is
judged once a shape, by the models, and their verdict is kept for the next study. What is kept is bounded
and has no words about a patient in it.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from service import json_text

if TYPE_CHECKING:
    from pydantic import BaseModel

Resource = dict[str, Any]
ANY_TEXT = "x"
"""What stands for a string in a shape: the models take every one that is not empty."""
MOST_SHAPES = 1024
LONGEST_SHAPE = 1000
REFUSALS = (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError)
"""What a model that refuses raises: ValidationError is a ValueError; an unknown resourceType is answered with
KeyError, a number there with TypeError."""
_OF_ANY_TYPE = frozenset({"Element", "Resource"})


class Parts(NamedTuple):
    """The elements of a model by their names in JSON: those with a model of their own, and the strings."""

    models: "dict[str, Callable[[], type[BaseModel]]]"
    strings: frozenset[str]


@cache
def model_of(kind: str) -> "type[BaseModel]":
    """The R4B model of a resource type; the first call imports it."""
    model: type[BaseModel] = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
    return model


def is_typed(kind: str, resource: Resource) -> bool:
    """Whether the model of its type takes a resource; where it does not, `model_validate` says why."""
    try:
        model = model_of(kind)
        model(**{name: _judged(value, _parts(model).models.get(name)) for name, value in resource.items()})
    except REFUSALS:
        return False
    return True


def _judged(value: Any, model: "Callable[[], type[BaseModel]] | None") -> Any:
    """An element as the model of its shape; what is none, or too long to keep, is left to the resource's."""
    if model is None:
        return value
    if isinstance(value, list):
        return [_judged(each, model) for each in value]
    if not isinstance(value, dict):
        return value
    shape = json_text.write(_shape(value, model()))
    return _model_of_shape(model(), shape) if len(shape) <= LONGEST_SHAPE else value


@lru_cache(maxsize=MOST_SHAPES)
def _model_of_shape(model: "type[BaseModel]", shape: bytes) -> "BaseModel":
    return model.model_validate(json_text.read_own(shape))


def _shape(element: Resource, model: "type[BaseModel]") -> Resource:
    """An element with one text for every string that says something."""
    models, strings = _parts(model)
    shape: Resource = {}
    for name, value in element.items():
        if name in strings and isinstance(value, str) and value.strip():
            shape[name] = ANY_TEXT
        elif name in models and isinstance(value, dict):
            shape[name] = _shape(value, models[name]())
        elif name in models and isinstance(value, list):
            inner = models[name]()
            shape[name] = [_shape(each, inner) if isinstance(each, dict) else each for each in value]
        else:
            shape[name] = value
    return shape


@cache
def _parts(model: "type[BaseModel]") -> Parts:
    from fhir_core.types import String

    models: dict[str, Callable[[], type[BaseModel]]] = {}
    strings: set[str] = set()
    for name, field in model.model_fields.items():
        for kind in (inner for outer in get_args(field.annotation) for inner in (outer, *get_args(outer))):
            if any(isinstance(each, String) for each in getattr(kind, "__metadata__", ())):
                strings.add(field.alias or name)
            elif hasattr(kind, "get_model_klass") and kind.get_model_klass().__name__ not in _OF_ANY_TYPE:
                models[field.alias or name] = kind.get_model_klass
    return Parts(models, frozenset(strings))
