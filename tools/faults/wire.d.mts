export type Message = { type: string; body: Buffer };
export class Messages {
  constructor(side: { startup: boolean });
  push(bytes: Buffer): Message[];
}
export function statementOf(message: Message): string | null;
export function isCommit(sql: string): boolean;
export function isCommitted(message: Message): boolean;
