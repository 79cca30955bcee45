// A queue of commands that survives lost answers, lost networks and a phone that is switched off.
//
// The app makes the ids of what it creates. A command is written to disk with its ids before it is sent, and sent again with the
// same ids until an answer has come: the server carries it out once, and then answers with the record as it stands.

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import type { components, paths } from "./api.js";

export type Problem = components["schemas"]["Problem"];

/** The addresses that take a JSON body by POST, and the body that each takes. */
type Body<Address extends keyof paths> = paths[Address] extends {
  post: { requestBody: { content: { "application/json": infer Sent } } };
}
  ? Sent
  : never;

interface Command {
  name: string;
  address: string;
  body: unknown;
  state: "waiting" | "done" | "refused";
  /** The answer, or what it was refused with. */
  answer?: unknown;
  /** Whether an earlier request, whose answer was lost, had carried it out. */
  wasDoneBefore?: boolean;
}

interface Kept {
  ids: Record<string, string>;
  commands: Command[];
}

/** A UUID of version 7: 48 bits of the time in milliseconds, then chance. */
export function newId(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export class Queue {
  private readonly kept: Kept;

  constructor(private readonly file: string) {
    this.kept = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Kept) : { ids: {}, commands: [] };
  }

  /** The id of a record, by a name of the app's own: made once and kept, so that later commands can name the record. */
  id(name: string): string {
    const id = (this.kept.ids[name] ??= newId());
    this.save();
    return id;
  }

  /** Adds a command at the end. It is on disk when this returns. A name stands once: added again, it is the same command. */
  add<Address extends keyof paths & string>(name: string, address: Address, body: Body<Address> & { id: string }): void {
    if (this.find(name) === undefined) {
      this.kept.commands.push({ name, address, body, state: "waiting" });
      this.save();
    }
  }

  find(name: string): Readonly<Command> | undefined {
    return this.kept.commands.find((one) => one.name === name);
  }

  /** Sends what waits, in order. Returns false where the rest must wait: for the network, or for the server. */
  async send(post: (address: string, body: unknown) => Promise<Response>): Promise<boolean> {
    for (const command of this.kept.commands.filter((one) => one.state === "waiting")) {
      let response: Response, answer: unknown;
      try {
        response = await post(command.address, command.body);
        answer = await response.json();
      } catch {
        // Nobody knows whether it was carried out. The same ids settle that the next time.
        return false;
      }
      if ([401, 429].includes(response.status) || response.status >= 500) {
        return false;
      }
      command.state = response.ok ? "done" : "refused";
      command.answer = answer;
      // 201 creates; 200 shows what an earlier request with the same ids created.
      command.wasDoneBefore = response.status === 200;
      this.save();
    }
    return true;
  }

  private save(): void {
    writeFileSync(this.file + ".part", JSON.stringify(this.kept, null, 1));
    renameSync(this.file + ".part", this.file);
  }
}
