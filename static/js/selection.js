// Rows of a list to do something with: the box in the head picks the page, Shift picks a span, the bar says how many.
// Without this module the boxes and the bar's buttons work all the same.
let last = null;

const boxes = (list) => [...list.querySelectorAll("[name='ids']")];

const show = (list) => {
  const all = list.querySelector("[name='all']");
  const rows = boxes(list);
  const picked = rows.filter((box) => box.checked).length;
  const page = list.querySelector("[data-pick-page]");
  if (page) {
    page.checked = picked > 0 && picked === rows.length;
    page.indeterminate = picked > 0 && picked < rows.length;
  }
  const count = list.querySelector("[data-picked]");
  if (count) count.textContent = all?.checked ? list.querySelector("#bulk").dataset.total : picked;
};

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("[name='ids']");
  if (!box) return;
  const rows = boxes(box.closest("#list"));
  const [from, to] = [rows.indexOf(last), rows.indexOf(box)].sort((a, b) => a - b);
  if (event.shiftKey && from >= 0) rows.slice(from, to + 1).forEach((row) => { row.checked = box.checked; });
  last = box;
});

document.addEventListener("change", (event) => {
  const list = event.target.closest?.("#list");
  if (!list) return;
  const all = list.querySelector("[name='all']");
  if (event.target.matches("[data-pick-page]") || event.target === all) {
    boxes(list).forEach((box) => { box.checked = event.target.checked; });
    if (all && event.target !== all && !event.target.checked) all.checked = false;
  } else if (all && event.target.name === "ids" && !event.target.checked) {
    all.checked = false;
  }
  show(list);
});

document.addEventListener("reset", (event) => {
  if (event.target.id === "bulk") setTimeout(() => show(event.target.closest("#list")));
});
addEventListener("pageshow", () => document.querySelectorAll("#list").forEach(show));
