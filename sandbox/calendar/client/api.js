/** Calls to the page's own server. A failure is thrown as an Error whose message can be shown as it is. */

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Error('The calendar does not answer. Is the sandbox still running?');
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `The calendar answered ${response.status}.`);
  return answer;
}

function send(method, path, body) {
  return call(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

const item = (id, action) => `/api/events/${encodeURIComponent(id)}${action ? `/${action}` : ''}`;

export const fetchPeople = () => call('/api/people');

export function fetchWeek(person, date, calendar) {
  const query = { person, ...(date ? { date } : {}), ...(calendar ? { calendar } : {}) };
  return call(`/api/week?${new URLSearchParams(query)}`);
}

export function fetchChanges(person, since, signal) {
  return call(`/api/changes?${new URLSearchParams({ person, since })}`, { signal });
}

export const createEvent = (person, calendar, event, organizer) =>
  send('POST', '/api/events', { person, calendar, event, organizer });
export const updateEvent = (person, id, event, scope) => send('PATCH', item(id), { person, event, scope });
export const cancelEvent = (person, id, comment, scope) => send('POST', item(id, 'cancel'), { person, comment, scope });
export const removeEvent = (person, id, scope) => send('POST', item(id, 'remove'), { person, scope });
export const respond = (person, id, answer, comment, scope) =>
  send('POST', item(id, 'respond'), { person, answer, comment, scope });
