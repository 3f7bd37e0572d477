// A request and its answer by hand: JSON over the same kind of connection, one inbox with a token for each request.
import type { Link } from "@aether/nats";
import type { Receipt, Transfer } from "./teller.ts";

export const rawSubject = "raw.transfer";

export type Request = (transfer: Transfer) => Promise<Receipt>;

export function rawRequests(link: Link): Request {
  const waiting = new Map<string, (receipt: Receipt) => void>();
  const inbox = link.openReplyAddress(({ subject, data }) => {
    const token = subject.slice(subject.lastIndexOf(".") + 1);
    const settle = waiting.get(token);
    waiting.delete(token);
    settle?.(JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString()) as Receipt);
  });
  let last = 0;
  return (transfer) =>
    new Promise((resolve) => {
      const token = String(++last);
      waiting.set(token, resolve);
      link.publish(rawSubject, Buffer.from(JSON.stringify(transfer)), `${inbox.subject}.${token}`);
    });
}
