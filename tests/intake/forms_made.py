"""Forms of a report made by hand: a small PDF with or without a text layer, RTF, HTML."""

import base64
import hashlib
from typing import Any


def attachment(kind: str, content: bytes, **more: Any) -> dict[str, Any]:
    return {"contentType": kind, "data": base64.b64encode(content).decode("ascii"), **more}


def digest(content: bytes) -> str:
    return base64.b64encode(hashlib.sha1(content).digest()).decode("ascii")


def pdf(*pages: str, mode: int = 0, annotation: str = "") -> bytes:
    """A PDF with a line of text for each line of a page; a page without words draws a box."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    kids = []
    for page in pages:
        lines = "".join(f"({_escaped(line)}) Tj T*\n" for line in page.split("\n"))
        drawn = f"BT /F1 10 Tf 14 TL {mode} Tr 50 780 Td\n{lines}ET" if page else "50 50 400 600 re f"
        stream = drawn.encode("cp1252")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        beside = ""
        if annotation:
            note = f"<< /Type /Annot /Subtype /FreeText /Contents ({annotation}) /Rect [0 0 9 9] >>"
            objects.append(note.encode())
            beside = f"/Annots [{len(objects)} 0 R]"
        stream_at = len(objects) - bool(annotation)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 842] /Contents {stream_at} 0 R {beside} "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    return _written(objects)


def _written(objects: list[bytes]) -> bytes:
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + (end + trailer).encode()


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def rtf(text: str, *, inside: str = "") -> bytes:
    body = text.replace("\n", "\\par\n")
    return ("{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}\\f0 " + body + inside + "}").encode("ascii")


def html(text: str, *, head: str = "", inside: str = "") -> bytes:
    body = "".join(f"<p>{line}</p>" for line in text.split("\n"))
    return f"<html><head>{head}</head><body>{body}{inside}</body></html>".encode()
