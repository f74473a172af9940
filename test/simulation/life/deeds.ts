/** What people do to their calendars, and how often in comparison. Most weight is on what nudges depend on. */
import type { ViewedEvent } from '../../../sandbox/graph/store-api.ts';
import type { SimPerson } from '../history.ts';
import { CHOICES } from './choices.ts';
import { type Act, ANSWERED, attendeeOf, attendeesOf, type Deed, type Hand, immutableId } from './hand.ts';
import { ZONES } from './people.ts';
import { ROOM_DEEDS } from './rooms.ts';
import { RULE_DEEDS } from './rules.ts';
import {
  addDays,
  addMinutes,
  clockChange,
  DAY_MS,
  dateOf,
  HOUR_MS,
  MINUTE_MS,
  SECOND_MS,
  timeOf,
  wallDate,
  workingDay,
  workingTime,
} from './wall.ts';
import { addAllDay, addSeries, addSingle, nextMark } from './weeks.ts';

const isOwn = (event: ViewedEvent) => event.isOrganizer && !event.isAllDay;
const isInvited = (event: ViewedEvent) => !event.isOrganizer;
const isOfSeries = (event: ViewedEvent) => event.seriesMasterId !== undefined;
const isSingle = (event: ViewedEvent) => !isOfSeries(event);
const hasGuests = (event: ViewedEvent) => event.attendees.some((one) => one.type !== 'resource');
const isAskedAbout = (event: ViewedEvent) => isOwn(event) && hasGuests(event) && !event.hasAgenda;

/** A deed done to an event that passes the filter. */
const to =
  (
    filter: (event: ViewedEvent) => boolean,
    act: (hand: Hand, person: SimPerson, event: ViewedEvent) => unknown,
    days?: number,
  ): Act =>
  (hand, person) => {
    const event = hand.pick(person, filter, days);
    return event !== undefined && act(hand, person, event) !== false;
  };

/** Another time: a little later or earlier, or another time on one of the next days. */
function otherStart(hand: Hand, person: SimPerson, event: ViewedEvent): string {
  const { chance } = hand;
  const start = hand.wall(person, event.startAt);
  const shifted = nextMark(addMinutes(start, chance.pick([-60, -30, 15, 30, 60, 90, 120]) ?? 30));
  const isAhead = shifted > hand.wall(person, hand.now() + 5 * MINUTE_MS);
  if (isAhead && dateOf(shifted) === dateOf(start) && (isOfSeries(event) || chance.hits(0.6))) return shifted;
  const later = workingDay(addDays(dateOf(start), chance.whole(1, 4)));
  return `${later}T${workingTime(chance)}`;
}

const move: Act = to(isOwn, (hand, person, event) => {
  const start = otherStart(hand, person, event);
  const cause = isOfSeries(event) ? 'moved one occurrence' : 'moved';
  hand.as(cause, () => hand.update(person, event, hand.times(person, event, start)));
});

const moveSeveral: Act = to(
  (event) => isOwn(event) && isOfSeries(event),
  (hand, person, event) => {
    const all = hand
      .coming(person, (one) => one.seriesMasterId === event.seriesMasterId, 28)
      .slice(0, hand.chance.whole(2, 4));
    if (all.length < 2) return false;
    hand.as('moved several occurrences', () => {
      for (const one of all)
        hand.update(person, one, hand.times(person, one, addMinutes(hand.wall(person, one.startAt), 45)));
    });
  },
  12,
);

const moveSeries: Act = to(
  (event) => isOwn(event) && isOfSeries(event),
  (hand, person, event) => {
    const start = addMinutes(hand.wall(person, event.startAt), hand.chance.pick([-45, 30, 60]) ?? 30);
    hand.as('moved the series', () => hand.update(person, event, hand.times(person, event, start), 'series'));
  },
  12,
);

