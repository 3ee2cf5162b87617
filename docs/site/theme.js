// Light or dark: as the system has it, until somebody chooses. Runs before anything is drawn.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (localStorage.getItem("theme") ?? (system.matches ? "dark" : "light")) === "dark";
  const apply = () => {
    document.documentElement.classList.toggle("dark-mode", dark());
    document.documentElement.classList.toggle("light-mode", !dark());
    document.dispatchEvent(new CustomEvent("themechange"));
  };
  window.toggleTheme = () => {
    localStorage.setItem("theme", dark() ? "light" : "dark");
    apply();
  };
  system.addEventListener("change", apply);
  apply();
})();
