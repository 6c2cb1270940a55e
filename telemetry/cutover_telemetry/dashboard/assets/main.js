/* The page once it is there: fresh figures into it, and what its buttons do. */

import { act } from "./actions.js";
import { startAddress } from "./address.js";
import { redrawCharts, showCharts } from "./charts.js";
import { listen, startLive } from "./live.js";
import { become, becomeChildren } from "./nodes.js";
import { sortBy } from "./sorting.js";
import { startTheme } from "./theme.js";

const form = document.getElementById("filters");

/** Put fresh figures into the page; the filters stay as they are under a hand that is in them. */
function show(parts) {
  for (const [name, data] of Object.entries(parts.panels)) become(document.getElementById(name), data);
  if (parts.filters && !form.contains(document.activeElement)) becomeChildren(form, parts.filters);
  if (parts.as_of !== null) becomeChildren(document.getElementById("as-of"), [parts.as_of]);
  if (parts.charts) showCharts(parts.charts);
}

/** Show what the address asks for. */
async function go() {
  const asked = location.search;
  const answer = await fetch(`/api/page${asked}`, { cache: "no-store" });
  if (!answer.ok) return location.reload();
  const parts = await answer.json();
  if (asked !== location.search) return undefined;
  show(parts);
  if (parts.filters) choose(parts.filters);
  if (location.hash) document.getElementById(location.hash.slice(1))?.focus();
  return listen();
}

/** Have the filters show what is chosen; a select that a person touched does not follow its options by itself. */
function choose(filters) {
  becomeChildren(form, filters);
  for (const option of form.querySelectorAll("option")) option.selected = option.hasAttribute("selected");
}

function start() {
  const first = JSON.parse(document.getElementById("overview").textContent);
  startTheme(document.getElementById("theme"), redrawCharts);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.sort");
    if (button) sortBy(button);
    const action = event.target.closest("button[data-action]");
    if (action) act(action);
  });
  if (first) showCharts(first);
  if (!form) return;
  startAddress(form, go);
  startLive(show, document.getElementById("pause"));
}

start();
