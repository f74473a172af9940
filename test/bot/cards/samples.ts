import { agendaDoneCard, agendaPromptCard, agendaSkippedCard } from '../../../src/bot/cards/agenda-prompt.ts';
import { dayCard, type Health, nextCard, notWatching, sentence, statusCard } from '../../../src/bot/cards/answers.ts';
import { blindCard } from '../../../src/bot/cards/blind.ts';
import { type CalendarChoice, calendarsCard } from '../../../src/bot/cards/calendars.ts';
import { cantMakeCard } from '../../../src/bot/cards/cant-make.ts';
import { changeCard } from '../../../src/bot/cards/change-notice.ts';
import {
  connectedCard,
  reconnectCard,
  signInCard,
  stoppedCard,
  unreadableCard,
  welcomeCard,
} from '../../../src/bot/cards/connection.ts';
import { digestCard } from '../../../src/bot/cards/digest.ts';
import { followUpCard, offeredTaskCard } from '../../../src/bot/cards/follow-up.ts';
import { groupHelpCard, helpCard } from '../../../src/bot/cards/help.ts';
import { inviteePointsCard, type OfferedFacts, pointsOfferedCard } from '../../../src/bot/cards/invitee-points.ts';
import { askLateCard, chooseMeetingCard, lateActions, lateCard, toldLateCard } from '../../../src/bot/cards/late.ts';
import { leaveByCard } from '../../../src/bot/cards/leave-by.ts';
import type { Reader } from '../../../src/bot/cards/meeting.ts';
import { mutedCard, mutesCard, unmutedCard, whichCard } from '../../../src/bot/cards/mutes.ts';
import { plain } from '../../../src/bot/cards/parts.ts';
import { pausedCard, pausedWords, resumedCard } from '../../../src/bot/cards/pause-all.ts';
import { adminCard, permissionCard } from '../../../src/bot/cards/permission.ts';
import { prepareCard } from '../../../src/bot/cards/prepare.ts';
import { reminderCard } from '../../../src/bot/cards/reminder.ts';
import { forAllCard, settingsCard } from '../../../src/bot/cards/settings.ts';
import { deliveriesCard, KIND_NAMES } from '../../../src/bot/cards/undelivered.ts';
import { COMMANDS } from '../../../src/bot/commands/commands.ts';
import type { CalendarEvent } from '../../../src/calendar/event.ts';
import { wellFormed } from '../../../src/calendar/well-formed.ts';
import type { Message } from '../../../src/delivery/message.ts';
import { NO_CHAT, TOO_LATE } from '../../../src/delivery/reasons.ts';
import { SCOPES } from '../../../src/identity/scopes.ts';
import type { BlindFacts, BlindLine } from '../../../src/nudges/blind.ts';
import type { CantMakeFacts } from '../../../src/nudges/cant-make.ts';
import type { ChangeFacts } from '../../../src/nudges/change-notice.ts';
import type { DigestFacts } from '../../../src/nudges/digest.ts';
import { type MeetingFacts, meetingFacts } from '../../../src/nudges/facts.ts';
import type { FollowUpFacts, SavedFollowUp } from '../../../src/nudges/follow-up.ts';
import type { LeaveByFacts } from '../../../src/nudges/leave-by.ts';
import type { PrepareFacts } from '../../../src/nudges/prepare.ts';
import type { ReminderFacts } from '../../../src/nudges/reminder.ts';
import { DEFAULT_SETTINGS, NO_POLICY, type Settings } from '../../../src/nudges/settings.ts';
import type { Undelivered } from '../../../src/store/undelivered.ts';
import { at, attendee, DAY, HOUR, MINUTE, meeting, NOW } from '../../support/events.ts';
import { roomCards } from './room-samples.ts';
import { ruleCards } from './rule-card-samples.ts';
import { ruleNoticeCards } from './rule-notice-samples.ts';
import { timeCards } from './time-samples.ts';

