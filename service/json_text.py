"""JSON text in and out, with decimals exact both ways: 150.00 stays 150.00.

msgspec reads and writes. It keeps the last of two equal keys and knows no limit on nesting, so read() asks
three more questions of the text: together they cost less than twice the decoding, and they miss nothing.
Only when one is answered badly does a slow reader go through the text again, to say where.
"""

import hashlib
import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from service.errors import Problem, Refusal, problem

MAX_DEPTH = 100
MAX_DIGITS = 38
MAX_EXPONENT = 38
MAX_PROBLEMS = 50


def _exact(text: str) -> Decimal:
    if _absurd(text):
        raise InvalidOperation
    return Decimal(text)


_decoder = msgspec.json.Decoder(float_hook=_exact)
_encoder = msgspec.json.Encoder(decimal_format="number")
_steady_encoder = msgspec.json.Encoder(order="deterministic")

_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"{\x00", b"\x00{")
_BOM = b"\xef\xbb\xbf"
_NOT_STRUCTURE = bytes(byte for byte in range(256) if byte not in b'[]{}"')
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"0" * 9)
_MANY_DIGITS = b"0" * (MAX_DIGITS + 1)
_BEFORE_A_NUMBER = frozenset(b" \t\r\n:,[-")
_AT_BYTE = re.compile(r"^(?:JSON is malformed: )?(.*?) \(byte (\d+)\)$")
_TO_LOOK_AT = re.compile(rb"\\(?:u00[01]|u0022|[bf])")
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f]")
"""What a FHIR string may not hold (R4 datatypes, string); NUL is told apart."""
_SIMPLE_KEY = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")


def read(body: bytes) -> Any:
    """The JSON value in `body`: Decimal for numbers with a point or exponent, int for the others.

    Refused, with every place named: text that is not JSON or not UTF-8, an object with the same key twice,
    NaN and Infinity, control characters but tab, CR and LF, numbers beyond 38 characters or an exponent
    beyond 38, more than 100 levels. A byte order mark is skipped.
    """
    body = body.removeprefix(_BOM)
    try:
        value = _decoder.decode(body)
    except RecursionError:
        raise Refusal(problem("JSON-DEPTH")) from None
    except UnicodeDecodeError:
        raise Refusal(problem("JSON-ENCODING")) from None
    except InvalidOperation:
        raise Refusal(*_look_closely(body) or [problem("JSON-NUMBER")]) from None
    except msgspec.DecodeError as error:
        raise Refusal(_not_json(body, str(error))) from None
    if _deeper_than_allowed(body):
        raise Refusal(problem("JSON-DEPTH"))
    if _may_be_wrong(body, value):
        found = _look_closely(body)
        if found:
            raise Refusal(*found)
    return value


def read_own(text: bytes) -> Any:
    """The JSON value in a text that `write` made.

    What `read` looks for beyond the grammar cannot be in one: a value that was read or built here has every
    key once, no control character, no endless depth. Kept bytes that were spoilt since are our fault, not
    the sender's.
    """
    return _decoder.decode(text)


def _may_be_wrong(body: bytes, value: Any) -> bool:
    """False only when no key was lost, no string has a control character and no integer is too long.

    A key given twice disappears with its two quotation marks. The writer escapes a quotation mark as the
    text did, unless that said \\u0022; so equal numbers of quotation marks mean that nothing was lost.
    """
    if b"\\" in body and _TO_LOOK_AT.search(body):
        return True
    if _encoder.encode(value).count(b'"') != body.count(b'"'):
        return True
    return _may_have_a_long_integer(body.translate(_DIGITS_TO_ZERO))


def _may_have_a_long_integer(zeros: bytes) -> bool:
    """Whether many digits stand where a number may begin; in the UID of an image they follow a point."""
    at = zeros.find(_MANY_DIGITS)
    while at >= 0:
        if at == 0 or zeros[at - 1] in _BEFORE_A_NUMBER:
            return True
        after = at + len(_MANY_DIGITS)
        while zeros[after : after + 1] == b"0":
            after += 1
        at = zeros.find(_MANY_DIGITS, after)
    return False


def write(value: Any) -> bytes:
    """Compact JSON with keys in the order given; a Decimal is written with the digits it has."""
    return _encoder.encode(value)