const moveSeriesToOtherDay: Act = to(
  (event) => isOwn(event) && isOfSeries(event) && hasGuests(event),
  (hand, person, event) => {
    const wall = hand.wall(person, event.startAt);
    const next = addDays(dateOf(wall), 1);
    if (workingDay(next) !== next) return false;
    hand.as('moved the series to another day', () =>
      hand.update(person, event, hand.times(person, event, `${next}T${timeOf(wall)}`), 'series'),
    );
  },
  12,
);

const moveAcrossMidnight: Act = to(isOwn, (hand, person, event) => {
  const date = dateOf(hand.wall(person, event.startAt));
  const start = hand.chance.hits(0.5) ? `${date}T23:45` : `${addDays(date, 1)}T00:15`;
  hand.as('moved across midnight', () => hand.update(person, event, hand.times(person, event, start)));
});

/** A meeting before the change of clocks, which is then moved to after it. */
const moveAcrossDst: Act = (hand, person) => {
  const { iana } = hand.zone(person);
  const change = clockChange(wallDate(hand.now(), iana), iana, 9);
  if (!change) return false;
  const before = hand.pick(
    person,
    (event) => isOwn(event) && isSingle(event) && dateOf(hand.wall(person, event.startAt)) < change,
    9,
  );
  if (!before) return false;
  const monday = workingDay(addDays(change, 1));
  const start = `${monday}T${timeOf(hand.wall(person, before.startAt))}`;
  hand.as('moved across a change of clocks', () => hand.update(person, before, hand.times(person, before, start)));
  return true;
};

const workThroughDst: Act = (hand, person) => {
  const { iana } = hand.zone(person);
  const change = clockChange(wallDate(hand.now(), iana), iana, 9);
  if (!change) return false;
  const start = hand.chance.hits(0.5) ? `${addDays(change, -1)}T22:00` : `${change}T02:30`;
  const event = hand.meeting(person, { start, minutes: 240, guests: hand.guests(person, 1) });
  hand.as('meeting in the night of the change of clocks', () => hand.create(person, event));
  return true;
};

/** Again within seconds: corrected, or back to what it was. */
const moveTwice: Act = to(isOwn, (hand, person, event) => {
  const was = hand.wall(person, event.startAt);
  const first = otherStart(hand, person, event);
  const second = hand.chance.hits(0.3) ? was : addMinutes(first, 15);
  hand.as('moved', () => hand.update(person, event, hand.times(person, event, first)));
  hand.later(hand.chance.between(2, 20) * SECOND_MS, person, (own) => {
    own.as('changed again within seconds', () => own.update(person, event, own.times(person, event, second)));
    return true;
  });
});

const makeSingle: Act = (hand, person) => {
  addSingle(hand, person, addDays(dateOf(hand.wall(person, hand.now())), hand.chance.whole(1, 6)));
  return true;
};

const makeSeries: Act = (hand, person) => {
  const rhythm = hand.chance.pick(['weekly', 'biweekly', 'monthly', 'daily'] as const) ?? 'weekly';
  const plan = { rhythm, guests: rhythm === 'daily' ? 0 : 2, minutes: 30, agendaRate: 0.5 };
  addSeries(hand, person, plan, dateOf(hand.wall(person, hand.now() + DAY_MS)));
  return true;
};

const makeAtShortNotice: Act = (hand, person) => {
  const { chance } = hand;
  const start = nextMark(hand.wall(person, hand.now() + chance.between(1, 15) * MINUTE_MS + MINUTE_MS));
  const isOnline = chance.hits(0.6)
    ? { isOnlineMeeting: true, onlineMeetingProvider: 'teamsForBusiness' as const }
    : {};
  const event = hand.meeting(person, {
    start,
    minutes: 30,
    guests: hand.guests(person, chance.whole(1, 2)),
    more: isOnline,
  });
  const made = hand.as('meeting at short notice', () => hand.create(person, event));
  hand.letAnswer(person, made, 20 * MINUTE_MS);
  return true;
};

