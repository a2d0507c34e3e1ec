// The look of this phone, and the browser's own bar in its colour.

// Brought now, since they are asked for by name later, when there may be no signal.
import "../desk/look.js";
import "../desk/toast.js";

import { onThemeChange, token } from "../helpers/tokens.js";

/** The look the account had when the server wrote the page is this phone's from then on, until another is chosen. */
export function keepLook() {
  const { theme, type } = document.documentElement.dataset;
  try {
    if (document.querySelector("[data-person]") && !localStorage.getItem("look")) localStorage.setItem("look", JSON.stringify({ theme, type }));
  } catch {
    // Storage is closed: the page looks as it was written.
  }
  colourBar();
  onThemeChange(colourBar);
}

function colourBar() {
  document.querySelector("meta[name=theme-color]")?.setAttribute("content", token("surface"));
}
