"""The way of a study through the whole service, without any door."""

import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random

import pytest

from service import json_text
from service.core.codes import ProseUse, StudyState
from service.errors import Fault, Refusal
from service.fhir_r4 import check_resource
from service.intake.envelope import envelope_of
from service.outputs.answer import states_of, withheld
from service.outputs.comparison import normalise
from service.outputs.readable import readable
from service.pipeline import derive
from service.settings import load_knowledge, read_settings
from service.store.kept import Draft, Standing
from service.store.ledger import Ledger
from tests.house.tree import ROOT
from tests.store.test_ledger import rows

NOW = datetime(2026, 9, 30, 12, 0, tzinfo=UTC)
EXAMPLES = ("brief", "hospital-outpatient", "us-core-accession", "text-only")


@cache
def knowledge():
    return load_knowledge(read_settings({"VFA_PRACTICE": str(ROOT / "examples" / "practice.yaml")}))


def example(name):
    return json_text.read((ROOT / "examples" / name / "bundle.json").read_bytes())


def answer(bundle, *, ledger=None, now=NOW, **more):
    known = knowledge()
    return derive(
        envelope_of(bundle),
        rulebook=more.get("rulebook", known.rulebook),
        practice=more.get("practice", known.practice),
        engine=more.get("engine", known.engine),
        now=now,
        ledger=ledger,
        strict=more.get("strict", False),
        prose=more.get("prose", ProseUse.REVIEW),
    )


def of_kind(found, kind):
    return [entry["resource"] for entry in found["entry"] if entry["resource"]["resourceType"] == kind]


def finding_codes(found):
    return [
        issue["details"]["coding"][0]["code"]
        for outcome in of_kind(found, "OperationOutcome")
        for issue in outcome["issue"]
    ]


def said_of(found, code):
    [issue] = [
        issue
        for outcome in of_kind(found, "OperationOutcome")
        for issue in outcome["issue"]
        if issue["details"]["coding"][0]["code"] == code
    ]
    return issue


def both(*bundles):
    return {**bundles[0], "entry": [entry for bundle in bundles for entry in bundle["entry"]]}


def spoil(bundle, kind, **elements):
    spoilt = copy.deepcopy(bundle)
    for entry in spoilt["entry"]:
        if entry["resource"]["resourceType"] == kind:
            entry["resource"] |= elements
    return spoilt


@pytest.fixture
def ledger(tmp_path):
    return Ledger(str(tmp_path / "ledger.sqlite3"))


@pytest.fixture
def database(tmp_path):
    return tmp_path / "ledger.sqlite3"


def test_the_same_input_at_the_same_instant_gives_the_same_bytes():
    assert json_text.write(answer(example("brief"))) == json_text.write(answer(example("brief")))


def test_another_instant_changes_only_what_the_written_list_says():
    later = answer(example("brief"), now=NOW + timedelta(days=3))
    assert later != answer(example("brief"))
    assert normalise(later) == normalise(answer(example("brief")))


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_ledger_changes_no_answer(ledger, name):
    assert answer(example(name), ledger=ledger) == answer(example(name))


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_was_answered_is_answered_again_on_another_day(ledger, name):
    """GC-68: a study that is sent twice is billed once; the second answer is the first."""
    first = answer(example(name), ledger=ledger)
    later = answer(example(name), ledger=ledger, now=NOW + timedelta(days=30))
    assert json_text.write(later) == json_text.write(first)


def test_every_study_of_a_bundle_has_its_own_answer(ledger):
    found = answer(
        both(example("brief"), example("text-only"), example("hospital-outpatient")), ledger=ledger
    )
    assert sorted(states_of(found)) == ["clean", "clean", "held"]
    assert len(of_kind(found, "Claim")) == 3
    assert check_resource(found) == ()


def test_a_study_answered_in_one_bundle_is_known_in_another(ledger, database):
    answer(example("brief"), ledger=ledger)
    found = answer(both(example("text-only"), example("brief")), ledger=ledger)
    assert of_kind(found, "Claim") == of_kind(answer(example("brief"), ledger=ledger), "Claim")
    assert rows(database, "claims") == 1


