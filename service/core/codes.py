"""The closed vocabularies of the trade. Billing codes are spelled here and in `procedure_codes` only.

Values are the codes as they travel on the wire. Everything here is a name; what a name leads to
stands in `mappings/`. Neighbours: `study` uses these for facts, `rulebook` for rows.
"""

from enum import StrEnum
from typing import Final

from service.core.procedure_codes import BONE_MASS_MEASUREMENTS as BONE_MASS_MEASUREMENTS
from service.core.procedure_codes import DXA as DXA
from service.core.procedure_codes import Procedure as Procedure

NPI_PREFIX: Final = "80840"
"""Card-issuer prefix that the NPI check digit is computed with (CMS NPI standard)."""
NPI_FIRST: Final = ("1", "2")
"""What an NPI begins with."""


class Modifier(StrEnum):
    """Modifiers a line of ours can carry; what is never right on one stands in `mappings/modifiers.yaml`."""

    PROFESSIONAL = "26"
    TECHNICAL = "TC"
    OFF_CAMPUS_EXCEPTED = "PO"
    OFF_CAMPUS_NON_EXCEPTED = "PN"
    REDUCED = "52"
    STOPPED = "53"
    DISTINCT = "59"
    SEPARATE_ENCOUNTER = "XE"
    SEPARATE_STRUCTURE = "XS"
    SEPARATE_PRACTITIONER = "XP"
    UNUSUAL_NON_OVERLAPPING = "XU"
    REPEATED = "76"
    READ_AGAIN = "77"
    BEFORE_ADMISSION = "PD"
    HOSPICE_ATTENDING = "GV"
    HOSPICE_UNRELATED = "GW"
    NOTICE_ON_FILE = "GA"
    NO_NOTICE = "GZ"
    EXCLUDED = "GY"
    VOLUNTARY_NOTICE = "GX"
    CONDITIONS_MET = "KX"
    TEACHING = "GC"
    SUBSTITUTE_RECIPROCAL = "Q5"
    SUBSTITUTE_BY_TIME = "Q6"
    TRIAL_INVESTIGATIONAL = "Q0"
    TRIAL_ROUTINE = "Q1"
    DISASTER = "CR"
    OFF_CAMPUS_EMERGENCY = "ER"
    MORE_THAN_FOUR = "99"


CPT_MODIFIERS: Final = frozenset(one for one in Modifier if one.value.isdigit())
"""Modifiers that belong to CPT; the rest are HCPCS Level II."""
MOST_MODIFIERS: Final = 4
"""Modifiers a claim line has room for."""


class Component(StrEnum):
    """Which part of the service a line bills."""

    GLOBAL = "global"
    PROFESSIONAL = "professional"
    TECHNICAL = "technical"
    FACILITY = "facility"
    """The technical part on an institutional claim: it carries no modifier."""


class ClaimType(StrEnum):
    """FHIR claim-type: the form the claim travels on (837P or 837I)."""

    PROFESSIONAL = "professional"
    INSTITUTIONAL = "institutional"


class Frequency(StrEnum):
    """Claim frequency code (NUBC): what the claim is to the payer."""

    ORIGINAL = "1"
    REPLACEMENT = "7"
    VOID = "8"


class BilledBy(StrEnum):
    """Whose claim it is, as a row names it before the organization is known."""

    SCANNER_OWNER = "scanner-owner"
    READER_ORGANIZATION = "reader-organization"
    HOSPITAL = "hospital"
    """The hospital whose registered outpatient was scanned elsewhere under arrangement."""


class SiteKind(StrEnum):
    """Where the patient was scanned, before the place of service is decided (our CodeSystem)."""

    IMAGING_CENTER = "imaging-center"
    PHYSICIAN_OFFICE = "physician-office"
    MOBILE_UNIT = "mobile-unit"
    HOSPITAL_OUTPATIENT_ON_CAMPUS = "hospital-outpatient-on-campus"
    HOSPITAL_OUTPATIENT_OFF_CAMPUS_EXCEPTED = "hospital-outpatient-off-campus-excepted"
    HOSPITAL_OUTPATIENT_OFF_CAMPUS_NON_EXCEPTED = "hospital-outpatient-off-campus-non-excepted"
    HOSPITAL_INPATIENT = "hospital-inpatient"
    EMERGENCY_DEPARTMENT = "emergency-department"
    CRITICAL_ACCESS_HOSPITAL = "critical-access-hospital"
    RURAL_HEALTH_CLINIC = "rural-health-clinic"
    FEDERALLY_QUALIFIED_HEALTH_CENTER = "federally-qualified-health-center"
    SKILLED_NURSING_PART_A = "skilled-nursing-part-a"
    NURSING_FACILITY = "nursing-facility"
    AMBULATORY_SURGICAL_CENTER = "ambulatory-surgical-center"
    URGENT_CARE = "urgent-care"
    RETAIL_CLINIC = "retail-clinic"
    PUBLIC_HEALTH_CLINIC = "public-health-clinic"
    PATIENT_HOME = "patient-home"
    ASSISTED_LIVING = "assisted-living"
    CUSTODIAL_CARE = "custodial-care"


