"""From the short facts of a case to a Study and a Practice.

Every case starts from the same ordinary study (see DEFAULTS) and says only what differs. `missing` takes a
fact away: `missing: {order: ORDER-MISSING}` names the fact and the finding that intake raises for it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from service.core.codes import (
    Cause,
    Certainty,
    Change,
    Completion,
    Component,
    Density,
    EncounterClass,
    Exam,
    FractureAge,
    Grade,
    OrderIntent,
    OrderStatus,
    Osteoporosis,
    Procedure,
    ReportStatus,
    Sex,
    Shape,
    SiteKind,
    Vertebra,
)
from service.core.evidence import Evidence, EvidenceKind
from service.core.finding_codes import FindingCode
from service.core.fracture_words import Care, Deformity, Healing, LateEffect, Trauma
from service.core.practice import Charge, Days, OrganizationEntry, Practice
from service.core.situations import Circumstance, ClinicalFact, NoticeKind, OrderMode, SiteDetail
from service.core.study import (
    Address,
    BusinessIdentifier,
    Clinical,
    Coverage,
    DraftLine,
    Earlier,
    Fact,
    Gap,
    Known,
    Notice,
    Order,
    Organization,
    Patient,
    Performed,
    Person,
    Reader,
    Reading,
    Reason,
    Report,
    Site,
    Stated,
    Study,
    StudyKey,
    VertebraFinding,
)
from tests.cases.payers_of import numbered, payer_entry, payer_told
from tests.cases.rules import any_words

T = TypeVar("T")

DEFAULTS: dict[str, Any] = {
    # what was ordered, done and said
    "date_of_service": "2026-09-15",
    "reading_day": "same",
    "order_day": "2026-09-08",
    "order_mode": "",
    "order_status": "active",
    "order_intent": "order",
    "do_not_perform": "no",
    "ordered": ["vfa"],
    "ordering_npi": "1234567893",
    "reasons": ["M54.6"],
    "scan": "completed",
    "performed": ["vfa"],
    "report_status": "final",
    "reading_npi": "1999999943",
    "reading": "no fracture",
    "not_evaluable": [],
    "concluded": [],
    "osteoporosis": "not stated",
    # where, whose scanner, who reads for whom
    "site": "imaging-center",
    "encounter": "not-stated",
    "fixed_place_of_service": "",
    "scanner_owner": "center",
    "reader_bills_for": "center",
    "site_locality": "A",
    "reader_locality": "A",
    "reading_place": "known",
    "site_detail": "not-stated",
    "site_npi": "usual",
    "hospital": "",
    "purchase_price": "",
    "substitutes_for": "",
    "ordered_for": [],
    "approved": {},
    "wholly_owned": [],
    # what else is said of the session, and the notices the patient was given
    "circumstances": [],
    "stop_reason": "the patient could not lie still for pain",
    "notices": [],
    "ours": ["center", "office", "hospital", "group", "mobile", "clinic"],
    "charges": "all",
    # who, and who pays
    "sex": "female",
    "age": "72",
    "payer": "medicare",
    "plan": "",
    "then_payers": [],
    "payer_entries": [],
    "payer_listed": "yes",
    # what was charged before: on a draft of this session, on earlier days
    "draft": [],
    "uncharged": [],
    "history": [],
    "clinical": {},
    # what intake could not find
    "missing": {},
    "reason_missing": "",
    "noted": [],
}
"""The study every case starts from: an imaging center that owns its scanner and employs its reader."""

ORGANIZATIONS = {
    "center": ("Imaging Center", "1999999901"),
    "office": ("Rheumatology Office", "1999999935"),
    "hospital": ("General Hospital", "1999999927"),
    "group": ("Radiology Group", "1999999919"),
    "stranger": ("Somebody Else", "1999999950"),
    "mobile": ("Mobile Imaging", "1999998002"),
    "clinic": ("Valley Clinic", "1999999984"),
}
CLINICS = ("rural-health-clinic", "federally-qualified-health-center")
HOSPITALS = [one.value for one in SiteKind if one.startswith(("hospital-out", "emergency", "critical"))]
SITE_NPI = dict.fromkeys(CLINICS, "1999999984") | dict.fromkeys(HOSPITALS, "1999999927")
"""NPI of the scan site: a clinic's own, a hospital department's is the hospital's."""
TAXONOMY = {"hospital": "282N00000X"}
"""Of organizations that are no radiology clinic."""
ADDRESS = Address(line=("1 Main Street",), city="Madison", state="WI", postal_code="53703")
ALWAYS = Days(from_=date(2010, 1, 1))
LOWEST = Decimal("100.00")


