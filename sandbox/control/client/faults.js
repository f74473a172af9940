/** Faults by group with their rates, and the open questions of Microsoft's documentation. */
import { h, uniqueId } from '/dom.js';
import { sayFailure } from '/toast.js';
import * as api from './api.js';

const percent = (rate) => Math.round(rate * 1000) / 10;

function faultRow(fault, onchanged) {
  const [id, hint] = [uniqueId('rate'), uniqueId('what')];
  const row = h('li', { class: 'fault', dataset: { fault: fault.name } });
  const slider = h('input', { type: 'range', min: 0, max: 100, step: 1, tabindex: -1, 'aria-hidden': 'true' });
  const number = h('input', { type: 'number', id, min: 0, max: 100, step: 'any', 'aria-describedby': hint });
  const draw = (rate) => {
    fault.rate = rate;
    slider.value = percent(rate);
    number.value = percent(rate);
    row.classList.toggle('is-on', rate > 0);
  };
  const set = (text) => {
    const rate = Math.round(Math.min(100, Math.max(0, Number(text) || 0)) * 10) / 1000;
    const before = fault.rate;
    draw(rate);
    api.setFault(fault.name, rate).then(onchanged, (error) => {
      draw(before);
      sayFailure(error);
    });
  };
  slider.addEventListener('input', () => {
    number.value = slider.value;
  });
  slider.addEventListener('change', () => set(slider.value));
  number.addEventListener('change', () => set(number.value));
  const [group, ...rest] = fault.name.split('.');
  row.append(
    h('label', { class: 'fault-name', for: id }, h('span', { class: 'quiet' }, `${group}.`), rest.join('.')),
    h('p', { class: 'fault-what', id: hint }, fault.what, h('span', { class: 'quiet' }, ` Rate per ${fault.per}.`)),
    h('div', { class: 'rate' }, slider, number, h('span', { class: 'quiet', 'aria-hidden': 'true' }, '%')),
  );
  draw(fault.rate);
  return row;
}

function groupCard(group, faults, onchanged) {
  return h(
    'section',
    { class: 'card' },
    h('h2', {}, group.title),
    group.note && h('p', { class: 'quiet note' }, group.note),
    h(
      'ul',
      { class: 'faults' },
      faults.filter((fault) => fault.group === group.id).map((fault) => faultRow(fault, onchanged)),
    ),
  );
}

function openQuestion({ name, what, value, values }) {
  const radio = (option) => {
    const choose = () => api.setUnverified(name, option.value).catch(sayFailure);
    const input = h('input', { type: 'radio', name, checked: option.value === value, onchange: choose });
    return h('label', {}, input, h('span', {}, option.label));
  };
  return h(
    'li',
    { class: 'question' },
    h('fieldset', {}, h('legend', {}, what), h('div', { class: 'segmented' }, values.map(radio))),
    h('code', { class: 'quiet' }, name),
  );
}

export async function showFaults(section, { refreshStatus }) {
  const [{ groups, faults }, { switches }] = await Promise.all([api.fetchFaults(), api.fetchUnverified()]);
  const off = h('button', { type: 'button', class: 'button danger-quiet', 'data-testid': 'all-off' }, 'All off');
  const summary = h('p', { class: 'quiet', 'data-testid': 'fault-summary' });
  const summarize = () => {
    const on = faults.filter((fault) => fault.rate > 0);
    summary.textContent =
      on.length === 0 ? 'Everything works.' : on.map((f) => `${f.name} ${percent(f.rate)} %`).join(', ');
    off.disabled = on.length === 0;
  };
  const onchanged = () => {
    summarize();
    refreshStatus();
  };
  const cards = h('div', { class: 'cards' });
  const draw = () => {
    cards.replaceChildren(...groups.map((group) => groupCard(group, faults, onchanged)));
    summarize();
  };
  off.addEventListener('click', async () => {
    await api.clearFaults().catch(sayFailure);
    const fresh = await api.fetchFaults();
    faults.splice(0, faults.length, ...fresh.faults);
    draw();
    refreshStatus();
  });
  draw();
  section.append(
    h('div', { class: 'headline' }, h('div', {}, h('h2', {}, 'What goes wrong, and how often'), summary), off),
    cards,
    h(
      'section',
      { class: 'card' },
      h('h2', {}, 'Open questions'),
      h(
        'p',
        { class: 'quiet note' },
        'Microsoft’s documentation leaves these open. Calendar Watch has to live with either answer.',
      ),
      h('ul', { class: 'questions' }, switches.map(openQuestion)),
    ),
  );
}
