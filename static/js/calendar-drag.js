// Moving and making by hand in the calendar's grid. A drop asks the server what it means (a dialog, `data-move`); nothing
// has happened until its form is sent, and a card goes back when it is not, or when the answer is no.
// Mouse and pen: drag a card, its lower edge, or empty space. Touch: the same after a long press. Keys: Alt and arrows.
const ROW = 5;
const STEP = 15;
const FAR = 5;
const LONG_PRESS = 350;
const USUAL = 60;

const grid = () => document.querySelector(".wk");
const ask = () => document.getElementById("ask");
const said = document.getElementById("cal-said");
const low = () => Number(grid().dataset.low);
const rows = () => Number(grid().dataset.rows);
const number = (card, name) => Number(card.style.getPropertyValue(name));
const english = document.documentElement.lang.startsWith("en");

let held = null; // the card that is away from its place: { card, home, from }
let touch = null; // a finger that may become a long press

const clock = (minute) => {
  const at = new Date(2000, 0, 1, 0, minute);
  const text = at.toLocaleTimeString(document.documentElement.lang, { hour: "numeric", minute: "2-digit" });
  return english ? text.replace("AM", "am").replace("PM", "pm") : text;
};

const lift = (card) => {
  if (held?.card === card) return;
  putBack();
  const style = {};
  for (const name of ["--a", "--b", "--lane", "--span"]) style[name] = card.style.getPropertyValue(name);
  held = { card, home: card.parentElement, before: card.nextSibling, style, time: card.querySelector("time")?.textContent };
  document.body.classList.add("is-dragging");
  card.classList.add("is-drag");
};

const putBack = () => {
  if (!held) return;
  const { card, home, before, style, time } = held;
  held = null;
  document.body.classList.remove("is-dragging");
  card.classList.remove("is-drag");
  for (const [name, value] of Object.entries(style)) card.style.setProperty(name, value);
  const words = card.querySelector("time");
  if (words) words.textContent = time;
  if (!card.isConnected || card.parentElement === home) return;
  const focused = document.activeElement === card;
  home.insertBefore(card, before?.parentElement === home ? before : null);
  if (focused) card.focus();
};

const place = (card, first, last, column) => {
  if (column && column !== card.parentElement) column.append(card);
  card.style.setProperty("--a", first);
  card.style.setProperty("--b", last);
  card.style.setProperty("--lane", 1);
  card.style.setProperty("--span", Number(card.parentElement.style.getPropertyValue("--lanes")) || 1);
  const words = card.querySelector("time");
  if (words) words.textContent = clock(low() + first * ROW);
};

const within = (first, size) => Math.max(0, Math.min(rows() - size, first));
const snapped = (row) => Math.round(row / (STEP / ROW)) * (STEP / ROW);

const move = (card, by, column) => {
  const size = held.style["--b"] - held.style["--a"];
  const first = within(by, size);
  place(card, first, first + size, column);
};

const resize = (card, last) => {
  const first = Number(held.style["--a"]);
  place(card, first, Math.max(first + STEP / ROW, Math.min(rows(), last)));
};

const say = (card) => {
  said.textContent = `${card.parentElement.dataset.label}, ${clock(low() + number(card, "--a") * ROW)} – ${clock(low() + number(card, "--b") * ROW)}`;
};

const changed = () => {
  const { card, home, style } = held;
  return card.parentElement !== home || card.style.getPropertyValue("--a") !== style["--a"] || card.style.getPropertyValue("--b") !== style["--b"];
};

// What the drop means is said by the server: names, times, warnings, and whether the client is to be told.
const drop = () => {
  if (!held) return;
  if (!changed()) return void putBack();
  const { card, style } = held;
  const same = card.style.getPropertyValue("--b") - card.style.getPropertyValue("--a") === style["--b"] - style["--a"];
  const column = card.parentElement.dataset;
  const still = card.style.getPropertyValue("--a") === style["--a"];
  const values = {
    day: column.day,
    minute: still ? Number(card.dataset.minute) : low() + number(card, "--a") * ROW,
    provider: column.provider,
    length: same ? Number(card.dataset.minutes) : low() + number(card, "--b") * ROW - Number(card.dataset.minute),
    back: document.getElementById("cal").dataset.back,
  };
  window.htmx.ajax("GET", card.dataset.move, { target: "#ask", swap: "innerHTML", values }).then(() => {
    if (!ask().open && held?.card === card) putBack();
  });
};

