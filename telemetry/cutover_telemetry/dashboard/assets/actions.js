/* What the page may do: one button an action, asked about once more before it is done. */

/** Do the action of a button, and say what came of it. */
export async function act(button) {
  const name = button.dataset.action;
  if (!confirm(`Really ${button.textContent}?`)) return;
  button.disabled = true;
  saying("under way …");
  try {
    saying(await asked(name));
  } catch {
    saying("The dashboard could not be reached; whether it was done is not known.");
  } finally {
    button.disabled = false;
  }
}

async function asked(name) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`/api/actions/${encodeURIComponent(name)}`, { method: "POST", headers, body: "{}" });
  if (answer.status === 401) location.assign("/sign-in");
  const told = await answer.json();
  if (!answer.ok) return `Not done: ${told.error}.`;
  return [`Done: ${told.done}.`, told.result?.reach].filter(Boolean).join(" ");
}

function saying(words) {
  document.getElementById("action-said").textContent = words;
}
