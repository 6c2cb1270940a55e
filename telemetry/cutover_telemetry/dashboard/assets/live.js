/* Server-sent events: live, paused or lost; what is lost is tried again, each time a little later. */

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;
const SILENCE = 35000;
const WORDS = { live: "live", paused: "paused", fixed: "a fixed time range", joining: "connecting …" };

let source = null;
let timer = null;
let watchdog = null;
let wait = FIRST_WAIT;
let tell = null;
let paused = false;

/** Begin to listen; `told` is called with each fresh overview. */
export function startLive(told, pause) {
  tell = told;
  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? "Go on" : "Pause";
    listen();
  });
  document.addEventListener("visibilitychange", listen);
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => event.persisted && listen());
  listen();
}

/** Listen to what the address asks for now. */
export function listen() {
  stop();
  if (paused) return say("paused");
  if (document.hidden) return undefined;
  say("joining");
  source = new EventSource(`/events${location.search}`);
  source.addEventListener("open", alive);
  source.addEventListener("beat", alive);
  source.addEventListener("parts", (event) => {
    alive();
    tell(JSON.parse(event.data));
  });
  source.addEventListener("error", lost);
  return undefined;
}

function alive() {
  wait = FIRST_WAIT;
  say(new URLSearchParams(location.search).has("end") ? "fixed" : "live");
  clearTimeout(watchdog);
  watchdog = setTimeout(lost, SILENCE);
}

function lost() {
  stop();
  say("lost", `connection lost, next try in ${Math.round(wait / 1000)} s`);
  timer = setTimeout(again, wait);
  wait = Math.min(wait * 2, LONGEST_WAIT);
}

/** Before a new try it is seen whether we are let in still; if not, the page shows where to sign in. */
async function again() {
  try {
    const answer = await fetch(`/api/page${location.search}`, { cache: "no-store" });
    if (answer.status === 401) return location.reload();
  } catch {
    return lost();
  }
  return listen();
}

function stop() {
  source?.close();
  source = null;
  clearTimeout(timer);
  clearTimeout(watchdog);
}

function say(state, words) {
  const place = document.getElementById("live");
  const text = words ?? WORDS[state];
  place.dataset.state = state;
  if (place.textContent !== text) place.textContent = text;
}
