"""The whole way on a FHIR server that is not ours, with the one invented study that this package carries:
written, found again, derived, written back, compared, and removed.

Read `example`, `proof`, `cleaning`, `report`.
"""
