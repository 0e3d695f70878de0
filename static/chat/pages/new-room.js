// The form for a new room asks for a password only where the room can have one.

const form = document.querySelector("#create form");
const field = form.querySelector("[data-password-field]");
const password = field.querySelector("input");

function follow() {
  const open = form.elements.visibility.value === "public";
  field.hidden = password.disabled = open;
  password.required = !open;
}

form.addEventListener("change", follow);
addEventListener("pageshow", follow); // the back button brings back what was chosen
follow();