export const READER = { personId: 'person-1', timeZone: 'Europe/Berlin', locale: 'en-GB' };

export const factsOf = (more: Partial<MeetingFacts> = {}): MeetingFacts => ({
  ...meetingFacts(meeting({ place: at('Cafe', 48.2, 11.6), joinUrl: 'https://teams.microsoft.com/l/meetup-join/x' })),
  webLink: 'https://outlook.office365.com/calendar/item/1',
  ...more,
});
export const cantMakeFacts = (facts: MeetingFacts): CantMakeFacts => ({
  ...facts,
  first: { subject: facts.subject, startAt: facts.startAt - HOUR, endAt: facts.startAt, place: facts.place },
  travelMs: 28 * MINUTE,
  isRough: true,
  arriveAt: facts.startAt + 28 * MINUTE,
});
export const leaveFacts = (facts: MeetingFacts, more: Partial<LeaveByFacts> = {}): LeaveByFacts => ({
  placeMark: 'mark',
  ...facts,
  leaveAt: facts.startAt - 35 * MINUTE,
  travelMs: 28 * MINUTE,
  spareMs: 7 * MINUTE,
  fromName: 'the office',
  isRough: true,
  ...more,
});
export const reminderFacts = (facts: MeetingFacts): ReminderFacts => ({
  ...facts,
  accepted: facts.othersCount,
  noAgenda: true,
  untilJoined: true,
});
/** As much of everything as a plan puts in. */
export const digestFacts = (facts: MeetingFacts, count = 20): DigestFacts => {
  const { subject, startAt, endAt, allDay, place, joinUrl } = facts;
  const list = Array.from({ length: Math.min(count, 5) }, (_, index) => index);
  return {
    date: '2026-12-01',
    rows: Array.from({ length: count }, () => ({
      startAt,
      endAt,
      ...(allDay ? { allDay } : {}),
      subject: subject.slice(0, 120),
      ...(place ? { place: place.slice(0, 120) } : {}),
      ...(joinUrl ? { joinUrl } : {}),
      isTentative: true,
      clashes: true,
    })),
    more: count,
    conflicts: list.map(() => ({ earlier: subject, later: subject, startAt })),
    gaps: list.map((index) => ({ from: startAt + index * HOUR, to: startAt + (index + 1) * HOUR })),
    travel: list.map((index) => ({ subject, leaveAt: startAt, travelMs: 28 * MINUTE, isRough: index > 0 })),
    rsvp: list.map((index) => ({ subject, startAt, accepted: 3, declined: index, tentative: 1 })),
    unanswered: count,
    week: list.map((index) => ({
      date: `2026-12-0${index + 1}`,
      meetings: index,
      busyMs: index * 45 * MINUTE,
      ...(index > 0 ? { firstStartAt: startAt } : {}),
      conflicts: index,
    })),
  };
};
export const EMPTY_DIGEST: DigestFacts = {
  date: '2026-12-01',
  rows: [],
  more: 0,
  conflicts: [],
  gaps: [],
  travel: [],
  rsvp: [],
  unanswered: 0,
};
/** As much of everything as a plan puts in. */
export const prepareFacts = (facts: MeetingFacts, count = 10): PrepareFacts => ({
  date: '2026-12-02',
  rows: Array.from({ length: count }, (_, index) => ({
    eventId: 'A'.repeat(500),
    startAt: facts.startAt,
    endAt: facts.endAt,
    subject: facts.subject.slice(0, 120),
    agenda: facts.agenda.slice(0, 3),
    ...(index % 3 ? { hasFiles: true as const } : {}),
    ...(index % 3 && facts.webLink ? { webLink: facts.webLink.slice(0, 500) } : {}),
    isOpen: true as const,
    response: (['none', 'notResponded', 'notResponded', 'accepted'] as const)[index % 4] ?? 'none',
  })),
  more: count,
});
export const offeredFacts = (facts: MeetingFacts): OfferedFacts => ({
  ...facts,
  eventId: 'event-1',
  from: facts.others[0] || 'Bob Guest',
  points: Array.from({ length: 10 }, () => (facts.subject || 'x').slice(0, 160)),
});
/** All that is asked and said about an agenda and about points for one. */
export function pointsCards(facts: MeetingFacts, reader: Reader, now: number): Record<string, Message> {
  const offered = offeredFacts(facts);
  const { points } = offered;
  const eventId = 'A'.repeat(500);
  return {
    agendaOpenPoints: agendaPromptCard({ ...facts, isSeries: true, openPoints: points }, eventId, reader, now),
    agendaPickedUp: agendaPromptCard(facts, eventId, reader, now, { value: points.join('\n') }),
    agendaPostponed: agendaPromptCard({ ...facts, postponedUntil: now + HOUR }, eventId, reader, now),
    agendaDoneSeries: agendaDoneCard(facts, points, reader, now, true),
    points: inviteePointsCard({ ...facts, isSeries: true, response: 'notResponded' }, eventId, reader, now),
    pointsSuggested: inviteePointsCard({ ...facts, suggested: points }, eventId, reader, now),
    pointsSkipped: inviteePointsCard({ ...facts, skipped: 'series' }, eventId, reader, now),
    pointsOffered: pointsOfferedCard(offered, 'pointsOffered.x', reader, now),
    pointsDiscreet: pointsOfferedCard({ ...offered, isDiscreet: true }, 'pointsOffered.x', reader, now),
    pointsAddedBefore: pointsOfferedCard(offered, 'pointsOffered.x', reader, now, 'addedBefore'),
    pointsAdded: pointsOfferedCard(offered, 'pointsOffered.x', reader, now, 'added'),
    pointsRefused: pointsOfferedCard(offered, 'pointsOffered.x', reader, now, 'refused'),
  };
}
export const changeFacts = (facts: MeetingFacts, more: Partial<ChangeFacts> = {}): ChangeFacts => ({
  ...facts,
  change: 'moved',
  beforeStartAt: facts.startAt - DAY,
  beforeEndAt: facts.endAt - DAY,
  occurrences: 1,
  ...more,
});
export const asEvent = (facts: MeetingFacts): CalendarEvent =>
  meeting({
    subject: facts.subject,
    startAt: facts.startAt,
    endAt: facts.endAt,
    allDay: facts.allDay,
    joinUrl: facts.joinUrl,
    isOnline: facts.joinUrl !== undefined,
    response: facts.response,
    ...(facts.place ? { place: { name: facts.place, isRoom: false } } : {}),
    organizer: { name: facts.organizer ?? '', address: 'ann@test.example' },
    attendees: facts.others.map((name) => attendee(name)),
    agenda: facts.agenda,
  });
