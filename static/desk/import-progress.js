// Asks how far an import is and shows it; once the job is done the page is read anew.
// <div data-controller="desk/import-progress" data-url="…/progress"> around a <progress>.

import { t } from "../helpers/i18n.js";

const EVERY_MS = 1000;

export default function connect(box) {
  const asking = new AbortController();
  let timer = setTimeout(ask, EVERY_MS);

  async function ask() {
    try {
      const answer = await fetch(box.dataset.url, { signal: asking.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const progress = await answer.json();
      if (!progress.busy) return location.reload();
      show(box, progress);
    } catch (error) {
      if (error.name === "AbortError") return;
      tell(box, t("暂时连不上服务器，正在重试…"));
    }
    timer = setTimeout(ask, EVERY_MS);
  }

  return () => {
    clearTimeout(timer);
    asking.abort();
  };
}

export function words({ state, done, total }) {
  return total ? t("{state}：{done} / {total} 行", { state, done, total }) : state;
}

function show(box, progress) {
  tell(box, words(progress));
  const bar = box.querySelector("progress");
  if (!progress.total) return;
  bar.max = progress.total;
  bar.value = progress.done;
}

function tell(box, text) {
  box.querySelector(".progress-label span").textContent = text;
}
