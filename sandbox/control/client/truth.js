/** What is really in a mailbox in a week, computed afresh, to hold against what the product says. */
import { h } from '/dom.js';
import { sayFailure } from '/toast.js';
import { fetchPeople, fetchStatus, fetchTruth } from './api.js';
import { personPicker } from './people.js';

const WEEK_MS = 7 * 86_400_000;
const COLUMNS = ['Start', 'End', 'Subject', 'Kind', 'Shown as', 'Place', ''];

function wall(at, zone) {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    day: '2-digit',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).format(at);
}

function rowOf(entry, zone) {
  const { event, days } = entry;
  const [start, end] = days ? [days.from, days.until] : [wall(entry.startAt, zone), wall(entry.endAt, zone)];
  const json = h('tr', { class: 'json', hidden: true }, h('td', { colspan: COLUMNS.length }));
  const toggle = h('button', { type: 'button', class: 'button bare small', 'aria-expanded': 'false' }, 'JSON');
  toggle.addEventListener('click', () => {
    json.hidden = !json.hidden;
    toggle.setAttribute('aria-expanded', String(!json.hidden));
    // Written only when it is looked at: a busy week is long.
    json.firstChild.replaceChildren(h('pre', {}, JSON.stringify(entry, null, 2)));
  });
  const cells = [start, end, event.subject, entry.type, event.showAs, event.location?.displayName];
  const row = h(
    'tr',
    { class: event.isCancelled ? 'is-cancelled' : '' },
    cells.map((text) => h('td', {}, text ?? '')),
    h('td', {}, toggle),
  );
  return [row, json];
}

function table({ events, zone }) {
  if (events.length === 0) return h('p', { class: 'quiet' }, 'Nothing in this week.');
  return h(
    'div',
    { class: 'scroll' },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          COLUMNS.map((name) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h(
        'tbody',
        {},
        events.map((entry) => rowOf(entry, zone)),
      ),
    ),
  );
}

/** The Monday of the week, as midnight UTC. */
function mondayOf(at) {
  const day = Math.floor(at / 86_400_000);
  return (day - ((day + 3) % 7)) * 86_400_000;
}

export async function showTruth(section) {
  const [{ people }, { clock }] = await Promise.all([fetchPeople(), fetchStatus()]);
  const body = h('div', { class: 'card', 'data-testid': 'truth' });
  const range = h('p', { class: 'quiet' });
  let from = mondayOf(clock.now);
  const draw = async () => {
    const oid = picker.oid();
    const truth = await fetchTruth(oid, from, from + WEEK_MS);
    if (picker.oid() !== oid || truth.from !== from) return;
    const day = (at) =>
      new Date(at).toLocaleDateString('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' });
    range.textContent = `${day(from)} to ${day(from + WEEK_MS - 1)} · times in ${truth.zone} · ${truth.events.length} in all`;
    body.replaceChildren(table(truth));
  };
  const redraw = () => draw().catch(sayFailure);
  const picker = personPicker(people, redraw);
  const step = (weeks, label) => {
    const onclick = () => {
      from += weeks * WEEK_MS;
      redraw();
    };
    return h('button', { type: 'button', class: 'button', onclick }, label);
  };
  section.append(
    h(
      'div',
      { class: 'headline' },
      picker.element,
      h('div', { class: 'row' }, step(-1, 'Week before'), step(1, 'Week after'), step(0, 'Refresh')),
    ),
    range,
    body,
  );
  await draw();
}
