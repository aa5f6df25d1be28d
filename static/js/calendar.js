// The calendar opens near the present time, or near the first event when today is not shown.
const grid = document.querySelector(".wk");
if (grid) {
  const mark = grid.querySelector(".now") ?? grid.querySelector(".ev");
  if (mark) grid.scrollTop = Math.max(0, mark.offsetTop - grid.clientHeight / 3);
}
