// The dashboard's light/dark switch: the choice is a cookie, so the server renders it and nothing flashes.
const YEAR = 31536000;

const mark = () => {
  const current = document.documentElement.dataset.theme || "auto";
  for (const button of document.querySelectorAll("[data-theme-set]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeSet === current));
  }
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-set]");
  if (!button) return;
  document.documentElement.dataset.theme = button.dataset.themeSet;
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `theme=${button.dataset.themeSet};path=/;max-age=${YEAR};samesite=lax${secure}`;
  mark();
});
mark();
