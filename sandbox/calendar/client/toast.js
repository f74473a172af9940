/** A quiet line at the bottom after each write; failures stay longer. */
import { byId } from './dom.js';

const SHOWN_MS = 3_500;
const FAILURE_MS = 8_000;
let timer;

function show(text, kind, ms) {
  const toast = byId('toast');
  clearTimeout(timer);
  toast.textContent = text;
  toast.dataset.kind = kind;
  toast.classList.add('shown');
  timer = setTimeout(() => toast.classList.remove('shown'), ms);
}

export const say = (text) => show(text, 'done', SHOWN_MS);
export const sayFailure = (error) => show(error.message, 'failure', FAILURE_MS);
