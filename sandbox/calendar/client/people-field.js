/** Who is invited: chips, and a field that suggests people of the tenant and takes any other address. */
import { createCombobox } from './combobox.js';
import { h } from './dom.js';
import { icon } from './icons.js';

const ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const ANSWERS = { accepted: 'accepted', tentativelyAccepted: 'tentative', declined: 'declined' };
const SAID = { accepted: 'has accepted', tentativelyAccepted: 'may come', declined: 'has declined' };

/** A guest with the answer given so far; `onremove` makes it removable. */
export function personChip(guest, onremove) {
  const answer = ANSWERS[guest.response];
  const name = guest.name || guest.address;
  return h(
    'li',
    {
      class: 'chip',
      'data-response': guest.response,
      title: `${guest.address}${guest.type === 'optional' ? ' · optional' : ''}`,
    },
    answer && icon(answer, SAID[guest.response]),
    h('span', {}, name),
    onremove && h('button', { type: 'button', 'aria-label': `Remove ${name}`, onclick: onremove }, icon('close')),
  );
}

/** `guests` are `{ name, address, type, response }`; `read()` gives them as they stand. */
export function createPeopleField({ people, guests, onchange }) {
  let chosen = [...guests];
  const chips = h('ul', { class: 'chips', 'data-testid': 'field-attendees-chosen' });

  const render = () => {
    const chip = (guest) => personChip(guest, () => set(chosen.filter((other) => other !== guest)));
    chips.replaceChildren(...chosen.map(chip));
    chips.hidden = chosen.length === 0;
  };

  const set = (next) => {
    chosen = next;
    render();
    onchange?.();
  };

  const isChosen = (address) => chosen.some((guest) => guest.address.toLowerCase() === address.toLowerCase());

  const add = ({ name, address, kind }) => {
    if (!isChosen(address)) set([...chosen, { name, address, type: kind === 'room' ? 'resource' : 'required' }]);
    field.input.value = '';
  };

  const suggest = (text) => {
    const wanted = text.toLowerCase();
    const known = people
      .filter(
        (person) => `${person.name} ${person.address}`.toLowerCase().includes(wanted) && !isChosen(person.address),
      )
      .map((person) => ({ label: person.name, detail: person.title || person.address, value: person }));
    const isNew = ADDRESS.test(text) && !people.some((person) => person.address.toLowerCase() === wanted);
    const free = { label: `Invite ${text}`, detail: 'someone outside', value: { name: '', address: text } };
    return isNew ? [free, ...known] : known;
  };

  /** An address that was typed and left is meant. */
  const addTyped = () => {
    const text = field.input.value.trim();
    const match = people.find((p) => p.address.toLowerCase() === text.toLowerCase() || p.name === text);
    if (match) add(match);
    else if (ADDRESS.test(text)) add({ name: '', address: text });
  };

  const field = createCombobox({
    testid: 'field-attendees',
    placeholder: 'Add a name or an address',
    label: 'Invite people',
    suggest,
    onpick: add,
  });
  field.input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && field.input.value.trim()) {
      event.preventDefault();
      addTyped();
      field.close();
    } else if (event.key === 'Backspace' && !field.input.value && chosen.length > 0) {
      set(chosen.slice(0, -1));
    }
  });
  field.input.addEventListener('blur', addTyped);
  render();
  return {
    element: h('div', { class: 'people' }, chips, field.element),
    input: field.input,
    add,
    remove: (address) => set(chosen.filter((guest) => guest.address !== address)),
    /** Text that is neither a known person nor an address, and so invites nobody. */
    leftover: () => field.input.value.trim(),
    read: () => chosen.map(({ name, address, type }) => ({ name, address, type })),
  };
}
