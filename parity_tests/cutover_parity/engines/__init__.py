"""Engines: who drives the lanes of a replay. Whoever does, the report is the same, byte for byte.

replay(legacy, registry, cases, plan=plan, engine=Pool(4))
"""

from cutover_parity.engines._in_process import InProcess
from cutover_parity.engines._pool import Pool
from cutover_parity.engines._protocol import Engine
from cutover_parity.engines._ray import RayCluster

__all__ = ["Engine", "InProcess", "Pool", "RayCluster"]
