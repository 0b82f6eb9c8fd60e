// Light or dark as the system has it, until the switch says otherwise.

const NEXT = { auto: "light", light: "dark", dark: "auto" };
let theme = "auto";

export function startTheme() {
  try {
    theme = localStorage.getItem("prove.theme") || "auto";
  } catch {
    theme = "auto";
  }
  apply();
}

export function nextTheme() {
  theme = NEXT[theme] || "auto";
  try {
    localStorage.setItem("prove.theme", theme);
  } catch {
    // a page that may store nothing has its theme until it is closed
  }
  apply();
  return theme;
}

export const themeName = () => theme;

function apply() {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
