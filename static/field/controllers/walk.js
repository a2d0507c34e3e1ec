// The walk that is under way: its draft, its track. It goes on while the page is open, whatever screen is looked at.

import { t } from "../../helpers/i18n.js";
import { toast } from "../../helpers/toast.js";
import { Editor } from "../models/editor.js";
import { stepped } from "../models/visit.js";
import { holdDraft } from "./alone.js";

const JUST_BEFORE_MS = 10_000;

let walk = null;

/** { editor, end() } of a draft; null where another page walks it. One that was under way before makes room. */
export async function walkOf(app, draft) {
  if (walk?.id === draft.id) return walk;
  await walk?.pause();
  const letGo = await holdDraft(draft.id);
  if (!letGo) return null;
  walk = new Walk(app, draft, letGo);
  return walk;
}

class Walk {
  id;
  editor;
  isResting = false; // while it is being finished, no step may write the draft anew
  #stop;
  #letGo;

  constructor(app, draft, letGo) {
    this.id = draft.id;
    this.editor = new Editor(app.store, draft, () => toast(t("没有保存上，手机可能没有空间了。"), "problem"));
    this.#letGo = letGo;
    this.#stop = app.whereabouts.follow((fix) => fix && this.#step(fix));
    const since = Date.parse(draft.started_at) - JUST_BEFORE_MS; // the way here is no part of the walk
    for (const fix of app.whereabouts.around()) if (Date.parse(fix.at) >= since) this.#step(fix);
  }

  /** It is over, or thrown away: nothing of it is written any more. */
  async end() {
    this.#stop();
    if (walk === this) walk = null;
    await this.#letGo();
  }

  async pause() {
    await this.editor.flush().catch(() => {});
    await this.end();
  }

  #step(fix) {
    const next = this.isResting ? null : stepped(this.editor.draft, fix);
    if (next) this.editor.apply(() => next);
  }
}
