// Whoever types a day asks for days of their own, not for the named period beside them.

export default function connect(form) {
  const period = form.elements.period;
  const typed = (event) => {
    if (event.target.name === "from" || event.target.name === "to") period.value = "days";
  };
  form.addEventListener("change", typed);
  return () => form.removeEventListener("change", typed);
}
