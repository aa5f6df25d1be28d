// Dragging the rows of a list: <ul data-reorder> with <li data-move="/address"> and a handle [data-drag] in each.
// The server gets `place` (from 0) and answers with a toast that undoes it; buttons beside the rows do the same by keyboard.
let dragged = null;
let from = 0;

const rows = (list) => [...list.querySelectorAll(":scope > li[data-move]")];

const over = (list, y) => rows(list).find((row) => {
  const box = row.getBoundingClientRect();
  return row !== dragged && y < box.top + box.height / 2;
});

const drop = (list) => {
  const place = rows(list).indexOf(dragged);
  dragged.classList.remove("is-dragged");
  if (place !== from) window.htmx.ajax("POST", dragged.dataset.move, { swap: "none", values: { place } });
  settle(list);
  dragged = null;
};

const back = (list) => {
  const others = rows(list).filter((row) => row !== dragged);
  list.insertBefore(dragged, others[from] ?? null);
  dragged.classList.remove("is-dragged");
  dragged = null;
};

// The ends of the list have nowhere to go.
const settle = (list) => {
  const all = rows(list);
  all.forEach((row, place) => {
    row.querySelector("[value=up]")?.setAttribute("aria-disabled", String(place === 0));
    row.querySelector("[value=down]")?.setAttribute("aria-disabled", String(place === all.length - 1));
  });
};

document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest?.("[data-drag]");
  const list = handle?.closest("[data-reorder]");
  if (!list || event.button) return;
  event.preventDefault();
  dragged = handle.closest("li");
  from = rows(list).indexOf(dragged);
  dragged.classList.add("is-dragged");
  const move = (moved) => list.insertBefore(dragged, over(list, moved.clientY) ?? null);
  const done = new AbortController();
  const end = (work) => () => { done.abort(); work(list); };
  document.addEventListener("pointermove", move, { signal: done.signal });
  document.addEventListener("pointerup", end(drop), { signal: done.signal });
  document.addEventListener("pointercancel", end(back), { signal: done.signal });
  document.addEventListener("keydown", (key) => { if (key.key === "Escape") end(back)(); }, { signal: done.signal });
});