class EncounterClass(StrEnum):
    """v3-ActCode encounter classes that move the patient's status."""

    AMBULATORY = "AMB"
    INPATIENT = "IMP"
    ACUTE = "ACUTE"
    NON_ACUTE = "NONAC"
    EMERGENCY = "EMER"
    OBSERVATION = "OBSENC"
    SHORT_STAY = "SS"
    HOME = "HH"
    VIRTUAL = "VR"
    FIELD = "FLD"
    PRE_ADMISSION = "PRENC"
    NOT_STATED = "not-stated"


class PayerKind(StrEnum):
    """What kind of coverage it is; rules of the Medicare fee-for-service benefit bind only that kind."""

    MEDICARE_FFS = "medicare-ffs"
    MEDICARE_ADVANTAGE = "medicare-advantage"
    COMMERCIAL = "commercial"
    MEDICAID = "medicaid"
    UNKNOWN = "unknown"


class OrderStatus(StrEnum):
    """FHIR request-status."""

    DRAFT = "draft"
    ACTIVE = "active"
    ON_HOLD = "on-hold"
    REVOKED = "revoked"
    COMPLETED = "completed"
    ENTERED_IN_ERROR = "entered-in-error"
    UNKNOWN = "unknown"


class OrderIntent(StrEnum):
    """FHIR request-intent."""

    PROPOSAL = "proposal"
    PLAN = "plan"
    DIRECTIVE = "directive"
    ORDER = "order"
    ORIGINAL_ORDER = "original-order"
    REFLEX_ORDER = "reflex-order"
    FILLER_ORDER = "filler-order"
    INSTANCE_ORDER = "instance-order"
    OPTION = "option"


class ReportStatus(StrEnum):
    """FHIR diagnostic-report-status."""

    REGISTERED = "registered"
    PARTIAL = "partial"
    PRELIMINARY = "preliminary"
    FINAL = "final"
    AMENDED = "amended"
    CORRECTED = "corrected"
    APPENDED = "appended"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered-in-error"
    UNKNOWN = "unknown"


SIGNED: Final = frozenset(
    {ReportStatus.FINAL, ReportStatus.AMENDED, ReportStatus.CORRECTED, ReportStatus.APPENDED}
)
"""Report states that carry a signed reading."""


class Exam(StrEnum):
    """What an order asks for or a procedure says was done, in our words (`mappings/orders.yaml`)."""

    VFA = "vfa"
    AXIAL_DENSITY = "axial-density"
    PERIPHERAL_DENSITY = "peripheral-density"
    DENSITY_WITH_VFA = "density-with-vfa"
    BONE_SCORE = "bone-score"
    """Trabecular bone score, computed from a density scan of the spine."""
    OTHER_IMAGING = "other-imaging"
    """A spine film, a CT or an ultrasound: it shows bone, and is no DXA study."""
    GENERIC_DXA = "generic-dxa"
    """A DXA study whose code does not say which: it never becomes a VFA by itself."""


class Density(StrEnum):
    """Whether bone density was measured in the session."""

    AXIAL = "axial"
    PERIPHERAL = "peripheral"
    NOT_MEASURED = "not-measured"


class ProseUse(StrEnum):
    """What a reading in prose is good for where codes give none (setting `VFA_PROSE`)."""

    REVIEW = "review"
    """It is billed, and a coder confirms the sentences it rests on."""
    TRUST = "trust"
    """It is billed without a person where every sentence was understood and nothing contradicts."""
    OFF = "off"
    """It is not read."""


class Statement(StrEnum):
    """What a report says by code of the whole study (DiagnosticReport.conclusionCode, our CodeSystem)."""

    NO_VERTEBRAL_FRACTURE = "no-vertebral-fracture"
    DENSITY_NOT_MEASURED = "density-not-measured"


class Completion(StrEnum):
    """How the acquisition ended (Procedure.status)."""

    COMPLETED = "completed"
    STOPPED = "stopped"
    NOT_DONE = "not-done"


