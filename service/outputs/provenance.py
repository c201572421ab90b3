"""Where an answer comes from, in one slim Provenance: targets, sources, and the digests it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service import __version__
from service.core.codes import StudyState
from service.core.study import Study
from service.outputs import codings
from service.outputs.codings import Json, concept, identifier, instant
from service.outputs.fhir_claim import state_tag
from service.outputs.parties import order_reference, report_reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """SHA-256 of what decided: the rulebook, the practice file and the engine (this software)."""

    rulebook: str
    practice: str
    engine: str


def write_provenance(
    study: Study, targets: Sequence[Json], state: StudyState, digests: Digests, *, now: datetime
) -> Json:
    """The Provenance of the targets (References), made from order and report by this software."""
    sources = [source for source in (order_reference(study), report_reference(study)) if source]
    return {
        "resourceType": "Provenance",
        "meta": {"tag": [state_tag(state)]},
        "target": list(targets),
        "recorded": instant(now),
        "activity": concept(codings.DATA_OPERATION, "CREATE"),
        "agent": [
            {
                "type": concept(codings.PARTICIPANT, "assembler"),
                "who": {"type": "Device", "display": f"vfa-claims {__version__}"},
            }
        ],
        "entity": [{"role": "source", "what": what} for what in (*sources, *_digests(digests))],
    }


def _digests(digests: Digests) -> tuple[Json, ...]:
    named = (
        ("Rulebook", codings.RULEBOOK_DIGEST, digests.rulebook),
        ("Practice file", codings.PRACTICE_DIGEST, digests.practice),
        ("Engine", codings.ENGINE_DIGEST, digests.engine),
    )
    return tuple({"identifier": identifier(system, value), "display": name} for name, system, value in named)
