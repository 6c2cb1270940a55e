"""A gateway of two providers and four sites, with both arms in it, for the tests of telemetry."""
