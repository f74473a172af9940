/**
 * One prepared statement's way over the wire, for the driver `pg` (a "submittable"): in one write, described only once
 * for all connections, and with BEGIN before it where that is wanted. The statements are a simulation's costs.
 */
import type pg from 'pg';
import utils from 'pg/lib/utils.js';
import type { Row } from '../../src/store/database.ts';

interface Column {
  name: string;
  parse(text: string): unknown;
}

interface Wire {
  stream: { cork(): void; uncork(): void };
  parsedStatements: Record<string, string>;
  parse(message: object): void;
  bind(message: object): void;
  describe(message: object): void;
  execute(message: object): void;
  sync(): void;
}

/** A statement as all connections know it. */
export interface Known {
  name: string;
  text: string;
  /** Undefined until one of them was told. */
  columns?: Column[];
}

export class Question {
  readonly rows: Row[] = [];
  private described: Column[] | undefined;

  constructor(
    private readonly known: Known,
    private readonly values: unknown[],
    private readonly types: pg.CustomTypesConfig,
    /** A prepared BEGIN goes before. */
    private readonly begins: boolean,
    private readonly done: (error?: Error) => void,
  ) {}

  /** `pg` reads both where it keeps what a connection has prepared. */
  get name(): string {
    return this.known.name;
  }

  get text(): string {
    return this.known.text;
  }

  submit(wire: Wire): void {
    const { name, text, columns } = this.known;
    wire.stream.cork();
    try {
      if (this.begins) {
        wire.bind({ statement: BEGIN.name });
        wire.execute({});
      }
      if (!wire.parsedStatements[name]) wire.parse({ name, text });
      wire.bind({ statement: name, values: this.values, valueMapper: utils.prepareValue });
      if (!columns) wire.describe({ type: 'P' });
      wire.execute({});
      wire.sync();
    } finally {
      wire.stream.uncork();
    }
  }

  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    this.described = fields.map(({ name, dataTypeID }) => ({
      name,
      parse: this.types.getTypeParser(dataTypeID, 'text') as Column['parse'],
    }));
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    const columns = this.known.columns ?? this.described ?? [];
    const row: Row = {};
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index] as Column;
      const value = fields[index];
      row[column.name] = value === null || value === undefined ? null : column.parse(value);
    }
    this.rows.push(row);
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.known.columns ??= this.described ?? [];
    this.done();
  }

  handleError(error: Error): void {
    this.done(error);
  }
}

/** What each connection with transactions prepares first. */
export const BEGIN: Known = { name: 'begin', text: 'begin' };