def study_of(given: Mapping[str, Any]) -> Study:
    """The study of a case: the ordinary one with the given facts in place of its own."""
    facts = {**DEFAULTS, **given}
    scan = date.fromisoformat(facts["date_of_service"])
    osteoporosis = facts["osteoporosis"]
    study = Facts(facts)
    return Study(
        label="Bundle.entry[0].resource",
        key=study.fact("key", _key(scan)),
        order=study.fact("order", _order(study)),
        performed=_performed(study, scan),
        report=study.fact("report", _report(study, scan)),
        reading=study.fact("reading", _reading(facts)),
        osteoporosis=None if osteoporosis == "not stated" else known(Osteoporosis(osteoporosis), "condition"),
        site=study.fact("site", _site(facts)),
        scanner_owner=study.fact("scanner_owner", _owner(facts)),
        reader=study.fact("reader", _reader(facts)),
        patient=study.fact("patient", _patient(facts, scan)),
        coverage=study.fact("coverage", _coverage(facts)),
        later_coverages=tuple(_coverage({**facts, "payer": one, "plan": ""}) for one in facts["then_payers"]),
        draft=tuple(_drafted(one) for one in facts["draft"]),
        clinical=tuple(
            Clinical(
                what=ClinicalFact(what), value=Decimal(value), evidence=(element(f"observation.{what}"),)
            )
            for what, value in facts["clinical"].items()
        ),
        history=tuple(_earlier(one) for one in facts["history"]),
        circumstances=tuple(_stated(one) for one in facts["circumstances"]),
        notices=tuple(_notice(one) for one in facts["notices"]),
        notes=tuple(gap(code, "note") for code in facts["noted"]),
    )


def practice_of(given: Mapping[str, Any]) -> Practice:
    """The practice file of a case: every organization that is ours, with a charge for everything."""
    facts = {**DEFAULTS, **given}
    ours = facts["ours"]
    charged = ours if facts["charges"] == "all" else facts["charges"]
    return Practice(
        organizations=tuple(entry_of(id_) for id_ in ours),
        sites=(),
        readers=(),
        charges=tuple(
            charge
            for id_ in charged
            for charge in _charges(id_)
            if charge.procedure not in facts["uncharged"]
        ),
        digest="0" * 64,
        payers=tuple(payer_entry(one) for one in (*facts["payer_entries"], *numbered(facts))),
    )


