/** Builds elements from plain data; text is always set as text, so nothing in a calendar can become markup. */

const PROPERTIES = new Set(['value', 'checked', 'disabled', 'hidden', 'selected', 'required', 'indeterminate']);

function setAttribute(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name === 'class') element.className = value;
  else if (name === 'dataset') Object.assign(element.dataset, value);
  else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
  else if (PROPERTIES.has(name)) element[name] = value;
  else element.setAttribute(name, value === true ? '' : value);
}

/** `h('button', { class: 'x', onclick }, 'Save')`; children that are false or undefined are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  // After the children, since a select takes its value only once it has its options.
  element.append(...children.flat(3).filter((child) => child !== undefined && child !== null && child !== false));
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  return element;
}

export const byId = (id) => document.getElementById(id);

let serial = 0;

/** An id for label and field; unique on the page. */
export function uniqueId(prefix) {
  serial += 1;
  return `${prefix}-${serial}`;
}

/** A label above a field; `around` is what holds the field when it does not stand alone. */
export function labelled(text, field, { around = field, className = '' } = {}) {
  field.id ||= uniqueId('field');
  return h('div', { class: `field ${className}` }, h('label', { for: field.id }, text), around);
}

/** A checkbox drawn as a switch. */
export function toggle(text, { checked, disabled, testid, onchange }) {
  const input = h('input', { type: 'checkbox', role: 'switch', checked, disabled, onchange, 'data-testid': testid });
  const element = h('label', { class: 'toggle' }, input, h('span', { class: 'toggle-track' }), h('span', {}, text));
  return { element, input };
}
