"""Records an application that cannot be edited: whatever serves it in a command's processes hands it to a recorder.

    outcome = run_recorded(["gunicorn", "shop.wsgi"], out=Path("traffic.jsonl"))

Python imports the folder `inject` as `sitecustomize` when it starts; nothing of the application is changed on disk.
"""

from cutover_parity.autorecord._run import run_recorded
from cutover_parity.autorecord._seams import SEAMS, Seam

__all__ = ["SEAMS", "Seam", "run_recorded"]
