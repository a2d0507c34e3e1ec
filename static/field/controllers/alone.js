// Only one page may fill in a draft, else the later one would undo the earlier.

/** A function that lets go of the draft, or null where another page holds it. */
export async function holdDraft(id) {
  if (!navigator.locks) return () => {};
  return new Promise((decided) => {
    let release;
    const held = new Promise((resolve) => (release = resolve));
    const request = navigator.locks.request(`mingcha-draft-${id}`, { ifAvailable: true }, (lock) => {
      decided(lock && letGo);
      return lock && held;
    });
    const letGo = () => {
      release();
      return request;
    };
  });
}
