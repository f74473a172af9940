/**
 * The weeks of the demo tenant as a table. Days are working days counted from the anchor: 0 is today, or Monday when
 * today is a weekend; -1 the working day before. Five of them are a week, so `repeats: 'weekly'` on day 1 also falls on
 * day -4 and day 6. Times are those of the main person's zone unless `zone` says otherwise.
 */

export type Answer = 'accept' | 'decline' | 'tentativelyAccept' | 'none';

/** Something that happened to one occurrence of a series. */
export interface OccurrenceChange {
  day: number;
  /** New start, same day, same length; without it the occurrence is deleted. */
  moveTo?: string;
}

export interface MeetingSeed {
  subject: string;
  /** The organiser; the main person unless given. */
  owner?: string;
  /** One of the owner's OWN_CALENDARS; the default calendar unless given. */
  calendar?: string;
  day: number;
  /** "HH:mm"; absent for an all-day event. */
  at?: string;
  minutes?: number;
  /** Working days that an all-day event covers; 1 unless given. */
  allDays?: number;
  /** A timed event that runs over night: the "HH:mm" of the next calendar day at which it ends. */
  untilNextDay?: string;
  repeats?: 'weekly' | 'weekdays';
  changes?: OccurrenceChange[];
  /** By key or, for someone outside, by address; with the answer given. */
  guests?: Record<string, Answer>;
  room?: string;
  place?: string;
  online?: boolean;
  agenda?: string;
  showAs?: 'free' | 'tentative' | 'busy' | 'oof' | 'workingElsewhere';
  isPrivate?: boolean;
  category?: string;
  /** The organiser's words when cancelling. */
  cancelled?: string;
  /** "own": times are those of the organiser's zone. */
  zone?: 'own';
}

/** A meeting that is put into the first gap of today, at least `afterMinutes` from now. */
export interface SoonSeed extends Omit<MeetingSeed, 'day' | 'at'> {
  afterMinutes: number;
  minutes: number;
}

const SERIES: MeetingSeed[] = [
  {
    subject: 'Daily stand-up',
    day: -20,
    at: '09:15',
    minutes: 15,
    repeats: 'weekdays',
    online: true,
    category: 'Team',
    agenda: '1. What moved since yesterday\n2. What is next\n3. What is in the way',
    guests: { 'tomasz.zielinski': 'accept', 'priya.raman': 'accept', 'hannes.vogt': 'tentativelyAccept' },
    changes: [{ day: 1, moveTo: '09:45' }, { day: 3 }],
  },
  {
    subject: 'Lunch',
    day: -20,
    at: '12:30',
    minutes: 30,
    repeats: 'weekdays',
    showAs: 'free',
    category: 'Personal',
  },
  {
    subject: 'Product weekly',
    owner: 'sofia.castellanos',
    day: -19,
    at: '14:00',
    minutes: 60,
    repeats: 'weekly',
    online: true,
    room: 'room.isar',
    category: 'Team',
    agenda: '1. Numbers of the week\n2. Onboarding: where people drop out\n3. Decisions we owe each other',
    guests: {
      'lena.brandt': 'accept',
      'tomasz.zielinski': 'accept',
      'priya.raman': 'accept',
      'marcus.oyelaran': 'tentativelyAccept',
    },
  },
  {
    subject: 'Lena / Tomasz',
    day: -19,
    at: '11:00',
    minutes: 30,
    repeats: 'weekly',
    room: 'room.zugspitze',
    guests: { 'tomasz.zielinski': 'accept' },
  },
  { subject: 'Focus: roadmap', day: -18, at: '10:00', minutes: 120, repeats: 'weekly', category: 'Focus' },
  { subject: 'Focus: writing', day: -16, at: '10:00', minutes: 120, repeats: 'weekly', category: 'Focus' },
];

const PAST: MeetingSeed[] = [
  {
    subject: 'Quarterly numbers',
    owner: 'sofia.castellanos',
    day: -3,
    at: '15:00',
    minutes: 45,
    online: true,
    agenda: 'Revenue, churn, and the two bets for next quarter.',
    guests: { 'lena.brandt': 'accept', 'dana.whitfield': 'accept' },
  },
  {
    subject: 'Research read-out: first week with the product',
    owner: 'priya.raman',
    day: -2,
    at: '10:00',
    minutes: 60,
    online: true,
    category: 'Project',
    agenda: 'Twelve interviews, five findings, one recommendation.',
    guests: { 'lena.brandt': 'accept', 'tomasz.zielinski': 'accept' },
  },
  {
    subject: 'Hiring sync',
    day: -1,
    at: '15:00',
    minutes: 45,
    room: 'room.zugspitze',
    agenda: 'Shortlist for the data analyst, interview panel.',
    guests: { 'sofia.castellanos': 'accept', 'tomasz.zielinski': 'accept' },
  },
];

