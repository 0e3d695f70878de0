// A question before something that cannot be taken back.

/**
 * Ask in a dialog. Resolves to whether the answer is yes; Escape is a no.
 *
 * @param {HTMLDialogElement} dialog has `.question`, and a form whose button of the value "yes" is the yes
 * @param {{ question: string, yes: string }} words
 * @returns {Promise<boolean>}
 */
export function ask(dialog, { question, yes }) {
  dialog.querySelector(".question").textContent = question;
  dialog.querySelector("[value=yes]").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }),
  );
}
