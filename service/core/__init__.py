"""The pure core: no clock, file, network, log, FHIR or web library.

In reading order: `codes` and `finding_codes` (vocabularies), `study` and `practice` (what is known),
`rulebook` (rows in force on a day), `decision` (a value and why), the deciders, `decide` (asks them in
order), `claim` (the neutral claim).
"""
