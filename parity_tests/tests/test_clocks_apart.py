"""A route that takes days in one arm alone costs the dates of no other route."""

from dataclasses import replace

from cutover_parity import Request, Script, Step

TALK = "lanes/routes/talk.py"
STAMPED = ('"request_id": str(uuid.uuid4())', '"at": __import__("time").time()')


def test_a_route_that_hangs_in_one_arm_alone_does_not_shift_the_dates_of_the_next_ones(gateway):
    ours = gateway("lanes")
    legacy, registry = ours.planted(TALK, *STAMPED, label="legacy"), ours.planted(TALK, *STAMPED)
    source = (registry / TALK).read_text()
    patient = 'limit = None if model == "patient" else TIMEOUTS.get(backend, 30)'
    (registry / TALK).write_text(source.replace("limit = TIMEOUTS.get(backend, 30)", patient))
    asked, *others = (case for case in ours.generated(faults=False) if case.outcome == "answer")
    hanging = replace(
        asked,
        id="hangs",
        request=Request("POST", "/v1/talk", asked.request.headers, b'{"backend":"ash","model":"patient"}'),
        script=Script(rest=Step("hang")),
    )
    report = ours.replay(registry, legacy=legacy, cases=[asked, hanging, *others])
    assert [cluster.cases for cluster in report.clusters] == [("hangs",)]
    assert report.replays == len(others) + 2
