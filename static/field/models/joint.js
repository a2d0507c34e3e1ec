// The joint sheet: a checklist whose items are of several departments, all asked on one visit.

/** The departments of a list's items in their order; empty for a list that is no joint sheet. */
export function departmentsOf(list) {
  const found = [...new Set((list?.items ?? []).map(({ department }) => department).filter(Boolean))];
  return found.length > 1 ? found : [];
}

/** What was said for each department: [{ department, step, asked, answered, problems }]. `step` is its first one. */
export function shares(list, groups, answers) {
  return departmentsOf(list).map((department) => {
    const items = list.items.filter((item) => item.department === department);
    const verdicts = items.map(({ code }) => answers[code]?.verdict).filter(Boolean);
    const problems = verdicts.filter((verdict) => verdict === "not_compliant").length;
    const place = groups.findIndex((group) => group.department === department);
    return { department, step: `items-${place + 1}`, asked: items.length, answered: verdicts.length, problems };
  });
}

/** Whether nobody of a department came along; false where that isn't known. `joint` is what the packet said. */
export function isAbsent(joint, department) {
  return joint?.some(({ kind, on_team }) => kind === department && !on_team) ?? false;
}
