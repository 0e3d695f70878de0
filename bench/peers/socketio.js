// socket.io: each "chat" event goes to all clients. The port is the first argument.
const { createServer } = require("node:http");
const { Server } = require("socket.io");

const http = createServer();
const io = new Server(http);
io.on("connection", (socket) => socket.on("chat", (text) => io.emit("chat", text)));
http.listen(Number(process.argv[2]), "127.0.0.1");
