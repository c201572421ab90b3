"""JSON text in and out: exact numbers, and every kind of bad text named."""

import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import json_text
from service.errors import Refusal


def refused(body: bytes) -> list[tuple[str, tuple[str, ...]]]:
    with pytest.raises(Refusal) as caught:
        json_text.read(body)
    assert caught.value.status == 400
    return [(each.code, each.expression) for each in caught.value.problems]


@pytest.mark.parametrize("number", ["150.00", "0.10", "66.899999999999991", "1E+2", "-0.0", "150"])
def test_a_number_comes_out_with_the_digits_it_went_in_with(number):
    body = f'{{"value":{number}}}'.encode()
    assert json_text.write(json_text.read(body)) == body


def test_numbers_with_a_point_are_decimals_and_the_others_whole():
    assert json_text.read(b"[1.50, 2]") == [Decimal("1.50"), 2]
    assert isinstance(json_text.read(b"2"), int)


def test_the_pretty_form_is_indented_and_as_exact():
    assert json_text.pretty({"b": Decimal("150.00"), "a": [1]}) == (
        b'{\n  "b": 150.00,\n  "a": [\n    1\n  ]\n}'
    )


def test_keys_are_written_in_the_order_given():
    assert json_text.write({"b": 1, "a": {"d": "\u00e9", "c": None}}) == (
        '{"b":1,"a":{"d":"é","c":null}}'.encode()
    )


def test_a_byte_order_mark_is_skipped():
    assert json_text.read(b'\xef\xbb\xbf{"a":1}') == {"a": 1}


@pytest.mark.parametrize(
    "body", [b"", b"  \n", b"{", b'"a', b"nul", b"{'a':1}", b'{"a":1,}', b"[1] 2", b"01"]
)
def test_text_that_is_not_json_is_refused(body):
    assert refused(body) == [("JSON-INVALID", ())]


@pytest.mark.parametrize("body", [b"NaN", b"[Infinity]", b'{"a":-Infinity}'])
def test_numbers_that_are_none_are_refused(body):
    assert refused(body) == [("JSON-INVALID", ())]


def test_a_syntax_error_is_told_by_line_and_column():
    with pytest.raises(Refusal) as caught:
        json_text.read(b'{"a": 1,\n "b": oops}')
    assert "line 2, column 7" in caught.value.problems[0].text


@pytest.mark.parametrize("body", [b'"\xff"', b'"\xed\xa0\x80"', b'"\\ud800"', b'["\\udc00 \\ud800"]'])
def test_text_that_is_not_unicode_is_refused(body):
    assert refused(body) == [("JSON-ENCODING", ())]


def test_a_lone_surrogate_later_in_a_good_text_is_an_encoding_problem_not_a_missing_end():
    assert refused(b'{"a":"x\\uD800y","b":1}') == [("JSON-ENCODING", ())]
    assert refused(b'{"a":"x\\uD800y","b":1') == [("JSON-INVALID", ())]


def test_every_key_given_twice_is_named():
    body = b'{"resourceType":"Bundle","entry":[{"id":"a","id":"b"}],"meta":{"tag":[{"code":"x","code":"x"}]}}'
    assert refused(body) == [
        ("JSON-DUPLICATE-KEY", ("Bundle.entry[0].id",)),
        ("JSON-DUPLICATE-KEY", ("Bundle.meta.tag[0].code",)),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"\\u0061":2}',
        b'{"a":"\\u0022","a":1}',
        b'{"a":1,"a":"\\u0022\\u0022"}',
        b'{"\\u0022":1,"\\"":2}',
        b'{"a":{},"a":{"b":"\\u0022"}}',
    ],
)
def test_a_key_given_twice_is_seen_through_escapes(body):
    assert [code for code, _ in refused(body)] == ["JSON-DUPLICATE-KEY"]


@pytest.mark.parametrize("body", [b'{"a\\u0022":1}', b'{"a":"\\"\\\\","b":"\\\\\\""}', b'{"a":"\\\\u0000"}'])
def test_escapes_alone_are_no_reason_to_refuse(body):
    assert json_text.read(body) == json.loads(body)


def test_the_nul_character_is_refused_where_it_stands():
    assert refused(b'{"a":["x","\\u0000"],"\\u0000":1}') == [
        ("JSON-NUL", ("$this.a[1]",)),
        ("JSON-NUL", ("$this",)),
    ]


