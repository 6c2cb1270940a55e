import httpx
import pytest
import respx

from deskrelay import journal
from deskrelay.app import app

UPSTREAM = "http://vendors.example"


@pytest.fixture(autouse=True)
def _fresh_desk(monkeypatch):
    monkeypatch.setenv("DESK_UPSTREAM", UPSTREAM)
    journal.clear()


@pytest.fixture
def upstream():
    """Every vendor behind one address; a request nobody expects is an error."""
    with respx.mock(base_url=UPSTREAM, assert_all_called=False) as router:
        yield router


@pytest.fixture
async def desk():
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://desk.example"
    ) as client:
        yield client


@pytest.fixture
def ticket():
    def build(**fields):
        return {"number": "T-1", "question": "Where is my parcel?", **fields}

    return build


@pytest.fixture
def completion_reply():
    def build(text="On its way.", **fields):
        usage = {"prompt_tokens": 60, "completion_tokens": 40, "total_tokens": 100}
        message = {"role": "assistant", "content": text}
        return {"choices": [{"message": message}], "usage": usage, **fields}

    return build
