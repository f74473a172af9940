/** Ending the use of an address, by its owner: for everybody who has it, in whatever tenant. */
import { at, type Sql } from './database.ts';

/** By the link in a mail. False: there is no such address, which is nobody's business. */
export async function stopByToken(system: Sql, token: string, now: number): Promise<boolean> {
  const [row] = await system.query<{ stopped: boolean }>('select cw.stop_by_token($1, $2) as stopped', [
    token,
    at(now),
  ]);
  return row?.stopped ?? false;
}

/** By an answer from it. Returns how many had it. */
export async function stopAddress(system: Sql, way: 'email' | 'sms', address: string, now: number): Promise<number> {
  const [row] = await system.query<{ stopped: number }>('select cw.stop_address($1, $2, $3) as stopped', [
    way,
    address,
    at(now),
  ]);
  return row?.stopped ?? 0;
}