const makeAllDay: Act = (hand, person) => {
  addAllDay(hand, person, addDays(dateOf(hand.wall(person, hand.now())), hand.chance.whole(0, 8)));
  return true;
};

const makeMultiDay: Act = (hand, person) => {
  const first = workingDay(addDays(dateOf(hand.wall(person, hand.now())), hand.chance.whole(1, 5)));
  const event = hand.meeting(person, { start: `${first}T14:00`, minutes: 44 * 60, guests: hand.guests(person, 1) });
  hand.as('entry of several days', () => hand.create(person, event));
  return true;
};

/** Some hours for oneself: news wait until they are over. */
const makeFocus: Act = (hand, person) => {
  const day = workingDay(addDays(dateOf(hand.wall(person, hand.now())), hand.chance.whole(0, 2)));
  const event = hand.meeting(person, { start: `${day}T${workingTime(hand.chance, 120)}`, minutes: 120 });
  hand.as('focus time', () => hand.create(person, { ...event, subject: `Focus time ${event.subject}` }));
  return true;
};

const moveAllDay: Act = to(
  (event) => event.isOrganizer && event.isAllDay,
  (hand, person, event) => {
    const date = addDays(dateOf(hand.wall(person, event.startAt + HOUR_MS)), 1);
    const days = Math.max(1, Math.round((event.endAt - event.startAt) / DAY_MS));
    const timeZone = hand.zone(person).name;
    hand.as('moved an all-day entry', () =>
      hand.update(person, event, {
        isAllDay: true,
        start: { dateTime: `${date}T00:00:00`, timeZone },
        end: { dateTime: `${addDays(date, days)}T00:00:00`, timeZone },
      }),
    );
  },
  12,
);

const cancel: Act = to(
  (event) => isOwn(event) && hasGuests(event),
  (hand, person, event) => {
    const cause = isOfSeries(event) ? 'occurrence cancelled by the organiser' : 'cancelled by the organiser';
    hand.as(cause, () => hand.api.calendar.cancel(person, event.id, 'It is not needed.'));
  },
);

const cancelSeries: Act = to(
  (event) => isOwn(event) && isOfSeries(event),
  (hand, person, event) => {
    hand.as('series cancelled by the organiser', () =>
      hand.api.calendar.cancel(person, event.id, 'We stop.', 'series'),
    );
  },
  12,
);

const deleteOwn: Act = to(
  (event) => isOwn(event) && !hasGuests(event),
  (hand, person, event) => {
    hand.as(isOfSeries(event) ? 'deleted an occurrence' : 'deleted', () => hand.api.calendar.remove(person, event.id));
  },
);

/** Takes an invitation out of the own calendar without an answer. */
const tidyUp: Act = to(isInvited, (hand, person, event) => {
  hand.as('removed from the own calendar', () => hand.api.calendar.remove(person, event.id));
});

const tidyCancelled: Act = (hand, person) => {
  const now = hand.now();
  const event = hand.chance.pick(
    hand.api.calendar.view(person, now, now + 12 * DAY_MS).filter((one) => one.isCancelled),
  );
  if (!event) return false;
  hand.as('tidied up after a cancellation', () => hand.api.calendar.remove(person, event.id));
  return true;
};

const writeBody = (hand: Hand, person: SimPerson, event: ViewedEvent, content: string) =>
  hand.update(person, event, { body: { contentType: 'text', content } });

const writeAgenda: Act = to(
  (event) => isAskedAbout(event) && !event.isOnline,
  (hand, person, event) => {
    hand.as('agenda written', () => writeBody(hand, person, event, hand.agenda()));
  },
);

const clearAgenda: Act = to(
  (event) => isOwn(event) && event.hasAgenda && !event.isOnline,
  (hand, person, event) => {
    hand.as('agenda removed', () => writeBody(hand, person, event, ''));
    if (hand.chance.hits(0.5)) return;
    hand.later(hand.chance.between(10 * SECOND_MS, 6 * HOUR_MS), person, (own) => {
      own.as('agenda restored', () => writeBody(own, person, event, event.bodyText));
      return true;
    });
  },
);

