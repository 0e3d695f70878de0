// Whoever signs out or in as somebody else in one tab does so in all of them: a page in the old name is loaded anew,
// so that no connection goes on in the name of somebody who has gone. A page of nobody, and the answer to a form,
// stay as they are.

const { me } = document.documentElement.dataset;

if (me !== undefined) {
  const tabs = new BroadcastChannel("wschat-me");
  tabs.addEventListener("message", ({ data }) => {
    if (me && data !== me) location.reload();
  });
  tabs.postMessage(me);
}
