"""Random programs with dispatch, and what rewriting and running them shows.

Example: ``examine(program(17), folder)``
"""

from dispatch_fuzz._journey import Fault, Outcome, examine, gist, left_out_alone
from dispatch_fuzz._program import MAIN, Program, program
from dispatch_fuzz._report import shrunk, write_out

__all__ = ["MAIN", "Fault", "Outcome", "Program", "examine", "gist", "left_out_alone", "program", "shrunk", "write_out"]
