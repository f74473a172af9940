/** Small words. */
export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** "A", "A and B", "A, B and C". */
export const enumerate = (words: string[]): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

export const everyMinutes = (minutes: number): string => (minutes === 1 ? 'every minute' : `every ${minutes} minutes`);
