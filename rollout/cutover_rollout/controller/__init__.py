"""The controller's decisions as functions: a rollout and evidence go in, a decision comes out. No clock, no file.

from cutover_rollout.controller import Evidence, begin, look
from cutover_rollout.plan import default_plan

rollout = begin(default_plan(), at=0.0, certified=certified).rollout
decision = look(rollout, Evidence(minutes={"groq": minutes}, certified=certified), at=60.0)
decision.verdict, decision.why, decision.rollout
"""

from cutover_rollout.controller._begin import begin
from cutover_rollout.controller._decision import Decision, Refused
from cutover_rollout.controller._document import rollout_from_document, switch_document
from cutover_rollout.controller._errors import ControllerError, NotARollout
from cutover_rollout.controller._evidence import Certified, Evidence, PairMinute, RouteMinute
from cutover_rollout.controller._json import rollout_from_json, rollout_to_json
from cutover_rollout.controller._look import look
from cutover_rollout.controller._people import advance, done, kill, pause, quarantine, release, resume, roll_back
from cutover_rollout.controller._rollout import Action, Phase, Rollout, Verdict, Waits
from cutover_rollout.controller._stored import StoreEvidence

__all__ = [
    "Action",
    "Certified",
    "ControllerError",
    "Decision",
    "Evidence",
    "NotARollout",
    "PairMinute",
    "Phase",
    "Refused",
    "Rollout",
    "RouteMinute",
    "StoreEvidence",
    "Verdict",
    "Waits",
    "advance",
    "begin",
    "done",
    "kill",
    "look",
    "pause",
    "quarantine",
    "release",
    "resume",
    "roll_back",
    "rollout_from_document",
    "rollout_from_json",
    "rollout_to_json",
    "switch_document",
]
