// Tips as points: few enough to be read at once, and only while they are shown.

export class TipPoints {
  #address;
  #changed;
  #tips = [];
  isOn = false;

  constructor(address, changed) {
    this.#address = address;
    this.#changed = changed;
  }

  get shown() {
    return this.isOn ? this.#tips : [];
  }

  async show(isOn) {
    this.isOn = isOn && Boolean(this.#address);
    if (this.isOn) await this.renew();
    this.#changed();
  }

  async renew() {
    if (!this.isOn) return;
    const answer = await fetch(this.#address, { credentials: "same-origin" });
    if (!answer.ok) return;
    const { features } = await answer.json();
    this.#tips = features.map(({ geometry: { coordinates: [lon, lat] }, properties }) => ({ ...properties, lon, lat }));
    this.#changed();
  }
}