class Certainty(StrEnum):
    """How the reader words a fracture. Uncertain wording is not coded for outpatients (ICD-10-CM IV.H)."""

    DEFINITE = "definite"
    UNCERTAIN = "uncertain"
    DENIED = "denied"


class Shape(StrEnum):
    """Shape of a vertebral deformity (our CodeSystem)."""

    WEDGE = "wedge"
    BICONCAVE = "biconcave"
    CRUSH = "crush"
    STABLE_BURST = "stable-burst"
    UNSTABLE_BURST = "unstable-burst"
    NOT_STATED = "not-stated"


class Grade(StrEnum):
    """Genant semiquantitative grade (our CodeSystem)."""

    NORMAL = "genant-0"
    MILD = "genant-1"
    MODERATE = "genant-2"
    SEVERE = "genant-3"
    NOT_STATED = "not-stated"


class FractureAge(StrEnum):
    """Age of a fracture as the reader words it."""

    ACUTE = "acute"
    SUBACUTE = "subacute"
    CHRONIC = "chronic"
    HEALING = "healing"
    OLD = "old"
    """Old or remote, not called healed: not current, and a coder looks."""
    HEALED = "healed"
    INDETERMINATE = "indeterminate"
    NOT_STATED = "not-stated"


class Change(StrEnum):
    """Change of a finding against the comparison study."""

    NEW = "new"
    UNCHANGED = "unchanged"
    PROGRESSED = "progressed"
    NOT_STATED = "not-stated"


class Cause(StrEnum):
    """Cause of a fracture in the reader's or treater's words."""

    OSTEOPOROTIC = "osteoporotic"
    PATHOLOGICAL = "pathological"
    NEOPLASTIC = "neoplastic"
    OTHER_DISEASE = "other-disease"
    TRAUMATIC = "traumatic"
    NOT_STATED = "not-stated"


class Osteoporosis(StrEnum):
    """Osteoporosis as a provider documents it; never inferred from a T-score, age or drug list."""

    AGE_RELATED = "age-related"
    """Age-related, postmenopausal, senile, involutional or not otherwise specified."""
    STEROID_INDUCED = "steroid-induced"
    DRUG_INDUCED = "drug-induced"
    """By another drug, or by a drug that is not named."""
    OTHER = "other"
    NOT_DOCUMENTED = "not-documented"


class Vertebra(StrEnum):
    """Vertebral levels of the spine that VFA sees, and regions where the reader names no level."""

    T1 = "T1"
    T2 = "T2"
    T3 = "T3"
    T4 = "T4"
    T5 = "T5"
    T6 = "T6"
    T7 = "T7"
    T8 = "T8"
    T9 = "T9"
    T10 = "T10"
    T11 = "T11"
    T12 = "T12"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"
    L5 = "L5"
    THORACIC = "thoracic"
    THORACOLUMBAR = "thoracolumbar"
    LUMBAR = "lumbar"
    LUMBOSACRAL = "lumbosacral"
    SPINE = "spine"


class Sex(StrEnum):
    """FHIR administrative-gender as recorded."""

    MALE = "male"
    FEMALE = "female"
    OTHER = "other"
    UNKNOWN = "unknown"


class CareRole(StrEnum):
    """Provider roles on a claim (HL7 Terminology claimcareteamrole)."""

    RENDERING = "rendering"
    REFERRING = "referring"
    ATTENDING = "attending"


HOSPITAL_TAXONOMIES: Final = ("27", "28")
"""First digits of the NUCC taxonomy codes of hospital units and hospitals."""
EXTERNAL_CAUSES: Final = frozenset("VWXY")
"""First letters of the ICD-10-CM chapter of external causes: never first on a claim."""


class Severity(StrEnum):
    """What a finding does: reject (the sender must correct), hold (undecided), warn (a doubt), note."""

    REJECT = "reject"
    HOLD = "hold"
    WARN = "warn"
    NOTE = "note"


class StudyState(StrEnum):
    """The one state of a study in an answer."""

    CLEAN = "clean"
    BILLABLE = "billable"
    HELD = "held"
    NONE = "none"
    REFUSED = "refused"


class EditResult(StrEnum):
    """What an edit says of a claim. `no-data` is never shown as a pass."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    BYPASSED = "bypassed"
    NO_DATA = "no-data"


class Status(StrEnum):
    """How well a row is grounded."""

    SOURCED = "sourced"
    INFERRED = "inferred"
    GENERAL_KNOWLEDGE = "general-knowledge"
