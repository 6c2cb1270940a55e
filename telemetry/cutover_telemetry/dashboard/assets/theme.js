/* Dark or light: as the system has it, unless the reader chose; the choice is kept in this browser. */

const KEPT_AS = "cutover-theme";
const DARK = matchMedia("(prefers-color-scheme: dark)");

/** Whether the page is dark now. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : DARK.matches;
}

/** Take up the kept choice, and let a button change it; `changed` is called after each change. */
export function startTheme(button, changed) {
  const kept = recall();
  if (kept) document.documentElement.dataset.theme = kept;
  button.hidden = false;
  relabel(button);
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    remember(document.documentElement.dataset.theme);
    relabel(button);
    changed();
  });
  DARK.addEventListener("change", () => {
    relabel(button);
    changed();
  });
}

function relabel(button) {
  button.textContent = isDark() ? "Light" : "Dark";
  button.setAttribute("aria-label", isDark() ? "Switch to the light theme" : "Switch to the dark theme");
}

function recall() {
  try {
    const kept = localStorage.getItem(KEPT_AS);
    return kept === "dark" || kept === "light" ? kept : null;
  } catch {
    return null;
  }
}

function remember(theme) {
  try {
    localStorage.setItem(KEPT_AS, theme);
  } catch {
    // A browser may forbid storage; the choice then lasts as long as the page.
  }
}
