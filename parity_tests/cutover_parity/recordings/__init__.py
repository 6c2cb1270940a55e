"""Recordings on disk: segments, reading as a stream, and how what was scrubbed is recognised again."""
