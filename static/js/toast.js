// Toasts: said politely, six seconds, waiting while pointed at or focused; an optional link or button undoes.
// Shown by the HX-Trigger header {"toast": {"text": "…", "undo": "/url", "kind": "bad"}} or by showToast().
const LIFE = 6000;
const region = document.getElementById("toasts");

const button = (label, css, press) => {
  const element = document.createElement("button");
  element.type = "button";
  element.className = css;
  element.textContent = label;
  element.addEventListener("click", press);
  return element;
};

export const showToast = ({ text, undo, label, page }) => {
  if (!region || !text) return;
  const toast = document.createElement("div");
  toast.className = "toast";
  const words = document.createElement("span");
  words.textContent = text;
  toast.append(words);
  if (undo) {
    toast.append(button(label || region.dataset.undo, "btn-undo", () => {
      window.htmx?.ajax("POST", undo, { swap: "none" });
      toast.remove();
    }));
  }
  if (page) {
    const link = document.createElement("a");
    link.className = "btn-undo";
    link.href = page;
    link.textContent = region.dataset.pageLabel;
    link.addEventListener("click", (event) => event.stopPropagation());  // the region's data-close is a word, not a button
    toast.append(link);
  }
  const close = button("×", "btn-close", () => toast.remove());
  close.setAttribute("aria-label", region.dataset.close);
  toast.append(close);
  region.append(toast);
  countDown(toast);
};

const countDown = (toast) => {
  let timer = setTimeout(() => toast.remove(), LIFE);
  const stop = () => clearTimeout(timer);
  const start = () => { stop(); timer = setTimeout(() => toast.remove(), LIFE); };
  toast.addEventListener("pointerenter", stop);
  toast.addEventListener("focusin", stop);
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusout", start);
};

document.addEventListener("toast", (event) => showToast(event.detail.value ?? event.detail));

// An answer that is not shown in place still has to be heard of.
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => showToast({ text: region?.dataset.failed }));
}

// A passkey that was refused, or a dialogue that was closed.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  showToast({ text: region?.dataset.failed });
});

// What the server says after a form was saved becomes a toast; without this module it stays at the top of the page.
document.querySelectorAll("[data-toast]").forEach((message) => {
  showToast({ text: message.querySelector("[data-toast-text]").textContent, undo: message.dataset.toast, page: message.dataset.page });
  message.remove();
});
