// <select data-timezone>: when nobody has chosen yet (data-chosen absent), suggest the zone of this device.
// data-suggest="select" sets the select and submits its form; without it only an option is added and marked.
const zone = () => {
  try {
    return Intl.DateTimeFormat().resolvedOptions().timeZone;
  } catch {
    return "";
  }
};

const suggest = (select) => {
  const here = zone();
  if (!here || select.dataset.chosen || select.dataset.done) return;
  select.dataset.done = "1";
  let option = [...select.options].find((item) => item.value === here);
  if (!option) {
    option = new Option(here.split("/").pop().replaceAll("_", " "), here);
    select.add(option, 0);
  }
  if (select.dataset.suggest === "select" && select.value !== here) {
    select.value = here;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }
};

const scan = (root) => root.querySelectorAll?.("select[data-timezone]").forEach(suggest);
document.addEventListener("htmx:afterSwap", (event) => scan(event.target));
// After htmx has found its elements, which it does at the same event: the change must be heard.
if (document.readyState === "complete") scan(document);
else document.addEventListener("DOMContentLoaded", () => scan(document));