const changeAgenda: Act = to(
  (event) => isOwn(event) && event.hasAgenda && !event.isOnline,
  (hand, person, event) => {
    hand.as('agenda changed', () => writeBody(hand, person, event, `${event.bodyText}\nAnything else`));
  },
);

const changePlace: Act = to(isOwn, (hand, person, event) => {
  const location = hand.place();
  hand.as('place changed', () => hand.update(person, event, location ? { location } : {}));
});

const takeRoom: Act = to(
  (event) => isOwn(event) && hasGuests(event),
  (hand, person, event) => {
    const room = hand.room(person);
    const address = room?.emailAddress?.address;
    if (!room || event.attendees.some((one) => one.address === address)) return false;
    const people = attendeesOf(event).filter((one) => one.type !== 'resource');
    const location = { displayName: room.emailAddress?.name ?? '' };
    hand.as('room changed', () => hand.update(person, event, { attendees: [...people, room], location }));
  },
);

const addLink: Act = to(
  (event) => isOwn(event) && !event.isOnline,
  (hand, person, event) => {
    hand.as('join link added', () =>
      hand.update(person, event, { isOnlineMeeting: true, onlineMeetingProvider: 'teamsForBusiness' }),
    );
  },
);

const invite: Act = to(
  (event) => isOwn(event) && event.attendees.length < 6,
  (hand, person, event) => {
    const known = new Set(event.attendees.map((one) => one.address));
    const other = hand.chance.pick(hand.colleagues(person).filter((one) => !known.has(one.address)));
    if (!other) return false;
    const attendees = [...attendeesOf(event), attendeeOf(other.name, other.address)];
    hand.as('attendee added', () => hand.update(person, event, { attendees }));
  },
);

const disinvite: Act = to(
  (event) => isOwn(event) && hasGuests(event),
  (hand, person, event) => {
    const all = attendeesOf(event);
    const people = all.filter((one) => one.type !== 'resource');
    const out = hand.chance.pick(people);
    hand.as('attendee removed', () => hand.update(person, event, { attendees: all.filter((one) => one !== out) }));
    if (hand.chance.hits(0.6)) return;
    hand.later(hand.chance.between(MINUTE_MS, DAY_MS), person, (own) => {
      own.as('attendee invited again', () => own.update(person, event, { attendees: all }));
      return true;
    });
  },
);

const answer = (word: 'accept' | 'decline' | 'tentativelyAccept'): Act =>
  to(
    (event) => isInvited(event) && !event.response.startsWith(word),
    (hand, person, event) => {
      const scope = isOfSeries(event) && hand.chance.hits(0.15) ? 'series' : 'occurrence';
      hand.as(ANSWERED[word], () => hand.api.calendar.respond(person, event.id, word, undefined, scope));
    },
  );

const rename: Act = to(isOwn, (hand, person, event) => {
  hand.as('subject changed', () => hand.update(person, event, { subject: `${event.subject} (new)` }));
});

const makePrivate: Act = to(
  (event) => isOwn(event) && event.sensitivity === 'normal',
  (hand, person, event) => {
    hand.as('made private', () => hand.update(person, event, { sensitivity: 'private' }));
  },
);

const showOtherwise: Act = to(
  () => true,
  (hand, person, event) => {
    const showAs = hand.chance.pick(['free', 'workingElsewhere', 'oof'] as const) ?? 'free';
    hand.as(showAs === 'workingElsewhere' ? 'working elsewhere' : 'free or busy', () =>
      hand.update(person, event, { showAs }),
    );
  },
);

const wishLeads: Act = (hand, person) => {
  const minutes = hand.chance.pick([[15], [10, 5], [30], [60, 15, 5], [], [20, 0]]) ?? [15];
  hand.wish({ at: hand.now(), oid: person.oid, kind: 'remind', minutes });
  return true;
};

