/**
 * In which order the test files are handed to mocha's workers, which take the next one as they get free: the longest
 * first, so that none of them begins when everything else is done. Files not named here take three seconds or less.
 */

export const LONGEST_FIRST: readonly string[] = [
  'test/browser/demo.test.ts',
  'test/integration/demo.test.ts',
  'test/integration/wrong-clock.test.ts',
  'test/sync/sync.test.ts',
  'test/integration/welcome.test.ts',
  'test/bot/commands/control.test.ts',
  'test/delivery/chat-limits.test.ts',
  'test/integration/calendars.test.ts',
  'test/crash/kill.test.ts',
  'test/browser/gallery.test.ts',
  'test/identity/tokens.test.ts',
  'test/store/embedded.test.ts',
  'test/simulation/life/life.test.ts',
  'test/simulation/checker/ideal.test.ts',
  'test/integration/error-table.test.ts',
  'test/sandbox/calendar/seed.test.ts',
  'test/sandbox/graph/protocol.test.ts',
  'test/delivery/dispatcher.test.ts',
  'test/oracle/time-oracle.test.ts',
  'test/nudges/chosen.test.ts',
  'test/bot/cards/cards.test.ts',
];

/** Those that `longest` names in its order, then the others by name. A name that no file has is passed over. */
export function inOrder(files: readonly string[], longest: readonly string[] = LONGEST_FIRST): string[] {
  const named = longest.filter((file) => files.includes(file));
  return [...named, ...files.filter((file) => !longest.includes(file)).sort()];
}
