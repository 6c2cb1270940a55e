/* The failovers as a Sankey diagram: away on the left, to on the right, as wide as they are frequent. */

import { colour, layout, plain } from "./labels.js";

/** What Plotly needs to draw the failovers. */
export function failoversChart({ failovers }) {
  const away = [...new Set(failovers.map((edge) => edge.away))];
  const to = [...new Set(failovers.map((edge) => edge.to))];
  const node = {
    label: [...away, ...to].map(plain),
    color: [...away.map(() => colour("bad")), ...to.map(() => colour("good"))],
    pad: 12,
    thickness: 14,
    line: { width: 0 },
    hovertemplate: "%{label}: %{value} failovers<extra></extra>",
  };
  const link = {
    source: failovers.map((edge) => away.indexOf(edge.away)),
    target: failovers.map((edge) => away.length + to.indexOf(edge.to)),
    value: failovers.map((edge) => edge.failovers),
    customdata: failovers.map((edge) => [edge.lost.toFixed(2), edge.saved]),
    color: failovers.map(() => colour("sankey")),
    hovertemplate:
      "%{source.label} to %{target.label}: %{value} failovers, %{customdata[0]} s lost, " +
      "%{customdata[1]} requests saved<extra></extra>",
  };
  const height = Math.max(220, Math.min(640, 28 * Math.max(away.length, to.length) + 60));
  return { traces: [{ type: "sankey", node, link }], layout: layout({ height, margin: { l: 8, r: 8, t: 12, b: 12 } }) };
}
