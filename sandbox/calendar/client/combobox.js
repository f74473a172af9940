/** A text field with suggestions, after the ARIA combobox pattern. People, places and times of day share it. */
import { h, uniqueId } from './dom.js';

/**
 * `suggest(text)` answers with `{ label, detail, value }`, best first; `onpick(value)` hears a choice. `current(text)`
 * may name the suggestion to scroll to when the list opens.
 */
export function createCombobox({ testid, placeholder, value = '', suggest, onpick, current, disabled, label }) {
  const listId = uniqueId('list');
  const list = h('ul', { class: 'suggestions', role: 'listbox', id: listId, hidden: true });
  const input = h('input', {
    type: 'text',
    role: 'combobox',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-autocomplete': 'list',
    'aria-expanded': 'false',
    'aria-controls': listId,
    'aria-label': label,
    'data-testid': testid,
    id: uniqueId('field'),
    placeholder,
    value,
    disabled,
  });
  let shown = [];
  let active = -1;

  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };

  const activate = (index) => {
    active = index;
    for (const [position, option] of [...list.children].entries()) {
      option.setAttribute('aria-selected', String(position === active));
    }
    const option = list.children[active];
    if (!option) return;
    input.setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({ block: 'nearest' });
  };

  const pick = (index) => {
    const choice = shown[index];
    close();
    if (choice) onpick(choice.value);
  };

  const optionElement = ({ label, detail }, index) =>
    h(
      'li',
      {
        role: 'option',
        id: uniqueId('option'),
        'aria-selected': 'false',
        // Before the field loses its focus, or the list would be gone before the click arrives.
        onpointerdown: (event) => {
          event.preventDefault();
          pick(index);
        },
      },
      h('span', {}, label),
      detail && h('small', {}, detail),
    );

  const open = () => {
    shown = suggest(input.value.trim());
    list.replaceChildren(...shown.map(optionElement));
    list.hidden = shown.length === 0;
    active = -1;
    input.setAttribute('aria-expanded', String(!list.hidden));
    const index = current ? shown.findIndex((choice) => choice.value === current(input.value)) : -1;
    if (index >= 0) list.scrollTop = list.children[index].offsetTop - list.clientHeight / 2;
  };

  const move = (step) => {
    if (list.hidden) return open();
    activate((active + step + shown.length) % Math.max(1, shown.length));
  };

  input.addEventListener('input', open);
  input.addEventListener('click', open);
  input.addEventListener('blur', close);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') move(1);
    else if (event.key === 'ArrowUp') move(active < 0 ? 0 : -1);
    else if (event.key === 'Enter' && active >= 0) pick(active);
    else if (event.key === 'Escape' && !list.hidden) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return { element: h('div', { class: 'combobox' }, input, list), input, close };
}
