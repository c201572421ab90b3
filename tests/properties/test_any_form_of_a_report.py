"""Whatever stands in a form of a report: it is read, or a finding says why not; nothing is raised."""

import base64
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.intake.elements import Element
from service.intake.forms import text_of_form
from service.intake.unreadable import UnreadableError
from tests.intake.forms_made import attachment, html, pdf, rtf

TEXT = "FINDINGS: T4 to L4 seen.\nIMPRESSION: No vertebral fracture."
WHOLE = {
    "text/plain": TEXT.encode(),
    "text/html": html(
        TEXT, head="<style>p {color: red}</style>", inside="<table><tr><td>T8</td></tr></table>"
    ),
    "text/rtf": rtf(TEXT, inside="{\\b bold}{\\*\\generator x;}"),
    "application/pdf": pdf(TEXT, TEXT),
}
PIECES = {
    "text/html": [
        "<p>",
        "</p>",
        "<!--",
        "-->",
        "<script>",
        "</style>",
        "&#0;",
        "&#x110000;",
        "<![CDATA[",
        "<td",
    ],
    "text/rtf": [
        "{",
        "}",
        "\\u99999?",
        "\\'zz",
        "\\bin9",
        "\\par",
        "\\ansicpg0",
        "\\",
        "\\uc-1",
        "\\fcharset999",
    ],
    "application/pdf": [
        "obj",
        "endobj",
        "<<",
        ">>",
        "stream",
        "/Length -1",
        "/Kids [2 0 R]",
        "999999999 0 R",
        "(",
        "[",
    ],
    "text/plain": ["\x00", "\ufeff", "\u202e", "\ud7ff"],
}
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(kind: str, content: bytes) -> None:
    sent: dict[str, Any] = attachment(kind, content)
    with suppress(UnreadableError):
        text_of_form(Element(sent, "form"), sent["data"])


@SLOW
@given(st.sampled_from(sorted(WHOLE)), st.binary(max_size=300))
def test_any_bytes_are_read_or_said_unreadable(kind, content):
    read(kind, content)


@SLOW
@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_a_form_that_is_cut_spoilt_or_grown(kind, data):
    content = WHOLE[kind]
    at, end = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
    pieces = st.sampled_from(PIECES[kind]).map(lambda piece: piece.encode("utf-8"))
    put = data.draw(st.one_of(pieces, st.lists(pieces, max_size=6).map(b"".join), st.binary(max_size=9)))
    for start in (content[:8], b""):
        read(kind, start + content[len(start) : max(at, len(start))] + put + content[end:])


@SLOW
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_type_and_any_data(kind, data):
    sent = {"contentType": kind, "data": data}
    with suppress(UnreadableError):
        text_of_form(Element(sent, "form"), data)


def test_what_is_spoilt_is_read_where_it_is_whole():
    for kind, content in WHOLE.items():
        sent = attachment(kind, content)
        assert base64.b64decode(sent["data"]) == content
        assert "No vertebral fracture." in text_of_form(Element(sent, "form"), sent["data"])