@pytest.mark.parametrize("kept", [True, False])
def test_a_study_that_is_in_a_bundle_under_two_addresses_is_billed_once(ledger, kept):
    """GC-68, within one Bundle."""
    twice = both(example("brief"), json_text.read(renamed(json_text.write(example("brief")))))
    found = answer(twice, ledger=ledger if kept else None)
    assert len({claim["id"] for claim in of_kind(found, "Claim")}) == len(of_kind(found, "Claim")) == 1
    assert check_resource(found) == ()


def renamed(body):
    """The same resources under other random addresses."""
    document = json_text.read(body)
    for number, entry in enumerate(document["entry"]):
        other = f"urn:uuid:00000000-0000-4000-8000-{number:012}"
        body = body.replace(entry["fullUrl"].encode(), other.encode())
    return body


def test_random_addresses_make_no_other_study(ledger, database):
    first = answer(example("brief"), ledger=ledger)
    again = answer(json_text.read(renamed(json_text.write(example("brief")))), ledger=ledger)
    assert again == first
    assert rows(database, "answers") == 1


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_the_entries_is_no_fact(ledger, database, name, seed):
    bundle = example(name)
    shuffled = Random(seed).sample(bundle["entry"], len(bundle["entry"]))
    first = answer(bundle, ledger=ledger)
    again = answer(bundle | {"entry": shuffled}, ledger=ledger, now=NOW + timedelta(days=1))
    assert of_kind(again, "Claim") == of_kind(first, "Claim")
    assert states_of(again) == states_of(first)
    assert finding_codes(again) == finding_codes(first)
    assert rows(database, "claims") == len(of_kind(first, "Claim"))


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_answer_given_again_names_the_places_of_the_bundle_it_answers(ledger, name, kept):
    other = next(each for each in EXAMPLES if each != name)
    answer(example(name), ledger=ledger)
    later = both(example(other), example(name))
    again = answer(later, ledger=ledger if kept else Draft(ledger=ledger))
    for kind in ("OperationOutcome", "Binary"):
        assert of_kind(again, kind) == of_kind(answer(later), kind)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_bundle_of_another_order_has_an_answer_of_its_own_that_is_given_again(ledger, database, name):
    answer(example(name), ledger=ledger)
    reversed_ = example(name) | {"entry": example(name)["entry"][::-1]}
    first = answer(reversed_, ledger=ledger)
    again = answer(reversed_, ledger=ledger, now=NOW + timedelta(days=9))
    assert json_text.write(again) == json_text.write(first)
    assert rows(database, "answers") == 2


def test_a_study_that_is_not_r4_is_refused_and_the_others_are_billed():
    broken = spoil(example("us-core-accession"), "DiagnosticReport", status="done")
    found = answer(both(example("brief"), broken))
    assert sorted(states_of(found)) == ["clean", "refused"]
    assert len(of_kind(found, "Claim")) == 1
    assert "FHIR-CODE" in finding_codes(found)
    assert check_resource(found) == ()
    assert "refused" in readable(found)
    assert "FHIR-CODE" in readable(found)


def test_a_refused_study_is_named_by_its_accession_number_where_that_can_be_read():
    broken = spoil(example("us-core-accession"), "DiagnosticReport", status="done")
    refused = [p["part"] for p in answer(both(example("brief"), broken))["entry"][0]["resource"]["parameter"]]
    names = {part[1]["valueCode"]: part[0]["valueString"] for part in refused}
    assert names["refused"] == number_of(broken)
    nameless = spoil(broken, "DiagnosticReport", identifier=[{"type": "ACSN", "value": 7}, "x"])
    for kind in ("ServiceRequest", "Procedure", "ImagingStudy"):
        nameless = spoil(nameless, kind, identifier={"value": ["A"]})
    refused = [
        p["part"] for p in answer(both(example("brief"), nameless))["entry"][0]["resource"]["parameter"]
    ]
    assert any(part[0]["valueString"].startswith("Bundle.entry[") for part in refused)


def number_of(bundle):
    [report] = of_kind(bundle, "DiagnosticReport")
    [number] = [each for each in report["identifier"] if each["type"]["coding"][0]["code"] == "ACSN"]
    return f"{number['system']}|{number['value']}"


def test_a_study_is_refused_for_what_it_needs():
    broken = spoil(example("us-core-accession"), "Patient", birthDate="1959-02-31")
    found = answer(both(example("brief"), broken))
    assert sorted(states_of(found)) == ["clean", "refused"]


