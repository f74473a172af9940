/**
 * Whose mailbox is meant at Graph. All our rows know a mailbox by the person's id; where their admin lets them connect
 * another account, every path, batch and subscription names that account instead. This is the one place that knows.
 */
import type { Access, Graph } from './port.ts';

/** Null: the person's own account; undefined: none that is known, the call itself tells what is wrong then. */
export type AccountOf = (access: Access) => Promise<string | null | undefined>;

type Call = (access: Access, ...more: unknown[]) => Promise<unknown>;

export function inAccounts(graph: Graph, accountOf: AccountOf): Graph {
  const resolved = async (access: Access): Promise<Access> => {
    // The application itself is nobody's account.
    if (access.personId === '') return access;
    const accountId = await accountOf(access);
    if (accountId === undefined) return access;
    return { ...access, mailboxId: accountId ?? access.mailboxId, accountId };
  };
  const calls = Object.entries(graph).map(([name, call]: [string, Call]) => [
    name,
    async (access: Access, ...more: unknown[]) => call(await resolved(access), ...more),
  ]);
  const all = Object.fromEntries(calls) as Graph;
  return {
    ...all,
    // Whoever compares them with what is stored knows the mailbox by our name.
    async listSubscriptions(access) {
      const there = await resolved(access);
      const listed = await graph.listSubscriptions(there);
      if (there.mailboxId === access.mailboxId) return listed;
      const theirs = there.mailboxId.toLowerCase();
      return listed.map((one) => ({ ...one, resource: one.resource.toLowerCase().replace(theirs, access.mailboxId) }));
    },
  };
}