def digest(value: Any) -> str:
    """SHA-256 over dataclasses, tuples, sets and plain values; the order of a set does not count."""
    return hashlib.sha256(_steady_encoder.encode(value)).hexdigest()


def pretty(value: Any) -> bytes:
    """The same JSON, indented by two spaces for people."""
    return msgspec.json.format(_encoder.encode(value), indent=2)


def _deeper_than_allowed(body: bytes) -> bool:
    # Each round takes away the innermost level of every branch, so there are as many rounds as levels.
    brackets = _brackets(body)
    for _ in range(MAX_DEPTH):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def _brackets(body: bytes) -> bytes:
    """The brackets of the text that are not inside strings, braces as [ and ]; the text is known to be JSON.

    With all else deleted, a string without brackets is a pair of quotation marks. Taking such pairs away
    leaves the number of marks before any bracket even or odd as it was, and odd means inside a string. So
    when no mark is left, no bracket is in a string; otherwise the strings are cut out, which costs more.
    """
    if b"\\" in body:  # occurs in strings only
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    reduced = body.translate(_ONE_KIND, _NOT_STRUCTURE).replace(b'""', b"")
    if b'"' not in reduced:
        return reduced
    return b"".join(body.split(b'"')[::2]).translate(_ONE_KIND, _NOT_STRUCTURE)


def _not_json(body: bytes, message: str) -> Problem:
    if "out of range" in message:
        return problem("JSON-NUMBER")
    if not body.strip():
        return problem("JSON-INVALID", "The body is empty.")
    if body.startswith(_UTF_16):
        return problem("JSON-ENCODING", "The body is UTF-16.")
    if _is_json_but_for_surrogates(body):
        return problem("JSON-ENCODING", "A string has half of a surrogate pair.")
    at = _AT_BYTE.match(message)
    if not at:
        return problem("JSON-INVALID", "The JSON ends too early.")
    before = body[: int(at[2])]
    line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
    return problem("JSON-INVALID", f"Not JSON at line {line}, column {column}: {at[1]}.")


def _is_json_but_for_surrogates(body: bytes) -> bool:
    if b"\\ud" not in body.lower():
        return False
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


class _Members(list[tuple[str, Any]]):
    """The members of a JSON object as they stand, the same key twice included."""


class _Number(str):
    """A number as it stands in the text."""

    __slots__ = ()


def _look_closely(body: bytes) -> list[Problem]:
    try:
        tree = json.loads(body, object_pairs_hook=_Members, parse_float=_Number, parse_int=_Number)
    except (ValueError, RecursionError):  # an absurd number stopped the first reader before it saw the rest
        return []
    root = "$this"
    if isinstance(tree, _Members):
        root = next((v for k, v in tree if k == "resourceType" and _is_simple(v)), root)
    found: list[Problem] = []
    _visit(tree, root, found)
    return found


def _visit(node: Any, path: str, found: list[Problem]) -> None:
    if len(found) >= MAX_PROBLEMS:
        return
    if isinstance(node, _Members):
        _visit_members(node, path, found)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            _visit(value, f"{path}[{index}]", found)
    elif isinstance(node, _Number):
        if _absurd(node):
            found.append(problem("JSON-NUMBER", None, path))
    elif isinstance(node, str) and "\0" in node:
        found.append(problem("JSON-NUL", None, path))
    elif isinstance(node, str) and _CONTROL.search(node):
        found.append(problem("JSON-CONTROL", None, path))


def _visit_members(members: _Members, path: str, found: list[Problem]) -> None:
    seen: set[str] = set()
    for key, value in members:
        place = f"{path}.{key}" if _is_simple(key) else path
        if key in seen:
            found.append(problem("JSON-DUPLICATE-KEY", None, place))
        if "\0" in key:
            found.append(problem("JSON-NUL", "A key contains the NUL character.", path))
        seen.add(key)
        _visit(value, place, found)


def _is_simple(key: Any) -> bool:
    return isinstance(key, str) and not isinstance(key, _Number) and bool(_SIMPLE_KEY.match(key))


def _absurd(number: str) -> bool:
    if len(number) > MAX_DIGITS:
        return True
    _, _, exponent = number.lower().partition("e")
    return bool(exponent) and abs(int(exponent)) > MAX_EXPONENT
