/** What a button of each verb carries, filled with somebody's ids. A verb that is missing here fails a test. */

/** Ids of one person, or of somebody in another tenant. */
export interface Ids {
  tenantId: string;
  personId: string;
  /** A meeting to come that has others in it. */
  eventId: string;
  startAt: number;
  seriesId: string;
  /** By kind of nudge. */
  nudgeId(kind: string): string;
  calendarId: string;
  address: string;
}

export type Data = Record<string, unknown>;

const meeting = ({ eventId, startAt }: Ids): Data => ({ eventId, startAt });
const event = ({ eventId }: Ids): Data => ({ eventId });
const nothing = (): Data => ({});

export const VERB_DATA: Readonly<Record<string, (ids: Ids) => Data>> = {
  'watch.on': nothing,
  'agenda.write': (ids) => ({ ...event(ids), agendaText: 'one\ntwo', agendaFor: 'meeting' }),
  'agenda.pickUp': event,
  'agenda.postpone': (ids) => ({ ...event(ids), later: 'hour' }),
  'agenda.skip': (ids) => ({ ...event(ids), series: true }),
  'points.suggest': (ids) => ({ ...event(ids), pointsText: 'a point' }),
  'points.skip': (ids) => ({ ...event(ids), series: false }),
  'points.add': (ids) => ({ nudgeId: ids.nudgeId('pointsOffered') }),
  'points.refuse': (ids) => ({ nudgeId: ids.nudgeId('pointsOffered') }),
  'prepare.answer': (ids) => ({ nudgeId: ids.nudgeId('prepare'), row: 0, answer: 'accept' }),
  'calendars.choose': (ids) => ({ calendars: ids.calendarId }),
  'admin.deliveries.retry': nothing,
  'admin.resume': nothing,
  'admin.watch.tenant': nothing,
  'sign.out': nothing,
  'privacy.forget': nothing,
  'privacy.auditCsv': nothing,
  'reminder.snooze': (ids) => ({ ...meeting(ids), minutes: 5 }),
  'reminder.joined': meeting,
  'reminder.dismiss': meeting,
  'reminder.leads': (ids) => ({ ...meeting(ids), series: true, remindMinutes: '10' }),
  'respond.accept': event,
  'respond.tentative': event,
  'respond.decline': event,
  'settings.open': nothing,
  'settings.save': () => ({ digest: '07:30', was: {} }),
  'settings.forAll': nothing,
  'settings.saveForAll': () => ({ digest: '07:30', was: {} }),
  'pause.off': nothing,
  'ways.ladder': () => ({ ladder: 'teams,email' }),
  'ways.sendCode': (ids) => ({ way: 'email', email: ids.address }),
  'ways.enterCode': () => ({ code: '123456' }),
  'ways.stop': () => ({ way: 'email' }),
  'ways.forget': () => ({ way: 'email' }),
  'mute.series': (ids) => ({ eventId: ids.seriesId, chosen: true }),
  'mute.add': (ids) => ({ what: 'person', id: ids.address }),
  'mute.remove': (ids) => ({ what: 'calendar', id: ids.calendarId }),
  'travel.there': meeting,
  'travel.online': meeting,
  'followUp.save': (ids) => ({
    ...meeting(ids),
    followUpDecided: 'we decided',
    followUpTasks: 'a task',
    followUpOpen: 'an open point',
    followUpMail: 'true',
  }),
  'followUp.retry': meeting,
  'followUp.skip': (ids) => ({ ...meeting(ids), series: true }),
  'task.add': (ids) => ({ nudgeId: ids.nudgeId('taskOffered') }),
  'late.ask': (ids) => ({ ...meeting(ids), minutes: 10, eventIds: [ids.eventId], lateMeeting: 0, instead: true }),
  'late.tell': (ids) => ({ ...meeting(ids), minutes: 10 }),
  'late.drop': meeting,
};

/** What follows the name of a command, for each of them; each also gets all ids of the other as they are. */
export const COMMAND_WORDS: Readonly<Record<string, readonly string[]>> = {
  'watch on': [''],
  'watch off': [''],
  'watch status': [''],
  agenda: ['', 'for friday 14:00', '1. a\n2. b', 'today: one, two'],
  'what’s on': ['', 'tuesday afternoon', 'next week', '31 february', 'on 99.99.9999'],
  next: [''],
  late: ['10', '10 to the next one', ''],
  pause: ['until 14:00', '2 hours', 'until tomorrow', ''],
  mute: ['', 'digest', 'this series', 'ada@test.example'],
  unmute: ['', 'digest', '1'],
  kinds: [''],
  settings: [''],
  colleagues: ['off', 'on'],
  'own changes': ['on'],
  remind: ['10', '5 10 15', 'never'],
  'remind as in outlook': ['on', 'off'],
  'remind at start': ['on'],
  digest: ['7:30', 'off', '25:99'],
  'digest week': ['on'],
  'travel by': ['bicycle', 'car', 'broom'],
  spare: ['10', '-1'],
  quiet: ['22-7', 'off', '7-7'],
  focus: ['on'],
  away: ['on'],
  'only with others': ['on'],
  'only with link': ['on'],
  tentative: ['skip'],
  free: ['skip'],
  private: ['discreet'],
  notify: ['', 'me by teams, then email', 'by pigeon'],
  'my email': ['you@example.com', 'a@b', ''],
  'my phone': ['+49 170 1234567', '911', ''],
  code: ['123456', '1', ''],
  'start email': ['', 'sms'],
  'stop email': ['', 'sms'],
  'forget my': ['email', 'phone', ''],
  place: ['office Main Street 1', 'home 52.5, 13.4', 'x 999, 999', ''],
  places: [''],
  calendars: [''],
  'sign out': [''],
  'export my data': [''],
  'forget me': [''],
  'admin audit': ['', 'of ada@test.example', '2'],
  'admin watch': ['', 'group Sales', 'tenant', 'room x@test.example'],
  'admin unwatch': ['group Sales', 'tenant', '1'],
  'admin check': [''],
  'admin settings': [''],
  'admin forbid': ['digest', 'sms'],
  'admin allow': ['digest', 'sms'],
  'admin early': ['5', '-5'],
  'admin deliveries': ['', 'retry'],
  'admin pause': ['all', 'all until 14:00'],
  'admin resume': ['all'],
  help: ['', 'settings'],
};
