"""The one lock of all writers: registering, binding, hooks and the switch.

Readers take no lock; they read one attribute that holds an immutable or never-again-written object. Writers are rare,
so one lock serves the process. A fork waits for a running write, and the child gets the lock free and the state whole.
The lock is never held while foreign code runs (imports, `load=` callables, hooks): that would invite a deadlock.
"""

import os
import threading

WRITING = threading.RLock()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=WRITING.acquire, after_in_parent=WRITING.release, after_in_child=WRITING.release)
