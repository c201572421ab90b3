"""Studies, decisions and claims built by hand for the outputs: the brief's, and a split hospital study."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from service.core import codes
from service.core.claim import Claim, ClaimLine
from service.core.codes import ClaimType, Component, Frequency, Modifier, Procedure, Severity, StudyState
from service.core.decision import (
    Because,
    Chosen,
    Decision,
    EditOutcome,
    Finding,
    Origin,
    Rejected,
)
from service.core.evidence import Evidence, EvidenceKind
from service.core.finding_codes import FindingCode
from service.core.rulebook import Source
from service.core.study import (
    Address,
    BusinessIdentifier,
    Coverage,
    Gap,
    Known,
    Order,
    Organization,
    Patient,
    Performed,
    Person,
    Reader,
    Reading,
    Report,
    Site,
    Study,
    StudyKey,
    Subscriber,
)
from service.outputs.explanation import StudyAnswer
from service.outputs.provenance import Digests

NOW = datetime(2026, 11, 24, 12, 30, 5, 123456, tzinfo=UTC)
DIGESTS = Digests(rulebook="a" * 64, practice="b" * 64, engine="c" * 64)
SCAN = date(2026, 9, 15)
READ = date(2026, 9, 16)
SOURCE = Source(
    id="CMS-POS",
    title="Place of Service Code Set",
    publisher="CMS",
    date="2024-05-02",
    address="https://www.cms.gov/medicare/coding-billing/place-of-service-codes/code-sets",
)


def element(where: str, shows: str = "") -> Evidence:
    return Evidence(kind=EvidenceKind.ELEMENT, where=where, shows=shows)


def known(value: Any, where: str = "Bundle.entry[0].resource") -> Known[Any]:
    return Known(value=value, evidence=(element(where),))


def row(ref: str, says: str) -> Because:
    return Because(
        origin=Origin.ROW,
        ref=ref,
        says=says,
        source=SOURCE,
        where="entry 11",
        status=codes.Status.SOURCED,
        evidence=(element("Bundle.entry[3].resource.type", "imaging-center"),),
    )


def chosen(value: Any, ref: str = "ROW-1", says: str = "a row says so") -> Chosen[Any]:
    return Chosen(value=value, because=(row(ref, says),))


def from_input(value: Any, where: str, says: str) -> Chosen[Any]:
    because = Because(origin=Origin.INPUT, ref=where, says=says, evidence=(element(where),))
    return Chosen(value=value, because=(because,))


def from_practice(value: Any, entry: str, says: str) -> Chosen[Any]:
    evidence = Evidence(kind=EvidenceKind.PRACTICE, where=entry)
    return Chosen(
        value=value, because=(Because(origin=Origin.PRACTICE, ref=entry, says=says, evidence=(evidence,)),)
    )


ADDRESS = Address(line=("200 Harbor Street",), city="Madison", state="WI", postal_code="53703")
CENTRE = Organization(
    name="Lakeside Bone Imaging",
    npi="1999999901",
    tax_id="39-4567001",
    taxonomy="261QR0200X",
    address=ADDRESS,
    bills_through_us=True,
)
READER = Person(npi="1999999943", family="Okafor", given=("Adaeze",), taxonomy="2085R0202X")
ORDERER = Person(npi="1999999976", family="Brandt", given=("Lena",))
PATIENT = Patient(
    identifier=BusinessIdentifier(system="https://lakeside.example.com/mrn", value="MRN-1"),
    family="Sandoval",
    given=("Ruth",),
    birth_date=date(1954, 3, 2),
    sex=codes.Sex.FEMALE,
    address=replace(ADDRESS, line=("14 Elm Street", "Unit 2")),
)
COVERAGE = Coverage(
    payer=Organization(name="Medicare Part B"),
    payer_id="06302",
    member_id="1EG4TE5MK73",
    coverage_type="121",
    plan="",
    relationship="self",
)
HUSBAND = Subscriber(
    family="Sandoval",
    given=("Hector",),
    birth_date=date(1951, 6, 30),
    sex=codes.Sex.MALE,
    address=None,
    subscriber_id="1EG4TE5MK73",
)
SITE = Site(
    name="Lakeside Bone Imaging, Harbor Street",
    kind=codes.SiteKind.IMAGING_CENTER,
    encounter_class=codes.EncounterClass.AMBULATORY,
    address=ADDRESS,
    locality="06302-00",
    place_of_service="",
    entry="practice:sites.harbor-street",
)
ACCESSION = BusinessIdentifier(system="https://lakeside.example.com/accession", value="ACC-1")
ORDER = Order(
    reference="",
    identifiers=(ACCESSION,),
    status=known(codes.OrderStatus.ACTIVE),
    intent=known(codes.OrderIntent.ORDER),
    do_not_perform=False,
    authored_on=date(2026, 9, 8),
    ordered=known(frozenset({codes.Exam.VFA})),
    ordering_provider=known(ORDERER),
    reasons=(),
)
REPORT = Report(
    reference="",
    identifiers=(BusinessIdentifier(system="https://lakeside.example.com/report", value="REP-1"),),
    status=known(codes.ReportStatus.FINAL),
    reading_day=known(SCAN),
    interpreter=known(READER),
)


def brief_study(**changed: Any) -> Study:
    """The brief's study as intake reads it from resources that have no address of their own."""
    key = StudyKey(number=ACCESSION, patient=PATIENT.identifier, scan_day=SCAN)
    reader = Reader(organization=CENTRE, locality="06302-00", address=None, evidence=(element("Bundle"),))
    facts: dict[str, Any] = {
        "label": "Bundle.entry[0].resource",
        "key": known(key),
        "order": known(ORDER, "Bundle.entry[1].resource"),
        "performed": Performed(
            vfa=known(True),
            density=known(codes.Density.NOT_MEASURED),
            completion=known(codes.Completion.COMPLETED),
            scan_day=known(SCAN),
        ),
        "report": known(REPORT, "Bundle.entry[2].resource"),
        "reading": known(Reading(findings=(), no_fracture=(element("Bundle"),))),
        "osteoporosis": None,
        "site": known(SITE),
        "scanner_owner": known(CENTRE),
        "reader": known(reader),
        "patient": known(PATIENT),
        "coverage": known(COVERAGE),
    }
    return Study(**facts | changed)


