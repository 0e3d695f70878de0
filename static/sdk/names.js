// Who is who: how names are compared, and whose a message is.

/**
 * Two spellings of a name are the same participant. The server, which also knows look-alikes, makes sure that no two
 * participants have names that only it can tell apart.
 *
 * @param {string} name
 */
export const key = (name) => name.normalize("NFKC").toLowerCase();

/** Whether a message is from this participant. A name tells nothing: it can change, and become that of another one. */
export function isFrom(message, participant) {
  return participant !== undefined && message.participant === participant;
}
