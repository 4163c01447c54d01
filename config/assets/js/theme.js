/** Light, dark or as the machine: kept in a cookie, so the server writes it into <html> and nothing flashes. */
export function startTheme() {
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-set-theme]");
    if (!chosen) return;
    const theme = chosen.dataset.setTheme;
    const life = theme ? 31536000 : 0;
    document.cookie = `theme=${theme}; path=/; max-age=${life}; samesite=lax`;
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    for (const other of document.querySelectorAll("[data-set-theme]"))
      other.setAttribute("aria-pressed", String(other === chosen));
    document.dispatchEvent(new CustomEvent("theme"));
  });
}
