// Node's ws: a set of sockets per room, one Redis subscription per process and room, the text passed on as it came.
const { WebSocketServer, WebSocket } = require("ws");
const { createClient } = require("redis");

async function main() {
  const publisher = createClient({ url: process.env.REDIS_URL });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);

  const rooms = new Map();
  const server = new WebSocketServer({ port: Number(process.env.PORT), host: "127.0.0.1", perMessageDeflate: false });
  server.on("connection", async (socket, request) => {
    const room = request.url;
    socket.on("message", (data) => publisher.publish(room, data.toString()));
    socket.on("close", () => rooms.get(room)?.delete(socket));
    if (!rooms.has(room)) {
      rooms.set(room, new Set());
      await subscriber.subscribe(room, (text) => {
        for (const each of rooms.get(room)) {
          if (each.readyState === WebSocket.OPEN) each.send(text);
        }
      });
    }
    rooms.get(room).add(socket);
  });
}

main();
