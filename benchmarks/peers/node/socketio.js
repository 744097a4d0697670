// socket.io as its documentation shows it: rooms, and the Redis adapter between processes.
const { createServer } = require("node:http");
const { Server } = require("socket.io");
const { createAdapter } = require("@socket.io/redis-adapter");
const { createClient } = require("redis");

async function main() {
  const publisher = createClient({ url: process.env.REDIS_URL });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);

  const http = createServer();
  const io = new Server(http, { adapter: createAdapter(publisher, subscriber), perMessageDeflate: false });
  io.on("connection", (socket) => {
    socket.on("join", (room, answer) => {
      socket.join(room);
      answer("in");
    });
    socket.on("chat", (data) => io.to(data.room).emit("chat", data));
  });
  http.listen(Number(process.env.PORT), "127.0.0.1");
}

main();
