"""YAML as text: nothing is typed, everything has its line, what hides a value is refused."""

import pytest

from service.store.yaml_text import FileError, read_documents, read_text

ALIASES = "anchors and aliases are not used here; write the value out"


def test_scalars_stay_as_they_were_written():
    (node,) = read_text(b"a: 011\nb: no\nc: 2026-01-01\nd: 1.50\ne:\n", "f.yaml")
    assert node.plain() == {"a": "011", "b": "no", "c": "2026-01-01", "d": "1.50", "e": ""}


def test_every_key_and_item_knows_its_line_and_the_deepest_written_one_answers():
    (node,) = read_text(b"a:\n  - x: 1\n    y:\n      - 2\n      - 3\n", "f.yaml")
    paths: list[tuple[str | int, ...]] = [("a",), ("a", 0, "y"), ("a", 0, "y", 1), ("a", 0, "z"), ("q",)]
    lines = [node.line_of(path) for path in paths]
    assert lines == [1, 3, 5, 2, 1]


def test_a_file_may_hold_several_documents(tmp_path):
    file = tmp_path / "f.yaml"
    file.write_bytes(b"a: 1\n---\nb: 2\n")
    assert [each.plain() for each in read_documents(file)] == [{"a": "1"}, {"b": "2"}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: 1\na: 2\n", "f.yaml:2 a: the key is written twice (first on line 1)"),
        (b"a: &x 1\nb: *x\n", f"f.yaml:1 &x: {ALIASES}\nf.yaml:2 *x: {ALIASES}"),
        (b"a: !!int 3\n", "f.yaml:1 tag:yaml.org,2002:int: tags are not used here"),
        (b"? [a, b]\n: 1\n", "f.yaml:1: a key is a single word"),
        (b"a: [\n", "f.yaml:2: not YAML: did not find expected node content"),
        (b"a: 1\nb: \xff\n", "f.yaml:2: the file is not UTF-8"),
    ],
)
def test_what_would_hide_a_value_is_refused_with_its_line(content, said):
    with pytest.raises(FileError) as raised:
        read_text(content, "f.yaml")
    assert str(raised.value) == said
