// <button data-opens="some-dialog"> opens it; Escape, its close button or a press outside closes it.

export default function connect(dialog) {
  const open = (event) => {
    const opener = event.target.closest?.("[data-opens]");
    if (opener?.dataset.opens !== dialog.id || dialog.open) return;
    event.preventDefault();
    dialog.showModal();
  };
  const pressed = (event) => {
    if (event.target === dialog) dialog.close();
  };
  document.addEventListener("click", open);
  dialog.addEventListener("click", pressed);
  return () => document.removeEventListener("click", open);
}
