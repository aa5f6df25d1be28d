// Forms: the error summary gets focus, a second press of submit is ignored. Nothing is ever disabled.
const focusSummary = (root) => {
  const summary = root.querySelector?.("[data-error-summary]");
  if (summary) summary.focus();
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog") return;
  if (form.dataset.busy) {
    event.preventDefault();
    return;
  }
  form.dataset.busy = "1";
  // htmx answers in place; a page that comes back from the browser's cache must work again.
  setTimeout(() => delete form.dataset.busy, 8000);
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-busy]").forEach((form) => delete form.dataset.busy));
// htmx hears a submit before the listener above: a second one is kept from it until the first is answered.
document.addEventListener("submit", (event) => {
  if (!event.target.dataset.sent) return;
  event.preventDefault();
  event.stopPropagation();
}, true);
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, requestConfig } = event.detail;
  if (elt.matches?.("form") && requestConfig.verb === "post") elt.dataset.sent = "1";
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form");
  if (form) delete form.dataset.busy;
  delete event.detail.elt?.dataset?.sent;
});
document.addEventListener("htmx:afterSwap", (event) => focusSummary(event.target));

// <select data-autosubmit>: choosing is submitting; a <noscript> or plain button serves everyone else.
document.addEventListener("change", (event) => {
  const control = event.target.closest?.("[data-autosubmit]");
  if (control?.form) control.form.requestSubmit();
});

// The HX-Trigger header {"suggestion": {"field": "slug", "value": "…"}} fills an empty field: the control stays the same
// one, so nothing that is typed meanwhile is lost; it is selected under the cursor, so that typing on replaces it.
document.addEventListener("suggestion", (event) => {
  const control = event.target.closest("form")?.elements[event.detail.field];
  if (!control || control.value) return;
  control.value = event.detail.value;
  if (control === document.activeElement) control.select();
  control.dispatchEvent(new Event("input", { bubbles: true }));
});

focusSummary(document);
