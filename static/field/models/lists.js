// Which checklists suit a visit. A draft takes its own copy along, so that it is finished with the words that it was
// begun with, whatever the bundle brings meanwhile.

/** The list as a site is asked it: without the items for other kinds of site. Null stays null. */
export function listFor(list, site) {
  if (!list) return null;
  const { code, version, title, title_en, items } = list;
  return { code, version, title, title_en, items: items.filter(({ kinds }) => isFor(kinds, site?.kind)) };
}

/** { suiting, others } of all lists, the one to propose first: by the kind of site, then by the kind of check. */
export function sorted(lists, site, kind) {
  const suits = (list) => isFor(list.site_kinds, site?.kind) && list.items.some(({ kinds }) => isFor(kinds, site?.kind));
  const suiting = lists.filter(suits);
  const order = new Map(suiting.map((list, place) => [list, rank(list, kind) * lists.length - place]));
  return { suiting: suiting.sort((a, b) => order.get(b) - order.get(a)), others: lists.filter((list) => !suits(list)) };
}

/** The list that a visit begins with, or null where none suits. */
export function proposed(lists, site, kind) {
  const [first] = sorted(lists, site, kind).suiting;
  return first ?? null;
}

export function isSame(one, other) {
  return one?.code === other?.code && one?.version === other?.version;
}

/**
 * Of lists that are no longer offered, those to keep when newer ones take their places: those of drafts from before
 * drafts had a copy, and of records that may come back to be mended.
 */
export function earlier(offered, kept, most = 20) {
  const known = [...(kept?.checklists ?? []), ...(kept?.earlier_checklists ?? [])];
  return known.filter((list, place) => !offered.some((each) => isSame(each, list)) && known.findIndex((each) => isSame(each, list)) === place).slice(0, most);
}

/** Made for this kind of check; else the county's own; else one that is for any kind; else one for other kinds. */
function rank(list, kind) {
  const named = list.check_kinds?.includes(kind) ?? false;
  if (!named && list.check_kinds?.length) return 0;
  return 1 + (named ? 4 : 0) + (list.is_own ? 2 : 0) + (list.site_kinds?.length ? 1 : 0);
}

function isFor(kinds, kind) {
  return !kinds?.length || kinds.includes(kind);
}
