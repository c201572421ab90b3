"""The lock pins everything by hash, names no address, and is what pyproject.toml asks for."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import ROOT

LOCKS = ("requirements.lock", "requirements-uv.lock")


def entries(lock: str) -> dict[str, str]:
    """Each pinned requirement of a lock ("name==version ; marker") with the lines of its hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^(\S+==\S+(?: ;[^\\]*)?) ?(.*?)(?=^\S|\Z)", text, re.M | re.S))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = entries(lock)
    assert len(pins) == sum(not line.startswith((" ", "#")) for line in text.splitlines())
    assert [pin for pin, hashes in pins.items() if "--hash=sha256:" not in hashes] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address_and_no_index(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert re.findall(r".*://.*|^-.*|.*--(?:index|extra-index|find-links|trusted).*", text, re.M) == []


def test_the_lock_holds_what_pyproject_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [
        entry for group in project["dependency-groups"].values() for entry in group if isinstance(entry, str)
    ]
    asked = [Requirement(line) for line in (*project["project"]["dependencies"], *groups)]
    pinned = {
        canonicalize_name(name): version
        for name, version in (pin.split(" ;")[0].split("==") for pin in entries("requirements.lock"))
    }
    wrong = [
        str(need)
        for need in asked
        if not need.specifier.contains(pinned.get(canonicalize_name(need.name), "0"), prereleases=True)
        or canonicalize_name(need.name) not in pinned
    ]
    assert wrong == []
