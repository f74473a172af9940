/** The places that a person keeps. */
import type { NamedPlace } from '../../calendar/event.ts';
import type { Message } from '../../delivery/message.ts';
import { sentence } from './answers.ts';
import { clip, kicker, message, plain, row, subtle } from './parts.ts';

const LABEL_LENGTH = 80;

export function placesCard(places: Readonly<Record<string, NamedPlace>>): Message {
  const all = Object.entries(places);
  if (all.length === 0)
    return sentence('I keep no places for you yet. **place office 48.137,11.575 Main St 1** adds one.');
  const spot = ({ latitude, longitude }: NamedPlace) => `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`;
  return message(
    [
      kicker('📍', 'Your places'),
      ...all.map(([name, place]) =>
        row('▫️', `**${plain(name)}**: ${plain(place.label, LABEL_LENGTH)} (${spot(place)})`),
      ),
      subtle('A meeting at a place of one of these names is found by it. “place forget office” takes one out.'),
    ],
    {
      summary: 'Your places',
      fallbackText: all.map(([name, place]) => `${name}: ${clip(place.label, LABEL_LENGTH)}`).join('; '),
    },
  );
}
