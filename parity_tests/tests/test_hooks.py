"""The user's hooks file: when each hook runs, what it may give, and how its mistakes are told."""

import json
import re
from pathlib import Path

import pytest

from cutover_parity import AppNotLoaded, ArmSpec, Case, Request, Script
from cutover_parity.arms._arm import Arm, ArmSetup

APP = """
import os
from contextvars import ContextVar

USER = ContextVar("user", default="nobody")
WORD = os.environ["WORD"]
SEEN = []

def speak():
    raise RuntimeError("no voice here")

async def app(scope, receive, send):
    if scope["type"] != "http":
        raise RuntimeError("no lifespan here")
    said = f"{WORD} {speak()} {USER.get()}"
    SEEN.append(scope["path"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": said.encode()})
"""
SPEECH = """
from unittest.mock import patch
def environment(): return {"WORD": "hush"}
def before_import(): return patch("uuid.uuid4", lambda: "one")
def after_import(app): return [patch("app.speak", lambda: "well"), patch("app.SEEN", ["from the hook"])]
"""
NEEDED = """
def environment(): return {"WORD": "w"}
def after_import(app):
    import app as module
    module.speak = str
"""


@pytest.fixture
def arm(tmp_path):
    def make(hooks, app=APP):
        (tmp_path / "app.py").write_text(app)
        (tmp_path / "cutover_hooks.py").write_text(hooks)
        spec = ArmSpec(tmp_path, "app:app", hooks=tmp_path / "cutover_hooks.py")
        return Arm(spec, ArmSetup("calls", {}, [], b"k" * 32, limit=5.0))

    return make


@pytest.fixture
def observed(arm):
    def run(hooks, *urls, app=APP):
        with arm(hooks, app) as running:
            running.wait_until_ready()
            observations = []
            for url in urls or ("/",):
                running.send(Case(url, Request("GET", url), Script(), "answer"))
                observations.append(json.loads(running.reply(url).observation))
            return observations

    return run


def body(observation):
    return "".join(observation["answer"]["chunks"])


def test_variables_and_patches_are_there_when_the_application_is_imported_and_stay(observed):
    first, second = observed(SPEECH, "/1", "/2")
    assert (body(first), body(second)) == ("hush well nobody", "hush well nobody")


def test_a_hook_may_be_written_with_one_yield_or_be_a_coroutine_function(observed):
    hooks = """
import sys
async def environment(): return {"WORD": "w"}
async def after_import(app):
    sys.modules["app"].speak = lambda: "patched"
    yield
def route(request):
    token = sys.modules["app"].USER.set(request.url)
    yield
    sys.modules["app"].USER.reset(token)
"""
    assert [body(seen) for seen in observed(hooks, "/a", "/b")] == ["w patched /a", "w patched /b"]


def test_an_application_that_a_hook_gives_is_used_in_place_of_the_imported(observed):
    hooks = """
def environment(): return {"WORD": "w"}
def after_import(app):
    async def other(scope, receive, send):
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})
    return other
"""
    assert observed(hooks)[0]["answer"]["status"] == 204


def test_a_route_hook_that_gives_nothing_just_runs_before_each_case(observed):
    hooks = NEEDED + "RAN = []\ndef route(request): RAN.append(request.method)\ndef state(): return RAN\n"
    assert [seen["state"] for seen in observed(hooks, "/1", "/2")] == [["GET"], ["GET", "GET"]]


def test_the_state_is_part_of_the_observation_only_where_a_hook_shows_it(observed):
    assert "state" not in observed(NEEDED)[0]
    assert observed(NEEDED + "def state():\n    import app\n    return {'seen': app.SEEN}\n", "/x")[0]["state"] == {
        "seen": ["/x"]
    }


def test_what_a_route_hook_draws_is_the_same_in_every_arm(observed):
    hooks = NEEDED + "import time, uuid\ndef route(request): DREW.append([time.time(), uuid.uuid4().hex])\nDREW = []\n"
    hooks += "def state(): return DREW\n"
    assert observed(hooks)[0]["state"] == observed(hooks)[0]["state"]


