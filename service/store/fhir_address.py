"""Which addresses of a FHIR server are asked at all, those below a base URL that somebody configured, and how
long an answer is waited for. What a sender writes into a reference is looked at here before it is asked for.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

KIND = r"[A-Z][A-Za-z]{1,63}"
READ = re.compile(rf"({KIND})/([A-Za-z0-9.-]{{1,64}})")
VERSIONS = re.compile(rf"({KIND})/([A-Za-z0-9.-]{{1,64}})/_history")
SEARCH = re.compile(rf"({KIND})\?identifier=([^|&#\s]+\|[^&#\s]+)")
DOTS = frozenset({".", ".."})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What to ask for below a base: a resource by its id, its `versions`, or by its one identifier."""

    base: str
    kind: str
    id: str = ""
    token: str = ""
    versions: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long and how much is waited for. Times in seconds, size in bytes; `wait` is the longest pause."""

    connect: float = 3.05
    read: float = 20.0
    whole: float = 60.0
    size: int = 20 * 2**20
    retries: int = 2
    backoff: float = 0.5
    wait: int = 10


def base_url(text: str) -> str:
    """The base of a FHIR server, without a slash at its end. ValueError says what is wrong with it.

    Plain http is taken for this machine and its private network only: what is asked for names patients.
    """
    base = text.strip().rstrip("/")
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an address that starts with https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("no user or password belongs into the address")
    if parts.query or parts.fragment or not DOTS.isdisjoint(parts.path.split("/")):
        raise ValueError("not the base address of a FHIR server")
    _ = parts.port  # raises ValueError where it is none
    if parts.scheme == "http" and not _is_near(parts.hostname):
        raise ValueError("use https for a server outside the private network")
    return base


def is_below(base: str, url: str) -> bool:
    """Whether an absolute URL is the base itself or below it: same scheme, host, port and path."""
    ours, theirs = urlsplit(base), urlsplit(url)
    same_server = (ours.scheme, ours.netloc.lower()) == (theirs.scheme, theirs.netloc.lower())
    below = theirs.path.rstrip("/") == ours.path or theirs.path.startswith(f"{ours.path}/")
    plain = "%" not in theirs.path and "\\" not in theirs.path
    return same_server and below and plain and DOTS.isdisjoint(theirs.path.split("/"))


def target_of(name: str, bases: Sequence[str]) -> Target | None:
    """Where a reference is looked up; None for everything that is not below a configured base.

    An absolute URL is asked of its own server. `Type/id` and `Type?identifier=system|value` name no server:
    the first base is asked.
    """
    for base in bases:
        if name.startswith(f"{base}/") and is_below(base, name.partition("?")[0]):
            return _target(name.removeprefix(f"{base}/"), base)
    return _target(name, bases[0]) if bases and ":" not in name.partition("?")[0] else None


def _target(rest: str, base: str) -> Target | None:
    if read := READ.fullmatch(rest):
        return Target(base=base, kind=read[1], id=read[2]) if read[2] not in DOTS else None
    if kept := VERSIONS.fullmatch(rest):
        return Target(base=base, kind=kept[1], id=kept[2], versions=True) if kept[2] not in DOTS else None
    if search := SEARCH.fullmatch(rest if "|" in rest else unquote(rest)):
        return Target(base=base, kind=search[1], token=search[2])
    return None


def _is_near(host: str) -> bool:
    """This machine, an address that is not routed outside, or a name without a dot (a container's)."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host
