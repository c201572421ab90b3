"""What the ledger knows of a study that its Bundle does not say: earlier services, its first reading."""

from dataclasses import replace

from service.core.codes import Density, ReportStatus
from service.core.evidence import Evidence, EvidenceKind
from service.core.finding_codes import FindingCode
from service.core.fingerprint import key_digest, patient_digest
from service.core.study import Earlier, Gap, Known, Report, Study, StudyKey
from service.store.kept import Books

AMENDED = frozenset({ReportStatus.AMENDED, ReportStatus.CORRECTED, ReportStatus.APPENDED})


def with_what_is_kept(study: Study, books: Books) -> Study:
    """The study with what was said and claimed before; one without a business key is not known again."""
    if not isinstance(study.key, Known):
        return study
    return _with_first_reading(_with_history(study, study.key.value, books), study.key.value, books)


def _with_history(study: Study, key: StudyKey, books: Books) -> Study:
    """What was claimed for the patient on earlier days: asked where a density was measured."""
    density = study.performed.density
    if not isinstance(density, Known) or density.value is Density.NOT_MEASURED:
        return study
    told = {(one.procedure, one.day) for one in study.history}
    kept = tuple(
        Earlier(
            procedure=one.procedure,
            day=one.day,
            evidence=(Evidence(kind=EvidenceKind.LEDGER, where=f"Claim/{one.claim}"),),
        )
        for one in books.earlier(patient_digest(key.patient), key.scan_day)
        if (one.procedure, one.day) not in told
    )
    return replace(study, history=(*study.history, *kept))


def _with_first_reading(study: Study, key: StudyKey, books: Books) -> Study:
    """An amended report that came without its first final version was read on the day that one said.

    Two different days are none: which of them was the first final's is not known.
    """
    report = study.report
    if not isinstance(report, Known) or not _lacks_first_final(report.value):
        return study
    days = books.reading_days(key_digest(key))
    if len(days) != 1:
        return study
    evidence = Evidence(kind=EvidenceKind.LEDGER, where="ledger:reading-day", shows=days[0].isoformat())
    value = replace(report.value, reading_day=Known(value=days[0], evidence=(evidence,)))
    return replace(study, report=Known(value=value, evidence=report.evidence))


def _lacks_first_final(report: Report) -> bool:
    day = report.reading_day
    missing = isinstance(day, Gap) and day.code is FindingCode.READING_DAY_MISSING
    return missing and report.status.value in AMENDED