const TODAY: MeetingSeed[] = [
  {
    subject: 'Design review: onboarding',
    owner: 'priya.raman',
    day: 0,
    at: '10:00',
    minutes: 45,
    online: true,
    category: 'Project',
    agenda: '1. New first-run screens\n2. Empty states\n3. Open questions on permissions',
    guests: { 'lena.brandt': 'accept', 'tomasz.zielinski': 'tentativelyAccept' },
  },
  {
    subject: 'Novak & Partner: data processing agreement',
    day: 0,
    at: '11:15',
    minutes: 30,
    online: true,
    category: 'Customer',
    agenda: '1. Sub-processors\n2. Retention\n3. Who signs, and by when',
    guests: { 'ida.novak@novak-partner.example': 'none', 'marcus.oyelaran': 'accept' },
  },
  {
    subject: 'Budget check-in',
    owner: 'sofia.castellanos',
    day: 0,
    at: '16:00',
    minutes: 30,
    agenda: 'Tools and travel until the end of the quarter.',
    guests: { 'lena.brandt': 'tentativelyAccept' },
  },
];

const TOMORROW: MeetingSeed[] = [
  {
    subject: 'Kestrel Bikes: renewal',
    day: 1,
    at: '15:30',
    minutes: 60,
    place: 'Kestrel Bikes',
    category: 'Customer',
    agenda: '1. What worked this year\n2. The fleet module\n3. Terms for the next two years',
    guests: { 'jan.kestrel@kestrel-bikes.example': 'none', 'dana.whitfield': 'accept' },
  },
];

const THIS_WEEK: MeetingSeed[] = [
  {
    subject: 'Prepare the Alpenglas pilot',
    day: 2,
    at: '13:30',
    minutes: 60,
    room: 'room.ammersee',
    category: 'Customer',
    agenda: 'Walk through the demo data, agree who says what.',
    guests: { 'tomasz.zielinski': 'accept', 'marcus.oyelaran': 'accept' },
  },
  {
    subject: 'Alpenglas: pilot kick-off',
    day: 2,
    at: '15:00',
    minutes: 75,
    place: 'Alpenglas',
    category: 'Customer',
    agenda: '1. Goals of the pilot\n2. Plant tour\n3. Access and accounts',
    guests: { 'franziska.maurer@alpenglas.example': 'none', 'tomasz.zielinski': 'accept' },
  },
  {
    subject: 'All-hands rehearsal',
    owner: 'sofia.castellanos',
    day: 2,
    at: '16:30',
    minutes: 45,
    room: 'room.isar',
    agenda: 'Timing, transitions, questions we expect.',
    guests: { 'lena.brandt': 'decline', 'hannes.vogt': 'accept' },
  },
  { subject: 'Release freeze 4.2', day: 2, allDays: 3, showAs: 'free', category: 'Project' },
  { subject: 'Sofia in Zürich', day: 3, showAs: 'free' },
  {
    subject: 'Pricing experiment: results',
    owner: 'dana.whitfield',
    day: 3,
    at: '14:00',
    minutes: 60,
    online: true,
    category: 'Project',
    agenda: 'Conversion by plan, what we keep, what we stop.',
    guests: { 'lena.brandt': 'accept', 'sofia.castellanos': 'tentativelyAccept' },
  },
  {
    subject: 'Support escalations',
    owner: 'marcus.oyelaran',
    day: 3,
    at: '14:30',
    minutes: 60,
    online: true,
    category: 'Customer',
    agenda: 'Three open cases, one pattern behind them.',
    guests: { 'lena.brandt': 'none', 'tomasz.zielinski': 'accept' },
  },
  {
    subject: 'Demo: survey tool',
    owner: 'marcus.oyelaran',
    day: 3,
    at: '10:00',
    minutes: 45,
    online: true,
    agenda: 'What it does, what it costs.',
    guests: { 'lena.brandt': 'accept', 'priya.raman': 'accept' },
    cancelled: 'The vendor has asked for a new date, I will send one next week.',
  },
  {
    subject: 'Dentist',
    day: 3,
    at: '17:00',
    minutes: 45,
    place: 'Dr. Keller',
    isPrivate: true,
    showAs: 'oof',
    category: 'Personal',
  },
  {
    subject: 'Sprint review',
    owner: 'tomasz.zielinski',
    day: 4,
    at: '14:00',
    minutes: 60,
    online: true,
    room: 'room.ammersee',
    category: 'Team',
    agenda: '1. Demo\n2. What we did not finish and why\n3. Next goal',
    guests: { 'lena.brandt': 'accept', 'priya.raman': 'accept', 'sofia.castellanos': 'none' },
  },
];