const pauseWatching: Act = (hand, person) => {
  hand.wish({ at: hand.now(), oid: person.oid, kind: 'watch', on: false });
  const away = hand.chance.hits(0.5)
    ? hand.chance.between(MINUTE_MS, HOUR_MS)
    : hand.chance.between(HOUR_MS, 2 * DAY_MS);
  hand.later(away, person, (own) => {
    own.wish({ at: own.now(), oid: person.oid, kind: 'watch', on: true });
    return true;
  });
  return true;
};

const needNoAgenda: Act = to(
  isAskedAbout,
  (hand, person, event) => {
    const id = event.seriesMasterId !== undefined && hand.chance.hits(0.4) ? event.seriesMasterId : event.id;
    const fixed = immutableId(person, id);
    if (fixed === undefined) return false;
    hand.wish({ at: hand.now(), oid: person.oid, kind: 'noAgenda', eventId: fixed });
  },
  4,
);

/** There and, after some days, back. Each time something is put into the calendar, as the cause must be told with it. */
const travel: Act = (hand, person) => {
  const home = { iana: person.timeZone, name: person.mailboxTimeZone };
  const away = hand.chance.pick(ZONES.filter((one) => one.iana !== home.iana));
  if (!away || !hand.cast.travellers.has(person.oid) || hand.zone(person).iana !== home.iana) return false;
  const arrive = (own: Hand, zone: typeof away) =>
    own.as(`travels to ${zone.iana}`, () => {
      own.setZone(person, zone);
      const today = dateOf(own.wall(person, own.now()));
      const more = { isAllDay: true, showAs: 'workingElsewhere' as const };
      own.create(person, own.meeting(person, { start: `${today}T00:00`, minutes: 24 * 60, more }));
    });
  arrive(hand, away);
  hand.later(hand.chance.between(1, 3) * DAY_MS, person, (own) => {
    arrive(own, home);
    return true;
  });
  return true;
};

export const DEEDS: Deed[] = [
  { weight: 2.6, act: move },
  { weight: 0.5, act: moveSeveral },
  { weight: 0.35, act: moveSeries },
  { weight: 0.15, act: moveSeriesToOtherDay },
  { weight: 0.4, act: moveAcrossMidnight },
  { weight: 1.2, act: moveAcrossDst },
  { weight: 0.5, act: workThroughDst },
  { weight: 0.6, act: moveTwice },
  { weight: 2, act: makeSingle },
  { weight: 0.15, act: makeSeries },
  { weight: 1.6, act: makeAtShortNotice },
  { weight: 0.4, act: makeAllDay },
  { weight: 0.15, act: makeMultiDay },
  { weight: 0.6, act: makeFocus },
  { weight: 0.4, act: moveAllDay },
  { weight: 1.4, act: cancel },
  { weight: 0.12, act: cancelSeries },
  { weight: 0.4, act: deleteOwn },
  { weight: 0.3, act: tidyUp },
  { weight: 0.3, act: tidyCancelled },
  { weight: 0.8, act: writeAgenda },
  { weight: 0.4, act: clearAgenda },
  { weight: 0.3, act: changeAgenda },
  { weight: 0.5, act: changePlace },
  { weight: 0.3, act: takeRoom },
  { weight: 0.4, act: addLink },
  { weight: 0.5, act: invite },
  { weight: 0.4, act: disinvite },
  { weight: 0.6, act: answer('accept') },
  { weight: 0.4, act: answer('tentativelyAccept') },
  { name: 'decline', weight: 0.7, act: answer('decline') },
  { weight: 0.4, act: rename },
  { weight: 0.15, act: makePrivate },
  { weight: 0.4, act: showOtherwise },
  { weight: 0.15, act: wishLeads },
  { weight: 0.25, act: pauseWatching },
  { weight: 0.3, act: needNoAgenda },
  { weight: 0.8, act: travel },
  ...CHOICES,
  ...ROOM_DEEDS,
  ...RULE_DEEDS,
];
