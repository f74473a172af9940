/** People and rooms: what they press on the question about a room, and the rooms that an admin adds. */
import type { Doing } from './doing.ts';
import type { SimPerson, SimRoom } from './history.ts';
import type { Button } from './press.ts';

export class RoomUsers {
  constructor(
    private readonly doing: Doing,
    private readonly all: SimPerson[],
  ) {}

  /** On the question about a room, or what it became; told that it is too late, they leave it. */
  press(oid: string, verb: string, data: Record<string, unknown>): void {
    const { clock, product } = this.doing.deps;
    const action = product.ACTIONS.find((one) => one.verb === verb);
    const askedAt = clock.now();
    this.doing.queue(oid, () =>
      this.doing.untilDone(async (instance) => {
        const outcome = await action?.run(instance.services, this.doing.turn(oid), data).then(
          () => 'done' as const,
          (error: unknown) => {
            if (error instanceof product.CalendarWatchError) return 'refused' as const;
            throw error;
          },
        );
        this.pressed(oid, { verb, data }, askedAt, outcome ?? 'unknown');
      }),
    );
  }

  pressed(
    oid: string,
    { verb, data }: Pick<Button, 'verb' | 'data'>,
    askedAt: number,
    outcome: 'done' | 'refused' | 'unknown',
  ): void {
    if (!verb.startsWith('room.')) return;
    const { clock, recorder } = this.doing.deps;
    const { roomId = '', eventId = '', startAt = 0 } = data as { roomId?: string; eventId?: string; startAt?: number };
    recorder.roomHistory.presses.push({ oid, verb, roomId, eventId, startAt, askedAt, at: clock.now(), outcome });
  }

  /** As an admin does: rooms as Places describes them, and who books them is asked to check in. */
  async add(tenantId: string, rooms: (SimRoom & { name: string })[]): Promise<void> {
    const { product, clock, recorder } = this.doing.deps;
    const described = rooms.map(({ address, name }) => ({
      ...{ address, name, building: 'Old House', floor: '1', capacity: 8, features: [], coordinates: null },
    }));
    const accounts = new Map(rooms.map((one) => [one.address, one.oid]));
    const addedBy = this.all.find((one) => one.tenantId === tenantId)?.oid ?? '';
    await this.doing.untilDone(async ({ services }) => {
      const now = services.clock.now();
      await services.database.inTenant(tenantId, async (sql) => {
        await product.addRooms(sql, tenantId, described, accounts, { addedBy }, now);
        await product.savePolicy(sql, tenantId, { ...(await product.lockPolicy(sql, tenantId)), checkIns: true });
      });
      services.poke('sync');
      services.poke('care');
    });
    const added = new Set(rooms.map((one) => one.oid));
    for (const room of recorder.roomHistory.all) if (added.has(room.oid)) room.addedAt = clock.now();
  }
}