export const HEALTH: Health = {
  since: NOW - DAY,
  lastChangeAt: null,
  syncedAt: NOW - MINUTE,
  subscribedUntil: NOW + DAY,
  next: { kind: 'reminder', dueAt: NOW + HOUR, subject: 'Planning' },
  remindMinutes: [15],
  office: 'the office',
};

/** All that can be said about a change, with all that can go with it and with nothing. */
export const changeCards = (facts: MeetingFacts, reader: Reader, now: number): Record<string, Message> =>
  Object.fromEntries(
    (['invited', 'cancelled', 'restored', 'moved', 'roomLost', 'place', 'link', 'conflict'] as const).flatMap(
      (change) => {
        const { subject, startAt, endAt } = facts;
        const full: Partial<ChangeFacts> = {
          change,
          news: [change as 'moved', 'moved', 'roomLost', 'place', 'link'],
          beforePlace: subject,
          rooms: Array.from({ length: 4 }, () => subject),
          hasRooms: true,
          alongside: [1, 2, 3].map((occurrences) => ({ change: 'cancelled' as const, occurrences, startAt, endAt })),
          conflicts: Array.from({ length: 3 }, (_, index) => ({
            subject,
            startAt: startAt + index * DAY,
            endAt: endAt + index * DAY,
          })),
          moreConflicts: 9,
          free: Array.from({ length: 3 }, (_, index) => ({ from: startAt + index * DAY, to: endAt + index * DAY })),
          answerTo: 'A'.repeat(500),
          isWholeSeries: true,
        };
        return [
          [`${change} full`, changeCard(changeFacts(facts, full), reader, now)],
          [`${change} bare`, changeCard(changeFacts(facts, { change, isBack: true }), reader, now)],
        ];
      },
    ),
  );

