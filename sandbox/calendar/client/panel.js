/** The panel at the side: a new event, one's own event to edit, or an invitation to answer. */
import { byId, h, labelled } from './dom.js';
import { hueOf, standingOf, titleOf } from './event-card.js';
import { changedFields, createEventForm } from './event-form.js';
import { icon } from './icons.js';
import { personChip } from './people-field.js';
import { describeTimes } from './wall.js';

const ANSWERS = [
  ['accept', 'Accept', 'accepted'],
  ['tentativelyAccept', 'Tentative', 'tentativelyAccepted'],
  ['decline', 'Decline', 'declined'],
];

const button = (text, attributes) =>
  h('button', { type: 'button', ...attributes, class: `button ${attributes.class ?? ''}` }, text);

function scopeRadio(value, text, onchange) {
  const input = h('input', { type: 'radio', name: 'scope', value, checked: value === 'occurrence', onchange });
  return h('label', {}, input, h('span', {}, text));
}

/** "This one" or "The whole series", for events of a series; a single event has no such choice. */
function createScope(event, onchange) {
  if (event.kind === 'singleInstance') return { element: undefined, read: () => 'occurrence' };
  const element = h(
    'fieldset',
    { class: 'segmented', 'data-testid': 'scope' },
    h('legend', { class: 'visually-hidden' }, 'Applies to'),
    scopeRadio('occurrence', 'This one', onchange),
    scopeRadio('series', 'The whole series', onchange),
  );
  return { element, read: () => element.querySelector('input:checked').value };
}

function header(label, event, onclose) {
  return h(
    'header',
    { class: 'panel-head' },
    h('span', { class: 'swatch', 'data-hue': hueOf(event) }),
    h('h2', { tabindex: '-1' }, label),
    h(
      'button',
      {
        type: 'button',
        class: 'button icon-only bare',
        'aria-label': 'Close',
        'data-testid': 'close',
        onclick: onclose,
      },
      icon('close'),
    ),
  );
}

const line = (name, ...content) => h('div', { class: 'fact' }, icon(name), h('div', {}, ...content));

const joinLink = (event) =>
  event.joinUrl
    ? h('a', { href: event.joinUrl, target: '_blank', rel: 'noreferrer', 'data-testid': 'join' }, 'Join online')
    : h('span', {}, 'Online meeting');

/** The destructive end of the panel: a button that first asks, with room for a word to the others. */
function createFarewell({ label, question, confirmLabel, hasMessage, onconfirm }) {
  const message = h('textarea', {
    rows: '2',
    placeholder: 'A word to the others (optional)',
    'aria-label': 'Message',
    'data-testid': 'cancel-message',
  });
  const confirm = button(confirmLabel, {
    class: 'danger',
    'data-testid': 'confirm-cancel',
    onclick: () => onconfirm(message.value.trim()),
  });
  const ask = button(label, { class: 'danger-quiet', 'data-testid': 'cancel-event' });
  const keep = button('Keep it', { 'data-testid': 'keep-event' });
  const dialog = h(
    'div',
    { class: 'farewell', hidden: true },
    h('p', {}, question),
    hasMessage && message,
    h('div', { class: 'row' }, confirm, keep),
  );
  const show = (isAsking) => {
    dialog.hidden = !isAsking;
    ask.hidden = isAsking;
    (isAsking ? confirm : ask).focus();
    if (isAsking) dialog.scrollIntoView({ block: 'end' });
  };
  ask.addEventListener('click', () => show(true));
  keep.addEventListener('click', () => show(false));
  return { ask, dialog };
}

function readForm(form) {
  const problem = form.problem();
  if (problem) throw new Error(problem);
  return form.read();
}

