/* Both arms over time: p95 above, the share that failed below. */

import { colour, layout } from "./labels.js";

const TICKS = { tickangle: 0, nticks: innerWidth < 640 ? 4 : 10, automargin: true };
const LINES = { legacy: "dash", registry: "solid" };

/** What Plotly needs to draw the arms. */
export function armsChart({ arms, window: shown }) {
  const traces = Object.keys(LINES).flatMap((arm) => armTraces(arms, arm));
  const range = [shown.begin * 1000, shown.end * 1000];
  const axis = { gridcolor: colour("line"), zerolinecolor: colour("line"), rangemode: "tozero" };
  const extra = {
    height: 380,
    legend: { orientation: "h", x: 0, y: 1.12 },
    hovermode: "x unified",
    hoverlabel: { bgcolor: colour("panel") },
    xaxis: { type: "date", range, gridcolor: colour("line"), anchor: "y2", title: { text: "UTC" }, ...TICKS },
    yaxis: { ...axis, domain: [0.42, 1], title: { text: "p95, seconds" } },
    yaxis2: { ...axis, domain: [0, 0.3], title: { text: "failed" }, tickformat: ".0%" },
  };
  return { traces, layout: layout(extra) };
}

function armTraces(arms, arm) {
  const points = withGaps(arms.curves.filter((point) => point.arm === arm), arms.step);
  const x = points.map((point) => point.start * 1000);
  const common = { type: "scatter", mode: "lines+markers", x, name: arm, legendgroup: arm };
  const line = { color: colour(arm), dash: LINES[arm], width: 2 };
  const marker = { size: 4, color: colour(arm) };
  const failed = points.map((point) => (point.attempts ? point.failed / point.attempts : null));
  return [
    { ...common, line, marker, y: points.map((point) => point.p95), hovertemplate: "%{y:.3g} s" },
    { ...common, line, marker, y: failed, yaxis: "y2", showlegend: false, hovertemplate: "%{y:.1%} failed" },
  ];
}

/** The points with an empty one wherever slices are missing, so that no line is drawn over what is not known. */
function withGaps(points, step) {
  return points.flatMap((point, place) => {
    const before = points[place - 1];
    const missing = before && step > 0 && point.start - before.start > 1.5 * step;
    return missing ? [{ start: before.start + step, attempts: 0, failed: 0, p95: null }, point] : [point];
  });
}
