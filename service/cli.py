"""`vfa-claims`: the same service from the command line. Nothing heavy is imported before it is needed.

The exit statuses are in `terminal.py`. Answers go to standard output, all else to standard error.
"""

import os
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service import __version__
from service.sandbox.commands import sandbox
from service.terminal import (
    HELD,
    REFUSED,
    STALE,
    UNUSABLE,
    database_option,
    format_option,
    now_option,
    practice_option,
    reported,
    rules_option,
    server_option,
    show,
    stop,
    write,
)

if TYPE_CHECKING:
    from service.settings import Knowledge, Settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vfa-claims")
def main() -> None:
    """FHIR Claims from order and report of a DXA vertebral fracture assessment, each value explained."""


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@practice_option
@rules_option
@server_option
@format_option
@now_option
@click.option(
    "--keep", metavar="DATABASE", help="Keep the claims in this ledger; nothing is kept without it."
)
def derive(
    file: str,
    practice: str | None,
    rules: str | None,
    fhir_server: str | None,
    form: str,
    now: datetime,
    keep: str | None,
) -> None:
    """Derive the Claims of the studies in FILE, a FHIR Bundle (- is standard input).

    \b
    Exit status: 0 decided, 2 files that cannot be used, 3 something is held,
    4 something is refused, 5 a failure of ours.
    """
    answer = _answer(file, practice, rules, fhir_server, now, keep)
    show(answer, form)
    sys.exit(_status(answer))


@main.command()
@click.argument("what", metavar="[FILE|CLAIM-ID]", required=False)
@practice_option
@rules_option
@server_option
@database_option
@format_option
@now_option
@click.option("--carc", metavar="CODE", help="Explain a denial instead: CO-97, CO97, 97, or a remark code.")
def explain(
    what: str | None,
    practice: str | None,
    rules: str | None,
    fhir_server: str | None,
    database: str | None,
    form: str,
    now: datetime,
    carc: str | None,
) -> None:
    """Say why each value of a claim is what it is: of the studies in FILE, or of a Claim in the ledger.

    With --carc, say what a payer's denial means and what here would have prevented it.
    """
    if (what is None) == (carc is None):
        raise click.UsageError("give a file or a Claim's id, or --carc with a code")
    if carc is not None:
        _explain_denial(carc, rules, form)
        return
    assert what is not None  # noqa: S101 - one of the two is given
    if what == "-" or Path(what).exists():
        answer = _answer(what, practice, rules, fhir_server, now, None)
    else:
        answer = _kept_answer(what, database)
    if form == "readable":
        show(answer, form)
    else:
        from service.outputs.explanation import read_binary

        binaries = (each for each in _resources(answer) if each["resourceType"] == "Binary")
        write([read_binary(binary) for binary in binaries], form)


def _explain_denial(carc: str, rules: str | None, form: str) -> None:
    from service.outputs.denials import find_denials, readable_denial, write_denial

    rulebook = _rulebook(rules)
    denials = [write_denial(denial, rulebook) for denial in find_denials(rulebook, carc)]
    if not denials:
        codes = ", ".join(code for denial in rulebook.denials for code in denial.codes)
        stop(UNUSABLE, f"no denial is known by the code {carc}; known are {codes}")
    if form != "readable":
        write(denials, form)
        return
    for denial in denials:
        click.echo(readable_denial(denial), nl=False)


