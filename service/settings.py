"""What the environment says (`VFA_*`), typed, and the knowledge loaded from the files it names.

Everything that is wrong is said at once: each variable, each line of the practice file, each mapping.
"""

import hashlib
import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from service import __version__
from service.core.codes import ProseUse
from service.core.practice import Practice
from service.core.rulebook import Rulebook
from service.store.fhir_address import base_url
from service.store.practice import load_practice
from service.store.rule_files import load_rulebook, packaged_rules
from service.store.yaml_text import FileError, did_you_mean, messages

PREFIX = "VFA_"
DATABASE = "var/vfa-claims.sqlite3"
"""The ledger where none is named: below the folder the service is started in."""
AUTO, EVERY_INTERFACE, THIS_MACHINE = "auto", "0.0.0.0", "127.0.0.1"  # noqa: S104
"""VFA_HOST=auto, as the image has it: every interface where that is allowed, else this machine alone."""
HERE = Path(__file__).parent
DIGESTED_ELSEWHERE = frozenset({"mappings", "fhir_profiles", "examples"})
"""Folders below service/data: the rulebook has its own digest, profiles and examples decide nothing."""

T = TypeVar("T")


class EnvironmentSchema(Schema):
    """The variables, with their defaults."""

    class Meta:
        unknown = EXCLUDE

    practice = fields.String(
        data_key="VFA_PRACTICE",
        required=True,
        error_messages={"required": "is missing; name the practice file with --practice FILE, or in it"},
    )
    rules = fields.String(data_key="VFA_RULES", load_default="")
    database = fields.String(data_key="VFA_DATABASE", load_default=DATABASE)
    fhir_servers = fields.String(data_key="VFA_FHIR_SERVER", load_default="")
    body_limit = fields.Integer(
        data_key="VFA_BODY_LIMIT", load_default=20 * 2**20, validate=validate.Range(min=1024)
    )
    host = fields.String(data_key="VFA_HOST", load_default=THIS_MACHINE)
    port = fields.Integer(data_key="VFA_PORT", load_default=8080, validate=validate.Range(min=0, max=65535))
    strict_sources = fields.Boolean(data_key="VFA_STRICT_SOURCES", load_default=False)
    prose = fields.Enum(ProseUse, by_value=True, data_key="VFA_PROSE", load_default=ProseUse.REVIEW)
    allow_unauthenticated = fields.Boolean(data_key="VFA_ALLOW_UNAUTHENTICATED", load_default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The environment, typed. `body_limit` is in bytes; `rules` is a folder of mapping files.

    `fhir_servers` are the base URLs that references are looked up below, and no others.
    """

    practice: Path
    rules: Path
    database: str
    fhir_servers: tuple[str, ...]
    body_limit: int
    host: str
    port: int
    strict_sources: bool
    prose: ProseUse
    """What the text of a report is good for where codes give no reading."""
    allow_unauthenticated: bool

    @property
    def is_private(self) -> bool:
        """Whether only programs of this machine can reach the address that is bound."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What decisions rest on beside the study: rulebook, practice, and the digest of this very program."""

    rulebook: Rulebook
    practice: Practice
    engine: str
    strict: bool
    """Whether a row without a published source holds a claim; part of the engine digest."""
    prose: ProseUse
    """What the text of a report is good for; part of the engine digest."""

    @property
    def digests(self) -> dict[str, str]:
        """The three SHA-256 digests by name."""
        return {"practice": self.practice.digest, "rulebook": self.rulebook.digest, "engine": self.engine}


class SettingsError(Exception):
    """The service cannot start; `problems` says everything that is wrong, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings of an environment; unset and empty variables take their default. Raises SettingsError."""
    given = {name: value for name, value in environment.items() if name.startswith(PREFIX) and value}
    schema = EnvironmentSchema()
    problems = list(_misspelled(schema, given))
    try:
        typed: dict[str, Any] = schema.load(given)
    except ValidationError as error:
        raise SettingsError(problems + list(_sentences(error))) from error
    if problems:
        raise SettingsError(problems)
    rules = Path(typed["rules"]) if typed["rules"] else packaged_rules()
    if typed["host"] == AUTO:
        typed["host"] = EVERY_INTERFACE if typed["allow_unauthenticated"] else THIS_MACHINE
    servers = _base_urls(typed["fhir_servers"])
    paths = {"practice": Path(typed["practice"]), "rules": rules}
    return Settings(**{**typed, **paths, "fhir_servers": servers})


def _base_urls(text: str) -> tuple[str, ...]:
    """The base URLs of a list with commas or spaces between them."""
    bases: list[str] = []
    problems = []
    for number, each in enumerate(text.replace(",", " ").split(), 1):
        try:
            bases.append(base_url(each))
        except ValueError as error:
            problems.append(f"VFA_FHIR_SERVER: address {number}: {error}")
    if problems:
        raise SettingsError(problems)
    return tuple(bases)


def load_knowledge(settings: Settings) -> Knowledge:
    """Rulebook and practice from their files. Raises SettingsError with the troubles of both."""
    problems: list[str] = []
    rulebook = _load(load_rulebook, settings.rules, problems)
    practice = _load(load_practice, settings.practice, problems)
    if rulebook is None or practice is None:
        raise SettingsError(problems)
    strict, prose = settings.strict_sources, settings.prose
    engine = engine_digest(strict=strict, prose=prose)
    return Knowledge(rulebook=rulebook, practice=practice, engine=engine, strict=strict, prose=prose)


def engine_digest(*, strict: bool, prose: ProseUse) -> str:
    """SHA-256 over the version, the strictness, the trust in prose, the modules and the packaged data."""
    digest = hashlib.sha256(f"{__version__}\0{strict}\0{prose}".encode())
    for path in sorted(_engine_files(), key=lambda path: path.relative_to(HERE).as_posix()):
        content = path.read_bytes()
        digest.update(f"\0{path.relative_to(HERE).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _engine_files() -> Iterator[Path]:
    yield from HERE.rglob("*.py")
    data = HERE / "data"
    for path in data.rglob("*"):
        if path.is_file() and path.relative_to(data).parts[0] not in DIGESTED_ELSEWHERE:
            yield path


def _load(load: Callable[[Path], T], path: Path, problems: list[str]) -> T | None:
    try:
        return load(path)
    except FileError as error:
        problems += [str(trouble) for trouble in error.troubles]
        return None


def _misspelled(schema: Schema, given: Mapping[str, str]) -> Iterator[str]:
    known = [str(field.data_key) for field in schema.fields.values()]
    for name in sorted(given.keys() - set(known)):
        yield f"{name}: unknown variable{did_you_mean(name, known)}"


def _sentences(error: ValidationError) -> Iterator[str]:
    for path, says in messages(error.messages):
        yield f"{path[0]}: {says}"
