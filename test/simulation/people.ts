/** People as the bot meets them: they speak, switch watching on and off, sign in. Each does one thing after the other. */

import { isDeepStrictEqual } from 'node:util';
import type { ChannelUser, Connector } from '../../sandbox/connector/connector.ts';
import { decodeEventId, eventId } from '../../sandbox/graph/ids.ts';
import { readSettings } from '../../src/nudges/settings.ts';
import type { Chance } from './chance.ts';
import type { SimClock } from './clock.ts';
import type { SimEntra } from './entra.ts';
import type { RuleWish, SimPerson, SimRoom, Wish } from './history.ts';
import type { Instance } from './instance.ts';
import type { Intent } from './life/life.ts';
import { hookUrl, lineFor } from './life/rules.ts';
import { type Button, buttonsOn } from './press.ts';
import type { Product } from './product.ts';
import type { Recorder } from './recorder.ts';

const SECOND_MS = 1_000;
const LOOK_AGAIN_MS = 5 * SECOND_MS;
const AT_ONCE_MS = 20 * SECOND_MS;
/** Nobody scrolls up further. */
const LATEST_CARDS = 15;
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

type Plain = Exclude<Wish, { kind: 'chose' | 'pressed' }>;

const isIn = (patch: object, settings: object) =>
  Object.entries(patch).every(([name, value]) => isDeepStrictEqual((settings as Record<string, unknown>)[name], value));

export class People {
  private readonly users = new Map<string, ChannelUser>();
  private readonly doing = new Map<string, Promise<void>>();
  private readonly watching = new Set<string>();
  /** As they were kept last, in JSON. */
  private readonly settings = new Map<string, string>();
  /** What people asked for and the bot has not done yet. */
  underway = 0;

