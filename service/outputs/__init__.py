"""What goes out: the neutral claim, the decision and its reasons as FHIR R4 (and as text for a biller).

In reading order: `codings` (canonical systems), `contained` and `parties` (who is referred to), `fhir_claim`,
`operation_outcome`, `task`, `provenance`, `reasons` and `explanation` (why each value is there), `answer`
(the Bundle of all of them), `readable` (that Bundle as text), `comparison` (what two equal answers may
differ in), `code_systems`, `concept_maps`, `value_sets`, `capability` and `published` (what we publish about
ourselves).
"""
