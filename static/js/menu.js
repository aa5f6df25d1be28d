// Menus (popovers) open beside their button; without this module they open in the middle of the window.
// The room around the button decides the side, so nothing has to be measured first. Arrow keys move between items.
const GAP = 4;
let pressed = null;

document.addEventListener("click", (event) => {
  pressed = event.target.closest("[popovertarget]") ?? pressed;
}, true);

const place = (menu, button) => {
  const box = button.getBoundingClientRect();
  const below = innerHeight - box.bottom >= box.top;
  const left = box.left + box.width / 2 < innerWidth / 2;
  const px = (value) => `${Math.max(8, value)}px`;
  Object.assign(menu.style, {
    margin: "0",
    top: below ? px(box.bottom + GAP) : "auto",
    bottom: below ? "auto" : px(innerHeight - box.top + GAP),
    left: left ? px(box.left) : "auto",
    right: left ? "auto" : px(innerWidth - box.right),
    maxHeight: px((below ? innerHeight - box.bottom : box.top) - 12),
  });
};

document.addEventListener("beforetoggle", (event) => {
  const menu = event.target;
  if (!menu.matches?.(".menu[popover]:not(.nav-sheet)") || event.newState !== "open") return;
  const buttons = [...document.querySelectorAll(`[popovertarget="${menu.id}"]`)];
  const button = buttons.includes(pressed) ? pressed : buttons[0];
  if (button) place(menu, button);
}, true);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".menu");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!menu || !step) return;
  const items = [...menu.querySelectorAll("a, button")].filter((item) => item.offsetParent !== null);
  const next = items[(items.indexOf(document.activeElement) + step + items.length) % items.length];
  event.preventDefault();
  next?.focus();
});
