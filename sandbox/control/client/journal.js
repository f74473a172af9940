/** The last entries of the journal, newest first, fetched again every two seconds while the section is shown. */
import { h, labelled, toggle } from '/dom.js';
import { sayFailure } from '/toast.js';
import { fetchJournal } from './api.js';

const REFRESH_MS = 2_000;
const LIMITS = [50, 100, 200, 500];
const PARTS = [
  ['', 'Everything'],
  ['graph', 'Graph'],
  ['entra', 'Entra'],
  ['notification', 'Notifications'],
  ['lifecycle', 'Lifecycle notices'],
  ['connector', 'Connector'],
  ['control', 'This page'],
];

const settings = { part: '', limit: 100, follows: true };

function timeOf(at) {
  const date = new Date(at);
  return `${date.toLocaleTimeString('en-GB')}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** The detail in one line: what matters comes first in every entry. */
function summary({ detail }) {
  const { method, path, status, error, url, item, items, ...rest } = detail;
  const lead = [method, path && decodeURI(path), url, status, error].filter(
    (word) => word !== undefined && word !== '',
  );
  if (items) lead.push(`${items.length} item${items.length === 1 ? '' : 's'}`);
  if (item) lead.push(item.changeType, item.resource);
  if (lead.length > 0) return lead.join(' ');
  return Object.entries(rest)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ');
}

const isFailure = ({ what, detail }) =>
  Number(detail.status) >= 400 ||
  ['failed', 'dropped', 'missed', 'discarded', 'breach', 'token refused'].includes(what);

function safely(run, fallback) {
  try {
    return run();
  } catch {
    return fallback;
  }
}

function entryElement(entry) {
  const details = h(
    'details',
    { class: `entry ${isFailure(entry) ? 'is-failure' : ''}` },
    h(
      'summary',
      {},
      h('time', { datetime: new Date(entry.at).toISOString() }, timeOf(entry.at)),
      h('span', { class: 'part' }, entry.part),
      h('span', { class: 'what' }, entry.what),
      h(
        'span',
        { class: 'gist' },
        safely(() => summary(entry), ''),
      ),
    ),
  );
  details.addEventListener('toggle', () => {
    if (details.open && details.children.length === 1)
      details.append(h('pre', {}, JSON.stringify(entry.detail, null, 2)));
  });
  return details;
}

function selectOf(label, pairs, value, onchange) {
  const options = pairs.map(([key, text]) => h('option', { value: key }, text));
  const select = h('select', { value, onchange: () => onchange(select.value) }, options);
  return labelled(label, select);
}

export async function showJournal(section, { signal }) {
  const list = h('div', { class: 'card entries', 'data-testid': 'journal' });
  let shown = new Map();
  const draw = async () => {
    const { part, limit } = settings;
    const { entries } = await fetchJournal(part, limit);
    if (signal.aborted || part !== settings.part || limit !== settings.limit) return;
    // What is there stays as it is, open or closed.
    shown = new Map(entries.reverse().map((entry) => [entry.serial, shown.get(entry.serial) ?? entryElement(entry)]));
    if (entries.length === 0) return list.replaceChildren(h('p', { class: 'quiet' }, 'Nothing yet.'));
    const wanted = [...shown.values()];
    if (wanted.length !== list.childElementCount || wanted[0] !== list.firstChild) list.replaceChildren(...wanted);
  };
  const change = (name) => (value) => {
    settings[name] = name === 'limit' ? Number(value) : value;
    shown = new Map();
    draw().catch(sayFailure);
  };
  const follow = toggle('Follow', {
    checked: settings.follows,
    testid: 'follow',
    onchange: () => {
      settings.follows = follow.input.checked;
    },
  });
  const counts = LIMITS.map((limit) => [String(limit), `The last ${limit}`]);
  section.append(
    h(
      'div',
      { class: 'headline' },
      h(
        'div',
        { class: 'row' },
        selectOf('Part', PARTS, settings.part, change('part')),
        selectOf('Show', counts, String(settings.limit), change('limit')),
      ),
      follow.element,
    ),
    list,
  );
  await draw();
  const poll = async () => {
    while (!signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
      if (settings.follows && !document.hidden && !signal.aborted) await draw().catch(() => undefined);
    }
  };
  poll();
}
