/** Calls to the control API. A failure is thrown as an Error whose message can be shown as it is. */

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(`/control/api/${path}`, options);
  } catch {
    throw new Error('The sandbox does not answer. Is it still running?');
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `The sandbox answered ${response.status}.`);
  return answer;
}

function send(method, path, body = {}) {
  return call(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

const segment = encodeURIComponent;

export const fetchStatus = () => call('status');
export const fetchFaults = () => call('faults');
export const setFault = (name, rate) => send('PUT', `faults/${segment(name)}`, { rate });
export const clearFaults = () => send('POST', 'faults/off');
export const fetchUnverified = () => call('unverified');
export const setUnverified = (name, value) => send('PUT', `unverified/${segment(name)}`, { value });
export const fetchPeople = () => call('people');
export const actOnPerson = (oid, action) => send('POST', `people/${segment(oid)}/${segment(action)}`);
export const fetchSubscriptions = (person) => call(`subscriptions?${new URLSearchParams({ person })}`);
export const actOnSubscription = (id, action) => send('POST', `subscriptions/${segment(id)}/${segment(action)}`);
export const advanceClock = (ms) => send('POST', 'clock/advance', { ms });
export const fetchTruth = (person, from, to) => call(`truth?${new URLSearchParams({ person, from, to })}`);
export const fetchJournal = (part, limit) => call(`journal?${new URLSearchParams({ part, limit })}`);
