/** The page: the head with time and state, and one section at a time. */
import { byId, h } from '/dom.js';
import { say, sayFailure } from '/toast.js';
import { advanceClock, fetchStatus } from './api.js';
import { showFaults } from './faults.js';
import { showJournal } from './journal.js';
import { showPeople } from './people.js';
import { showTruth } from './truth.js';

const STATUS_MS = 3_000;
const SECTIONS = { faults: showFaults, people: showPeople, truth: showTruth, journal: showJournal };
const STEPS = [
  ['+1 min', 60_000],
  ['+15 min', 900_000],
  ['+1 h', 3_600_000],
  ['+1 day', 86_400_000],
];

/** Ends what the section that was shown before still does. */
let leaving = new AbortController();

const counted = (count, what) => `${count} ${what}${count === 1 ? '' : 's'}`;

function drawClock({ kind, now }) {
  const time = h('time', { datetime: new Date(now).toISOString() }, new Date(now).toLocaleString('en-GB'));
  const clock = byId('clock');
  if (clock.dataset.kind === kind) {
    clock.querySelector('time').replaceWith(time);
    return;
  }
  const word = kind === 'virtual' ? 'Virtual clock' : 'Real clock';
  clock.replaceChildren(h('span', { class: 'quiet' }, word), time);
  clock.dataset.kind = kind;
  if (kind !== 'virtual') return;
  const move = (ms) => advanceClock(ms).then(drawStatus).catch(sayFailure);
  clock.append(
    ...STEPS.map(([label, ms]) => h('button', { type: 'button', class: 'button', onclick: () => move(ms) }, label)),
  );
}

async function drawStatus() {
  const status = await fetchStatus();
  const { calledBeforeRetryAfter, moreThanFourAtOnce, reauthorizeAndPatch } = status.breaches;
  const breaches = calledBeforeRetryAfter + moreThanFourAtOnce + reauthorizeAndPatch;
  byId('status').textContent = [
    status.faults === 0 ? 'No faults' : counted(status.faults, 'fault'),
    counted(status.liveSubscriptions, 'live subscription'),
    `${counted(status.pendingNotifications, 'notification')} on the way`,
    counted(breaches, 'breach').replace('breachs', 'breaches'),
  ].join(' · ');
  drawClock(status.clock);
}

async function watchStatus() {
  for (;;) {
    if (!document.hidden)
      await drawStatus().catch((error) => {
        byId('status').textContent = error.message;
      });
    await new Promise((resolve) => setTimeout(resolve, STATUS_MS));
  }
}

async function showSection() {
  const name = Object.hasOwn(SECTIONS, location.hash.slice(1)) ? location.hash.slice(1) : 'faults';
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  for (const link of byId('tabs').children) {
    if (link.hash === `#${name}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  const section = h('section', { class: `section section-${name}` });
  await SECTIONS[name](section, { signal, say, refreshStatus: () => drawStatus().catch(sayFailure) });
  if (signal.aborted) return;
  byId('view').replaceChildren(section);
  document.body.dataset.ready = name;
}

const redraw = () => showSection().catch(sayFailure);
window.addEventListener('hashchange', redraw);
redraw();
watchStatus();
