"""Order and report of a DXA vertebral fracture assessment in, FHIR Claim out."""

__version__ = "0.1.0"
