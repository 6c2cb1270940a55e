"""Cases: one request with what its attempts meet, recorded or generated."""
