// Hours: says at once which times end on the next day, and puts the focus where a button's work was done.
const minutes = (text) => {
  const found = /^(\d{1,2})(?:[:.h]?([0-5]\d))?\s*([ap])?\.?(?:m\.?)?$/i.exec(text.trim());
  if (!found) return null;
  const half = found[3]?.toLowerCase();
  const hour = half ? (found[1] % 12) + (half === "p" ? 12 : 0) : Number(found[1]);
  return hour * 60 + Number(found[2] || 0);
};

document.addEventListener("input", (event) => {
  const line = event.target.closest?.(".hours-range");
  const note = line?.querySelector("[data-next-day]");
  if (!note) return;
  const [start, end] = [...line.querySelectorAll("input")].map((input) => minutes(input.value));
  note.hidden = start === null || end === null || end >= start;
});

// The server names the field that a pressed button leads to.
document.addEventListener("htmx:afterSettle", (event) => {
  const wanted = document.querySelector("[data-hours][data-focus]")?.dataset.focus;
  if (wanted) document.getElementById(wanted)?.focus();
});

// A special day that is closed altogether needs no times.
const showTimes = (form) => {
  const timed = form.querySelector("[name=kind]:checked")?.value !== "closed";
  for (const name of ["start", "end"]) form.querySelector(`[name=${name}]`).closest(".field").hidden = !timed;
};
const showAll = () => document.querySelectorAll("[data-special]").forEach(showTimes);
showAll();
document.addEventListener("htmx:afterSettle", showAll);
document.addEventListener("change", (event) => {
  if (event.target.name === "kind" && event.target.form?.hasAttribute("data-special")) showTimes(event.target.form);
});
