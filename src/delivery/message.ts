/** What is said, whatever the way it goes: a card, its words for where no card shows, and a line for the toast. */
export interface Message {
  /** Adaptive Card 1.5 as JSON. */
  card: Record<string, unknown>;
  summary: string;
  /** Plain text; complete without the card. */
  fallbackText: string;
  /** Shown by Teams in place of the card: it may sign the person in without a window. */
  signIn?: SignInOffer;
}

/** Teams' OAuth card. */
export interface SignInOffer {
  text: string;
  connectionName: string;
  /** What Teams asks Entra for, and by which id it answers. */
  exchange: { id: string; uri: string };
  /** For a client, or a person, for whom that does not work. */
  button: { title: string; url: string };
}
