// Probes: other actors, played by the test.
import { Actor, createSystem, Rejection } from "@aether/actor";
import { createVirtualTime } from "@aether/actor/testing";
import { given, localCluster, probe } from "@aether/testing";
import { describe, expect, it } from "vitest";
import { type Letter, Mailer, Order } from "./account.ts";

class Printer extends Actor {
  static type = "printer";
  print(_page: number): void {}
  async status(_detail: string): Promise<string> {
    return "ready";
  }
}

/** Tells and asks a printer. */
class Office extends Actor {
  static type = "office";
  work(...pages: number[]): void {
    for (const page of pages) this.ctx.ref(Printer, "p").tell.print(page);
  }
  async check(): Promise<string> {
    return await this.ctx.ref(Printer, "p").ask.status("all");
  }
  later(): void {
    this.ctx.timers.once("later", 500, () => this.ctx.ref(Printer, "p").tell.print(9));
  }
}

const order = (): Order => new Order((what) => what.length);

describe("a probe", () => {
  it("takes messages in order, with their senders", async () => {
    const printer = probe(Printer);
    await given(Office)
      .with(printer)
      .when(async (office) => {
        await office.work(1, 2);
        const first = await printer.expect("print", 1);
        expect(first).toMatchObject({ to: "printer/p", from: "office/subject", args: [1], isAsk: false });
        expect((await printer.next()).args).toEqual([2]);
        await printer.expectNone();
      })
      .expect({});
  });

  it("answers an ask when the test says so", async () => {
    const mailer = probe(Mailer);
    await given(order)
      .with(mailer)
      .when(async (one) => {
        const confirmed = one.confirm();
        const letter = await mailer.expect("send", { to: "me", text: "confirm" });
        letter.reply("by hand");
        return confirmed;
      })
      .expect({ reply: "by hand" });
  });

  it("refuses an ask as a handler would", async () => {
    const printer = probe(Printer);
    await given(Office)
      .with(printer)
      .when(async (office) => {
        const checked = office.check();
        (await printer.expect("status")).fail(new Rejection("out-of-paper"));
        return checked;
      })
      .expect({ rejection: "out-of-paper" });
  });

  it("gives answers that were prepared, and tells of those messages too", async () => {
    const printer = probe(Printer, { status: (detail) => `${detail} well` });
    await given(Office)
      .with(printer)
      .when(async (office) => {
        const said = await office.check();
        await printer.expect("status", "all");
        return said;
      })
      .expect({ reply: "all well", calls: [{ to: "printer/p", command: "status", args: ["all"] }] });
  });

  it("waits in virtual time: for what comes, and for nothing", async () => {
    const printer = probe(Printer);
    await given(Office)
      .with(printer)
      .when(async (office) => {
        await office.later();
        await printer.expectNone(499);
        await printer.expect("print", 9);
        await printer.expectNone(2_000);
      })
      .expect({});
  });

  it("passes over what is not looked for, and ignores what it is told to", async () => {
    const printer = probe(Printer);
    printer.ignore("status");
    await given(Office)
      .with(printer)
      .when(async (office) => {
        expect(await office.check()).toBeUndefined();
        await office.work(1, 2, 3);
        expect((await printer.until(({ args }) => args[0] === 2)).args).toEqual([2]);
        await printer.expect("print", 3);
        await printer.expectNone(10);
      })
      .expect({});
  });

  it("plays in a cluster and in a system of one's own", async () => {
    const printer = probe(Printer);
    await using nodes = await localCluster({ nodes: 2, actors: [Office, printer] });
    nodes.ref(Office, "o").tell.work(5);
    await nodes.within(printer.expect("print", 5));
    const time = createVirtualTime();
    const own = probe(Printer, {}, { scheduler: time.scheduler });
    await using system = await createSystem({ name: "t", actors: [Office, own.hosting], log: false, ...time });
    system.ref(Office, "o").tell.work(6);
    await own.expect("print", 6);
  });
});

describe("a probe fails a test", () => {
  /** The message that the body's failure has. */
  const failureOf = async (body: (office: ReturnType<typeof probe<Printer>>) => Promise<unknown>): Promise<string> => {
    const printer = probe(Printer);
    let failure = "no failure";
    await given(Office)
      .with(printer)
      .when(async (office) => {
        await office.work(1, 2);
        await body(printer).catch((error: unknown) => (failure = (error as Error).message));
      })
      .expect({});
    return failure;
  };

  it("that expects another command, or another argument", async () => {
    expect(await failureOf((printer) => printer.expect("status"))).toBe(
      'probe(Printer): "status" should come; "print" to printer/p with 1 came',
    );
    const message = await failureOf((printer) => printer.expect("print", 7));
    expect(message).toContain('the arguments of "print" are others');
    expect(message).toMatch(/\+ {3}1\n- {3}7/);
  });

  it("with its own words, also where nobody catches them", async () => {
    const printer = probe(Printer);
    const scenario = given(Office)
      .with(printer)
      .when(() => printer.next(10));
    await expect(scenario.expect({ error: "ACTOR_FAILED" })).rejects.toThrow(/^probe\(Printer\): no message came/);
  });

  it("that expects nothing, or more than comes", async () => {
    expect(await failureOf((printer) => printer.expectNone(1))).toContain('no message should come; "print"');
    const three = async (printer: ReturnType<typeof probe<Printer>>): Promise<void> => {
      for (let i = 0; i < 3; i++) await printer.next(20);
    };
    expect(await failureOf(three)).toBe("probe(Printer): no message came within 20 ms");
    expect(await failureOf((printer) => printer.until(() => false, 20))).toBe(
      'probe(Printer): no message matched within 20 ms; these came: "print" to printer/p with 1; "print" to printer/p with 2',
    );
  });

  it("that answers a tell, or twice, or names what is no command", async () => {
    const answer = async (printer: ReturnType<typeof probe<Printer>>): Promise<void> =>
      (await printer.next()).reply(undefined);
    expect(await failureOf(answer)).toContain("it is a tell, and nobody waits");
    expect(await failureOf((printer) => printer.expect("prnt" as never))).toContain('"prnt" is no command');
    expect(() => probe(Mailer, { sned: () => "x" } as never)).toThrow('"sned" is no command');
    expect(() => probe(Mailer, { send: "x" } as never)).toThrow("is no function; use () => the answer");
  });

  it("is typed by its class", () => {
    const mailer = probe(Mailer);
    // @ts-expect-error -- there is no such command
    const wrongName = (): unknown => mailer.expect("sned");
    // @ts-expect-error -- it sends letters
    const wrongArgs = (): unknown => mailer.expect("send", "hello");
    const wrongReply = async (): Promise<void> => {
      const letter = await mailer.expect("send");
      const [given]: Letter[] = letter.args;
      // @ts-expect-error -- it answers with a text
      letter.reply(given);
    };
    expect([wrongName, wrongArgs, wrongReply]).toHaveLength(3);
  });
});
