"""The words of a report in PDF, from its text layer. A scan has none, and nothing is recognised here.

Bounded by pages and drawing operations and not by a clock, so that the same document is always read alike.
"""

import logging
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, PyPdfError

from service.intake.unreadable import UnreadableError

PAGES = 20
OPERATIONS = 50_000
"""Drawing operations of all pages; a page of plain text has a few hundred."""
INVISIBLE = 3
"""Text rendering mode of words laid under a scan by character recognition."""
PART_OF_THE_PAGE = frozenset({"/Link", "/Popup"})
BROKEN = (
    *(PyPdfError, DependencyError, ArithmeticError, AssertionError, AttributeError, LookupError),
    *(NotImplementedError, OSError, RecursionError, TypeError, ValueError, struct.error, zlib.error),
)
"""What pypdf lets through for a document that is broken."""

# The library would log the words it stumbles over, and a report's words belong in no log.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)


def text_of_pdf(content: bytes) -> str:
    """The words of all pages. Raises UnreadableError for a scan, a broken, locked or oversized document."""
    try:
        return _text(PdfReader(BytesIO(content)))
    except BROKEN as error:
        raise UnreadableError("the PDF is broken") from error


def _text(reader: PdfReader) -> str:
    if reader.is_encrypted:
        raise UnreadableError("the PDF is encrypted")
    if len(reader.pages) > PAGES:
        raise UnreadableError(f"the PDF has more than {PAGES} pages")
    watch = _Watch()
    return "\n".join(_page(page, watch) for page in reader.pages)


def _page(page: PageObject, watch: "_Watch") -> str:
    if set(_annotations(page)) - PART_OF_THE_PAGE:
        raise UnreadableError("the PDF has annotations or form fields beside its text")
    text = page.extract_text(visitor_operand_before=watch)
    if not text.strip():
        raise UnreadableError("a page of the PDF is an image without a text layer")
    return text


def _annotations(page: PageObject) -> Iterator[str]:
    for each in page.get("/Annots") or ():
        yield str(each.get_object().get("/Subtype", ""))


class _Watch:
    """Counts the drawing operations, and sees words that are not shown."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, operator: bytes, operands: Any, *_: Any) -> None:
        self.count += 1
        if self.count > OPERATIONS:
            raise UnreadableError("the PDF draws too much to be a report")
        if operator == b"Tr" and operands and operands[0] == INVISIBLE:
            raise UnreadableError("the words of the PDF were recognised from a scan")
