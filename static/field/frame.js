// The frame that a phone keeps names nobody and no county: who works here, in which language and look, is put right
// when it opens.

import { el, fill } from "../helpers/dom.js";
import { t } from "../helpers/i18n.js";
import { button, empty, linkButton } from "./helpers/parts.js";
import { atWork } from "./models/at-work.js";
import { canBeKept } from "./models/surroundings.js";

const ASKED = "mingcha-language";

/** The person's id: as the server wrote it, or as this phone knows it. Null, and the page says why, where nobody works. */
export async function whoWorks(element) {
  const known = element.dataset.person ?? atWork()?.id;
  if (known) return known;
  const { ping } = await import("./models/connection.js");
  const { state, person_id } = await ping();
  if (person_id) return person_id;
  if (state === "signed_out") location.replace(`/account/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  else showNobody(element, state);
  return null;
}

function showNobody(element, state) {
  fill(document.getElementById("heading"), t("明察"));
  for (const id of ["sync-light", "phone-nav"]) document.getElementById(id).hidden = true; // there is nothing behind them
  fill(element, nobody(state));
}

function nobody(state) {
  const again = button(t("再试一次"), { kind: "primary", onPress: () => location.reload() });
  const password = linkButton(t("修改密码"), "/account/password?next=/m", { kind: "primary" });
  if (state === "disabled") return empty(t("账号已停用"), t("请联系本县管理员。手机上没传完的检查都还在。"), again, "lock");
  if (state === "forbidden") return empty(t("这个账号现在不能用手机页"), t("请先修改初始密码；仍不行请联系区县专班。"), password, "lock");
  if (state === "captive") return empty(t("网络要求先登录"), t("请先打开浏览器完成网络登录，再回来。"), again, "offline");
  return empty(t("还没有人在这台手机上登录"), t("请在有信号的地方登录一次，以后没有信号也能打开。没有传完的检查都在手机上，登录后接着传。"), again, "lock");
}

/** True where the person reads another language than this frame has, and the right one will come with a reload. */
export async function speaksOtherwise(app) {
  const wanted = atWork()?.language;
  if (!wanted || wanted === app.language || document.querySelector("[data-person]")) return false;
  if (sessionStorage.getItem(ASKED) === wanted) return false; // asked once already: better this one than none
  sessionStorage.setItem(ASKED, wanted);
  const { kept, speak } = await import("./models/versions.js");
  if (!app.files || !canBeKept() || !(await kept()).chosen) return false;
  await speak(wanted);
  return true;
}

export function markDemonstration(app) {
  if (!app.bundle?.county.is_demonstration || document.querySelector(".phone-bar .demo-badge")) return;
  document.body.prepend(el("div", { class: "demo-stripe", "aria-hidden": "true" }));
  document.getElementById("heading").after(document.getElementById("demo-badge").content.cloneNode(true));
}
