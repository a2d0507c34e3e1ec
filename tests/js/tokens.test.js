import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync(new URL("../../static/css/tokens.css", import.meta.url), "utf8");
const THEMES = ["light", "night", "contrast"];
const STATES = ["ok", "due", "problem", "unknown"];

// Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
const EYES = {
  ordinary: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanope: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranope: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanope: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

for (const theme of THEMES) {
  const colour = tokensOf(theme);
  const least = theme === "contrast" ? 7 : 4.5;

  test(`words can be read in the ${theme} theme`, () => {
    const pairs = [
      ...["paper", "surface", "sunk"].flatMap((ground) => [["ink", ground], ["ink-muted", ground]]),
      ...["paper", "surface", "accent-soft"].flatMap((ground) => [["accent", ground], ["accent-strong", ground]]),
      ["on-primary", "primary"],
      ["on-primary", "primary-strong"],
      ...STATES.flatMap((state) => ["paper", "surface", `${state}-soft`].map((ground) => [`${state}-ink`, ground])),
      ["map-label", "map-paper"],
      ["map-label", "map-water"],
    ];
    for (const [ink, ground] of pairs) {
      const ratio = contrast(colour[ink], colour[ground]);
      assert.ok(ratio >= least, `${ink} on ${ground}: ${ratio.toFixed(2)} is less than ${least}`);
    }
  });

  test(`edges of controls and the focus ring stand out in the ${theme} theme`, () => {
    for (const edge of ["line-strong", "focus", "primary"]) {
      for (const ground of ["paper", "surface"]) {
        const ratio = contrast(colour[edge], colour[ground]);
        const wanted = edge === "primary" ? 2 : 3;
        assert.ok(ratio >= wanted, `${edge} on ${ground}: ${ratio.toFixed(2)}`);
      }
    }
  });

  for (const [eye, matrix] of Object.entries(EYES)) {
    test(`the four states differ in the ${theme} theme for the ${eye} eye`, () => {
      assertApart(STATES.map((state) => [state, colour[state]]), matrix, 14);
    });

    test(`the significance levels differ in the ${theme} theme for the ${eye} eye`, () => {
      const levels = ["hot99", "hot95", "hot90", "hot-none", "cold"];
      assertApart(levels.map((level) => [level, colour[level]]), matrix, 14);
    });
  }
}

test("every theme gives every colour", () => {
  const names = THEMES.map((theme) => Object.keys(tokensOf(theme)).sort());
  assert.deepEqual(names[1], names[0]);
  assert.deepEqual(names[2], names[0]);
});

function tokensOf(theme) {
  const block = css.slice(css.indexOf(`[data-theme="${theme}"] {`)).split("}")[0];
  return Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})\b/g)].map(([, name, value]) => [name, value]));
}

function assertApart(named, matrix, least) {
  for (const [i, [name, value]] of named.entries()) {
    for (const [other, otherValue] of named.slice(i + 1)) {
      const distance = Math.hypot(...lab(value, matrix).map((part, at) => part - lab(otherValue, matrix)[at]));
      assert.ok(distance >= least, `${name} and ${other}: ΔE ${distance.toFixed(1)} is less than ${least}`);
    }
  }
}

function contrast(one, other) {
  const [dark, light] = [one, other].map(luminance).sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex) {
  const [r, g, b] = linear(hex);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function linear(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
}

/** CIE L*a*b* under D65 of a colour as the eye of `matrix` sees it. */
function lab(hex, matrix) {
  const rgb = linear(hex);
  const [r, g, b] = matrix.map((row) => Math.min(1, Math.max(0, row.reduce((sum, weight, at) => sum + weight * rgb[at], 0))));
  const [x, y, z] = [
    (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047,
    0.2126729 * r + 0.7151522 * g + 0.072175 * b,
    (0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883,
  ].map((v) => (v > 216 / 24389 ? Math.cbrt(v) : ((24389 / 27) * v + 16) / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