@pytest.mark.parametrize(
    ("hooks", "says"),
    [
        ("def after_imports(app): pass\n", "it has 'after_imports', which is no hook; did you mean 'after_import'?"),
        ("x = 1\n", "none of its names is a hook; there are environment, before_import, after_import, route, state"),
        ("import nothing_of_that_name\n", "it cannot be imported: ModuleNotFoundError: No module named"),
        ("def environment(): return {'A': 1}\n", "environment() of {path} gave {'A': 1}, not a dict of texts"),
        ("def before_import():\n    raise KeyError('x')\n", "before_import() of {path} raised KeyError in line 2: 'x'"),
        ("def before_import(): return 7\n", "before_import() of {path} gave a int, not a context manager"),
        (NEEDED + "    return 7\n", "after_import() of {path} gave a int, not an application"),
    ],
)
def test_a_hook_that_cannot_be_used_is_named_with_its_file_and_line(arm, tmp_path, hooks, says):
    with arm(hooks) as running, pytest.raises(AppNotLoaded) as refused:
        running.wait_until_ready()
    assert says.replace("{path}", str(tmp_path / "cutover_hooks.py")) in str(refused.value)


@pytest.mark.parametrize(
    ("hooks", "says"),
    [
        ("def route(request):\n    1 / 0\n", "raised ZeroDivisionError in line"),
        ("def route(request):\n    yield\n    1 / 0\n", "raised ZeroDivisionError in line"),
        ("def route(request): return 7\n", "gave a int, not a context manager"),
    ],
)
def test_a_route_hook_that_fails_is_an_error_of_its_case(observed, hooks, says):
    first, second = observed(NEEDED + hooks, "/1", "/2")
    for seen in (first, second):
        assert "the hook route() of" in seen["escapes"][0]
        assert says in seen["escapes"][0]


def test_helpers_of_any_other_name_are_left_alone(observed):
    hooks = NEEDED + "def _routes(): pass\ndef fake_user(): pass\nimport os as environments\n"
    assert body(observed(hooks)[0]) == "w  nobody"


GATEWAY = {
    "database.py": "def get_session(): raise RuntimeError('no database here')\n",
    "security.py": "def signed_in(): raise RuntimeError('no sign-in here')\n",
    "limits.py": "def check(): raise RuntimeError('no limiter here')\n",
    "mail.py": "def send(): raise RuntimeError('no mail here')\n",
    "main.py": """
import redis
from fastapi import Depends, FastAPI

from src import limits, mail
from src.database import get_session
from src.security import signed_in

redis.Redis().ping()
app = FastAPI()


@app.post("/use")
def use(user=Depends(signed_in), database=Depends(get_session)):
    limits.check()
    mail.send()
    database.execute("insert into usage values (?, 'near', 3)", (user["id"],))
    return user
""",
}


def test_the_example_of_the_page_runs(tmp_path):
    page = Path(__file__).parents[2] / "docs" / "how-to" / "arms.md"
    (listing,) = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    (tmp_path / "src").mkdir()
    for name, source in GATEWAY.items():
        (tmp_path / "src" / name).write_text(source)
    (tmp_path / "redis.py").write_text("class Redis:\n    def ping(self): raise OSError('no redis here')\n")
    (tmp_path / "cutover_hooks.py").write_text(listing)
    spec = ArmSpec(tmp_path, "src.main:app", hooks=tmp_path / "cutover_hooks.py")
    with Arm(spec, ArmSetup("calls", {}, [], b"k" * 32, limit=5.0)) as arm:
        arm.wait_until_ready()
        for number in "12":
            arm.send(Case(number, Request("POST", "/use"), Script(), "answer"))
            observation = json.loads(arm.reply(number).observation)
            assert observation["state"] == [{"<tuple>": [1, "near", 3]}]
            assert observation["answer"]["status"] == 200
