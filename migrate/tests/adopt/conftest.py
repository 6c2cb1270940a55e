"""Hand-written failover loops of every shape, and a way to adopt, prove and run them."""

import itertools
import textwrap
from dataclasses import dataclass

import pytest

from cutover_migrate.adopt import Adopted, adopt_file
from cutover_migrate.certificate import certify_adoption
from cutover_migrate.find import parse_source
from cutover_registry import ProviderRegistry

REGISTRY = "gateway.provider_registry"
HEAD = f'''"""A gateway."""

from {REGISTRY} import bind_providers

(CHAT, STREAM) = bind_providers(globals(), "chat", "stream")


def ask(provider):
    provider_config = CHAT.resolve(provider)
    return provider_config.make_request()


def should_go_on(error):
    seen.append(("decided", str(error)))
    return error.status in (401, 503)


def mapped(error):
    seen.append(("mapped", str(error)))
    return Status(error.status)


'''

SHAPES = {
    "mapped error, guard and return": '''
def chat(chain):
    last = None
    for index, provider in enumerate(chain):
        try:
            answer = ask(provider)
            log("via", provider, index + 1)
            return answer  # the answer
        except Exception as exc:
            error = mapped(exc)
            last = error
            if index < len(chain) - 1 and should_go_on(error):
                log("trying", chain[index + 1])
                continue
            raise error
    raise last or LookupError("nobody")
''',
    "break, and bookkeeping behind the loop": '''
def chat(chain):
    done = None
    for i, name in enumerate(chain):
        try:
            done = ask(name)
            served = name
            break
        except Status as exc:
            if i + 1 < len(chain) and should_go_on(exc):
                continue
            raise
    if done is None:
        raise LookupError("nobody")
    return done, served, i + 1
''',
    "counted from one, raise first": '''
def chat(chain):
    for number, provider in enumerate(chain, start=1):
        try:
            return ask(provider)
        except Status as exc:
            if number == len(chain) or not should_go_on(exc):
                log("giving up", number)
                raise
            log("next is", chain[number])
''',
    "nested tests": '''
def chat(chain):
    for i, provider in enumerate(chain):
        try:
            answer = ask(provider)
        except Status as exc:
            if should_go_on(exc):
                if i < len(chain) - 1:
                    log("trying", chain[i + 1])
                    continue
            raise
        else:
            return answer
''',
    "last one first": '''
def chat(chain):
    for i, provider in enumerate(chain):
        try:
            return ask(provider)
        except Status as exc:
            if i == len(chain) - 1:
                raise
            if exc.status == 401:
                log("keys", provider)
                continue
            if not should_go_on(exc):
                raise
''',
    "by number alone": '''
def chat(chain):
    for i in range(len(chain)):
        provider = chain[i]
        try:
            return ask(provider)
        except Status as exc:
            if not (i != len(chain) - 1 and should_go_on(exc)):
                raise
            log("after", provider, "comes", chain[i + 1])
''',
    "no number at all": '''
def chat(chain):
    errors = []
    for provider in chain:
        try:
            return ask(provider)
        except Status as exc:
            errors.append((provider, str(exc)))
    raise LookupError(errors)
''',
    "several handlers": '''
def chat(chain):
    for i, provider in enumerate(chain):
        try:
            answer = ask(provider)
        except KeyError:
            log("no such", provider)
            continue
        except Status as exc:
            if exc.status == 400:
                raise
            if i >= len(chain) - 1:
                raise
        else:
            log("done", provider)
            return answer
''',
    "a name for the last place": '''
def chat(chain):
    last = len(chain) - 1
    for i, provider in enumerate(chain):
        try:
            return ask(provider), i
        except Status as exc:
            if i < last and exc.status != 400:
                log("on", chain[i + 1])
                continue
            raise
''',
    "a method, with what is left behind an else": '''
class Desk:
    def __init__(self, chain):
        self.chain = chain

    def goes_on(self, error):
        return should_go_on(error)

    def ask(self, provider):
        provider_config = CHAT.resolve(provider)
        return provider_config.make_request()

    def chat(self):
        for i, provider in enumerate(self.chain):
            try:
                answer = self.ask(provider)
                break
            except Status as exc:
                if i < len(self.chain) - 1 and self.goes_on(exc):
                    continue
                break
        else:
            answer = "nobody"
        return answer


def chat(chain):
    return Desk(chain).chat()
''',
    "a generator of chunks": '''
def chunks(chain):
    for i, provider in enumerate(chain):
        try:
            yield ask(provider)
            yield provider
            return
        except Status as exc:
            if len(chain) - 1 > i and should_go_on(exc):
                continue
            raise


def chat(chain):
    return list(chunks(chain))
''',
    "within a context, with a finally": '''
def chat(chain):
    for i, provider in enumerate(chain):
        with open_span(provider) as span:
            try:
                return ask(provider)
            except Status as exc:
                span.append(str(exc))
                if i < len(chain) - 1 and should_go_on(exc):
                    log("next", chain[i + 1])
                    continue
                raise
            finally:
                log("over", provider, span)
''',
}  # fmt: skip


