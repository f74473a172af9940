/** A rule as it was understood, before it is kept; and what it would have done in the week that was. */
import type { Message } from '../../delivery/message.ts';
import type { Rehearsed } from '../../rules/rehearse.ts';
import type { RuleScope } from '../../rules/rule.ts';
import type { Draft } from '../rules.ts';
import { plural } from '../words.ts';
import { allDayName, type Reader, speakerFor } from './meeting.ts';
import { clip, type Element, execute, kicker, line, message, plain, row, subtle, title } from './parts.ts';

/** data: {line, scope} */
export const RULE_SAVE = 'rule.save';
export const RULE_CHANGE = 'rule.change';
export const RULE_CHECK = 'rule.check';
/** data: {} */
export const RULE_CANCEL = 'rule.cancel';

const RUNS_SHOWN = 5;
const LONGEST_DEED = 600;

export const SCOPE_WORDS: Record<RuleScope, string> = {
  mine: 'For your calendar',
  everyone: 'For everybody’s calendar',
  rooms: 'For the calendars of rooms',
};

/** First letter large; what follows are other people's words, taken literally. */
export const headText = (head: string, most = LONGEST_DEED): string =>
  plain(head.slice(0, 1).toUpperCase() + head.slice(1), most);

const RUNS_OF: Record<RuleScope, string> = {
  mine: '',
  everyone: ' in your own calendar',
  rooms: ' in the first rooms',
};

export const wouldHave = ({ count }: Rehearsed, scope: RuleScope): string =>
  count === 0
    ? `It would not have run in the last 7 days${RUNS_OF[scope]}.`
    : `It would have run ${plural(count, 'time')} in the last 7 days${RUNS_OF[scope]}.`;

/** "Mon 23 Nov 14:10: Planning" */
export function rehearsedRows({ runs, count }: Rehearsed, reader: Reader, most = RUNS_SHOWN): Element[] {
  const say = speakerFor(reader);
  const shown = runs.slice(0, most);
  const rows = shown.map(({ at, subject, allDay, startAt }) => {
    const day = allDay ? allDayName(allDay, say) : say.day(startAt);
    return row('•', `${say.day(at)} ${say.time(at)}: ${plain(subject || '(no subject)', 80)} (${day})`);
  });
  return count > shown.length ? [...rows, subtle(`… and ${count - shown.length} more`)] : rows;
}

export function draftCard(draft: Draft, rehearsed: Rehearsed, reader: Reader): Message {
  const { scope, head, deeds } = draft;
  const data = { line: draft.line, scope };
  const result = wouldHave(rehearsed, scope);
  return message(
    [
      kicker('🧩', `New rule · ${SCOPE_WORDS[scope]}`),
      line(`**${headText(head)}**`),
      ...deeds.map((deed) => row('→', plain(deed, LONGEST_DEED))),
      line(result, { spacing: 'Medium' }),
      ...rehearsedRows(rehearsed, reader),
    ],
    { summary: 'New rule: save it?', fallbackText: `${draft.line}. ${result}` },
    [
      execute('Save', RULE_SAVE, data, { style: 'positive' }),
      execute('Change', RULE_CHANGE, data),
      execute('Cancel', RULE_CANCEL),
    ],
  );
}

export function rehearsedCard(name: string, scope: RuleScope, rehearsed: Rehearsed, reader: Reader): Message {
  const result = wouldHave(rehearsed, scope);
  return message(
    [kicker('🧪', 'Tested'), title(clip(name, 120)), line(result), ...rehearsedRows(rehearsed, reader, 10)],
    {
      summary: result,
      fallbackText: `${name}: ${result}`,
    },
  );
}
