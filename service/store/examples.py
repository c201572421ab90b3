"""The invented studies this installation has: what a sandbox is sent, and what a worker rehearses with."""

from pathlib import Path
from typing import Any

from service import json_text


def packaged_examples() -> Path:
    """The folder of examples this installation has: inside the wheel, or at the top of a checkout."""
    service = Path(__file__).parents[1]
    packaged = service / "data" / "examples"
    return packaged if packaged.is_dir() else service.parent / "examples"


def example_practice() -> Path:
    """The practice file that the example is decided with."""
    return packaged_examples() / "practice.yaml"


def example_study() -> dict[str, Any]:
    """The Bundle of the example."""
    study: dict[str, Any] = json_text.read((packaged_examples() / "brief" / "bundle.json").read_bytes())
    return study
