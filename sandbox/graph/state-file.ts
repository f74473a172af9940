/** Yesterday's state for today's demo: everything that is kept, as one JSON file, written whole or not at all. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Agenda } from './agenda.ts';
import type { Item, Mailbox } from './model.ts';
import type { CalendarStore } from './store.ts';
import type { SubscriptionRecord, SubscriptionStore } from './subscription-store.ts';

const SAVE_AFTER_MS = 1_000;
const FORMAT = 1;

type StoredMailbox = Omit<Mailbox, 'items' | 'calendars'> & { items: Item[]; calendars: [string, string][] };

interface StoredState {
  format: number;
  mailboxes: StoredMailbox[];
  subscriptions: SubscriptionRecord[];
}

export class StateFile {
  private pending = false;

  constructor(
    private readonly path: string,
    private readonly agenda: Agenda,
    private readonly store: CalendarStore,
    private readonly subscriptions: SubscriptionStore,
  ) {}

  /** Loads what there is and from then on saves, a moment after each change. Returns whether there was anything. */
  open(): boolean {
    const found = existsSync(this.path);
    if (found) this.load(JSON.parse(readFileSync(this.path, 'utf8')) as StoredState);
    this.store.onChange(() => this.saveSoon());
    this.subscriptions.onChange(() => this.saveSoon());
    return found;
  }

  save(): void {
    this.pending = false;
    const state: StoredState = {
      format: FORMAT,
      mailboxes: [...this.store.mailboxes.values()].map((mailbox) => ({
        ...mailbox,
        items: [...mailbox.items.values()],
        calendars: [...mailbox.calendars],
      })),
      subscriptions: this.subscriptions.all(),
    };
    mkdirSync(dirname(this.path), { recursive: true });
    writeFileSync(`${this.path}.new`, JSON.stringify(state));
    renameSync(`${this.path}.new`, this.path);
  }

  saveSoon(): void {
    if (this.pending) return;
    this.pending = true;
    this.agenda.after(SAVE_AFTER_MS, () => this.save());
  }

  private load(state: StoredState): void {
    if (state.format !== FORMAT) throw new Error(`${this.path}: unknown format; remove the file to start afresh`);
    for (const { items, calendars, ...mailbox } of state.mailboxes)
      this.store.mailboxes.set(mailbox.oid, {
        ...mailbox,
        items: new Map(items.map((item) => [item.key, item])),
        calendars: new Map(calendars),
      });
    for (const record of state.subscriptions) this.subscriptions.add(record);
  }
}
