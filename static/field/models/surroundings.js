// What the app runs in, as far as it changes what a person has to do to open it without a signal.

const MARKS = [
  ["wechat", /MicroMessenger/i],
  ["dingtalk", /DingTalk|AliApp/i],
  ["ios", /iPhone|iPad|iPod/],
  ["android", /Android|HarmonyOS|OpenHarmony/],
];

/** "home" (started from the home screen), "wechat", "dingtalk", "ios", "android" or "desktop". */
export function surroundings({ navigator, matchMedia } = globalThis) {
  if (navigator.standalone || matchMedia?.("(display-mode: standalone)").matches) return "home";
  const [found] = MARKS.find(([, mark]) => mark.test(navigator.userAgent)) ?? ["desktop"];
  // An iPad says that it is a Mac
  return found === "desktop" && /Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1 ? "ios" : found;
}

/** Where this browser can't open the app without a signal: false. */
export function canBeKept(world = globalThis) {
  return Boolean(world.isSecureContext && world.navigator?.serviceWorker && world.caches);
}

/** Whether a check can be kept here at all, as far as that can be told without trying; the words for it: abilities.js. */
export function canKeepChecks(world = globalThis) {
  return Boolean(world.isSecureContext && world.crypto?.subtle && world.indexedDB);
}
