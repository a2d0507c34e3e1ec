// Hours that come up often: one press fills in the day and the times of the form.

export default function connect(box) {
  const form = box.closest("form");
  const fill = ({ target }) => {
    const chip = target.closest("[data-day]");
    if (!chip) return;
    for (const name of ["day", "meets", "starts", "ends"]) form.elements[name].value = chip.dataset[name];
    for (const each of box.querySelectorAll(".chip")) each.toggleAttribute("aria-current", each === chip);
  };
  box.addEventListener("click", fill);
  return () => box.removeEventListener("click", fill);
}
