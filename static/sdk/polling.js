// A connection over plain HTTP requests, for networks that let no WebSocket through. It has the part of a WebSocket's
// interface that the SDK uses.

const REPEATS = [500, 2_000, 5_000]; // milliseconds before each repetition of a request whose answer was lost
const PATIENCE = 35_000; // milliseconds for an answer: the server waits for 25 seconds
const LONGEST = 600_000; // milliseconds; then it ends, as a WebSocket may get through again
const MOST = 60_000; // bytes of commands in a request: a server takes 65,536
const LOST = 1006;
const TOO_LARGE = 1009;

export class PollingSocket {
  onopen = () => {};
  onmessage = () => {};
  onclose = () => {};
  readyState = WebSocket.CONNECTING;
  #address;
  #key = "";
  #waiting = []; // commands to send
  #sending = false;
  #sent = 0;
  #ending = new AbortController();

  /** @param {string} address where to open it */
  constructor(address) {
    this.#address = address;
    this.#run();
  }

  /** @param {string} frame */
  send(frame) {
    this.#waiting.push(frame);
    if (!this.#sending) this.#sendWaiting();
  }

  close() {
    if (this.readyState === WebSocket.CLOSED) return;
    this.readyState = WebSocket.CLOSED;
    this.#ending.abort();
    this.#tellServer();
  }

  async #run() {
    try {
      const { key } = JSON.parse(await this.#fetch("", { method: "POST" }));
      this.#key = key;
      if (this.readyState === WebSocket.CLOSED) {
        this.#tellServer();
        return;
      }
      this.readyState = WebSocket.OPEN;
      this.onopen();
      await this.#receive();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #receive() {
    const end = performance.now() + LONGEST;
    for (let got = 0; this.readyState === WebSocket.OPEN; ) {
      const text = await this.#ask(`?after=${got}`, { method: "GET" });
      const [head, ...frames] = text.trimEnd().split("\n");
      const { after, closed } = JSON.parse(head);
      got = after;
      for (const data of frames) if (this.readyState === WebSocket.OPEN) this.onmessage({ data });
      if (closed) this.#end(closed);
      else if (!frames.length && !this.#sending && performance.now() > end) {
        this.#tellServer();
        this.#end({ code: LOST, reason: "" });
      }
    }
  }

  async #sendWaiting() {
    this.#sending = true;
    try {
      while (this.#waiting.length && this.readyState === WebSocket.OPEN) {
        const frames = this.#takeSome();
        await this.#ask(`?after=${this.#sent}`, { method: "POST", body: frames.join("\n") });
        this.#sent += frames.length;
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#sending = false;
  }

  /** As many of the waiting commands as fit into a request, at least one. */
  #takeSome() {
    let size = 0;
    const most = this.#waiting.findIndex((frame) => (size += 3 * frame.length) > MOST);
    return this.#waiting.splice(0, most < 0 ? this.#waiting.length : Math.max(1, most));
  }

  /** The answer to a request, which is repeated if it is lost: the count in it tells the server what it has had. */
  async #ask(query, options) {
    for (const pause of REPEATS) {
      try {
        return await this.#fetch(query, options);
      } catch (error) {
        if (error instanceof Refused || this.readyState !== WebSocket.OPEN) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
    return this.#fetch(query, options);
  }

  /** The body of the answer. Throws Refused if the server refuses, another error if it is a proxy that fails. */
  async #fetch(query, options) {
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(PATIENCE)]);
    const answer = await fetch(this.#address + query, { cache: "no-store", headers: this.#headers, signal, ...options });
    if (answer.ok) return answer.text();
    throw answer.status < 500 ? new Refused(answer.status) : new Error(`HTTP ${answer.status}`);
  }

  get #headers() {
    return this.#key ? { "Poll-Key": this.#key } : {};
  }

  /** Tell the server that this is the end, also while the page is being left (`keepalive`). */
  #tellServer() {
    if (this.#key) fetch(this.#address, { method: "DELETE", headers: this.#headers, keepalive: true }).catch(() => {});
  }

  #fail(error) {
    this.#end({ code: error instanceof Refused && error.status === 413 ? TOO_LARGE : LOST, reason: "" });
  }

  #end({ code, reason }) {
    if (this.readyState === WebSocket.CLOSED) return;
    this.readyState = WebSocket.CLOSED;
    this.#ending.abort();
    this.onclose({ code, reason });
  }
}

class Refused extends Error {
  constructor(status) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}
