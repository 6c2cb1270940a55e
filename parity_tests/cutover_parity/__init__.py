"""Parity harness."""
