"""A copy of the rule files that a test may spoil, and what the loader says of it."""

import shutil
from pathlib import Path

from service.store.rule_files import RuleFileError, load_rulebook, packaged_rules


class RuleFolder:
    """The rule files in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "mappings"
        shutil.copytree(packaged_rules(), self.folder)

    def change(self, file: str, old: str, new: str) -> int:
        """Replace one text of a file; the line of its first character."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} does not say {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return self._line(text, old)

    def add(self, file: str, text: str) -> int:
        """Add text at the end of a file, or write a new one; the first line of what was added."""
        path = self.folder / file
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(before + text, encoding="utf-8")
        return before.count("\n") + 1

    def troubles(self) -> list[str]:
        """Everything the loader says is wrong, as it is printed."""
        try:
            load_rulebook(self.folder)
        except RuleFileError as error:
            return str(error).splitlines()
        return []

    @staticmethod
    def _line(text: str, old: str) -> int:
        return text[: text.index(old)].count("\n") + 1