@pytest.mark.parametrize("escaped", ["\\u0001", "\\u001F", "\\b", "\\f"])
def test_a_control_character_is_refused_where_it_stands(escaped):
    body = f'{{"a":["x\\t\\r\\n","y{escaped}"]}}'.encode()
    assert refused(body) == [("JSON-CONTROL", ("$this.a[1]",))]


@pytest.mark.parametrize(
    "number", ["9" * 39, "0." + "1" * 40, "1e39", "1E-39", "1e9999999999999999999", "9" * 5000]
)
def test_absurd_numbers_are_refused(number):
    assert [code for code, _ in refused(f'{{"a":{number}}}'.encode())] == ["JSON-NUMBER"]


def test_absurd_numbers_are_all_named():
    assert refused(b'{"a":[1e99,1],"b":1e-99}') == [
        ("JSON-NUMBER", ("$this.a[0]",)),
        ("JSON-NUMBER", ("$this.b",)),
    ]


def test_digits_in_a_string_are_no_number():
    assert json_text.read(b'"' + b"9" * 60 + b'"') == "9" * 60


@pytest.mark.parametrize("depth", [101, 500, 100_000])
def test_deep_nesting_is_refused(depth):
    assert refused(b"[" * depth + b"]" * depth) == [("JSON-DEPTH", ())]
    assert refused(b'{"a":' * depth + b"1" + b"}" * depth) == [("JSON-DEPTH", ())]


def test_brackets_in_strings_do_not_hide_deep_nesting():
    assert refused(b'["]",' * 101 + b"1" + b"]" * 101) == [("JSON-DEPTH", ())]
    assert refused(b'["\\"]",' * 101 + b'"["' + b"]" * 101) == [("JSON-DEPTH", ())]


def test_brackets_in_strings_do_not_make_a_flat_text_deep():
    assert json_text.read(b'"' + b"[" * 500 + b'"') == "[" * 500


def test_a_hundred_levels_are_read():
    assert json_text.read(b"[" * 100 + b"]" * 100)


scalars = st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.text(st.characters(codec="utf-8"))
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
)


def has_control(value: object) -> bool:
    return re.search(r"\\(u00[01]|[bf])", json.dumps(value).replace("\\\\", "")) is not None


@given(values.filter(lambda value: not has_control(value)), st.booleans(), st.sampled_from([None, 1]))
def test_what_the_standard_library_writes_is_read_as_it_was(value, ascii_only, indent):
    body = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    assert json_text.read(body) == value
    assert json_text.read(json_text.write(value)) == value


@given(st.dictionaries(st.text(max_size=4), values, min_size=1, max_size=4), st.data())
def test_a_repeated_key_never_passes(members, data):
    written = [f"{json.dumps(key)}:{json.dumps(value)}" for key, value in members.items()]
    repeated = data.draw(st.sampled_from(sorted(members)))
    written.insert(
        data.draw(st.integers(0, len(written))), f"{json.dumps(repeated)}:{json.dumps(data.draw(values))}"
    )
    with pytest.raises(Refusal) as caught:
        json_text.read(("{" + ",".join(written) + "}").encode())
    assert "JSON-DUPLICATE-KEY" in {each.code for each in caught.value.problems}


@given(st.binary(max_size=60))
def test_bytes_are_read_as_the_standard_library_reads_them_or_refused(body):
    try:
        value = json_text.read(body)
    except Refusal:
        return
    assert value == json.loads(body, parse_float=Decimal)


nested = st.recursive(
    st.sampled_from(["", "[", "]", "{}", '"', "\\", '\\"', "]]"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "]", "{"]), inner, max_size=2)
    ),
)


def depth(value: object) -> int:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if children is None else 1 + max(map(depth, children), default=0)


@given(nested, st.integers(90, 105), st.booleans())
def test_the_depth_is_counted_right_whatever_the_strings_hold(value, levels, in_objects):
    for _ in range(levels):
        value = {"]": value, "a": "]"} if in_objects else ["]", value, "["]
    if depth(value) > 100:
        assert refused(json.dumps(value).encode()) == [("JSON-DEPTH", ())]
    else:
        assert json_text.read(json.dumps(value).encode()) == value


def test_the_uid_of_an_image_is_read_without_a_second_look(monkeypatch):
    monkeypatch.setattr(json_text, "_look_closely", lambda body: pytest.fail("read a second time"))
    uid = f"urn:oid:2.25.{'3' * 39}"
    assert json_text.read(b'{"value": "%s"}' % uid.encode()) == {"value": uid}