const NEXT_WEEK: MeetingSeed[] = [
  {
    subject: 'Alpenglas: first findings',
    day: 5,
    at: '15:00',
    minutes: 30,
    online: true,
    category: 'Customer',
    agenda: 'What the first days have shown; access for the second shift.',
    guests: { 'franziska.maurer@alpenglas.example': 'none' },
  },
  {
    subject: 'Product offsite',
    owner: 'sofia.castellanos',
    day: 7,
    at: '09:30',
    untilNextDay: '16:00',
    place: 'Seehof Starnberg',
    category: 'Team',
    showAs: 'oof',
    agenda: 'Day one: where we stand. Day two: what we bet on.',
    guests: { 'lena.brandt': 'accept', 'tomasz.zielinski': 'accept', 'priya.raman': 'none' },
  },
  {
    subject: 'Interview: data analyst',
    day: 5,
    at: '10:00',
    minutes: 45,
    room: 'room.zugspitze',
    agenda: 'Case study, then her questions.',
    guests: { 'sofia.castellanos': 'none' },
  },
];

const COLLEAGUES: MeetingSeed[] = [
  {
    subject: 'Architecture round',
    owner: 'tomasz.zielinski',
    day: -20,
    at: '16:00',
    minutes: 60,
    repeats: 'weekly',
    room: 'room.isar',
    agenda: 'One decision a week, written down afterwards.',
    guests: { 'hannes.vogt': 'accept' },
  },
  {
    subject: 'Help desk hours',
    owner: 'hannes.vogt',
    day: -20,
    at: '10:00',
    minutes: 120,
    repeats: 'weekdays',
    room: 'room.walchensee',
    agenda: 'Come by with whatever does not work.',
  },
  {
    subject: 'Customer round',
    owner: 'marcus.oyelaran',
    day: -20,
    at: '13:00',
    minutes: 60,
    repeats: 'weekdays',
    room: 'room.tegernsee',
    agenda: 'Who called, who should be called.',
    guests: { 'tomasz.zielinski': 'tentativelyAccept' },
  },
  { subject: 'Deep work', owner: 'tomasz.zielinski', day: 1, at: '16:00', minutes: 120, category: 'Focus' },
  {
    subject: 'Patch day',
    owner: 'hannes.vogt',
    day: -18,
    at: '17:00',
    minutes: 90,
    repeats: 'weekly',
    agenda: 'Servers first, then clients.',
  },
  {
    subject: 'School run',
    owner: 'hannes.vogt',
    day: -20,
    at: '08:00',
    minutes: 30,
    repeats: 'weekdays',
    isPrivate: true,
  },
  {
    subject: 'Board preparation',
    owner: 'sofia.castellanos',
    day: 1,
    at: '10:00',
    minutes: 90,
    isPrivate: true,
    category: 'Focus',
  },
  { subject: 'Zürich', owner: 'sofia.castellanos', day: 3, showAs: 'workingElsewhere', category: 'Travel' },
  {
    subject: 'Customer round table',
    owner: 'marcus.oyelaran',
    zone: 'own',
    day: 2,
    at: '15:30',
    minutes: 60,
    online: true,
    agenda: 'Five customers, one question: what would you miss?',
    guests: { 'dana.whitfield': 'none' },
  },
  {
    subject: 'Usability lab',
    owner: 'priya.raman',
    zone: 'own',
    day: 2,
    at: '11:00',
    minutes: 120,
    category: 'Project',
  },
  {
    subject: 'Pipeline review',
    owner: 'dana.whitfield',
    zone: 'own',
    day: -19,
    at: '11:00',
    minutes: 45,
    repeats: 'weekly',
    online: true,
    agenda: 'Top ten, what is stuck, who helps.',
    guests: { 'marcus.oyelaran': 'accept' },
  },
];

/** Further calendars of a person, beside the one that everybody has. */
export const OWN_CALENDARS: { owner?: string; name: string }[] = [{ name: 'Side projects' }];

/** Whose default calendar the main person may read. */
export const SHARED_WITH_MAIN = ['sofia.castellanos'];

const SIDE_PROJECTS: MeetingSeed[] = [
  { subject: 'Photo walk', calendar: 'Side projects', day: 1, at: '18:00', minutes: 30, place: 'Viktualienmarkt' },
  { subject: 'Podcast: cut episode 12', calendar: 'Side projects', day: 2, at: '18:00', minutes: 30 },
  {
    subject: 'Allotment: seeds and spades',
    calendar: 'Side projects',
    day: -16,
    at: '18:00',
    minutes: 30,
    repeats: 'weekly',
  },
];

export const MEETINGS: MeetingSeed[] = [
  ...SERIES,
  ...PAST,
  ...TODAY,
  ...TOMORROW,
  ...THIS_WEEK,
  ...NEXT_WEEK,
  ...COLLEAGUES,
  ...SIDE_PROJECTS,
];

/** In this order, so that the first one gets its gap for certain. */
export const SOON: SoonSeed[] = [
  {
    subject: 'Launch check-in',
    afterMinutes: 60,
    minutes: 30,
    online: true,
    category: 'Project',
    guests: { 'marcus.oyelaran': 'accept', 'priya.raman': 'none' },
  },
  {
    subject: 'Quick sync: release notes',
    owner: 'tomasz.zielinski',
    afterMinutes: 20,
    minutes: 15,
    online: true,
    agenda: 'Two wordings to decide, then it goes out.',
    guests: { 'lena.brandt': 'accept' },
  },
];
