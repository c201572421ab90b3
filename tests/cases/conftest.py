"""Collects the golden cases: every `*.yaml` beside this file, each case a test named by its sentence."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases.case import Case, check, read_cases


class CaseError(Exception):
    """A case expects something else than what is decided."""


class CaseItem(pytest.Item):
    """One case."""

    case: Case

    def runtest(self) -> None:
        differences = check(self.case)
        if differences:
            raise CaseError("\n".join(str(one) for one in differences))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        if isinstance(excinfo.value, CaseError):
            return f"{self.case.name}\n{excinfo.value}"
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.line - 1, self.case.name


class CaseFile(pytest.File):
    """A file of cases."""

    def collect(self) -> Iterator[CaseItem]:
        for case in read_cases(self.path):
            item = CaseItem.from_parent(self, name=case.name)
            item.case = case
            yield item


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> CaseFile | None:
    return CaseFile.from_parent(parent, path=file_path) if file_path.suffix == ".yaml" else None
