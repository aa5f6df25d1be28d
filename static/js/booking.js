// The times page: the next month is fetched when it is pointed at, a day chosen by keyboard leads on to its times.
const FRESH = 10000; // as long as the server lets it be kept
const asked = new Set();

const ahead = (event) => {
  const link = event.target.closest?.("a[data-ahead]");
  if (!link || asked.has(link.href)) return;
  asked.add(link.href);
  setTimeout(() => asked.delete(link.href), FRESH);
  fetch(link.href, { headers: { "HX-Request": "true", "HX-Preloaded": "true" } }).catch(() => {});
};
document.addEventListener("pointerover", ahead);
document.addEventListener("focusin", ahead);

let byKeyboard = false;
document.addEventListener("click", (event) => {
  byKeyboard = Boolean(event.target.closest?.("a.day")) && event.detail === 0;
}, true);
document.addEventListener("htmx:afterSettle", () => {
  if (!byKeyboard) return;
  byKeyboard = false;
  document.querySelector("#dayname")?.focus();
});

// The address moves on with each choice; the page in another language is the one that stands there now.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-language]");
  if (!link) return;
  const now = new URL(location.href);
  now.searchParams.set("lang", link.hreflang);
  link.href = now.href;
}, true);

// What cannot be swapped in is shown as the page it is: too many requests, a service that is gone.
document.addEventListener("htmx:responseError", (event) => {
  const { requestConfig, pathInfo } = event.detail;
  if (requestConfig?.verb === "get") location.assign(pathInfo.finalRequestPath || pathInfo.requestPath);
});
