// A question to which the user answers yes or no.

/**
 * Ask before something that cannot be undone. Resolves to whether the answer is yes; Escape means no.
 * What is asked late, while the dialog asks something else, is not asked: the words would change under the pointer.
 *
 * @param {HTMLDialogElement} dialog has `.question`, and a form with a button of the value "yes"
 * @param {{ question: string, yes: string }} words
 * @returns {Promise<boolean>}
 */
export async function askInDialog(dialog, { question, yes }) {
  if (dialog.open) return false;
  dialog.querySelector(".question").textContent = question;
  dialog.querySelector("[value=yes]").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }),
  );
}
