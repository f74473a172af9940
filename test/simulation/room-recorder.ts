/** Keeps what the checker needs of rooms: what was pressed, what the bot asked of Graph, what the ledger took for done. */
import type { Statement } from './database.ts';
import type { RoomHistory, SimRoom } from './history.ts';

type Write = Pick<RoomHistory['calls'][number], 'roomId' | 'eventId'>;

const PATH = /^(?:POST|DELETE|PATCH) \/v1\.0\/users\/([^/]+)\/(?:calendar\/)?events\/([^/]+)(?:\/decline)?$/;

interface PlannedErrand {
  errandId: string;
  kind: string;
  mailboxId?: string | null;
  eventId?: string;
  startAt?: number | null;
}

export class RoomRecorder {
  readonly history: RoomHistory;
  private readonly releases = new Map<string, PlannedErrand>();

  constructor(
    rooms: SimRoom[],
    private readonly now: () => number,
  ) {
    this.history = { all: rooms, presses: [], calls: [], recorded: [] };
  }

  /** Undefined: it is no request that changes an entry of a room. */
  writeIn(label: string): Write | undefined {
    const [, roomId, eventId] = PATH.exec(label) ?? [];
    if (roomId === undefined || eventId === undefined || !this.isRoom(roomId)) return undefined;
    return { roomId, eventId: decodeURIComponent(eventId) };
  }

  called(write: Write, status: number): void {
    this.history.calls.push({ ...write, at: this.now(), status });
  }

  isRoom(oid: string): boolean {
    return this.history.all.some((one) => one.oid === oid);
  }

  /** Releases as they are planned, and as the ledger takes them for done. */
  look({ text, values, rows }: Statement): void {
    if (text.startsWith('insert into cw.errand')) {
      const planned = JSON.parse(String(values[1])) as PlannedErrand[];
      for (const one of planned) if (one.kind === 'release') this.releases.set(one.errandId, one);
    } else if (text.startsWith('update cw.errand set state = $4') && rows.length > 0 && values[3] === 'done') {
      const one = this.releases.get(String(values[1]));
      if (!one?.mailboxId || !one.startAt) return;
      const { mailboxId: roomId, eventId = '', startAt } = one;
      this.history.recorded.push({ at: this.now(), roomId, eventId, startAt });
    }
  }
}
