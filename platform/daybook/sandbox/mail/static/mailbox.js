// Keeps the list fresh without losing focus or what is being typed, and shows times in the reader's zone.
const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time")) {
    const instant = new Date(time.dateTime);
    time.title = time.textContent;
    time.textContent = local.format(instant);
  }
}

async function refresh() {
  const response = await fetch(location.href);
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const key = (root) => [...root.querySelectorAll(".mails a")].map((link) => link.pathname).join();
  if (key(fresh) === key(document)) return;
  showLocalTimes(fresh);
  const focused = document.activeElement?.closest(".mails a")?.getAttribute("href");
  for (const part of [".count", ".mails, .empty", "#recipients"]) {
    document.querySelector(part).replaceWith(fresh.querySelector(part));
  }
  if (focused) document.querySelector(`.mails a[href="${focused}"]`)?.focus();
  document.title = fresh.title;
}

showLocalTimes(document);
const list = document.querySelector(".bar");
if (list) {
  setInterval(() => { if (!document.hidden) refresh().catch(() => {}); }, 2000);
  const clear = document.querySelector("[data-clear]");
  clear.hidden = false;
  clear.addEventListener("click", async () => {
    await fetch("/_control/messages", { method: "DELETE" });
    await refresh();
  });
}
