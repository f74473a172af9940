/** One message on its way to Teams and its answer on the way back; writes down what became of it. */
import type { SandboxResponse } from '../../sandbox/http.ts';
import type { Message } from '../../src/delivery/message.ts';
import type { StoredConversation } from '../../src/store/people.ts';
import type { ChannelWire } from './channel-port.ts';
import { REFUSALS } from './faults.ts';
import type { SimHost } from './host.ts';
import type { Surroundings } from './instance.ts';

/** After these the product drops the chat, and there is no way to the person until they speak. */
const UNWANTED = new Set<string>(REFUSALS.slice(0, 6));
const LEAD = 'select lead_ms from cw.nudge where tenant_id = $1 and nudge_id = $2';

interface Subject {
  conversation: StoredConversation;
  message: Message;
}

export class TeamsWire implements ChannelWire {
  constructor(
    private readonly host: SimHost,
    private readonly around: Surroundings,
    readonly now: () => number,
  ) {}

  after(delayMs: number, run: () => void): () => void {
    return this.host.after(delayMs, run);
  }

  carry(
    label: string,
    send: () => Promise<SandboxResponse>,
    about?: Subject,
    change?: { activityId: string; message: Message },
  ): Promise<SandboxResponse> {
    const { scheduler, mischief, faults, connector } = this.around;
    const { host } = this;
    return new Promise((resolve) => {
      const run = async () => {
        const isLost = mischief.hits(faults['teams.noAnswer']);
        if (isLost && mischief.hits(0.5)) return () => undefined;
        if (about && mischief.hits(faults['teams.403']))
          connector.failNext(about.conversation.conversationId, mischief.pick(REFUSALS) ?? REFUSALS[0]);
        const before = connector.position();
        const response = await send();
        const isStored = connector.position() > before;
        const told = about ? await this.writeDown(about, response, isStored) : undefined;
        if (change) this.around.recorder.changed(change.activityId, change.message, response.status, isStored);
        if (isLost) return () => undefined;
        this.answerLater(response, () => {
          told?.();
          resolve(response);
        });
        return () => undefined;
      };
      scheduler.add({ host, kind: 'teams', label, run, mayOutlive: true });
    });
  }

  private answerLater(response: SandboxResponse, tell: () => void): void {
    const { clock, scheduler, latency } = this.around;
    const { host } = this;
    clock.after(latency.between(20, 800), () => {
      if (!host.isDead) scheduler.add({ host, kind: 'answer', label: `${response.status}`, run: () => tell });
    });
  }

  private async writeDown({ message, conversation }: Subject, response: SandboxResponse, isStored: boolean) {
    const { recorder, owner, refused, connector } = this.around;
    const nudge = recorder.nudgeOf(message);
    const tenantId = String((conversation.reference.conversation as { tenantId?: string } | undefined)?.tenantId);
    const [row] = await owner.alone(LEAD, [tenantId, nudge?.nudgeId]);
    const send = recorder.sent(
      message,
      this.host.index,
      response.status,
      isStored ? connector.lastId() : undefined,
      Number(row?.lead_ms ?? 0),
    );
    if (isStored) this.around.delivered(send);
    const body = response.body as { id?: string; error?: { code?: string } } | undefined;
    if (response.status === 403 && UNWANTED.has(body?.error?.code ?? '')) refused(send.oid);
    const activityId = response.status < 300 ? body?.id : undefined;
    return () => recorder.answeredWith(send, response.status, activityId);
  }
}