document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.target.closest?.("#ask");
  if (!dialog) return;
  if (event.detail.xhr.status >= 400) putBack();
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
});

ask()?.addEventListener("close", () => {
  const card = held?.card;
  putBack();
  if (card?.id) document.getElementById(card.id)?.focus();
});

// Keys: every press moves the card, letting go of Alt asks.
const byKey = (card, event) => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key] ?? 0;
  const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
  if (event.shiftKey && !card.querySelector(".grip")) return;
  lift(card);
  if (event.shiftKey) {
    resize(card, number(card, "--b") + step * (STEP / ROW));
  } else {
    const columns = [...grid().querySelectorAll(".wk-col")];
    const rtl = getComputedStyle(grid()).direction === "rtl" ? -1 : 1;
    const column = columns[columns.indexOf(card.parentElement) + side * rtl] ?? card.parentElement;
    move(card, number(card, "--a") + step * (STEP / ROW), column);
  }
  card.focus();
  card.scrollIntoView({ block: "nearest", inline: "nearest" });
  say(card);
};

document.addEventListener("keydown", (event) => {
  if (held && event.key === "Escape" && !ask().open) {
    event.preventDefault();
    stop();
    putBack();
    return;
  }
  const card = event.target.closest?.(".ev[data-move]");
  if (!card || !event.altKey || !event.key.startsWith("Arrow")) return;
  event.preventDefault();
  byKey(card, event);
});

document.addEventListener("keyup", (event) => {
  if (event.key !== "Alt" || !held || ask().open || pointer) return;
  event.preventDefault();
  drop();
});

// Pointers.
let pointer = null; // what the pointer does: { id, work, end }

const columnAt = (event) => {
  const box = grid().getBoundingClientRect();
  const x = Math.max(box.left + 1, Math.min(box.right - 2, event.clientX));
  return [...grid().querySelectorAll(".wk-col")].find((column) => {
    const { left, right } = column.getBoundingClientRect();
    return left <= x && x < right;
  });
};

const rowAt = (column, event) => {
  const box = column.getBoundingClientRect();
  return ((event.clientY - box.top) / box.height) * rows();
};

const edge = (event) => {
  const box = grid().getBoundingClientRect();
  if (event.clientY > box.bottom - 24) grid().scrollTop += 12;
  if (event.clientY < box.top + 70) grid().scrollTop -= 12;
};

const stop = () => {
  pointer = null;
  document.body.classList.remove("is-dragging");
};

// The click that ends a drag is none.
const swallow = () => {
  const eat = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  addEventListener("click", eat, { once: true, capture: true });
  setTimeout(() => removeEventListener("click", eat, true), 50);
};

const grabCard = (card, down) => {
  const size = down.target.closest(".grip") ? "end" : "all";
  const start = rowAt(card.parentElement, down);
  const first = number(card, "--a");
  const last = number(card, "--b");
  lift(card);
  return {
    work: (event) => {
      edge(event);
      const by = rowAt(card.parentElement, event) - start;
      if (size === "end") resize(card, snapped(last + by));
      else move(card, snapped(first + by), columnAt(event));
    },
    end: () => { stop(); drop(); },
  };
};

const grabSpace = (column, down) => {
  const ghost = document.createElement("div");
  ghost.className = "ev is-ghost p-slate";
  ghost.append(document.createElement("b"));
  const start = Math.floor(rowAt(column, down) / (STEP / ROW)) * (STEP / ROW);
  let last = Math.min(rows(), start + USUAL / ROW);
  const draw = (first, end) => {
    ghost.style.cssText = `--a:${first};--b:${end};--lane:1;--span:${column.style.getPropertyValue("--lanes") || 1}`;
    ghost.firstChild.textContent = `${clock(low() + first * ROW)} – ${clock(low() + end * ROW)}`;
  };
  let first = start;
  document.querySelectorAll(".is-ghost").forEach((old) => old.remove());
  column.append(ghost);
  document.body.classList.add("is-dragging");
  draw(first, last);
  return {
    work: (event) => {
      edge(event);
      const row = Math.max(0, Math.min(rows(), rowAt(column, event)));
      if (row >= start) [first, last] = [start, Math.max(start + STEP / ROW, Math.ceil(row / (STEP / ROW)) * (STEP / ROW))];
      else [first, last] = [Math.floor(row / (STEP / ROW)) * (STEP / ROW), start + STEP / ROW];
      last = Math.min(rows(), last);
      draw(first, last);
    },
    // Not within the event: letting go of the button would close the popover again.
    end: (event) => { stop(); setTimeout(() => offer(column, ghost, first, last, event)); },
    drop: () => ghost.remove(),
  };
};

