// How names are compared.

/**
 * Two spellings of a name are the same participant. The server, which also knows look-alikes, makes sure that no two
 * participants have names that only it can tell apart.
 *
 * @param {string} name
 */
export const key = (name) => name.normalize("NFKC").toLowerCase();
