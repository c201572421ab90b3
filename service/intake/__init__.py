"""From FHIR to the Study: envelope.py (which Bundle, which entries)."""
