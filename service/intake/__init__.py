"""From FHIR to the Study. In reading order: `envelope` (which Bundle, which entries), `references` (what
a Reference means), `bundle` (which resources are one study), `reading` (its facts); below them `elements`
and `codings`.
"""
