"""The neutral claim as a FHIR R4 Claim: only elements that have a value, in the order of the R4 definition.

Amounts stay Decimals; no code is chosen here. Why each value stands where it does is told by `reasons`.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from service.core.claim import Claim, ClaimLine, Purchase
from service.core.codes import EXTERNAL_CAUSES, CareRole, ClaimType, StudyState
from service.core.decision import Chosen
from service.core.study import Person, Study
from service.outputs import codings
from service.outputs.codings import (
    Json,
    concept,
    given,
    identifier,
    instant,
    modifier_concept,
    money,
    procedure_concept,
)
from service.outputs.contained import address
from service.outputs.information import Information, informations
from service.outputs.parties import Parties, find_parties, person_reference

PROFILES: Mapping[ClaimType, str] = MappingProxyType(
    {kind: f"{codings.BASE}/StructureDefinition/vfa-claim-{kind}" for kind in ClaimType}
)
"""The profile in `fhir_profiles/` that a claim of each type conforms to."""


def write_claim(claim: Claim, study: Study, *, created: datetime, state: StudyState) -> Json:
    """The Claim resource. `study` gives the order and report it refers to; `created` has an offset."""
    parties = find_parties(claim, study)
    team = care_team(claim)
    infos = informations(claim, study)
    days = sorted(line.service_day.value for line in claim.lines)
    return {
        "resourceType": "Claim",
        "id": claim.id,
        "meta": {"profile": [PROFILES[claim.type.value]], "tag": [state_tag(state)]},
        "contained": list(parties.contained),
        "identifier": [_placer_number(claim.id)],
        "status": "active",
        "type": concept(codings.CLAIM_TYPE, claim.type.value),
        "use": "claim",
        "patient": parties.patient,
        "billablePeriod": {"start": days[0].isoformat(), "end": days[-1].isoformat()},
        "created": instant(created),
        "insurer": parties.insurer,
        "provider": parties.billing,
        "priority": concept(codings.PRIORITY, "normal"),
        **given("related", _related(claim)),
        "payee": {"type": concept(codings.PAYEE_TYPE, "provider")},
        **given("referral", parties.order),
        "facility": parties.facility,
        "careTeam": [
            _member(number, role, person.value, getattr(parties, role))
            for number, (role, person) in enumerate(team, 1)
        ],
        "supportingInfo": [{"sequence": number, **info.written} for number, info in enumerate(infos, 1)],
        **given(
            "diagnosis", [_diagnosis(claim, number, code) for number, code in enumerate(claim.diagnoses, 1)]
        ),
        "insurance": _insurance(claim, parties),
        "item": [_item(line, len(team), infos) for line in claim.lines],
        "total": money(claim.total),
    }


def state_tag(state: StudyState) -> Json:
    """The Coding that names the state of a study on each of its resources."""
    return {"system": codings.STUDY_STATE, "code": str(state)}


def claim_reference(claim_id: str) -> Json:
    """Reference to a Claim of ours: where it is read, and the number it is known by."""
    return {
        "reference": f"Claim/{claim_id}",
        "type": "Claim",
        "identifier": identifier(codings.CLAIM_ID, claim_id),
    }


def care_team(claim: Claim) -> tuple[tuple[CareRole, Chosen[Person]], ...]:
    """The individual providers of a claim with their roles, in the order of careTeam.sequence."""
    team = (
        (CareRole.RENDERING, claim.rendering),
        (CareRole.ATTENDING, claim.attending),
        (CareRole.REFERRING, claim.referring),
    )
    return tuple((role, person) for role, person in team if person is not None)


def _placer_number(claim_id: str) -> Json:
    return {"type": concept(codings.IDENTIFIER_TYPE, "PLAC"), **identifier(codings.CLAIM_ID, claim_id)}


def _related(claim: Claim) -> list[Json]:
    if not claim.associated:
        return []
    relationship = concept(codings.RELATED_CLAIM, "associated")
    return [{"claim": claim_reference(claim.associated), "relationship": relationship}]


def _member(number: int, role: CareRole, person: Person, reference: Json) -> Json:
    taxonomy = concept(codings.TAXONOMY, person.taxonomy) if person.taxonomy else {}
    return {
        "sequence": number,
        "provider": reference,
        "role": concept(codings.CARE_TEAM_ROLE, role),
        **given("qualification", taxonomy),
    }


def _diagnosis(claim: Claim, number: int, code: Chosen[str]) -> Json:
    """One diagnosis; an institutional claim has a place of its own for external causes (FL72)."""
    kind = "principal" if number == 1 else "secondary"
    if code.value[:1] in EXTERNAL_CAUSES and claim.type.value is ClaimType.INSTITUTIONAL:
        kind = "externalcauseofinjury"
    return {
        "sequence": number,
        "diagnosisCodeableConcept": concept(codings.ICD_10_CM, code.value),
        "type": [concept(codings.DIAGNOSIS_TYPE, kind)],
    }


def _insurance(claim: Claim, parties: Parties) -> list[Json]:
    """The coverage this claim goes to, then those that are billed after it."""
    numbers = list(claim.coverage.value.authorizations)
    first = {"sequence": 1, "focal": True, "coverage": parties.coverage, **given("preAuthRef", numbers)}
    later = (
        {"sequence": number, "focal": False, "coverage": coverage}
        for number, coverage in enumerate(parties.later_coverages, 2)
    )
    return [first, *later]


def _item(line: ClaimLine, team: int, infos: tuple[Information, ...]) -> Json:
    revenue, place = line.revenue_code, line.place_of_service
    pointed = [number for number, info in enumerate(infos, 1) if info.line == line.sequence]
    return {
        **({"extension": [_purchase(line.purchase.value)]} if line.purchase else {}),
        "sequence": line.sequence,
        "careTeamSequence": list(range(1, team + 1)),
        **given("diagnosisSequence", list(line.diagnosis_pointers)),
        **given("informationSequence", pointed),
        **({"revenue": concept(codings.REVENUE, revenue.value)} if revenue else {}),
        "productOrService": procedure_concept(line.procedure.value),
        **given("modifier", [modifier_concept(each.value) for each in line.modifiers]),
        "servicedDate": line.service_day.value.isoformat(),
        **({"locationCodeableConcept": concept(codings.PLACE_OF_SERVICE, place.value)} if place else {}),
        "quantity": {"value": line.units.value},
        "unitPrice": money(line.charge.value),
        "net": money(line.charge.value * line.units.value),
    }


def _purchase(bought: Purchase) -> Json:
    """Our extension of a line whose service the biller bought: the price, who performed it and where."""
    where = [{"url": "address", "valueAddress": address(bought.address)}] if bought.address else []
    return {
        "url": codings.PURCHASED_SERVICE,
        "extension": [
            {"url": "price", "valueMoney": money(bought.price)},
            {"url": "performer", "valueReference": person_reference(bought.performer)},
            *where,
        ],
    }
