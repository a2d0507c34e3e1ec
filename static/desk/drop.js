// <input type="file" data-controller="desk/drop"> inside .file-drop: a file dropped anywhere on the box is chosen.

export default function connect(input) {
  const box = input.closest(".file-drop");
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const over = (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    box.dataset.over = "";
  };
  const leave = () => delete box.dataset.over;
  const drop = (event) => {
    leave();
    if (!carriesFiles(event)) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  box.addEventListener("dragover", over);
  box.addEventListener("dragleave", leave);
  box.addEventListener("drop", drop);
  return () => {
    box.removeEventListener("dragover", over);
    box.removeEventListener("dragleave", leave);
    box.removeEventListener("drop", drop);
  };
}
