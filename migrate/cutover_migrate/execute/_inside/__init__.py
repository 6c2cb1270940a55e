"""What runs in the child process: it takes functions out of two texts, runs both among recorders and compares.

Nothing in here imports anything but the standard library and `cutover_registry`.
"""
