/**
 * Lives that once showed a mistake. The gate (gate.ts) lives all of them again. A life is what its seed made of the code
 * of that day: when the product or the simulation asks for chance in another order, the same seed gives another life, so
 * a seed kept here is no proof that the mistake is gone. That is a test's task; this only goes where it was rough before.
 */
export interface KeptSeed {
  seed: number;
  /** Of users: people times weeks. */
  weeks: number;
  people: number;
  /** In which it failed. */
  commit: string;
  whatItWas: string;
}

export const KEPT_SEEDS: readonly KeptSeed[] = [
  {
    seed: 101,
    weeks: 50,
    people: 25,
    commit: 'd474e11',
    whatItWas: 'asked for the agenda of a second meeting from before watching, when the first had become an exception',
  },
];
