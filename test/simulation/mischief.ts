/** What goes wrong by the day: each morning it is decided what, to whom and when. */
import type { Graph } from '../../sandbox/graph/graph.ts';
import type { Chance } from './chance.ts';
import type { SimClock } from './clock.ts';
import type { SimEntra } from './entra.ts';
import type { OwnFaults } from './faults.ts';
import type { SimPerson, SimRoom } from './history.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SLEEP_MS = 9 * HOUR_MS;

export interface MischiefDeps {
  chance: Chance;
  clock: SimClock;
  faults: OwnFaults;
  graph: Graph;
  entra: SimEntra;
  people: SimPerson[];
  rooms: SimRoom[];
  /** Subscriptions may have ended. */
  happened(): void;
  block(oid: string): void;
  hostSleeps(ms: number): void;
}

export class Mischief {
  constructor(private readonly deps: MischiefDeps) {}

  private isOver = false;

  begin(): void {
    this.aDay();
  }

  end(): void {
    this.isOver = true;
  }

  private aDay(): void {
    const { clock, people, rooms, faults } = this.deps;
    const { control } = this.deps.graph;
    // A subscription of this person, whichever it is by then.
    const subscription = (oid: string) => control.subscriptions().find((one) => one.mailboxOid === oid)?.id ?? '';
    this.perhaps(faults['host.asleepADay'], () => this.deps.hostSleeps(SLEEP_MS));
    for (const { oid } of [...people, ...rooms]) {
      this.perhaps(faults['subscription.silentlyDeadADay'], () => control.vanishSubscription(subscription(oid)));
      this.perhaps(faults['subscription.removedADay'], () => control.removeSubscription(subscription(oid)));
      this.perhaps(faults['subscription.missedADay'], () => control.sendLifecycle(subscription(oid), 'missed'));
      this.perhaps(faults['subscription.reauthorizeADay'], () =>
        control.sendLifecycle(subscription(oid), 'reauthorizationRequired'),
      );
      this.perhaps(faults['graph.tokensExpireADay'], () => control.expireDeltaTokens(oid));
    }
    for (const { oid } of people) {
      this.perhaps(faults['token.refusedADay'], () => this.deps.entra.refuseTokens(oid));
      this.perhaps(faults['teams.blockedADay'], () => this.deps.block(oid));
      this.perhaps(faults['consent.withdrawnADay'], () => {
        if (this.deps.entra.withdraw(oid)) control.revokeUser(oid);
      });
    }
    clock.after(DAY_MS, () => this.aDay());
  }

  private perhaps(rate: number, strike: () => void): void {
    const { chance, clock, happened } = this.deps;
    if (!chance.hits(rate)) return;
    clock.after(chance.random() * DAY_MS, () => {
      if (this.isOver) return;
      strike();
      happened();
    });
  }
}
