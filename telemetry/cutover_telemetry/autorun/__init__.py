"""Telemetry for an application that is not edited: whatever serves it in a command's processes is given the middleware.

    run_instrumented(["uvicorn", "shop:app"], {"otlp": True})

Python imports the folder `inject` as `sitecustomize` when it starts; nothing of the application is changed on disk.
"""

from cutover_telemetry.autorun._run import instrumented_environment, run_instrumented

__all__ = ["instrumented_environment", "run_instrumented"]
