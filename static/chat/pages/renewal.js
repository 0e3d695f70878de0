// A room token ends after a while. As long as the page is open it gets later ones, so that a lost
// connection does not cost the password again.

const LONGEST = 2 ** 31 - 1; // what a timer takes

/** Renew the room's token again and again, as the page says. */
export function keepToken(room, { renew, renewAfter }) {
  const milliseconds = Math.min(Number(renewAfter) * 1000, LONGEST);
  if (milliseconds) setInterval(() => renewToken(room, renew), milliseconds);
}

async function renewToken(room, url) {
  const csrf = document.querySelector("[name=csrfmiddlewaretoken]").value;
  try {
    const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf } });
    if (answer.ok) room.token = (await answer.json()).token;
  } catch {
    // Offline. The present token is good for a while, and then the page says what to do.
  }
}