/** `actions` are the writes; each resolves when the store has taken it and rejects with words for the person. */
export function createPanel({ actions, context, onclose }) {
  const root = byId('panel');
  const stage = byId('stage');
  let shown;

  const close = () => {
    if (root.hidden) return;
    root.hidden = true;
    stage.classList.remove('has-panel');
    root.replaceChildren();
    const id = shown?.event?.id;
    shown = undefined;
    onclose(id);
  };

  const show = (next, children) => {
    shown = next;
    root.replaceChildren(...children.filter(Boolean));
    root.hidden = false;
    root.scrollTop = 0;
    stage.classList.add('has-panel');
  };

  /** Runs a write with the panel's buttons out of reach; a failure leaves everything as the person typed it. */
  const run = async (write) => {
    root.classList.add('is-busy');
    try {
      await write();
      close();
    } catch (error) {
      showError(error);
    } finally {
      root.classList.remove('is-busy');
    }
  };

  const showError = (error) => {
    root.querySelector('.error')?.remove();
    const element = h('p', { class: 'error', role: 'alert', 'data-testid': 'error' }, error.message);
    root.querySelector('.panel-foot').before(element);
    element.scrollIntoView({ block: 'nearest' });
  };

  const formElement = (children, onsubmit) =>
    h(
      'form',
      {
        class: 'panel-form',
        novalidate: true,
        onsubmit: (submit) => {
          submit.preventDefault();
          onsubmit();
        },
      },
      children,
    );

  const openNew = (draft) => {
    const form = createEventForm({ event: draft, isNew: true, ...context() });
    const save = h('button', { type: 'submit', class: 'button primary', 'data-testid': 'save' }, 'Save');
    const foot = h(
      'footer',
      { class: 'panel-foot' },
      save,
      button('Discard', { onclick: close, 'data-testid': 'discard' }),
    );
    const body = h('div', { class: 'panel-body' }, form.element);
    const submit = () => run(() => actions.create(readForm(form)));
    show({ isDirty: () => true }, [formElement([header('New event', draft, close), body, foot], submit)]);
    form.subject.focus();
  };

  const openOwn = (event) => {
    const save = h(
      'button',
      { type: 'submit', class: 'button primary', disabled: true, 'data-testid': 'save' },
      'Save',
    );
    const isDirty = () => Object.keys(changedFields(before, form.read())).length > 0;
    const update = () => {
      save.disabled = !isDirty();
    };
    const form = createEventForm({ event, isNew: false, ...context(), onchange: update });
    const before = form.read();
    const scope = createScope(event, () => form.lockDates(scope.read() === 'series'));
    const hasGuests = event.attendees.length > 0;
    const farewell = createFarewell({
      label: hasGuests ? 'Cancel meeting' : 'Delete',
      question: hasGuests ? 'Cancel this meeting? Everyone invited will be told.' : 'Delete this event?',
      confirmLabel: hasGuests ? 'Cancel meeting' : 'Delete',
      hasMessage: hasGuests,
      onconfirm: (message) => run(() => actions.cancel(event, message, scope.read())),
    });
    const submit = () => run(() => actions.update(event, changedFields(before, readForm(form)), scope.read()));
    const join = event.isOnline && line('online', joinLink(event));
    const body = h('div', { class: 'panel-body' }, scope.element, form.element, join, farewell.dialog);
    const foot = h('footer', { class: 'panel-foot' }, save, farewell.ask);
    const label = event.kind === 'singleInstance' ? 'Event' : 'Event of a series';
    show({ event, isDirty }, [formElement([header(label, event, close), body, foot], submit)]);
  };

  const answerButtons = (event, scope, message) => {
    const buttonFor = ([answer, text, response]) =>
      button(text, {
        'data-testid': `respond-${answer}`,
        'aria-pressed': String(event.response === response),
        onclick: () => run(() => actions.respond(event, answer, message.value.trim(), scope.read())),
      });
    return h('div', { class: 'answers', role: 'group', 'aria-label': 'Your answer' }, ANSWERS.map(buttonFor));
  };

  const facts = (event) => {
    const { locale } = context();
    const guests = h(
      'ul',
      { class: 'chips' },
      event.attendees.map((guest) => personChip(guest)),
    );
    return h(
      'div',
      { class: 'facts' },
      line('clock', describeTimes(event, locale)),
      event.location && line('place', event.location),
      event.isOnline && line('online', joinLink(event)),
      line('people', h('p', {}, event.organizer.name, h('span', { class: 'quiet' }, ' · organiser')), guests),
      event.bodyText && line('note', h('p', { class: 'body-text' }, event.bodyText)),
    );
  };

  const openInvitation = (event) => {
    const scope = createScope(event, () => {});
    const message = h('textarea', {
      rows: '2',
      placeholder: `A word to ${event.organizer.name} (optional)`,
      'data-testid': 'response-message',
    });
    const isOpen = !event.isCancelled;
    const farewell = createFarewell({
      label: 'Remove from calendar',
      question: 'Remove it from this calendar? The organiser is not told.',
      confirmLabel: 'Remove',
      hasMessage: false,
      onconfirm: () => run(() => actions.remove(event, scope.read())),
    });
    const body = h(
      'div',
      { class: 'panel-body' },
      h('h3', { class: 'title', 'data-standing': standingOf(event) }, titleOf(event)),
      event.isCancelled && h('p', { class: 'notice' }, `${event.organizer.name} has cancelled this meeting.`),
      facts(event),
      scope.element,
      isOpen && answerButtons(event, scope, message),
      isOpen && labelled('Message', message),
      farewell.dialog,
    );
    const label = event.isCancelled ? 'Cancelled' : 'Invitation';
    show({ event, isDirty: () => message.value !== '' }, [
      header(label, event, close),
      body,
      h('footer', { class: 'panel-foot' }, farewell.ask),
    ]);
  };

  const open = (event) => {
    const isOwn = event.isOrganizer && !event.isCancelled;
    if (isOwn) openOwn(event);
    else openInvitation(event);
    root.querySelector('h2').focus();
  };

  /** After a change from outside: shows the new state, unless that would throw away what the person is typing. */
  const refresh = (find) => {
    if (root.hidden || !shown?.event || shown.isDirty()) return;
    const event = find(shown.event.id);
    if (!event) close();
    else if (JSON.stringify(event) !== JSON.stringify(shown.event)) open(event);
  };

  return { open, openNew, close, refresh, isOpen: () => !root.hidden };
}
