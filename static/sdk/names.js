// How names are compared.

/**
 * Two spellings of one name are one person. The server, which also knows look-alikes, sees to it that no two
 * people have names that only it can tell apart.
 *
 * @param {string} name
 */
export const key = (name) => name.normalize("NFKC").toLowerCase();
