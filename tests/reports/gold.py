"""What the gold of a report may say: closed values, keys, the rule for the billing reading (README.md)."""

from collections.abc import Iterator, Mapping
from typing import Any

VERTEBRAE = [f"T{n}" for n in range(1, 13)] + [f"L{n}" for n in range(1, 7)]
REGIONS = ["thoracic_unspecified", "lumbar_unspecified", "thoracolumbar_unspecified", "spine_unspecified"]

WORDS = {
    "study.vfa_performed": "yes no not_stated",
    "study.density_measured": "yes peripheral no not_stated contradictory",
    "study.completeness": "complete reduced stopped not_performed not_stated",
    "study.report_state": "final preliminary addended",
    "osteoporosis.stated": "yes no osteopenia not_stated",
    "osteoporosis.cause": "postmenopausal age_related glucocorticoid other_secondary unspecified null",
    "density.diagnosis": "osteoporosis osteopenia normal null",
    "fracture.is_fracture": "definite uncertain denied",
    "fracture.shape": "wedge biconcave crush endplate burst null",
    "fracture.grade": "1 2 3 null",
    "fracture.grade_basis": "number word software none",
    "fracture.age": "acute subacute acute_or_subacute healing chronic old indeterminate not_stated",
    "fracture.cause": (
        "osteoporotic glucocorticoid_osteoporotic fragility insufficiency traumatic neoplastic "
        "other_disease pathologic_unspecified not_stated"
    ),
    "fracture.change_from_prior": "new unchanged progressed not_stated",
    "fracture.status": "current healed treated null",
    "fracture.hedged_on": "fracture age cause level grade",
    "deformity.kind": (
        "scheuermann schmorl degenerative physiologic_wedging short_vertebral_height limbus "
        "congenital artefact lesion unspecified"
    ),
    "symptom": "back_pain thoracic_pain low_back_pain height_loss kyphosis",
    "history.steroids": "current intermittent past no not_stated",
    "history.family_history_fracture": "yes no not_stated",
    "prior.site": "vertebra wrist hip pelvis other",
    "comparison.kind": "dated undated none not_stated",
    "recommendation": (
        "mri ct radiographs prior_images labs follow_up_dxa repeat_vfa treatment_review "
        "treatment_start treatment_change"
    ),
    "contradiction.kind": (
        "body_vs_impression level_mismatch grade_vs_percent indication_vs_reading "
        "addendum_supersedes preliminary_vs_final template_unfilled density_statement "
        "history_vs_density"
    ),
    "overall.billing_reading": "fracture no_fracture uncertain cannot_tell",
    "denial.scope": "all new acute other_levels evaluable_levels",
}
WORDS_OF_KEYS = {
    "top": (
        "id phenomena study osteoporosis density fractures non_fracture_deformities "
        "symptoms_in_indication symptoms_denied screening_stated history comparison recommendations "
        "contradictions overall notes"
    ),
    "study": (
        "vfa_performed density_measured density_evidence completeness completeness_evidence "
        "levels_attempted levels_not_evaluable report_state"
    ),
    "osteoporosis": "stated cause evidence",
    "density": "lowest_t region diagnosis frax_major frax_hip",
    "fracture": (
        "level is_fracture shape grade grade_basis height_loss_percent age cause change_from_prior "
        "status hedged_on evidence"
    ),
    "deformity": "levels kind evidence",
    "history": "steroids prior_fractures family_history_fracture osteoporosis_drugs malignancy trauma",
    "prior": "site level when evidence",
    "comparison": "kind date",
    "contradiction": "kind resolved evidence",
    "overall": "billing_reading global_denial coder_review review_reason",
    "denial": "scope evidence",
}

VALUES: dict[str, set[Any]] = {
    name: {None if word == "null" else int(word) if word.isdigit() else word for word in words.split()}
    for name, words in WORDS.items()
}
KEYS = {name: words.split() for name, words in WORDS_OF_KEYS.items()}
CLOSED = {
    "fracture": (
        "is_fracture",
        "shape",
        "grade",
        "grade_basis",
        "age",
        "cause",
        "change_from_prior",
        "status",
    ),
    "study": ("vfa_performed", "density_measured", "completeness", "report_state"),
}