class Status(Exception):
    def __init__(self, status):
        super().__init__(f"status {status}")
        self.status = status


class Span(list):
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


class Site:
    """Stands for a bound site: each attempt gives what the schedule says."""

    def __init__(self, schedule, seen):
        self._steps, self._seen = itertools.cycle(schedule), seen

    def resolve(self, provider):
        self._seen.append(("asked", provider))
        self._provider = provider
        return self

    def make_request(self):
        step = next(self._steps)
        if isinstance(step, int):
            raise Status(step)
        if isinstance(step, str):
            raise KeyError(step)
        return f"{self._provider} answered"


def run(text, chain, schedule):
    """What a gateway's text does: everything that was seen, and what came out."""
    seen = []
    registry, site = ProviderRegistry(), Site(schedule, seen)
    body = "\n".join(line for line in text.splitlines() if not line.startswith(f"from {REGISTRY}"))
    globals_ = {
        "bind_providers": lambda *_: (site, site),
        "get_provider_registry": lambda: registry,
        "seen": seen,
        "log": lambda *told: seen.append(("logged", *map(str, told))),
        "open_span": lambda provider: Span([provider]),
        "Status": Status,
    }
    exec(compile(body, "gateway", "exec"), globals_)
    try:
        return seen, globals_["chat"](list(chain))
    except Exception as error:
        context = error.__context__
        return seen, (repr(error), repr(error.__cause__), repr(context), error.__suppress_context__)


@dataclass(frozen=True)
class Done:
    """A text before and after, and what became of its loops."""

    before: str
    after: str
    loops: tuple

    @property
    def adopted(self):
        return [loop for loop in self.loops if isinstance(loop, Adopted)]

    @property
    def codes(self):
        return [loop.code for loop in self.loops if not isinstance(loop, Adopted)]

    def proof(self, after=None):
        return certify_adoption(
            before={"gateway.py": self.before.encode()},
            after={"gateway.py": (self.after if after is None else after).encode()},
            registry_module=REGISTRY,
        )

    def lines(self):
        """The lines that are new, without their indentation."""
        old = self.before.splitlines()
        return [line.strip() for line in self.after.splitlines() if line not in old]


@pytest.fixture(scope="session")
def shapes():
    return SHAPES


@pytest.fixture(scope="session")
def adopt():
    def adopt(listing, **options):
        before = HEAD + textwrap.dedent(listing).lstrip("\n")
        done = adopt_file(parse_source("gateway.py", before.encode()), registry_module=REGISTRY, **options)
        return Done(before, done.text, done.loops)

    return adopt


@pytest.fixture(scope="session")
def behaves():
    return run


def pytest_generate_tests(metafunc):
    if "shape" in metafunc.fixturenames:
        metafunc.parametrize("shape", list(SHAPES))