class Facts:
    """The facts of a case, and which of them are missing."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given

    def fact(self, name: str, value: T) -> Fact[T]:
        """The value as a known fact, or the gap the case names for it."""
        code = self.given["missing"].get(name)
        return gap(code, name) if code else known(value, name)


def known(value: T, where: str) -> Known[T]:
    """A fact that an element of the input says."""
    return Known(value=value, evidence=(element(where),))


def element(where: str) -> Evidence:
    """An element of the input."""
    return Evidence(kind=EvidenceKind.ELEMENT, where=f"input.{where}")


def gap(code: str, name: str) -> Gap:
    """A missing fact; every word its finding may use is filled with its name."""
    return Gap(code=FindingCode(code), where=(f"input.{name}",), values=any_words())


def organization(id_: str, ours: list[str]) -> Organization:
    """An organization of the cases; it bills through us if the case counts it among ours."""
    name, npi = ORGANIZATIONS[id_]
    return Organization(
        name=name,
        npi=npi,
        tax_id="39-4567001",
        taxonomy=TAXONOMY.get(id_, "261QR0200X"),
        address=ADDRESS,
        bills_through_us=id_ in ours,
    )


def _owned(id_: str, facts: Mapping[str, Any]) -> Organization:
    return replace(organization(id_, facts["ours"]), wholly_owned=id_ in facts["wholly_owned"])


def _key(scan: date) -> StudyKey:
    return StudyKey(
        number=BusinessIdentifier(system="urn:accession", value="A-1"), patient=_mrn(), scan_day=scan
    )


def _mrn() -> BusinessIdentifier:
    return BusinessIdentifier(system="urn:mrn", value="M-1")


def _order(study: Facts) -> Order:
    facts = study.given
    order_day = facts["order_day"]
    missing = facts["reason_missing"]
    return Order(
        reference="",
        identifiers=(),
        status=study.fact("order_status", OrderStatus(facts["order_status"])),
        intent=study.fact("order_intent", OrderIntent(facts["order_intent"])),
        do_not_perform=facts["do_not_perform"] == "yes",
        authored_on=date.fromisoformat(order_day) if order_day else None,
        ordered=study.fact("ordered", frozenset(Exam(one) for one in facts["ordered"])),
        ordering_provider=study.fact(
            "ordering_provider", Person(npi=facts["ordering_npi"], family="Brandt", given=("Lena",))
        ),
        reasons=tuple(
            Reason(code=code, given_as=code, evidence=(element(f"order.reasonCode[{number}]"),))
            for number, code in enumerate(facts["reasons"])
        ),
        mode=known(OrderMode(facts["order_mode"]), "order.category") if facts["order_mode"] else None,
        reason_gaps=(gap(missing, "reasonCode"),) if missing else (),
        ordered_for=frozenset(ORGANIZATIONS[one][1] for one in facts["ordered_for"]),
    )


def _performed(study: Facts, scan: date) -> Performed:
    done = study.given["performed"]
    density = next((one for one in Density if f"{one}-density" in done), Density.NOT_MEASURED)
    return Performed(
        vfa=study.fact("vfa", Exam.VFA in done),
        density=study.fact("density", density),
        completion=study.fact("scan", Completion(study.given["scan"])),
        scan_day=study.fact("date_of_service", scan),
        peripheral=(element("report.result[peripheral]"),)
        if {"axial-density", "peripheral-density"} <= set(done)
        else (),
        bone_score=(element("procedure.code"),) if Exam.BONE_SCORE in done else (),
        stop_reason=study.given["stop_reason"] if study.given["scan"] == "stopped" else "",
    )


def _report(study: Facts, scan: date) -> Report:
    facts = study.given
    read = scan if facts["reading_day"] == "same" else date.fromisoformat(facts["reading_day"])
    return Report(
        reference="",
        identifiers=(),
        status=known(ReportStatus(facts["report_status"]), "report.status"),
        reading_day=study.fact("reading_day", read),
        interpreter=study.fact("interpreter", Person(npi=facts["reading_npi"], family="Okafor")),
    )


def _reading(facts: Mapping[str, Any]) -> Reading:
    """`no fracture`, or a list of levels such as `{level: T8, grade: genant-2, cause: osteoporotic}`.

    `concluded` are diagnoses that the reader states by code beside the vertebrae.
    """
    said = facts["reading"]
    stated = tuple(
        Reason(code=code, given_as=code, evidence=(element(f"report.conclusionCode[{number}]"),))
        for number, code in enumerate(facts["concluded"], 1)
    )
    reading = _said_of_vertebrae(said)
    unread = tuple(Vertebra(one) for one in facts["not_evaluable"])
    return replace(reading, diagnoses=stated, not_evaluable=unread)


def _said_of_vertebrae(said: Any) -> Reading:
    if said == "no fracture":
        return Reading(findings=(), no_fracture=(element("report.conclusionCode"),))
    levels = [one for one in said if one != "no fracture"]
    negative: tuple[Evidence, ...] = (element("report.conclusionCode"),) if len(levels) < len(said) else ()
    findings = tuple(_level(one) for one in levels)
    if findings and all(one.certainty is Certainty.DENIED for one in findings):
        negative += tuple(each for one in findings for each in one.evidence)
    return Reading(findings=findings, no_fracture=negative)


def _level(said: Mapping[str, str]) -> VertebraFinding:
    return VertebraFinding(
        level=Vertebra(said["level"]),
        certainty=Certainty(said.get("certainty", "definite")),
        shape=Shape(said.get("shape", usual_shape(said))),
        grade=Grade(said.get("grade", "genant-2" if _is_called(said) else "not-stated")),
        age=FractureAge(said.get("age", "not-stated")),
        change=Change(said.get("change", "not-stated")),
        cause=Cause(said.get("cause", "not-stated")),
        trauma=Trauma(said.get("trauma", "not-stated")),
        healing=Healing(said.get("healing", "not-stated")),
        care=Care(said.get("care", "not-stated")),
        late_effect=LateEffect(said.get("late_effect", "not-stated")),
        deformity=Deformity(said.get("deformity", "not-stated")),
        evidence=(element(f"report.result[{said['level']}]"),),
    )


def _is_called(said: Mapping[str, str]) -> bool:
    """A level called fractured; the usual report describes it, and a case says where it does not."""
    return said.get("certainty", "definite") == "definite"


def usual_shape(said: Mapping[str, str]) -> str:
    """The shape decides the code of a traumatic fracture alone, so that such a case says it itself."""
    return "wedge" if _is_called(said) and said.get("cause") != "traumatic" else "not-stated"


def site_npi(facts: Mapping[str, Any]) -> str:
    """The NPI of the scan site; `site_npi: ""` where nobody says it."""
    return SITE_NPI.get(facts["site"], "") if facts["site_npi"] == "usual" else facts["site_npi"]


def _site(facts: Mapping[str, Any]) -> Site:
    return Site(
        name="The scan site",
        kind=SiteKind(facts["site"]),
        encounter_class=EncounterClass(facts["encounter"]),
        address=ADDRESS,
        locality=facts["site_locality"],
        place_of_service=facts["fixed_place_of_service"],
        entry="scan-site",
        npi=site_npi(facts),
        detail=SiteDetail(facts["site_detail"]),
        hospital=organization(facts["hospital"], facts["ours"]) if facts["hospital"] else None,
    )


def _reader(facts: Mapping[str, Any]) -> Reader:
    return Reader(
        organization=_owned(facts["reader_bills_for"], facts),
        locality=facts["reader_locality"],
        address=ADDRESS if facts["reading_place"] == "known" else None,
        evidence=(Evidence(kind=EvidenceKind.PRACTICE, where="practice:readers.okafor"),),
        purchase_price=Decimal(facts["purchase_price"]) if facts["purchase_price"] else None,
        substitutes_for=Person(npi=facts["substitutes_for"], family="Nowak")
        if facts["substitutes_for"]
        else None,
    )


def _owner(facts: Mapping[str, Any]) -> Organization:
    """The owner of the scanner; `approved` names the codes a testing facility is enrolled for."""
    owner = _owned(facts["scanner_owner"], facts)
    listed = facts["approved"].get(facts["scanner_owner"])
    return owner if listed is None else replace(owner, approved_procedures=frozenset(listed))


def _stated(said: Any) -> Stated:
    """A circumstance: its code, or `{what: reduced, says: "scoliosis"}`."""
    what, says = (said, "") if isinstance(said, str) else (said["what"], said["says"])
    return Stated(what=Circumstance(what), says=says, evidence=(element(f"procedure.reasonCode[{what}]"),))


def _notice(said: Mapping[str, Any]) -> Notice:
    """A notice such as `{kind: advance-beneficiary-notice, day: "2026-09-10", names: [center]}`."""
    return Notice(
        kind=NoticeKind(said["kind"]),
        given_on=date.fromisoformat(said["day"]),
        organizations=frozenset(ORGANIZATIONS[one][1] for one in said["names"]),
        evidence=(element("consent"),),
    )


def _patient(facts: Mapping[str, Any], scan: date) -> Patient:
    return Patient(
        identifier=_mrn(),
        family="Sandoval",
        given=("Ruth",),
        birth_date=date(scan.year - int(facts["age"]), 1, 2),
        sex=Sex(facts["sex"]),
        address=ADDRESS,
    )


def _coverage(facts: Mapping[str, Any]) -> Coverage:
    payer = facts["payer"]
    name, payer_id, kind = payer_told(payer)
    return Coverage(
        payer=Organization(name=name),
        payer_id=payer_id,
        member_id="X1",
        coverage_type=kind,
        plan=facts["plan"],
        relationship="self",
    )


def _drafted(said: str) -> DraftLine:
    """`77086-59 x2 @120.00`: code and modifiers, units and charge where they are said."""
    coded, *more = said.split()
    code, *modifiers = coded.split("-")
    told = {one[0]: one[1:] for one in more}
    return DraftLine(
        code=code,
        modifiers=tuple(modifiers),
        units=int(told.get("x", "1")),
        charge=Decimal(told["@"]) if "@" in told else None,
        evidence=(element(f"draft.item[{code}]"),),
    )


def _earlier(said: str) -> Earlier:
    """`77080 2025-09-15`: what was done on an earlier day."""
    procedure, day = said.split()
    return Earlier(
        procedure=procedure, day=date.fromisoformat(day), evidence=(element(f"history.{procedure}"),)
    )


def entry_of(id_: str) -> OrganizationEntry:
    name, npi = ORGANIZATIONS[id_]
    return OrganizationEntry(
        id=id_,
        name=name,
        npi=npi,
        tax_id="39-4567001",
        taxonomy=TAXONOMY.get(id_, "261QR0200X"),
        address=ADDRESS,
        bills_through_us=True,
        in_force=ALWAYS,
    )


def _charges(id_: str) -> list[Charge]:
    pairs = [(procedure, component) for procedure in Procedure for component in Component]
    return [
        Charge(
            organization=id_,
            procedure=procedure,
            component=component,
            amount=LOWEST + number,
            in_force=ALWAYS,
            entry=f"practice:charges.{id_}.{procedure}.{component}",
        )
        for number, (procedure, component) in enumerate(pairs)
    ]