def test_where_no_study_is_r4_the_request_is_refused_with_everything_wrong():
    broken = both(
        spoil(example("brief"), "DiagnosticReport", status="done"),
        spoil(example("us-core-accession"), "ServiceRequest", intent="wish"),
    )
    with pytest.raises(Refusal) as caught:
        answer(broken)
    assert {problem.expression[0].rsplit(".", 1)[1] for problem in caught.value.problems} == {
        "status",
        "intent",
    }


def test_a_bundle_that_is_not_r4_itself_is_refused():
    with pytest.raises(Refusal):
        answer(both(example("brief"), example("text-only")) | {"total": "many"})


def test_what_was_left_out_is_named(ledger):
    bundle = example("brief")
    found = answer(bundle | {"entry": [*bundle["entry"], {"fullUrl": "urn:uuid:nothing"}]}, ledger=ledger)
    assert "ENVELOPE-ENTRY-SKIPPED" in finding_codes(found)
    assert states_of(found) == (StudyState.CLEAN,)
    assert check_resource(found) == ()


def test_a_diagnosis_that_does_not_fit_the_record_is_named_with_the_record():
    reason = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "Z78.0"}]}
    bundle = spoil(
        spoil(example("us-core-accession"), "Patient", gender="male"), "ServiceRequest", reasonCode=[reason]
    )
    places = said_of(answer(bundle), "DIAGNOSIS-SEX")["expression"]
    assert [place.partition(".resource.")[2] for place in places] == ["reasonCode[0].coding[0]", "gender"]


def test_the_strict_setting_holds_where_a_row_is_not_sourced():
    found = answer(example("brief"), strict=True)
    assert states_of(found) == (StudyState.HELD,)
    assert of_kind(found, "Claim") == []
    said = [
        issue["details"]["text"]
        for issue in of_kind(found, "OperationOutcome")[0]["issue"]
        if issue["details"]["coding"][0]["code"] == "ROW-NOT-SOURCED"
    ]
    assert any("POS-IMAGING-CENTER" in text and "general-knowledge" in text for text in said)
    assert len(said) == len(set(said))


def test_strict_and_not_strict_are_two_engines():
    environment = {"VFA_PRACTICE": str(ROOT / "examples" / "practice.yaml")}
    strict = load_knowledge(read_settings(environment | {"VFA_STRICT_SOURCES": "true"}))
    assert (strict.strict, knowledge().strict) == (True, False)
    assert strict.engine != knowledge().engine


def test_another_engine_that_bills_the_same_sends_the_claim_that_stands(ledger, database):
    first = answer(example("brief"), ledger=ledger)
    later = answer(example("brief"), ledger=ledger, engine="e" * 64, now=NOW + timedelta(days=1))
    assert of_kind(later, "Claim") == of_kind(first, "Claim")
    assert of_kind(later, "Provenance") != of_kind(first, "Provenance")
    assert (rows(database, "claims"), rows(database, "answers")) == (1, 2)


def test_a_changed_study_is_held_and_its_claim_stands(ledger, database):
    [stands] = of_kind(answer(example("brief"), ledger=ledger), "Claim")
    changed = answer(spoil(example("brief"), "Patient", birthDate="1954-03-09"), ledger=ledger)
    assert states_of(changed) == (StudyState.HELD,)
    assert "STUDY-CHANGED" in finding_codes(changed)
    assert stands["id"] in said_of(changed, "STUDY-CHANGED")["details"]["text"]
    assert of_kind(changed, "Task")
    assert rows(database, "claims") == 1


def test_a_study_held_first_is_billed_when_it_is_complete(ledger, database):
    held = answer(spoil(example("brief"), "DiagnosticReport", status="preliminary"), ledger=ledger)
    assert states_of(held) == (StudyState.HELD,)
    assert states_of(answer(example("brief"), ledger=ledger)) == (StudyState.CLEAN,)
    assert rows(database, "claims") == 1


