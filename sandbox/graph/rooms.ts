/**
 * Rooms answer by themselves, a moment after the invitation: accept when free, decline when any occurrence collides,
 * or as their policy has it: accept although busy, or accept a series but for the occurrences that collide.
 */
import type { RoomPolicy } from '../world.ts';
import type { Agenda } from './agenda.ts';
import type { Meetings } from './meetings.ts';
import type { Fields, Instance, ItemRef, Mailbox } from './model.ts';
import type { Responder } from './respond.ts';
import type { CalendarStore } from './store.ts';
import { calendarInstances, instanceOn, instancesOf, instantsOf } from './view.ts';

/** How far ahead a room looks for collisions. */
const HORIZON_MS = 366 * 86_400_000;

const isOpen = (fields: Fields) => !fields.isCancelled && fields.response.response === 'notResponded';
const collides = (a: Instance, b: Instance) => a.startAt < b.endAt && b.startAt < a.endAt;

/** Whether a series with so many collisions is taken all the same. Both limits are 0 in Exchange until somebody sets one. */
function tolerates(policy: RoomPolicy, colliding: number, planned: number): boolean {
  const { conflictPercentageAllowed: percentage, maximumConflictInstances: instances } = policy;
  if (percentage === undefined && instances === undefined) return false;
  const isWithinShare = percentage === undefined || (colliding / planned) * 100 <= percentage;
  return isWithinShare && (instances === undefined || colliding <= instances);
}

export class Rooms {
  constructor(
    private readonly store: CalendarStore,
    private readonly responder: Responder,
    private readonly agenda: Agenda,
    private readonly delayMs: number,
  ) {}

  watch(meetings: Meetings): void {
    meetings.onInvitation((mailbox, item, day) => this.expectAnswer(mailbox, item.key, day));
  }

  /** After a restart: the invitations that were still open. */
  resume(): void {
    for (const mailbox of this.store.mailboxes.values())
      for (const item of mailbox.items.values()) {
        this.expectAnswer(mailbox, item.key, undefined);
        for (const day of Object.keys(item.exceptions)) this.expectAnswer(mailbox, item.key, Number(day));
      }
  }

  private expectAnswer(mailbox: Mailbox, key: number, day: number | undefined): void {
    if (this.store.world.people.get(mailbox.oid)?.kind !== 'room') return;
    this.agenda.after(this.delayMs, () => {
      const item = mailbox.items.get(key);
      const fields = day === undefined ? item?.fields : item && instanceOn(item, day, this.store.zone(mailbox))?.fields;
      if (item && fields && !item.isOrganizer && isOpen(fields)) this.answer({ mailbox, item, day }, fields);
    });
  }

  private answer(ref: ItemRef, fields: Fields): void {
    const { mailbox, item, day } = ref;
    const now = this.store.world.clock.now();
    const zone = this.store.zone(mailbox);
    const from = Math.min(now, instantsOf(fields, zone).startAt);
    const all = instancesOf(item, from, now + HORIZON_MS, zone);
    const wanted = day === undefined ? all : all.filter((instance) => instance.day === day);
    const last = wanted.at(-1)?.endAt ?? from;
    const taken = calendarInstances(mailbox, undefined, from, last, zone).filter(
      (other) => other.item !== item && !other.fields.isCancelled && this.isBooked(other),
    );
    const colliding = wanted.filter((one) => taken.some((other) => collides(one, other)));
    const policy = this.store.world.people.get(mailbox.oid)?.booking ?? {};
    const isSeries = day === undefined && item.recurrence !== null;
    // Whoever asks for no answers gets none, from a room either.
    const options = { sendResponse: fields.responseRequested };
    const isTaken = colliding.length === 0 || policy.allowConflicts === true;
    const isTakenInPart = !isTaken && isSeries && tolerates(policy, colliding.length, all.length);
    this.responder.respond(ref, isTaken || isTakenInPart ? 'accept' : 'decline', options);
    if (!isTakenInPart) return;
    for (const { day: lost } of colliding) this.responder.respond({ mailbox, item, day: lost }, 'decline', options);
  }

  private isBooked(instance: Instance): boolean {
    const { response } = instance.fields.response;
    return (response === 'accepted' || response === 'organizer') && instance.fields.showAs !== 'free';
  }
}
