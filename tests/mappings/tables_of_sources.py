"""What the sources say, line by line: the edit tables, and the codes that senders use.

Transcribed from the documents the rows name, so that no row is proved by itself. `evidence` tries them.
"""

BOTH = ("professional", "institutional")
PRACTITIONER = ("professional",)
NCCI = (
    ("77085", "77086", "0", BOTH),
    ("77080", "77086", "0", BOTH),
    ("77085", "77080", "0", BOTH),
    ("77078", "77086", "0", BOTH),
    ("77078", "77080", "0", BOTH),
    ("77078", "77085", "0", BOTH),
    *((hand, bone, "1", BOTH) for hand in ("0749T", "0750T") for bone in ("77086", "77085", "77089")),
    *(("77086", drawn, "0", PRACTITIONER) for drawn in ("36591", "36592", "96523")),
    *((axial, other, "1", BOTH) for axial in ("77085", "77080") for other in ("77081", "76977")),
    ("77085", "G0130", "1", BOTH),
    ("G0130", "77080", "1", BOTH),
    ("77081", "76977", "0", BOTH),
    ("77081", "G0130", "0", BOTH),
    *((part, "77089", "0", BOTH) for part in ("77090", "77091", "77092")),
)
"""Column one (paid), column two (denied), modifier indicator, tables: NCCI PTP of 2024-07-01."""
MUE = (
    *((code, 1, "2") for code in ("77080", "77081", "77085", "77086", "77078", "76977", "G0130", "77089")),
    *((code, 1, "3") for code in ("77090", "77091", "77092")),
)
"""Procedure, units a day, MUE adjudication indicator: MUE tables of 2024-07-01."""
EXCLUDES1 = (
    ("M80.08XA", "M81.0", "M80.08XA"),
    ("R29.890", "M80.08XA", "M80.08XA"),
    ("R29.890", "M81.0", "M81.0"),
    ("M80.08XA", "M48.54XA", ""),
    ("M80.08XA", "M84.48XA", ""),
    ("M84.68XA", "M80.08XA", ""),
    ("M48.44XA", "M80.08XA", ""),
    ("M48.44XA", "M84.48XA", ""),
    ("M48.44XA", "M84.58XA", ""),
    ("M48.44XA", "M84.68XA", ""),
    ("M48.44XA", "S22.060A", ""),
    ("M48.46XA", "S32.010A", ""),
    ("M48.54XA", "M48.44XA", ""),
    ("M48.54XA", "M84.48XA", ""),
    ("M48.54XA", "M84.58XA", ""),
    ("M48.54XA", "M84.68XA", ""),
    ("M48.54XA", "S12.000A", ""),
    ("M48.54XA", "S22.060A", ""),
    ("M48.56XA", "S32.010A", ""),
    ("M84.48XA", "M84.38XA", ""),
    ("M84.48XA", "M84.58XA", ""),
    ("M84.48XA", "M84.68XA", ""),
    ("M84.48XA", "S22.060A", ""),
    ("M40.204", "M41.9", ""),
    ("M40.204", "M96.2", ""),
    ("M40.204", "Q76.411", ""),
    ("M42.04", "M40.04", ""),
    ("M54.6", "F45.41", ""),
    ("M54.50", "M51.26", ""),
    ("M54.50", "M51.360", ""),
    ("M54.50", "M51.370", ""),
    ("M54.50", "M54.40", ""),
    ("M54.50", "S39.012A", ""),
    ("M54.6", "M51.24", ""),
    ("M54.89", "M54.50", ""),
    ("M54.89", "M54.6", ""),
    ("M81.0", "M89.00", ""),
    ("M85.88", "Q78.0", ""),
    ("M85.88", "Q78.1", ""),
    ("M85.88", "Q78.2", ""),
    ("Z79.810", "Z79.890", ""),
)
"""Two diagnoses a Tabular note keeps apart, and the one that stays without a coder: ICD-10-CM of 2026-04."""
EXAMS = {
    ("cpt", "77086"): "vfa",
    ("cpt", "77085"): "axial-density vfa",
    ("cpt", "77080"): "axial-density",
    ("cpt", "77081"): "peripheral-density",
    ("loinc", "38268-9 38269-7 46383-6 83311-1"): "generic-dxa",
    (
        "loinc",
        "104938-6 24701-5 24966-4 38261-4 38263-0 38264-8 38267-1 46278-8 46279-6 80947-5 "
        "80948-3 80954-1 85394-5",
    ): "axial-density",
    ("loinc", "24890-6 38262-2 38265-5 38266-3"): "peripheral-density",
    ("snomed", "241686001 312681000"): "generic-dxa",
    ("cpt", "77082"): "vfa",
    ("cpt", "77089 77090 77091 77092"): "bone-score",
    ("cpt", "72020 72070 72072 72074 72080 72081 72082 72083 72084 72100 72110 72114"): "other-imaging",
    ("cpt", "0554T 0555T 0556T 0557T 0558T 0691T 0743T 77078"): "other-imaging",
    ("cpt", "0749T 0750T 0815T 76977"): "other-imaging",
    ("hcpcs", "G0130"): "other-imaging",
}
"""System and codes, and the examinations they name: CPT, HCPCS, LOINC, SNOMED CT and the eCQM value sets."""
CONCEPTS = {
    ("snomed", "64864005"): "level T1",
    ("snomed", "53733008"): "level T2",
    ("snomed", "1626008"): "level T3",
    ("snomed", "73071006"): "level T4",
    ("snomed", "56401006"): "level T5",
    ("snomed", "45296009"): "level T6",
    ("snomed", "62487009"): "level T7",
    ("snomed", "11068009"): "level T8",
    ("snomed", "82687006"): "level T9",
    ("snomed", "7610001"): "level T10",
    ("snomed", "12989004"): "level T11",
    ("snomed", "23215003"): "level T12",
    ("snomed", "66794005"): "level L1",
    ("snomed", "14293000"): "level L2",
    ("snomed", "36470004"): "level L3",
    ("snomed", "11994002"): "level L4",
    ("snomed", "49668003"): "level L5",
    ("snomed", "122495006"): "level thoracic",
    ("snomed", "122496007"): "level lumbar",
    ("snomed", "297172009"): "level thoracolumbar",
    ("snomed", "421060004 51282000"): "level spine",
    ("snomed", "373933003"): "age acute",
    ("snomed", "90734009"): "age chronic",
    ("snomed", "82334004"): "age indeterminate",
    ("snomed", "52101004"): "certainty definite",
    ("snomed", "2667000"): "certainty denied",
    ("snomed", "20446002"): "shape wedge",
    ("snomed", "42942008 50448004 84138006"): "certainty definite; level spine",
    ("snomed", "125607007 698077007"): "certainty definite; level thoracic",
    ("snomed", "125608002 308758008 426646004"): "certainty definite; level lumbar",
    ("snomed", "240198002"): "certainty definite; level spine; cause osteoporotic",
    ("snomed", "203451004 311891006"): "certainty definite; level thoracic; cause osteoporotic",
    ("snomed", "203450003 311890007"): "certainty definite; level lumbar; cause osteoporotic",
    ("snomed", "274146004"): "certainty definite; level spine; cause pathological",
    ("snomed", "102447009 18040001 203438009 64859006"): "icd10cm M81.0; osteoporosis age-related",
    ("snomed", "390833005"): "icd10cm M81.8; osteoporosis steroid-induced",
    ("snomed", "312894000"): "icd10cm M85.80",
    ("snomed", "300004007"): "icd10cm Z13.820",
    ("icd10cm", "M80.0 M81.0"): "osteoporosis age-related",
    ("icd10cm", "M80.8 M81.6 M81.8"): "osteoporosis other",
    ("icd10cm", "M80.08XA M80.88XA"): "certainty definite; level spine; cause osteoporotic",
    ("icd10cm", "M80.08XD M80.88XD"): "certainty definite; level spine; cause osteoporotic; age healing",
    (
        "icd10cm",
        "M80.08XG M80.88XG",
    ): "certainty definite; level spine; cause osteoporotic; age healing; healing delayed-healing",
    (
        "icd10cm",
        "M80.08XK M80.88XK",
    ): "certainty definite; level spine; cause osteoporotic; age healing; healing nonunion",
    (
        "icd10cm",
        "M80.08XP M80.88XP",
    ): "certainty definite; level spine; cause osteoporotic; age healing; healing malunion",
    ("icd10cm", "M48.54XA"): "certainty definite; level thoracic",
    ("icd10cm", "M48.55XA"): "certainty definite; level thoracolumbar",
    ("icd10cm", "M48.56XA"): "certainty definite; level lumbar",
    ("icd10cm", "M48.57XA"): "certainty definite; level lumbosacral",
    ("icd10cm", "M48.50XA"): "certainty definite; level spine",
    ("icd10cm", "M84.48XA"): "certainty definite; level spine; cause pathological",
    ("icd10cm", "M84.58XA"): "certainty definite; level spine; cause neoplastic",
    ("icd10cm", "M84.68XA"): "certainty definite; level spine; cause other-disease",
    ("snomed", "255604002"): "grade genant-1",
    ("snomed", "6736007"): "grade genant-2",
    ("snomed", "24484000"): "grade genant-3",
    ("pos", "15"): "site mobile-unit",
    ("pos", "21"): "site hospital-inpatient",
    ("pos", "22"): "site hospital-outpatient-on-campus",
    ("pos", "23"): "site emergency-department",
    ("pos", "24"): "site ambulatory-surgical-center",
    ("pos", "31"): "site skilled-nursing-part-a",
    ("pos", "32"): "site nursing-facility",
    ("pos", "50"): "site federally-qualified-health-center",
    ("pos", "72"): "site rural-health-clinic",
    ("pos", "12"): "site patient-home",
    ("pos", "13"): "site assisted-living",
    ("pos", "17"): "site retail-clinic",
    ("pos", "20"): "site urgent-care",
    ("pos", "33"): "site custodial-care",
    ("pos", "71"): "site public-health-clinic",
}
"""System and codes, and what they mean: names of SNOMED CT, ICD-10-CM and the place-of-service set."""
CLINICAL = {
    ("loinc", "104938-6 38263-0 38264-8 38267-1 80947-5 80948-3"): "t-score",
}
"""LOINC codes of results, and the clinical fact each gives."""