  constructor(
    private readonly deps: PeopleDeps,
    readonly all: SimPerson[],
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

  wish(wish: Intent): void {
    const { clock, recorder } = this.deps;
    const askedAt = clock.now();
    if (wish.kind === 'choose') {
      this.queue(wish.oid, () => this.choose(wish));
      return;
    }
    if (wish.kind === 'press') {
      this.queue(wish.oid, () => this.press(wish.oid));
      return;
    }
    if (wish.kind === 'rule') {
      this.queue(wish.oid, () => this.makeRule(wish.oid, wish.wanted));
      return;
    }
    if (wish.kind === 'noRule') {
      this.queue(wish.oid, () => this.endRule(wish.oid, wish.mark, askedAt));
      return;
    }
    if (wish.kind === 'watch') {
      if (wish.on) this.watching.add(wish.oid);
      else this.watching.delete(wish.oid);
    }
    this.queue(wish.oid, async () => {
      await this.untilDone((instance) => this.carryOut(instance, wish));
      recorder.wishes.push({ ...this.immutable(wish), at: clock.now(), askedAt });
      if (wish.kind === 'remind') this.settings.delete(wish.oid);
    });
  }

  /** By typing, where there are words for it; what is not so then is a misunderstanding, and is set without words. */
  private async choose({ oid, patch, words }: Extract<Intent, { kind: 'choose' }>): Promise<void> {
    const { clock, recorder } = this.deps;
    const askedAt = clock.now();
    await this.untilDone(async (instance) => {
      await this.speak(instance, oid);
      if (words !== undefined) {
        await this.deps.product.answer(instance.services, this.turn(oid), words);
        const { settings } = await this.readBack(instance, oid);
        // A pause that is over is none.
        const { pausedUntil } = settings;
        const held = pausedUntil !== null && pausedUntil <= clock.now() ? { ...settings, pausedUntil: null } : settings;
        if (isIn(patch, held)) return this.keep(oid, askedAt, settings);
        // What is late means another hour: "until 14:00" is tomorrow's by then.
        if (clock.now() - askedAt < AT_ONCE_MS) recorder.counts.misunderstood += 1;
      }
      await this.set(instance, oid, patch);
      this.keep(oid, askedAt, (await this.readBack(instance, oid)).settings);
    });
  }

  private keep(oid: string, askedAt: number, settings: ReturnType<typeof readSettings>): void {
    const { clock, recorder } = this.deps;
    this.settings.set(oid, JSON.stringify(settings));
    recorder.wishes.push({ oid, kind: 'chose', at: clock.now(), askedAt, settings });
  }

  private async set({ services }: Instance, oid: string, patch: object): Promise<void> {
    const { product } = this.deps;
    const { tenantId, personId } = this.turn(oid);
    await services.database.inTenant(tenantId, (sql) => product.saveSettings(sql, tenantId, personId, patch));
    await product.replan(services, { tenantId, personId, correlationId: services.newId() }, services.clock.now());
    services.poke('nudges');
  }

  /** What the product holds after it: the only way to know what a button meant. */
  private async readBack({ services }: Instance, oid: string) {
    const { product } = this.deps;
    const { tenantId, personId } = this.turn(oid);
    return services.database.inTenant(tenantId, async (sql) => {
      const person = await product.findPerson(sql, tenantId, personId);
      const answers = await product.answersOf(sql, tenantId, personId);
      return {
        settings: readSettings(person?.settings),
        answers,
      };
    });
  }

  /** One of the buttons on the latest cards, with nothing said before. */
  private async press(oid: string): Promise<void> {
    const { clock, chance, recorder, connector, product } = this.deps;
    const messages = connector.messages(this.user(oid).conversationId).slice(-LATEST_CARDS);
    const isNudge = ({ activityId }: Button) => recorder.isNudge(activityId);
    const buttons = messages.flatMap((one) => buttonsOn(one, chance)).filter(isNudge);
    const button = chance.pick(buttons);
    const action = button && product.ACTIONS.find((one) => one.verb === button.verb);
    if (!action || !this.watching.has(oid)) return;
    const askedAt = clock.now();
    await this.untilDone(async (instance) => {
      // What fails is said to them; they may press again another time.
      await action.run(instance.services, this.turn(oid), button.data).catch(() => undefined);
      this.pressedAboutRoom(oid, button, askedAt, 'unknown');
      const { settings, answers } = await this.readBack(instance, oid);
      recorder.wishes.push({ oid, kind: 'pressed', verb: action.verb, at: clock.now(), askedAt, answers });
      if (this.settings.get(oid) !== JSON.stringify(settings)) this.keep(oid, askedAt, settings);
    });
  }

  /** On the question about a room, or what it became; told that it is too late, they leave it. */
  pressOnRoom(oid: string, verb: string, data: Record<string, unknown>): void {
    const { clock, product } = this.deps;
    const action = product.ACTIONS.find((one) => one.verb === verb);
    const askedAt = clock.now();
    this.queue(oid, () =>
      this.untilDone(async (instance) => {
        const outcome = await action?.run(instance.services, this.turn(oid), data).then(
          () => 'done' as const,
          (error: unknown) => {
            if (error instanceof product.CalendarWatchError) return 'refused' as const;
            throw error;
          },
        );
        this.pressedAboutRoom(oid, { verb, data }, askedAt, outcome ?? 'unknown');
      }),
    );
  }

  private pressedAboutRoom(
    oid: string,
    { verb, data }: Pick<Button, 'verb' | 'data'>,
    askedAt: number,
    outcome: 'done' | 'refused' | 'unknown',
  ): void {
    if (!verb.startsWith('room.')) return;
    const { clock, recorder } = this.deps;
    const { roomId = '', eventId = '', startAt = 0 } = data as { roomId?: string; eventId?: string; startAt?: number };
    recorder.roomHistory.presses.push({ oid, verb, roomId, eventId, startAt, askedAt, at: clock.now(), outcome });
  }

  /** As an admin does: rooms as Places describes them, and who books them is asked to check in. */
  async addRooms(tenantId: string, rooms: (SimRoom & { name: string })[]): Promise<void> {
    const { product, clock, recorder } = this.deps;
    const described = rooms.map(({ address, name }) => ({
      ...{ address, name, building: 'Old House', floor: '1', capacity: 8, features: [], coordinates: null },
    }));
    const accounts = new Map(rooms.map((one) => [one.address, one.oid]));
    const addedBy = this.all.find((one) => one.tenantId === tenantId)?.oid ?? '';
    await this.untilDone(async ({ services }) => {
      const now = services.clock.now();
      await services.database.inTenant(tenantId, async (sql) => {
        await product.addRooms(sql, tenantId, described, accounts, { addedBy }, now);
        await product.savePolicy(sql, tenantId, { ...(await product.lockPolicy(sql, tenantId)), checkIns: true });
      });
      services.poke('sync');
      services.poke('care');
    });
    const added = new Set(rooms.map((one) => one.oid));
    for (const room of recorder.roomHistory.all) if (added.has(room.oid)) room.addedAt = clock.now();
  }

  private findRule({ services }: Instance, oid: string, mark: string) {
    const { product } = this.deps;
    const who = { tenantId: this.turn(oid).tenantId, personId: oid };
    return services.database.inTenant(who.tenantId, async (sql) => {
      const webhooks = await product.webhooksOf(sql, who);
      const meant = [mark, ...webhooks.filter((one) => one.host === mark).map((one) => one.webhookId)];
      const rules = await product.rulesOf(sql, who.tenantId, oid);
      const isMeant = (one: (typeof rules)[number]) => meant.some((word) => JSON.stringify(one.spec.do).includes(word));
      return { webhooks, rule: rules.find(isMeant) };
    });
  }

  /** Typed and kept. Where nobody knows whether it was, they look first. */
  private async makeRule(oid: string, wanted: RuleWish): Promise<void> {
    const { clock, recorder, product, vault } = this.deps;
    const askedAt = clock.now();
    const { tenantId } = this.turn(oid);
    let isUnderstood = true;
    await this.untilDone(async (instance) => {
      const { services } = instance;
      await this.speak(instance, oid);
      const { webhooks, rule } = await this.findRule(instance, oid, wanted.mark);
      if (rule) return;
      if (wanted.deed === 'webhook' && !webhooks.some((one) => one.host === wanted.mark)) {
        const [webhookId, random] = [services.newId(), services.newId()];
        const made = { webhookId, url: hookUrl(wanted.mark), random };
        await services.database.inTenant(tenantId, (sql) =>
          product.makeWebhook(sql, vault, { tenantId, personId: oid }, made, services.clock.now()),
        );
      }
      const known = (await this.findRule(instance, oid, wanted.mark)).webhooks.map((one) => ({
        id: one.webhookId,
        name: one.host,
      }));
      const read = product.readLine(lineFor(wanted), 'mine', { channels: [], webhooks: known });
      isUnderstood = read.kind === 'draft';
      if (read.kind === 'draft') await product.keepRule(services, this.turn(oid), read.draft);
    });
    if (isUnderstood) recorder.rules.made.push({ ...wanted, oid, askedAt, at: clock.now() });
    else recorder.counts.misunderstood += 1;
  }

  private async endRule(oid: string, mark: string, askedAt: number): Promise<void> {
    const { recorder, product } = this.deps;
    const made = recorder.rules.made.find((one) => one.mark === mark);
    if (made) made.endAskedAt = askedAt;
    await this.untilDone(async (instance) => {
      const { rule } = await this.findRule(instance, oid, mark);
      if (rule) await product.changeRule(instance.services, this.turn(oid), rule, 'deleted');
    });
  }

  /** They notice that the bot lost access, and sign in again. */
  signInAgain(oid: string): void {
    const { clock, recorder, entra } = this.deps;
    const askedAt = clock.now();
    this.queue(oid, async () => {
      if (entra.isSignedIn(oid) || !this.watching.has(oid)) return;
      await this.untilDone((instance) => this.signIn(instance, oid));
      recorder.wishes.push({ oid, kind: 'signedIn', at: clock.now(), askedAt });
    });
  }

  /** They unblock the bot and say something. */
  comeBack(oid: string): void {
    const { connector, recorder } = this.deps;
    this.queue(oid, async () => {
      connector.block(this.user(oid), false);
      await this.untilDone((instance) => this.speak(instance, oid));
      recorder.reachable(oid);
    });
  }

  private queue(oid: string, work: () => Promise<void>): void {
    this.underway += 1;
    const before = this.doing.get(oid) ?? Promise.resolve();
    this.doing.set(
      oid,
      before.then(work).finally(() => {
        this.underway -= 1;
      }),
    );
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.deps.clock.after(ms, resolve));
  }

