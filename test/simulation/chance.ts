/** All chance of a simulation comes from one seed; each part draws from a stream of its own. */
import { seededRandom } from '../../sandbox/world.ts';

export class Chance {
  constructor(readonly random: () => number) {}

  static of(seed: number, stream: string): Chance {
    let hash = 0x811c9dc5 ^ seed;
    for (let index = 0; index < stream.length; index++)
      hash = Math.imul(hash ^ stream.charCodeAt(index), 0x01000193) >>> 0;
    return new Chance(seededRandom(Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) ^ seed));
  }

  hits(rate: number): boolean {
    return rate > 0 && this.random() < rate;
  }

  between(least: number, most: number): number {
    return least + this.random() * (most - least);
  }

  whole(least: number, most: number): number {
    return Math.floor(this.between(least, most + 1));
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.random() * list.length)];
  }

  /** Shaped like a random UUID. */
  uuid(): string {
    const hex = (digits: number) =>
      Math.floor(this.random() * 16 ** digits)
        .toString(16)
        .padStart(digits, '0');
    return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(6)}${hex(6)}`;
  }
}
