"""The verdict by shape is the verdict of fhir.resources on the resource itself."""

import copy

import pytest

from service.fhir_models import MOST_SHAPES, REFUSALS, _model_of_shape, is_typed, model_of
from tests.intake.small_bundle import claim, coverage, order, report
from tests.properties.mutations import OTHER_TYPES, STRANGE, places

ODD = (*OTHER_TYPES, *STRANGE, "\u00a0", "2026-09", "1.50", "http://a b", [None], [""], {"value": " "})


def is_taken_whole(kind, resource):
    try:
        model_of(kind).model_validate(resource)
    except REFUSALS:
        return False
    return True


def spoilt(resource):
    """The resource with each of its values taken away or replaced by something else."""
    for number, (before, name) in enumerate(places(resource)):
        if name == "resourceType":
            continue
        for odd in (..., *ODD):
            other = copy.deepcopy(resource)
            container, key = list(places(other))[number]
            assert (key, container[key]) == (name, before[name])
            if odd is ...:
                del container[key]
            else:
                container[key] = odd
            yield other


@pytest.mark.parametrize("make", [order, report, coverage, claim])
def test_a_resource_is_typed_exactly_where_its_model_takes_it(make):
    resource = make()
    kind = resource["resourceType"]
    assert is_typed(kind, resource)
    for number, other in enumerate(spoilt(resource)):
        if number % 3 == 0:
            assert is_typed(kind, other) == is_taken_whole(kind, other), other


def test_no_word_of_a_patient_is_kept():
    _model_of_shape.cache_clear()
    said = {"reference": "Patient/1", "display": "Ruth Halvorsen", "identifier": {"value": "LBI-100482"}}
    assert is_typed("ServiceRequest", order() | {"subject": said})
    assert is_typed("ServiceRequest", order() | {"subject": said | {"display": "Somebody Else"}})
    before = _model_of_shape.cache_info().misses
    other = {"reference": "Patient/2", "display": "X Y", "identifier": {"value": "another"}}
    assert is_typed("ServiceRequest", order() | {"subject": other})
    assert _model_of_shape.cache_info().misses == before
    assert _model_of_shape.cache_info().maxsize == MOST_SHAPES
