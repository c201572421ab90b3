"""The command line: what it prints, where, and the status it ends with."""

import json
import os
import re
import subprocess
import sys
import time
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from service import json_text
from service.cli import main
from service.fhir_r4 import check_resource
from tests.house.tree import ROOT
from tests.web.conftest import Door

BRIEF = ROOT / "examples" / "brief" / "bundle.json"
HELD = ROOT / "examples" / "text-only" / "bundle.json"
PRACTICE = ROOT / "examples" / "practice.yaml"
PROGRAM = [Path(sys.executable).with_name("vfa-claims")]
DAY = "2026-09-30T12:00:00Z"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed, and how it ended."""

    returncode: int
    stdout: bytes
    stderr: bytes


def run(*arguments, stdin=None, **environment):
    """The command in this process, where a start of the program would prove nothing more."""
    clean = {name: None for name in os.environ if name.startswith("VFA_")}
    with chdir(ROOT):
        ended = CliRunner().invoke(main, [*map(str, arguments)], input=stdin, env=clean | environment)
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return Ran(ended.exit_code, ended.stdout_bytes, ended.stderr_bytes)


def run_program(*arguments, stdin=None, **environment):
    """The installed program, in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VFA_")}
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=clean | environment,
        timeout=60,
    )


def derive(file, *arguments, by=run, **more):
    return by("derive", file, "--practice", PRACTICE, "--now", DAY, *arguments, **more)


def test_json_is_the_answer_bundle_and_nothing_else():
    ran = derive(BRIEF, "--format", "json", by=run_program)
    assert (ran.returncode, ran.stderr) == (0, b"")
    answer = json_text.read(ran.stdout)
    assert answer["resourceType"] == "Bundle"
    assert check_resource(answer) == ()
    assert b'"value":150.00' in ran.stdout


def test_the_readable_form_is_the_claim_as_a_biller_reads_it():
    ran = derive(BRIEF)
    text = ran.stdout.decode()
    assert ran.returncode == 0, ran.stderr
    assert "Claim vfa-" in text
    assert "M80.08XA" in text
    assert "place of service 11" in text


def test_standard_input_is_a_file_named_by_a_dash():
    assert (
        derive("-", "--format", "json", by=run_program, stdin=BRIEF.read_bytes()).stdout
        == derive(BRIEF, "--format", "json").stdout
    )


def test_the_command_line_and_the_web_answer_the_same(tmp_path):
    posted = Door(tmp_path / "ledger.sqlite3").post(BRIEF.read_bytes())
    assert derive(BRIEF, "--format", "json").stdout == posted.data + b"\n"  # the clock of both stands still


def test_pretty_is_the_same_answer_on_many_lines():
    pretty = derive(BRIEF, "--format", "pretty").stdout
    assert pretty.count(b"\n") > 100
    assert json_text.read(pretty) == json_text.read(derive(BRIEF, "--format", "json").stdout)


def test_a_held_study_ends_with_three():
    ran = derive(HELD, by=run_program)
    assert ran.returncode == 3
    assert b"held" in ran.stdout


def test_a_body_that_is_no_study_ends_with_four_and_says_everything_wrong():
    order = {"resourceType": "ServiceRequest", "status": "maybe", "intent": "wish"}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": order}]}
    ran = derive("-", by=run_program, stdin=json.dumps(bundle).encode())
    assert (ran.returncode, ran.stdout) == (4, b"")
    for place in (".status", ".intent", ""):
        assert f" Bundle.entry[0].resource{place}: " in ran.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("derive", "nowhere.json", "--practice", PRACTICE), "nowhere.json"),
        (("derive", BRIEF), "VFA_PRACTICE: is missing; name the practice file with --practice FILE"),
        (("serve",), "VFA_PRACTICE: is missing; name the practice file with --practice FILE"),
        (("derive", BRIEF, "--practice", "nowhere.yaml"), "nowhere.yaml"),
        (("derive", BRIEF, "--practice", PRACTICE, "--now", "noon"), "not an instant"),
        (("derive", BRIEF, "--practice", PRACTICE, "--now", "2026-09-20T12:00:00"), "offset"),
        (("derive", BRIEF, "--practice", PRACTICE, "--rules", "nowhere"), "nowhere"),
        (("explain", "vfa-0", "--database", "build/no-such-ledger.sqlite3"), "no such ledger"),
        (("serve", "--practice", PRACTICE, "--host", "0.0.0.0"), "VFA_ALLOW_UNAUTHENTICATED"),
        (("serve", "--practice", PRACTICE, "--port", "70000"), "VFA_PORT"),
        (("rules", "show", "POS-IMAGING-CENTRE"), "did you mean POS-IMAGING-CENTER?"),
        (("practice", "check", "nowhere.yaml"), "nowhere.yaml"),
        (("bill",), "No such command"),
    ],
)
def test_what_cannot_be_done_is_said_on_standard_error(arguments, says):
    ran = run(*arguments)
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert says in ran.stderr.decode()
    assert b"Traceback" not in ran.stderr


