// Stores of events that are wrong in one way each, in what they let go of, with the case that has to say so.
import type { ActorKey, AppendOutcome, StoredCommit, Token } from "@aether/persistence";
import { type BrokenStores, Plain } from "./plain-store.ts";

export const brokenTruncating: BrokenStores = {
  "lets go of nothing": [
    "lets go of what stands before a token, and of nothing else",
    class extends Plain {
      override truncate = async () => this.assertOpen();
    },
  ],
  "lets go of the given commit too": [
    "lets go of what stands before a token, and of nothing else",
    class extends Plain {
      override truncate = (actor: ActorKey, before: Token) => super.truncate(actor, before + 1);
    },
  ],
  "lets go of the newest instead of the oldest": [
    "lets go of what stands before a token, and of nothing else",
    class extends Plain {
      override async truncate(actor: ActorKey, before: Token): Promise<void> {
        this.assertOpen();
        this.keep(actor, ({ token }) => token < before);
      }
    },
  ],
  "gives what is left for a bound that is gone": [
    "gives nothing of what it let go of",
    class extends Plain {
      override read(actor: ActorKey, { after, upTo }: { after: Token; upTo: Token }): AsyncIterable<StoredCommit[]> {
        const isKnown = this.of(actor).some(({ token }) => token === upTo);
        return super.read(actor, { after, upTo: isKnown || upTo <= after ? upTo : this.last(actor) });
      }
    },
  ],
  "lets go of the last commit": [
    "keeps the last commit and the fence, whatever it is to let go of",
    class extends Plain {
      override async truncate(actor: ActorKey, before: Token): Promise<void> {
        this.assertOpen();
        this.keep(actor, ({ token }) => token >= before);
      }
    },
  ],
  "forgets the fence of what it truncates": [
    "refuses a zombie behind what was let go of, and behind 0",
    class extends Plain {
      override async append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
        const isTruncated = (this.of(actor)[0]?.token ?? 3) > 3;
        return isTruncated && after === 0 ? this.put(actor, bytes) : super.append(actor, after, bytes);
      }
    },
  ],
  "counts commits instead of numbering them": [
    "gives no token again after letting go of all but the last",
    class extends Plain {
      protected override next = (actor: ActorKey) => this.of(actor).length + 1;
    },
  ],
  "truncates every actor of the type": [
    "lets go of one actor's commits alone",
    class extends Plain {
      override async truncate(actor: ActorKey, before: Token): Promise<void> {
        this.assertOpen();
        for (const key of this.log.keys()) {
          const [type, id] = JSON.parse(key) as [string, string];
          if (type === actor.type) await super.truncate({ type, id }, before);
        }
      }
    },
  ],
  "takes an id for a pattern": [
    "lets go of one actor's commits alone",
    class extends Plain {
      override async truncate(actor: ActorKey, before: Token): Promise<void> {
        const ids = [...this.log.keys()].map((key) => (JSON.parse(key) as string[])[1] as string);
        for (const id of actor.id === "*" ? ids : [actor.id]) await super.truncate({ type: actor.type, id }, before);
      }
    },
  ],
  "throws where there is nothing to let go of": [
    "takes a truncation again, and one with nothing to let go of",
    class extends Plain {
      override async truncate(actor: ActorKey, before: Token): Promise<void> {
        if ((this.of(actor)[0]?.token ?? before) >= before) throw new Error("nothing stands before that");
        await super.truncate(actor, before);
      }
    },
  ],
  "lets go of 256 commits at most": [
    "lets go of long histories",
    class extends Plain {
      override async truncate(actor: ActorKey, before: Token): Promise<void> {
        this.assertOpen();
        this.keep(actor, ({ token }, i, { length }) => token >= before || i === length - 1 || i >= 256);
      }
    },
  ],
  "writes back what it had before others appended": [
    "keeps what is appended during a truncation",
    class extends Plain {
      override async truncate(actor: ActorKey, before: Token): Promise<void> {
        this.assertOpen();
        const kept = this.of(actor).filter(({ token }, i, { length }) => token >= before || i === length - 1);
        await Promise.resolve();
        this.of(actor).splice(0, Number.POSITIVE_INFINITY, ...kept);
      }
    },
  ],
};
