"""Which arm the switch gives, and why, in the words of OpenFeature. The arm is the switch's own answer."""

from dataclasses import dataclass

from openfeature.flag_evaluation import Reason

from cutover_registry import SwitchRule, SwitchSnapshot, current_route


@dataclass(frozen=True, slots=True)
class Answer:
    """An arm and its reason.

    Attributes:
        arm: "legacy" or "registry".
        reason: What OpenFeature calls it.
        because: What decided: "kill", "quarantine", "held", "arm", "share", "no key" or "no rule".
        share: The share that decided, if one did.
    """

    arm: str
    reason: Reason
    because: str
    share: float | None = None


def answer(switch: SwitchSnapshot, site: str, provider: str) -> Answer:
    """The arm of this provider at this site for the route that is being served, or outside of any."""
    route = current_route()
    arm = switch.arm(site, provider, route)
    if switch.kill or provider in switch.quarantined:
        return Answer(arm, Reason.DISABLED, "kill" if switch.kill else "quarantine")
    if switch.held is not None:
        return Answer(arm, Reason.STATIC, "held")
    rule = next((rule for rule in reversed(switch.rules) if rule.matches(site, provider) and _speaks(rule)), None)
    if rule is None:
        return Answer(arm, Reason.DEFAULT, "no rule")
    if rule.fixed is not None:
        return Answer(arm, Reason.TARGETING_MATCH, "arm" if rule.share is None else "share", rule.share)
    if route is None or route.key is None:
        return Answer(arm, Reason.DEFAULT, "no key", rule.share)
    return Answer(arm, Reason.SPLIT, "share", rule.share)


def _speaks(rule: SwitchRule) -> bool:
    route = current_route()
    if route is None:
        return not rule.conditional
    header = rule.header
    return rule.tenant in (None, route.tenant) and (header is None or route.header(header[0]) == header[1])
