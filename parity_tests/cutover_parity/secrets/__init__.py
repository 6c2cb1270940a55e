"""Secrets and content: found, replaced or masked before anything is written, and looked for once more after it."""
