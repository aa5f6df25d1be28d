// The form of a new appointment: what was chosen is looked at again whenever a time, a length or the repetition changes,
// so that a warning or the dates of a series are seen before anything is booked.
const WATCHED = new Set(["start", "custom", "length", "provider", "repeat", "every", "unit", "ends", "count", "until"]);
const RELOADED = new Set(["times", "what"]);

const lookAgain = (form) => {
  const check = form.querySelector("[data-check]");
  if (check) window.htmx.trigger(check, "check");
};

const count = (form) => {
  const shown = form.querySelector("[data-ticked]");
  if (shown) shown.textContent = form.querySelectorAll("[name^=date-]:checked").length;
};

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-new-appointment], [data-dates]");
  if (!form) return;
  if (event.target.dataset.takes) form.elements[event.target.dataset.takes].checked = true;
  if (event.target.name === "count" || event.target.name === "until") form.querySelector(`[name=ends][value=${event.target.name}]`).checked = true;
  if (event.target.matches("[name=start]")) {
    const custom = form.elements.custom;
    if (custom) custom.value = "";
  }
  count(form);
  if (form.matches("[data-new-appointment]") && WATCHED.has(event.target.name)) lookAgain(form);
});

// What is typed or chosen while other times are on their way is not lost when they come.
let typed = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const form = event.target.closest?.("[data-new-appointment]");
  if (!form || !RELOADED.has(event.detail.target?.id)) return;
  typed = { custom: form.elements.custom?.value, start: form.querySelector("[name=start]:checked")?.value };
});

const putBack = (form) => {
  if (typed?.custom && form.elements.custom) form.elements.custom.value = typed.custom;
  const chosen = typed?.start && form.querySelector(`[name=start][value="${typed.start}"]`);
  if (chosen) chosen.checked = true;
  typed = null;
};

document.addEventListener("htmx:afterSettle", (event) => {
  const form = event.target.closest?.("[data-new-appointment]");
  if (!form) return;
  if (RELOADED.has(event.target.id)) {
    putBack(form);
    lookAgain(form);
  }
  if (event.target.id === "check") {
    const words = event.target.querySelector("[data-check-summary]");
    form.querySelector("[data-check-status]").textContent = words ? words.textContent : "";
  }
  if (event.target.id === "who") event.target.querySelector("button[value=change], #new_client_q")?.focus();
});

// What was chosen before this page could listen (a slow line, or the browser's own memory of a form) counts, too.
const differs = (control) => {
  if (!control.matches("select")) return control.value !== control.defaultValue;
  const first = [...control.options].find((option) => option.defaultSelected) ?? control.options[0];
  return control.selectedOptions[0] !== first;
};

addEventListener("load", () => {
  const controls = document.querySelectorAll("[data-new-appointment] :is(select, input)[hx-post]");
  const late = [...controls].find(differs);
  if (late) window.htmx.trigger(late, "change");
});

// A warning that comes again word for word keeps the answer that was given to it.
const warning = (check) => check.querySelector("[data-check-summary]")?.textContent.trim();
let answered = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const check = event.detail.target;
  if (check?.id !== "check" || !check.closest("[data-new-appointment]")) return;
  answered = { to: warning(check), names: [...check.querySelectorAll(":checked[name^=allow]")].map((box) => box.name) };
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "check" || !answered?.to || warning(event.target) !== answered.to) return;
  for (const name of answered.names) event.target.querySelectorAll(`[name="${name}"]`).forEach((box) => { box.checked = true; });
  answered = null;
});
