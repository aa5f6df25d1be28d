// Drawers and dialogs: <a href="/page/" data-drawer hx-get="/page/" hx-target="#drawer"> opens #drawer when its content arrives;
// <button data-open="#dialog"> opens a dialog that is already in the page; [data-close] closes. Focus returns to the opener.
// A drawer has the address of its page; Back closes it.
let opener = null;
let pushed = false;

const open = (dialog, from) => {
  opener = from;
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("[autofocus], h2[tabindex]")?.focus();
};

document.addEventListener("click", (event) => {
  const trigger = event.target.closest("[data-open]");
  if (trigger) {
    event.preventDefault();
    open(document.querySelector(trigger.dataset.open), trigger);
    return;
  }
  const dialog = event.target.closest("dialog");
  if (event.target.closest("[data-close]") || (event.target === dialog && dialog?.hasAttribute("data-light"))) {
    event.preventDefault();
    dialog?.close();
  }
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const trigger = event.target.closest?.("[data-drawer]");
  if (trigger) opener = trigger;
});

document.addEventListener("htmx:afterSwap", (event) => {
  const drawer = event.target.closest?.("dialog.drawer");
  if (!drawer || drawer.open) return;
  if (opener?.href) {
    history.pushState({ drawer: true }, "", opener.href);
    pushed = true;
  }
  open(drawer, opener);
});

document.addEventListener("close", (event) => {
  if (!event.target.matches?.("dialog")) return;
  if (pushed && event.target.matches(".drawer")) history.back();
  if (opener?.isConnected) opener.focus();
  opener = null;
}, true);

document.addEventListener("drawer:close", () => document.querySelector("dialog[open]")?.close());

// A link that is opened in another tab or window is left to the browser.
document.addEventListener("click", (event) => {
  const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
  if (elsewhere && event.target.closest?.("a[data-drawer]")) event.stopPropagation();
}, true);
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-print]")) print();
});

// Going back to the page below is no visit: nothing is loaded for it.
addEventListener("popstate", (event) => {
  if (!pushed) return;
  pushed = false;
  event.stopImmediatePropagation();
  document.querySelector("dialog.drawer[open]")?.close();
}, true);
