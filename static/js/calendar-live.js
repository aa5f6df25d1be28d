// Two people at the same calendar see each other's changes: it asks every few seconds with the tag of what it shows, and
// is answered 304 while nothing has changed. It rests while nobody looks, while a card is dragged, and behind dialogs.
const EVERY = 4000;
const LONGEST = 60000;
let wait = EVERY;
let timer = null;
let place = null;

const cal = () => document.getElementById("cal");
const isPoll = (event) => event.detail.elt?.id === "cal";

const rests = () => document.hidden || document.body.classList.contains("is-dragging")
  || document.querySelector("dialog[open], #cal-new:popover-open") !== null;

const look = () => {
  clearTimeout(timer);
  timer = setTimeout(look, wait);
  if (cal() && !rests()) window.htmx?.trigger(cal(), "calendar:look");
};

document.addEventListener("htmx:configRequest", (event) => {
  if (isPoll(event)) event.detail.headers["If-None-Match"] = cal().dataset.tag;
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id !== "cal") return;
  const { xhr } = event.detail;
  // A question whose answer comes while a card is in the hand, and the page of a session that ended, change nothing.
  if (xhr.status === 304 || (isPoll(event) && (rests() || !xhr.responseText.includes('id="cal"')))) {
    event.detail.shouldSwap = false;
  }
  const grid = document.querySelector(".wk, .agenda--list, .mo-wrap");
  place = grid && { top: grid.scrollTop, left: grid.scrollLeft };
});

document.addEventListener("htmx:afterSwap", () => {
  const grid = document.querySelector(".wk, .agenda--list, .mo-wrap");
  if (place && grid) Object.assign(grid, { scrollTop: place.top, scrollLeft: place.left });
  place = null;
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (isPoll(event)) wait = event.detail.failed || !event.detail.xhr.status ? Math.min(wait * 2, LONGEST) : EVERY;
});

// A question that fails is asked again, without a word.
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (isPoll(event)) event.stopImmediatePropagation();
  }, true);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) look();
});
document.addEventListener("close", (event) => {
  if (event.target.matches?.("dialog")) setTimeout(look, 100);
}, true);

timer = setTimeout(look, wait);