/** Every card about a meeting, made of these facts. */
export function meetingCards(facts: MeetingFacts, reader = READER, now = NOW): Record<string, Message> {
  return {
    reminder: reminderCard(facts, reader, now),
    reminderFull: reminderCard(reminderFacts(facts), reader, now, 'A'.repeat(300), 'Noted.'),
    reminderAtStart: reminderCard(reminderFacts(facts), reader, facts.startAt, 'event-1'),
    reminderSnoozed: reminderCard({ ...facts, snoozedUntil: facts.startAt }, reader, now, 'event-1'),
    reminderJoined: reminderCard({ ...facts, ended: 'joined' }, reader, now, 'event-1'),
    agendaPrompt: agendaPromptCard(facts, 'event-1', reader, now, { note: 'Write at least one point.' }),
    ...pointsCards(facts, reader, now),
    agendaDone: agendaDoneCard(facts, facts.agenda.length > 0 ? facts.agenda : ['Budget'], reader, now),
    leaveBy: leaveByCard(leaveFacts(facts), 'event-1', reader, now),
    leaveByLate: leaveByCard(
      leaveFacts(facts, { leaveAt: now - MINUTE, isRough: false, fromName: '' }),
      'event-1',
      reader,
      now,
    ),
    leaveByEnded: leaveByCard(leaveFacts(facts, { ended: 'there' }), 'event-1', reader, now),
    cantMake: cantMakeCard(cantMakeFacts(facts), reader, now),
    cantMakeSolved: cantMakeCard({ ...cantMakeFacts(facts), isSolved: true }, reader, now),
    moved: changeCard(changeFacts(facts), reader, now),
    movedSeries: changeCard(changeFacts(facts, { occurrences: 12 }), reader, now),
    cancelled: changeCard(changeFacts(facts, { change: 'cancelled' }), reader, now),
    cancelledSeries: changeCard(changeFacts(facts, { change: 'cancelled', occurrences: 2 }), reader, now),
    ...changeCards(facts, reader, now),
    connected: connectedCard({ next: facts }, reader, now),
    next: nextCard(asEvent(facts), reader, now),
    day: dayCard('today, Tuesday 1 December', [asEvent(facts)], reader, now),
  };
}
/** One of each reason. */
export const undelivered = (facts: MeetingFacts): Undelivered[] =>
  [
    'Teams 403 BotDisabledByAdmin',
    'Teams 403 NotEnoughPermissions',
    'Teams 413 MessageSizeTooBig',
    'Teams no answer',
    NO_CHAT,
    TOO_LATE,
    'no send: Error',
    null,
  ].map((reason, index) => ({
    nudgeId: `n${index}`,
    personId: '7e570000-0000-4000-8000-000000000001',
    kind: ['reminder', 'of tomorrow'][index % 2] ?? '',
    subject: facts.subject,
    dueAt: facts.startAt,
    state: index === 3 ? 'unknown' : 'missed',
    reason,
  }));
