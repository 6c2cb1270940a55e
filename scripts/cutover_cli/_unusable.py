"""What the command line itself refuses; light, since every command needs it."""


class Unusable(Exception):
    """What was given cannot be used; nothing was written. Exit code 2."""
