"""Our switch as a provider of OpenFeature: one flag that says which arm serves a provider at a site.

    openfeature.api.set_provider(SwitchProvider())
    client.get_string_value("cutover-arm", "legacy", EvaluationContext("user-1", {"site": "chat", "provider": "near"}))

It answers from the switch of this process, without input or output. Inside a served route, a context without a
targeting key asks for that route.
"""

# ruff: noqa: ARG002  OpenFeature's methods take more than an arm has a use for

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NoReturn, TypeVar

from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import FlagNotFoundError, InvalidContextError, TypeMismatchError
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType
from openfeature.provider import AbstractProvider, Metadata

from cutover_registry import ProviderRegistry, current_switch, route_key
from cutover_rollout.openfeature._answer import answer

ARM_FLAG = "cutover-arm"
Value = TypeVar("Value", bool, str)


class SwitchProvider(AbstractProvider):
    """Evaluates the flag from the switch.

    The value is "legacy" or "registry" as a string, and whether it is the registry arm as a boolean. The evaluation
    context has `site` and `provider`, and may have the route's key as targeting key, `tenant` and `headers`.

    Args:
        flag: The name of the flag.
    """

    def __init__(self, *, flag: str = ARM_FLAG) -> None:
        super().__init__()
        self._flag = flag

    def initialize(self, evaluation_context: EvaluationContext) -> None:
        """Have this process read its switch file, as `bind_providers` does, if nothing had it do so yet."""
        ProviderRegistry().bind({})

    def get_metadata(self) -> Metadata:
        """Who answers."""
        return Metadata(name="provider-cutover switch")

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """Whether the registry arm is on."""
        return self._details(flag_key, evaluation_context, {"legacy": False, "registry": True})

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """The arm by its name."""
        return self._details(flag_key, evaluation_context, {"legacy": "legacy", "registry": "registry"})

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        """An arm is no number."""
        self._mismatch(flag_key, "an integer")

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        """An arm is no number."""
        self._mismatch(flag_key, "a float")

    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[FlagValueType] | Mapping[str, FlagValueType],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Sequence[FlagValueType] | Mapping[str, FlagValueType]]:
        """An arm is no object."""
        self._mismatch(flag_key, "an object")

    def _details(
        self, flag_key: str, context: EvaluationContext | None, values: Mapping[str, Value]
    ) -> FlagResolutionDetails[Value]:
        self._check_flag(flag_key)
        attributes = {} if context is None else context.attributes
        site, provider = _text(attributes, "site"), _text(attributes, "provider")
        with _asked_route(None if context is None else context.targeting_key, attributes):
            said = answer(current_switch(), site, provider)
        metadata = {"because": said.because} | ({} if said.share is None else {"share": said.share})
        return FlagResolutionDetails(values[said.arm], reason=said.reason, variant=said.arm, flag_metadata=metadata)

    def _check_flag(self, flag_key: str) -> None:
        if flag_key != self._flag:
            raise FlagNotFoundError(f"there is no flag {flag_key!r} here, the switch answers {self._flag!r}")

    def _mismatch(self, flag_key: str, kind: str) -> NoReturn:
        self._check_flag(flag_key)
        raise TypeMismatchError(f"flag {flag_key!r} is a boolean or a string, not {kind}")


def _text(attributes: Mapping[str, Any], name: str) -> str:
    found = attributes.get(name)
    if not isinstance(found, str) or not found:
        raise InvalidContextError(f"the evaluation context has {name} {found!r}; give the name of a {name}")
    return found


def _asked_route(key: str | None, attributes: Mapping[str, Any]) -> AbstractContextManager[None]:
    """The route that the context describes; where it describes none, the one that is being served."""
    tenant, headers = attributes.get("tenant"), attributes.get("headers", {})
    if tenant is not None and not isinstance(tenant, str):
        raise InvalidContextError(f"the evaluation context has tenant {tenant!r}; a tenant is text")
    if not isinstance(headers, Mapping) or not all(isinstance(text, str) for text in (*headers, *headers.values())):
        raise InvalidContextError(f"the evaluation context has headers {headers!r}; they are an object of texts")
    if not key and tenant is None and not headers:
        return nullcontext()
    return route_key(key, tenant=tenant, headers=headers)
