/** The average hours of a group, for admins. */
import { addDays } from '../../calendar/zone.ts';
import type { Message } from '../../delivery/message.ts';
import { type GroupFacts, LEAST_PEOPLE, MOST_PEOPLE } from '../../insights/group.ts';
import type { Reader } from './meeting.ts';
import { kicker, line, message, plain, subtle, title } from './parts.ts';
import { periodWords } from './time.ts';

export function groupTimeCard({ label, week, figures }: GroupFacts, reader: Reader): Message {
  const span = periodWords({ startDate: week, endDate: addDays(week, 7) }, reader);
  const facts = [
    { title: 'In meetings', value: `${figures.meetingHours} h` },
    { title: 'Of that, 1:1', value: `${figures.oneToOneShare} %` },
    { title: 'Of that, recurring', value: `${figures.recurringShare} %` },
    { title: 'Conflicting', value: `${figures.conflictingHours} h` },
    { title: 'After hours', value: `${figures.afterHours} h` },
    { title: 'Focus, 2 h or more', value: `${figures.focusHours} h` },
  ];
  const head = `An average person in ${plain(label, 100)}`;
  const who = `Of ${figures.people} people or a few more who were in it and watched all week.`;
  return message(
    [
      kicker('⏱️', `Time of a group · ${span}`),
      title(`An average person in ${label}`),
      line(figures.isCut ? `Of the first ${MOST_PEOPLE} people; there are more.` : who),
      { type: 'FactSet', spacing: 'Medium', facts },
      subtle(
        `Hours are rounded to half an hour, shares to 5 %. I answer for ${LEAST_PEOPLE} people or more, once a week, and it is on record that you asked.`,
      ),
    ],
    {
      summary: `${head}: ${figures.meetingHours} h in meetings`,
      fallbackText: `${head}, ${span}: ${facts.map((one) => `${one.title} ${one.value}`).join('; ')}. ${who}`,
    },
  );
}
