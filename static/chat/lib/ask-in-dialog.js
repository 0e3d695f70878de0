// A question to which the user answers yes or no.

/**
 * Ask before something that cannot be undone. Resolves to whether the answer is yes; Escape means no.
 *
 * @param {HTMLDialogElement} dialog has `.question`, and a form with a button of the value "yes"
 * @param {{ question: string, yes: string }} words
 * @returns {Promise<boolean>}
 */
export function askInDialog(dialog, { question, yes }) {
  dialog.querySelector(".question").textContent = question;
  dialog.querySelector("[value=yes]").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }),
  );
}