def wrong(gold: Mapping[str, Any], text: str) -> Iterator[str]:
    """Everything in a gold that its schema or its report does not allow."""
    yield from _keys(gold)
    yield from _closed(gold)
    yield from (f"no quote of the report: {quote!r}" for quote in quotes(gold) if quote not in text)
    if gold["overall"]["billing_reading"] != billing_reading(gold):
        yield f"billing_reading is not {billing_reading(gold)}"
    for fracture in gold["fractures"]:
        if ("fracture" in fracture["hedged_on"]) != (fracture["is_fracture"] == "uncertain"):
            yield f"{fracture['level']}: a hedge on the fracture goes with uncertain"
        if (fracture["status"] is None) != (fracture["is_fracture"] == "denied"):
            yield f"{fracture['level']}: no status exactly where denied"


def _keys(gold: Mapping[str, Any]) -> Iterator[str]:
    parts = {"top": [gold], "study": [gold["study"]], "osteoporosis": [gold["osteoporosis"]]}
    parts |= {"fracture": gold["fractures"], "deformity": gold["non_fracture_deformities"]}
    parts |= {"history": [gold["history"]], "prior": gold["history"]["prior_fractures"]}
    parts |= {"comparison": [gold["comparison"]], "contradiction": gold["contradictions"]}
    parts |= {"overall": [gold["overall"]], "density": [gold["density"]] if gold["density"] else []}
    for name, found in parts.items():
        yield from (f"{name}: keys are {list(part)}" for part in found if list(part) != KEYS[name])


def _closed(gold: Mapping[str, Any]) -> Iterator[str]:
    said = [(f"fracture.{key}", each[key]) for each in gold["fractures"] for key in CLOSED["fracture"]]
    said += [(f"study.{key}", gold["study"][key]) for key in CLOSED["study"]]
    said += [(f"osteoporosis.{key}", gold["osteoporosis"][key]) for key in ("stated", "cause")]
    said += [("overall.billing_reading", gold["overall"]["billing_reading"])]
    said += [("contradiction.kind", each["kind"]) for each in gold["contradictions"]]
    said += [("deformity.kind", each["kind"]) for each in gold["non_fracture_deformities"]]
    said += [("symptom", each) for each in gold["symptoms_in_indication"] + gold["symptoms_denied"]]
    said += [("recommendation", each) for each in gold["recommendations"]]
    yield from (f"{name}: {value!r}" for name, value in said if value not in VALUES[name])
    levels = [each["level"] for each in gold["fractures"]]
    yield from (f"level {level}" for level in levels if level not in (*VERTEBRAE, *REGIONS))
    if len(levels) != len(set(levels)):
        yield "a level stands twice"


def quotes(gold: Mapping[str, Any]) -> Iterator[str]:
    """Every quote of a gold."""
    single = [gold["study"]["density_evidence"], gold["study"]["completeness_evidence"]]
    single += [gold["osteoporosis"]["evidence"], (gold["overall"]["global_denial"] or {}).get("evidence")]
    single += [each["evidence"] for each in (*gold["fractures"], *gold["non_fracture_deformities"])]
    single += [each["evidence"] for each in gold["history"]["prior_fractures"]]
    single += [quote for each in gold["contradictions"] for quote in each["evidence"]]
    yield from (quote for quote in single if quote)


def billing_reading(gold: Mapping[str, Any]) -> str:
    """The README's rule for overall.billing_reading, from the other facts of the gold."""
    study, fractures = gold["study"], gold["fractures"]
    unresolved = {each["kind"] for each in gold["contradictions"] if not each["resolved"]}
    denial, deformities = gold["overall"]["global_denial"], gold["non_fracture_deformities"]
    software_only = bool(fractures) and all(each["grade_basis"] == "software" for each in fractures)
    if study["vfa_performed"] != "yes" or study["report_state"] == "preliminary" or software_only:
        return "cannot_tell"
    if "body_vs_impression" in unresolved or not (fractures or denial or deformities):
        return "cannot_tell"
    if any(each["is_fracture"] == "definite" and each["status"] == "current" for each in fractures):
        return "fracture"
    return "uncertain" if any(each["is_fracture"] == "uncertain" for each in fractures) else "no_fracture"
