"""The closed vocabularies of what surrounds a session: circumstances, arrangements, notices, site details.

None of them is a billing code; the rows say which modifier, claim or place each leads to.
"""

from enum import StrEnum
from typing import Final

UNDER_ARRANGEMENT: Final = "under-arrangement"
"""What a site counts as where a hospital's registered outpatient was scanned elsewhere for the hospital."""
RESIDENT_TAXONOMY: Final = "390200000X"
"""NUCC taxonomy of a student in a training program: a resident."""


class Circumstance(StrEnum):
    """What is said of a session beyond order, scan and reading (our CodeSystem `vfa-circumstance`)."""

    REDUCED = "reduced"
    """Clearly less of the spine was imaged than intended, by choice or limit; the record says why."""
    REPEATED_FOR_QUALITY = "repeated-for-quality"
    """Scanned again for motion, artefact or a failure of the equipment."""
    SECOND_READING = "second-reading"
    """Another physician's reading was needed of images already read; the record says why."""
    ROUTINE_OVER_READ = "routine-over-read"
    TEACHING_PHYSICIAN = "teaching-physician"
    """A resident took part; the teaching physician saw the images and the resident's reading, and signed."""
    SUBSTITUTE_RECIPROCAL = "substitute-reciprocal"
    SUBSTITUTE_PAID_BY_TIME = "substitute-paid-by-time"
    PURCHASED_READING = "purchased-reading"
    """The billing practice bought the reading of somebody who does not share its practice."""
    BEFORE_ADMISSION = "before-admission"
    """In an entity the hospital wholly owns or operates, within its payment window before an admission."""
    HOSPICE = "hospice"
    HOSPICE_UNRELATED = "hospice-unrelated"
    HOSPICE_ATTENDING = "hospice-attending-independent"
    SNF_PART_A = "snf-part-a-stay"
    UNDER_ARRANGEMENT = "under-arrangement"
    """A hospital's registered outpatient, scanned elsewhere for the hospital."""
    INTEGRAL_TO_SURGERY = "integral-to-surgery"
    DENIAL_EXPECTED = "denial-expected"
    """The payer is expected to find the test not reasonable and necessary."""
    EXCLUDED_SERVICE = "excluded-service"
    """By statute no benefit of the program."""
    SEX_CONFIRMED = "sex-conflict-confirmed"
    """The diagnosis is right although it does not fit the recorded sex."""
    DISASTER = "disaster-waiver"
    TRIAL_INVESTIGATIONAL = "trial-investigational"
    TRIAL_ROUTINE = "trial-routine"
    DISTINCT_SERVICE = "distinct-service"
    SEPARATE_ENCOUNTER = "separate-encounter"
    SEPARATE_STRUCTURE = "separate-structure"
    SEPARATE_PRACTITIONER = "separate-practitioner"
    UNUSUAL_NON_OVERLAPPING = "unusual-non-overlapping"


class Derived(StrEnum):
    """Circumstances that follow from other facts of the study; rows look at them like stated ones."""

    NONE = "none"
    STOPPED = "stopped"
    """The acquisition was begun and broken off (Procedure.status)."""
    NOTICE_ON_FILE = "notice-on-file"
    """A signed ABN that covers the claim."""
    NO_NOTICE = "no-notice"
    """A denial is expected and no ABN covers the claim."""
    NOTICE_WITHOUT_CAUSE = "notice-without-cause"
    """A signed ABN, a covered indication, and nobody says why a denial is expected."""
    VOLUNTARY_NOTICE = "voluntary-notice"
    SEX_UNOPPOSED = "sex-conflict-not-found"
    """A conflict with the recorded sex is confirmed, and no diagnosis of the claim is in one."""
    SCREENING_ONLY = "screening-only"
    """Every reason of the order is a screening."""
    MORE_THAN_FOUR = "more-than-four-modifiers"


class NoticeKind(StrEnum):
    """Which notice the patient was given (our CodeSystem `vfa-circumstance`)."""

    ABN = "advance-beneficiary-notice"
    """Signed CMS-R-131: Medicare is expected to deny the test as not reasonable and necessary."""
    VOLUNTARY = "voluntary-notice"
    """Notice of a service that is excluded by statute; none is required."""


class ReaderRole(StrEnum):
    """What part somebody had in the reading (our CodeSystem `vfa-circumstance`)."""

    RESIDENT = "resident"
    TEACHING_PHYSICIAN = "teaching-physician"


class SiteDetail(StrEnum):
    """What splits a kind of site further: how a critical access hospital is paid, whose clinic it is."""

    METHOD_1 = "method-1"
    METHOD_2 = "method-2"
    """The critical access hospital elected to bill its physicians' professional services too."""
    INDEPENDENT = "independent"
    PROVIDER_BASED = "provider-based"
    """A clinic that is part of a hospital."""
    PROVIDER_BASED_TO_CAH = "provider-based-to-cah"
    NOT_STATED = "not-stated"


class Special(StrEnum):
    """Arrangements that change how the work is split over claims (`mappings/components.yaml`)."""

    NONE = "none"
    PURCHASED_READING = "purchased-reading"
    BEFORE_ADMISSION = "before-admission"
    SECOND_READING = "second-reading"
    ROUTINE_OVER_READ = "routine-over-read"
    INTEGRAL_TO_SURGERY = "integral-to-surgery"
    NO_READING = "no-reading"
    """The scan was broken off and nobody read it."""


class OrderMode(StrEnum):
    """How the order reached the testing site (our CodeSystem `vfa`, on ServiceRequest.category)."""

    WRITTEN = "order-written"
    TELEPHONE = "order-by-telephone"
    """A call that both offices documented."""
    EMAIL = "order-by-email"
    PROTOCOL = "order-by-protocol"
    """A standing order or the site's own protocol, not an order for this patient."""


class ClinicalFact(StrEnum):
    """Facts that clinical indications ask for (our CodeSystem `vfa`, or codes that a row translates)."""

    T_SCORE = "t-score"
    HEIGHT_LOSS = "height-loss"
    """Historical loss of height, in centimetres."""
    PRIOR_FRACTURE = "prior-fracture-reported"
    """A vertebral fracture that the patient reports and no record shows."""
    GLUCOCORTICOID = "glucocorticoid-dose"
    """Milligrams of prednisone (or equivalent) a day for at least three months."""
