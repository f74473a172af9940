/** What is said, whatever the way it goes: a card, its words for where no card shows, and a line for the toast. */
export interface Message {
  /** Adaptive Card 1.5 as JSON. */
  card: Record<string, unknown>;
  summary: string;
  /** Plain text; complete without the card. */
  fallbackText: string;
}
