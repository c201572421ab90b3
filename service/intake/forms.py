"""The words of a form of the report (`Attachment`): text, HTML, RTF or PDF with a text layer.

What cannot be read whole is not read: too large, another size or hash than said, an unknown type or
charset, a scan. Nothing is fetched from outside the study.
"""

import base64
import binascii
import hashlib
import re
from email.message import Message

from service.intake.elements import Element
from service.intake.form_html import text_of_html
from service.intake.form_rtf import text_of_rtf
from service.intake.unreadable import UnreadableError

BYTES = 4 * 2**20
CHARACTERS = 100_000
"""A report of fifty pages; a longer text is something else."""
CHARSETS = frozenset(
    (
        "utf-8",
        "us-ascii",
        "ascii",
        "iso-8859-1",
        "iso-8859-15",
        "windows-1252",
        "utf-16",
        "utf-16le",
        "utf-16be",
    )
)
PLAIN = frozenset({"text/plain"})
HTML = frozenset({"text/html", "application/xhtml+xml"})
RTF = frozenset({"text/rtf", "application/rtf"})
PDF = "application/pdf"
META = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{1,40})", re.I)
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def text_of_form(form: Element, data: str) -> str:
    """The words of an Attachment whose base64 content is `data`. Raises UnreadableError."""
    content = _content(form, data)
    kind, charset = _type(form.text("contentType"))
    if kind in PLAIN:
        text = _decoded(content, charset)
    elif kind in HTML:
        told = META.search(content[:2048])
        text = text_of_html(_decoded(content, charset or (told[1].decode("ascii").lower() if told else "")))
    elif kind in RTF:
        text = text_of_rtf(content)
    elif kind == PDF:
        from service.intake.form_pdf import text_of_pdf  # a tenth of a second, for those who need it

        text = text_of_pdf(content)
    else:
        raise UnreadableError("forms of this type are not read")
    if len(text) > CHARACTERS:
        raise UnreadableError(f"the text is longer than {CHARACTERS} characters")
    return text


def _content(form: Element, data: str) -> bytes:
    """The bytes, which must be as many, and have the hash, as the Attachment says."""
    if len(data) > BYTES * 4 // 3 + 4:
        raise UnreadableError(f"it is larger than {BYTES // 2**20} MB")
    try:
        content = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError("its data is not base64") from error
    size, digest = form.one("size").value, form.text("hash")
    if isinstance(size, int) and size != len(content):
        raise UnreadableError("it is not of the size it is said to be")
    if digest and digest != base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode():
        raise UnreadableError("its hash is not the one it is said to have")
    return content


def _type(text: str) -> tuple[str, str]:
    """Media type and charset of a content type."""
    header = Message()
    header["content-type"] = text.replace("\n", " ").replace("\r", " ")
    return header.get_content_type() if text else "", (header.get_content_charset() or "").lower()


def _decoded(content: bytes, charset: str) -> str:
    named = charset or ("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
    if named not in CHARSETS:
        raise UnreadableError("its charset is not one that is read")
    try:
        text = content.decode("utf-8-sig" if named == "utf-8" else named)
    except ValueError as error:
        raise UnreadableError("its bytes are not of the charset it is said to have") from error
    if CONTROL.search(text):
        raise UnreadableError("it is no text")
    return text
