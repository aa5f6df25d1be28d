// A held time counts down by the server's clock: <div class=hold data-expires="ISO" data-now="ISO" data-expired="#panel">
//   Held for <b data-left>10:00</b> <span class=vh role=status data-say data-five="…" data-one="…"></span></div>
// Said at five minutes and at one; at the end the panel is shown and everything marked data-while-held hides.
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

const start = (hold) => {
  if (hold.dataset.running) return;
  hold.dataset.running = "1";
  const length = (Date.parse(hold.dataset.expires) - Date.parse(hold.dataset.now)) / 1000;
  const begun = performance.now();
  const left = () => Math.max(0, Math.ceil(length - (performance.now() - begun) / 1000));
  const say = hold.querySelector("[data-say]");
  const said = new Set();
  const announce = (at, words, seconds) => {
    if (seconds > at || said.has(at) || length <= at) return;
    said.add(at);
    if (say && words) say.textContent = words;
  };
  const tick = () => {
    if (!hold.isConnected) return;
    const seconds = left();
    const shown = hold.querySelector("[data-left]");
    if (shown) shown.textContent = clock(seconds);
    hold.classList.toggle("is-short", seconds <= 60);
    announce(300, say?.dataset.five, seconds);
    announce(60, say?.dataset.one, seconds);
    if (seconds > 0) setTimeout(tick, 1000 - ((performance.now() - begun) % 1000));
    else expire(hold);
  };
  tick();
};

const expire = (hold) => {
  hold.hidden = true;
  document.querySelectorAll("[data-while-held]").forEach((part) => { part.hidden = true; });
  const panel = document.querySelector(hold.dataset.expired || "#hold-expired");
  if (!panel) return;
  panel.hidden = false;
  panel.tabIndex = -1;
  panel.focus();
};

const scan = (root) => root.querySelectorAll?.("[data-expires]").forEach(start);
document.addEventListener("htmx:afterSwap", (event) => scan(event.target));
scan(document);
