// Loads a page of this site as a document, to take over parts of it. No script in it runs, and the browser itself
// parses the HTML, so that no text can become markup here.

export const LONGEST = 10_000; // milliseconds that a page may take

/**
 * @param {string} address
 * @param {AbortSignal} [signal]
 * @returns {Promise<Document>} rejects with the `status` of the answer, and with `unreachable` if the server is
 */
export function loadDocument(address, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = ({ type }) => reject(Object.assign(new Error(`no page from ${address}`), { status: request.status, unreachable: type === "error" }));
    request.open("GET", address);
    request.setRequestHeader("Accept", "text/html");
    request.responseType = "document";
    request.timeout = LONGEST;
    request.onload = (event) => (request.status === 200 && request.response ? resolve(request.response) : fail(event));
    request.onerror = request.ontimeout = request.onabort = fail;
    const abort = () => request.abort();
    signal?.addEventListener("abort", abort);
    request.onloadend = () => signal?.removeEventListener("abort", abort);
    request.send();
  });
}
