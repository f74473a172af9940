/**
 * Writing an agenda into an event: read the body as it is, add, keep the join block (a meeting that loses it stops
 * being online), and write only over the version that was read. The version that comes of it is kept as ours, so that
 * nobody is told of their own writing.
 */
import { agendaExcerpt, agendaLines, withAgenda } from '../calendar/agenda.ts';
import type { CalendarEvent } from '../calendar/event.ts';
import { normalise } from '../calendar/normalise.ts';
import { CalendarWatchError } from '../errors.ts';
import { GraphFailure } from '../graph/failures.ts';
import type { Access } from '../graph/port.ts';
import { saveOwnWrite } from '../store/events.ts';
import type { Services } from './services.ts';

const ATTEMPTS = 3;

export interface WrittenAgenda {
  event: CalendarEvent;
  points: string[];
}

/** A line without the sign that a list gives it, spaces as HTML leaves them. */
const bare = (line: string) =>
  line
    .replace(/^\s*(?:(?:[-*•]|\d+[.)])\s+)+/, '')
    .replace(/\s+/g, ' ')
    .trim();

const notFound = (cause?: unknown) =>
  new CalendarWatchError('EVENT_NOT_FOUND', 'the event of an agenda is gone', {
    say: 'That meeting isn’t in your calendar any more.',
    cause,
  });

async function attempt(services: Services, access: Access, eventId: string, text: string): Promise<CalendarEvent> {
  const current = await services.graph.readEvent(access, eventId);
  const event = normalise(current, '');
  if (!event || event.isCancelled) throw notFound();
  if (!event.isOrganizer)
    throw new CalendarWatchError('NOT_ORGANISER', 'only the organiser writes an agenda', {
      say: 'Only the organiser can write the agenda of this meeting.',
    });
  const content = current.body?.content ?? '';
  // Pressed twice, or an answer that was lost: it is there already, and attendees need no second update.
  const present = new Set(agendaLines(content, current.body?.contentType ?? 'html', event.joinUrl).map(bare));
  if (agendaLines(text, 'text').every((line) => present.has(bare(line)))) return event;
  const html = withAgenda(content, current.body?.contentType ?? 'html', text);
  const etag = current['@odata.etag'] ?? `W/"${current.changeKey ?? ''}"`;
  const answer = await services.graph.writeBody(access, eventId, html, etag);
  const written = normalise(answer, '') ?? event;
  // Of a series' head it is the version that its occurrences carry too.
  const { tenantId, mailboxId } = access;
  if (written.changeKey !== '')
    await services.database.inTenant(tenantId, (sql) =>
      saveOwnWrite(sql, tenantId, mailboxId, written.changeKey, services.clock.now()),
    );
  return written;
}

/** @param eventId of an entry or an occurrence, or of a series' head for all of it */
export async function writeAgenda(
  services: Services,
  access: Access,
  eventId: string,
  text: string,
): Promise<WrittenAgenda> {
  const points = agendaExcerpt(agendaLines(text, 'text'));
  if (points.length === 0)
    throw new CalendarWatchError('COMMAND_INVALID', 'an empty agenda', {
      say: 'Write at least one point, then press **Add agenda**.',
    });
  for (let left = ATTEMPTS; ; left -= 1) {
    try {
      return { event: await attempt(services, access, eventId, text), points };
    } catch (error) {
      if (!(error instanceof GraphFailure)) throw error;
      if (error.kind === 'notFound') throw notFound(error);
      // Somebody changed it between our reading and writing: read again, so that nothing of theirs is lost.
      if (error.kind === 'changed' && left > 1) continue;
      if (error.kind === 'changed')
        throw new CalendarWatchError('EVENT_CHANGED', 'the event kept changing under us', {
          say: 'The invitation is being edited by somebody right now. Please try again in a minute.',
          cause: error,
        });
      throw error;
    }
  }
}
