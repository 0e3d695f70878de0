// A form about a room asks for a password only where the room can have one. `data-may-stay`: the room has one already.

/** @param {HTMLFormElement} form @param {import("./places.js").Stay} stay */
export function open(form, { signal }) {
  const field = form.querySelector("[data-password-field]");
  const password = field.querySelector("input");

  function showPasswordField() {
    const isPublic = form.elements.visibility.value === "public";
    field.hidden = password.disabled = isPublic;
    password.required = !isPublic && password.dataset.mayStay === undefined;
  }

  form.addEventListener("change", showPasswordField);
  addEventListener("pageshow", showPasswordField, { signal }); // the back button restores what was chosen
  showPasswordField();
}
