"""The report as JUnit XML: a test for each provider, one for each cluster of mismatches, one for each kind of error."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, tostring

from cutover_parity.compare._clusters import Cluster
from cutover_parity.replay._replay import ReplayReport
from cutover_parity.replay._report import shown_request

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SUITE = "cutover.parity"


def junit_report(report: ReplayReport, *, name: str = "parity") -> str:
    """Give JUnit XML; equal findings give equal bytes."""
    suite = Element("testsuite", name=f"{_SUITE}.{name}")
    failures = errors = 0
    for case, kind in _tests(report):
        suite.append(case)
        failures += kind == "failure"
        errors += kind == "error"
    suite.attrib.update(tests=str(len(suite)), failures=str(failures), errors=str(errors), skipped="0")
    text: str = tostring(suite, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites>{text}</testsuites>\n'


def _tests(report: ReplayReport) -> Iterator[tuple[Element, str]]:
    for provider, count in sorted(report.tally.providers.items()):
        case = _test(f"provider {provider}", "provider")
        SubElement(case, "system-out").text = _clean(count.statement)
        yield case, ""
    for cluster in report.clusters:
        case = _test(cluster.title, cluster.signature.layer)
        failure = SubElement(case, "failure", message=_clean(str(cluster.smallest.differences[0])), type="mismatch")
        failure.text = _clean(_detail(cluster))
        yield case, "failure"
    for cluster in report.intended:
        case = _test(f"intended: {cluster.title}", "intended")
        SubElement(case, "system-out").text = _clean(_detail(cluster))
        yield case, ""
    for error in report.errors:
        case = _test(f"{error.arm} arm: {error.message}"[:200], "error")
        SubElement(case, "error", message=_clean(error.message), type="refused").text = _clean(
            f"{error.count} cases, the first is {error.case_id}"
        )
        yield case, "error"
    case = _test("some case reaches a provider", "replay")
    if report.idle:
        SubElement(case, "error", message="no case reached a provider, so this proves nothing", type="idle")
    yield case, "error" if report.idle else ""


def _test(name: str, layer: str) -> Element:
    return Element("testcase", classname=f"{_SUITE}.{layer}", name=_clean(name))


def _detail(cluster: Cluster) -> str:
    one, request = cluster.smallest, shown_request(cluster.smallest.case)
    lines = [
        f"{cluster.count} cases, the first are: {'; '.join(cluster.cases)}",
        f"the smallest: {one.case.id}",
        f"request: {request['method']} {request['url']} {request['body']}",
        *(str(difference) for difference in one.differences),
    ]
    return "\n".join(lines)


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
