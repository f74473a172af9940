/** People make rules and end them. */
import type { Doing } from './doing.ts';
import type { RuleWish } from './history.ts';
import type { Instance } from './instance.ts';
import { hookUrl, lineFor } from './life/rules.ts';

export class RuleMakers {
  constructor(private readonly doing: Doing) {}

  private findRule({ services }: Instance, oid: string, mark: string) {
    const { product } = this.doing.deps;
    const who = { tenantId: this.doing.turn(oid).tenantId, personId: oid };
    return services.database.inTenant(who.tenantId, async (sql) => {
      const webhooks = await product.webhooksOf(sql, who);
      const meant = [mark, ...webhooks.filter((one) => one.host === mark).map((one) => one.webhookId)];
      const rules = await product.rulesOf(sql, who.tenantId, oid);
      const isMeant = (one: (typeof rules)[number]) => meant.some((word) => JSON.stringify(one.spec.do).includes(word));
      return { webhooks, rule: rules.find(isMeant) };
    });
  }

  /** Typed and kept. Where nobody knows whether it was, they look first. */
  async make(oid: string, wanted: RuleWish): Promise<void> {
    const { clock, recorder, product, vault } = this.doing.deps;
    const askedAt = clock.now();
    const { tenantId } = this.doing.turn(oid);
    let isUnderstood = true;
    await this.doing.untilDone(async (instance) => {
      const { services } = instance;
      await this.doing.speak(instance, oid);
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
      if (read.kind === 'draft') await product.keepRule(services, this.doing.turn(oid), read.draft);
    });
    if (isUnderstood) recorder.rules.made.push({ ...wanted, oid, askedAt, at: clock.now() });
    else recorder.counts.misunderstood += 1;
  }

  async end(oid: string, mark: string, askedAt: number): Promise<void> {
    const { recorder, product } = this.doing.deps;
    const made = recorder.rules.made.find((one) => one.mark === mark);
    if (made) made.endAskedAt = askedAt;
    await this.doing.untilDone(async (instance) => {
      const { rule } = await this.findRule(instance, oid, mark);
      if (rule) await product.changeRule(instance.services, this.doing.turn(oid), rule, 'deleted');
    });
  }
}