SAID = {
    "refused": ("DATE-OUT-OF-SCOPE DIAGNOSIS-INVALID GLOBAL-WITH-COMPONENT MUE-EXCEEDED NCCI-DENIED "),
    "held": (
        "AUTHORIZATION-MISSING BILLER-INCOMPLETE BIRTH-DATE-AFTER-SCAN BONE-SCORE-WITHOUT-DENSITY "
        "BOUGHT-READING-BILLED "
        "FHIR-MODIFIER-UNKNOWN TEST-DATA RESULT-NOT-FINAL STATE-CONTRADICTS PATIENT-RECORD-REPLACED "
        "DAY-IN-FUTURE DAY-NOT-REAL PATIENT-DECEASED "
        "BUSINESS-KEY-MISSING CHARGE-MISSING CLAIM-NOT-VALID CIRCUMSTANCE-NOT-KNOWN COVERAGE-INCOMPLETE "
        "COVERAGE-MISSING "
        "COVERAGE-SEVERAL DATE-NOT-MODELLED DENSITY-UNCLEAR DIAGNOSIS-NONE DIAGNOSIS-QUERY DIAGNOSIS-SEX "
        "DRAFT-DISTINCT-NEEDED EXAM-NOT-ORDERED FHIR-SERVER-DECLINED FHIR-SERVER-UNAVAILABLE "
        "HOSPICE-RELATION-MISSING HOSPITAL-MISSING IDTF-CODE-NOT-APPROVED INTERPRETER-MISSING "
        "INTERPRETER-NPI-INVALID INTERPRETER-NPI-MISSING INTERPRETER-RESIDENT INTERPRETER-SEVERAL "
        "LOCALITY-MISSING MEDICARE-ADVANTAGE-ENROLLED MODIFIER-CONFLICT "
        "MODIFIER-WITHOUT-DIAGNOSIS SUBSTITUTE-NOT-NAMED SITE-NOT-MODELLED NO-ROW NOTICE-INCOMPLETE "
        "NUMBER-DISAGREES ORDER-AMBIGUOUS ORDER-BY-PROTOCOL ORDER-DO-NOT-PERFORM ORDER-INTENT ORDER-MISSING "
        "ORDER-NOT-WRITTEN ORDER-OF-HOSPITAL-PATIENT ORDER-REVOKED-OR-ON-HOLD ORDER-UNRESOLVED "
        "ORDERED-EXAM-UNCLEAR ORDERED-FOR-UNKNOWN ORDERING-NPI-INVALID ORDERING-NPI-MISSING "
        "ORDERING-PROVIDER-MISSING PART-AT-FACILITY PATIENT-DISAGREES PATIENT-INCOMPLETE PATIENT-MISSING "
        "PAYER-KIND-DISAGREES PERFORMED-UNCLEAR PROSE-CANNOT-TELL PROSE-CODES-DISAGREE PROSE-NOT-UNDERSTOOD "
        "PURCHASE-PRICE-MISSING READER-NOT-LISTED READER-ORGANIZATION-DISAGREES "
        "READING-BEFORE-SCAN READING-CONTRADICTS-ITSELF READING-DAY-MISSING READING-NOT-CODED "
        "READING-PLACE-MISSING REASON-MISSING REASON-NOT-CODED REPORT-MISSING REPORT-NOT-FINAL "
        "REPORT-LEVELS-FEW "
        "REPORT-SEVERAL-FINAL ROW-NOT-SOURCED SCAN-DAY-DISAGREES SCAN-DAY-MISSING SCANNER-NOT-THE-HOSPITALS "
        "HOSPITAL-NPI-MISSING NPI-OF-ORGANIZATION "
        "SCANNER-NOT-THE-CLINICS OWNERSHIP-NOT-KNOWN PAYMENT-WINDOW-UNKNOWN "
        "SCANNER-OWNER-DISAGREES "
        "SCANNER-OWNER-MISSING SITE-DETAIL-MISSING SITE-DISAGREES SITE-KIND-MISSING SITE-MISSING "
        "STAY-UNCLEAR STUDY-CHANGED "
    ),
    "billable": (
        "CODER-REVIEW COVERAGE-LEFT-OFF DENIAL-BY-MODIFIER NOTICE-WITHOUT-CAUSE WEAK-INDICATION "
        "DIAGNOSIS-AGE DIAGNOSIS-CODE-SET-NOT-LOADED DRAFT-CODE-RETIRED DRAFT-LINE-DROPPED "
        "DRAFT-OUTWEIGHS DRAFT-REPAIRED DRAFT-UNITS EDIT-NO-DATA EXCLUDES1-REVIEW FREQUENCY-EXCEPTION "
        "FREQUENCY-LIMIT FREQUENCY-NO-DATA MEDICAID-FIRST MEDICARE-BESIDE-ADVANTAGE MODIFIER-ADDED "
        "MODIFIER-STRIPPED "
        "NAME-DOUBTFUL RESULT-WITHDRAWN STATE-DOUBTFUL PATIENT-RECORD-INACTIVE "
        "NARRATIVE-MISSING NOTICE-NOT-FOR-CLAIM NOTICE-NOT-LINKED ORDER-AFTER-SCAN ORDER-BY-TELEPHONE "
        "ORDERER-IS-READER PART-NOT-ORDERED PAYER-ANSWER-UNCLEAR PAYER-KIND-NOT-STATED PAYER-NOT-KNOWN "
        "PERIPHERAL-LEFT-OFF "
        "PAYER-SAYS-NOT-COVERED PAYER-STANCE PROSE-REVIEW REASON-NOT-CLASSED REPORT-LEVEL-INCOMPLETE "
    ),
    "clean": (
        "ARRANGEMENT-NOT-APPLIED BILLER-NOT-OURS CLINICAL-SUPPORT "
        "DIAGNOSIS-SEX-CONFIRMED DRAFT-LINE-KEPT DRAFT-LINE-LEFT "
        "EDIT-EDITION-OLDER EXCLUDES1-DROPPED FRACTURE-UNCERTAIN FURTHER-IMAGING-ADVISED MEDICARE-FIRST "
        "MEDICARE-SECOND MODIFIER-LEFT-OFF NOTHING-TO-BILL ORDER-MATCHED-BY-NUMBER ORDER-STATUS-NO-CLAIM "
        "OTHER-IMAGING PART-NOT-BILLED PAYER-STANCE-UNKNOWN PLAN-NOT-KNOWN PRACTICE-WINS "
        "PROSE-FORM-UNREADABLE PROSE-NOT-COMPARED PROSE-TRUSTED "
        "REPORT-BESIDE-IGNORED REPORT-CANCELLED REPORT-ENTERED-IN-ERROR REPORT-ITEM-MISSING "
        "REPORT-NOT-STARTED SCAN-NOT-DONE SCAN-STOPPED SOURCES-DISAGREE "
    ),
}
"""What a study is where nothing but this is said of it: refused, waiting, billed with a doubt, clean."""
