/** People choose settings, by words where there are some; what the product holds afterwards is what they chose. */
import { isDeepStrictEqual } from 'node:util';
import { readSettings } from '../../src/nudges/settings.ts';
import { type Doing, SECOND_MS } from './doing.ts';
import type { Instance } from './instance.ts';
import type { Intent } from './life/life.ts';

const AT_ONCE_MS = 20 * SECOND_MS;

const isIn = (patch: object, settings: object) =>
  Object.entries(patch).every(([name, value]) => isDeepStrictEqual((settings as Record<string, unknown>)[name], value));

export class Choosing {
  /** As they were kept last, in JSON. */
  private readonly settings = new Map<string, string>();

  constructor(private readonly doing: Doing) {}

  /** By another way than choosing: what they are is not known any more. */
  forget(oid: string): void {
    this.settings.delete(oid);
  }

  /** A button may have changed them. */
  keepOther(oid: string, askedAt: number, settings: ReturnType<typeof readSettings>): void {
    if (this.settings.get(oid) !== JSON.stringify(settings)) this.keep(oid, askedAt, settings);
  }

  /** By typing, where there are words for it; what is not so then is a misunderstanding, and is set without words. */
  async choose({ oid, patch, words }: Extract<Intent, { kind: 'choose' }>): Promise<void> {
    const { clock, recorder } = this.doing.deps;
    const askedAt = clock.now();
    await this.doing.untilDone(async (instance) => {
      await this.doing.speak(instance, oid);
      if (words !== undefined) {
        await this.doing.deps.product.answer(instance.services, this.doing.turn(oid), words);
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
    const { clock, recorder } = this.doing.deps;
    this.settings.set(oid, JSON.stringify(settings));
    recorder.wishes.push({ oid, kind: 'chose', at: clock.now(), askedAt, settings });
  }

  private async set({ services }: Instance, oid: string, patch: object): Promise<void> {
    const { product } = this.doing.deps;
    const { tenantId, personId } = this.doing.turn(oid);
    await services.database.inTenant(tenantId, (sql) => product.saveSettings(sql, tenantId, personId, patch));
    await product.replan(services, { tenantId, personId, correlationId: services.newId() }, services.clock.now());
    services.poke('nudges');
  }

  /** What the product holds after it: the only way to know what a button meant. */
  async readBack({ services }: Instance, oid: string) {
    const { product } = this.doing.deps;
    const { tenantId, personId } = this.doing.turn(oid);
    return services.database.inTenant(tenantId, async (sql) => {
      const person = await product.findPerson(sql, tenantId, personId);
      const answers = await product.answersOf(sql, tenantId, personId);
      return {
        settings: readSettings(person?.settings),
        answers,
      };
    });
  }
}