def test_somebody_who_bills_the_study_meanwhile_is_seen(ledger, database):
    """The ledger is asked what stands, and another writer is faster than our decision."""

    class Slower:
        """The ledger, with a faster writer between the look and the keeping."""

        def __init__(self):
            self.overtaken = False

        def answer(self, key):
            return ledger.answer(key)

        def standing(self, business_key):
            seen = ledger.standing(business_key)
            if not self.overtaken:
                self.overtaken = True
                answer(spoil(example("brief"), "Patient", birthDate="1954-03-09"), ledger=ledger)
            return seen

        def keep(self, kept, seen):
            return ledger.keep(kept, seen)

    found = answer(example("brief"), ledger=Slower())
    assert states_of(found) == (StudyState.HELD,)
    assert "STUDY-CHANGED" in finding_codes(found)
    assert rows(database, "claims") == 1


def test_a_ledger_that_never_settles_is_a_fault_and_not_an_endless_loop():
    class Restless:
        def answer(self, key):
            return None

        def standing(self, business_key):
            return Standing(fingerprint="f", claims=())

        def keep(self, kept, seen):
            return None

    with pytest.raises(Fault, match="FAULT-LEDGER") as caught:
        answer(example("brief"), ledger=Restless())
    assert caught.value.retryable


def test_a_claim_that_is_not_r4_never_leaves():
    practice = knowledge().practice
    no_code = tuple(replace(entry, taxonomy="no  code ") for entry in practice.organizations)
    held = answer(example("brief"), practice=replace(practice, organizations=no_code))
    assert "CLAIM-NOT-VALID" in finding_codes(held)
    assert states_of(held) == ("held",)
    assert withheld(held)
    assert not [e for e in held["entry"] if e["resource"]["resourceType"] == "Claim"]
    assert not withheld(answer(example("brief")))


def test_a_claim_of_ours_that_is_not_r4_holds_its_own_study_and_no_neighbour(ledger, database):
    practice = knowledge().practice
    one_bad = tuple(
        replace(entry, taxonomy="no  code ") if entry.id == "lakeside-imaging" else entry
        for entry in practice.organizations
    )
    sent = both(example("brief"), example("hospital-outpatient"))
    practice = replace(practice, organizations=one_bad, digest="another")
    found = answer(sent, practice=practice, ledger=ledger)
    assert states_of(found) == (StudyState.HELD, StudyState.CLEAN)
    alone = answer(example("hospital-outpatient"), practice=practice)
    assert of_kind(found, "Claim") == of_kind(alone, "Claim")
    assert rows(database, "claims") == len(of_kind(alone, "Claim")) == 2


def test_a_draft_sees_the_ledger_and_keeps_nothing_in_it(ledger, database):
    draft = Draft(ledger=ledger)
    answer(example("brief"), ledger=draft)
    assert rows(database, "answers") == 0
    first = answer(example("brief"), ledger=ledger)
    assert answer(example("brief"), ledger=Draft(ledger=ledger), now=NOW + timedelta(days=9)) == first


@pytest.mark.parametrize(
    ("use", "state", "said"),
    [
        (ProseUse.REVIEW, "billable", "PROSE-REVIEW"),
        (ProseUse.TRUST, "clean", "PROSE-TRUSTED"),
        (ProseUse.OFF, "held", "READING-NOT-CODED"),
    ],
)
def test_a_reading_in_words_is_worth_what_the_setting_says(use, state, said):
    found = answer(example("prose"), prose=use)
    assert (states_of(found), said in finding_codes(found)) == ((StudyState(state),), True)
    assert len(of_kind(found, "Claim")) == (use is not ProseUse.OFF)
    assert check_resource(found) == ()


def test_a_text_that_contradicts_itself_is_held_and_shown_with_both_sentences():
    shown = readable(answer(example("text-only")))
    assert "hold READING-CONTRADICTS-ITSELF" in shown
    assert "[[" in shown
    assert shown.count("TO CHECK") == 2


def test_the_words_a_claim_rests_on_are_shown_where_they_stand():
    shown = readable(answer(example("prose")))
    assert "[[New osteoporotic compression fracture of T11]]" in shown


def test_a_bundle_with_a_report_of_a_laboratory_only_is_refused():
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "category": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "LAB"}]}
        ],
        "code": {"coding": [{"system": "http://loinc.org", "code": "58410-2"}]},
        "subject": {"display": "A patient"},
    }
    with pytest.raises(Refusal) as caught:
        answer({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": report}]})
    assert [each.code for each in caught.value.problems] == ["ENVELOPE-NOTHING-OURS"]
