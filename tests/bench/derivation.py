"""One derivation of the brief's study, and what it is compared with.

The floor reads the same Bundle, visits every value of it and writes the same answer, with the JSON library
that the service uses. The bare round trip is what a service would pay that only passed everything through
fhir.resources. Every derivation is of a study that was not seen before: accession numbers are counted.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.claim import Claim

from service import fhir_r4, json_text
from service.core.rows import RuleSet
from service.intake.envelope import open_envelope
from service.pipeline import derive
from service.prose.read import read_report
from service.prose.vocabulary import Vocabulary, make_vocabulary
from service.settings import Knowledge, load_knowledge, read_settings
from service.store.ledger import Ledger

ROOT = Path(__file__).resolve().parents[2]
BRIEF = ROOT / "examples" / "brief" / "bundle.json"
PRACTICE = ROOT / "examples" / "practice.yaml"
ACCESSION = b"LBI-26-004417"
LIMIT = 20 * 2**20
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

Asked = tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Derivation:
    """The brief's study and everything measured on it; `folder` takes the ledger."""

    folder: Path

    @cached_property
    def body(self) -> bytes:
        """The Bundle as it is posted, without the spaces that only people need."""
        return msgspec.json.format(BRIEF.read_bytes(), indent=-1)

    @cached_property
    def fresh(self) -> Iterator[bytes]:
        return (self.body.replace(ACCESSION, b"LBI-27-%06d" % number) for number in itertools.count())

    @cached_property
    def knowledge(self) -> Knowledge:
        return load_knowledge(read_settings({"VFA_PRACTICE": str(PRACTICE)}))

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(str(self.folder / "bench.sqlite3"))

    def derive(self, body: bytes, ledger: Ledger | None = None) -> dict[str, Any]:
        """Bytes to answer, as the web door does it."""
        return derive(
            open_envelope("application/fhir+json", body, LIMIT),
            rulebook=self.knowledge.rulebook,
            practice=self.knowledge.practice,
            engine=self.knowledge.engine,
            now=NOW,
            ledger=ledger,
        )

    @cached_property
    def transaction(self) -> bytes:
        """The study as a transaction that creates it, each time under new ids."""
        bundle: dict[str, Any] = json_text.read(self.body)
        for entry in bundle["entry"]:
            entry["request"] = {"method": "POST", "url": entry["resource"]["resourceType"]}
        return json_text.write({**bundle, "type": "transaction"})

    @cached_property
    def reports(self) -> tuple[str, ...]:
        """The annotated reports in prose."""
        paths = sorted((ROOT / "tests" / "reports" / "open").glob("*.txt"))
        return tuple(path.read_text(encoding="utf-8") for path in paths)

    @cached_property
    def words(self) -> Vocabulary:
        return make_vocabulary(self.knowledge.rulebook)

    def reading(self) -> None:
        """Every annotated report read once."""
        for text in self.reports:
            read_report(text, self.words)

    def without_ledger(self) -> bytes:
        return json_text.write(self.derive(next(self.fresh)))

    def with_ledger(self) -> bytes:
        return json_text.write(self.derive(next(self.fresh), self.ledger))

    def again(self) -> bytes:
        """The same study as ever: found in the ledger."""
        return json_text.write(self.derive(self.body, self.ledger))

    @cached_property
    def answer(self) -> dict[str, Any]:
        return self.derive(self.body)

    @cached_property
    def claims(self) -> list[dict[str, Any]]:
        resources = [entry["resource"] for entry in self.answer["entry"]]
        return [resource for resource in resources if resource["resourceType"] == "Claim"]

    @cached_property
    def typed(self) -> list[dict[str, Any]]:
        """What fhir.resources looks at in one derivation: the resources that decide, and the Claims."""
        resources = [entry["resource"] for entry in json_text.read(self.body)["entry"]]
        return [each for each in resources if each["resourceType"] in fhir_r4.TYPED] + self.claims

    def typing(self) -> None:
        for resource in self.typed:
            fhir_r4.type_resource(resource)

    @cached_property
    def _reader(self) -> msgspec.json.Decoder[Any]:
        return msgspec.json.Decoder(float_hook=Decimal)

    @cached_property
    def _writer(self) -> msgspec.json.Encoder:
        return msgspec.json.Encoder(decimal_format="number")

    def floor(self) -> bytes:
        """Read, walk, write: no check and no decision."""
        ahead: list[Any] = [self._reader.decode(next(self.fresh))]
        seen = 0
        while ahead:
            each = ahead.pop()
            seen += 1
            if type(each) is dict:
                ahead += each.values()
            elif type(each) is list:
                ahead += each
        assert seen > len(self.answer["entry"])
        return self._writer.encode(self.answer)

    @cached_property
    def _models(self) -> list[Claim]:
        return [Claim.model_validate(claim) for claim in self.claims]

    def bare(self) -> None:
        """The round trip of fhir.resources: the Bundle in, the Claims out."""
        Bundle.model_validate_json(next(self.fresh))
        for model in self._models:
            model.model_dump_json()

    @cached_property
    def asked(self) -> list[Asked]:
        """Every question put to the rule sets in one derivation."""
        found: list[Asked] = []
        methods = {name: getattr(RuleSet, name) for name in ("ask_one", "ask_all")}

        def noting(method: Callable[..., object]) -> Callable[..., object]:
            def ask(*given: Any, **named: Any) -> object:
                found.append((method, given, named))
                return method(*given, **named)

            return ask

        for name, method in methods.items():
            setattr(RuleSet, name, noting(method))
        try:
            self.derive(next(self.fresh))
        finally:
            for name, method in methods.items():
                setattr(RuleSet, name, method)
        inner = methods["ask_all"]
        # Where ask_one asks ask_all that is one question, not two.
        return [
            each
            for number, each in enumerate(found)
            if not (each[0] is inner and number and found[number - 1][0] is methods["ask_one"])
        ]

    def look_ups(self) -> None:
        for method, given, named in self.asked:
            method(*given, **named)
