// The panel over the map: shows what htmx brings or a script fills in, says what it is, closes.
//
// Hears panel:close, panel:fill { detail: element } and panel:renew { detail: { load } };
// tells panel:shown { subject, id, lon, lat, radius_m } and panel:closed.

import { toast } from "../helpers/toast.js";
import { t } from "../helpers/i18n.js";

export default function connect(panel) {
  let scroll = null;

  const shown = () => {
    const content = panel.querySelector(".panel-content");
    if (!content) return;
    const wasHidden = panel.hidden;
    panel.hidden = false;
    const body = panel.querySelector(".panel-body");
    if (scroll !== null) body.scrollTop = scroll;
    else if (wasHidden || !panel.contains(document.activeElement)) panel.querySelector("#file-title")?.focus({ preventScroll: true });
    scroll = null;
    const [subject, id, lon, lat, radius_m] = content.dataset.subject.split(" ");
    const place = lat === undefined ? {} : { lon: Number(lon), lat: Number(lat), radius_m: Number(radius_m ?? 0) };
    panel.dispatchEvent(new CustomEvent("panel:shown", { detail: { subject, id, ...place } }));
  };
  const close = () => {
    if (panel.hidden) return;
    panel.hidden = true;
    panel.replaceChildren();
    panel.dispatchEvent(new CustomEvent("panel:closed"));
  };
  const fill = ({ detail }) => {
    panel.replaceChildren(detail);
    htmx.process(panel);
    shown();
  };
  const renew = ({ detail }) => {
    // A form being filled in is never taken away.
    if (panel.hidden || panel.querySelector("form.form, .reject[open]")) return;
    scroll = panel.querySelector(".panel-body")?.scrollTop ?? 0;
    detail.load();
  };
  const press = (event) => {
    if (event.target.closest("[data-closes-panel]")) close();
  };
  const beforeSwap = ({ detail }) => {
    const { status, responseText } = detail.xhr;
    if (status === 422 && detail.target === panel) Object.assign(detail, { shouldSwap: true, isError: false });
    else if (status === 401 || detail.xhr.responseURL.includes("/account/sign-in")) location.reload();
    else if (status >= 400) complain(responseText);
  };
  const failed = () => {
    scroll = null;
    toast(t("网络不通，没有打开。请稍后再试。"), "due");
  };

  const heard = [
    ["htmx:afterSwap", ({ detail }) => detail.target === panel && shown()],
    ["htmx:beforeSwap", beforeSwap],
    ["htmx:sendError", failed],
    ["panel:close", close],
    ["panel:fill", fill],
    ["panel:renew", renew],
    ["click", press],
  ];
  for (const [name, act] of heard) panel.addEventListener(name, act);
  shown(); // what an address asked for may have come before this script
  return () => {
    for (const [name, act] of heard) panel.removeEventListener(name, act);
  };
}

/** The heading of the server's own error page, as text. */
function complain(page) {
  const heading = new DOMParser().parseFromString(page, "text/html").querySelector("h1")?.textContent.trim();
  toast(heading || t("没有完成，请再试一次。"), "problem");
}
