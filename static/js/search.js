// Search over everything: "/" or Ctrl/Cmd+K opens it, arrows walk through what was found, Enter goes there.
const dialog = document.getElementById("search");

const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");

const show = () => {
  if (dialog.open) return;
  dialog.showModal();
  dialog.querySelector("input").select();
};

document.addEventListener("keydown", (event) => {
  if (!dialog) return;
  const combined = event.ctrlKey || event.metaKey;
  const asked = (event.key === "/" && !combined && !event.altKey && !typing(event.target)) || (combined && event.key.toLowerCase() === "k");
  if (!asked || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  show();
});

dialog?.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const stops = [dialog.querySelector("input"), ...dialog.querySelectorAll(".found a")];
  const next = stops[stops.indexOf(document.activeElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});
