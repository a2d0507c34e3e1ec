// The plan of a sweep as the server has it. Sites go in bodies, never in addresses; nothing is kept in the browser.

import { t } from "../../helpers/i18n.js";

export class Refused extends Error {
  constructor(status, answer) {
    super(Object.values(answer.fields ?? {})[0] ?? answer.message ?? t("没有连上服务器，什么也没有改。请检查网络后重试"));
    Object.assign(this, { status, answer });
  }
}

export class PlanApi {
  /** The revision whose content the page shows: undoing goes on from there. */
  shown = 0;

  constructor(urls) {
    this.urls = urls;
    this.plan = null;
  }

  async load() {
    return this.#keep(await ask(this.urls.plan));
  }

  /** Raises Refused; with status 409 its answer holds `changes` and the `plan` as it is now. */
  async step(step) {
    return this.#keep(await ask(this.urls.steps, { based_on: this.plan.revision, step }));
  }

  /** Another's plan becomes the ground for the next step. */
  take(plan) {
    return this.#keep(plan);
  }

  get mayUndo() {
    return this.shown > 0;
  }

  async undo() {
    const earlier = this.shown - 1;
    await this.step({ kind: "restore", revision: earlier });
    this.shown = earlier;
    return this.plan;
  }

  async candidates(source) {
    return ask(this.urls.candidates, source);
  }

  async revisions() {
    return (await ask(this.urls.revisions)).revisions;
  }

  #keep(plan) {
    this.plan = plan;
    this.shown = plan.revision;
    return plan;
  }
}

async function ask(address, body) {
  let answer;
  try {
    answer = await fetch(address, {
      method: body ? "POST" : "GET",
      headers: { Accept: "application/json", ...(body && { "Content-Type": "application/json" }) },
      body: body && JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    throw new Refused(0, {});
  }
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, content);
  return content;
}
