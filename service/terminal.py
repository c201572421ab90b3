"""How every command speaks: its exit status, its answer on standard output, what stops it on standard error.

Exit status: 0 every study is decided, or the sandbox proved it; 1 generated pages are stale, or the sandbox
refused; 2 wrong usage, or files that cannot be used; 3 a study is held; 4 a study or the whole input is
refused; 5 a failure of ours; 6 another server gave no answer, which proves nothing.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NoReturn

import click

STALE, UNUSABLE, HELD, REFUSED, FAILED, UNAVAILABLE = 1, 2, 3, 4, 5, 6
NOT_PROVED = 1

practice_option = click.option("--practice", metavar="FILE", help="The practice file; default VFA_PRACTICE.")
rules_option = click.option(
    "--rules", metavar="FOLDER", help="The mappings; default VFA_RULES, or those inside."
)
server_option = click.option(
    "--fhir-server", metavar="URL", help="Where missing references are looked up; default VFA_FHIR_SERVER."
)
database_option = click.option("--database", metavar="URL", help="The ledger; default VFA_DATABASE.")
format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["readable", "json", "pretty"]),
    default="readable",
    show_default=True,
)


def instant(_: click.Context, __: click.Parameter, value: str | None) -> datetime:
    """The instant of an option, with its offset; now if it is not given."""
    if value is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        given = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("not an instant such as 2026-09-20T12:00:00Z") from None
    if given.tzinfo is None:
        raise click.BadParameter("the offset from UTC is missing, e.g. 2026-09-20T12:00:00Z")
    return given


now_option = click.option(
    "--now", metavar="INSTANT", callback=instant, help="What `created` says; default the clock."
)


@contextmanager
def reported() -> Iterator[None]:
    """Says what stops a command on standard error, all of it at once, and ends with the status for it."""
    from service.errors import CODES, Fault, Refusal
    from service.settings import SettingsError
    from service.store.yaml_text import FileError

    try:
        yield
    except Refusal as refusal:
        lines = [f"{each.code} {' '.join(each.expression)}: {each.text}" for each in refusal.problems]
        stop(REFUSED, *(line.replace(" :", ":") for line in lines))
    except SettingsError as error:
        stop(UNUSABLE, *error.problems)
    except FileError as error:
        stop(UNUSABLE, *(str(trouble) for trouble in error.troubles))
    except OSError as error:
        stop(UNUSABLE, f"{error.filename or 'input'}: {error.strerror}")
    except Fault as fault:
        stop(FAILED, f"{fault.code}: {CODES[fault.code].meaning} {CODES[fault.code].what_to_do}")


def stop(status: int, *lines: str) -> NoReturn:
    """Ends the command with these lines on standard error."""
    for line in lines:
        click.echo(line, err=True)
    sys.exit(status)


def show(answer: dict[str, Any], form: str) -> None:
    """An answer Bundle as people read it, or as JSON."""
    if form != "readable":
        write(answer, form)
        return
    from service.outputs.readable import readable

    click.echo(readable(answer), nl=False)


def write(value: Any, form: str) -> None:
    """`json` prints the bytes that HTTP answers with; `pretty` the same value on many lines."""
    from service import json_text

    click.echo(json_text.pretty(value) if form == "pretty" else json_text.write(value))
