// Stops are dragged between teams: by pointer on the grip, or by key (space takes up, arrows choose, Enter drops,
// Escape leaves it). On a phone the list below each stop does the same. The drop is a form that is sent.

import { t } from "../../helpers/i18n.js";
import { el, fill } from "../../helpers/dom.js";

const EDGE = 60; // px from the edge of the list at which it scrolls
const STEP = 14; // px a frame

export default function connect(page) {
  const form = page.querySelector("#drag");
  const solve = page.querySelector("#solve");
  const stopWaiting = showWaiting(page, [form, solve, ...page.querySelectorAll(".route-move form")]);
  if (!form) return stopWaiting;
  const drag = new Drag(page, form);
  page.addEventListener("pointerdown", drag.take);
  page.addEventListener("keydown", drag.key);
  return () => {
    drag.end();
    stopWaiting();
    page.removeEventListener("pointerdown", drag.take);
    page.removeEventListener("keydown", drag.key);
  };
}

/** The place of the next team, round and round. Nothing chosen yet (-1): the first, or going back the last. */
export function nextTeam(count, now, step) {
  if (count === 0) return -1;
  if (now < 0) return step > 0 ? 0 : count - 1;
  return (now + step + count) % count;
}

/** How far a list scrolls in a frame while something is held at `y` between `top` and `bottom`. */
export function scrollAt(y, top, bottom) {
  if (y < top + EDGE) return -STEP;
  return y > bottom - EDGE ? STEP : 0;
}

class Drag {
  constructor(page, form) {
    Object.assign(this, { page, form, row: null, team: -1, ghost: null, frame: 0 });
    this.dock = page.querySelector(".route-dock");
    this.says = page.querySelector("#drag-says");
    this.side = page.querySelector(".routes-side");
    this.sections = [...page.querySelectorAll("section[data-team]")];
    this.teams = this.sections.map(({ dataset }) => ({ id: dataset.team, name: dataset.teamName }));
    for (const name of ["take", "move", "drop", "key", "cancel"]) this[name] = this[name].bind(this);
  }

  take(event) {
    const grip = event.target.closest?.(".route-grip");
    if (!grip || event.button !== 0 || this.row) return;
    event.preventDefault();
    grip.focus();
    this.begin(grip.closest(".route-stop"));
    this.ghost = el("div", { class: "route-ghost" }, this.row.dataset.name);
    document.body.append(this.ghost);
    this.move(event);
    addEventListener("pointermove", this.move);
    addEventListener("pointerup", this.drop);
    addEventListener("pointercancel", this.cancel);
  }

  begin(row) {
    this.row = row;
    this.team = -1;
    row.classList.add("is-held");
    fill(this.dock, t("移到："), this.teams.map(({ id, name }) => el("span", { "data-team": id }, name)));
    this.dock.hidden = false;
  }

  move(event) {
    const [x, y] = [event.clientX, event.clientY];
    this.ghost.style.translate = `${x + 12}px ${y + 12}px`;
    const over = document.elementFromPoint(x, y)?.closest?.("[data-team]");
    this.choose(this.teams.findIndex(({ id }) => id === over?.dataset.team));
    cancelAnimationFrame(this.frame);
    const { top, bottom } = this.side.getBoundingClientRect();
    const step = scrollAt(y, Math.max(top, 0), Math.min(bottom, innerHeight));
    if (step) this.frame = requestAnimationFrame(() => this.scroll(step));
  }

  scroll(step) {
    if (!this.row) return;
    const list = this.side.scrollHeight > this.side.clientHeight ? this.side : document.scrollingElement;
    list.scrollBy(0, step);
    this.frame = requestAnimationFrame(() => this.scroll(step));
  }

  choose(team) {
    this.team = team;
    const id = this.teams[team]?.id;
    for (const each of this.page.querySelectorAll("[data-team]")) each.classList.toggle("is-over", each.dataset.team === id);
  }

  key(event) {
    const grip = event.target.closest?.(".route-grip");
    if (!this.row && grip && (event.key === " " || event.key === "Enter")) {
      event.preventDefault();
      this.begin(grip.closest(".route-stop"));
      this.say(t("拿起了{name}。上下键选小组，回车放下，Esc 取消", { name: this.row.dataset.name }));
    } else if (this.row && event.key === "Escape") {
      event.preventDefault();
      this.cancel();
    } else if (this.row && ["ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft"].includes(event.key)) {
      event.preventDefault();
      this.choose(nextTeam(this.teams.length, this.team, /Down|Right/.test(event.key) ? 1 : -1));
      this.say(this.teams[this.team].name);
    } else if (this.row && (event.key === " " || event.key === "Enter")) {
      event.preventDefault();
      this.drop();
    }
  }

  drop() {
    const { row, team } = this;
    const own = row.closest("section[data-team]")?.dataset.team;
    this.end();
    if (team < 0 || this.teams[team].id === own) return this.say(t("没有移动"));
    this.form.elements.stop_id.value = row.dataset.stop;
    this.form.elements.team_id.value = this.teams[team].id;
    this.say(t("移到{team}，正在重新排路线", { team: this.teams[team].name }));
    this.form.requestSubmit();
  }

  cancel() {
    this.end();
    this.say(t("没有移动"));
  }

  end() {
    cancelAnimationFrame(this.frame);
    removeEventListener("pointermove", this.move);
    removeEventListener("pointerup", this.drop);
    removeEventListener("pointercancel", this.cancel);
    this.ghost?.remove();
    this.ghost = null;
    this.row?.classList.remove("is-held");
    this.row = null;
    this.choose(-1);
    if (this.dock) this.dock.hidden = true;
  }

  say(words) {
    this.says.textContent = words;
  }
}

/** Once one form is sent the others wait: each is based on the plan that is shown. */
function showWaiting(page, forms) {
  const busy = page.querySelector(".routes-busy");
  const sent = (event) => {
    // Not at once: a button that is disabled now would not be sent along
    setTimeout(() => {
      if (busy) busy.hidden = false;
      for (const button of page.querySelectorAll("form button")) button.disabled = true;
    });
    event.currentTarget.setAttribute("aria-busy", "true");
  };
  const back = () => {
    if (busy) busy.hidden = true;
    for (const button of page.querySelectorAll("form button")) button.disabled = false;
  };
  const known = forms.filter(Boolean);
  for (const form of known) form.addEventListener("submit", sent);
  addEventListener("pageshow", back);
  return () => {
    for (const form of known) form.removeEventListener("submit", sent);
    removeEventListener("pageshow", back);
  };
}
