"""The words of a report in RTF."""

import re

from striprtf.striprtf import rtf_to_text

from service.intake.unreadable import UnreadableError

NOT_VALID = re.compile(r"\\(?:strike|striked1|deleted|v)(?![a-z0-9])")
"""Control words for text that is struck out, deleted in a revision, or hidden."""
NOT_WORDS = re.compile(r"\\(?:objdata|objemb|objlink|field)(?![a-z])")


def text_of_rtf(content: bytes) -> str:
    """The words, a line a paragraph. Raises UnreadableError where some are struck out or hidden."""
    source = content.decode("latin-1")  # RTF is ASCII; other characters are named by control words
    if not source.lstrip().startswith("{\\rtf"):
        raise UnreadableError("it is not RTF")
    if NOT_VALID.search(source):
        raise UnreadableError("the document has words that are struck out or hidden")
    if NOT_WORDS.search(source):
        raise UnreadableError("a part of the document is an object or a field")
    try:
        text: str = rtf_to_text(source)  # type: ignore[no-untyped-call]
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError) as error:
        raise UnreadableError("the RTF is broken") from error
    return text
