// A receipt code as it is read out on the telephone: each letter with the word for it in the international alphabet
// (ICAO Annex 10) and as it is said in Mandarin, where 1 is yāo, so that nobody hears 7.

const WORDS = {
  0: ["Zero", "零"], 1: ["One", "幺"], 2: ["Two", "二"], 3: ["Three", "三"], 4: ["Four", "四"],
  5: ["Five", "五"], 6: ["Six", "六"], 7: ["Seven", "七"], 8: ["Eight", "八"], 9: ["Nine", "九"],
  A: ["Alfa", "诶"], B: ["Bravo", "比"], C: ["Charlie", "西"], D: ["Delta", "迪"], E: ["Echo", "伊"],
  F: ["Foxtrot", "艾弗"], G: ["Golf", "吉"], H: ["Hotel", "艾尺"], J: ["Juliett", "杰"], K: ["Kilo", "开"],
  M: ["Mike", "艾姆"], N: ["November", "恩"], P: ["Papa", "批"], Q: ["Quebec", "扣"], R: ["Romeo", "啊儿"],
  S: ["Sierra", "艾斯"], T: ["Tango", "提"], V: ["Victor", "维"], W: ["Whiskey", "达不溜"], X: ["X-ray", "艾克斯"],
  Y: ["Yankee", "歪"], Z: ["Zulu", "贼"],
};

/** [[{ letter, international, mandarin }, …], …]: the groups of a code. A letter of no alphabet says itself. */
export function spelled(code) {
  return code.split("-").map((group) =>
    [...group].map((letter) => {
      const [international, mandarin] = WORDS[letter] ?? [letter, letter];
      return { letter, international, mandarin };
    }),
  );
}
