"""Arms: an application in a process of its own, its stubs, its hooks, and what it is asked."""
