"""Asking a FHIR server: read, search with all its pages, and a transaction.

The server gives what was asked for, or `Declined` is raised (it answered something else), or `Unavailable`
(it gave no answer). Only what may safely be asked twice is asked again, no redirect is followed, and nothing
outside the base URL is asked. Errors carry no address, id or prose of the server: those name patients.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import HTTPError, ReadTimeoutError, SSLError
from urllib3.util.retry import Retry

from service import __version__, json_text
from service.errors import Declined, Unavailable
from service.store.fhir_address import Limits, base_url, is_below
from service.store.fhir_answer import BUSY, NO_ANSWER, expect, judged, matches, objects

Json = dict[str, Any]
Asked = tuple[str, str, Sequence[tuple[str, str]]]
"""Method, address and form of a request."""

FHIR_JSON = "application/fhir+json"
HEADERS = {
    "Accept": FHIR_JSON,
    "Cache-Control": "no-cache",  # HAPI answers equal searches from a cache of 60 s otherwise
    "User-Agent": f"vfa-claims/{__version__}",
}
GONE = (404, 410)
CHUNK = 65536
PAGES = 100


class PoliteRetry(Retry):
    """Asks again when the server's Retry-After has passed, and not at all if that is longer than `wait`."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """The retries that are left; none where the server asks for a longer pause."""
        left = self
        if response is not None and (self.get_retry_after(response) or 0) >= self.retry_after_max:
            left = self.new(total=0)
        return super(PoliteRetry, left).increment(method, url, response, error, _pool, _stacktrace)


class FhirServer:
    """A FHIR R4 server at one base URL. ValueError for an address that is none."""

    def __init__(self, base: str, limits: Limits | None = None) -> None:
        self.base = base_url(base)
        self._limits = limits or Limits()
        often = self._limits.retries
        self._reads = self._session(often, often, NO_ANSWER)
        # A write whose answer got lost may still be under way, and two at once could both create.
        self._writes = self._session(often, 0, BUSY)
        self._once = self._session(0, 0, frozenset())

    def close(self) -> None:
        """Closes the connections."""
        for session in (self._reads, self._writes, self._once):
            session.close()

    def read(self, kind: str, id_: str) -> Json | None:
        """The resource; None if the server says that there is none, or none any more."""
        status, resource = self._ask(self._reads, "GET", f"{self.base}/{kind}/{id_}", gone=GONE)
        if status in GONE:
            return None
        if resource.get("resourceType") != kind or resource.get("id") != id_:
            raise Declined("the answer is another resource", status=status)
        return resource

    def versions(self, kind: str, id_: str) -> list[Json]:
        """Every version of a resource that the server keeps; none where it has no such history."""
        asked = ("GET", f"{self.base}/{kind}/{id_}/_history", ())
        found = [entry["resource"] for entry in self._pages(asked, "history", GONE)]
        return [each for each in found if each.get("resourceType") == kind and each.get("id") == id_]

    def search(self, kind: str, parameters: Sequence[tuple[str, str]]) -> list[Json]:
        """The entries of all pages of a search, each with `resource`, most with `fullUrl` and `search`.

        By POST, so that business identifiers stay out of addresses, which servers log.
        """
        return self._pages(("POST", f"{self.base}/{kind}/_search", parameters), "searchset")

    def _pages(self, asked: Asked, bundle: str, gone: Sequence[int] = ()) -> list[Json]:
        """The entries of all pages of an answer, a Bundle of that type."""
        entries: list[Json] = []
        for _ in range(PAGES):
            status, page = self._ask(self._reads, *asked, gone=gone)
            if status in gone:
                return entries
            expect(page, bundle, status)
            entries += matches(page, status)
            following = next(
                (link for link in objects(page.get("link")) if link.get("relation") == "next"), None
            )
            if following is None:
                return entries
            asked = ("GET", self._within(str(following.get("url")), status), ())
        raise Declined(f"the answer has more than {PAGES} pages", status=status)

    def transaction(self, entries: Sequence[Json]) -> tuple[Json, ...]:
        """Bundle.entry.response of each entry, in order; Declined unless every one of them was done."""
        session = self._writes if all(_repeatable(entry["request"]) for entry in entries) else self._once
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}
        status, answer = self._ask(session, "POST", self.base, body=json_text.write(bundle))
        expect(answer, "transaction-response", status)
        responses = tuple(_response(entry) for entry in objects(answer.get("entry")))
        done = [each for each in responses if str(each.get("status", "")).startswith("2")]
        if not len(done) == len(responses) == len(entries):
            says = f"the answer says of {len(done)} of {len(entries)} entries that they were done"
            raise Declined(says, status=status)
        return responses

    def _ask(
        self,
        session: requests.Session,
        method: str,
        url: str,
        form: Sequence[tuple[str, str]] = (),
        *,
        body: bytes | None = None,
        gone: Sequence[int] = (),
    ) -> tuple[int, Json]:
        """Status and resource of an answer of 2xx; status and nothing for one of `gone`."""
        limits, began = self._limits, time.monotonic()
        try:
            with session.request(
                method,
                url,
                data=body if body is not None else list(form) or None,
                headers={"Content-Type": f"{FHIR_JSON}; charset=utf-8"} if body is not None else None,
                timeout=(limits.connect, limits.read),
                allow_redirects=False,
                stream=True,
            ) as answer:
                content = b"".join(self._content(answer, began + limits.whole))
        except (requests.RequestException, HTTPError) as error:
            raise Unavailable(_why(error, limits)) from None
        return judged(answer.status_code, content, gone)

    def _content(self, answer: requests.Response, deadline: float) -> Iterator[bytes]:
        size = 0
        while part := answer.raw.read1(CHUNK, decode_content=True):
            size += len(part)
            if size > self._limits.size:
                says = f"the answer is larger than {self._limits.size} bytes"
                raise Declined(says, status=answer.status_code)
            if time.monotonic() > deadline:
                raise Unavailable(f"the answer was not complete after {self._limits.whole:g} s")
            yield part

    def _within(self, url: str, status: int) -> str:
        whole = urljoin(f"{self.base}/", url)
        if not is_below(self.base, whole):
            raise Declined("the next page is at another address", status=status)
        return whole

    def _session(self, connect: int, read: int, again: frozenset[int]) -> requests.Session:
        session = requests.Session()
        session.headers.update(HEADERS)
        retry = PoliteRetry(
            total=connect,
            connect=connect,
            read=read,
            other=0,
            redirect=0,
            allowed_methods=None,
            status_forcelist=again,
            raise_on_status=False,
            backoff_factor=self._limits.backoff,
            backoff_max=self._limits.wait,
            retry_after_max=self._limits.wait,
        )
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(max_retries=retry))
        return session


def _why(error: Exception, limits: Limits) -> str:
    """What went wrong, without the address. Where it was tried several times, the cause is one level down."""
    cause = getattr(error.args[0] if error.args else None, "reason", None)
    if any(isinstance(each, requests.ReadTimeout | ReadTimeoutError) for each in (error, cause)):
        return f"no answer within {limits.read:g} s"
    if any(isinstance(each, requests.exceptions.SSLError | SSLError) for each in (error, cause)):
        return "its certificate is not trusted"
    return "the connection failed"


def _repeatable(request: Mapping[str, str]) -> bool:
    """Whether doing it twice is the same as doing it once."""
    return request["method"] in ("GET", "PUT", "DELETE") or bool(request.get("ifNoneExist"))


def _response(entry: Json) -> Json:
    response = entry.get("response")
    return response if isinstance(response, dict) else {}
