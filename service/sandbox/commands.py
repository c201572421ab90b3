"""`vfa-claims sandbox run` and `sandbox clean`: a FHIR server, and the one study that may be sent to it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from service.terminal import NOT_PROVED, UNAVAILABLE, format_option, now_option, reported, write

if TYPE_CHECKING:
    from service.sandbox.example import Mark
    from service.sandbox.report import Report
    from service.store.fhir_server import FhirServer

FC = TypeVar("FC", bound=Callable[..., Any])
PUBLIC_SANDBOX = "https://hapi.fhir.org/baseR4"


def _sandbox_options(command: FC) -> FC:
    """Which sandbox, whose resources, how long it is waited for, and how it is told."""
    for option in reversed(
        (
            click.option(
                "--base", metavar="URL", help="Base URL of a FHIR R4 server that may be written to."
            ),
            click.option("--public", is_flag=True, help=f"The public HAPI sandbox, {PUBLIC_SANDBOX}."),
            click.option(
                "--tag", metavar="NAME", help="Tag of what is written; a name of your own, if shared."
            ),
            click.option("--timeout", type=click.FloatRange(0.1, 600), default=20.0, show_default=True),
            format_option,
        )
    ):
        command = option(command)
    return command


@click.group()
def sandbox() -> None:
    """Prove the whole way on a FHIR server, with the one invented study that is inside."""


@sandbox.command("run")
@_sandbox_options
@now_option
def sandbox_run(
    base: str | None, public: bool, tag: str | None, timeout: float, form: str, now: datetime
) -> None:
    """Write the example to a server, find it again, derive, write the claims back, compare.

    \b
    A second run doubles nothing. Exit status: 0 proved, 1 the server refused something or has something
    else, 2 wrong usage, 6 the server is unavailable (down, slow, 5xx): neither success nor failure.
    """
    with reported(), _sandbox(base, public, tag, timeout) as (server, mark):
        from service.sandbox.proof import example_knowledge, prove

        report = prove(server, mark, knowledge=example_knowledge(), now=now)
    _tell(report, form)


@sandbox.command("clean")
@_sandbox_options
def sandbox_clean(base: str | None, public: bool, tag: str | None, timeout: float, form: str) -> None:
    """Delete everything with the tag from a server, and nothing else. Exit status as of `run`."""
    with reported(), _sandbox(base, public, tag, timeout) as (server, mark):
        from service.sandbox.cleaning import clean

        report = clean(server, mark)
    _tell(report, form)


@contextmanager
def _sandbox(
    base: str | None, public: bool, tag: str | None, timeout: float
) -> "Iterator[tuple[FhirServer, Mark]]":
    from service.sandbox.example import TAG, Mark
    from service.store.fhir_address import Limits
    from service.store.fhir_server import FhirServer

    if bool(base) == public:
        raise click.UsageError("name one server, by --base URL or --public")
    try:
        server = FhirServer(base or PUBLIC_SANDBOX, Limits(read=timeout, whole=3 * timeout))
        mark = Mark(tag=tag or TAG)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    with closing(server):
        yield server, mark


def _tell(report: "Report", form: str) -> None:
    from service.sandbox.report import Result, as_json, as_text

    if form == "readable":
        click.echo(as_text(report))
    else:
        write(as_json(report), form)
    statuses = {Result.FAILED: NOT_PROVED, Result.UNAVAILABLE: UNAVAILABLE}
    sys.exit(statuses.get(report.result, 0))
