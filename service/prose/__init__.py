"""Prose: a report as it was written -> facts with the words that say them, or what was not understood.

Pure: text and vocabulary in, `ProseReading` out; imports only `service.core`. The vocabulary stands in
`mappings/reading/`. The way: `tokens` -> `document` (sections, sentences) -> `terms` and `levels` ->
`clauses` (scope) -> `vertebrae`, `session`, `patient` -> `resolve` -> `read`.
"""
