/** People as the bot meets them: they speak, switch watching on and off, sign in. Each does one thing after the other. */
import type { ChannelUser } from '../../sandbox/connector/connector.ts';
import { decodeEventId, eventId } from '../../sandbox/graph/ids.ts';
import { Doing, type PeopleDeps, SECOND_MS } from './doing.ts';
import type { SimPerson, Wish } from './history.ts';
import type { Instance } from './instance.ts';
import type { Intent } from './life/life.ts';
import { RoomUsers } from './people-rooms.ts';
import { RuleMakers } from './people-rules.ts';
import { Choosing } from './people-settings.ts';
import { type Button, buttonsOn } from './press.ts';

/** Nobody scrolls up further. */
const LATEST_CARDS = 15;

type Plain = Exclude<Wish, { kind: 'chose' | 'pressed' }>;

export class People {
  private readonly doing: Doing;
  private readonly watching = new Set<string>();
  private readonly choosing: Choosing;
  private readonly rules: RuleMakers;
  readonly rooms: RoomUsers;

  constructor(deps: PeopleDeps, all: SimPerson[]) {
    this.doing = new Doing(deps, all);
    this.choosing = new Choosing(this.doing);
    this.rules = new RuleMakers(this.doing);
    this.rooms = new RoomUsers(this.doing, all);
  }

  user(oid: string): ChannelUser {
    return this.doing.user(oid);
  }

  wish(wish: Intent): void {
    const { clock, recorder } = this.doing.deps;
    const askedAt = clock.now();
    if (wish.kind === 'choose') {
      this.doing.queue(wish.oid, () => this.choosing.choose(wish));
      return;
    }
    if (wish.kind === 'press') {
      this.doing.queue(wish.oid, () => this.press(wish.oid));
      return;
    }
    if (wish.kind === 'rule') {
      this.doing.queue(wish.oid, () => this.rules.make(wish.oid, wish.wanted));
      return;
    }
    if (wish.kind === 'noRule') {
      this.doing.queue(wish.oid, () => this.rules.end(wish.oid, wish.mark, askedAt));
      return;
    }
    if (wish.kind === 'watch') {
      if (wish.on) this.watching.add(wish.oid);
      else this.watching.delete(wish.oid);
    }
    this.doing.queue(wish.oid, async () => {
      await this.doing.untilDone((instance) => this.carryOut(instance, wish));
      recorder.wishes.push({ ...this.immutable(wish), at: clock.now(), askedAt });
      if (wish.kind === 'remind') this.choosing.forget(wish.oid);
    });
  }

  /** One of the buttons on the latest cards, with nothing said before. */
  private async press(oid: string): Promise<void> {
    const { clock, chance, recorder, connector, product } = this.doing.deps;
    const messages = connector.messages(this.doing.user(oid).conversationId).slice(-LATEST_CARDS);
    const isNudge = ({ activityId }: Button) => recorder.isNudge(activityId);
    const buttons = messages.flatMap((one) => buttonsOn(one, chance)).filter(isNudge);
    const button = chance.pick(buttons);
    const action = button && product.ACTIONS.find((one) => one.verb === button.verb);
    if (!action || !this.watching.has(oid)) return;
    const askedAt = clock.now();
    await this.doing.untilDone(async (instance) => {
      // What fails is said to them; they may press again another time.
      await action.run(instance.services, this.doing.turn(oid), button.data).catch(() => undefined);
      this.rooms.pressed(oid, button, askedAt, 'unknown');
      const { settings, answers } = await this.choosing.readBack(instance, oid);
      recorder.wishes.push({ oid, kind: 'pressed', verb: action.verb, at: clock.now(), askedAt, answers });
      this.choosing.keepOther(oid, askedAt, settings);
    });
  }

  /** They notice that the bot lost access, and sign in again. */
  signInAgain(oid: string): void {
    const { clock, recorder, entra } = this.doing.deps;
    const askedAt = clock.now();
    this.doing.queue(oid, async () => {
      if (entra.isSignedIn(oid) || !this.watching.has(oid)) return;
      await this.doing.untilDone((instance) => this.signIn(instance, oid));
      recorder.wishes.push({ oid, kind: 'signedIn', at: clock.now(), askedAt });
    });
  }

  /** They unblock the bot and say something. */
  comeBack(oid: string): void {
    const { connector, recorder } = this.doing.deps;
    this.doing.queue(oid, async () => {
      connector.block(this.doing.user(oid), false);
      await this.doing.untilDone((instance) => this.doing.speak(instance, oid));
      recorder.reachable(oid);
    });
  }

  private async signIn(instance: Instance, oid: string): Promise<void> {
    const { product, entra, recorder } = this.doing.deps;
    entra.signIn(oid);
    await product.activate(instance.services, { tenantId: this.doing.user(oid).person.tenantId, personId: oid });
    recorder.troubleOver(oid);
  }

  private async carryOut(instance: Instance, wish: Plain): Promise<void> {
    const { product } = this.doing.deps;
    const { services } = instance;
    const { oid } = wish;
    const turn = this.doing.turn(oid);
    if (wish.kind === 'signedIn') return this.signIn(instance, oid);
    await this.doing.speak(instance, oid);
    if (wish.kind === 'watch' && wish.on) {
      const card = await product.startWatching(services, turn);
      if (!card) return;
      await this.doing.pause(this.doing.deps.chance.between(5, 40) * SECOND_MS);
      return this.signIn(this.doing.deps.instance() ?? instance, oid);
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
