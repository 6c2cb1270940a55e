"""Recorders: what is noted of a served route, where it waits, and who writes it."""
