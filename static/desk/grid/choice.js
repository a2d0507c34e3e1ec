// Which cells are chosen: by the map, by the lines of a list, all of a township at once. A form sends them as `cells`.

import { t } from "../../helpers/i18n.js";

export class Choice {
  constructor(form, mark) {
    this.form = form;
    this.mark = mark;
    this.ids = new Set();
    this.count = form.querySelector("[data-chosen-count]");
    for (const tick of this.#ticks()) {
      if (tick.checked) this.ids.add(tick.value);
      tick.addEventListener("change", () => this.#set(tick.value, tick.checked));
    }
    form.querySelector("[data-choose-all]")?.addEventListener("change", (event) => {
      for (const tick of this.#ticks()) this.#set(tick.value, event.target.checked);
    });
    form.addEventListener("formdata", (event) => {
      event.formData.delete("cells");
      for (const id of this.ids) event.formData.append("cells", id);
    });
    this.#tell();
  }

  toggle(id) {
    this.#set(id, !this.ids.has(id));
  }

  add(id) {
    this.#set(id, true);
  }

  repaint() {
    for (const id of this.ids) this.mark(id, true);
    this.#tell();
  }

  #ticks() {
    return this.form.querySelectorAll('input[type="checkbox"][name="cells"]');
  }

  #set(id, isOn) {
    if (isOn) this.ids.add(id);
    else this.ids.delete(id);
    this.mark(id, isOn);
    for (const tick of this.#ticks()) if (tick.value === id) tick.checked = isOn;
    this.#tell();
  }

  #tell() {
    if (this.count) this.count.textContent = t("已选 {n} 个网格", { n: this.ids.size });
  }
}
