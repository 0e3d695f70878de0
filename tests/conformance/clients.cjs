// node clients.cjs LIBRARY URL MESSAGE BYTES: say the message, wait until it comes back, then send a frame of that many
// bytes, or without any close with 1000. Prints what came back and the close code that the library tells.

const [library, url, message, bytes] = process.argv.slice(2);
const WebSocket = {
  ws: () => require("ws"),
  undici: () => require("undici").WebSocket,
  "faye-websocket": () => require("faye-websocket").Client,
}[library]();

const socket = new WebSocket(url);
let heard = "";
socket.onopen = () => socket.send(message);
socket.onmessage = ({ data }) => {
  heard = String(data);
  if (Number(bytes)) socket.send("x".repeat(Number(bytes)));
  else socket.close(1000);
};
socket.onerror = () => {}; // the code tells
socket.onclose = ({ code }) => {
  console.log(JSON.stringify([heard, code]));
  process.exit(0);
};
