// The selects and days of a list ask at once; the button stands for browsers without scripts. Empty ones stay out of the address.

export default function connect(form) {
  const button = form.querySelector("button[type=submit]");
  button.hidden = true;
  const ask = () => {
    for (const field of form.querySelectorAll("select, input:not([type=hidden])")) field.disabled = !field.value;
    form.submit();
  };
  form.addEventListener("change", ask);
  return () => form.removeEventListener("change", ask);
}
