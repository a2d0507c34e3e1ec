// <canvas data-symbol="school" data-state="ok">: the sign of the map, beside words.

import { onThemeChange } from "../helpers/tokens.js";
import { forgetSigns, paintKey } from "./map/symbols.js";

export default function connect(canvas) {
  paintKey(canvas);
  return onThemeChange(() => {
    forgetSigns();
    paintKey(canvas);
  });
}
