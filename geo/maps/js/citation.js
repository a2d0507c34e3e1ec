// How to cite what is shown: method, parameters, data time and hashes, as a list to read and as text to take away.
function citationOf(side) {
  const { layer, period } = side.now;
  const rows = [[say("cite_title"), data.title], [say("cite_period"), period.name], [say("cite_method"), layer.name], ...layer.sources, ...data.sources];
  if (layer.sha256) rows.push([say("cite_run"), layer.sha256]);
  rows.push([say("cite_page"), data.fingerprint]);
  return rows;
}

function fillCitation(side) {
  const rows = citationOf(side);
  element("cite-facts").replaceChildren(...rows.flatMap(([word, value]) => [make("dt", { text: word }), make("dd", { text: value })]));
  element("cite-text").value = rows.map(([word, value]) => say("cite_pair", { word, value })).join(say("cite_join"));
}

// A page without an address may not use the clipboard of its own accord; a copy that a person asks for works everywhere.
function bindCitation() {
  element("cite-copy").addEventListener("click", () => {
    element("cite-text").select();
    const done = document.execCommand("copy");
    element("said").textContent = element("cite-copy").textContent = say(done ? "copied" : "copy_by_hand");
  });
}