def test_every_wrong_variable_is_said_at_once():
    ran = run_program("derive", BRIEF, VFA_PRACTISE="x", VFA_PORT="http", VFA_BODY_LIMIT="1")
    said = ran.stderr.decode().splitlines()
    assert ran.returncode == 2
    assert sorted(line.split(":")[0] for line in said) == [
        "VFA_BODY_LIMIT",
        "VFA_PORT",
        "VFA_PRACTICE",
        "VFA_PRACTISE",
    ]
    assert "VFA_PRACTISE: unknown variable; did you mean VFA_PRACTICE?" in said


def test_mistakes_in_practice_and_rules_are_said_together(tmp_path):
    practice = tmp_path / "practice.yaml"
    practice.write_text("sites: [{}]\nsurprise: 1\n")
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "sites.yaml").write_text("rule_set: place-of-service\n")
    ran = run("derive", BRIEF, "--practice", practice, "--rules", rules)
    said = ran.stderr.decode()
    assert ran.returncode == 2
    assert "practice.yaml:" in said
    assert "sites.yaml:" in said


def test_what_was_kept_is_explained_by_its_id(tmp_path):
    ledger = tmp_path / "ledger.sqlite3"
    kept = derive(BRIEF, "--format", "json", "--keep", ledger)
    assert kept.returncode == 0, kept.stderr
    [claim_id] = set(re.findall(r'"Claim/(vfa-[0-9a-f]{24})"', kept.stdout.decode()))
    ran = run("explain", claim_id, "--database", ledger)
    assert ran.returncode == 0, ran.stderr
    assert f"Claim {claim_id}" in ran.stdout.decode()
    [explained] = json.loads(run("explain", claim_id, "--database", ledger, "--format", "json").stdout)
    assert explained["claims"][0]["id"] == claim_id
    assert run("explain", "vfa-0", "--database", ledger).returncode == 2


def test_a_file_is_explained_as_it_is_derived():
    explained = run("explain", BRIEF, "--practice", PRACTICE, "--now", DAY)
    assert explained.stdout == derive(BRIEF).stdout


def test_nothing_is_kept_unless_asked(tmp_path):
    derive(BRIEF, VFA_DATABASE=str(tmp_path / "ledger.sqlite3"))
    assert list(tmp_path.iterdir()) == []


def test_the_rules_are_checked_and_shown():
    checked = run("rules", "check")
    assert (checked.returncode, checked.stderr) == (0, b"")
    assert re.fullmatch(r"\d+ rows in \d+ rule sets, .* digest [0-9a-f]{12}\n", checked.stdout.decode())
    assert "place-of-service" in run("rules", "show").stdout.decode()
    assert "POS-IMAGING-CENTER: " in run("rules", "show", "place-of-service").stdout.decode()
    row = run("rules", "show", "POS-IMAGING-CENTER").stdout.decode()
    for name in ("file", "when", "then", "in force", "source"):
        assert re.search(rf"^  {name}  ", row, re.M), row
    assert "severity: hold" in run("rules", "show", "STUDY-CHANGED").stdout.decode()
    assert "publisher: " in run("rules", "show", "CMS-POS-2023-09").stdout.decode()


def test_the_pages_made_of_the_rules_are_written_and_checked(tmp_path):
    docs, profiles = tmp_path / "docs", tmp_path / "profiles"
    where = ("rules", "docs", docs, "--profiles", profiles)
    stale = run(*where, "--check")
    assert stale.returncode == 1
    assert f"{docs}/errors.md: " in stale.stderr.decode()
    assert f"{profiles}/code-systems/CodeSystem-finding.json: " in stale.stderr.decode()
    assert run(*where).returncode == 0
    assert run(*where, "--check").returncode == 0


def test_a_hospital_whose_scanner_is_not_its_own_is_warned_of(tmp_path):
    text = Path(PRACTICE).read_text(encoding="utf-8")
    file = tmp_path / "practice.yaml"
    leased = text.replace("scanner_owner: prairie-hospital", "scanner_owner: lakeside-imaging")
    file.write_text(leased, encoding="utf-8")
    ran = run("practice", "check", str(file))
    assert ran.returncode == 0
    told = ran.stdout.decode()
    assert "warning: site prairie-outpatient: a hospital-outpatient-on-campus" in told
    assert "belongs to lakeside-imaging, which is not that hospital" in told


def test_a_practice_file_that_loads_says_what_is_in_it():
    ran = run("practice", "check", PRACTICE)
    assert ran.returncode == 0
    assert re.search(r"\d+ organizations, \d+ sites, \d+ readers, \d+ charges", ran.stdout.decode())


def test_help_imports_nothing_heavy():
    heavy = "flask,sqlalchemy,marshmallow,yaml,pydantic,fhir,msgspec,gunicorn,jsonschema_rs,structlog"
    code = f"import sys, service.cli;print([name for name in {heavy.split(',')!r} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert ran.stdout == "[]\n"


def test_help_comes_at_once():
    began = time.monotonic()
    assert b"derive" in run_program("--help").stdout
    assert time.monotonic() - began < 1.5