export const blindFacts = (facts: MeetingFacts, count: number): BlindFacts => ({
  fromAt: NOW - 2 * HOUR,
  toAt: NOW - MINUTE,
  changes: Array.from({ length: Math.min(count, 20) }, (_, index): BlindLine => {
    const { subject, startAt, endAt, allDay, place } = facts;
    const change = (['moved', 'invited', 'cancelled', 'restored', 'place', 'link'] as const)[index % 6] ?? 'moved';
    const before = { startAt: startAt - DAY, endAt: endAt - DAY, allDay };
    return {
      change,
      eventId: `e${index}`,
      subject,
      startAt,
      endAt,
      allDay,
      place,
      before,
      occurrences: 1 + (index % 2),
    };
  }),
  more: Math.max(0, count - 20),
});
/** As long as Graph's ids are, and longer. */
export const calendarChoices = (name: string, count: number, more: Partial<CalendarChoice> = {}): CalendarChoice[] =>
  Array.from({ length: count }, (_, index) => ({
    calendarId: index === 0 ? '' : `${'A'.repeat(500)}${index}`,
    name,
    ...(index > 2 ? { ownerName: name } : {}),
    isWatched: index < 10,
    isPolled: index > 2,
    ...more,
  }));
export const SAVED: SavedFollowUp = {
  startAt: NOW,
  decided: 'We go\nWithout Bob',
  tasks: 'Ann: send it',
  open: 'Budget',
  wantsMail: true,
  inTodo: 2,
  ownTasks: 2,
  offered: ['Ann'],
  unreached: ['Bob'],
  openPoints: 1,
  mailed: 5,
};
/** As much as the boxes take. */
export const savedFull = (text: string): SavedFollowUp => ({
  ...SAVED,
  decided: `${text}\n`.repeat(2_000).slice(0, 1_500),
  tasks: '漢'.repeat(1_500),
  open: '漢'.repeat(1_500),
  offered: Array.from({ length: 8 }, () => text.slice(0, 100)),
  unreached: Array.from({ length: 8 }, () => text.slice(0, 100)),
  taskTrouble: 'consent',
  mailTrouble: 'failed',
});
export function followUpCards(facts: MeetingFacts, reader: Reader, now: number): Record<string, Message> {
  const card = (more: Partial<FollowUpFacts>) => followUpCard({ ...facts, ...more }, 'e1', reader, now);
  const offered = { from: facts.subject || 'Ann', task: facts.subject || 'x', subject: facts.subject, startAt: now };
  return {
    followUp: card({}),
    followUpSkipped: card({ skipped: 'meeting' }),
    followUpSkippedSeries: card({ skipped: 'series' }),
    followUpSaved: card({ saved: SAVED }),
    followUpNothing: card({ saved: { ...SAVED, inTodo: 0, offered: [], unreached: [], openPoints: 0, mailed: 0 } }),
    followUpFull: card({ saved: savedFull(facts.subject) }),
    taskOffered: offeredTaskCard({ ...offered, dueDate: '2026-12-04' }, 'taskOffered.x'),
    taskTaken: offeredTaskCard(offered, 'taskOffered.x', true),
    permissionOfAdmin: adminCard(`https://login.test.example/t/v2.0/adminconsent?state=${'x'.repeat(300)}`, [
      ...SCOPES.keys(),
    ]),
    permission: permissionCard('https://cw.test.example/auth/start?state=x', ['Tasks.ReadWrite', 'Mail.Send']),
  };
}
export function lateCards(facts: MeetingFacts, reader: Reader, now: number): Record<string, Message> {
  const one = { ...facts, eventId: 'A'.repeat(500) };
  const names = Array.from({ length: 30 }, () => facts.subject || 'Bob');
  const asked = { organiser: facts.organizer || 'Ann', names, isOrganiserOnly: false };
  return {
    askLate: askLateCard(one, 10, asked, reader),
    askLateOne: askLateCard(one, 10, { names: ['Bob'], isOrganiserOnly: false }, reader),
    askLateDiscreet: askLateCard(one, 10, { ...asked, isDiscreet: true }, reader),
    askLateAudience: askLateCard(one, 10, { ...asked, names: [], isOrganiserOnly: true }, reader),
    chooseLate: chooseMeetingCard([one, one, one, one, one], 10, reader),
    toldLate: toldLateCard(one, 10, { inChat: 2, byMail: 3 }),
    toldLateInPart: toldLateCard(one, 10, {
      inChat: 2,
      byMail: 0,
      mailTrouble: 'consent',
      url: 'https://cw.example/x',
    }),
    toldNobody: toldLateCard(one, 10, { inChat: 0, byMail: 0, mailTrouble: 'failed' }),
    late: lateCard({ ...facts, who: facts.subject || 'Ann', minutes: 10 }, reader, now),
    lateButton: { ...sentence('x'), card: { ...sentence('x').card, actions: lateActions('e1') } },
  };
}
/** Foreign text is in the names of what is muted. */
export function settingsCards(facts: MeetingFacts): Record<string, Message> {
  // What is muted was kept by PostgreSQL, which keeps no half of a character.
  const name = wellFormed(facts.subject.slice(0, 120));
  const muted = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ id: `${'A'.repeat(150)}${index}`, name }));
  const some: Settings = {
    ...DEFAULT_SETTINGS,
    quiet: { from: '22:00', to: '07:00' },
    kinds: { digest: false, followUp: true },
    forbiddenKinds: ['invitation', 'colleagues'],
    mutedSeries: muted(2),
    mutedCalendars: [{ id: 'default', name: 'Calendar' }],
    mutedPeople: muted(1),
  };
  const full: Settings = { ...some, mutedSeries: muted(200), mutedCalendars: muted(200), mutedPeople: muted(200) };
  const notes = ['Paused until today 14:00; “resume” ends that.', '4 things muted; “mute” shows what.'];
  const problem = { inputs: { remindMinutes: name }, problems: [{ id: 'remindMinutes', words: 'Minutes, please.' }] };
  const choices = muted(8).map((one) => ({
    name: one.name,
    more: 'Tue 1 Dec',
    data: { eventId: one.id, chosen: true },
  }));
  const policy = { ...NO_POLICY, defaults: { kinds: { digest: false } }, forbiddenKinds: ['invitation'] };
  return {
    settings: settingsCard({ settings: DEFAULT_SETTINGS }, { notes: [], isAdmin: false }),
    settingsSome: settingsCard({ settings: some }, { notes, isAdmin: true }),
    settingsSaved: settingsCard({ settings: some }, { notes, isAdmin: false }, true),
    settingsProblem: settingsCard({ settings: some, attempt: problem }, { notes: [], isAdmin: false }),
    settingsForAll: forAllCard(policy),
    settingsForAllSaved: forAllCard(policy, undefined, true),
    settingsHelp: groupHelpCard(
      'Settings you can type',
      COMMANDS.filter((command) => command.group === 'settings'),
    ),
    mutes: mutesCard(some),
    mutesNone: mutesCard(DEFAULT_SETTINGS),
    mutesFull: mutesCard(full),
    muted: mutedCard('series', { id: 'A'.repeat(150), name }),
    unmuted: unmutedCard({ id: 'A'.repeat(150), name }),
    whichMute: whichCard('series', 'mute.series', choices),
    whichUnmute: whichCard('person', 'mute.remove', choices.slice(0, 2), true),
  };
}
/** The rest. */
const ADMIN = { ...READER, isAdmin: true };
const PAUSE = { since: NOW - HOUR, by: READER.personId };

