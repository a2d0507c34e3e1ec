// Classic and synchronous on purpose: it must run before the first paint, or a dark page flashes white.
// What this device chose wins over what the account has; a phone in the sun is not the desk of the same person.
(() => {
  const allowed = { theme: ["light", "night", "contrast"], type: ["normal", "large"] };
  try {
    const chosen = JSON.parse(localStorage.getItem("look") ?? "{}");
    for (const [name, values] of Object.entries(allowed)) {
      if (values.includes(chosen[name])) document.documentElement.dataset[name] = chosen[name];
    }
  } catch {
    // Storage is closed (private window) or holds rubbish: the server's choice stands.
  }
})();
