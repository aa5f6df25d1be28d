// The month grid's keys (WAI-ARIA date grid): the server renders links, this only adds roving focus.
// Arrows day and week, Home/End week, PageUp/PageDown month, with Shift year; Enter follows the link.
// <table role=grid data-month="2026-11" data-prev="?month=2026-10" data-next="?month=2026-12">; each day <a class=day data-date="2026-11-12" href=…>.
// data-prev-year and data-next-year are followed by Shift+Page keys when present.
const KEYS = {
  ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7,
};
let landing = null; // the day to focus once another month has arrived

const days = (grid) => [...grid.querySelectorAll("a.day")];
const stamp = (day) => Date.parse(`${day.dataset.date}T00:00Z`) / 86400000;
const rtl = () => document.documentElement.dir === "rtl";

const focus = (grid, day) => {
  if (!day) return;
  days(grid).forEach((other) => { other.tabIndex = other === day ? 0 : -1; });
  day.focus();
};

const nearest = (grid, target, direction) => {
  const wanted = days(grid).filter((day) => (direction < 0 ? stamp(day) <= target : stamp(day) >= target));
  return wanted.sort((a, b) => Math.abs(stamp(a) - target) - Math.abs(stamp(b) - target))[0];
};

const turn = (grid, name, target) => {
  const link = document.querySelector(`[data-turn="${name}"]`);
  const url = grid.dataset[name] || link?.href;
  if (!url) return;
  landing = target;
  if (link && window.htmx) link.click();
  else location.assign(url);
};

const monthsOn = (day, months) => {
  const [year, month, date] = day.dataset.date.split("-").map(Number);
  const last = new Date(Date.UTC(year, month - 1 + months + 1, 0)).getUTCDate();
  return Date.UTC(year, month - 1 + months, Math.min(date, last)) / 86400000;
};

const move = (grid, day, step) => {
  const target = stamp(day) + (rtl() && Math.abs(step) === 1 ? -step : step);
  const found = nearest(grid, target, target - stamp(day));
  if (found) return focus(grid, found);
  return turn(grid, target < stamp(day) ? "prev" : "next", target);
};

const edge = (grid, day, last) => {
  const week = [...day.closest("tr").querySelectorAll("a.day")];
  focus(grid, week.at(last ? -1 : 0));
};

const page = (grid, day, back, year) => {
  const name = (back ? "prev" : "next") + (year ? "Year" : "");
  turn(grid, name, monthsOn(day, (year ? 12 : 1) * (back ? -1 : 1)));
};

document.addEventListener("keydown", (event) => {
  const day = event.target.closest?.("table[role=grid] a.day");
  if (!day || event.altKey || event.ctrlKey || event.metaKey) return;
  const grid = day.closest("table[role=grid]");
  if (event.key in KEYS) move(grid, day, KEYS[event.key]);
  else if (event.key === "Home" || event.key === "End") edge(grid, day, event.key === "End");
  else if (event.key === "PageUp" || event.key === "PageDown") page(grid, day, event.key === "PageUp", event.shiftKey);
  else if (event.key === " ") day.click();
  else return;
  event.preventDefault();
});

// Exactly one tab stop, also when the chosen day is in another month.
const settle = (root) => {
  for (const grid of root.querySelectorAll?.("table[role=grid]") ?? []) {
    const all = days(grid);
    if (!all.length) continue;
    const stop = all.find((day) => day.getAttribute("aria-current") === "date") ?? all[0];
    all.forEach((day) => { day.tabIndex = day === stop ? 0 : -1; });
    if (landing !== null) focus(grid, nearest(grid, landing, 1) ?? nearest(grid, landing, -1));
    landing = null;
  }
};
document.addEventListener("htmx:afterSettle", (event) => settle(event.target.parentElement ?? document));
settle(document);