def line(component: Component, charge: str, **changed: Any) -> ClaimLine:
    facts: dict[str, Any] = {
        "sequence": 1,
        "component": component,
        "procedure": chosen(Procedure.VFA, "LINES-VFA", "VFA without a density measurement"),
        "modifiers": (),
        "service_day": from_input(SCAN, "Bundle.entry[2].resource.effectiveDateTime", "Day of the scan"),
        "place_of_service": chosen("11", "POS-IMAGING-CENTER", "Imaging centre: office"),
        "units": chosen(1, "UNITS", "One assessment a session"),
        "charge": from_practice(Decimal(charge), "practice:charges[0]", "Charge of the fee schedule"),
        "revenue_code": None,
        "diagnosis_pointers": (1,),
    }
    return ClaimLine(**facts | changed)


def claim(**changed: Any) -> Claim:
    """The brief's claim: global, one line, one diagnosis."""
    facts: dict[str, Any] = {
        "id": "vfa-0123456789abcdef01234567",
        "type": chosen(ClaimType.PROFESSIONAL, "COMP-ONE-OWNER", "One organization scans and reads: global"),
        "frequency": Frequency.ORIGINAL,
        "billing": from_practice(CENTRE, "practice:organizations.lakeside-imaging", "Owns the scanner"),
        "rendering": from_input(READER, "Bundle.entry[2].resource.resultsInterpreter[0]", "Read the images"),
        "referring": from_input(ORDERER, "Bundle.entry[1].resource.requester", "Ordered the test"),
        "attending": None,
        "service_facility": from_practice(SITE, "practice:sites.harbor-street", "Where the scan was done"),
        "patient": from_input(PATIENT, "Bundle.entry[4].resource", "The patient"),
        "coverage": from_input(COVERAGE, "Bundle.entry[5].resource", "Pays first on the day of the scan"),
        "diagnoses": (chosen("M80.08XA", "DX-FRACTURE-AGE-RELATED", "Osteoporotic fracture of a vertebra"),),
        "lines": (line(Component.GLOBAL, "150.00"),),
        "type_of_bill": None,
        "order_reference": "",
        "report_reference": "",
    }
    return Claim(**facts | changed)