  /** Again and again, as people do. An attempt is over when it is, or when the process that made it is dead. */
  private async untilDone(attempt: (instance: Instance) => Promise<void>): Promise<void> {
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

  private turn(oid: string) {
    const { person, conversationId, timeZone } = this.user(oid);
    return { tenantId: person.tenantId, personId: oid, conversationId, locale: 'en-GB', timeZone };
  }

  /** What every message to the bot does first (bot/application.ts). */
  private async speak({ services }: Instance, oid: string): Promise<void> {
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

  private async signIn(instance: Instance, oid: string): Promise<void> {
    const { product, entra, recorder } = this.deps;
    entra.signIn(oid);
    await product.activate(instance.services, { tenantId: this.user(oid).person.tenantId, personId: oid });
    recorder.troubleOver(oid);
  }

  private async carryOut(instance: Instance, wish: Plain): Promise<void> {
    const { product } = this.deps;
    const { services } = instance;
    const { oid } = wish;
    const turn = this.turn(oid);
    if (wish.kind === 'signedIn') return this.signIn(instance, oid);
    await this.speak(instance, oid);
    if (wish.kind === 'watch' && wish.on) {
      const card = await product.startWatching(services, turn);
      if (!card) return;
      await this.pause(this.deps.chance.between(5, 40) * SECOND_MS);
      return this.signIn(this.deps.instance() ?? instance, oid);
    }
    if (wish.kind === 'watch') {
      await product.stopWatching(services, turn);
      return;
    }
    const now = services.clock.now();
    const { tenantId, personId } = turn;
    await services.database.inTenant(tenantId, async (sql) => {
      if (wish.kind === 'remind') await product.saveSettings(sql, tenantId, personId, { remindMinutes: wish.minutes });
      else {
        const subject = (this.immutable(wish) as typeof wish).eventId;
        const answer = { kind: product.AGENDA_SKIPPED, eventId: subject, value: true };
        await product.saveAnswer(sql, tenantId, personId, answer, now);
      }
    });
    await product.replan(services, { tenantId, personId, correlationId: services.newId() }, services.clock.now());
    services.poke('nudges');
  }

  /** The product knows entries by their immutable ids. */
  private immutable(wish: Plain): Plain {
    if (wish.kind !== 'noAgenda') return wish;
    const known = decodeEventId(wish.eventId, wish.oid);
    if (!known || known === 'foreign') return wish;
    return { ...wish, eventId: eventId(wish.oid, known.key, known.day, true) };
  }
}
