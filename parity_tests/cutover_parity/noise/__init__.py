"""Noise: rules for what differs between two runs of the same code."""
