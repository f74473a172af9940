/** Whoever does something with the bot: one thing after the other, again and again until it is done. */
import type { ChannelUser, Connector } from '../../sandbox/connector/connector.ts';
import type { Chance } from './chance.ts';
import type { SimClock } from './clock.ts';
import type { SimEntra } from './entra.ts';
import type { SimPerson } from './history.ts';
import type { Instance } from './instance.ts';
import type { Product } from './product.ts';
import type { Recorder } from './recorder.ts';

export const SECOND_MS = 1_000;
const LOOK_AGAIN_MS = 5 * SECOND_MS;
export const BOT_ID = '0c5a0000-0000-4000-8000-00000000b072';

export interface PeopleDeps {
  product: Product;
  clock: SimClock;
  chance: Chance;
  entra: SimEntra;
  connector: Connector;
  recorder: Recorder;
  vault: InstanceType<Product['Vault']>;
  /** One that runs now; undefined when none does. */
  instance(): Instance | undefined;
}

export class Doing {
  private readonly users = new Map<string, ChannelUser>();
  private readonly doing = new Map<string, Promise<void>>();

  constructor(
    readonly deps: PeopleDeps,
    all: SimPerson[],
  ) {
    for (const person of all)
      this.users.set(
        person.oid,
        deps.connector.createUser(
          {
            tenantId: person.tenantId,
            oid: person.oid,
            upn: person.address,
            displayName: person.name,
            kind: 'person',
            mailboxTimeZone: person.mailboxTimeZone,
            locale: 'en-GB',
          },
          { timeZone: person.timeZone },
        ),
      );
  }

  user(oid: string): ChannelUser {
    const user = this.users.get(oid);
    if (!user) throw new Error(`nobody is ${oid}`);
    return user;
  }

  queue(oid: string, work: () => Promise<void>): void {
    const before = this.doing.get(oid) ?? Promise.resolve();
    this.doing.set(oid, before.then(work));
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.deps.clock.after(ms, resolve));
  }

  /** Again and again, as people do. An attempt is over when it is, or when the process that made it is dead. */
  async untilDone(attempt: (instance: Instance) => Promise<void>): Promise<void> {
    for (;;) {
      const instance = this.deps.instance();
      if (instance && (await this.tried(instance, attempt(instance)))) return;
      await this.pause(this.deps.chance.between(5, 60) * SECOND_MS);
    }
  }

  private async tried(instance: Instance, attempt: Promise<void>): Promise<boolean> {
    let isOver = false;
    const done = attempt.then(
      () => true,
      () => false,
    );
    const dead = (async () => {
      while (!isOver && !instance.host.isDead) await this.pause(LOOK_AGAIN_MS);
      return false;
    })();
    const result = await Promise.race([done, dead]);
    isOver = true;
    return result;
  }

  turn(oid: string) {
    const { person, conversationId, timeZone } = this.user(oid);
    return { tenantId: person.tenantId, personId: oid, conversationId, locale: 'en-GB', timeZone };
  }

  /** What every message to the bot does first (bot/application.ts). */
  async speak({ services }: Instance, oid: string): Promise<void> {
    const { product, connector } = this.deps;
    const turn = this.turn(oid);
    const now = services.clock.now();
    const reference = {
      user: { id: this.user(oid).id, aadObjectId: oid },
      bot: { id: `28:${BOT_ID}` },
      conversation: { id: turn.conversationId, tenantId: turn.tenantId, conversationType: 'personal' },
      channelId: 'msteams',
      serviceUrl: connector.serviceUrl,
    };
    await services.database.inTenant(turn.tenantId, async (sql) => {
      await product.ensureTenant(sql, turn.tenantId, now);
      const conversation = { conversationId: turn.conversationId, kind: 'personal' as const, reference };
      await product.saveConversation(sql, turn.tenantId, conversation, now);
      await product.meetPerson(sql, { ...turn, deviceTimeZone: turn.timeZone }, now);
    });
  }
}
