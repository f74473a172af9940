/**
 * In which order the test files are handed to mocha's workers, which take the next one as they get free: the longest
 * first, so that none of them begins when everything else is done. Files not named here take three seconds or less.
 */

export const LONGEST_FIRST: readonly string[] = [
  'test/browser/demo.test.ts',
  'test/integration/demo.test.ts',
  'test/sync/sync.test.ts',
  'test/identity/tokens.test.ts',
  'test/delivery/dispatcher.test.ts',
  'test/store/embedded.test.ts',
  'test/crash/kill.test.ts',
  'test/sandbox/calendar/seed.test.ts',
  'test/calendar/merge.test.ts',
  'test/bot/cards/cards.test.ts',
  'test/store/nudges.test.ts',
  'test/calendar/zone.test.ts',
];

/** Those that `longest` names in its order, then the others by name. A name that no file has is passed over. */
export function inOrder(files: readonly string[], longest: readonly string[] = LONGEST_FIRST): string[] {
  const named = longest.filter((file) => files.includes(file));
  return [...named, ...files.filter((file) => !longest.includes(file)).sort()];
}
