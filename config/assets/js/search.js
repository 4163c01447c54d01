/** The search in the top bar: a combobox whose rows come from the server (templates write them with <c-hit>). */
export function startSearch() {
  const field = document.getElementById("search");
  const found = document.getElementById("found");
  if (!field || !found) return;
  const rows = () => [...found.querySelectorAll('[role="option"]')];
  const choose = (index) => {
    rows().forEach((row, i) => row.setAttribute("aria-selected", String(i === index)));
    const row = rows()[index];
    if (!row) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", row.id);
    row.scrollIntoView({ block: "nearest" });
  };
  const chosen = () => rows().findIndex((row) => row.getAttribute("aria-selected") === "true");
  const close = () => { found.replaceChildren(); field.setAttribute("aria-expanded", "false"); };
  found.addEventListener("htmx:afterSwap", () => {
    if (!field.value.trim()) return close();
    rows().forEach((row, i) => { row.id = `found-${i}`; });
    field.setAttribute("aria-expanded", "true");
    choose(0);
  });
  field.addEventListener("input", () => { if (!field.value.trim()) close(); });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && rows().length) {
      event.preventDefault();
      choose((chosen() + step + rows().length) % rows().length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      (rows()[chosen()]?.querySelector("a[data-open]") || found.querySelector("[data-only]"))?.click();
    } else if (event.key === "Escape") {
      if (found.childElementCount) close(); else { field.value = ""; field.blur(); }
    }
  });
  found.addEventListener("click", (event) => {
    if (event.target.closest("a, button")) return;
    event.target.closest('[role="option"]')?.querySelector("a[data-open]")?.click();
  });
  document.addEventListener("click", (event) => { if (!event.target.closest(".tk-search")) close(); });
  // What was started from a row by its key has been answered: the rows make way.
  document.addEventListener("day-changed", close);
  document.getElementById("drawer-body")?.addEventListener("htmx:afterSwap", close);
}
