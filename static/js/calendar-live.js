// Two people at the same calendar see each other's changes: it asks every few seconds with the tag of what it shows, and
// is answered 304 while nothing has changed. It rests while nobody looks, while a card is dragged, and behind dialogs.
// By fetch, so that a question that fails is nobody's error: it is asked again, less and less often.
const EVERY = 4000;
const LONGEST = 60000;
let wait = EVERY;
let timer = null;
let asking = false;

const cal = () => document.getElementById("cal");
const scroller = () => document.querySelector(".wk, .agenda--list, .mo-wrap");

const rests = () => document.hidden || document.body.classList.contains("is-dragging")
  || document.querySelector("dialog[open], #cal-new:popover-open") !== null;

const ask = async () => {
  const asked = cal();
  const { tag, url } = asked.dataset;
  const answer = await fetch(url, { headers: { "HX-Request": "true", "If-None-Match": tag } });
  if (answer.status === 304) return;
  const text = answer.ok && !answer.redirected ? await answer.text() : "";
  if (!text.includes('id="cal"')) throw new Error(`no calendar: ${answer.status}`);
  // What came while a card is in the hand, or after another answer, is too late.
  if (!rests() && cal() === asked) window.htmx.swap(asked, text, { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 }, { contextElement: asked });
};

const look = async () => {
  clearTimeout(timer);
  if (!asking && cal() && !rests()) {
    asking = true;
    wait = await ask().then(() => EVERY, () => Math.min(wait * 2, LONGEST));
    asking = false;
  }
  clearTimeout(timer);
  timer = setTimeout(look, wait);
};

// A calendar that is swapped stays where it was scrolled to; `place` is not asked of the new one, which begins at its top.
let place = null;
document.addEventListener("scroll", (event) => {
  if (event.target === scroller()) place = { scrollTop: event.target.scrollTop, scrollLeft: event.target.scrollLeft };
}, true);
document.addEventListener("htmx:afterSwap", () => {
  if (place && scroller()) Object.assign(scroller(), place);
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) look();
});
document.addEventListener("close", (event) => {
  if (event.target.matches?.("dialog")) setTimeout(look, 100);
}, true);

timer = setTimeout(look, wait);
