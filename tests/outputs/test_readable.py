"""What a biller reads of an answer, word for word."""

from dataclasses import replace

from service import json_text
from service.core.codes import Component
from service.outputs.answer import write_answer
from service.outputs.readable import readable
from tests.outputs.studies import (
    DIGESTS,
    NOW,
    PATIENT,
    brief_answer,
    chosen,
    claim,
    held_answer,
    line,
    split_answer,
)

BRIEF = """\
Study https://lakeside.example.com/accession|ACC-1, patient https://lakeside.example.com/mrn|MRN-1, 2026-09-15: clean
The study is billed; nothing stands against its claims.

Claim vfa-0123456789abcdef01234567 (professional)
  Payer                Medicare Part B (06302)
  Member id            1EG4TE5MK73
  Patient              Ruth Sandoval (MRN-1, born 1954-03-02, female)
  Billing provider     Lakeside Bone Imaging (NPI 1999999901, tax id 39-4567001)
  Rendering provider   Adaeze Okafor (NPI 1999999943), taxonomy 2085R0202X
  Referring provider   Lena Brandt (NPI 1999999976)
  Service facility     Lakeside Bone Imaging, Harbor Street
  Order                ACC-1
  Claim frequency      1
  Report               REP-1
  Diagnosis A          M80.08XA
  Line 1               2026-09-15, place of service 11, 77086, no modifier, diagnosis A, 1 x 150.00 USD = 150.00 USD
  Total                150.00 USD

  Why
    Claim type professional: One organization scans and reads: global [COMP-ONE-OWNER; Place of Service Code Set; entry 11]
    Patient Ruth Sandoval: The patient [Bundle.entry[4].resource]
    Payer Medicare Part B: Pays first on the day of the scan [Bundle.entry[5].resource]
    Billing provider Lakeside Bone Imaging: Owns the scanner [practice:organizations.lakeside-imaging]
    Order ACC-1: The order of the study [Bundle.entry[1].resource]
    Service facility Lakeside Bone Imaging, Harbor Street: Where the scan was done [practice:sites.harbor-street]
    Rendering provider Adaeze Okafor: Read the images [Bundle.entry[2].resource.resultsInterpreter[0]]
    Referring provider Lena Brandt: Ordered the test [Bundle.entry[1].resource.requester]
    Report REP-1: The report the claim rests on [Bundle.entry[2].resource]
    Diagnosis A M80.08XA: Osteoporotic fracture of a vertebra [DX-FRACTURE-AGE-RELATED; Place of Service Code Set; entry 11]
    Procedure 77086: VFA without a density measurement [LINES-VFA; Place of Service Code Set; entry 11]
    Modifier none: as for claim type [COMP-ONE-OWNER]
    Date of service 2026-09-15: Day of the scan [Bundle.entry[2].resource.effectiveDateTime]
    Place of service 11: Imaging centre: office [POS-IMAGING-CENTER; Place of Service Code Set; entry 11]
    Units 1: One assessment a session [UNITS; Place of Service Code Set; entry 11]
    Charge 150.00 USD: Charge of the fee schedule [practice:charges[0]]

Not billed, because
  M54.6 (diagnosis): A symptom of the fracture is not coded beside it [DX-FRACTURE-AGE-RELATED]
    would change: A reading without a definite fracture

Edits
  MUE-VFA pass, edition 2026-10-01: 1 of 1 unit

Findings
  note PAYER-STANCE: Medicare covers the test.
"""  # noqa: E501

HELD_FINDING = [
    "  hold SITE-MISSING: About site-missing.",
    "    to settle: Send it. (ordering practitioner)",
]


def text_of(*parts):
    return readable(write_answer(parts, now=NOW, digests=DIGESTS))


def test_the_claim_of_the_brief_reads_as_a_form_with_its_reasons():
    assert text_of(brief_answer()) == BRIEF


def test_an_answer_that_was_kept_reads_the_same():
    answer = write_answer([split_answer()], now=NOW, digests=DIGESTS)
    assert readable(json_text.read(json_text.write(answer))) == text_of(split_answer())


def test_a_held_study_says_what_holds_it_who_settles_it_and_how():
    lines = text_of(held_answer()).splitlines()
    assert lines[0].endswith("2026-09-15: held")
    assert lines[3:6] == ["Findings", *HELD_FINDING]
    assert not [each for each in lines if each.startswith("Claim ")]


def test_a_split_study_reads_as_two_claims_that_belong_together():
    lines = text_of(split_answer()).splitlines()
    assert "  Goes with claim      vfa-facility" in lines
    assert "  Type of bill         0131" in lines
    assert (
        "  Line 1               2026-09-15, revenue code 0320, 77086, no modifier, diagnosis A,"
        " 1 x 310.00 USD = 310.00 USD"
    ) in lines
    assert (
        "  Line 1               2026-09-16, place of service 11, 77086, modifier 26, diagnosis A B,"
        " 1 x 45.10 USD = 45.10 USD"
    ) in lines


def test_with_several_lines_each_reason_names_its_line():
    lines = (line(Component.GLOBAL, "150.00"), line(Component.GLOBAL, "90.05", sequence=2, units=chosen(2)))
    text = text_of(replace(brief_answer(), claims=(claim(lines=lines),)))
    assert "    Charge of line 2 90.05 USD: as for charge of line 1 [practice:charges[0]]\n" in text


def test_a_patient_of_the_senders_server_is_shown_with_birth_date_and_sex():
    patient = chosen(replace(PATIENT, reference="Patient/1"))
    text = text_of(replace(brief_answer(), claims=(claim(patient=patient),)))
    assert "  Patient              Ruth Sandoval (MRN-1, born 1954-03-02, female)\n" in text


def test_a_row_that_decides_two_diagnoses_is_quoted_once():
    text = text_of(split_answer())
    assert "    Diagnosis A M80.08XA: a row says so [ROW-1; Place of Service Code Set; entry 11]\n" in text
    assert "    Diagnosis B Z78.0: as for diagnosis A [ROW-1]\n" in text
