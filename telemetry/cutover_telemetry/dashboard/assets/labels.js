/* What charts share: labels that Plotly takes for text, and the colours of the theme. */

const LONGEST = 40;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A name as Plotly may have it: it reads some HTML in labels, so nothing of a name may look like it. */
export function plain(name) {
  const seen = name.replace(UNSEEN, (each) => `\\u${each.codePointAt(0).toString(16).padStart(4, "0")}`);
  const short = seen.length > LONGEST ? `${seen.slice(0, LONGEST - 1)}…` : seen;
  return short.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A colour of the style sheet by its name. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** The layout that every chart begins with. */
export function layout(extra) {
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: colour("text"), family: "system-ui, sans-serif", size: 13 },
    margin: { l: 56, r: 12, t: 24, b: 40 },
    ...extra,
  };
}
