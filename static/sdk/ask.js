// Sends a command until it is answered, over as many connections as needed.

import { Backoff } from "./backoff.js";
import { ConnectionLost } from "./errors.js";

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Send the command through the gate, again after each lost connection and each refusal that says "later". So it
 * must be a command that is safe to repeat. Rejects if it is refused for good, if the gate ends, or with `voided()`
 * if that is an error by the time the command can be sent.
 *
 * @param {import("./gate.js").Gate<import("./socket.js").Socket>} gate
 * @param {object} command
 */
export async function ask(gate, command, { backoff = new Backoff(), voided = () => null } = {}) {
  for (;;) {
    const socket = await gate.pass();
    const error = voided();
    if (error) throw error;
    try {
      return await socket.request(command);
    } catch (error) {
      if (error instanceof ConnectionLost) continue;
      if (!error.retry) throw error;
      await pause(error.retryAfter ?? backoff.next());
    }
  }
}
