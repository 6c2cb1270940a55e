/* Charts are drawn once they are seen, by Plotly, which is loaded for the first of them. */

import { armsChart } from "./arms.js";
import { failoversChart } from "./failovers.js";

const MAKERS = { failovers: failoversChart, arms: armsChart };
const OPTIONS = { displayModeBar: false, responsive: true };
const seen = new WeakSet();
let figures = null;
let loading = null;

/** Draw from these figures, now or when a chart comes into sight. */
export function showCharts(fresh) {
  figures = fresh;
  for (const place of document.querySelectorAll("[data-chart]")) {
    if (seen.has(place)) draw(place);
    else watcher.observe(place);
  }
}

/** Draw what was drawn again, in the colours of another theme. */
export function redrawCharts() {
  if (figures) showCharts(figures);
}

const watcher = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      seen.add(target);
      draw(target);
    }
  },
  { rootMargin: "200px" },
);

async function draw(place) {
  if (!figures) return;
  try {
    const plotly = await library();
    const { traces, layout } = MAKERS[place.dataset.chart](figures);
    await plotly.react(place, traces, layout, OPTIONS);
    place.dataset.state = "drawn";
  } catch (error) {
    place.dataset.state = "failed";
    console.error("a chart could not be drawn", error);
  }
}

function library() {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = document.body.dataset.plotly;
    script.addEventListener("load", () => resolve(window.Plotly));
    script.addEventListener("error", () => {
      loading = null;
      reject(new Error("the charting library could not be loaded"));
    });
    document.head.append(script);
  });
  return loading;
}