export function otherCards(facts: MeetingFacts, reader = READER, now = NOW): Record<string, Message> {
  const full = Array.from({ length: 40 }, (_, index) => ({ ...asEvent(facts), id: `e${index}` }));
  return {
    agendaSkipped: agendaSkippedCard(facts, false),
    agendaSkippedSeries: agendaSkippedCard(undefined, true),
    ...followUpCards(facts, reader, now),
    ...lateCards(facts, reader, now),
    ...settingsCards(facts),
    ...ruleNoticeCards(facts, reader, now),
    ...timeCards(facts, reader, now),
    ...ruleCards(facts, reader, now),
    ...roomCards(facts, reader, now),
    prepare: prepareCard(prepareFacts(facts, 2), 'prepare.x', reader, now),
    prepareFull: prepareCard(prepareFacts(facts), 'prepare.x', reader, now),
    connectedQuiet: connectedCard({}, reader, now),
    reconnect: reconnectCard(),
    stopped: stoppedCard(),
    welcome: welcomeCard(),
    signIn: signInCard(`https://cw.test.example/sign-in?state=${'x'.repeat(64)}`),
    notWatching: notWatching(),
    sentence: sentence(`Noted: your office is **${plain(facts.subject)}**.`),
    fullDay: dayCard('today', full, reader, now),
    digest: digestCard(digestFacts(facts, 2), reader, now),
    digestFull: digestCard(digestFacts(facts), reader, now),
    digestEmpty: digestCard(EMPTY_DIGEST, reader, now),
    emptyDay: dayCard('today', [], reader, now),
    status: statusCard({ ...HEALTH, next: { kind: 'leaveBy', dueAt: now, subject: facts.subject } }, reader, now),
    statusBare: statusCard(
      { since: null, lastChangeAt: null, syncedAt: null, subscribedUntil: null, remindMinutes: [] },
      reader,
      now,
    ),
    statusUntold: statusCard({ ...HEALTH, undelivered: { newest: undelivered(facts), total: 12 } }, reader, now),
    statusPolled: statusCard({ ...HEALTH, subscribedUntil: null, pollMinutes: 15 }, reader, now),
    deliveries: deliveriesCard(
      {
        counts: undelivered(facts).map(({ state, reason }) => ({ state, reason, count: 3, people: 2 })),
        newest: undelivered(facts).map((one, index) => ({ ...one, address: index === 0 ? facts.subject : null })),
        retryable: 2,
        unreachable: 3,
        paused: pausedWords(PAUSE, ADMIN, now),
      },
      reader,
      now,
    ),
    deliveriesNone: deliveriesCard({ counts: [], newest: [], retryable: 0, unreachable: 1 }, reader, now),
    statusPaused: statusCard(
      { ...HEALTH, pausedForAll: pausedWords(PAUSE, { ...ADMIN, isAdmin: false }, now) },
      reader,
      now,
    ),
    pausedAll: pausedCard(
      { pause: PAUSE, held: Object.keys(KIND_NAMES).map((kind) => ({ kind, due: 1_234, soon: 5_678 })), underWay: 2 },
      ADMIN,
      now,
    ),
    pausedAllBefore: pausedCard({ pause: { ...PAUSE, by: 'somebody else' }, held: [] }, ADMIN, now),
    resumedAll: resumedCard({ pause: PAUSE, due: 12, missed: 1 }, ADMIN, now),
    help: helpCard([...COMMANDS]),
    unreadable: unreadableCard(),
    blindQuiet: blindCard(blindFacts(facts, 0), reader, now),
    blind: blindCard(blindFacts(facts, 3), reader, now),
    blindFull: blindCard(blindFacts(facts, 22), reader, now),
    calendars: calendarsCard(calendarChoices(facts.subject || 'x', 4), 15),
    calendarsSaved: calendarsCard(calendarChoices(facts.subject || 'x', 12), 1, true),
    calendarsFull: calendarsCard(calendarChoices(facts.subject || 'x', 500), 15),
    calendarsGone: calendarsCard(
      [...calendarChoices('Calendar', 1), ...calendarChoices(facts.subject || 'x', 5, { isGone: true }).slice(1)],
      15,
    ),
  };
}
export const allCards = (facts: MeetingFacts, reader: Reader = READER, now = NOW) => {
  const owner = { personId: 'person-1', ...reader };
  return Object.entries({ ...meetingCards(facts, owner, now), ...otherCards(facts, owner, now) });
};
