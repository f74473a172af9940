// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the patches quote source.
/**
 * Mistakes that the simulation has to find, each a change to the product's source. Where two defences stand behind each
 * other, both go. A text that is not there exactly once is an error: the mutant has to follow the code.
 */
export interface Patch {
  file: string;
  find: string;
  replace: string;
}

export interface Mutant {
  name: string;
  patches: Patch[];
}

const one = (name: string, file: string, find: string, replace: string): Mutant => ({
  name,
  patches: [{ file, find, replace }],
});

export const MUTANTS: readonly Mutant[] = [
  one(
    'token saved before the rows',
    'sync/sync-mailbox.ts',
    '      if (isWatched) await writeEvents(sql, tenantId, mailboxId, merged.upserts, merged.removals);',
    '      if (isWatched)\n' +
      '        void deps.database\n' +
      '          .inTenant(tenantId, (later) => writeEvents(later, tenantId, mailboxId, merged.upserts, merged.removals))\n' +
      '          .catch(() => undefined);',
  ),
  one(
    'marked sent before the send',
    'delivery/dispatcher.ts',
    '    const sent = await send(deps, lease, begun);',
    "    const early = { outcome: { kind: 'sent', activityId: 'early' }, conversation: begun.conversation, isOtherAddress: false, attempts: begun.attempts } as Sent;\n" +
      '    await record(deps, lease, kind, early);\n' +
      '    const sent = await send(deps, lease, begun);',
  ),
  one(
    'acknowledged before the commit',
    'sync/inbox.ts',
    '      await acceptNotices(this.deps.database.intake, all, this.deps.clock.now());',
    '      void acceptNotices(this.deps.database.intake, all, this.deps.clock.now()).catch(() => undefined);',
  ),
  one(
    'due again is overlooked by whoever finishes',
    'store/mailboxes.ts',
    '       ${duty}_due_at = case when ${duty}_due_at is null or ${duty}_due_at < ${duty}_lease then ${duty}_due_at\n         else $4::timestamptz end\n     where tenant_id = $1 and mailbox_id = $2 and ${duty}_fence = $3 returning mailbox_id`,',
    '       ${duty}_due_at = $4::timestamptz\n     where tenant_id = $1 and mailbox_id = $2 and ${duty}_fence = $3 returning mailbox_id`,',
  ),
  {
    name: 'no fence when a send is recorded',
    patches: [
      {
        file: 'store/nudges.ts',
        find: "     where tenant_id = $1 and nudge_id = $2 and fence = $3 and state = 'claimed' returning nudge_id`,\n    [\n      lease.tenantId,\n      lease.nudgeId,\n      lease.fence,\n      ending.state,",
        replace:
          '     where tenant_id = $1 and nudge_id = $2 and fence >= $3 - 1000000 returning nudge_id`,\n    [\n      lease.tenantId,\n      lease.nudgeId,\n      lease.fence,\n      ending.state,',
      },
    ],
  },
  {
    name: 'not taken back on a change, and not looked at again',
    patches: [
      {
        file: 'nudges/equalise.ts',
        find: "    if (known.state === 'planned' && known.deadlineAt > now) result.withdraw.push(known.nudgeId);",
        replace: '',
      },
      {
        file: 'delivery/decide.ts',
        find: '  return !kind || kind.stillStands(nudge, event)',
        replace: '  return !kind || kind.stillStands(nudge, event) || true',
      },
    ],
  },
  one(
    '@removed is ignored',
    'calendar/merge.ts',
    "    if (item['@removed']) removedIds.add(id);",
    "    if (item['@removed']) continue;",
  ),
  one(
    'nextLink is not followed',
    'sync/read-round.ts',
    "    if (!page.nextLink) throw new CalendarWatchError('GRAPH_ANSWER_INVALID', 'a delta page has neither link');",
    "    if (!page.nextLink) throw new CalendarWatchError('GRAPH_ANSWER_INVALID', 'a delta page has neither link');\n    if (items.length >= 0) return { items, deltaLink: page.nextLink };",
  ),
  one(
    'a lost state is not read anew',
    'sync/read-round.ts',
    '    if (isLinkWorthless(error)) return',
    '    if (isLinkWorthless(error) && now < 0) return',
  ),
  one(
    'Retry-After is ignored',
    'sync/mailbox-worker.ts',
    '  if (error.retryAfterMs !== undefined) return error.retryAfterMs + random * SECOND_MS;',
    '  if (error.retryAfterMs !== undefined) return random * SECOND_MS;',
  ),
  one(
    'renewed when it ends, not before',
    'sync/care-for-subscription.ts',
    '  return now + (expiresAt - now) * (0.5 + (random - 0.5) * 2 * JITTER);',
    '  return expiresAt + random * JITTER;',
  ),
  one(
    'any client state will do',
    'sync/inbox.ts',
    '        if (!owner || !timingSafeEqual(hashClientState(notice.clientState), owner.clientStateHash)) return [];',
    '        if (!owner || !timingSafeEqual(owner.clientStateHash, owner.clientStateHash)) return [];',
  ),
  one(
    'a lease shorter than a send',
    'delivery/dispatcher.ts',
    'export const NUDGE_LEASE_MS = 30 * SECOND_MS;',
    'export const NUDGE_LEASE_MS = SECOND_MS / 10;',
  ),
  one(
    'the ledger forgets the start',
    'nudges/nudge.ts',
    '  const key = [personId, nudge.eventId, nudge.startAt, nudge.kind,',
    '  const key = [personId, nudge.eventId, nudge.kind,',
  ),
  one(
    'due by the clock on the wall',
    'nudges/reminder.ts',
    '        const dueAt = event.startAt - leadMs;',
    '        const dueAt = event.startAt - leadMs + (new Date(event.startAt).getUTCDay() === 1 ? 3_600_000 : 0);',
  ),
  {
    name: 'nothing is read without a notification',
    patches: [
      {
        file: 'intervals.ts',
        find: '  catchUpMs: 6 * HOUR_MS,\n  catchUpUnprovenMs: 15 * MINUTE_MS,',
        replace: '  catchUpMs: 90 * DAY_MS,\n  catchUpUnprovenMs: 90 * DAY_MS,',
      },
    ],
  },
  {
    name: 'a declined meeting is announced',
    patches: [
      {
        file: 'calendar/event.ts',
        find: " && !event.allDay && event.response !== 'declined'",
        replace: ' && !event.allDay',
      },
    ],
  },
];
