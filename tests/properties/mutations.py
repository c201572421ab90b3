"""Ways to spoil a Bundle at any depth: what people, interfaces and converters do to one on its way."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from service import json_text

TESTS = Path(__file__).parents[1]
EXAMPLES = TESTS.parent / "examples"
Place = tuple[Any, Any]
"""A container and the key or index of a value in it."""

STRANGE = ("\u0000", "\u202e", "é", "\U0001f9b4", "  ", "\n", "'; --", "<b>", "%00", "#", "/", "|", "?")
OTHER_TYPES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    10**18,
    "",
    "x",
    [],
    {},
    [[]],
    {"": 1},
    "2026-02-30",
    "9999-12-31",
)


def bundles() -> dict[str, bytes]:
    """Every example and every contract, by its folder."""
    paths = sorted((*EXAMPLES.glob("*/bundle.json"), *TESTS.glob("contracts/*/bundle.json")))
    return {f"{path.parent.parent.name}/{path.parent.name}": path.read_bytes() for path in paths}


def practice_of(name: str) -> Path:
    """The practice file that belongs to a bundle of that name."""
    return (
        TESTS / "contracts" / "practice.yaml" if name.startswith("contracts/") else EXAMPLES / "practice.yaml"
    )


def places(node: Any) -> Iterator[Place]:
    """Every value below a JSON value, outermost first."""
    waiting = [node]
    while waiting:
        at = waiting.pop(0)
        keys = list(at) if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else ()
        for key in keys:
            yield at, key
            waiting.append(at[key])


def leaves(node: Any) -> Iterator[Any]:
    """Every value below a JSON value that is no container."""
    for container, key in places(node):
        if not isinstance(container[key], dict | list):
            yield container[key]


@st.composite
def mutated(draw: st.DrawFn, body: bytes) -> Any:
    """A Bundle with one to three things done to it."""
    bundle = json_text.read(body)
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(bundle))
        if found:
            place = found[draw(st.integers(0, len(found) - 1))]
            draw(st.sampled_from(MUTATIONS))(draw, found, place)
    return bundle


def _delete(_: st.DrawFn, __: list[Place], place: Place) -> None:
    container, key = place
    del container[key]


def _duplicate(_: st.DrawFn, __: list[Place], place: Place) -> None:
    container, key = place
    if isinstance(container, list):
        container.append(copy.deepcopy(container[key]))
    else:
        container[key] = [container[key], copy.deepcopy(container[key])]


def _retype(draw: st.DrawFn, _: list[Place], place: Place) -> None:
    container, key = place
    container[key] = copy.deepcopy(draw(st.sampled_from(OTHER_TYPES)))


def _swap(draw: st.DrawFn, found: list[Place], place: Place) -> None:
    (one, first), (other, second) = place, found[draw(st.integers(0, len(found) - 1))]
    kept = copy.deepcopy(one[first])
    one[first] = copy.deepcopy(other[second])
    other[second] = kept


def _change_case(_: st.DrawFn, __: list[Place], place: Place) -> None:
    container, key = place
    if isinstance(container[key], str):
        container[key] = container[key].swapcase()
    elif isinstance(container, dict):
        container[str(key).swapcase()] = container.pop(key)


def _insert(draw: st.DrawFn, found: list[Place], place: Place) -> None:
    texts = [(container, key) for container, key in found if isinstance(container[key], str)]
    container, key = texts[draw(st.integers(0, len(texts) - 1))] if texts else place
    if isinstance(container[key], str):
        at = draw(st.integers(0, len(container[key])))
        container[key] = container[key][:at] + draw(st.sampled_from(STRANGE)) + container[key][at:]


def _move_reference(draw: st.DrawFn, found: list[Place], _: Place) -> None:
    """A reference leads to what another one leads to."""
    literal = [(c, k) for c, k in found if k == "reference" and isinstance(c[k], str)]
    if literal:
        one, other = (literal[draw(st.integers(0, len(literal) - 1))] for _ in range(2))
        one[0]["reference"] = other[0]["reference"]


MUTATIONS = (_delete, _duplicate, _retype, _swap, _change_case, _insert, _move_reference)