def finding(code: FindingCode, severity: Severity, *where: str, **changed: Any) -> Finding:
    facts: dict[str, Any] = {
        "text": f"About {code.lower()}.",
        "settle": "Send it.",
        "who": "ordering practitioner",
    }
    return Finding(code=code, severity=severity, where=where, **facts | changed)


STANCE = finding(FindingCode.PAYER_STANCE, Severity.NOTE, text="Medicare covers the test.", settle="", who="")
HOLD = finding(FindingCode.SITE_MISSING, Severity.HOLD, "Bundle.entry[2].resource", "practice:sites")
SYMPTOM = Rejected(
    value="M54.6",
    instead_of="diagnosis",
    says="A symptom of the fracture is not coded beside it",
    because=(row("DX-FRACTURE-AGE-RELATED", "Osteoporotic fracture of a vertebra"),),
    flips="A reading without a definite fracture",
)
UNITS = EditOutcome(
    edit="MUE-VFA",
    result=codes.EditResult.PASS,
    edition="2026-10-01",
    says="1 of 1 unit",
    source=SOURCE,
    prevents=("CO-151",),
)


def decision(state: StudyState, *findings: Finding) -> Decision:
    return Decision(state=state, claims=(), findings=findings, edits=(UNITS,), rejected=(SYMPTOM,))


def brief_answer() -> StudyAnswer:
    """The brief's study, decided: clean, one claim."""
    return StudyAnswer(study=brief_study(), decision=decision(StudyState.CLEAN, STANCE), claims=(claim(),))


def held_answer() -> StudyAnswer:
    """The same study where nobody says where it was scanned."""
    study = brief_study(site=Gap(code=FindingCode.SITE_MISSING))
    return StudyAnswer(study=study, decision=decision(StudyState.HELD, HOLD), claims=())


def split_answer() -> StudyAnswer:
    """A hospital scans, a group reads a day later: an institutional claim and a professional one."""
    hospital = replace(CENTRE, name="Prairie General Hospital", npi="1999999927", tax_id="39-4567003")
    facility = claim(
        id="vfa-facility",
        type=chosen(ClaimType.INSTITUTIONAL, "COMP-HOSPITAL", "Hospital bills the scan"),
        billing=from_practice(hospital, "practice:organizations.prairie", "Owns the scanner"),
        rendering=None,
        attending=from_input(ORDERER, "Bundle.entry[1].resource.requester", "Responsible for the care"),
        lines=(
            line(
                Component.FACILITY,
                "310.00",
                place_of_service=None,
                revenue_code=chosen("0320", "INST-HOPD", "Diagnostic radiology"),
            ),
        ),
        type_of_bill=chosen("0131", "INST-HOPD", "Hospital outpatient"),
    )
    professional = claim(
        id="vfa-professional",
        diagnoses=(chosen("M80.08XA"), chosen("Z78.0")),
        lines=(
            line(
                Component.PROFESSIONAL,
                "45.10",
                modifiers=(chosen(Modifier.PROFESSIONAL, "MOD-26", "Reading alone"),),
                service_day=from_input(READ, "Bundle.entry[2].resource.issued", "Day of the reading"),
                diagnosis_pointers=(1, 2),
            ),
        ),
        associated="vfa-facility",
    )
    return StudyAnswer(
        study=brief_study(),
        decision=decision(StudyState.BILLABLE, STANCE),
        claims=(facility, professional),
    )
