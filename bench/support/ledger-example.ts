/** The one meeting whose reminder fills a ledger, and what the product plans for it. */
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { normalise } from '../../src/calendar/normalise.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/clock.ts';
import { type PlannedNudge, plan } from '../../src/nudges/plan.ts';
import { graphEvent, graphTime, planInput } from '../../test/support/events.ts';
import { markOf } from './crowd.ts';

export const LEAD_MS = 10 * MINUTE_MS;
export const LENGTH_MS = HOUR_MS / 2;
/** What each person chose. */
export const SETTINGS = { remindMinutes: [LEAD_MS / MINUTE_MS] };
export const ZONE = 'Europe/Berlin';

export const eventIdOf = (nudge: number) =>
  `AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A${'Kx7vQ2'.repeat(14)}${nudge.toString(16).padStart(12, '0')}AAA=`;

const party = (name: string) => ({ name, address: `${name.toLowerCase().replace(/\W+/g, '.')}@crowd.example` });

/** As Graph sends it: an online meeting of five with an agenda. */
export function exampleEvent(nudge: number, startAt: number): CalendarEvent {
  const attendees = ['Nadia Brandt', 'Tom Hale', 'Yuki Mori', 'Sam Okafor'].map((name, index) => ({
    type: 'required',
    status: { response: index % 2 ? 'accepted' : 'none' },
    emailAddress: party(name),
  }));
  const event = normalise(
    graphEvent({
      id: eventIdOf(nudge),
      subject: `Quarterly planning ${markOf(nudge)}`,
      start: graphTime(startAt),
      end: graphTime(startAt + LENGTH_MS),
      organizer: { emailAddress: party('Ann Organiser') },
      attendees,
      isOnlineMeeting: true,
      onlineMeeting: { joinUrl: `https://teams.microsoft.com/l/meetup-join/19%3ameeting_${'Zk4'.repeat(16)}/0` },
      location: { displayName: 'Microsoft Teams Meeting' },
      body: {
        contentType: 'html',
        content:
          '<html><body><ul><li>Budget for the next quarter</li><li>Hiring</li><li>Next steps</li></ul></body></html>',
      },
      webLink: `https://outlook.office365.com/owa/?itemid=${'AAMkAD'.repeat(12)}&exvsurl=1&path=/calendar/item`,
    }),
    '',
  );
  if (!event) throw new Error('the example is no meeting');
  return event;
}

/** What the product plans for such a meeting; the only nudge of its person. */
export function plannedFor(personId: string, event: CalendarEvent, now: number): PlannedNudge {
  const person = { personId, timeZone: ZONE, watchSince: now - HOUR_MS, settings: SETTINGS };
  const found = plan(planInput({ now, person, events: [event] })).find((one) => one.kind === 'reminder');
  if (!found) throw new Error('the product plans no reminder for the example');
  return found;
}
