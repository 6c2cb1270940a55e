"""A gateway that cannot be started without a database, sign-in and a limiter of its own."""
