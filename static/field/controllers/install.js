// How the app gets on the home screen, or out of a chat into a browser that can keep it.

import { el, icon } from "../../helpers/dom.js";
import { t } from "../../helpers/i18n.js";
import { button, card, linkButton, notice } from "../helpers/parts.js";
import { canBeKept, surroundings } from "../models/surroundings.js";

const DISMISSED = "mingcha-install";

let offered = null; // the browser's own question, where it has one
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offered = event;
});

/** Once on the first screen, until it is put away. */
export function installHint() {
  if (!hasSteps() || isDismissed()) return null;
  const how = linkButton(t("怎么做"), "/m/me#install", { iconName: "home" });
  const shown = canBeKept() ? notice(t("以后点图标就能打开，没有信号也行。"), "", t("把明察放到主屏幕"), buttons(how)) : notice(t("没有信号时，这个页面关掉就打不开了。已经填的都在手机上。"), "due", t("此环境不能离线打开，请用系统浏览器"), buttons(how));
  return shown;

  function buttons(first) {
    const away = button(t("不再提示"), { kind: "quiet", onPress: () => dismiss(shown) });
    return el("div", { class: "cluster" }, first, away);
  }
}

/** The steps for this browser; null where there is nothing to do. */
export function installCard() {
  if (!hasSteps()) return null;
  const where = surroundings();
  const title = isChat(where) ? t("用系统浏览器打开") : t("添加到主屏幕");
  const list = el("ol", { class: "how" }, steps(where).map(([name, words]) => el("li", {}, icon(name), el("span", {}, words))));
  const made = card(title, offered && button(t("现在添加"), { kind: "primary", wide: true, iconName: "home", onPress: () => ask(made) }), list, el("p", { class: "muted small" }, last(where)));
  made.id = "install";
  return made;
}

function steps(where) {
  if (where === "wechat") return [["dots", t("点右上角的三个点")], ["globe", t("选“在浏览器打开”或“用 Safari 打开”")], ["lock", t("在浏览器里登录，再按提示添加到主屏幕")]];
  if (where === "dingtalk") return [["dots", t("点右上角的三个点")], ["globe", t("选“在浏览器中打开”")], ["lock", t("在浏览器里登录，再按提示添加到主屏幕")]];
  if (where === "ios") return [["share", t("点浏览器底部或顶部的“分享”")], ["add-box", t("往下找到“添加到主屏幕”，再点“添加”")], ["home", t("从主屏幕的图标打开，登录一次")]];
  return [["dots-down", t("点浏览器右上角或底部的菜单")], ["add-box", t("选“添加到主屏幕”或“安装应用”")], ["home", t("从主屏幕的图标打开")]];
}

function last(where) {
  if (isChat(where)) return t("微信、钉钉里的页面没有信号就打不开，也可能被清除。已经填的检查请先在这里传完。");
  if (where === "ios") return t("第一次从图标打开要有信号。请先把这里没传完的检查传完：图标里的明察和浏览器里的各存各的。");
  return t("放到主屏幕后，浏览器一般不会自动清除手机上的数据。");
}

function hasSteps() {
  return !["home", "desktop"].includes(surroundings()) || !canBeKept() || Boolean(offered);
}

function isChat(where) {
  return where === "wechat" || where === "dingtalk";
}

async function ask(element) {
  const question = offered;
  offered = null;
  await question?.prompt();
  if ((await question?.userChoice)?.outcome === "accepted") element.remove();
}

function isDismissed() {
  try {
    return Boolean(localStorage.getItem(DISMISSED));
  } catch {
    return true; // a browser that remembers nothing would ask each time
  }
}

function dismiss(element) {
  element.remove();
  try {
    localStorage.setItem(DISMISSED, "1");
  } catch {
    // It is put away for now.
  }
}
