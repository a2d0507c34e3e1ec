// Clues of a site that teaches: a phone on the advert, a teacher, where money is paid to, a chat group, a sign. Typed freely,
// several in a line; never about who told of it.

const MOST = 20;
const LONGEST = 100;

export const KINDS = ["phone", "teacher", "payment", "wechat", "advert"];

/** As the server takes them, [{ kind, text }], of { kind: typed }. */
export function clueLines(typed) {
  const lines = KINDS.flatMap((kind) => parts(typed?.[kind]).map((text) => ({ kind, text })));
  return lines.slice(0, MOST);
}

function parts(text) {
  const found = (text ?? "").split(/[\n;；,，、]+/).map((each) => each.trim().slice(0, LONGEST));
  return [...new Set(found.filter(Boolean))];
}
