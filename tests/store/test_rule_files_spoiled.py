"""However a rule file is spoiled, it loads or is refused with file and line: nothing else comes out."""

import os
import re
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from service.store.rule_files import RuleFileError, load_rulebook, packaged_rules
from tests.store.rule_folder import RuleFolder

FILES = sorted(path.relative_to(packaged_rules()).as_posix() for path in packaged_rules().rglob("*.yaml"))
PLACE = re.compile(r"[a-z0-9_/]+(\.(?:yaml|txt))?:\d+(:| .+?:) \S")
EXAMPLES = 400 if os.environ.get("HYPOTHESIS_PROFILE") == "prove" else 15
"""Each loads every rule file; every run spoils other lines."""
SPOILERS = (
    lambda line: "",
    lambda line: line + line,
    lambda line: line[: len(line) // 2] + "\n",
    lambda line: line.replace(":", "", 1),
    lambda line: line.split(":")[0] + ":\n",
    lambda line: line.split(":")[0] + ": {}\n",
    lambda line: line.split(":")[0] + ": []\n",
    lambda line: line.split(":")[0] + ": [[1], {a: b}]\n",
    lambda line: line.replace("- ", "", 1),
    lambda line: "  " + line,
    lambda line: line.lower(),
    lambda line: line.replace("2", "9"),
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(FILES), st.floats(0, 0.999), st.sampled_from(range(len(SPOILERS))))
def test_a_spoiled_line_is_loaded_or_refused_with_its_place(file, where, spoiler):
    with tempfile.TemporaryDirectory() as folder:
        rules = RuleFolder(Path(folder))
        path = rules.folder / file
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        line = int(where * len(lines))
        lines[line] = SPOILERS[spoiler](lines[line])
        path.write_text("".join(lines), encoding="utf-8")
        try:
            load_rulebook(rules.folder)
        except RuleFileError as error:
            told = str(error).splitlines()
            assert told
            assert [each for each in told if not PLACE.match(each)] == []
