/** Tells waiting pages that a mailbox changed: a long poll, because a sandbox response can't stream. */

interface Waiter {
  mailboxOid: string;
  wake(): void;
}

/** So that tabs left open for a day can't pile up waiting requests. */
const WAITER_LIMIT = 200;

export interface ChangeFeed {
  /** Grows by one with each change of any mailbox. */
  version(): number;
  /** Resolves as soon as `mailboxOid` has changed after `since`, or after the time limit; with the current version. */
  wait(mailboxOid: string, since: number): Promise<number>;
  noteChange(mailboxOid: string): void;
}

/** `limitMs` is real time: the page on the other side waits in real time whatever the sandbox's clock does. */
export function createChangeFeed(limitMs: number): ChangeFeed {
  let version = 1;
  const changedAt = new Map<string, number>();
  const waiters = new Set<Waiter>();

  const noteChange = (mailboxOid: string) => {
    version += 1;
    changedAt.set(mailboxOid, version);
    for (const waiter of [...waiters]) if (waiter.mailboxOid === mailboxOid) waiter.wake();
  };

  const wait = (mailboxOid: string, since: number) =>
    new Promise<number>((resolve) => {
      // A page from before a restart knows a version from the future: it has to reload as well.
      const isBehind = (changedAt.get(mailboxOid) ?? 0) > since || since > version;
      if (isBehind) return resolve(version);
      const waiter: Waiter = {
        mailboxOid,
        wake() {
          clearTimeout(timer);
          waiters.delete(waiter);
          resolve(version);
        },
      };
      const timer = setTimeout(waiter.wake, limitMs);
      timer.unref();
      waiters.add(waiter);
      const [oldest] = waiters;
      if (waiters.size > WAITER_LIMIT) oldest?.wake();
    });

  return { version: () => version, wait, noteChange };
}
