/** The application of the suite `control`: it does what clients order, for black-box tests. */

import { type AckError, App, args, type Client, EventError } from "@hawser/ws";
import type { Broker } from "@hawser/ws/redis";

/** Any application: clients order whatever they like. */
// deno-lint-ignore no-explicit-any -- its events are those of JavaScript programs
type AnyApp = App<any, any>;
// deno-lint-ignore no-explicit-any -- the same
type AnyClient = Client<any, unknown>;

/** The clients that an order selects, and the event for them. */
interface Parcel {
  readonly to?: readonly string[];
  readonly except?: readonly string[];
  readonly volatile?: boolean;
  readonly local?: boolean;
  readonly timeout?: number;
  readonly event: string;
  readonly args?: readonly unknown[];
}

type Selection = Pick<Parcel, "to" | "except" | "volatile" | "local">;

/** One order: exactly one of these. */
interface Order {
  readonly join?: readonly string[];
  readonly leave?: readonly string[];
  readonly emit?: Parcel;
  readonly ask?: Parcel;
  readonly list?: Selection;
  readonly move?: { readonly from: string; readonly to: string };
  readonly drop?: Selection;
  readonly say?: Parcel;
  readonly node?: Parcel;
  readonly rooms?: true;
}

/**
 * Makes the application.
 *
 * @param broker The broker that joins it with other nodes.
 */
export function makeControlApp(broker?: Broker): AnyApp {
  const app: AnyApp = new App({ rateLimit: false, ...(broker && { broker }) });
  obey(app);
  app.namespaces(/^\/n-\d+$/, (namespace) => obey(namespace as AnyApp));
  const guarded = app.of("/guarded") as AnyApp;
  guarded.guard(({ auth }) => {
    if ((auth as { token?: unknown } | undefined)?.token === "good") return;
    throw new EventError("FORBIDDEN", "not good", { details: { a: "b", c: 3 } });
  });
  obey(guarded);
  const slow = app.of("/slow") as AnyApp;
  slow.guard(() => new Promise((resolve) => setTimeout(resolve, 200)));
  obey(slow);
  return app;
}

function obey(app: AnyApp): void {
  app.on("do", (client, orders) => carryOut(app, client, orders));
  app.nodes.on("node", (data) => void app.local.emit("node", data));
}

async function carryOut(
  app: AnyApp,
  client: AnyClient,
  orders: readonly Order[],
): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const order of orders) {
    try {
      results.push(await obeyOne(app, client, order) ?? null);
    } catch (error) {
      const { code, name } = error as Error & { code?: string };
      results.push({ error: code ?? name });
    }
  }
  return results;
}

async function obeyOne(app: AnyApp, client: AnyClient, order: Order): Promise<unknown> {
  const { join, leave, emit, ask, list, move, drop, say, node, rooms } = order;
  for (const room of join ?? []) await client.join(room);
  for (const room of leave ?? []) client.leave(room);
  if (emit) targetOf(app, emit).emit(emit.event, args(...emit.args ?? []));
  if (ask) return await collect(app, ask);
  if (list) return (await targetOf(app, list).members()).map(({ id }) => id).sort();
  if (move) {
    app.in(move.from).join(move.to);
    app.in(move.from).leave(move.from);
  }
  if (drop) targetOf(app, drop).disconnect();
  if (say) client.emit(say.event, args(...say.args ?? []));
  if (node) app.nodes.emit("node", { event: node.event, args: node.args ?? [] });
  return rooms && [...client.rooms];
}

function targetOf(app: AnyApp, { to = [], except = [], volatile, local }: Selection) {
  let target = to.reduce((target, room) => target.to(room), app.broadcast);
  for (const name of except) target = target.except(name);
  if (volatile) target = target.volatile;
  return local ? target.local : target;
}

async function collect(app: AnyApp, { event, timeout, ...parcel }: Parcel): Promise<unknown> {
  const target = targetOf(app, parcel);
  const total = await target.total();
  const options = timeout === undefined ? {} : { timeout };
  const answers = await target.emitWithAck(event, args(...parcel.args ?? []), options)
    .catch((error: AckError) => error.answers);
  return { answers, missing: total - answers.length };
}
