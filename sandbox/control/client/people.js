/** One person at a time: what can happen to the account, the mailbox and its subscriptions. */
import { h, labelled } from '/dom.js';
import { say, sayFailure } from '/toast.js';
import * as api from './api.js';

const SUBSCRIPTION_ACTIONS = [
  ['vanish', 'Vanish', 'Gone without a word.'],
  ['remove', 'Remove with notice', 'Gone, with subscriptionRemoved.'],
  ['missed', 'Send “missed”', 'Says that notifications were lost.'],
  ['reauthorizationRequired', 'Send “reauthorizationRequired”', 'Asks for a new token.'],
];

/** Remembered while the page is open, for the tabs that show one person. */
const chosen = { oid: new URLSearchParams(location.search).get('person') };

export function personPicker(people, onchoose) {
  if (!people.some((person) => person.oid === chosen.oid)) chosen.oid = people[0]?.oid;
  const tenants = [...new Set(people.map((person) => person.tenant))];
  const groups = tenants.map((tenant) =>
    h(
      'optgroup',
      { label: tenant },
      people.filter((p) => p.tenant === tenant).map((p) => h('option', { value: p.oid }, p.name)),
    ),
  );
  const select = h('select', { value: chosen.oid, 'data-testid': 'person' }, groups);
  select.addEventListener('change', () => {
    chosen.oid = select.value;
    onchoose(select.value);
  });
  return { element: labelled('Person', select, { className: 'person-field' }), oid: () => chosen.oid };
}

function facts(person) {
  const state = (good, yes, no) => h('span', { class: `state ${good ? 'is-good' : 'is-bad'}` }, good ? yes : no);
  return h(
    'p',
    { class: 'states' },
    state(person.enabled, 'Account enabled', 'Account disabled'),
    state(person.hasMailbox, 'Has a mailbox', 'No mailbox'),
    h('span', { class: 'quiet' }, `${person.address} · ${person.timeZone}`),
    h('code', { class: 'quiet' }, person.oid),
  );
}

function isOffered(person, { name }) {
  if (name === 'enable' || name === 'disable') return (name === 'disable') === person.enabled;
  if (name === 'removeMailbox' || name === 'restoreMailbox') return (name === 'removeMailbox') === person.hasMailbox;
  return true;
}

function actionList(person, actions, run) {
  const row = (action) =>
    h(
      'li',
      { class: 'action' },
      h(
        'button',
        { type: 'button', class: 'button', dataset: { action: action.name }, onclick: () => run(action.name) },
        action.label,
      ),
      h('p', { class: 'quiet' }, action.what),
    );
  return h('ul', { class: 'actions' }, actions.filter((action) => isOffered(person, action)).map(row));
}

function subscriptionCard(subscription, run) {
  const until = new Date(subscription.expiresAt).toLocaleString('en-GB');
  const buttons = SUBSCRIPTION_ACTIONS.map(([action, label, title]) =>
    h('button', { type: 'button', class: 'button small', title, onclick: () => run(subscription.id, action) }, label),
  );
  return h(
    'li',
    { class: 'subscription' },
    h('p', {}, h('code', {}, subscription.resource), ` · ${subscription.changeType} · until ${until}`),
    h(
      'p',
      { class: 'quiet' },
      `${subscription.app}, ${subscription.delegated ? 'in the person’s name' : 'as an app'} → ${subscription.notificationUrl}`,
    ),
    h('p', {}, h('code', { class: 'quiet' }, subscription.id)),
    h('div', { class: 'row' }, buttons),
  );
}

export async function showPeople(section, { refreshStatus }) {
  const { people, actions } = await api.fetchPeople();
  const body = h('div', { class: 'person-body' });
  const draw = async () => {
    const oid = picker.oid();
    const [{ people: fresh }, { subscriptions }] = await Promise.all([api.fetchPeople(), api.fetchSubscriptions(oid)]);
    const person = fresh.find((one) => one.oid === oid);
    if (picker.oid() !== oid || !person) return;
    const after = async (work, words) => {
      try {
        const { done } = await work;
        say(words ?? done);
        await Promise.all([draw(), refreshStatus()]);
      } catch (error) {
        sayFailure(error);
      }
    };
    const list = subscriptions.map((one) =>
      subscriptionCard(one, (id, action) => after(api.actOnSubscription(id, action), `Subscription: ${action}`)),
    );
    body.replaceChildren(
      facts(person),
      h(
        'section',
        { class: 'card' },
        h('h2', {}, 'Account and mailbox'),
        actionList(person, actions, (name) => after(api.actOnPerson(oid, name))),
      ),
      h(
        'section',
        { class: 'card', 'data-testid': 'subscriptions' },
        h('h2', {}, 'Live subscriptions'),
        list.length > 0 ? h('ul', { class: 'subscriptions' }, list) : h('p', { class: 'quiet' }, 'None.'),
      ),
    );
  };
  const picker = personPicker(people, () => draw().catch(sayFailure));
  const again = h('button', { type: 'button', class: 'button', onclick: () => draw().catch(sayFailure) }, 'Refresh');
  section.append(h('div', { class: 'headline' }, picker.element, again), body);
  await draw();
}