@main.command()
@practice_option
@rules_option
@database_option
@click.option("--host", help="Address to bind; default VFA_HOST, or 127.0.0.1.")
@click.option("--port", type=int, help="Port to bind, 0 for a free one; default VFA_PORT, or 8080.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
@click.option("--threads", type=click.IntRange(1), default=4, show_default=True, help="Threads of each.")
def serve(
    practice: str | None,
    rules: str | None,
    database: str | None,
    host: str | None,
    port: int | None,
    workers: int,
    threads: int,
) -> None:
    """Serve over HTTP until SIGTERM or Ctrl-C."""
    with reported():
        settings = _settings(
            VFA_PRACTICE=practice,
            VFA_RULES=rules,
            VFA_DATABASE=database,
            VFA_HOST=host,
            VFA_PORT=None if port is None else str(port),
        )
        if not (settings.is_private or settings.allow_unauthenticated):
            stop(
                UNUSABLE,
                f"{settings.host} can be reached from other machines, and nobody is asked who they are;"
                " bind 127.0.0.1, or set VFA_ALLOW_UNAUTHENTICATED=1 behind a gateway that asks.",
            )
        from service.web.server import serve as serve_http

        serve_http(settings, workers=workers, threads=threads)


@main.command("read")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@rules_option
@format_option
@click.option(
    "--read-on",
    metavar="DAY",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day of the reading, to tell how long ago an earlier study was.",
)
def read_prose(file: str, rules: str | None, form: str, read_on: datetime | None) -> None:
    """Read a report in prose (FILE is text in UTF-8, - is standard input) and show what it says.

    \b
    Exit status: 0 understood and nobody need look, 2 files that cannot be used, 3 a coder should look, or
    it cannot be told whether a vertebra is fractured.
    """
    from service.prose.read import read_report
    from service.prose.show import plain, readable
    from service.prose.vocabulary import make_vocabulary

    vocabulary = make_vocabulary(_rulebook(rules))
    with reported(), click.open_file(file, "rb") as opened:
        content = opened.read()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        stop(UNUSABLE, f"{file} is no text in UTF-8")
    said = read_report(text, vocabulary, read_on=read_on.date() if read_on else None)
    if form == "readable":
        click.echo(readable(said, text), nl=False)
    else:
        write(plain(said, text), form)
    settled = said.understood and not said.coder_review and said.billing_reading != "cannot_tell"
    sys.exit(0 if settled else HELD)


@main.group()
def rules() -> None:
    """Check, show and document the mappings."""


@rules.command("check")
@rules_option
def rules_check(rules: str | None) -> None:
    """Load every mapping; say all that is wrong with file, line and key."""
    from service.store.rule_text import rule_sets

    rulebook = _rulebook(rules)
    sets = rule_sets(rulebook)
    rows = sum(len(each.rows) + len(each.overrides) for each in sets)
    click.echo(
        f"{rows} rows in {len(sets)} rule sets, {len(rulebook.findings)} findings,"
        f" {len(rulebook.sources)} sources, digest {rulebook.digest[:12]}"
    )


@rules.command("show")
@click.argument("name", metavar="[ROW-ID|RULE-SET]", required=False)
@rules_option
def rules_show(name: str | None, rules: str | None) -> None:
    """Print the rule sets, the rows of one, or one row with its days in force and sources."""
    from service.store.rule_text import names, show, table_of_contents
    from service.store.yaml_text import did_you_mean

    rulebook = _rulebook(rules)
    if name is None:
        click.echo(table_of_contents(rulebook), nl=False)
        return
    text = show(rulebook, name)
    if text is None:
        stop(
            UNUSABLE, f"no row, rule set, finding or source is named so{did_you_mean(name, names(rulebook))}"
        )
    click.echo(text, nl=False)


@rules.command("docs")
@click.argument("folder", default="docs", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--profiles",
    default="fhir_profiles",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where our CodeSystems, ValueSets, ConceptMaps and OperationDefinitions go.",
)
@click.option("--check", is_flag=True, help="Write nothing; name what is not as it would be written.")
@rules_option
def rules_docs(folder: Path, profiles: Path, check: bool, rules: str | None) -> None:
    """Write the pages of rules and errors below FOLDER, and the FHIR resources made of them."""
    from service.outputs.published import check_published, write_published
    from service.store.rule_docs import check_rule_docs, write_rule_docs

    rulebook = _rulebook(rules)
    if not check:
        write_rule_docs(rulebook, folder)
        write_published(profiles, rulebook)
        return
    stale = [folder / path for path in check_rule_docs(rulebook, folder)]
    stale += [profiles / path for path in check_published(profiles, rulebook)]
    if stale:
        stop(STALE, *(f"{path}: not what `vfa-claims rules docs` writes" for path in stale))


main.add_command(sandbox)


@main.group()
def practice() -> None:
    """Check the practice file."""


@practice.command("check")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def practice_check(file: Path) -> None:
    """Load the practice file; say all that is wrong with line and key."""
    with reported():
        from service.store.practice import load_practice
        from service.store.practice_doubts import doubts

        loaded = load_practice(file)
        for says in doubts(loaded):
            click.echo(f"{file}: warning: {says}")
        counts = ", ".join(
            f"{len(getattr(loaded, name))} {name}"
            for name in ("organizations", "sites", "readers", "charges")
        )
        click.echo(f"{file}: {counts}, digest {loaded.digest[:12]}")


def _answer(
    file: str,
    practice: str | None,
    rules: str | None,
    fhir_server: str | None,
    now: datetime,
    keep: str | None,
) -> dict[str, Any]:
    """The answer Bundle for the studies of a file."""
    with reported():
        settings = _settings(VFA_PRACTICE=practice, VFA_RULES=rules, VFA_FHIR_SERVER=fhir_server)
        knowledge = _knowledge(settings)
        from service import json_text, pipeline
        from service.intake.envelope import envelope_of
        from service.store.fhir_lookup import looking_up

        with click.open_file(file, "rb") as opened:
            envelope = envelope_of(json_text.read(opened.read()))
        with looking_up(settings.fhir_servers) as resolver:
            return pipeline.derive(
                envelope,
                rulebook=knowledge.rulebook,
                practice=knowledge.practice,
                engine=knowledge.engine,
                strict=knowledge.strict,
                prose=knowledge.prose,
                now=now,
                ledger=_ledger(keep) if keep else None,
                resolver=resolver,
            )


def _kept_answer(claim_id: str, database: str | None) -> dict[str, Any]:
    """The answer that a kept Claim came in."""
    with reported():
        from service import json_text
        from service.outputs.answer import gather
        from service.settings import DATABASE
        from service.store.ledger import Ledger

        url = database or os.environ.get("VFA_DATABASE") or DATABASE
        entries = Ledger(url, must_exist=True).answer_with(claim_id)
        if entries is None:
            stop(UNUSABLE, "there is no such file, and no such Claim in the ledger")
        return gather([json_text.read(entries)])


def _ledger(url: str) -> Any:
    from service.store.ledger import Ledger

    return Ledger(url)


def _settings(**options: str | None) -> "Settings":
    """The environment, with the options of the command line before it."""
    from service.settings import read_settings

    given: Mapping[str, str] = {name: value for name, value in options.items() if value is not None}
    return read_settings({**os.environ, **given})


def _knowledge(settings: "Settings") -> "Knowledge":
    from service.settings import load_knowledge

    return load_knowledge(settings)


def _rulebook(folder: str | None) -> Any:
    with reported():
        from service.store.rule_files import load_rulebook, packaged_rules

        given = folder or os.environ.get("VFA_RULES")
        return load_rulebook(Path(given) if given else packaged_rules())


def _resources(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in answer["entry"]]


def _status(answer: dict[str, Any]) -> int:
    from service.core.codes import StudyState
    from service.outputs.answer import states_of

    states = set(states_of(answer))
    if StudyState.REFUSED in states:
        return REFUSED
    return HELD if StudyState.HELD in states else 0
