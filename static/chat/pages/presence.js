// In a conversation: whether the other one is online, or when they were last here, as their page says (chat/web/person.py).

import { addressOfPerson } from "../lib/addresses.js";
import { loadDocument } from "../lib/load-document.js";

const EVERY = 60_000; // milliseconds between questions

/**
 * Keep `line` up to date, which the server has filled at first. `onChange()`: it was asked again. `person`: the number of the
 * participant, since another one may have the name by then. What is not known is not shown.
 *
 * @param {{ name: string, person: string, line: HTMLElement, onChange: () => void, signal: AbortSignal }} parts
 */
export function followPresence({ name, person, line, onChange, signal }) {
  const look = async () => {
    if (document.hidden) return;
    const page = await loadDocument(addressOfPerson(name), signal).catch(() => null);
    if (signal.aborted) return;
    const about = page?.getElementById("about-person");
    const told = about?.dataset.person === person ? about.querySelector("#presence") : null;
    line.replaceChildren(...(told?.childNodes ?? []));
    onChange();
  };
  const timer = setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look, { signal });
  signal.addEventListener("abort", () => clearInterval(timer));
}
