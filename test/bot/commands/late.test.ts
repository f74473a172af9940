import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { hear } from '../../../src/bot/commands/commands.ts';
import type { Services, Turn } from '../../../src/bot/services.ts';

const TURN = { tenantId: 't', personId: 'p' } as Turn;

/** What was typed reaches the database, where there is nobody; or is asked again. */
async function heard(text: string): Promise<string> {
  const { command, rest } = hear(text) ?? assert.fail('no command');
  assert.equal(command.name, 'late');
  const services = { database: { inTenant: async () => undefined } } as unknown as Services;
  return command.run(services, TURN, rest).then(
    (message) => message?.fallbackText ?? '',
    (error: { say?: string }) => error.say ?? '',
  );
}

describe('late', () => {
  for (const text of [
    'late',
    'late 10',
    'Late 10 min',
    'late 5 minutes',
    'late 180',
    'late 1',
    'late by 10',
    'late 10m',
    'running late',
    'I’m late',
  ])
    it(`understands “${text}”`, async () => assert.match(await heard(text), /not watching/));
  for (const text of ['late 0', 'late 181', 'late 999', 'late ten', 'late 10 tomorrow', 'late -5', 'late 1.5'])
    it(`asks again: “${text}”`, async () => assert.match(await heard(text), /How many minutes.*late 10 \(1 to 180\)/));
});
