// A combobox with list autocomplete (ARIA Authoring Practices): <div data-combobox="/options"> around a text input, a
// role="listbox" and a hidden input. The server writes the options; choosing one presses [data-combo-choose], whose answer
// takes the place of the field. The option data-new copies what was typed into the form's own fields. Without this
// module the button "Search" lists the same clients.
const WAIT = 150;

const enhance = (box) => {
  if (box.dataset.ready) return;
  box.dataset.ready = "1";
  const input = box.querySelector("input[type=text]");
  const list = box.querySelector("[role=listbox]");
  const status = box.querySelector("[data-combo-status]");
  let timer = null;
  let asked = 0;

  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) input.setAttribute(name, value);

  const options = () => [...list.querySelectorAll("[role=option]")];
  const active = () => list.querySelector("[aria-selected=true]");

  const point = (option) => {
    active()?.setAttribute("aria-selected", "false");
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };

  const close = () => {
    clearTimeout(timer);
    asked += 1;
    list.hidden = true;
    point(null);
    input.setAttribute("aria-expanded", "false");
  };

  const show = () => {
    list.hidden = !list.children.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
  };

  const look = async () => {
    const mine = (asked += 1);
    const search = input.value.trim();
    if (!search) return close();
    const answer = await fetch(`${box.dataset.combobox}?q=${encodeURIComponent(search)}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (mine !== asked || !answer?.ok) return;
    list.innerHTML = await answer.text();
    const found = list.querySelectorAll("[data-value]").length;
    status.textContent = found ? `${found}` : status.dataset.none;
    point(null);
    show();
  };

  const choose = (option) => {
    close();
    if (option.dataset.value) {
      box.querySelector("input[name=client]").value = option.dataset.value;
      box.querySelector("[data-combo-choose]").click();
      return;
    }
    const typed = option.dataset.new;
    const field = typed.includes("@") ? "email" : /^[\d\s()+./-]+$/.test(typed) ? "phone" : "name";
    const form = input.form.elements;
    form[field].value = typed;
    input.value = "";
    (field === "name" ? form.email : form.name).focus();
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT);
  });
  input.addEventListener("blur", () => close());
  input.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.indexOf(active());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) {
        if (event.key === "ArrowDown") look();
        return;
      }
      const step = event.key === "ArrowDown" ? 1 : -1;
      point(all[(at + step + all.length + (at < 0 && step < 0 ? 1 : 0)) % all.length]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (!list.hidden && at >= 0) choose(all[at]);
      else look();
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
};

const all = (root) => root.querySelectorAll?.("[data-combobox]").forEach(enhance);
all(document);
document.addEventListener("htmx:load", (event) => all(event.target));