// The popover over empty space: an appointment, or blocked time, with what was dragged filled in.
const offer = (column, ghost, first, last, event) => {
  const menu = document.getElementById("cal-new");
  const minute = low() + first * ROW;
  const length = (last - first) * ROW;
  const { day, provider, label } = column.dataset;
  if (!menu?.querySelector("a")) return ghost.remove();
  menu.querySelector("h2").textContent = `${label}, ${clock(minute)} – ${clock(minute + length)}`;
  const time = `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
  const back = document.getElementById("cal").dataset.back;
  const address = { appointment: { day, custom: time, minutes: length }, block: { day, minute, length, back } };
  for (const link of menu.querySelectorAll("[data-make]")) {
    const values = { ...address[link.dataset.make], ...(provider ? { provider } : {}) };
    link.href = `${menu.dataset[link.dataset.make]}?${new URLSearchParams(values)}`;
  }
  menu.showPopover();
  const box = menu.getBoundingClientRect();
  menu.style.margin = "0";
  menu.style.left = `${Math.max(8, Math.min(innerWidth - box.width - 8, event.clientX + 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(innerHeight - box.height - 8, event.clientY - 8))}px`;
  menu.querySelector("[data-make]").focus();
};

document.addEventListener("toggle", (event) => {
  if (event.target.id === "cal-new" && event.newState === "closed") document.querySelectorAll(".is-ghost").forEach((ghost) => ghost.remove());
}, true);

document.addEventListener("click", (event) => {
  const link = event.target.closest?.('[data-make="block"]');
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  document.getElementById("cal-new").hidePopover();
  window.htmx.ajax("GET", link.href, { target: "#drawer", swap: "innerHTML" });
});

const begin = (event) => {
  const card = event.target.closest(".ev");
  if (card) return card.dataset.move ? () => grabCard(card, event) : null;
  const column = event.target.closest(".wk-col");
  return column && document.querySelector("#cal-new a") ? () => grabSpace(column, event) : null;
};

document.addEventListener("pointerdown", (event) => {
  if (event.button || pointer || held || !event.target.closest?.(".wk")) return;
  const start = begin(event);
  if (!start) return;
  if (event.pointerType === "touch") {
    const timer = setTimeout(() => {
      pointer = { id: event.pointerId, ...start(), moved: true };
      touch = null;
      navigator.vibrate?.(10);
    }, LONG_PRESS);
    touch = { timer, x: event.clientX, y: event.clientY };
    return;
  }
  const card = event.target.closest(".ev");
  pointer = { id: event.pointerId, start, from: event, moved: false, card };
  if (!card) event.preventDefault();
});

document.addEventListener("pointermove", (event) => {
  if (touch && Math.hypot(event.clientX - touch.x, event.clientY - touch.y) > FAR * 2) {
    clearTimeout(touch.timer);
    touch = null;
  }
  if (pointer?.id !== event.pointerId) return;
  if (!pointer.moved) {
    if (Math.hypot(event.clientX - pointer.from.clientX, event.clientY - pointer.from.clientY) < FAR) return;
    pointer = { id: pointer.id, ...pointer.start(), moved: true };
  }
  pointer.work(event);
});

const finish = (event) => {
  clearTimeout(touch?.timer);
  touch = null;
  if (pointer?.id !== event.pointerId) return;
  const { moved, card, start, end } = pointer;
  if (moved) {
    swallow();
    end(event);
  } else if (card) {
    pointer = null;
  } else {
    start().end(event);
  }
};

document.addEventListener("pointerup", finish);
document.addEventListener("pointercancel", () => {
  clearTimeout(touch?.timer);
  touch = null;
  if (!pointer) return;
  pointer.drop?.();
  stop();
  putBack();
});

// A long press is ours: no scrolling under the finger, no menu of the link.
document.addEventListener("touchmove", (event) => {
  if (pointer?.moved) event.preventDefault();
}, { passive: false });
document.addEventListener("contextmenu", (event) => {
  if ((touch || pointer) && event.target.closest?.(".wk")) event.preventDefault();
});
addEventListener("blur", () => {
  if (held && !pointer && !ask().open) putBack();
});
