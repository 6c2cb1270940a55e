import signal
import threading

import httpx

from cutover_parity import read_recording, record


def test_recording_in_this_process_says_its_address_and_counts(tmp_path, monkeypatch):
    (tmp_path / "served_here.py").write_text(
        "async def app(scope, receive, send):\n"
        "    assert scope['type'] == 'http'\n"
        "    await send({'type': 'http.response.start', 'status': 204, 'headers': []})\n"
        "    await send({'type': 'http.response.body'})\n"
    )
    monkeypatch.setattr("sys.path", [*__import__("sys").path])
    monkeypatch.setattr("sys.path_hooks", [*__import__("sys").path_hooks])
    said = []

    def visit(url):
        said.append(url)
        threading.Thread(target=_visit_and_stop, args=(url,)).start()

    out = tmp_path / "r.jsonl"
    handler = signal.getsignal(signal.SIGTERM)
    assert record("served_here:app", root=tmp_path, out=out, port=0, on_ready=visit).recorded == 1
    assert signal.getsignal(signal.SIGTERM) is handler
    assert said[0].startswith("http://127.0.0.1:")
    assert not said[0].endswith(":0")
    assert [route.request.url for route in read_recording(out).routes] == ["/here?a=1"]


def _visit_and_stop(url):
    assert httpx.get(f"{url}/here?a=1").status_code == 204
    signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)
