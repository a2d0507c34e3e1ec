// A screen that is drawn again when what the phone keeps has changed.

import { t } from "../../helpers/i18n.js";
import { button, empty, linkButton } from "../helpers/parts.js";

/** Draws now and after every change while the screen is open. */
export async function live(screen, draw) {
  await draw();
  screen.onLeave(screen.app.onChange(() => draw().catch(reportError)));
}

/** Draws once more when the position is known. Nobody is asked for it just for having opened a page. */
export async function followIfAllowed(screen, draw) {
  const permission = await navigator.permissions?.query({ name: "geolocation" }).catch(() => null);
  if (permission?.state !== "granted") return;
  const { whereabouts } = await screen.app.outward();
  let shown = false;
  screen.onLeave(
    whereabouts.follow((fix) => {
      if (!fix || shown) return;
      shown = true;
      draw();
    }),
  );
}

/** Before the first bundle has come, or where it can't come: what is wrong and what to do. */
export function nothingYet(screen) {
  const { app } = screen;
  const again = button(t("再试一次"), { kind: "primary", onPress: () => app.refresh() });
  const signIn = linkButton(t("重新登录"), "/account/sign-in?next=/m", { kind: "primary" });
  const states = {
    unknown: () => empty(t("正在取回任务和点位…"), t("第一次打开要联网，取回后没有信号也能用。"), null, "download"),
    unreachable: () => empty(t("还没有取到任务和点位"), t("第一次使用要有信号。请换个位置或换一个网络再试。"), again, "offline"),
    signed_out: () => empty(t("登录已过期"), t("重新登录后就能取回任务和点位。"), signIn, "lock"),
    disabled: () => empty(t("账号已停用"), t("请联系本县管理员。手机上没传完的检查会自动封存送到教育局。"), null, "lock"),
    forbidden: () => empty(t("这个账号不能用手机页"), t("请联系区县专班开通外勤权限。"), null, "lock"),
  };
  screen.frame({ primary: [] });
  screen.show((states[app.bundleState] ?? states.unknown)());
}
