"""The sealed way back from a case reference to a person: sealing, content, log, destruction."""
