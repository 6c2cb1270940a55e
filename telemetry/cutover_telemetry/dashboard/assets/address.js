/* What the page's address says, and going to another one without loading the page anew. */

const FILTERS = ["last", "provider", "site"];

/** The page's own links go by `go`; so do the filters, and Back and Forward. */
export function startAddress(form, go) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-filter], a[data-route], #route a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    push(link.href, go);
  });
  form.addEventListener("change", () => push(asking(form), go));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    push(asking(form), go);
  });
  addEventListener("popstate", () => go());
}

function push(href, go) {
  const target = new URL(href, location.href);
  history.pushState(null, "", target.pathname + target.search + target.hash);
  go();
}

function asking(form) {
  const asked = new URLSearchParams(location.search);
  for (const name of FILTERS) {
    const value = form.elements[name].value;
    if (value) asked.set(name, value);
    else asked.delete(name);
  }
  if (form.elements.last.value) for (const name of ["begin", "end"]) asked.delete(name);
  asked.delete("route");
  return `${location.pathname}?${asked}`;
}
