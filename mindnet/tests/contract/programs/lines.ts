// A client's reducer on the models that @asyncapi/modelina made of /schema/connect. Type-checked, never run.
import { ErrorReply } from "./models/ErrorReply.js";
import { HelloEvent } from "./models/HelloEvent.js";
import { MessageCreatedEvent } from "./models/MessageCreatedEvent.js";
import { MessageSendCommand } from "./models/MessageSendCommand.js";
import { RoomRemovedEvent } from "./models/RoomRemovedEvent.js";

export function told(line: HelloEvent | MessageCreatedEvent | RoomRemovedEvent | ErrorReply): string {
  switch (line.type) {
    case "hello":
      return line.payload.rooms.map((room) => `${room.name} ${room.last_seq}`).join();
    case "message.created":
      return `${line.payload.sender.username}: ${line.payload.content} (${line.seq + 1})`;
    case "room.removed":
      return line.payload.kind === "kick" ? "out, for now" : "out";
    case "reply":
      return line.error.code === "rate_limited" ? `wait ${line.error.retry_after ?? 1}` : line.error.detail;
  }
}

export const command: MessageSendCommand = {
  type: "message.send",
  ref: "1",
  payload: { room: 12, content: "The candles are lit.", message_type: "text" },
};

// @ts-expect-error: only the server posts these
export const refused: MessageSendCommand["payload"]["message_type"] = "system";

// @ts-expect-error: a command says what it is
export const unnamed: MessageSendCommand["type"] = "message.edit";
