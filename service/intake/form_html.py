"""The words of a report in HTML, as a reader of the page sees them. Nothing that it names is fetched."""

import re
from html.parser import HTMLParser

from service.intake.unreadable import UnreadableError

SKIPPED = frozenset({"script", "style", "head", "template", "noscript", "svg", "math"})
BLOCKS = frozenset(
    (
        *("address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "footer", "h1", "h2", "h3"),
        *("h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "tr", "ul"),
    )
)
CELLS = frozenset({"td", "th"})
ELSEWHERE = frozenset({"iframe", "object", "embed", "frame"})
STRUCK = frozenset({"del", "s", "strike"})
STYLED = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|line-through|font-size\s*:\s*0", re.I)
SPACES = re.compile(r"[ \t\r\f\v\u00a0]+")


def text_of_html(source: str) -> str:
    """The words that are shown, a line a block.

    Raises UnreadableError where words are struck out, hidden, or in another document.
    """
    page = _Page()
    page.feed(source)
    page.close()
    if page.skipping:
        raise UnreadableError("the HTML is not closed")
    lines = (SPACES.sub(" ", line).strip() for line in "".join(page.words).split("\n"))
    return "\n".join(line for line in lines if line)


class _Page(HTMLParser):
    """Gathers words; the standard parser leaves no other way than a class of one's own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.skipping = 0
        self.styling = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins a line; what is not shown, or shown as not valid, is not read over."""
        given = dict(attrs)
        self.styling = tag == "style"
        if tag in SKIPPED:
            self.skipping += 1
        if self.skipping:
            return
        if tag in ELSEWHERE:
            raise UnreadableError("a part of the page is elsewhere")
        if tag in STRUCK or "hidden" in given or STYLED.search(given.get("style") or ""):
            raise UnreadableError("the page has words that are struck out or hidden")
        if tag in BLOCKS:
            self.words.append("\n")
        elif tag in CELLS:
            self.words.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that is closed where it opens; for a script that has no end, nothing is skipped."""
        if tag not in SKIPPED:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """The end of a block ends its line."""
        if tag in SKIPPED and self.skipping:
            self.skipping -= 1
        elif tag in BLOCKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        """Words; a style sheet that hides or strikes out may do so to any of them."""
        if self.styling and STYLED.search(data):
            raise UnreadableError("the page has words that are struck out or hidden")
        if not self.skipping:
            self.words.append(data.replace("\n", " "))
