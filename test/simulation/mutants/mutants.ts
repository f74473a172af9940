// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the patches quote source.
/**
 * Mistakes that the simulation has to find, each a change to the product's source. Where two defences stand behind each
 * other, both go. A text that is not there exactly once is an error: the mutant has to follow the code.
 */
import type { SettingName } from './settings.ts';

export interface Patch {
  file: string;
  find: string;
  replace: string;
}

export interface Mutant {
  name: string;
  patches: Patch[];
  /** Where it shows. */
  in: SettingName;
  /** Of the scoreboard; one of these has to complain. */
  rows: number[];
  /** Tried in this order. */
  seeds: number[];
  /** Among the tests: at least one for each row that shows in a small life; the first of its seeds has to find it. */
  isQuick?: boolean;
}

const SEEDS = [1, 2, 3, 4, 5];
/** Has what is written when a message was taken. */
const DELIVERY_AT_SCALE = 'store/migrations/0008_delivery_at_scale.sql';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'the token is saved before the rows',
    in: 'crashing',
    rows: [1, 6],
    seeds: SEEDS,
    patches: [
      {
        file: 'sync/sync-mailbox.ts',
        find: '      const isWatched = await saveFeed(sql, tenantId, mailboxId, saved);',
        replace:
          '      const isWatched = await deps.database.inTenant(tenantId, (own) => saveFeed(own, tenantId, mailboxId, saved));',
      },
    ],
  },
  {
    name: 'marked sent before the send',
    in: 'teamsIllDay',
    rows: [1],
    seeds: SEEDS,
    patches: [
      {
        file: 'delivery/dispatcher.ts',
        find: '  const sent = await send(deps, lease, begun);',
        replace:
          "  const early = { outcome: { kind: 'sent', activityId: 'early' }, conversation: begun.conversation, isOtherAddress: false, attempts: begun.attempts } as Sent;\n" +
          '  await record(deps, lease, begun, early);\n' +
          '  const sent = await send(deps, lease, begun);',
      },
    ],
  },
  {
    name: 'acknowledged before the commit',
    in: 'crashingDay',
    isQuick: true,
    rows: [19],
    seeds: SEEDS,
    patches: [
      {
        file: 'sync/inbox.ts',
        find: '      await acceptNotices(this.deps.database.intake, all, this.deps.clock.now());',
        replace:
          '      void acceptNotices(this.deps.database.intake, all, this.deps.clock.now()).catch(() => undefined);',
      },
    ],
  },
  {
    name: 'due again is overlooked by whoever finishes',
    in: 'hasty',
    rows: [1, 4, 5],
    seeds: SEEDS,
    patches: [
      {
        file: 'store/mailboxes.ts',
        find:
          '       ${duty}_due_at = case when ${duty}_due_at is null or ${duty}_due_at < ${duty}_lease then ${duty}_due_at\n' +
          '         else $4::timestamptz end\n' +
          '     where tenant_id = $1 and mailbox_id = $2 and ${duty}_fence = $3 returning mailbox_id`,',
        replace:
          '       ${duty}_due_at = $4::timestamptz\n' +
          '     where tenant_id = $1 and mailbox_id = $2 and ${duty}_fence = $3 returning mailbox_id`,',
      },
    ],
  },
  {
    // A send is begun by whoever holds the fence, so what is left is that two record theirs.
    name: 'no fence when a send is recorded',
    in: 'halting',
    rows: [2],
    seeds: SEEDS,
    patches: [unfenced()],
  },
  {
    name: 'not taken back on a change, and not looked at again',
    in: 'calmDay',
    isQuick: true,
    rows: [4],
    seeds: SEEDS,
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
  {
    name: '@removed is ignored',
    in: 'calm',
    rows: [4, 6],
    seeds: SEEDS,
    patches: [
      {
        file: 'calendar/merge.ts',
        find: "    if (item['@removed']) removedIds.add(id);",
        replace: "    if (item['@removed']) continue;",
      },
    ],
  },
  {
    // What comes with the next page is read soon all the same, because a look that found nothing is repeated.
    name: 'nextLink is not followed, and nothing is looked at again',
    in: 'pagesEmpty',
    rows: [1, 4, 5, 6],
    seeds: SEEDS,
    patches: [
      {
        file: 'sync/read-round.ts',
        find: "    if (!page.nextLink) throw new CalendarWatchError('GRAPH_ANSWER_INVALID', 'a delta page has neither link');",
        replace:
          "    if (!page.nextLink) throw new CalendarWatchError('GRAPH_ANSWER_INVALID', 'a delta page has neither link');\n" +
          '    if (items.length >= 0) return { items, deltaLink: page.nextLink };',
      },
      {
        file: 'sync/sync-mailbox.ts',
        find: '  const pauseMs = !round.isFull && lags(one, before) ? ECHO_PAUSES_MS[echoes] : undefined;',
        replace: '  const pauseMs = round.isFull && lags(one, before) ? ECHO_PAUSES_MS[4] : undefined;',
      },
    ],
  },
  {
    name: 'a lost state is not read anew',
    in: 'tokensExpire',
    rows: [1, 6],
    seeds: SEEDS,
    patches: [
      {
        file: 'sync/read-round.ts',
        find: '    if (isLinkWorthless(error)) return',
        replace: '    if (isLinkWorthless(error) && now < 0) return',
      },
    ],
  },
  {
    // By the duty that failed, and by the gate that keeps it for all calls of a process.
    name: 'Retry-After is ignored',
    in: 'throttled',
    rows: [19],
    seeds: SEEDS,
    patches: [
      {
        file: 'sync/mailbox-worker.ts',
        find: '  if (error.retryAfterMs !== undefined) return error.retryAfterMs + random * SECOND_MS;\n',
        replace: '',
      },
      { file: 'graph/gate.ts', find: '      if (forMs > 0) throw heldBack(forMs);\n', replace: '' },
    ],
  },
  {
    // Renewed at its end to the second, a subscription is found dead and made anew at once, and what came between is read.
    // So it is renewed half an hour late, and nothing else asks: neither a proof nor Graph's own reminders.
    name: 'renewed when it has ended, not before',
    in: 'long',
    rows: [7],
    seeds: SEEDS,
    patches: [
      {
        file: 'sync/care-for-subscription.ts',
        find: '  return now + (expiresAt - now) * (0.5 + (random - 0.5) * 2 * JITTER);',
        replace: '  return expiresAt + (30 + random) * MINUTE_MS;',
      },
      ...unproven(),
      {
        file: 'sync/care-for-subscription.ts',
        find: "  const asked = words.has('reauthorizationRequired', known.subscriptionId) ? whenToAuthorize(known, now) : undefined;",
        replace: '  const asked = undefined as number | undefined;',
      },
    ],
  },
  {
    name: 'any client state will do',
    in: 'forgedDay',
    rows: [19],
    seeds: SEEDS,
    patches: [
      {
        file: 'sync/inbox.ts',
        find: '        if (!owner || !timingSafeEqual(hashClientState(notice.clientState), owner.clientStateHash)) return [];',
        replace: '        if (!owner || !timingSafeEqual(owner.clientStateHash, owner.clientStateHash)) return [];',
      },
    ],
  },
  {
    // With the fence, what the first one sent is not recorded, and so counts as a send in doubt.
    name: 'a lease shorter than a send, and no fence',
    in: 'calmDay',
    isQuick: true,
    rows: [2],
    seeds: SEEDS,
    patches: [
      {
        file: 'delivery/dispatcher.ts',
        find: 'export const NUDGE_LEASE_MS = 30 * SECOND_MS;',
        replace: 'export const NUDGE_LEASE_MS = SECOND_MS / 10;',
      },
      unfenced(),
    ],
  },
  {
    name: 'the ledger forgets the start',
    in: 'calmDay',
    rows: [1],
    seeds: SEEDS,
    patches: [
      {
        file: 'nudges/nudge.ts',
        find: '|${startAt}|${kind}|',
        replace: '|${kind}|',
      },
    ],
  },
  {
    name: 'due by the clock on the wall',
    in: 'calmDay',
    rows: [1, 5],
    seeds: SEEDS,
    patches: [
      {
        file: 'nudges/reminder.ts',
        find: '    const dueAt = startAt - leadMs;',
        replace:
          '    const wall = new Date(startAt).toLocaleString("sv", { timeZone: "Asia/Kolkata" });\n' +
          '    const dueAt = Date.parse(`${wall.replace(" ", "T")}Z`) - leadMs;',
      },
    ],
  },
  {
    name: 'nothing is read without a notification',
    in: 'untold',
    rows: [1, 4, 6],
    seeds: SEEDS,
    patches: [unasked()],
  },
  {
    name: 'a declined meeting is announced',
    in: 'declining',
    rows: [4],
    seeds: SEEDS,
    patches: [
      {
        file: 'calendar/event.ts',
        find: " && !event.allDay && event.response !== 'declined'",
        replace: ' && !event.allDay',
      },
    ],
  },
  {
    name: 'a silent death is never noticed',
    in: 'dying',
    rows: [7],
    seeds: SEEDS,
    patches: unproven(),
  },
  {
    // What is read by the clock would make good for it.
    name: '“missed” is ignored, and nothing is read without a notification',
    in: 'missed',
    rows: [1, 4, 6],
    seeds: SEEDS,
    patches: [
      {
        file: 'sync/care-for-subscription.ts',
        find: "    if (words.has('missed')) {",
        replace: '    if (words.upToSeq < 0) {',
      },
      unasked(),
    ],
  },
  {
    name: 'any version counts as known',
    in: 'calmDay',
    rows: [1, 4, 5],
    seeds: SEEDS,
    patches: [
      {
        file: 'sync/hints.ts',
        find: "      versionIn(versions.get(hintEventId) ?? '?') === versionIn(hintEtag),",
        replace: '      versions.has(hintEventId) && versionIn(hintEtag) !== "",',
      },
    ],
  },
  {
    name: 'what a crash left at Graph stays there',
    in: 'noAnswer',
    rows: [7],
    seeds: SEEDS,
    patches: [
      {
        file: 'sync/care-for-subscription.ts',
        find: '  for (const one of listed.filter(isOurs)) {',
        replace: '  for (const one of listed.filter((it) => isOurs(it) && it.resource === "")) {',
      },
    ],
  },
  {
    name: 'an occurrence that is gone from its series stays',
    in: 'calm',
    rows: [4, 6],
    seeds: SEEDS,
    patches: [
      {
        file: 'calendar/merge.ts',
        find: '    return !last.has(event.id) && (round.isFull || mastersInRound.has(masterId));',
        replace: '    return !last.has(event.id) && round.isFull;',
      },
    ],
  },
  {
    name: 'a muted series is announced',
    in: 'choosing',
    rows: [4],
    seeds: SEEDS,
    patches: [
      {
        file: 'nudges/chosen.ts',
        find: '  if (settings.mutedSeries.some(({ id }) => id === seriesId)) return false;\n',
        replace: '  if (seriesId === "" && settings.mutedSeries.length > 0) return false;\n',
      },
    ],
  },
  {
    name: 'a kind that was switched off goes on',
    in: 'choosing',
    rows: [4],
    seeds: SEEDS,
    patches: [
      {
        file: 'nudges/chosen.ts',
        find: '(settings.kinds[kind.name] ?? kind.isOnAtFirst);',
        replace: '(settings.kinds[kind.name] || kind.isOnAtFirst);',
      },
    ],
  },
  {
    name: 'silence is ignored',
    in: 'choosing',
    rows: [4],
    seeds: SEEDS,
    patches: [
      {
        file: 'nudges/plan.ts',
        find: "  if (kind.inSilence === 'drop') {",
        replace:
          "  if (kind.inSilence !== 'drop' || nudge.dueAt > 0) return nudge;\n  if (kind.inSilence === 'drop') {",
      },
    ],
  },
  {
    name: 'a digest is said again when nobody knows whether it arrived',
    in: 'inDoubt',
    rows: [2],
    seeds: SEEDS,
    patches: [{ file: 'nudges/digest.ts', find: "  whenUnknown: 'never',", replace: "  whenUnknown: 'again'," }],
  },
  {
    name: 'the ledger forgets the date of a digest',
    in: 'calm',
    rows: [1],
    seeds: SEEDS,
    patches: [
      {
        file: 'nudges/nudge.ts',
        find: '|${leadMs}|${mark}`;',
        replace: "|${leadMs}|${mark}`.split('|').slice(0, kind === 'digest' ? 2 : 6).join('|');",
      },
    ],
  },
  {
    name: 'a digest that was slept through is not made up for',
    in: 'asleep',
    rows: [1],
    seeds: SEEDS,
    patches: [
      {
        file: 'nudges/digest.ts',
        find: '          deadlineAt: day.span.to,',
        replace: '          deadlineAt: day.dueAt + 600_000,',
      },
    ],
  },
  {
    name: 'a digest by the clock of Greenwich',
    in: 'calm',
    rows: [1, 4, 5],
    seeds: SEEDS,
    patches: [
      {
        file: 'nudges/digest.ts',
        find: '  const begins = hoursOn(date, workingHours, timeZone)?.from ?? Number.NaN;',
        replace: "  const begins = hoursOn(date, { ...workingHours, timeZone: 'UTC' }, 'UTC')?.from ?? Number.NaN;",
      },
    ],
  },
  {
    name: 'what one does oneself is told',
    in: 'calmDay',
    rows: [4],
    seeds: SEEDS,
    patches: [
      {
        file: 'nudges/changes.ts',
        find: '?.isOrganizer === true && !settings.tellOwnChanges;',
        replace: '?.isOrganizer === true && !settings && !settings;',
      },
    ],
  },
  {
    // The sending shrinks the earlier ones; a plan would do so, too.
    name: 'an earlier card never shrinks to a line',
    in: 'calm',
    rows: [6],
    seeds: SEEDS,
    patches: [
      {
        file: DELIVERY_AT_SCALE,
        find: "    and i.ends_at > now_at and i.shape = 'whole';",
        replace: "    and i.ends_at > now_at and i.shape = 'whole' and false;",
      },
      {
        file: 'nudges/cards.ts',
        find: '    const isCurrent = kindNamed(card.kind)?.tells ? !whole.has(card.eventId) : !newest.has(card.eventId);',
        replace: '    const isCurrent = kindNamed(card.kind)?.tells ? !whole.has("") : !newest.has("");',
      },
    ],
  },
  {
    name: 'a card is not shown anew',
    in: 'calm',
    rows: [6],
    seeds: SEEDS,
    patches: [
      {
        file: 'delivery/show-cards.ts',
        find: '  const outcome = await deps.channel.update(conversation, card.activityId, message);',
        replace: "  const outcome = { kind: 'sent', activityId: message.summary } as Outcome;",
      },
      {
        file: 'delivery/show-cards.ts',
        find: "import { take } from './turns.ts';",
        replace: "import type { Outcome } from './channel.ts';\nimport { take } from './turns.ts';",
      },
    ],
  },
  {
    name: 'an update is a message of its own',
    in: 'calmDay',
    rows: [4, 6],
    seeds: SEEDS,
    patches: [
      {
        file: 'delivery/show-cards.ts',
        find: '  const outcome = await deps.channel.update(conversation, card.activityId, message);',
        replace: '  const outcome = await deps.channel.send(conversation, message);',
      },
    ],
  },
  {
    name: 'a room is released whoever checked in',
    in: 'rooms',
    rows: [20],
    seeds: SEEDS,
    patches: [
      {
        file: 'rooms/release.ts',
        find: "  if (one.state !== 'planned' || release.onRequest) return `the check-in is ${one.state}`;",
        replace: '',
      },
    ],
  },
  {
    name: 'a room is released though the question did not arrive',
    in: 'roomsUnheard',
    rows: [20],
    seeds: SEEDS,
    patches: [
      {
        file: 'rooms/release.ts',
        find: "  return asked === undefined || asked > now - LEAST_TIME_MS ? 'the question did not arrive in time' : undefined;",
        replace: '  return undefined;',
      },
    ],
  },
  {
    name: 'the errand that releases a room is not planned',
    in: 'rooms',
    rows: [20],
    seeds: SEEDS,
    patches: [
      {
        file: 'rooms/ask-check-ins.ts',
        find: '  await planErrands(sql, tenantId, [errand], scene.correlationId, now);',
        replace: '',
      },
    ],
  },
  {
    name: 'of a double booking the first one alone is told',
    in: 'rooms',
    rows: [20],
    seeds: SEEDS,
    patches: [
      {
        file: 'rooms/tell-conflicts.ts',
        find: "    for (const side of ['first', 'second'] as const)",
        replace: "    for (const side of ['first'] as const)",
      },
    ],
  },
  {
    name: 'what rules run is known by its meeting, whichever rule it is',
    in: 'ruled',
    rows: [21],
    seeds: SEEDS,
    patches: [
      {
        file: 'rules/plan.ts',
        find: '  return runOf({ rule, runId: runIdOf(rule.ruleId, ...about), dueAt, event, facts }, context);',
        replace: '  return runOf({ rule, runId: runIdOf(...about), dueAt, event, facts }, context);',
      },
    ],
  },
  {
    // The message of a run is known by its errand, so that one that is run again says nothing: both go.
    name: 'an errand that has ended is planned again by each plan, and its message is another one',
    in: 'rooms',
    rows: [21],
    seeds: SEEDS,
    patches: [
      {
        file: 'store/errands.ts',
        find: '     on conflict (tenant_id, errand_id) do nothing returning errand_id as "errandId"`,',
        replace:
          "     on conflict (tenant_id, errand_id) do update set state = 'planned', ended_at = null, send_at = $4\n" +
          '     returning errand_id as "errandId"`,',
      },
      {
        file: 'delivery/errands/message.ts',
        find: '    const nudgeId = `${RULE_MESSAGE}.${errand.errandId}`;',
        replace: '    const nudgeId = `${RULE_MESSAGE}.${errand.errandId}.${now}`;',
      },
    ],
  },
  {
    name: 'a webhook that was not taken is not told again',
    in: 'hooksIll',
    rows: [21],
    seeds: SEEDS,
    patches: [
      {
        file: 'delivery/errands/webhook.ts',
        find: '    const afterMs = isPing(errand) ? undefined : hookDelayMs(attempts, wait);',
        replace: '    const afterMs = attempts < 0 ? hookDelayMs(attempts, wait) : undefined;',
      },
    ],
  },
];

function unfenced(): Patch {
  return {
    file: DELIVERY_AT_SCALE,
    find: " and i.fence = with_fence and i.state = 'claimed'\n  returning i.* into n;",
    replace: ' and i.fence >= with_fence - 1000000\n  returning i.* into n;',
  };
}

/** Nobody asks Graph whether a subscription lives. */
function unproven(): Patch[] {
  return [
    {
      file: 'sync/care-for-subscription.ts',
      find: '  if (known.provenAt + deps.intervals.proveMs * (1 - JITTER) <= now) return prove(',
      replace: '  if (known.provenAt < 0) return prove(',
    },
    {
      file: 'sync/care-for-subscription.ts',
      find: '[one.renewAt, one.provenAt + proveMs, one.reauthorizeAt ?? []]',
      replace: '[one.renewAt, one.reauthorizeAt ?? []]',
    },
  ];
}

/** No calendar is read by the clock. */
function unasked(): Patch {
  return {
    file: 'sync/sync-mailbox.ts',
    find: '  const intervalMs = isProven ? deps.intervals.catchUpMs : deps.intervals.catchUpUnprovenMs;',
    replace: '  const intervalMs = isProven ? 90 * DAY_MS : 91 * DAY_MS;',
  };
}
