// The selects of a list ask at once; the button stands for browsers without scripts. Empty ones stay out of the address.

export default function connect(form) {
  const button = form.querySelector("button[type=submit]");
  button.hidden = true;
  const ask = () => {
    for (const select of form.querySelectorAll("select")) select.disabled = !select.value;
    form.submit();
  };
  form.addEventListener("change", ask);
  return () => form.removeEventListener("change", ask);
}
