import assert from "node:assert/strict";
import { test } from "node:test";

import { refuseAttribute, refuseTag } from "../../static/helpers/dom.js";

for (const name of ["onclick", "ONERROR", "onpointerrawupdate", "innerHTML", "outerHTML", "srcdoc", "style", "nonce"]) {
  test(`the attribute ${name} is refused`, () => {
    assert.throws(() => refuseAttribute(name, "x"), TypeError);
  });
}

for (const address of ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "\u0001javascript:alert(1)", "data:text/html,<script>", "vbscript:x"]) {
  test(`the address ${JSON.stringify(address)} is refused`, () => {
    for (const name of ["href", "src", "action", "formaction", "xlink:href"]) {
      assert.throws(() => refuseAttribute(name, address), TypeError);
    }
  });
}

for (const address of ["/sites/0192?tab=checks", "#main", "?q=a:b", "https://example.org/", "blob:https://example.org/1", "tel:12345", "./a:b", "点位:一"]) {
  test(`the address ${address} is let through`, () => {
    refuseAttribute("href", address);
  });
}

test("an address is only judged where a browser would follow it", () => {
  refuseAttribute("title", "javascript:alert(1)");
  refuseAttribute("data-note", "data:text/html,x");
});

for (const tag of ["script", "SCRIPT", "iframe", "object", "style", "base", "link"]) {
  test(`the tag ${tag} is refused`, () => {
    assert.throws(() => refuseTag(tag), TypeError);
  });
}
