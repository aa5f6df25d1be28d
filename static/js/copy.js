// <button data-copy="text"> or data-copy-from="#id": copies, and says so on the button for a moment.
import { showToast } from "./toast.js";

const textOf = (button) => {
  if (button.dataset.copy) return button.dataset.copy;
  const source = document.querySelector(button.dataset.copyFrom);
  return source?.value ?? source?.textContent.trim() ?? "";
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy],[data-copy-from]");
  if (!button) return;
  event.preventDefault();
  try {
    await navigator.clipboard.writeText(textOf(button));
    showToast({ text: button.dataset.copied || "Copied" });
  } catch {
    const source = document.querySelector(button.dataset.copyFrom || "#none");
    if (source) getSelection().selectAllChildren(source);
  }
});
