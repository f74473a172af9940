/** Answers to invitations: what they do to the attendee's copy and what the organiser sees of them. */
import type { ResponseType } from '@microsoft/microsoft-graph-types';
import { invalidRequest } from './errors.ts';
import { putException } from './meetings.ts';
import type { AttendeeRecord, Fields, Item, ItemRef, Mailbox, Response, Wall } from './model.ts';
import { sameAddress } from './shared.ts';
import type { CalendarStore } from './store.ts';
import { instanceOn } from './view.ts';
import type { CalendarWriter } from './write.ts';

export type Answer = 'accept' | 'decline' | 'tentativelyAccept';

export interface AnswerOptions {
  comment?: string;
  /** False: the organiser isn't told. */
  sendResponse: boolean;
  proposed?: { start: Wall; end: Wall };
}

const RESPONSES: Record<Answer, ResponseType> = {
  accept: 'accepted',
  decline: 'declined',
  tentativelyAccept: 'tentativelyAccepted',
};

const cannot = (why: string) => invalidRequest(`Your request can't be completed. ${why}`);

export class Responder {
  constructor(
    private readonly store: CalendarStore,
    private readonly writer: CalendarWriter,
  ) {}

  respond(ref: ItemRef, answer: Answer, options: AnswerOptions): void {
    const fields = this.fieldsOf(ref);
    this.check(ref.item, fields, answer, options);
    const response: Response = { response: RESPONSES[answer], at: this.store.world.clock.now() };
    const { source } = ref.item;
    const address = this.store.world.people.get(ref.mailbox.oid)?.upn ?? '';
    if (source && options.sendResponse)
      this.tellOrganizer(source.oid, source.key, ref.day ?? source.day, address, response, options.proposed);
    this.applyToCopy(ref, answer, response);
  }

  private fieldsOf(ref: ItemRef): Fields {
    if (ref.day === undefined) return ref.item.fields;
    return instanceOn(ref.item, ref.day, this.store.zone(ref.mailbox))?.fields ?? ref.item.fields;
  }

  private check(item: Item, fields: Fields, answer: Answer, options: AnswerOptions): void {
    if (item.isOrganizer) throw cannot("You can't respond to this meeting because you're the meeting organizer.");
    if (fields.isCancelled) throw cannot("You can't respond to this meeting because it has been canceled.");
    if (options.sendResponse && !fields.responseRequested)
      throw cannot("The meeting organizer hasn't requested a response.");
    if (!options.proposed) return;
    if (answer === 'accept') throw cannot("A new time can't be proposed when accepting a meeting.");
    if (!fields.allowNewTimeProposals) throw cannot('The meeting organizer does not allow new time proposals.');
    if (!options.sendResponse) throw cannot("A new time can't be proposed without sending a response.");
  }

  /** Declining takes the meeting (or the one occurrence) out of the attendee's calendar, unless they keep such. */
  private applyToCopy(ref: ItemRef, answer: Answer, response: Response): void {
    const { mailbox, item, day } = ref;
    if (answer === 'decline' && !this.store.world.people.get(mailbox.oid)?.keepsDeclined) {
      if (day === undefined) this.store.drop(mailbox, item);
      else this.writer.dropOccurrence(mailbox, item, day);
      return;
    }
    const showAs = this.showAsAfter(answer, item);
    if (day !== undefined) putException(item, day, { response, showAs }, response.at);
    else {
      Object.assign(item.fields, { response, showAs });
      for (const { overrides } of Object.values(item.exceptions))
        if (!overrides.isCancelled) Object.assign(overrides, { response, showAs });
    }
    this.store.touch(mailbox, item, day);
  }

  private showAsAfter(answer: Answer, item: Item): Fields['showAs'] {
    if (answer === 'decline') return 'free';
    return answer === 'accept' ? this.intendedShowAs(item) : 'tentative';
  }

  private intendedShowAs(item: Item): Fields['showAs'] {
    const source = item.source && this.store.mailboxes.get(item.source.oid)?.items.get(item.source.key);
    return source?.fields.showAs ?? 'busy';
  }

  private tellOrganizer(
    oid: string,
    key: number,
    day: number | undefined,
    address: string,
    status: Response,
    proposed: AnswerOptions['proposed'],
  ): void {
    const mailbox = this.store.mailboxes.get(oid);
    const item = mailbox?.items.get(key);
    if (!mailbox || !item) return;
    const answered = (attendees: AttendeeRecord[]) =>
      attendees.map((one) => {
        if (!sameAddress(one.address, address)) return one;
        const { proposed: _, ...rest } = one;
        return { ...rest, status, ...(proposed ? { proposed } : {}) };
      });
    if (day === undefined) this.trackSeries(mailbox, item, answered);
    else this.trackOccurrence(mailbox, item, day, answered);
  }

  private trackSeries(mailbox: Mailbox, item: Item, answered: (attendees: AttendeeRecord[]) => AttendeeRecord[]): void {
    item.fields = { ...item.fields, attendees: answered(item.fields.attendees) };
    for (const { overrides } of Object.values(item.exceptions))
      if (overrides.attendees) overrides.attendees = answered(overrides.attendees);
    this.store.touch(mailbox, item);
  }

  private trackOccurrence(
    mailbox: Mailbox,
    item: Item,
    day: number,
    answered: (attendees: AttendeeRecord[]) => AttendeeRecord[],
  ): void {
    const instance = instanceOn(item, day, this.store.zone(mailbox));
    if (!instance) return;
    putException(item, day, { attendees: answered(instance.fields.attendees) }, this.store.world.clock.now());
    this.store.touch(mailbox, item, day);
  }
}
